//! Views of a simulated phone's screen.

use askama::Template;

use crate::i18n::{Stamp, T};
use crate::site::chats::views::Item;
use crate::web::filters;
use crate::web::layout::{Avatar, PageFrame};
use crate::web::views::fragments;

fragments!(PhoneScreen);

/// `GET /demo/phone?number=…&peer=…`: choose a person and play them.
#[derive(Template)]
#[template(path = "demo/phone.html")]
pub struct PhonePage {
    pub frame: PageFrame,
    pub people: Vec<PersonLink>,
    pub screen: PhoneScreen,
}

#[derive(Clone, Debug)]
pub struct PersonLink {
    pub name: String,
    pub avatar: Avatar,
    pub href: String,
    pub chosen: bool,
}

/// The content of the frame; live updates replace it.
#[derive(Template, Clone, Debug)]
#[template(path = "demo/_screen.html")]
pub struct PhoneScreen {
    pub t: T,
    /// The person's name and number.
    pub owner: String,
    pub number: String,
    pub clock: String,
    /// The address of this screen.
    pub href: String,
    pub view: PhoneView,
    pub csrf: String,
}

#[derive(Clone, Debug)]
pub enum PhoneView {
    Conversations(Vec<PhoneRow>),
    Chat {
        peer: String,
        name: String,
        avatar: Avatar,
        typing: bool,
        back: String,
        items: Vec<Item>,
        action: String,
    },
}

#[derive(Clone, Debug)]
pub struct PhoneRow {
    pub href: String,
    pub name: String,
    pub avatar: Avatar,
    pub last: String,
    pub at: Stamp,
    pub unread: u64,
}
