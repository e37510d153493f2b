//! Counters for `GET /stats`.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// Plain counters; `queued` is read from the hub for a snapshot.
#[derive(Default)]
pub struct Stats {
    connections: AtomicU64,
    logins: AtomicU64,
    messages_relayed: AtomicU64,
    duplicate_ids: AtomicU64,
    decrypt_failures: AtomicU64,
    key_bundles: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatsSnapshot {
    /// WebSocket connections that finished the Noise handshake.
    pub connections: u64,
    /// Of those, the ones that logged in as a paired device.
    pub logins: u64,
    /// Message stanzas taken from a sender and handed to at least one device.
    pub messages_relayed: u64,
    /// Messages whose id the same account had used before.
    pub duplicate_ids: u64,
    /// Messages a simulated phone could not decrypt.
    pub decrypt_failures: u64,
    /// Key bundles of phones that companions fetched.
    pub key_bundles: u64,
    /// Stanzas that wait for an acknowledgement right now.
    pub queued: u64,
    /// Frame bytes in both directions.
    pub bytes: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}

impl Stats {
    pub(crate) fn connected(&self) {
        add(&self.connections, 1);
    }

    pub(crate) fn logged_in(&self) {
        add(&self.logins, 1);
    }

    pub(crate) fn relayed(&self) {
        add(&self.messages_relayed, 1);
    }

    pub(crate) fn saw_duplicate(&self) {
        add(&self.duplicate_ids, 1);
    }

    pub(crate) fn received(&self, bytes: usize) {
        add(&self.bytes_in, bytes as u64);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        add(&self.bytes_out, bytes as u64);
    }

    /// A phone could not read a message.
    pub fn decrypt_failed(&self) {
        add(&self.decrypt_failures, 1);
    }

    pub(crate) fn bundle_fetched(&self) {
        add(&self.key_bundles, 1);
    }

    pub(crate) fn read(&self, queued: u64) -> StatsSnapshot {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StatsSnapshot {
            connections: get(&self.connections),
            logins: get(&self.logins),
            messages_relayed: get(&self.messages_relayed),
            duplicate_ids: get(&self.duplicate_ids),
            decrypt_failures: get(&self.decrypt_failures),
            key_bundles: get(&self.key_bundles),
            queued,
            bytes: get(&self.bytes_in) + get(&self.bytes_out),
            bytes_in: get(&self.bytes_in),
            bytes_out: get(&self.bytes_out),
        }
    }

    pub(crate) fn reset(&self) {
        for counter in [
            &self.connections,
            &self.logins,
            &self.messages_relayed,
            &self.duplicate_ids,
            &self.decrypt_failures,
            &self.key_bundles,
            &self.bytes_in,
            &self.bytes_out,
        ] {
            counter.store(0, Ordering::Relaxed);
        }
    }
}
