//! Files: up by one client, down by another.

use wa_network::phone::{Content, Media, MediaKind};
use waproto::whatsapp as wa;
use whatsapp_rust::Jid;
use whatsapp_rust::media::{ImageOptions, image_message};
use whatsapp_rust::wacore::download::MediaType;

use crate::support::{BUSINESS, CUSTOMER, Companion, file_arrives, inbox_until, network};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_goes_both_ways() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let picture: Vec<u8> = (0..40_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    let uploaded = companion
        .client
        .upload(picture.clone(), MediaType::Image, Default::default())
        .await
        .unwrap();
    let options = ImageOptions {
        caption: Some("look".to_owned()),
        mimetype: Some("image/png".to_owned()),
        ..Default::default()
    };
    let message = image_message(uploaded, options);
    companion.client.send_message(Jid::pn(CUSTOMER), message).await.unwrap();
    let seen = inbox_until(&network, CUSTOMER, |message| message.kind == "image").await;
    assert_eq!(seen.text.as_deref(), Some("look"));
    let file = file_arrives(&network, CUSTOMER, &seen.id).await;
    assert_eq!(file.bytes, picture);

    let media = Media {
        kind: MediaKind::Image,
        mime: "image/png".to_owned(),
        bytes: picture.clone().into(),
        caption: Some("back".to_owned()),
        file_name: None,
        seconds: None,
        thumbnail: None,
    };
    network
        .phones()
        .send(CUSTOMER, BUSINESS, Content::Media(media))
        .await
        .unwrap();
    let image = companion
        .until("image", |event| {
            event
                .messages()
                .find_map(|message| message.message.image_message.as_option().cloned())
        })
        .await;
    assert_eq!(companion.client.download(&image).await.unwrap(), picture);
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_file_is_fetched_by_the_client_whole() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    for kind in [
        MediaKind::Image,
        MediaKind::Video,
        MediaKind::Gif,
        MediaKind::Ptv,
        MediaKind::Audio,
        MediaKind::Voice,
        MediaKind::Document,
        MediaKind::Sticker,
    ] {
        let file = format!("the bytes of a {kind:?}").into_bytes();
        let media = Media {
            kind,
            mime: "application/octet-stream".to_owned(),
            bytes: file.clone().into(),
            caption: None,
            file_name: Some("file".to_owned()),
            seconds: Some(1),
            thumbnail: None,
        };
        let phones = network.phones();
        let id = phones.send(CUSTOMER, BUSINESS, Content::Media(media)).await.unwrap();
        let message = companion
            .until("the file", |event| {
                let found = event.messages().find(|message| message.info.id == id)?;
                Some(found.message.clone())
            })
            .await;
        let client = &companion.client;
        let loaded = match kind {
            MediaKind::Image => client.download(message.image_message.as_option().unwrap()).await,
            MediaKind::Video | MediaKind::Gif => client.download(message.video_message.as_option().unwrap()).await,
            MediaKind::Ptv => client.download(message.ptv_message.as_option().unwrap()).await,
            MediaKind::Audio | MediaKind::Voice => client.download(message.audio_message.as_option().unwrap()).await,
            MediaKind::Document => client.download(message.document_message.as_option().unwrap()).await,
            MediaKind::Sticker => client.download(message.sticker_message.as_option().unwrap()).await,
        };
        assert_eq!(loaded.unwrap(), file, "{kind:?}");
    }
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_file_that_the_client_uploads_reaches_the_phone() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    for (media_type, kind) in [
        (MediaType::Image, "image"),
        (MediaType::Video, "video"),
        (MediaType::Audio, "audio"),
        (MediaType::Document, "document"),
        (MediaType::Sticker, "sticker"),
    ] {
        let file = format!("the bytes of a {kind}").into_bytes();
        let client = &companion.client;
        let up = client
            .upload(file.clone(), media_type, Default::default())
            .await
            .unwrap();
        macro_rules! part {
            ($kind:ident) => {
                buffa::MessageField::some(wa::message::$kind {
                    url: Some(up.url.clone()),
                    direct_path: Some(up.direct_path.clone()),
                    media_key: Some(up.media_key.to_vec()),
                    file_sha256: Some(up.file_sha256.to_vec()),
                    file_enc_sha256: Some(up.file_enc_sha256.to_vec()),
                    file_length: Some(up.file_length),
                    mimetype: Some("application/octet-stream".to_owned()),
                    ..Default::default()
                })
            };
        }
        let mut message = wa::Message::default();
        match media_type {
            MediaType::Image => message.image_message = part!(ImageMessage),
            MediaType::Video => message.video_message = part!(VideoMessage),
            MediaType::Audio => message.audio_message = part!(AudioMessage),
            MediaType::Document => message.document_message = part!(DocumentMessage),
            _ => message.sticker_message = part!(StickerMessage),
        }
        client.send_message(Jid::pn(CUSTOMER), message).await.unwrap();
        let seen = inbox_until(&network, CUSTOMER, |message| message.kind == kind).await;
        assert_eq!(file_arrives(&network, CUSTOMER, &seen.id).await.bytes, file, "{kind}");
        assert!(seen.media_sha256.is_some(), "{kind}");
    }
    companion.stop().await;
    network.stop().await;
}
