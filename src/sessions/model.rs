//! What a session is, which states it can be in, and which action helps in each.

use std::time::Duration;

use wa_client::ProxyError;

use crate::accounts::Forbidden;
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{PublicId, SessionId, WorkspaceId};
use crate::plans::PlanError;

crate::words!(
    /// A session's current state.
    pub enum State {
        /// No phone is linked.
        Unlinked = "unlinked",
        /// A code is shown and waits for the phone.
        Pairing = "pairing",
        /// Linked, and logging in.
        Connecting = "connecting",
        /// Frames flow.
        Connected = "connected",
        /// The socket is open, but no frame has arrived for too long.
        Degraded = "degraded",
        /// The socket is closed and is being opened again.
        Reconnecting = "reconnecting",
        /// Connected, but WhatsApp blocks new chats of this number for a time.
        Restricted = "restricted",
        /// The phone or WhatsApp ended the link; it has to be linked again.
        LoggedOut = "logged_out",
        /// WhatsApp has banned the number for a time.
        Banned = "banned",
        /// Another program uses this link.
        Replaced = "replaced",
        /// It cannot continue until a person acts.
        NeedsAttention = "needs_attention",
        /// Paused by a person; the link is kept.
        Paused = "paused",
    }
);

crate::words!(
    /// Why a session is in its state. The words are keys of the texts shown to people: `session-reason-…`.
    pub enum Reason {
        NeverLinked = "never_linked",
        ScanQr = "scan_qr",
        TypeCode = "type_code",
        QrExpired = "qr_expired",
        PairingFailed = "pairing_failed",
        PairingCancelled = "pairing_cancelled",
        CodeRefused = "code_refused",
        /// The connection that a pairing code belonged to has ended; the code no longer works.
        CodeLost = "code_lost",
        CodeExpired = "code_expired",
        /// The number runs on Meta's Business Platform, too, and such numbers cannot be linked.
        BusinessPlatform = "business_platform",
        /// WhatsApp secures the linking with the account's passkey.
        PasskeyWanted = "passkey_wanted",
        /// The number is linked already, here or in another workspace.
        NumberInUse = "number_in_use",
        /// Linked again with another number than before; its chats would be mixed up.
        OtherNumber = "other_number",
        LoggingIn = "logging_in",
        Restoring = "restoring",
        NoFrames = "no_frames",
        ConnectionLost = "connection_lost",
        ClientStopped = "client_stopped",
        TimeLock = "time_lock",
        /// No new chats are left in this cycle.
        QuotaUsed = "quota_used",
        RemovedOnPhone = "removed_on_phone",
        RefusedAtLogin = "refused_at_login",
        LoggedOutHere = "logged_out_here",
        TemporaryBan = "temporary_ban",
        /// A ban whose end WhatsApp did not name.
        OpenEndedBan = "open_ended_ban",
        ReplacedElsewhere = "replaced_elsewhere",
        ClientOutdated = "client_outdated",
        LoginRefused = "login_refused",
        /// The key store has no keys for this number, though it was linked.
        KeysLost = "keys_lost",
        /// The key store has the keys of another number instead.
        KeysForeign = "keys_foreign",
        KeysUnreadable = "keys_unreadable",
        /// The proxy that it connects through cannot be read, and it must not connect without.
        ProxyUnreadable = "proxy_unreadable",
        ProxyUnreachable = "proxy_unreachable",
        ProxyLogin = "proxy_login",
        ProxyRefused = "proxy_refused",
        StorageFailed = "storage_failed",
        DiskFull = "disk_full",
        PausedByUser = "paused_by_user",
    }
);

impl Reason {
    /// The key of the sentence that explains it.
    #[must_use]
    pub fn text_key(self) -> String {
        format!("session-reason-{}", self.word().replace('_', "-"))
    }

    /// Whether the keys here are of no use, so that the number has to be linked again.
    #[must_use]
    pub const fn is_about_keys(self) -> bool {
        matches!(self, Self::KeysLost | Self::KeysForeign | Self::KeysUnreadable)
    }

    /// Whether the proxy does not let it through.
    #[must_use]
    pub const fn is_about_a_proxy(self) -> bool {
        matches!(self, Self::ProxyUnreachable | Self::ProxyLogin | Self::ProxyRefused)
    }

    /// Whether it is about a pairing code that no longer works or was not issued.
    #[must_use]
    pub const fn is_about_a_code(self) -> bool {
        matches!(self, Self::CodeLost | Self::CodeExpired | Self::CodeRefused)
    }
}

crate::words!(
    /// What the plan's limit does to a number beyond it.
    pub enum PlanHold {
        /// It ran, was stopped, and resumes by itself once there is room.
        Paused = "paused",
        /// It did not run, and may not until there is room.
        Blocked = "blocked",
    }
);

/// The button that helps in a state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fix {
    /// Show a QR code or a pairing code.
    Link,
    /// It is retried automatically, and can be retried now.
    Reconnect,
    /// Nothing is retried automatically; a person can.
    TryAgain,
    /// End the pause.
    Resume,
    /// Choose a plan with room for it.
    Upgrade,
    /// Install a newer version of this program.
    Update,
    /// Only time helps.
    Wait,
    /// Nothing is wrong.
    Nothing,
}

impl State {
    /// The only list of legal transitions. Staying in a state with another reason is always legal.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use State::{
            Banned, Connected, Connecting, Degraded, LoggedOut, NeedsAttention, Pairing, Paused, Reconnecting,
            Replaced, Restricted, Unlinked,
        };
        if self == next {
            return true;
        }
        match self {
            Unlinked => matches!(next, Pairing | Connecting | NeedsAttention),
            Pairing => matches!(next, Unlinked | Connecting | NeedsAttention | Reconnecting),
            // While a client runs, WhatsApp can end the link in every way it has.
            Connecting | Connected | Degraded | Reconnecting | Restricted => !matches!(next, Pairing),
            LoggedOut => matches!(next, Pairing | NeedsAttention),
            Banned | Replaced | NeedsAttention | Paused => {
                matches!(
                    next,
                    Connecting | Pairing | Unlinked | LoggedOut | NeedsAttention | Paused
                )
            }
        }
    }

    /// Whether the link accepts messages now.
    #[must_use]
    pub const fn can_send(self) -> bool {
        matches!(self, Self::Connected | Self::Degraded | Self::Restricted)
    }

    /// Whether it connects automatically at startup.
    #[must_use]
    pub const fn restores_at_start(self) -> bool {
        matches!(
            self,
            Self::Connecting | Self::Connected | Self::Degraded | Self::Reconnecting | Self::Restricted
        )
    }

    /// The action that helps in this state.
    #[must_use]
    pub fn fix(self, reason: Option<Reason>) -> Fix {
        match (self, reason) {
            (Self::NeedsAttention, Some(Reason::ClientOutdated)) => Fix::Update,
            (Self::NeedsAttention, Some(reason)) if reason.is_about_keys() => Fix::Link,
            (Self::Unlinked | Self::LoggedOut | Self::Pairing, _) => Fix::Link,
            (Self::Banned, Some(Reason::OpenEndedBan)) | (Self::Replaced | Self::NeedsAttention, _) => Fix::TryAgain,
            (Self::Degraded | Self::Reconnecting, _) => Fix::Reconnect,
            (Self::Paused, _) => Fix::Resume,
            (Self::Banned | Self::Restricted | Self::Connecting, _) => Fix::Wait,
            (Self::Connected, _) => Fix::Nothing,
        }
    }
}

/// A number that is linked or is to be linked.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub public_id: PublicId,
    pub workspace: WorkspaceId,
    pub name: String,
    pub state: State,
    pub reason: Option<Reason>,
    /// The server's own text, for support.
    pub detail: Option<String>,
    pub since: UnixMs,
    /// When a ban or a time-lock ends, if known.
    pub until: Option<UnixMs>,
    /// WhatsApp blocks new chats of this number until then.
    pub locked_until: Option<UnixMs>,
    /// WhatsApp allows no more new chats before the next cycle.
    pub quota_until: Option<UnixMs>,
    /// Digits of E.164 without the plus. Kept after a log-out.
    pub phone: Option<String>,
    pub lid: Option<String>,
    pub platform: Option<String>,
    /// The profile name as the phone set it.
    pub profile_name: Option<String>,
    pub linked_at: Option<UnixMs>,
    /// It counts as online while somebody has the inbox open; its phone stays silent then.
    pub shows_online: bool,
    pub created_at: UnixMs,
    /// The plan has no room for this number.
    pub plan_hold: Option<PlanHold>,
    /// Why nothing can be stored now. Momentary, and never stored itself.
    pub trouble: Option<Reason>,
}

impl Session {
    #[must_use]
    pub fn fix(&self) -> Fix {
        match self.plan_hold {
            Some(_) => Fix::Upgrade,
            None => self.state.fix(self.reason),
        }
    }

    /// Whether a device is linked, connected or not.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.linked_at.is_some()
    }

    /// Whether it was linked once, does not work now, and will not recover by itself.
    #[must_use]
    pub fn needs_somebody(&self) -> bool {
        let ended = matches!(
            self.state,
            State::LoggedOut | State::Banned | State::Replaced | State::NeedsAttention
        );
        self.phone.is_some() && ended
    }
}

/// What WhatsApp has said of a number, and when it was alive.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// WhatsApp's word for the kind of a lock of new chats.
    pub lock_kind: Option<String>,
    /// When WhatsApp spoke of a lock last.
    pub lock_at: Option<UnixMs>,
    /// `None` until WhatsApp has said something.
    pub quota: Option<QuotaNow>,
    /// WhatsApp refuses the client's version from then on.
    pub retires_at: Option<UnixMs>,
    /// Somebody's device confirmed a message.
    pub receipt_at: Option<UnixMs>,
}

/// How many chats the number may open in the current cycle. Words are WhatsApp's own.
#[derive(Clone, Debug)]
pub struct QuotaNow {
    /// `None`: there is no cap.
    pub total: Option<u64>,
    pub used: u64,
    pub ends_at: Option<UnixMs>,
    pub status: Option<String>,
    pub extension: Option<String>,
    pub verified: Option<String>,
    /// When WhatsApp said so.
    pub at: UnixMs,
}

/// A state that a number was in, from `at` until the next one.
#[derive(Clone, Debug)]
pub struct PastState {
    pub state: State,
    pub reason: Option<Reason>,
    pub detail: Option<String>,
    pub until: Option<UnixMs>,
    pub at: UnixMs,
}

/// What a number does with calls.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CallRule {
    /// Calls are rejected instead of ringing on.
    pub rejects: bool,
    /// What a rejected caller is answered.
    pub reply: Option<String>,
}

impl CallRule {
    pub const MAX_REPLY: usize = 1_000;
}

/// A QR code to show until it expires. It holds a secret: no `Debug`, no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Qr {
    pub code: String,
    pub shown_at: UnixMs,
    pub expires_at: UnixMs,
}

/// A code to type on the phone, formatted `ABCD-EFGH`. It holds a secret: no `Debug`, no log.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingCode {
    pub code: String,
    pub expires_at: UnixMs,
}

impl PairingCode {
    /// How long WhatsApp accepts a code.
    pub const VALID_FOR: Duration = Duration::from_secs(180);
}

/// The passkey step of a linking. It holds a secret: no `Debug`, no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Passkey {
    /// The question to the authenticator, as JSON.
    pub request: String,
    /// Once the passkey was right: the phone shows the same one.
    pub code: Option<String>,
}

/// A session's name: 1 to 60 characters on one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name(String);

impl Name {
    const MAX_CHARS: usize = 60;

    /// # Errors
    /// [`SessionError::BadName`] when it is empty, too long or has control characters.
    pub fn new(text: &str) -> Result<Self, SessionError> {
        let name = text.trim();
        let fits = !name.is_empty() && name.chars().count() <= Self::MAX_CHARS && !name.chars().any(char::is_control);
        if fits {
            Ok(Self(name.to_owned()))
        } else {
            Err(SessionError::BadName)
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why something could not be done with a session; each says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum SessionError {
    NotFound,
    BadName,
    BadPhone,
    BadProxy(ProxyError),
    LongReply,
    AlreadyLinked,
    NotLinked,
    NotConnected,
    CodeRefused(String),
    QrOnly,
    Link(String),
    Stopping,
    #[error(transparent)]
    Limit(PlanError),
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Db(DbError),
}

impl SessionError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotFound => Text::new("sessions-not-found"),
            Self::BadName => Text::new("sessions-name-wrong"),
            Self::BadPhone => Text::new("sessions-phone-wrong"),
            Self::BadProxy(error) => Text::new(match error {
                ProxyError::NotAnAddress => "sessions-proxy-wrong",
                ProxyError::Kind => "sessions-proxy-kind",
                ProxyError::NoPort => "sessions-proxy-port",
                ProxyError::TooLong => "sessions-proxy-long",
            }),
            Self::LongReply => Text::new("sessions-reply-long").with("most", CallRule::MAX_REPLY),
            Self::AlreadyLinked => Text::new("sessions-refused-linked"),
            Self::NotLinked => Text::new("sessions-refused-not-linked"),
            Self::NotConnected => Text::new("sessions-refused-not-connected"),
            Self::CodeRefused(why) => Text::new("sessions-refused-code").with("why", why),
            Self::QrOnly => Text::new("sessions-refused-qr-only"),
            Self::Link(why) => Text::new("sessions-refused-link").with("why", why),
            Self::Stopping => Text::new("sessions-refused-stopping"),
            Self::Limit(error) => error.text(),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::Db(_) => Text::internal(),
        }
    }
}

impl From<PlanError> for SessionError {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Db(error) => Self::Db(error),
            limit => Self::Limit(limit),
        }
    }
}

crate::from_db!(SessionError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_reasons_match_the_schema() {
        let (states, reasons) = (
            include_str!("../../migrations/V003__sessions.sql"),
            include_str!("../../migrations/V047__proxy_reasons.sql"),
        );
        let words = |sql: &str, column: &str| -> Vec<String> {
            let list = sql
                .split_once(&format!("CHECK ({column} IN ("))
                .unwrap()
                .1
                .split_once("))")
                .unwrap()
                .0;
            list.split(',')
                .map(|word| word.trim().trim_matches('\'').to_owned())
                .collect()
        };
        assert_eq!(
            words(states, "state"),
            State::ALL.iter().map(|s| s.word()).collect::<Vec<_>>()
        );
        assert_eq!(
            words(reasons, "why"),
            Reason::ALL.iter().map(|r| r.word()).collect::<Vec<_>>()
        );
    }

    #[test]
    fn nothing_connects_without_having_been_linked() {
        for state in [State::Unlinked, State::Pairing, State::LoggedOut] {
            assert!(!state.may_become(State::Connected), "{state}");
        }
    }

    #[test]
    fn a_running_client_can_meet_every_end() {
        let ends = [
            State::LoggedOut,
            State::Banned,
            State::Replaced,
            State::NeedsAttention,
            State::Paused,
        ];
        for state in [
            State::Connecting,
            State::Connected,
            State::Degraded,
            State::Reconnecting,
            State::Restricted,
        ] {
            for end in ends {
                assert!(state.may_become(end), "{state} to {end}");
            }
        }
    }

    #[test]
    fn every_unhealthy_state_has_a_button_or_an_end() {
        for state in State::ALL {
            assert_eq!(state.fix(None) == Fix::Nothing, *state == State::Connected, "{state}");
        }
        assert_eq!(State::NeedsAttention.fix(Some(Reason::ClientOutdated)), Fix::Update);
        assert_eq!(State::Banned.fix(Some(Reason::TemporaryBan)), Fix::Wait);
        assert_eq!(State::Banned.fix(Some(Reason::OpenEndedBan)), Fix::TryAgain);
        assert_eq!(State::NeedsAttention.fix(Some(Reason::KeysLost)), Fix::Link);
    }

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(Name::new("  Shop ").unwrap().as_str(), "Shop");
        for bad in ["", "  ", "a\nb", &"x".repeat(61)] {
            assert!(matches!(Name::new(bad), Err(SessionError::BadName)), "{bad:?}");
        }
    }
}
