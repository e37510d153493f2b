//! One message on its way: what it says is read, its file uploaded, and then it is given to the link.

use std::sync::Arc;
use std::time::Duration;

use wa_client::{Address, Link, LinkError, MediaKind, Outgoing, OutgoingContent, Registered, Uploaded};

use super::model::Leased;
use crate::chats::{Failure, OwnMessages, ToSend};
use crate::clock::Clock;
use crate::db::{Db, DbError};
use crate::media::{self, FileId, Media, MediaError};

/// A send that takes longer is retried.
const HANDED_WITHIN: Duration = Duration::from_secs(60);
/// An upload that takes longer is retried.
const UPLOADED_WITHIN: Duration = Duration::from_secs(15 * 60);

/// What every delivery needs. Cheap to clone.
#[derive(Clone)]
pub(super) struct Delivery {
    pub db: Db,
    pub clock: Clock,
    pub own: OwnMessages,
    /// `None` where nothing has files.
    pub media: Option<Media>,
}

/// Why a message was not given to the link.
#[derive(Debug)]
pub(super) enum NotHanded {
    Link(LinkError),
    /// A person decides.
    Failed(Failure),
}

impl From<LinkError> for NotHanded {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

impl From<DbError> for NotHanded {
    fn from(error: DbError) -> Self {
        Self::Link(LinkError::Transient(error.to_string()))
    }
}

impl From<MediaError> for NotHanded {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::NotFound | MediaError::NotHere(..) => Self::Failed(Failure::FileGone),
            other => Self::Link(LinkError::Transient(other.to_string())),
        }
    }
}

impl Delivery {
    /// Whether the row is sent as it was leased: nothing else is known of a plain text.
    pub(super) async fn hand(&self, link: Arc<dyn Link>, row: Leased) -> Result<Option<Registered>, NotHanded> {
        let to = row
            .address
            .parse()
            .unwrap_or_else(|_| Address::Other(row.address.clone()));
        let (content, context) = if row.composed {
            let ToSend { content, context, file } = self.read(&row).await?;
            let content = match (content, file) {
                (OutgoingContent::Media(media), Some(file)) => {
                    let uploaded = self.upload(&link, &row, media.kind, file).await?;
                    OutgoingContent::Media(media.uploaded(&uploaded))
                }
                (content, _) => content,
            };
            (content, context)
        } else {
            let content = OutgoingContent::Text { body: row.body.clone() };
            let context = wa_client::OutgoingContext {
                expires_after: row.expires_after,
                ..wa_client::OutgoingContext::default()
            };
            (content, context)
        };
        let message = Outgoing {
            id: row.wa_id,
            to,
            content,
            context,
        };
        tokio::select! {
            result = link.send(&message) => Ok(result?),
            () = self.clock.sleep(HANDED_WITHIN) => Err(LinkError::TimedOut.into()),
        }
    }

    async fn read(&self, row: &Leased) -> Result<ToSend, NotHanded> {
        let (own, message) = (self.own.clone(), row.message);
        let read = self.db.read(move |c| own.to_send_in(c, message)).await?;
        // Sealed with another key, it can never be read again.
        read.ok_or(NotHanded::Failed(Failure::Invalid))
    }

    /// Uploads the file, and notes where it is before the message goes out.
    async fn upload(
        &self,
        link: &Arc<dyn Link>,
        row: &Leased,
        kind: MediaKind,
        file: FileId,
    ) -> Result<Uploaded, NotHanded> {
        let store = self.media.as_ref().ok_or(NotHanded::Failed(Failure::FileGone))?;
        let file = self.db.read(move |c| media::by_id_in(c, file)).await?;
        let plain = store.copy(&file).await?;
        let scratch = store.stage().await?;
        let (from, into) = (
            plain.reader().map_err(MediaError::from)?,
            scratch.writer().map_err(MediaError::from)?,
        );
        let uploaded = tokio::select! {
            uploaded = link.upload(kind, from, into) => uploaded?,
            () = self.clock.sleep(UPLOADED_WITHIN) => return Err(LinkError::TimedOut.into()),
        };
        let (own, message, noted) = (self.own.clone(), row.message, uploaded.clone());
        self.db.write(move |tx| own.uploaded_in(tx, message, &noted)).await?;
        Ok(uploaded)
    }
}
