//! Views of linked numbers.

use askama::Template;

use crate::i18n::{Stamp, T};
use crate::site::plans::views::LimitNotice;
use crate::web::filters;
use crate::web::htmx::Tone;
use crate::web::layout::{Avatar, PageFrame};
use crate::web::views::{Chip, Field, Meter, QrCode, fragments};

fragments!(SessionCard, SessionCards, LinkPanel, SendingNote, HealthShown);

/// `GET /sessions`.
#[derive(Template)]
#[template(path = "sessions/index.html", blocks = ["main"])]
pub struct SessionsPage {
    pub frame: PageFrame,
    /// One sentence of state: `3 numbers, all connected`.
    pub line: String,
    pub cards: SessionCards,
    pub can_manage: bool,
}

/// All cards; also the response to `sessions-changed`. The element that listens for it is around them: swapping the
/// listener itself would drop events that wait for its throttle.
#[derive(Template, Clone, Debug)]
#[template(path = "sessions/_cards.html")]
pub struct SessionCards {
    pub t: T,
    pub cards: Vec<SessionCard>,
    pub can_manage: bool,
    pub csrf: String,
}

impl SessionCards {
    /// Whether a number is changing its state. An event during a page change reaches neither of the two pages, so such
    /// cards also poll.
    #[must_use]
    pub fn change_soon(&self) -> bool {
        self.cards.iter().any(|card| card.state.busy)
    }
}

#[derive(Template, Clone, Debug)]
#[template(path = "sessions/_card.html")]
pub struct SessionCard {
    pub t: T,
    pub id: String,
    pub name: String,
    /// As people write it; `None` before it is linked.
    pub phone: Option<String>,
    pub avatar: Avatar,
    pub state: Chip,
    pub since: Option<Stamp>,
    /// Shown when the state needs an explanation.
    pub why: Option<Why>,
    pub last_traffic: Option<Stamp>,
    pub received_today: String,
    pub sent_today: String,
    pub can_link: bool,
    pub can_reconnect: bool,
    /// Nothing is retried automatically.
    pub can_try_again: bool,
    pub can_pause: bool,
    pub can_resume: bool,
    /// The plan has no room for it.
    pub can_upgrade: bool,
    pub can_log_out: bool,
    pub can_delete: bool,
    pub csrf: String,
}

/// A note above the composer while the number is not connected. Live updates show and hide it.
#[derive(Template, Clone, Debug)]
#[template(path = "sessions/_note.html")]
pub struct SendingNote {
    pub t: T,
    pub session: String,
    pub shown: bool,
}

/// Why a number is in its state, and what helps.
#[derive(Clone, Debug)]
pub struct Why {
    pub tone: Tone,
    pub what: String,
    pub hint: String,
}

/// `GET /sessions/{session}/health`.
#[derive(Template)]
#[template(path = "sessions/health.html")]
pub struct HealthPage {
    pub frame: PageFrame,
    pub shown: HealthShown,
}

/// All that the page says. The element that listens is around it, or a swap would drop what waits for its throttle.
#[derive(Template, Clone, Debug)]
#[template(path = "sessions/_health.html")]
pub struct HealthShown {
    pub t: T,
    pub id: String,
    pub name: String,
    pub phone: Option<String>,
    pub state: Chip,
    pub since: Stamp,
    pub notices: Vec<Why>,
    /// Of new chats, where WhatsApp has a cap.
    pub quota: Option<Meter>,
    pub new_chats: Vec<(String, String)>,
    pub link: Vec<(String, String)>,
    pub people: Vec<(String, String)>,
    /// The latest first.
    pub history: Vec<PastRow>,
}

/// A state that the number was in.
#[derive(Clone, Debug)]
pub struct PastRow {
    pub state: Chip,
    pub why: String,
    /// The server's own text.
    pub said: Option<String>,
    pub at: Stamp,
}

/// `GET /sessions/{session}/settings`.
#[derive(Template)]
#[template(path = "sessions/settings.html", blocks = ["main"])]
pub struct NumberSettingsPage {
    pub frame: PageFrame,
    pub id: String,
    pub name: String,
    pub proxy: Field,
    /// The proxy in use, without its login.
    pub through: Option<String>,
    pub with_login: bool,
    /// There is one that nobody can read any more.
    pub unreadable: bool,
    /// There is one, readable or not.
    pub can_remove: bool,
    pub rejects: bool,
    pub shows_online: bool,
    pub reply: Field,
    pub most_reply: usize,
}

/// `GET /sessions/new`: name the number, then link it.
#[derive(Template)]
#[template(path = "sessions/new.html", blocks = ["main"])]
pub struct NewSessionPage {
    pub frame: PageFrame,
    pub name: String,
    pub error: Option<String>,
    /// The plan has no room for another number.
    pub limit: Option<LimitNotice>,
}

/// `GET /sessions/{id}/link`.
#[derive(Template)]
#[template(path = "sessions/link.html", blocks = ["main"])]
pub struct LinkPage {
    pub frame: PageFrame,
    pub panel: LinkPanel,
}

/// The panel that shows the linking from the first code to the first sync.
#[derive(Template, Clone, Debug)]
#[template(path = "sessions/_link.html")]
pub struct LinkPanel {
    pub t: T,
    pub id: String,
    pub name: String,
    pub way: Way,
    /// Whether there is another way than scanning.
    pub offers_code: bool,
    pub step: LinkStep,
    /// A refresh without its page, so it also sets the page's title.
    pub alone: bool,
    /// In the demo: the simulated phone that scans the code when its button is pressed.
    pub demo_phone: Option<String>,
    pub csrf: String,
}

/// How a phone accepts the device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Qr,
    Code,
}

#[derive(Clone, Debug)]
pub enum LinkStep {
    /// Nothing is in progress: a button requests a code.
    Ready,
    /// Waiting for WhatsApp to issue a code.
    Starting,
    Qr(QrCode),
    /// Nobody scanned in time.
    Expired,
    /// Ask for the phone's number.
    AskNumber {
        number: String,
        error: Option<String>,
        /// What happened to the previous code.
        notice: Option<String>,
    },
    /// Eight characters to type on the phone.
    Code {
        left: String,
        right: String,
        /// The number of the phone to type it on, as people write it.
        phone: String,
        expires_at: i64,
        valid_ms: i64,
    },
    /// WhatsApp asks for the passkey of the account.
    Passkey {
        /// What to run at WhatsApp's own site, which answers with what to paste here.
        script: String,
        error: Option<String>,
    },
    /// The phone shows the same code.
    PasskeyCode {
        code: String,
        error: Option<String>,
    },
    /// Accepted; logging in and syncing the phone's history.
    Syncing {
        percent: Option<u8>,
    },
    Linked {
        phone: String,
        /// While the phone still sends its history.
        percent: Option<u8>,
    },
    Failed {
        what: String,
        hint: String,
    },
}

impl LinkPanel {
    #[must_use]
    pub fn by_code(&self) -> bool {
        self.way == Way::Code
    }

    /// The heading, which follows the linking.
    #[must_use]
    pub fn title(&self) -> String {
        let key = match self.step {
            LinkStep::Linked { .. } => "link-title-done",
            LinkStep::Syncing { .. } => "link-title-syncing",
            _ => "link-title",
        };
        self.t.with(key, "name", &self.name)
    }

    /// Whether nothing is left to do on the phone.
    #[must_use]
    pub fn accepted(&self) -> bool {
        matches!(self.step, LinkStep::Syncing { .. } | LinkStep::Linked { .. })
    }

    /// The simulated phone, while there is a code that it can use.
    #[must_use]
    pub fn demo(&self) -> Option<&str> {
        let has_code = matches!(self.step, LinkStep::Qr(_) | LinkStep::Code { .. });
        self.demo_phone.as_deref().filter(|_| has_code)
    }

    /// Whether the panel polls in addition to the live stream.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(
            self.step,
            LinkStep::Starting
                | LinkStep::Qr(_)
                | LinkStep::Code { .. }
                | LinkStep::Syncing { .. }
                | LinkStep::Linked { percent: Some(_), .. }
                | LinkStep::PasskeyCode { error: None, .. }
        )
    }
}
