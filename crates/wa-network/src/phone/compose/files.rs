//! Messages that name an uploaded file.

use buffa::MessageField;
use waproto::whatsapp as wa;

use super::media_shape;
use crate::phone::content::{Media, MediaKind};
use crate::phone::media::Uploaded;
use crate::phone::stanza::Shape;

macro_rules! file_message {
    ($kind:ident, $uploaded:expr, $mime:expr $(, $field:ident: $value:expr)*) => {
        MessageField::some(wa::message::$kind {
            url: Some($uploaded.url.clone()),
            direct_path: Some($uploaded.direct_path.clone()),
            media_key: Some($uploaded.media_key.to_vec()),
            file_sha256: Some($uploaded.sha256.to_vec()),
            file_enc_sha256: Some($uploaded.enc_sha256.to_vec()),
            file_length: Some($uploaded.length),
            media_key_timestamp: Some($uploaded.at),
            mimetype: Some($mime),
            $($field: $value,)*
            ..Default::default()
        })
    };
}

/// The message for an uploaded file.
pub(in crate::phone) fn media_message(file: &Media, uploaded: &Uploaded) -> (wa::Message, Shape) {
    let (mime, caption) = (file.mime.clone(), file.caption.clone());
    let thumbnail = file.thumbnail.clone();
    let mut message = wa::Message::default();
    let mediatype = match file.kind {
        MediaKind::Image => {
            message.image_message =
                file_message!(ImageMessage, uploaded, mime, caption: caption, jpeg_thumbnail: thumbnail);
            "image"
        }
        MediaKind::Video => {
            message.video_message = file_message!(VideoMessage, uploaded, mime, caption: caption,
                jpeg_thumbnail: thumbnail, seconds: file.seconds);
            "video"
        }
        MediaKind::Audio => {
            message.audio_message = file_message!(AudioMessage, uploaded, mime, seconds: file.seconds);
            "audio"
        }
        MediaKind::Voice => {
            message.audio_message = file_message!(AudioMessage, uploaded, mime, seconds: file.seconds, ptt: Some(true));
            "ptt"
        }
        MediaKind::Document => {
            message.document_message = file_message!(DocumentMessage, uploaded, mime, caption: caption,
                jpeg_thumbnail: thumbnail, file_name: file.file_name.clone(), title: file.file_name.clone());
            "document"
        }
        MediaKind::Sticker => {
            message.sticker_message = file_message!(StickerMessage, uploaded, mime);
            "sticker"
        }
    };
    (message, media_shape(mediatype))
}
