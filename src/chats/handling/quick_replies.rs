//! Quick replies: answers that a team gives again and again, inserted by `/` and a shortcut.

use super::{Handling, HandlingError};
use crate::accounts::{Permission, Scope};
use crate::chats::store::quick_replies as store;
use crate::i18n::Text;
use crate::ids::PublicId;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuickReply {
    pub id: PublicId,
    pub shortcut: String,
    pub body: String,
}

impl QuickReply {
    /// What a chat's contact is called goes in the place of this.
    pub const NAME: &'static str = "{name}";

    /// The text for this person; without a name nothing of the placeholder is left, nor the space before it.
    #[must_use]
    pub fn filled(&self, name: Option<&str>) -> String {
        match name {
            Some(name) => self.body.replace(Self::NAME, name),
            None => self
                .body
                .replace(&format!(" {}", Self::NAME), "")
                .replace(Self::NAME, ""),
        }
    }
}

/// A quick reply as somebody typed it.
#[derive(Clone, Debug, Default)]
pub struct NewQuickReply {
    pub shortcut: String,
    pub body: String,
}

impl NewQuickReply {
    const SHORTCUT_CHARS: usize = 32;
    const BODY_CHARS: usize = 4_096;

    fn read(&self) -> Result<(String, String), HandlingError> {
        let shortcut = self.shortcut.trim().trim_start_matches('/');
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if shortcut.is_empty() || shortcut.chars().count() > Self::SHORTCUT_CHARS || !shortcut.chars().all(fits) {
            return Err(HandlingError::field(
                "shortcut",
                Text::new("quick-replies-shortcut-wrong"),
            ));
        }
        let body = self.body.trim();
        if body.is_empty() || body.chars().count() > Self::BODY_CHARS {
            return Err(HandlingError::field("body", Text::new("quick-replies-body-wrong")));
        }
        Ok((shortcut.to_owned(), body.to_owned()))
    }
}

impl Handling {
    /// More would be no help to anybody.
    const MOST_QUICK_REPLIES: u32 = 500;
    /// Those that the composer offers at once.
    pub const QUICK_REPLIES_OFFERED: u32 = 8;

    /// By shortcut: all of them, or the first few that begin with what was typed.
    pub async fn quick_replies(&self, scope: Scope, start: Option<&str>) -> Result<Vec<QuickReply>, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let limit = start.map_or(Self::MOST_QUICK_REPLIES, |_| Self::QUICK_REPLIES_OFFERED);
        let start = start.unwrap_or_default().to_owned();
        self.db
            .read(move |c| Ok(store::starting(c, scope.workspace, &start, limit)?))
            .await
    }

    /// # Errors
    /// [`HandlingError::NotFound`], also for one of another workspace.
    pub async fn quick_reply(&self, scope: Scope, id: &PublicId) -> Result<QuickReply, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let id = id.clone();
        self.db
            .read(move |c| Ok(store::quick_reply(c, scope.workspace, &id)?))
            .await
    }

    /// # Errors
    /// [`HandlingError::Invalid`] for a shortcut that another one has.
    pub async fn create_quick_reply(&self, scope: Scope, new: &NewQuickReply) -> Result<PublicId, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let ((shortcut, body), now) = (new.read()?, self.clock.now());
        self.db
            .write(move |tx| {
                let most = Self::MOST_QUICK_REPLIES;
                if store::starting(tx, scope.workspace, "", most)?.len() >= most as usize {
                    return Err(HandlingError::field("shortcut", Text::new("quick-replies-too-many")));
                }
                if store::is_taken(tx, scope.workspace, &shortcut, None)? {
                    return Err(HandlingError::field("shortcut", Text::new("quick-replies-taken")));
                }
                Ok(store::insert(tx, scope.workspace, &shortcut, &body, now)?)
            })
            .await
    }

    /// # Errors
    /// As [`Self::create_quick_reply`]; [`HandlingError::NotFound`], also for one of another workspace.
    pub async fn change_quick_reply(
        &self,
        scope: Scope,
        id: &PublicId,
        new: &NewQuickReply,
    ) -> Result<(), HandlingError> {
        scope.require(Permission::UseInbox)?;
        let (id, new) = (id.clone(), new.clone());
        self.db
            .write(move |tx| {
                // One that is not there comes before what is wrong with its words.
                store::exists(tx, scope.workspace, &id)?;
                let (shortcut, body) = new.read()?;
                if store::is_taken(tx, scope.workspace, &shortcut, Some(&id))? {
                    return Err(HandlingError::field("shortcut", Text::new("quick-replies-taken")));
                }
                Ok(store::update(tx, scope.workspace, &id, &shortcut, &body)?)
            })
            .await
    }

    /// # Errors
    /// [`HandlingError::NotFound`], also for one of another workspace.
    pub async fn delete_quick_reply(&self, scope: Scope, id: &PublicId) -> Result<(), HandlingError> {
        scope.require(Permission::UseInbox)?;
        let id = id.clone();
        self.db
            .write(move |tx| Ok(store::delete(tx, scope.workspace, &id)?))
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_goes_in_the_place_of_the_placeholder() {
        let reply = QuickReply {
            id: PublicId::new("qr"),
            shortcut: "hi".into(),
            body: "Good morning {name}, how can we help?".into(),
        };
        assert_eq!(reply.filled(Some("Ana")), "Good morning Ana, how can we help?");
        assert_eq!(reply.filled(None), "Good morning, how can we help?");
    }

    #[test]
    fn a_shortcut_is_one_word_with_or_without_its_slash() {
        let read = |shortcut: &str, body: &str| {
            let new = NewQuickReply {
                shortcut: shortcut.into(),
                body: body.into(),
            };
            new.read().ok()
        };
        assert_eq!(read(" /hours ", " 9 to 5 "), Some(("hours".into(), "9 to 5".into())));
        assert!(read("horário", "9").is_some());
        for (shortcut, body) in [
            ("", "x"),
            ("two words", "x"),
            ("x", " "),
            ("/", "x"),
            (&*"x".repeat(33), "x"),
        ] {
            assert_eq!(read(shortcut, body), None, "{shortcut}");
        }
    }
}
