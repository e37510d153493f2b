//! A message's content as columns.

use rusqlite::Connection;
use wa_client::{Card, Change, Content, Context, Inbound, Target};

use super::{Age, Batch, Placed};
use crate::chats::model::{ChatKind, Detail, Kind, Person, StoredQuote};
use crate::chats::store::{outgoing, people};
use crate::chats::words;
use crate::db;

/// Two lines of a quote are shown.
const QUOTED_CHARS: usize = 300;
/// Bytes: longer than any title of an option.
const LONGEST_ANSWER: usize = 100;

pub(super) struct Described<'a> {
    pub kind: Kind,
    pub body: Option<&'a str>,
    pub words: Option<String>,
    pub detail: Option<Detail>,
    pub quote: Option<StoredQuote>,
}

impl Batch {
    pub(super) fn describe<'a>(&self, c: &Connection, message: &'a Inbound) -> db::Result<Described<'a>> {
        let (content, context) = (&message.content, &message.context);
        let mentioned = context.mentions.iter().cloned();
        let mut mentioned: Vec<Person> = mentioned.map(people::nobody).collect();
        people::name(c, self.line.workspace, &mut mentioned)?;
        // What is to be seen once is said nowhere else.
        let once = context.view_once && matches!(content, Content::Media(_));
        let body = words_of(content).filter(|_| !once);
        Ok(Described {
            kind: Kind::of(content),
            body,
            words: words::joined(body, &words::beside(content, context, &mentioned)),
            detail: detail_of(content),
            quote: self.quote(c, message)?,
        })
    }

    /// What a message says beside its content when it is an answer to our menu, by an option's number or title: what a
    /// tapped option says by itself. Only the last thing that we said is answered.
    pub(super) fn chosen(&self, c: &Connection, placed: &Placed<'_>) -> db::Result<Option<Context>> {
        let message = placed.message;
        let Content::Text { body } = &message.content else {
            return Ok(None);
        };
        let said = body.trim();
        let is_answer = !message.from_me
            && self.age == Age::Live
            && placed.chat_kind == ChatKind::Direct
            && message.context.choice.is_none()
            && !said.is_empty()
            && said.len() <= LONGEST_ANSWER;
        if !is_answer {
            return Ok(None);
        }
        let Some(Detail::Card(Card::Menu { options, .. })) = outgoing::last_said(c, placed.place.chat)? else {
            return Ok(None);
        };
        let number: Option<usize> = said.trim_end_matches(['.', ')']).parse().ok();
        let numbered = number.and_then(|number| options.get(number.checked_sub(1)?));
        let lower = said.to_lowercase();
        let option = numbered.or_else(|| options.iter().find(|option| option.title.to_lowercase() == lower));
        Ok(option.map(|option| Context {
            choice: Some(option.id.clone()),
            ..message.context.clone()
        }))
    }

    fn quote(&self, c: &Connection, message: &Inbound) -> db::Result<Option<StoredQuote>> {
        let Some(quote) = &message.context.quote else {
            return Ok(None);
        };
        let kind = Kind::of(&quote.content);
        if matches!(kind, Kind::Protocol) && !quote.status {
            return Ok(None);
        }
        let ours = match &quote.sender {
            Some(sender) => people::own(c, self.line.session)?.contains(sender),
            None => false,
        };
        let text = words_of(&quote.content).filter(|text| !text.is_empty());
        // Nothing of it could be shown.
        if text.is_none() && kind == Kind::Text && !quote.status {
            return Ok(None);
        }
        Ok(Some(StoredQuote {
            ours,
            sender: quote.sender.clone().filter(|_| !ours),
            kind,
            text: text.map(|text| text.chars().take(QUOTED_CHARS).collect()),
            status: quote.status,
        }))
    }
}

/// What is read and searched of a content.
pub(super) fn words_of(content: &Content) -> Option<&str> {
    match content {
        Content::Text { body } => Some(body),
        Content::Media(media) => media.caption.as_deref(),
        Content::Card { text, .. } | Content::Other { text, .. } => text.as_deref(),
        Content::Change {
            change: Change::Edit { body, .. },
            ..
        } => body.as_deref(),
        Content::Change { .. } | Content::Sealed(_) | Content::Undecryptable | Content::Protocol => None,
    }
}

fn detail_of(content: &Content) -> Option<Detail> {
    match content {
        Content::Card {
            card: Card::Album { .. },
            ..
        } => None,
        Content::Card { card, .. } => Some(Detail::Card(card.clone())),
        Content::Change {
            target,
            change: Change::Reaction { emoji },
        } => Some(Detail::Reaction {
            target: target.id.clone(),
            emoji: words::one_emoji(emoji),
        }),
        Content::Change { target, change } => {
            Some(change_of(target, matches!(change, Change::Delete { by_admin: true })))
        }
        Content::Sealed(sealed) => Some(change_of(&sealed.target, false)),
        Content::Other { kind, .. } => kind.clone().map(|kind| Detail::Other { kind }),
        Content::Text { .. } | Content::Media(_) | Content::Undecryptable | Content::Protocol => None,
    }
}

fn change_of(target: &Target, by_admin: bool) -> Detail {
    Detail::Change {
        target: target.id.clone(),
        ours: target.from_me,
        author: target.sender.clone(),
        by_admin,
    }
}
