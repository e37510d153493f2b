//! The WhatsApp client, behind our own types.
//!
//! This is the only crate of the product that names the protocol library. The product sees plain types
//! ([`Inbound`], [`Outgoing`], [`LinkEvent`]), two traits ([`Gateway`] opens a session, [`Link`] is an open one) and
//! the key store ([`store::KeyStore`], `wa.db`).
//!
//! Invariants
//! - An inbound message is acknowledged to WhatsApp only after [`InboundSink::commit`] returned `Ok`.
//! - The id of an outbound message is chosen by the caller; sending it again is the same message.
//! - Two clients never run on one session's keys: [`Gateway::open`] refuses while a link of it is open.
//! - No protocol type, phone number or key appears in a public type's `Debug` output or in a log.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod account;
mod address;
mod event;
mod gateway;
mod group;
pub mod live;
mod message;
mod person;
mod proxy;
pub mod store;
pub mod testing;

pub use account::{ClientVersion, Limits, Quota, TimeLock, VersionSource, WebVersion, WebVersionError};
pub use address::{Address, AddressError};
pub use event::{Ack, AckError, Call, LinkEvent, LoggedOutReason, Receipt, ReceiptKind, TypingState};
pub use gateway::{
    Account, CommitError, FileError, FileOf, Gateway, InboundSink, Link, LinkError, Oldest, OpenError, Received,
    Registered, SessionId,
};
pub use group::{Group, GroupChange, GroupMember, GroupNews, GroupRule, MemberChange, MemberRefused};
pub use live::{chosen, encoded, read, secret_of};
pub use message::{
    Ad, Card, Change, Content, Context, EventAnswer, Forwarded, Inbound, Line, LinkPreview, Media, MediaKind, MenuForm,
    MenuOption, Notice, Outgoing, OutgoingContact, OutgoingContent, OutgoingContext, OutgoingQuote, PartOf, Quote,
    Sealed, SealedKind, Target, Uploaded,
};
pub use person::PersonNews;
pub use proxy::{Proxy, ProxyError, ProxyKind, ProxyLogin, ProxyTrouble};
