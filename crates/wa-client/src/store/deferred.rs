//! Deferred rows, most of which are never written.
//!
//! The library asks for two kinds of rows per message that only matter after a crash: a received message until the
//! product has committed it (`pending_inbound`), and a sent one in case the receiver cannot decrypt it
//! (`sent_messages`). Writing each at once would cost an fsync of `wa.db` per message in addition to that of `app.db`.
//! So they are kept in memory and written by the next transaction that moves Signal state.
//!
//! Why that is safe for a received message, whenever the machine crashes:
//! - The ratchet on disk has not moved past it: the server delivers it again and it decrypts again.
//! - The ratchet on disk has moved past it: the row is in the same transaction. The redelivered message is a duplicate,
//!   for which the library finds the row and passes it to the product once more.
//! - The product had committed it: its row is removed here or marked as deleted, and nothing waits for a disk.
//!
//! The library leaves one gap: it may flush a ratchet between decrypting a live message and storing it here. A flush
//! therefore waits some milliseconds for that call before it writes the deferred rows. Should an overloaded machine be
//! killed in just that interval, the product is asked when the message is redelivered ([`super::recall`]): a message
//! that it does not have is not acknowledged, and its sender is asked for a resend.
//!
//! A sent message whose row is lost that way has mostly not been acknowledged yet: the outbox sends it again under the
//! same id, which stores it again. For the few acknowledged ones, a phone that requests a resend gets the product's
//! copy.
//!
//! The writer thread orders the changes: a job takes those that exist when it runs, not when it was queued. A change is
//! dropped only after its commit, and only if no newer one has replaced it; until then each job repeats it, which is
//! harmless.

use parking_lot::{Mutex, MutexGuard};
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::{Connection, params};

use super::error::Result;
use super::messages::{PENDING_COLUMN, SENT_COLUMN};
use super::seal::{Seal, SealContext};

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum RowKey {
    Pending { chat: String, sender: String, id: String },
    Sent { chat: String, id: String },
}

impl RowKey {
    pub(super) fn pending(chat: &str, sender: &str, id: &str) -> Self {
        Self::Pending {
            chat: chat.to_owned(),
            sender: sender.to_owned(),
            id: id.to_owned(),
        }
    }

    pub(super) fn sent(chat: &str, id: &str) -> Self {
        Self::Sent {
            chat: chat.to_owned(),
            id: id.to_owned(),
        }
    }

    pub(super) fn place(&self, session: i64) -> SealContext {
        match self {
            Self::Pending { chat, sender, id } => SealContext::new(
                PENDING_COLUMN,
                session,
                &[chat.as_bytes(), sender.as_bytes(), id.as_bytes()],
            ),
            Self::Sent { chat, id } => SealContext::new(SENT_COLUMN, session, &[chat.as_bytes(), id.as_bytes()]),
        }
    }
}

#[derive(Clone)]
pub(super) enum Change {
    /// `at` is in Unix seconds, as in the library's cutoffs.
    Put {
        record: Bytes,
        at: i64,
    },
    Delete,
}

/// A change that a transaction includes, with its sequence number.
pub(super) type Taken = (Arc<RowKey>, u64);

#[derive(Default)]
pub(super) struct Deferred(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    rows: HashMap<Arc<RowKey>, (u64, Change)>,
}

impl Deferred {
    pub(super) fn set(&self, key: RowKey, change: Change) {
        let mut state = self.lock();
        state.set(key, change);
    }

    /// `None`: see the table on disk.
    pub(super) fn get(&self, key: &RowKey) -> Option<Change> {
        self.lock().rows.get(key).map(|(_, change)| change.clone())
    }

    /// Like [`Self::get`], and deletes what was there.
    pub(super) fn take(&self, key: &RowKey) -> Option<Change> {
        let mut state = self.lock();
        let found = state.rows.get(key).map(|(_, change)| change.clone())?;
        if matches!(found, Change::Put { .. }) {
            state.set(key.clone(), Change::Delete);
        }
        Some(found)
    }

    pub(super) fn clear(&self) {
        self.lock().rows.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().rows.is_empty()
    }

    /// Writes all changes in the caller's transaction; pass the result to [`Self::settle`] once it has committed.
    pub(super) fn write_in(&self, tx: &Connection, session: i64, seal: &Seal) -> Result<Vec<Taken>> {
        // Copied first (records are shared, not copied): SQL under the lock would block the client's tasks.
        let changes: Vec<_> = self
            .lock()
            .rows
            .iter()
            .map(|(key, (seq, change))| (Arc::clone(key), *seq, change.clone()))
            .collect();
        let mut taken = Vec::with_capacity(changes.len());
        for (key, seq, change) in changes {
            write(tx, session, seal, &key, &change)?;
            taken.push((key, seq));
        }
        Ok(taken)
    }

    pub(super) fn settle(&self, taken: &[Taken]) {
        let mut state = self.lock();
        for (key, seq) in taken {
            if state.rows.get(key).is_some_and(|(current, _)| current == seq) {
                state.rows.remove(key);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

impl State {
    fn set(&mut self, key: RowKey, change: Change) {
        self.next += 1;
        self.rows.insert(Arc::new(key), (self.next, change));
    }
}

fn write(tx: &Connection, session: i64, seal: &Seal, key: &RowKey, change: &Change) -> Result<()> {
    match (key, change) {
        (RowKey::Pending { chat, sender, id }, Change::Put { record, at }) => {
            let sealed = seal.seal(&key.place(session), record);
            tx.prepare_cached(
                "INSERT INTO pending_inbound (session, chat, sender, message_id, message, stored_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (session, chat, sender, message_id)
                 DO UPDATE SET message = excluded.message, stored_at = excluded.stored_at",
            )?
            .execute(params![session, chat, sender, id, sealed, at])?;
        }
        (RowKey::Pending { chat, sender, id }, Change::Delete) => {
            tx.prepare_cached(
                "DELETE FROM pending_inbound WHERE session = ?1 AND chat = ?2 AND sender = ?3 AND message_id = ?4",
            )?
            .execute(params![session, chat, sender, id])?;
        }
        (RowKey::Sent { chat, id }, Change::Put { record, at }) => {
            let sealed = seal.seal(&key.place(session), record);
            tx.prepare_cached(
                "INSERT INTO sent_messages (session, chat, message_id, payload, stored_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (session, chat, message_id)
                 DO UPDATE SET payload = excluded.payload, stored_at = excluded.stored_at",
            )?
            .execute(params![session, chat, id, sealed, at])?;
        }
        (RowKey::Sent { chat, id }, Change::Delete) => {
            tx.prepare_cached("DELETE FROM sent_messages WHERE session = ?1 AND chat = ?2 AND message_id = ?3")?
                .execute(params![session, chat, id])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_made_during_the_commit_of_an_older_one_stays() {
        let (deferred, key) = (Deferred::default(), RowKey::sent("c", "M1"));
        deferred.set(
            key.clone(),
            Change::Put {
                record: Bytes::from_static(b"hello"),
                at: 1,
            },
        );
        let taken = [(Arc::new(key.clone()), 1)];
        assert!(matches!(deferred.take(&key), Some(Change::Put { .. })));
        deferred.settle(&taken);
        assert!(
            matches!(deferred.get(&key), Some(Change::Delete)),
            "the row just committed must be deleted again"
        );
        deferred.settle(&[(Arc::new(key), 2)]);
        assert!(deferred.is_empty());
    }
}
