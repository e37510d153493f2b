//! Messages that name an uploaded file.

use buffa::MessageField;
use waproto::whatsapp as wa;

use crate::phone::content::{Media, MediaKind};
use crate::phone::media::Uploaded;

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
pub(in crate::phone) fn media_message(file: &Media, uploaded: &Uploaded) -> wa::Message {
    let (mime, caption) = (file.mime.clone(), file.caption.clone());
    let thumbnail = file.thumbnail.clone();
    let mut message = wa::Message::default();
    match file.kind {
        MediaKind::Image => {
            message.image_message =
                file_message!(ImageMessage, uploaded, mime, caption: caption, jpeg_thumbnail: thumbnail);
        }
        MediaKind::Video => {
            message.video_message = file_message!(VideoMessage, uploaded, mime, caption: caption,
                jpeg_thumbnail: thumbnail, seconds: file.seconds);
        }
        MediaKind::Gif => {
            message.video_message = file_message!(VideoMessage, uploaded, mime, caption: caption,
                jpeg_thumbnail: thumbnail, seconds: file.seconds, gif_playback: Some(true),
                gif_attribution: Some(wa::message::video_message::Attribution::GIPHY));
        }
        MediaKind::Ptv => {
            message.ptv_message = file_message!(VideoMessage, uploaded, mime,
                jpeg_thumbnail: thumbnail, seconds: file.seconds);
        }
        MediaKind::Audio => {
            message.audio_message = file_message!(AudioMessage, uploaded, mime, seconds: file.seconds);
        }
        MediaKind::Voice => {
            message.audio_message = file_message!(AudioMessage, uploaded, mime, seconds: file.seconds, ptt: Some(true));
        }
        MediaKind::Document => {
            message.document_message = file_message!(DocumentMessage, uploaded, mime, caption: caption,
                jpeg_thumbnail: thumbnail, file_name: file.file_name.clone(), title: file.file_name.clone());
        }
        MediaKind::Sticker => {
            message.sticker_message = file_message!(StickerMessage, uploaded, mime);
        }
    }
    message
}

/// The sharp half of a pair: it replaces the message `parent`.
pub(in crate::phone) fn hd_child(mut child: wa::Message, parent: wa::MessageKey) -> wa::Message {
    use wa::context_info::PairedMediaType;
    use wa::message_association::AssociationType;

    let mut context = child.message_context_info.take().unwrap_or_default();
    let (paired, association) = match child.video_message.is_set() {
        true => (PairedMediaType::HD_VIDEO_CHILD, AssociationType::HD_VIDEO_DUAL_UPLOAD),
        false => (PairedMediaType::HD_IMAGE_CHILD, AssociationType::HD_IMAGE_DUAL_UPLOAD),
    };
    mark_pair(&mut child, paired);
    context.message_association = MessageField::some(wa::MessageAssociation {
        association_type: Some(association),
        parent_message_key: MessageField::some(parent),
        ..Default::default()
    });
    wa::Message {
        associated_child_message: MessageField::some(wa::message::FutureProofMessage {
            message: MessageField::some(child),
        }),
        message_context_info: MessageField::some(context),
        ..Default::default()
    }
}

/// The half of a pair that arrives first.
pub(in crate::phone) fn hd_parent(message: &mut wa::Message) {
    use wa::context_info::PairedMediaType;

    let paired = match message.video_message.is_set() {
        true => PairedMediaType::SD_VIDEO_PARENT,
        false => PairedMediaType::SD_IMAGE_PARENT,
    };
    mark_pair(message, paired);
}

fn mark_pair(message: &mut wa::Message, paired: wa::context_info::PairedMediaType) {
    let context = match (
        message.image_message.as_option_mut(),
        message.video_message.as_option_mut(),
    ) {
        (Some(image), _) => &mut image.context_info,
        (None, Some(video)) => &mut video.context_info,
        (None, None) => return,
    };
    context.get_or_insert_default().paired_media_type = Some(paired);
}
