//! Ready values of the templates.

use askama::Template;

use crate::chats::GroupInfo;
use crate::i18n::T;
use crate::site::chats::beginning::NumberChoice;
use crate::site::chats::views::Off;
use crate::web::filters;
use crate::web::layout::{Avatar, PageFrame};
use crate::web::views::{CopyLink, Pager, fragments};

fragments!(PickPeople);

/// In the place of the composer.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_composer_off.html")]
pub struct ComposerOff {
    pub chat: String,
    pub off: Off,
}

/// `GET /chats/{chat}/group`.
#[derive(Template)]
#[template(path = "chats/group.html", blocks = ["main"])]
pub struct GroupPage {
    pub frame: PageFrame,
    pub chat: String,
    pub group: GroupInfo,
    pub name: String,
    pub avatar: Avatar,
    /// How many are in it, and by which number it is seen.
    pub line: String,
    /// Why the number is no longer in it.
    pub gone: Option<String>,
    /// The reader may do what WhatsApp lets the number do.
    pub acts: bool,
    /// The number is an administrator, too.
    pub leads: bool,
    /// WhatsApp lets the number change subject and description.
    pub changes: bool,
    pub search: String,
    /// There are enough for a search.
    pub searches: bool,
    pub members: Vec<MemberRow>,
    pub pager: Option<Pager>,
    pub error: Option<String>,
    pub missing: Vec<Missing>,
    pub link: Option<CopyLink>,
}

pub struct MemberRow {
    pub address: String,
    pub avatar: Avatar,
    pub name: String,
    pub phone: Option<String>,
    pub ours: bool,
    pub admin: bool,
}

/// Somebody who was not added or changed.
pub struct Missing {
    pub who: String,
    pub why: String,
}

/// `GET /groups/new`.
#[derive(Template)]
#[template(path = "chats/new_group.html", blocks = ["main"])]
pub struct NewGroupPage {
    pub frame: PageFrame,
    /// Our linked numbers.
    pub numbers: Vec<NumberChoice>,
    pub subject: String,
    pub error: Option<String>,
    pub people: PickPeople,
    pub others: String,
}

/// Contacts to choose from: those that are chosen, and those that were looked for.
#[derive(Template)]
#[template(path = "chats/_pick_people.html")]
pub struct PickPeople {
    pub t: T,
    pub people: Vec<Pick>,
}

pub struct Pick {
    pub id: String,
    pub avatar: Avatar,
    pub name: String,
    pub phone: Option<String>,
    pub chosen: bool,
}
