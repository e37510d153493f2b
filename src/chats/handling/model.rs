//! Whose a chat is, whether it is done with, and what was done with it.

use std::time::Duration;

use super::labels::Label;
use crate::accounts::{FieldError, Forbidden};
use crate::chats::model::ChatError;
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{PublicId, UserId};

crate::words!(
    /// Whether a chat is done with. A message of the contact opens it again.
    pub enum ChatState {
        Open = "open",
        Resolved = "resolved",
        /// Comes back at a time.
        Snoozed = "snoozed",
        /// Out of sight. While it is muted, messages leave it there.
        Archived = "archived",
    }
);

crate::words!(
    /// Whose chats a list shows.
    pub enum Tab {
        Mine = "mine",
        Unassigned = "unassigned",
        All = "all",
    }
);

/// The chats of a tab that are in one state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shelf {
    pub tab: Tab,
    pub state: ChatState,
    /// Whose [`Tab::Mine`] is.
    pub user: UserId,
}

impl Shelf {
    /// Whose chats it holds; zero is nobody, and `None` is everybody's.
    pub(in crate::chats) const fn assignee(self) -> Option<UserId> {
        match self.tab {
            Tab::Mine => Some(self.user),
            Tab::Unassigned => Some(NOBODY),
            Tab::All => None,
        }
    }
}

/// The assignee of a chat that is nobody's.
pub(in crate::chats) const NOBODY: UserId = UserId(0);

/// What the team has made of a chat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Handled {
    pub state: ChatState,
    pub assignee: Option<Assignee>,
    pub snoozed_until: Option<UnixMs>,
    pub pinned: bool,
    pub muted: bool,
    /// By name.
    pub labels: Vec<Label>,
}

/// A member of the workspace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assignee {
    pub user: PublicId,
    pub name: String,
}

/// What to do with a chat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// To a member, or to nobody.
    Assign(Option<PublicId>),
    Open,
    Resolve,
    /// Until this time.
    Snooze(UnixMs),
    Archive,
    Pin(bool),
    Mute(bool),
    /// The contact's last message counts as unread.
    MarkUnread,
}

crate::words!(
    /// What was done with a chat.
    pub enum Did {
        Assigned = "assigned",
        Unassigned = "unassigned",
        /// The one whose chat it was has left the workspace.
        Left = "left",
        Reopened = "reopened",
        Resolved = "resolved",
        Snoozed = "snoozed",
        Archived = "archived",
        Pinned = "pinned",
        Unpinned = "unpinned",
        Muted = "muted",
        Unmuted = "unmuted",
        Labelled = "labelled",
        Unlabelled = "unlabelled",
        /// The author of a note has changed its words.
        NoteEdited = "note_edited",
    }
);

crate::words!(
    pub enum Doer {
        Member = "member",
        /// A message of the contact.
        Message = "message",
        Clock = "clock",
    }
);

/// A line of a chat's history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Act {
    pub did: Did,
    pub doer: Doer,
    /// The member's name; `None` for one who is gone.
    pub who: Option<String>,
    pub whom: Option<String>,
    pub until: Option<UnixMs>,
    pub label: Option<String>,
    pub at: UnixMs,
}

/// How many chats each person has in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(pub(in crate::chats) Vec<(ChatState, UserId, u64)>);

impl Counts {
    #[must_use]
    pub fn of(&self, shelf: Shelf) -> u64 {
        let assignee = shelf.assignee();
        let on_it = |(state, user, _): &&(ChatState, UserId, u64)| {
            *state == shelf.state && assignee.is_none_or(|assignee| assignee == *user)
        };
        self.0.iter().filter(on_it).map(|(_, _, chats)| chats).sum()
    }
}

/// The longest that a chat is snoozed for.
pub const LONGEST_SNOOZE: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Why nothing was done with a chat; each says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum HandlingError {
    NotFound,
    NotAMember,
    /// The time to come back at has passed, or is too far away.
    NoTimeToComeBack,
    /// A field of a label, a note or a quick reply.
    Invalid(FieldError),
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Db(DbError),
}

impl HandlingError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotFound => ChatError::NotFound.text(),
            Self::NotAMember => Text::new("handling-not-a-member"),
            Self::NoTimeToComeBack => Text::new("handling-no-time"),
            Self::Invalid(field) => field.message.clone(),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::Db(_) => Text::internal(),
        }
    }
}

crate::from_db!(HandlingError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_match_the_schema() {
        let sql = include_str!("../../../migrations/V032__handling.sql").replace("\n        ", " ");
        let listed = |words: Vec<&str>| {
            words
                .iter()
                .map(|word| format!("'{word}'"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        for (column, words) in [
            (
                "handling",
                listed(ChatState::ALL.iter().map(|word| word.word()).collect()),
            ),
            ("doer", listed(Doer::ALL.iter().map(|word| word.word()).collect())),
        ] {
            let rule = |gap: &str, end: &str| sql.contains(&format!("CHECK ({column} IN ({gap}{words}{end}))"));
            assert!(rule("", "") || rule(" ", "\n    "), "{column}: {words}");
        }
    }

    #[test]
    fn a_shelf_counts_its_own_chats() {
        let counts = Counts(vec![
            (ChatState::Open, NOBODY, 4),
            (ChatState::Open, UserId(1), 2),
            (ChatState::Open, UserId(2), 1),
            (ChatState::Resolved, UserId(1), 9),
        ]);
        let of = |tab, state| {
            counts.of(Shelf {
                tab,
                state,
                user: UserId(1),
            })
        };
        assert_eq!(of(Tab::Mine, ChatState::Open), 2);
        assert_eq!(of(Tab::Unassigned, ChatState::Open), 4);
        assert_eq!(of(Tab::All, ChatState::Open), 7);
        assert_eq!(of(Tab::All, ChatState::Snoozed), 0);
    }
}
