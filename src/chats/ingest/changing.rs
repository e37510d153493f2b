//! Messages that change another message: now, or when it arrives.

use rusqlite::Connection;
use wa_client::{Address, Change, Content, Context, PartOf, Sealed, Target};

use super::{Batch, Placed};
use crate::chats::model::{Answer, ChatKind, Detail, Kind};
use crate::chats::store::changes::{self, Changed, Edit, Found, Waiting};
use crate::chats::store::{self, groups, people};
use crate::chats::words;
use crate::clock::UnixMs;
use crate::crypto::Unsealable;
use crate::db;
use crate::events::Event;
use crate::ids::{MessageId, PublicId};

/// What became of a change.
enum Effect {
    /// The message looks different now.
    Changed(PublicId),
    Nothing,
    /// The target is not here, or not readable yet.
    Waits,
}

impl Effect {
    fn of(changed: bool, found: &Found) -> Self {
        if changed {
            Self::Changed(found.public_id.clone())
        } else {
            Self::Nothing
        }
    }
}

impl Batch {
    pub(super) fn changed<'a>(&self, placed: &Placed<'_>, target: &'a Target) -> Changed<'a> {
        Changed {
            workspace: self.line.workspace,
            chat: placed.place.chat,
            target,
            sender: placed.sender,
            at: UnixMs(placed.message.at_ms),
        }
    }

    /// Applies the message that has just been stored as `id`.
    pub(super) fn change(&self, c: &Connection, placed: &Placed<'_>, id: MessageId) -> db::Result<()> {
        let message = placed.message;
        let addresses = || std::iter::once(&message.sender).chain(&message.sender_alt);
        let (target, effect) = match &message.content {
            Content::Change { target, change } => {
                let named = self.changed(placed, target);
                (
                    target,
                    self.apply(c, placed.chat_kind, named, change, Some(&message.context))?,
                )
            }
            Content::Sealed(sealed) => {
                let named = self.changed(placed, &sealed.target);
                (
                    &sealed.target,
                    self.unseal(c, placed.chat_kind, named, sealed, addresses())?,
                )
            }
            _ => return Ok(()),
        };
        match effect {
            Effect::Waits => changes::wait(c, placed.place.chat, &target.id, id),
            Effect::Nothing => Ok(()),
            Effect::Changed(changed) => {
                let is_pin = matches!(
                    message.content,
                    Content::Change {
                        change: Change::Pin { .. },
                        ..
                    }
                );
                if is_pin && self.age == super::Age::Live {
                    let chat = placed.place.public_id.clone();
                    self.tell(c, &Event::ChatChanged { chat })?;
                }
                self.tell_changed(c, placed, changed)
            }
        }
    }

    /// Applies what has waited for a message that has just arrived or become readable.
    pub(super) fn catch_up(&self, c: &Connection, placed: &Placed<'_>) -> db::Result<()> {
        let waiting = changes::waiting(c, placed.place.chat, &placed.message.id)?;
        for change in waiting {
            let Some((content, context)) = self.read_again(&change) else {
                changes::waits_no_more(c, change.id)?;
                continue;
            };
            if !self.apply_late(c, placed, &change, &content, &context)? {
                changes::waits_no_more(c, change.id)?;
            }
        }
        Ok(())
    }

    /// Whether it has to go on waiting.
    fn apply_late(
        &self,
        c: &Connection,
        placed: &Placed<'_>,
        waiting: &Waiting,
        content: &Content,
        context: &Context,
    ) -> db::Result<bool> {
        let named = |target| Changed {
            workspace: self.line.workspace,
            chat: placed.place.chat,
            target,
            sender: waiting.sender,
            at: waiting.at,
        };
        let effect = match (content, &waiting.detail, &context.part_of) {
            (Content::Media(media), _, Some(PartOf::Hd(_))) => {
                let target = Target {
                    id: placed.message.id.clone(),
                    ..Target::default()
                };
                if let Some(found) = changes::own(c, named(&target))?.filter(|found| found.kind.is_media()) {
                    self.replace(c, &found, media)?;
                    changes::hide(c, placed.place.chat, waiting.id)?;
                    self.tell_changed(c, placed, waiting.public_id.clone())?;
                }
                Effect::Nothing
            }
            (Content::Change { change, .. }, Some(detail), _) => {
                let Some((target, by_admin)) = target_of(detail) else {
                    return Ok(false);
                };
                let change = match change {
                    Change::Delete { .. } => &Change::Delete { by_admin },
                    change => change,
                };
                self.apply(c, placed.chat_kind, named(&target), change, Some(context))?
            }
            (Content::Sealed(sealed), Some(detail), _) => {
                let Some((target, _)) = target_of(detail) else {
                    return Ok(false);
                };
                let sealed = Sealed {
                    target,
                    ..sealed.clone()
                };
                self.unseal(c, placed.chat_kind, named(&sealed.target), &sealed, std::iter::empty())?
            }
            _ => Effect::Nothing,
        };
        Ok(matches!(effect, Effect::Waits))
    }

    /// The stored protobuf of a change, read as it was when it came; else what its row says.
    fn read_again(&self, waiting: &Waiting) -> Option<(Content, Context)> {
        let raw = waiting.raw.as_deref();
        let raw = raw.and_then(|raw| self.open_raw(raw, &waiting.public_id).ok());
        let read = raw.and_then(|raw| wa_client::read(&raw));
        if let Some(read) = read.filter(|(content, _)| Kind::of(content) == waiting.kind) {
            return Some(read);
        }
        let change = match waiting.kind {
            Kind::Edit => Change::Edit {
                body: Some(waiting.body.clone()?),
                card: None,
                at_ms: None,
            },
            Kind::Delete => Change::Delete { by_admin: false },
            _ => return None,
        };
        let target = Target::default();
        Some((Content::Change { target, change }, Context::default()))
    }

    fn open_raw(&self, sealed: &[u8], public_id: &PublicId) -> Result<Vec<u8>, Unsealable> {
        self.sealer.open(&format!("messages|raw|{public_id}"), sealed)
    }

    fn apply(
        &self,
        c: &Connection,
        chat_kind: ChatKind,
        named: Changed<'_>,
        change: &Change,
        context: Option<&Context>,
    ) -> db::Result<Effect> {
        // Reactions and pins are kept by the target's id, whether it is here or not.
        match change {
            Change::Reaction { emoji } => {
                let changed = changes::react(c, named, &words::one_emoji(emoji))?;
                return Ok(match changes::anybodys(c, named)? {
                    Some(found) => Effect::of(changed, &found),
                    None => Effect::Nothing,
                });
            }
            Change::Pin { on, seconds } => {
                let until = seconds
                    .filter(|_| *on)
                    .map(|seconds| named.at.plus(std::time::Duration::from_secs(u64::from(seconds))));
                let changed = changes::pin(c, named, *on, until)?;
                return Ok(match changes::anybodys(c, named)? {
                    Some(found) => Effect::of(changed, &found),
                    None => Effect::Nothing,
                });
            }
            _ => {}
        }
        let own = match change {
            // In a group an administrator takes back what others wrote; anybody can claim to be one.
            Change::Delete { by_admin } => {
                !by_admin
                    || chat_kind != ChatKind::Group
                    || groups::is_no_admin(c, self.line.session, named.chat, named.sender)?
            }
            Change::Edit { .. } => true,
            _ => false,
        };
        let found = if own {
            changes::own(c, named)?
        } else {
            changes::anybodys(c, named)?
        };
        let Some(found) = found else { return Ok(Effect::Waits) };
        let changed = match change {
            Change::Delete { .. } => {
                let changed = changes::delete(c, &found, named.at)?;
                if found.kind == Kind::Undecryptable {
                    // Once it is readable it has words that have to go.
                    return self.both(c, changed, named, &found);
                }
                changed
            }
            _ if found.kind == Kind::Undecryptable => return Ok(Effect::Waits),
            Change::Edit { body, card, at_ms } => {
                let edit = Edit {
                    body: body.as_deref(),
                    card: card.as_ref(),
                    context,
                };
                changes::edit(c, &found, &edit, at_ms.map_or(named.at, UnixMs))?
            }
            Change::Vote { options, at_ms } if found.kind == Kind::Poll => {
                let hex = |hash: &Vec<u8>| hash.iter().map(|byte| format!("{byte:02x}")).collect();
                let answer = Answer::Vote(options.iter().map(hex).collect());
                changes::answer(c, named, &answer, UnixMs(*at_ms))?
            }
            Change::EventAnswer { answer, guests, at_ms } if found.kind == Kind::Event => {
                let answer = Answer::Event {
                    reply: (*answer).into(),
                    guests: *guests,
                };
                changes::answer(c, named, &answer, UnixMs(*at_ms))?
            }
            Change::PollOption { name } => changes::add_option(c, &found, name)?,
            Change::Keep { on } => changes::keep(c, &found, on.then_some(named.at))?,
            Change::Vote { .. } | Change::EventAnswer { .. } | Change::Reaction { .. } | Change::Pin { .. } => false,
        };
        Ok(Effect::of(changed, &found))
    }

    /// Applied now, and again when the target is readable.
    fn both(&self, c: &Connection, changed: bool, named: Changed<'_>, found: &Found) -> db::Result<Effect> {
        if changed {
            let chat = store::public_id(c, named.chat)?;
            if self.age == super::Age::Live {
                let message = found.public_id.clone();
                self.tell(c, &Event::MessageChanged { chat, message })?;
            }
        }
        Ok(Effect::Waits)
    }

    /// Opens what is encrypted with the secret of its target. `sealers` are addresses of the sender that may be new.
    fn unseal<'a>(
        &self,
        c: &Connection,
        chat_kind: ChatKind,
        named: Changed<'_>,
        sealed: &Sealed,
        sealers: impl Iterator<Item = &'a Address>,
    ) -> db::Result<Effect> {
        let own = sealed.kind.is_the_authors_own();
        let found = if own {
            changes::own(c, named)?
        } else {
            changes::anybodys(c, named)?
        };
        let Some(found) = found.filter(|found| found.kind != Kind::Undecryptable) else {
            return Ok(Effect::Waits);
        };
        let opened = self.open(c, &found, named, sealed, sealers)?;
        match &opened {
            Some(Content::Change { change, .. }) => self.apply(c, chat_kind, named, change, None),
            _ if own => Ok(Effect::of(changes::edited_elsewhere(c, &found, named.at)?, &found)),
            _ => Ok(Effect::Nothing),
        }
    }

    fn open<'a>(
        &self,
        c: &Connection,
        found: &Found,
        named: Changed<'_>,
        sealed: &Sealed,
        sealers: impl Iterator<Item = &'a Address>,
    ) -> db::Result<Option<Content>> {
        let raw = changes::raw(c, found.id)?;
        let Some(original) = raw.and_then(|raw| self.open_raw(&raw, &found.public_id).ok()) else {
            return Ok(None);
        };
        let session = self.line.session;
        let mut authors = people::addresses_of(c, session, found.sender)?;
        authors.extend(named.target.sender.clone());
        let mut by = people::addresses_of(c, session, named.sender)?;
        by.extend(sealers.cloned());
        Ok(sealed.open(&original, &authors, &by))
    }
}

/// The target of a stored change, and whether an administrator deleted.
fn target_of(detail: &Detail) -> Option<(Target, bool)> {
    match detail {
        Detail::Change {
            target,
            ours,
            author,
            by_admin,
        } => {
            let target = Target {
                id: target.clone(),
                from_me: *ours,
                sender: author.clone(),
            };
            Some((target, *by_admin))
        }
        _ => None,
    }
}
