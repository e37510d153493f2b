//! The message inside its wrappers.

use buffa::MessageField;
use waproto::whatsapp::{self as wa, message as part};

use crate::Notice;

/// Limits nested wrappers; a hostile message must not cause deep recursion.
const MAX_WRAPPERS: usize = 8;

/// A message without its wrappers, and what they say about it.
pub(super) struct Opened<'a> {
    pub(super) inner: &'a wa::Message,
    pub(super) view_once: bool,
    /// Somebody was named in a status: nothing to show.
    pub(super) hidden: bool,
    /// Words inside such a wrapper are a question or a spoiler.
    pub(super) notice: Option<Notice>,
    pub(super) association: Option<&'a wa::MessageAssociation>,
    /// How long a pin lasts.
    pub(super) seconds: Option<u32>,
}

impl<'a> Opened<'a> {
    pub(super) fn new(message: &'a wa::Message) -> Self {
        let mut opened = Self {
            inner: message,
            view_once: false,
            hidden: false,
            notice: None,
            association: None,
            seconds: None,
        };
        opened.note_context();
        for _ in 0..MAX_WRAPPERS {
            let outer = opened.inner;
            let Some(inner) = wrapped(outer) else { break };
            opened.note_wrapper(outer);
            opened.inner = inner;
            opened.note_context();
        }
        opened
    }

    fn note_context(&mut self) {
        let Some(context) = self.inner.message_context_info.as_option() else {
            return;
        };
        self.association = context.message_association.as_option().or(self.association);
        self.seconds = context.message_add_on_duration_in_secs.or(self.seconds);
    }

    fn note_wrapper(&mut self, outer: &wa::Message) {
        let is = |field: &MessageField<part::FutureProofMessage>| field.is_set();
        self.view_once |= is(&outer.view_once_message)
            || is(&outer.view_once_message_v2)
            || is(&outer.view_once_message_v2_extension);
        self.hidden |= is(&outer.status_mention_message) || is(&outer.group_status_mention_message);
        if is(&outer.question_message) {
            self.notice = Some(Notice::Question);
        }
        if is(&outer.spoiler_message) {
            self.notice = Some(Notice::Spoiler);
        }
    }
}

/// The secret of a message, whichever of its wrappers has it.
pub(super) fn secret(message: &wa::Message) -> Option<&[u8]> {
    let mut current = message;
    for _ in 0..=MAX_WRAPPERS {
        let context = current.message_context_info.as_option();
        if let Some(secret) = context.and_then(|context| context.message_secret.as_deref()) {
            return Some(secret);
        }
        current = wrapped(current)?;
    }
    None
}

fn wrapped(message: &wa::Message) -> Option<&wa::Message> {
    if let Some(sent) = message.device_sent_message.as_option() {
        return sent.message.as_option();
    }
    let envelopes = [
        &message.ephemeral_message,
        &message.view_once_message,
        &message.view_once_message_v2,
        &message.view_once_message_v2_extension,
        &message.document_with_caption_message,
        &message.edited_message,
        &message.group_mentioned_message,
        &message.bot_invoke_message,
        &message.bot_forwarded_message,
        &message.bot_task_message,
        &message.associated_child_message,
        &message.lottie_sticker_message,
        &message.event_cover_image,
        &message.poll_creation_option_image_message,
        &message.poll_creation_message_v4,
        &message.question_message,
        &message.question_reply_message,
        &message.spoiler_message,
        &message.limit_sharing_message,
        &message.status_mention_message,
        &message.status_add_yours,
        &message.group_status_message,
        &message.group_status_message_v2,
        &message.group_status_mention_message,
        &message.newsletter_admin_profile_message,
        &message.newsletter_admin_profile_message_v2,
        &message.newsletter_admin_profile_status_message,
    ];
    envelopes
        .into_iter()
        .find_map(|envelope| envelope.as_option()?.message.as_option())
}
