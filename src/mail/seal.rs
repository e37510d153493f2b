//! Seals recipient, subject and body, bound to their row.

use super::draft::EmailDraft;
use super::store::Sealed;
use crate::crypto::Sealer;
use crate::ids::PublicId;

fn place(column: &str, id: &PublicId) -> String {
    format!("mails|{column}|{id}")
}

pub(super) fn envelope(sealer: &Sealer, id: &PublicId, email: &EmailDraft) -> Vec<u8> {
    sealer.seal(&place("envelope", id), &json(&(&email.to, &email.subject)))
}

pub(super) fn body(sealer: &Sealer, id: &PublicId, email: &EmailDraft) -> Vec<u8> {
    sealer.seal(&place("body", id), &json(email))
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts serialize to JSON")
}

/// Recipient and subject; `None` under another master key.
pub(super) fn open_envelope(sealer: &Sealer, row: &Sealed) -> Option<(String, String)> {
    let plain = sealer.open(&place("envelope", &row.public_id), &row.envelope).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// `None` once it was sent, and under another master key.
pub(super) fn open_body(sealer: &Sealer, row: &Sealed) -> Option<EmailDraft> {
    let plain = sealer.open(&place("body", &row.public_id), row.body.as_deref()?).ok()?;
    serde_json::from_slice(&plain).ok()
}
