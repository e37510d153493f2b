//! The two traits between the product and WhatsApp.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlite::Health;
use tokio::sync::mpsc;

use crate::{
    Address, Call, ClientVersion, Group, GroupNews, GroupRule, Inbound, Limits, LinkEvent, Media, MediaKind,
    MemberChange, MemberRefused, Outgoing, OutgoingContent, OutgoingContext, PersonNews, Proxy, TypingState, Uploaded,
};

/// One linked number, by the product's own row id; the key store's rows carry it too.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SessionId(pub i64);

/// Makes inbound messages durable. `Ok` means: committed and fsynced, so WhatsApp gets the acknowledgement.
#[async_trait]
pub trait InboundSink: Send + Sync + 'static {
    /// Called again with the same messages after any failure; must be idempotent.
    async fn commit(&self, session: SessionId, messages: Vec<Inbound>) -> Result<(), CommitError>;

    /// History messages that the phone sends once after pairing; whether they were read was decided there long ago.
    /// Override it to store them without counting them as unread or notifying about them.
    async fn commit_history(&self, session: SessionId, messages: Vec<Inbound>) -> Result<(), CommitError> {
        self.commit(session, messages).await
    }

    /// Stores what WhatsApp says of people beside their messages. Must be idempotent: the same news come again.
    async fn learn(&self, _session: SessionId, _people: Vec<PersonNews>) -> Result<(), CommitError> {
        Ok(())
    }

    /// Stores what has changed in a group. Must be idempotent: the same news may come again.
    async fn group_changed(&self, _session: SessionId, _news: GroupNews) -> Result<(), CommitError> {
        Ok(())
    }

    /// Whether a message is committed and readable. Called when WhatsApp redelivers one that the keys have already
    /// decrypted: if it is not stored, it was lost in between, and is requested again instead of acknowledged.
    async fn has(&self, _session: SessionId, _message: &Received) -> Result<bool, CommitError> {
        Ok(true)
    }

    /// What we sent to `chat` under this id. Called when a phone cannot decrypt our message and the key store no longer
    /// has its copy, which it keeps for two hours at most and not through every crash.
    async fn sent(
        &self,
        _session: SessionId,
        _chat: &Address,
        _id: &str,
    ) -> Result<Option<(OutgoingContent, OutgoingContext)>, CommitError> {
        Ok(None)
    }
}

/// The key of a received message.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Received {
    pub chat: Address,
    pub sender: Address,
    pub id: String,
}

/// The account that the keys of a session belong to.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Digits in E.164 without `+`.
    pub phone: String,
    pub lid: Option<String>,
}

/// How WhatsApp registers the account of a typed number. Messages to the typed form may be lost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registered {
    /// The account's own address. It differs from the typed one where a country has changed its numbers since the
    /// account was made: Brazil's ninth digit, Mexico's 1, Argentina's 9.
    pub address: Address,
    pub lid: Option<Address>,
}

/// The messages could not be stored; they stay at the server.
#[derive(Debug, thiserror::Error)]
#[error("inbound messages could not be stored: {0}")]
pub struct CommitError(pub String);

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("a client of this session is already running")]
    AlreadyOpen,
    /// The stored keys are not ours: damaged, or written for another record.
    #[error("the keys of this session cannot be read: {0}")]
    Keys(String),
    /// The key store itself does not respond; the keys may be intact.
    #[error("the key store cannot be read or written: {0}")]
    Storage(String),
    #[error("the client could not start: {0}")]
    Client(String),
}

#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nothing was sent, or it is unknown whether it was: send again with the same id.
    #[error("not connected")]
    NotConnected,
    #[error("WhatsApp did not answer in time")]
    TimedOut,
    /// WhatsApp has no account under this number; nothing was sent.
    #[error("this number is not on WhatsApp")]
    NotOnWhatsApp,
    /// WhatsApp has no keys of the recipient's phone at the moment, so it could not read the message; nothing was sent.
    #[error("the recipient's phone has no keys at WhatsApp at the moment")]
    NoKeys,
    /// WhatsApp allows this to others only, such as the administrators of a group.
    #[error("WhatsApp does not allow it")]
    Forbidden,
    /// A retry cannot help.
    #[error("{0}")]
    Permanent(String),
    #[error("{0}")]
    Transient(String),
}

/// Why a message's file did not come.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("not connected")]
    NotConnected,
    /// Whoever was asked does not have it any more.
    #[error("the file is not there any more")]
    Gone,
    #[error("{0}")]
    Transient(String),
}

/// A message whose file the phone is asked for.
pub struct FileOf<'a> {
    pub chat: &'a Address,
    /// Who wrote it, in a group.
    pub sender: Option<&'a Address>,
    pub from_me: bool,
    pub id: &'a str,
    pub media_key: &'a [u8],
}

/// The first message of a chat that is known.
pub struct Oldest<'a> {
    pub chat: &'a Address,
    pub id: &'a str,
    pub from_me: bool,
    pub at_ms: i64,
}

/// Opens sessions. Two implementations: the live client, and a scripted one for tests on a manual clock.
#[async_trait]
pub trait Gateway: Send + Sync + 'static {
    /// Starts the client of `session`: logs in when it is paired, asks for a QR code when it is not.
    ///
    /// # Errors
    /// [`OpenError::AlreadyOpen`] while an earlier link of the session has not finished closing.
    async fn open(
        &self,
        session: SessionId,
        sink: Arc<dyn InboundSink>,
    ) -> Result<(Arc<dyn Link>, mpsc::UnboundedReceiver<LinkEvent>), OpenError>;

    /// Whether the key store holds a paired device for `session`.
    async fn is_paired(&self, session: SessionId) -> Result<bool, OpenError>;

    /// The account that accepted the pairing of `session`; `None` while it is not paired. For a start after a crash
    /// during pairing, which lost [`LinkEvent::Paired`].
    async fn account(&self, session: SessionId) -> Result<Option<Account>, OpenError>;

    /// Whether a phone can be linked by typing a code instead of scanning one.
    fn pairs_by_code(&self) -> bool {
        true
    }

    /// The proxy that the next client of `session` connects through, for its socket and its files.
    fn set_proxy(&self, _session: SessionId, _proxy: Option<Proxy>) {}

    /// The version that clients name themselves as; `None` where there is none.
    async fn client_version(&self) -> Option<ClientVersion> {
        None
    }

    /// Whether keys can be written.
    fn health(&self) -> Health {
        Health::Ok
    }

    /// The same, after a trial write if the last one failed.
    async fn probe(&self) -> Health {
        self.health()
    }

    /// Deletes the keys of `session`; the next `open` pairs again. Only for logged-out or deleted sessions.
    async fn forget(&self, session: SessionId) -> Result<(), OpenError>;
}

/// An open session. Dropping it does not close it: call [`Link::close`].
#[async_trait]
pub trait Link: Send + Sync + 'static {
    /// Writes the message to the socket, addressed as [`Link::look_up`] finds; returns the registered address if a
    /// lookup was made. `Ok` is not delivery: wait for [`LinkEvent::Ack`] with the same id.
    async fn send(&self, message: &Outgoing) -> Result<Option<Registered>, LinkError>;

    /// Asks how the account of a phone number is registered. `None`: the address is known to be right, or is not a
    /// phone number.
    ///
    /// # Errors
    /// [`LinkError::NotOnWhatsApp`] when there is no account.
    async fn look_up(&self, address: &Address) -> Result<Option<Registered>, LinkError>;

    /// Asks WhatsApp what this account may do.
    async fn limits(&self) -> Result<Limits, LinkError> {
        Ok(Limits::default())
    }

    /// Rejects a call: the caller hears that nobody answers, and no device of ours rings on.
    async fn reject_call(&self, _call: &Call) -> Result<(), LinkError> {
        Ok(())
    }

    /// Answers [`LinkEvent::PasskeyWanted`] with what the authenticator said: a `PublicKeyCredential` as JSON.
    async fn answer_passkey(&self, _answer: &str) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }

    /// The code is the one that the phone shows.
    async fn confirm_passkey(&self) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }

    /// Requests a code to type on the phone `digits` (E.164 without `+`) instead of scanning the QR code.
    async fn pairing_code(&self, digits: &str) -> Result<String, LinkError>;

    async fn mark_read(&self, chat: &Address, sender: Option<&Address>, ids: &[String]) -> Result<(), LinkError>;

    async fn typing(&self, chat: &Address, state: TypingState) -> Result<(), LinkError>;

    /// Shows this device as online to others, or not. Only an available device receives typing notifications; while one
    /// is available, the number's phone stays silent, so be available only while somebody has the inbox open.
    async fn set_available(&self, _available: bool) -> Result<(), LinkError> {
        Ok(())
    }

    /// Writes a message's file to `into`, which is empty: decrypted, and verified against both of its hashes.
    async fn download(&self, _media: &Media, _into: File) -> Result<(), FileError> {
        Err(FileError::NotConnected)
    }

    /// Encrypts a file and uploads it to WhatsApp's servers, for a message of this kind. `scratch` is empty and takes the
    /// encrypted form meanwhile. Whoever keeps the answer need not upload the file again for some weeks.
    async fn upload(&self, _kind: MediaKind, _file: File, _scratch: File) -> Result<Uploaded, LinkError> {
        Err(LinkError::NotConnected)
    }

    /// Has the phone upload a message's file again; its new [`Media::direct_path`].
    async fn ask_phone_for_file(&self, _of: &FileOf<'_>) -> Result<String, FileError> {
        Err(FileError::NotConnected)
    }

    /// Asks the phone for up to `count` messages before this one. They come to [`InboundSink::commit_history`], then
    /// [`LinkEvent::OlderHistory`]; a phone that is off, or whose app is closed, may never answer.
    async fn ask_history(&self, _before: &Oldest<'_>, _count: u32) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }

    /// Every group that the account is in.
    async fn groups(&self) -> Result<Vec<Group>, LinkError> {
        Err(LinkError::NotConnected)
    }

    /// One group as it is now.
    ///
    /// # Errors
    /// [`LinkError::Permanent`] when there is no such group, or we are not in it.
    async fn group(&self, _group: &Address) -> Result<Group, LinkError> {
        Err(LinkError::NotConnected)
    }

    /// Makes a group of which we are the administrator. People who let only their contacts add them are missing in it.
    async fn create_group(&self, _subject: &str, _members: &[Address]) -> Result<Group, LinkError> {
        Err(LinkError::NotConnected)
    }

    /// # Errors
    /// [`LinkError::Forbidden`] where only administrators may; [`LinkError::Permanent`] for a subject that is too long.
    async fn rename_group(&self, _group: &Address, _subject: &str) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }

    /// `None` removes it.
    ///
    /// # Errors
    /// As [`Link::rename_group`].
    async fn describe_group(&self, _group: &Address, _text: Option<&str>) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }

    /// # Errors
    /// As [`Link::rename_group`].
    async fn set_group_rule(&self, _group: &Address, _rule: GroupRule, _on: bool) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }

    /// The link by which people join. `renew` makes another, and the old one invalid.
    ///
    /// # Errors
    /// As [`Link::rename_group`].
    async fn group_link(&self, _group: &Address, _renew: bool) -> Result<String, LinkError> {
        Err(LinkError::NotConnected)
    }

    /// Returns those who were not changed.
    ///
    /// # Errors
    /// [`LinkError::Forbidden`] where only administrators may.
    async fn change_members(
        &self,
        _group: &Address,
        _change: MemberChange,
        _members: &[Address],
    ) -> Result<Vec<MemberRefused>, LinkError> {
        Err(LinkError::NotConnected)
    }

    async fn leave_group(&self, _group: &Address) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }

    /// Time since the last frame of any kind from the server; `None` before the first.
    fn last_frame_age(&self) -> Option<Duration>;

    /// Drops the socket and reconnects; for a watchdog that saw no frames for too long.
    async fn reconnect(&self);

    /// Unlinks this device at WhatsApp. The keys stay until [`Gateway::forget`].
    async fn logout(&self) -> Result<(), LinkError>;

    /// Stops the client, keeps the keys, returns once all its tasks have ended.
    async fn close(&self);
}
