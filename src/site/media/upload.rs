//! Files on their way in, from the composer.

use actix_multipart::{Multipart, MultipartError};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use crate::accounts::Scope;
use crate::chats::Chats;
use crate::i18n::Text;
use crate::ids::PublicId;
use crate::media::{Media, MediaError, MediaFile, Staged, VoiceNote};
use crate::web::body_timeout;
use crate::web::problem::{PageResult, Problem};

/// The part of the form that holds the file.
const PART: &str = "file";

crate::words!(
    /// What the file is to become.
    pub enum As {
        /// A picture, sound, video or document, by its content.
        File = "file",
        /// A recording, to be played as a voice note.
        Voice = "voice",
    }
);

#[derive(Deserialize)]
pub struct Upload {
    #[serde(rename = "as")]
    wanted: Option<As>,
}

/// A file that can be sent now.
#[derive(Serialize)]
struct Uploaded {
    id: PublicId,
    mime: String,
    size: u64,
    width: Option<u32>,
    height: Option<u32>,
    seconds: Option<u32>,
    /// Of a voice note: 64 values from 0 to 100.
    waveform: Option<Vec<u8>>,
}

impl Uploaded {
    fn new(file: MediaFile, note: Option<VoiceNote>) -> Self {
        Self {
            id: file.public_id,
            mime: file.mime,
            size: file.size,
            width: file.width,
            height: file.height,
            seconds: file.seconds,
            waveform: note.map(|note| note.waveform),
        }
    }
}

/// `POST /chats/{chat}/media`: keeps a file that is to be sent in this conversation. Without a message it is deleted
/// after a day.
pub async fn upload(
    scope: Scope,
    chat: Path<PublicId>,
    upload: Query<Upload>,
    form: Multipart,
    chats: Data<Chats>,
    media: Data<Media>,
) -> PageResult {
    chats.get(scope, &chat).await?;
    let staged = receive(form, &media).await?;
    let uploaded = match upload.wanted.unwrap_or(As::File) {
        As::File => Uploaded::new(media.keep(scope, staged).await?, None),
        As::Voice => {
            let (file, note) = media.keep_voice(scope, staged).await?;
            Uploaded::new(file, Some(note))
        }
    };
    Ok(HttpResponse::Created().json(uploaded))
}

/// Writes the file as it comes; one over the limit ends there.
pub(super) async fn receive(mut form: Multipart, media: &Media) -> Result<Staged, Problem> {
    while let Some(mut field) = form.try_next().await.map_err(unreadable)? {
        if field.name() != Some(PART) {
            continue;
        }
        let staged = media.stage().await?;
        let mut file = File::from_std(staged.writer().map_err(MediaError::from)?);
        let mut size = 0;
        while let Some(chunk) = field.try_next().await.map_err(unreadable)? {
            size += chunk.len() as u64;
            if size > media.max_size() {
                let limit = media.max_size();
                return Err(MediaError::TooLarge { limit }.into());
            }
            file.write_all(&chunk).await.map_err(MediaError::from)?;
        }
        file.flush().await.map_err(MediaError::from)?;
        return Ok(staged);
    }
    Err(MediaError::Empty.into())
}

fn unreadable(error: MultipartError) -> Problem {
    tracing::debug!(%error, "an upload could not be read");
    match &error {
        MultipartError::Payload(inner) if body_timeout::is_timeout(inner) => Problem::too_slow(),
        _ => Problem::bad_request(Text::new("problem-bad-form")),
    }
}
