//! Labels: of a workspace, in colours, on any of its chats.

use serde::{Deserialize, Serialize};

use super::{Did, Handling, HandlingError, NewAct};
use crate::accounts::{FieldError, Permission, Scope};
use crate::chats::store::{handling, labels as store};
use crate::i18n::Text;
use crate::ids::PublicId;

crate::words!(
    pub enum Colour {
        Grey = "grey",
        Red = "red",
        Orange = "orange",
        Yellow = "yellow",
        Green = "green",
        Blue = "blue",
        Purple = "purple",
        Pink = "pink",
    }
);

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Label {
    pub id: PublicId,
    pub name: String,
    pub colour: Colour,
}

/// A label as somebody typed it.
#[derive(Clone, Debug, Default)]
pub struct NewLabel {
    pub name: String,
    /// A word of [`Colour`].
    pub colour: String,
}

impl NewLabel {
    const MAX_CHARS: usize = 40;

    fn read(&self) -> Result<(String, Colour), HandlingError> {
        let name = self.name.trim();
        let fits = !name.is_empty() && name.chars().count() <= Self::MAX_CHARS && !name.chars().any(char::is_control);
        if !fits {
            return Err(HandlingError::field("name", Text::new("labels-name-wrong")));
        }
        let colour = self.colour.parse();
        let colour = colour.map_err(|_| HandlingError::field("colour", Text::new("labels-colour-wrong")))?;
        Ok((name.to_owned(), colour))
    }
}

impl HandlingError {
    pub(super) fn field(field: &'static str, message: Text) -> Self {
        Self::Invalid(FieldError::new(field, message))
    }
}

impl Handling {
    /// More would be no help to anybody.
    const MOST_LABELS: usize = 100;

    /// Every label of the workspace, by name.
    pub async fn labels(&self, scope: Scope) -> Result<Vec<Label>, HandlingError> {
        scope.require(Permission::UseInbox)?;
        self.db.read(move |c| Ok(store::labels(c, scope.workspace)?)).await
    }

    /// # Errors
    /// [`HandlingError::Invalid`] for a name that another label has.
    pub async fn create_label(&self, scope: Scope, new: &NewLabel) -> Result<PublicId, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let ((name, colour), now) = (new.read()?, self.clock.now());
        self.db
            .write(move |tx| {
                if store::labels(tx, scope.workspace)?.len() >= Self::MOST_LABELS {
                    return Err(HandlingError::field("name", Text::new("labels-too-many")));
                }
                if store::is_taken(tx, scope.workspace, &name, None)? {
                    return Err(HandlingError::field("name", Text::new("labels-name-taken")));
                }
                Ok(store::insert(tx, scope.workspace, &name, colour, now)?)
            })
            .await
    }

    /// # Errors
    /// As [`Self::create_label`]; [`HandlingError::NotFound`], also for a label of another workspace.
    pub async fn change_label(&self, scope: Scope, label: &PublicId, new: &NewLabel) -> Result<(), HandlingError> {
        scope.require(Permission::UseInbox)?;
        let (id, new) = (label.clone(), new.clone());
        self.db
            .write(move |tx| {
                // A label that is not there comes before what is wrong with its name.
                store::label(tx, scope.workspace, &id)?;
                let (name, colour) = new.read()?;
                if store::is_taken(tx, scope.workspace, &name, Some(&id))? {
                    return Err(HandlingError::field("name", Text::new("labels-name-taken")));
                }
                Ok(store::update(tx, scope.workspace, &id, &name, colour)?)
            })
            .await
    }

    /// It leaves every chat that has it.
    ///
    /// # Errors
    /// [`HandlingError::NotFound`], also for a label of another workspace.
    pub async fn delete_label(&self, scope: Scope, label: &PublicId) -> Result<(), HandlingError> {
        scope.require(Permission::UseInbox)?;
        let label = label.clone();
        self.db
            .write(move |tx| Ok(store::delete(tx, scope.workspace, &label)?))
            .await
    }

    /// Puts a label on a chat, or takes it away.
    ///
    /// # Errors
    /// [`HandlingError::NotFound`], also for a chat or a label of another workspace.
    pub async fn label_chat(
        &self,
        scope: Scope,
        chat: &PublicId,
        label: &PublicId,
        on: bool,
    ) -> Result<(), HandlingError> {
        scope.require(Permission::UseInbox)?;
        let label = label.clone();
        self.write(scope, chat, move |tx, chat, now| {
            let (label, name) = store::label(tx, scope.workspace, &label)?;
            let (changed, did) = if on {
                (store::put(tx, chat.id, label)?, Did::Labelled)
            } else {
                (store::take(tx, chat.id, label)?, Did::Unlabelled)
            };
            if changed {
                let act = NewAct {
                    label: Some(name),
                    ..NewAct::of_member(scope, did)
                };
                handling::record(tx, scope.workspace, chat.id, &act, now)?;
            }
            Ok(changed)
        })
        .await
    }
}
