//! Messages of ours: written before they are sent, and read again by their sender.

use std::sync::Arc;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use wa_client::{
    Content, Context, Forwarded, Inbound, Media, OutgoingContent, OutgoingContext, PartOf, Quote, Uploaded,
};

use super::{Age, Batch, Line, Placed};
use crate::chats::MessageDraft;
use crate::chats::model::{Kind, Origin, Status};
use crate::chats::store::{self, ChatKey, NewMessage, OURSELVES, changes, outgoing, people};
use crate::clock::UnixMs;
use crate::crypto::Sealer;
use crate::db;
use crate::ids::{MessageId, PublicId};
use crate::media::FileId;

/// From this many on, phones say "forwarded many times".
const OFTEN: u32 = 5;

/// Writes and reads our own messages. Cheap to clone.
#[derive(Clone)]
pub struct OwnMessages {
    sealer: Arc<Sealer>,
}

/// What is kept of a message that is more than a plain text.
#[derive(Serialize, Deserialize)]
struct Stored {
    content: OutgoingContent,
    #[serde(default)]
    context: OutgoingContext,
}

/// A message as its sender needs it.
pub struct ToSend {
    pub content: OutgoingContent,
    pub context: OutgoingContext,
    /// Its file, while that has not been uploaded.
    pub file: Option<FileId>,
}

impl OwnMessages {
    /// `sealer` is the one that [`super::super::Ingest`] seals with.
    #[must_use]
    pub fn new(sealer: Sealer) -> Self {
        Self {
            sealer: Arc::new(sealer),
        }
    }

    /// Writes a message of ours before it is sent; its status is pending. A change shows on its target at once.
    pub fn write_in(&self, c: &Connection, draft: &MessageDraft, now: UnixMs) -> db::Result<(MessageId, PublicId)> {
        let chat = &draft.chat;
        let batch = Batch {
            line: Line {
                workspace: chat.workspace,
                session: chat.session,
                public_id: chat.session_public.clone(),
            },
            sealer: Sealer::clone(&self.sealer),
            age: Age::Live,
            fetches: false,
            now,
        };
        let message = as_inbound(c, draft, now)?;
        let placed = Placed {
            message: &message,
            place: ChatKey {
                chat: chat.id,
                public_id: chat.public_id.clone(),
                contact: chat.contact,
            },
            chat_kind: chat.kind,
            sender: OURSELVES,
            at: now,
        };
        batch.store_ours(c, &placed, draft)
    }

    /// `None` when it cannot be opened: another key has sealed it.
    pub fn to_send_in(&self, c: &Connection, message: MessageId) -> db::Result<Option<ToSend>> {
        let written = outgoing::written(c, message)?;
        let stored = match written.content {
            None => Some(Stored {
                content: OutgoingContent::Text {
                    body: written.text.unwrap_or_default(),
                },
                context: OutgoingContext::default(),
            }),
            Some(sealed) => {
                let opened = self.sealer.open(&content_place(&written.public_id), &sealed).ok();
                opened.and_then(|json| serde_json::from_slice(&json).ok())
            }
        };
        let Some(Stored {
            mut content,
            mut context,
        }) = stored
        else {
            return Ok(None);
        };
        context.expires_after = written.expires_after;
        let mut file = None;
        match &mut content {
            OutgoingContent::Media(media) => file = self.find_file(c, message, media)?,
            OutgoingContent::Edit { content, .. } => {
                if let (OutgoingContent::Media(media), Some(target)) = (&mut **content, written.changes) {
                    self.find_file(c, target, media)?;
                }
            }
            _ => {}
        }
        Ok(Some(ToSend { content, context, file }))
    }

    /// Says where the file of a message is; returns it while it has not been uploaded.
    fn find_file(&self, c: &Connection, message: MessageId, media: &mut Media) -> db::Result<Option<FileId>> {
        let Some(found) = outgoing::file_of(c, message)? else {
            return Ok(None);
        };
        if found.direct_path.is_none() {
            return Ok(found.file);
        }
        match self.sealer.open(&key_place(&found.public_id), &found.sealed_key) {
            Ok(key) => {
                found.place(media, key);
                Ok(None)
            }
            Err(_) => Ok(found.file),
        }
    }

    /// The file of a message was uploaded.
    pub fn uploaded_in(&self, c: &Connection, message: MessageId, file: &Uploaded) -> db::Result<()> {
        let Some(found) = outgoing::file_of(c, message)? else {
            return Ok(());
        };
        let sealed = self.sealer.seal(&key_place(&found.public_id), &file.media_key);
        outgoing::uploaded(c, message, file, &sealed)
    }

    /// The secret of a message: what votes on a poll are sealed with.
    pub fn secret_in(&self, c: &Connection, message: MessageId, public_id: &PublicId) -> db::Result<Option<Vec<u8>>> {
        let raw = changes::raw(c, message)?;
        let place = format!("messages|raw|{public_id}");
        let raw = raw.and_then(|raw| self.sealer.open(&place, &raw).ok());
        Ok(raw.and_then(|raw| wa_client::secret_of(&raw)))
    }
}

fn content_place(message: &PublicId) -> String {
    format!("outgoing|content|{message}")
}

fn key_place(message: &PublicId) -> String {
    format!("media|media_key|{message}")
}

/// The message as if it had come from another of our devices.
fn as_inbound(c: &Connection, draft: &MessageDraft, now: UnixMs) -> db::Result<Inbound> {
    let sent = &draft.context;
    let quote = match &sent.quote {
        None => None,
        Some(quote) => Some(Quote {
            id: quote.target.id.clone(),
            sender: if quote.target.from_me {
                people::own(c, draft.chat.session)?.into_iter().next()
            } else {
                quote.target.sender.clone()
            },
            status: false,
            content: Box::new(quote.content.as_received()),
        }),
    };
    let context = Context {
        quote,
        mentions: sent.mentions.clone(),
        forwarded: match sent.forwarded {
            0 => None,
            OFTEN.. => Some(Forwarded::Often),
            _ => Some(Forwarded::Once),
        },
        view_once: sent.view_once,
        part_of: sent.album.clone().map(PartOf::Album),
        ..Context::default()
    };
    // Votes and answers are opened with the secret inside; nothing else is read from it.
    let secret = matches!(
        draft.content,
        OutgoingContent::Poll { .. } | OutgoingContent::Event { .. }
    );
    Ok(Inbound {
        id: draft.wa_id.clone(),
        chat: draft.chat.address.clone(),
        sender: draft.chat.address.clone(),
        sender_alt: None,
        from_me: true,
        push_name: None,
        at_ms: now.0,
        content: draft.content.as_received(),
        context,
        raw: if secret {
            wa_client::encoded(&draft.content)
        } else {
            Vec::new()
        },
        offline: false,
    })
}

impl Batch {
    fn store_ours(
        &self,
        c: &Connection,
        placed: &Placed<'_>,
        draft: &MessageDraft,
    ) -> db::Result<(MessageId, PublicId)> {
        let message = placed.message;
        let content = self.describe(c, message)?;
        let public_id = PublicId::new("msg");
        let shown = content.kind.is_shown();
        let new = NewMessage {
            public_id: public_id.clone(),
            workspace: self.line.workspace,
            session: self.line.session,
            chat: placed.place.chat,
            wa_id: &message.id,
            sender: OURSELVES,
            kind: content.kind,
            origin: Origin::App,
            status: Status::Pending,
            at: placed.at,
            shown,
            unread: false,
            body: content.body,
            words: content.words.as_deref(),
            file_name: match &message.content {
                Content::Media(media) => media.file_name.as_deref(),
                _ => None,
            },
            detail: content.detail.as_ref(),
            context: Some(&message.context),
            quoted_wa_id: message.context.quote.as_ref().map(|quote| quote.id.as_str()),
            quote: content.quote.as_ref(),
            album: draft.context.album.as_deref(),
            author: draft.author,
            raw: (!message.raw.is_empty()).then(|| self.seal_raw(message, &public_id)),
        };
        let id = outgoing::insert_message(c, &new, self.now)?;
        if let Content::Media(media) = &message.content {
            store::insert_media(c, id, media, draft.file, &self.seal_key(media, &public_id))?;
        }
        if !draft.is_plain() {
            outgoing::insert(c, id, &self.seal_content(draft, &public_id)?, draft.changes)?;
        }
        if shown {
            store::touch(c, placed.place.chat, id, placed.at, false, false)?;
        } else if content.kind != Kind::Album {
            self.change(c, placed, id)?;
        }
        Ok((id, public_id))
    }

    fn seal_content(&self, draft: &MessageDraft, message: &PublicId) -> db::Result<Vec<u8>> {
        let stored = Stored {
            content: draft.content.clone(),
            context: draft.context.clone(),
        };
        let json =
            serde_json::to_vec(&stored).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        Ok(self.sealer.seal(&content_place(message), &json))
    }
}
