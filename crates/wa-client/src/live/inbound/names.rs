//! Message kinds that have no [`Content`] of their own, by the name of their protobuf field.

use crate::Content;

/// Housekeeping: votes, pins, key shares and the like. Each changes something else and is not a line in a chat.
const HOUSEKEEPING: &[u32] = &[
    2,   // sender_key_distribution_message
    11,  // chat
    15,  // fast_ratchet_key_sender_key_distribution_message
    35,  // message_context_info
    47,  // sticker_sync_rmr_message
    50,  // poll_update_message
    51,  // keep_in_chat_message
    56,  // enc_reaction_message
    63,  // pin_in_chat_message
    70,  // message_history_bundle
    76,  // enc_event_response_message
    82,  // secret_encrypted_message
    102, // message_history_notice
    121, // poll_add_option_message
    123, // group_root_key_share
    127, // root_secret_distribute_message
];

/// Field numbers of `Message` that a person would see, and their names in the schema.
const VISIBLE: &[(u32, &str)] = &[
    (10, "call"),
    (14, "highly_structured_message"),
    (16, "send_payment_message"),
    (22, "request_payment_message"),
    (23, "decline_payment_request_message"),
    (24, "cancel_payment_request_message"),
    (25, "template_message"),
    (28, "group_invite_message"),
    (30, "product_message"),
    (36, "list_message"),
    (38, "order_message"),
    (41, "invoice_message"),
    (42, "buttons_message"),
    (44, "payment_invite_message"),
    (45, "interactive_message"),
    (54, "request_phone_number_message"),
    (61, "scheduled_call_creation_message"),
    (65, "scheduled_call_edit_message"),
    (69, "call_log_messsage"),
    (71, "enc_comment_message"),
    (72, "bcall_message"),
    (75, "event_message"),
    (77, "comment_message"),
    (78, "newsletter_admin_invite_message"),
    (80, "placeholder_message"),
    (83, "album_message"),
    (86, "sticker_pack_message"),
    (88, "poll_result_snapshot_message"),
    (97, "rich_response_message"),
    (98, "status_notification_message"),
    (105, "status_question_answer_message"),
    (107, "question_response_message"),
    (109, "status_quoted_message"),
    (110, "status_sticker_interaction_message"),
    (113, "newsletter_follower_invite_message_v2"),
    (115, "poll_result_snapshot_message_v3"),
    (120, "conditional_reveal_message"),
    (122, "event_invite_message"),
    (124, "payment_reminder_message"),
    (125, "split_payment_message"),
    (126, "newsletter_admin_profile_status_message"),
];

/// The kind of an encoded message that no other rule matched.
pub(super) fn unmodelled(encoded: &[u8]) -> Content {
    let mut unknown = None;
    for number in Fields(encoded) {
        if HOUSEKEEPING.contains(&number) {
            continue;
        }
        match VISIBLE.iter().find(|(known, _)| *known == number) {
            Some((_, name)) => {
                return Content::Other {
                    kind: (*name).to_owned(),
                };
            }
            None => unknown = unknown.or(Some(number)),
        }
    }
    match unknown {
        Some(number) => Content::Other {
            kind: format!("field_{number}"),
        },
        None => Content::Protocol,
    }
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
        for (number, name) in [
            (tags::CALL, "call"),
            (tags::TEMPLATE_MESSAGE, "template_message"),
            (tags::GROUP_INVITE_MESSAGE, "group_invite_message"),
            (tags::EVENT_MESSAGE, "event_message"),
            (tags::ALBUM_MESSAGE, "album_message"),
            (tags::STICKER_PACK_MESSAGE, "sticker_pack_message"),
        ] {
            assert!(VISIBLE.contains(&(number, name)), "{name}");
        }
        for number in [
            tags::POLL_UPDATE_MESSAGE,
            tags::PIN_IN_CHAT_MESSAGE,
            tags::MESSAGE_CONTEXT_INFO,
        ] {
            assert!(HOUSEKEEPING.contains(&number));
        }
    }

    #[test]
    fn a_field_of_the_future_is_named_by_its_number() {
        // Field 900, length-delimited, one byte.
        let encoded = [0xA2, 0x38, 0x01, 0x00];
        assert!(
            unmodelled(&encoded)
                == Content::Other {
                    kind: "field_900".to_owned()
                }
        );
    }

    #[test]
    fn cut_off_bytes_end_the_search() {
        assert!(unmodelled(&[0xA2, 0x38, 0x7f, 0x00]) == Content::Protocol);
        assert!(unmodelled(&[]) == Content::Protocol);
        assert!(unmodelled(&[0xff; 12]) == Content::Protocol);
    }
}
