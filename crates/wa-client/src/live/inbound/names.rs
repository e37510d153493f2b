//! Message kinds that have no [`Content`] of their own, by the name of their protobuf field.

use crate::Content;

/// Housekeeping: key shares and the like, which are not a line in a chat.
const HOUSEKEEPING: &[u32] = &[
    KEYS, 11, // chat
    FAST_KEYS, 47,  // sticker_sync_rmr_message
    50,  // poll_update_message
    63,  // pin_in_chat_message
    70,  // message_history_bundle
    82,  // secret_encrypted_message
    98,  // status_notification_message
    102, // message_history_notice
    121, // poll_add_option_message
    123, // group_root_key_share
    127, // root_secret_distribute_message
];

/// `sender_key_distribution_message`
const KEYS: u32 = 2;
/// `fast_ratchet_key_sender_key_distribution_message`
const FAST_KEYS: u32 = 15;
/// `message_context_info`, which says nothing by itself.
const CONTEXT: u32 = 35;

/// Field numbers of `Message` that a person would see, and their names in the schema.
const VISIBLE: &[(u32, &str)] = &[(120, "conditional_reveal_message")];

/// The kind of an encoded message that no other rule matched.
///
/// Fields that the library does not know are gone from what it hands out, so a kind newer than it is an empty message.
pub(super) fn unmodelled(encoded: &[u8]) -> Content {
    let mut housekeeping = false;
    for number in Fields(encoded).filter(|number| *number != CONTEXT) {
        if HOUSEKEEPING.contains(&number) {
            housekeeping = true;
            continue;
        }
        let known = VISIBLE.iter().find(|(known, _)| *known == number);
        let kind = known.map_or_else(|| format!("field_{number}"), |(_, name)| (*name).to_owned());
        return other(Some(kind));
    }
    if housekeeping { Content::Protocol } else { other(None) }
}

fn other(kind: Option<String>) -> Content {
    Content::Other { kind, text: None }
}

/// The numbers of the top-level fields of a protobuf, in order; ends at the first invalid byte.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn skip(&mut self, bytes: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }
}

impl Iterator for Fields<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let tag = self.varint()?;
        match tag & 7 {
            0 => self.varint().map(|_| ())?,
            1 => self.skip(8)?,
            2 => {
                let length = self.varint()?;
                self.skip(length)?;
            }
            5 => self.skip(4)?,
            _ => return None,
        }
        u32::try_from(tag >> 3).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_follows_the_schema() {
        use waproto::tags::message as tags;
        assert!(VISIBLE.contains(&(tags::CONDITIONAL_REVEAL_MESSAGE, "conditional_reveal_message")));
        assert_eq!(
            [KEYS, FAST_KEYS, CONTEXT],
            [
                tags::SENDER_KEY_DISTRIBUTION_MESSAGE,
                tags::FAST_RATCHET_KEY_SENDER_KEY_DISTRIBUTION_MESSAGE,
                tags::MESSAGE_CONTEXT_INFO
            ]
        );
        for number in [tags::MESSAGE_HISTORY_BUNDLE, tags::GROUP_ROOT_KEY_SHARE, tags::CHAT] {
            assert!(HOUSEKEEPING.contains(&number));
        }
    }

    #[test]
    fn a_field_of_the_future_is_named_by_its_number() {
        // Field 900, length-delimited, one byte.
        let encoded = [0xA2, 0x38, 0x01, 0x00];
        assert!(unmodelled(&encoded) == other(Some("field_900".to_owned())));
    }

    #[test]
    fn what_is_newer_than_the_library_is_not_taken_for_housekeeping() {
        assert!(unmodelled(&[]) == other(None));
        // A context of two bytes alone.
        assert!(unmodelled(&[0x9A, 0x02, 0x02, 0x10, 0x02]) == other(None));
        // A key distribution of no bytes.
        assert!(unmodelled(&[0x12, 0x00]) == Content::Protocol);
    }

    #[test]
    fn cut_off_bytes_end_the_search() {
        assert!(unmodelled(&[0xA2, 0x38, 0x7f, 0x00]) == other(None));
        assert!(unmodelled(&[0xff; 12]) == other(None));
    }
}
