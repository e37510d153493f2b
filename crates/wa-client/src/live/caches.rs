//! How much the library keeps in memory, and for how long what was sent can be asked for again.

use std::time::Duration;

use whatsapp_rust::cache_config::CacheConfig;

/// A phone that could not read a message asks for it again when it is back: after a holiday, too. What is older is made
/// anew from the product's own row, where it has one.
pub(crate) const SENT_KEPT: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// The library's sizes. Its map of numbers and LIDs stays unbounded: an evicted pair would change the address under which
/// a session is looked for.
pub(super) fn caches() -> CacheConfig {
    CacheConfig {
        sent_message_ttl_secs: SENT_KEPT.as_secs(),
        ..CacheConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_kept_for_two_weeks_and_what_others_hold_is_never_evicted() {
        let config = caches();
        assert_eq!(config.lid_pn_cache.capacity, u64::MAX);
        assert_eq!(config.sent_message_ttl_secs, 1_209_600);
        assert_eq!(
            config.session_locks_capacity,
            CacheConfig::default().session_locks_capacity
        );
        assert_eq!(config.chat_lanes_capacity, CacheConfig::default().chat_lanes_capacity);
    }
}
