//! Messages that name an uploaded file.

use buffa::MessageField;
use waproto::whatsapp::{self as wa, message as part};

use crate::{Media, MediaKind};

/// Phones go by the path; programs without that want an address.
const HOST: &str = "https://mmg.whatsapp.net";

/// A part with what every kind of file has. A quote's file has no path, and then no key either.
macro_rules! file {
    ($part:ident, $media:expr $(, $field:ident: $value:expr)* $(,)?) => {{
        let media = $media;
        let there = !media.direct_path.is_empty();
        MessageField::some(part::$part {
            url: there.then(|| format!("{HOST}{}", media.direct_path)),
            direct_path: there.then(|| media.direct_path.clone()),
            media_key: there.then(|| media.media_key.clone()),
            media_key_timestamp: there.then(wacore::time::now_secs),
            file_sha256: there.then(|| media.sha256.clone()),
            file_enc_sha256: there.then(|| media.enc_sha256.clone()),
            file_length: media.size,
            mimetype: Some(media.mime.clone()),
            $($field: $value,)*
            ..Default::default()
        })
    }};
}

pub(super) fn of(media: &Media) -> wa::Message {
    let (caption, thumbnail) = (media.caption.clone(), media.thumbnail.clone());
    let (width, height, seconds) = (media.width, media.height, media.seconds);
    let mut message = wa::Message::default();
    match media.kind {
        MediaKind::Image => {
            message.image_message = file!(ImageMessage, media, caption: caption, jpeg_thumbnail: thumbnail,
                width: width, height: height);
        }
        MediaKind::Video => {
            message.video_message = file!(VideoMessage, media, caption: caption, jpeg_thumbnail: thumbnail,
                width: width, height: height, seconds: seconds);
        }
        MediaKind::Gif => {
            message.video_message = file!(VideoMessage, media, caption: caption, jpeg_thumbnail: thumbnail,
                width: width, height: height, seconds: seconds, gif_playback: Some(true));
        }
        MediaKind::VideoNote => {
            message.ptv_message = file!(VideoMessage, media, jpeg_thumbnail: thumbnail, width: width, height: height,
                seconds: seconds);
        }
        MediaKind::Voice => {
            message.audio_message = file!(AudioMessage, media, seconds: seconds, ptt: Some(true),
                waveform: media.waveform.clone());
        }
        MediaKind::Audio => message.audio_message = file!(AudioMessage, media, seconds: seconds),
        MediaKind::Document => return document(media),
        MediaKind::Sticker => {
            message.sticker_message = file!(StickerMessage, media, width: width, height: height);
        }
    }
    message
}

/// Phones wrap a document that has a caption.
fn document(media: &Media) -> wa::Message {
    wa::Message {
        document_message: file!(DocumentMessage, media, caption: media.caption.clone(),
            jpeg_thumbnail: media.thumbnail.clone(), file_name: media.file_name.clone(),
            title: media.file_name.clone()),
        ..Default::default()
    }
}
