//! How much of a page the messages of a conversation take, so that none becomes too heavy to load: where messages are
//! large, a page has fewer of them, and the rest is a page further.

use wa_client::Card;

use super::render::{long_text, picture_bytes};
use super::views::Text;
use crate::chats::{Detail, Message, ThreadPage, vcard};
use crate::ids::PublicId;
use crate::media::FileState;

/// Bytes of messages on one page; the frame, the list and the composer come to some 50,000 more.
const MOST: usize = 140_000;
/// A bubble without its words.
const BUBBLE: usize = 1_000;
/// One contact, option, name or button.
const LINE: usize = 500;

/// Leaves of a page as many messages around `at`, or from its end, as it can carry; at least one.
pub(super) fn fit(page: &mut ThreadPage, at: Option<&PublicId>) {
    let Some(last) = page.messages.len().checked_sub(1) else {
        return;
    };
    let wanted = at.and_then(|at| page.messages.iter().position(|message| message.public_id == *at));
    let start = wanted.unwrap_or(last);
    let (mut first, mut end) = (start, start + 1);
    let mut left = MOST.saturating_sub(of(&page.messages[start]));
    let (mut up, mut down) = (true, true);
    while up || down {
        up = up && first > 0 && take(&page.messages[first - 1], &mut left);
        first -= usize::from(up);
        down = down && end <= last && take(&page.messages[end], &mut left);
        end += usize::from(down);
    }
    if first > 0 {
        page.older = Some(page.messages[first].public_id.clone());
    }
    if end <= last {
        page.newer = Some(page.messages[end - 1].public_id.clone());
    }
    page.messages.truncate(end);
    page.messages.drain(..first);
}

fn take(message: &Message, left: &mut usize) -> bool {
    let weight = of(message);
    if weight > *left {
        return false;
    }
    *left -= weight;
    true
}

/// The HTML of a message in bytes, about.
fn of(message: &Message) -> usize {
    let words = long_text(message).map_or(0, |text| Text::shown(text, &[]).1.len());
    let card = match &message.detail {
        Some(Detail::Card(card)) => of_card(card),
        _ => 0,
    };
    // A picture that is here has an address.
    let inside = message.media.as_ref().filter(|media| {
        let file = media.file.as_ref();
        !file.is_some_and(|file| file.state == FileState::Present && file.mime.starts_with("image/"))
    });
    let link = message.context.preview.as_ref();
    let pictures = [
        inside.and_then(|media| media.thumbnail.as_deref()),
        link.and_then(|link| link.thumbnail.as_deref()),
    ];
    let pictures: usize = pictures.into_iter().flatten().map(picture_bytes).sum();
    BUBBLE + words + card + pictures + message.reactions.len() * LINE / 2 + message.answers.len().min(200) * LINE / 5
}

fn of_card(card: &Card) -> usize {
    match card {
        Card::Contact { vcard } => vcard::read(vcard).len().min(super::cards::DRAWN) * 2 * LINE,
        Card::Poll { options, .. } => options.len().min(super::cards::OPTIONS) * LINE,
        Card::PollResult { options } => options.len().min(super::cards::OPTIONS) * LINE,
        Card::Business { buttons, .. } => buttons.len().min(super::cards::DRAWN) * LINE,
        Card::Product { thumbnail, .. } | Card::Order { thumbnail, .. } => {
            thumbnail.as_deref().map_or(0, picture_bytes)
        }
        _ => LINE,
    }
}
