//! Makes messages for tests.

use buffa::MessageField;
use waproto::whatsapp::{self as wa, message as part};

/// A message with one field; the rest of the part is empty.
macro_rules! message {
    ($field:ident: $($part:ident)::+ { $($name:ident: $value:expr),* $(,)? }) => {
        ::waproto::whatsapp::Message {
            $field: ::buffa::MessageField::some($($part)::+ { $($name: $value,)* ..Default::default() }),
            ..Default::default()
        }
    };
}

pub(super) use message;

pub(super) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(super) fn some<T: Default>(value: T) -> MessageField<T> {
    MessageField::some(value)
}

pub(super) fn key(id: &str) -> MessageField<wa::MessageKey> {
    some(wa::MessageKey {
        id: text(id),
        ..Default::default()
    })
}

pub(super) fn wrap(inner: wa::Message) -> MessageField<part::FutureProofMessage> {
    some(part::FutureProofMessage { message: some(inner) })
}
