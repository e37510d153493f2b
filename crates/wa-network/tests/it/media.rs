//! Files: up by one client, down by another.

use wa_network::phone::{Content, Media, MediaKind};
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
