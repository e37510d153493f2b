//! Files in messages.

use waproto::whatsapp::{self as wa, message as part};

use crate::{Media, MediaKind};

pub(super) fn of(message: &wa::Message) -> Option<Media> {
    Some(if let Some(image) = message.image_message.as_option() {
        self::image(image)
    } else if let Some(video) = message.video_message.as_option() {
        let is_gif = video.gif_playback == Some(true);
        self::video(video, if is_gif { MediaKind::Gif } else { MediaKind::Video })
    } else if let Some(note) = message.ptv_message.as_option() {
        self::video(note, MediaKind::VideoNote)
    } else if let Some(audio) = message.audio_message.as_option() {
        self::audio(audio)
    } else if let Some(document) = message.document_message.as_option() {
        self::document(document)
    } else {
        self::sticker(message.sticker_message.as_option()?)
    })
}

/// Whether the file itself says that it is to be seen once.
pub(super) fn is_view_once(message: &wa::Message) -> bool {
    let image = message.image_message.as_option().and_then(|image| image.view_once);
    let video = message.video_message.as_option().or(message.ptv_message.as_option());
    let audio = message.audio_message.as_option().and_then(|audio| audio.view_once);
    let text = message
        .extended_text_message
        .as_option()
        .and_then(|text| text.view_once);
    let video = video.and_then(|video| video.view_once);
    [image, video, audio, text].contains(&Some(true))
}

/// The fields that every kind of media has under the same names.
macro_rules! file {
    ($kind:expr, $part:expr) => {
        Media {
            kind: $kind,
            mime: $part.mimetype.clone().unwrap_or_default(),
            size: $part.file_length,
            direct_path: path($part.direct_path.as_deref(), $part.url.as_deref()),
            media_key: $part.media_key.clone().unwrap_or_default(),
            sha256: $part.file_sha256.clone().unwrap_or_default(),
            enc_sha256: $part.file_enc_sha256.clone().unwrap_or_default(),
            ..Media::default()
        }
    };
}

/// Old clients send only the full URL; its path works as well.
fn path(direct: Option<&str>, url: Option<&str>) -> String {
    let from_url = || {
        let url = url::Url::parse(url?).ok()?;
        Some(url.path().to_owned())
    };
    direct.map(str::to_owned).or_else(from_url).unwrap_or_default()
}

fn image(image: &part::ImageMessage) -> Media {
    Media {
        caption: image.caption.clone(),
        width: image.width,
        height: image.height,
        thumbnail: image.jpeg_thumbnail.clone(),
        ..file!(MediaKind::Image, image)
    }
}

fn video(video: &part::VideoMessage, kind: MediaKind) -> Media {
    Media {
        caption: video.caption.clone(),
        seconds: video.seconds,
        width: video.width,
        height: video.height,
        thumbnail: video.jpeg_thumbnail.clone(),
        ..file!(kind, video)
    }
}

fn audio(audio: &part::AudioMessage) -> Media {
    let kind = if audio.ptt == Some(true) {
        MediaKind::Voice
    } else {
        MediaKind::Audio
    };
    Media {
        seconds: audio.seconds,
        waveform: audio.waveform.clone().filter(|heights| !heights.is_empty()),
        ..file!(kind, audio)
    }
}

fn document(document: &part::DocumentMessage) -> Media {
    Media {
        caption: document.caption.clone(),
        file_name: document.file_name.clone().or_else(|| document.title.clone()),
        thumbnail: document.jpeg_thumbnail.clone(),
        ..file!(MediaKind::Document, document)
    }
}

/// The type of an animation that only WhatsApp's own renderer draws.
const LOTTIE: &str = "application/was";

fn sticker(sticker: &part::StickerMessage) -> Media {
    let mut media = Media {
        width: sticker.width,
        height: sticker.height,
        ..file!(MediaKind::Sticker, sticker)
    };
    if sticker.is_lottie == Some(true) {
        media.mime = LOTTIE.to_owned();
    }
    media
}
