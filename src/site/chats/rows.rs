//! Rows of the list.

use super::plain;
use super::render::{avatar, name, preview};
use super::views::{ChatRow, Mark};
use crate::chats::Chat;
use crate::clock::UnixMs;
use crate::i18n::T;
use crate::ids::PublicId;
use crate::web::layout::Avatar;

/// `open` is the chat that the page shows beside the list; `many` adds the name of our number.
pub(super) fn row(t: T, chat: &Chat, open: Option<&PublicId>, many: bool, now: UnixMs) -> ChatRow {
    ChatRow {
        t,
        id: chat.public_id.to_string(),
        href: format!("/chats/{}", chat.public_id),
        name: name(t, chat),
        avatar: avatar(t, chat),
        preview: preview(t, chat),
        at: t.short(chat.last_at, now),
        unread: u64::from(chat.unread),
        current: open == Some(&chat.public_id),
        acts: false,
        via: many.then(|| chat.session_name.clone()),
        marks: marks(t, chat),
        labels: chat
            .handled
            .labels
            .iter()
            .map(|label| (label.colour.word(), label.name.clone()))
            .collect(),
        assignee: chat.handled.assignee.as_ref().map(|member| {
            let name = t.with("handling-assigned-to", "name", &member.name);
            (Avatar::of(member.user.as_str(), &member.name), name)
        }),
    }
}

/// More characters than one line of the list shows.
const ONE_LINE: usize = 200;

/// What the reader has begun to write, in one line.
pub(super) fn draft(body: &str) -> String {
    plain::one_line(body, ONE_LINE)
}

/// What the team has made of a chat, beside its name.
fn marks(t: T, chat: &Chat) -> Vec<Mark> {
    let mark = |icon, text| Mark { icon, text };
    let handled = &chat.handled;
    let until = handled.snoozed_until.map(|until| {
        let until = t.with("handling-until", "time", t.full(until));
        mark("alarm-clock", format!("{} {until}", t.get("handling-snoozed")))
    });
    let pinned = handled.pinned.then(|| mark("pin", t.get("handling-pinned")));
    let muted = handled.muted.then(|| mark("bell-off", t.get("handling-muted")));
    [until, pinned, muted].into_iter().flatten().collect()
}
