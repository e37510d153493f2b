//! A conversation from top to bottom: days, messages, albums, notes.

use super::cards;
use super::handling::notes::NoteView;
use super::render::bubble;
use super::views::{Body, DayView, Item};
use crate::chats::{Kind, Message};
use crate::clock::UnixMs;
use crate::i18n::T;
use crate::ids::PublicId;

/// Messages of one sender within this time are grouped.
const TOGETHER: std::time::Duration = std::time::Duration::from_secs(5 * 60);

/// Messages with day headings, and what stands between them: notes of the team, oldest first. `new_from` is the first
/// message that nobody here has read.
pub(super) fn items(
    t: T,
    messages: &[Message],
    notes: Vec<(PublicId, UnixMs, NoteView)>,
    new_from: Option<&PublicId>,
    found: Option<&PublicId>,
    now: UnixMs,
) -> Vec<Item> {
    let mut items = Vec::with_capacity(messages.len() + notes.len() + 8);
    let mut notes = notes.into_iter().peekable();
    let mut before: Option<&Message> = None;
    let mut last: Option<UnixMs> = None;
    let put = |items: &mut Vec<Item>, last: &mut Option<UnixMs>, (chat, at, note): (PublicId, UnixMs, NoteView)| {
        if last.is_none_or(|last| !t.same_day(last, at)) {
            items.push(Item::Day(day(t, &chat, at, now)));
        }
        *last = Some(at);
        items.push(Item::Note(Box::new(note)));
    };
    for message in messages {
        while let Some(note) = notes.next_if(|(_, at, _)| *at < message.at) {
            put(&mut items, &mut last, note);
            before = None;
        }
        let new_day = last.is_none_or(|last| !t.same_day(last, message.at));
        if new_day {
            items.push(Item::Day(day(t, &message.chat, message.at, now)));
        }
        last = Some(message.at);
        let new_line = new_from == Some(&message.public_id);
        if new_line {
            items.push(Item::NewLine);
        }
        let mut view = bubble(t, message);
        if let (Body::Place(place), Some(ended)) = (&mut view.body, cards::ended(t, message, now)) {
            place.detail = ended;
        }
        view.joined = !new_day && !new_line && before.is_some_and(|before| together(before, message));
        view.found = found == Some(&message.public_id);
        match items.last_mut() {
            Some(Item::Album(album)) if view.joined && view.album.is_some() && album[0].album == view.album => {
                album.push(view);
            }
            _ if view.album.is_some() => items.push(Item::Album(vec![view])),
            _ => items.push(Item::Message(Box::new(view))),
        }
        before = Some(message);
    }
    for note in notes {
        put(&mut items, &mut last, note);
    }
    items
}

fn together(before: &Message, message: &Message) -> bool {
    before.kind != Kind::Line
        && message.kind != Kind::Line
        && before.from_me == message.from_me
        && before.sender.as_ref().map(|sender| sender.contact) == message.sender.as_ref().map(|sender| sender.contact)
        && message.at.since(before.at) < TOGETHER
}

/// The heading of the day of `at`.
pub(super) fn day(t: T, chat: &PublicId, at: UnixMs, now: UnixMs) -> DayView {
    DayView {
        chat: chat.to_string(),
        date: t.date(at),
        label: t.day(at, now),
    }
}
