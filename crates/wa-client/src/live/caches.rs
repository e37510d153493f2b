//! How much the library keeps in memory, and for how long what was sent can be asked for again.

use std::time::Duration;

use whatsapp_rust::cache_config::{CacheConfig, CacheEntryConfig};

/// A phone that could not read a message asks for it again when it is back: after a holiday, too. What is older is made
/// anew from the product's own row, where it has one.
pub(crate) const SENT_KEPT: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// The library's sizes, or `entries` for everything that can be read from the key store again. Its locks and lanes are
/// no such thing: one that is evicted while it is held would be there twice.
pub(super) fn caches(entries: Option<u64>) -> CacheConfig {
    let usual = CacheConfig {
        sent_message_ttl_secs: SENT_KEPT.as_secs(),
        ..CacheConfig::default()
    };
    let Some(entries) = entries else { return usual };
    let small = |usual: &CacheEntryConfig| CacheEntryConfig::new(usual.timeout, entries);
    CacheConfig {
        group_cache: small(&usual.group_cache),
        device_registry_cache: small(&usual.device_registry_cache),
        lid_pn_cache: small(&usual.lid_pn_cache),
        sender_key_devices_cache: small(&usual.sender_key_devices_cache),
        session_recreate_history: small(&usual.session_recreate_history),
        ..usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_kept_for_two_weeks_and_locks_are_never_evicted() {
        let (usual, small) = (caches(None), caches(Some(2)));
        for config in [&usual, &small] {
            assert_eq!(config.sent_message_ttl_secs, 1_209_600);
            assert_eq!(
                config.session_locks_capacity,
                CacheConfig::default().session_locks_capacity
            );
            assert_eq!(config.chat_lanes_capacity, CacheConfig::default().chat_lanes_capacity);
        }
        assert_eq!(small.device_registry_cache.capacity, 2);
    }
}
