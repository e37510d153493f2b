//! Files over HTTP: taken in, given out in parts, refused with a reason.

use std::io::Cursor;
use std::time::Duration;

use wa_network::phone::{Content, MediaKind};
use wamanager::accounts::MemberRole;
use wamanager::ids::PublicId;
use wamanager::media::{FileState, Span};

use crate::support::{Browser, Person, Reply, TestApp, World};

/// As the composer's script sends a file.
async fn upload(person: &Person, chat: &PublicId, wanted: &str, file: &[u8]) -> Reply {
    let boundary = "a-boundary-of-the-test";
    let head = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"../../x.jpg\"\r\n\
         content-type: image/jpeg\r\n\r\n"
    );
    let body = [head.as_bytes(), file, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    let kind = format!("multipart/form-data; boundary={boundary}");
    let csrf = person.browser.csrf();
    let headers = [
        ("content-type", kind.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("x-csrf-token", &csrf),
    ];
    person
        .browser
        .send_bytes("POST", &format!("/chats/{chat}/media?as={wanted}"), &headers, body)
        .await
}

fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::new(400, 300)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

async fn with_range(browser: &Browser, path: &str, range: &str) -> Reply {
    browser.send("GET", path, &[("range", range)], "").await
}

#[tokio::test]
async fn an_uploaded_file_is_given_out_whole_and_in_parts_to_its_workspace_only() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let chat = app.one_of_each(&ada).await["chat"].clone();
    let text = b"The quick brown fox";
    let made = upload(&ada, &chat, "file", text).await.expect(201).json();
    assert_eq!(
        (made["mime"].as_str(), made["size"].as_u64()),
        (Some("text/plain"), Some(19))
    );
    let path = format!("/media/{}", made["id"].as_str().unwrap());

    let whole = ada.browser.get(&path).await.expect(200);
    assert_eq!(whole.body.as_bytes(), text);
    // Text is saved under a name of ours, and no browser takes it for a page.
    assert_eq!(whole.header("content-type"), "application/octet-stream");
    assert!(
        whole
            .header("content-disposition")
            .starts_with("attachment; filename=\"file_")
    );
    assert_eq!(whole.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    assert_eq!(
        (whole.header("accept-ranges"), whole.header("content-length")),
        ("bytes", "19")
    );

    let part = with_range(&ada.browser, &path, "bytes=4-8").await.expect(206);
    assert_eq!(
        (part.body.as_str(), part.header("content-range")),
        ("quick", "bytes 4-8/19")
    );
    let end = with_range(&ada.browser, &path, "bytes=-3").await.expect(206);
    assert_eq!(end.body, "fox");
    let beyond = with_range(&ada.browser, &path, "bytes=19-").await.expect(416);
    assert_eq!(beyond.header("content-range"), "bytes */19");
    let tag = whole.header("etag").to_owned();
    let known = ada.browser.send("GET", &path, &[("if-none-match", &tag)], "").await;
    known.expect(304);
    let head = ada.browser.send("HEAD", &path, &[], "").await.expect(200);
    assert_eq!(head.body, "");

    bob.browser.get(&path).await.expect(404);
    app.anonymous().get(&path).await.expect(303);
    app.stop().await;
}

#[tokio::test]
async fn a_picture_is_shown_in_place_and_has_a_small_one() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let chat = app.one_of_each(&ada).await["chat"].clone();
    let made = upload(&ada, &chat, "file", &picture()).await.expect(201).json();
    assert_eq!(
        (made["width"].as_u64(), made["height"].as_u64()),
        (Some(400), Some(300))
    );
    let path = format!("/media/{}", made["id"].as_str().unwrap());
    let head = ada.browser.send("HEAD", &path, &[], "").await.expect(200);
    assert_eq!(head.header("content-type"), "image/png");
    assert!(head.header("content-disposition").starts_with("inline;"));
    let (status, bytes) = ada.browser.download(&path).await;
    assert_eq!((status, bytes), (200, picture()));
    let (status, small) = ada.browser.download(&format!("{path}/thumbnail")).await;
    assert_eq!((status, image::load_from_memory(&small).unwrap().width()), (200, 320));
    app.stop().await;
}

#[tokio::test]
async fn a_refused_upload_says_why() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let chat = app.one_of_each(&ada).await["chat"].clone();
    let whole = picture();
    for (wanted, file, said) in [
        ("file", &b""[..], "is empty"),
        ("file", b"MZ\x90\0\x03 holiday.jpg", "is a program"),
        ("file", &whole[..whole.len() / 2], "is damaged"),
        ("file", &vec![b'x'; (16 << 20) + 1], "too large"),
        ("voice", b"no sound at all", "become a voice message"),
    ] {
        let refused = upload(&ada, &chat, wanted, file).await;
        assert_eq!(refused.status, 422, "{said}: {}", refused.body);
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
    }
    upload(&bob, &chat, "file", b"hello").await.expect(404);
    app.stop().await;
}

/// A PNG of a few bytes that says it has 19,000 x 19,000 pixels; they never come.
fn bomb() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(19_000_u32.to_be_bytes());
    bytes.extend(19_000_u32.to_be_bytes());
    bytes.extend(b"\x08\x06\0\0\0");
    let mut crc = flate2::Crc::new();
    crc.update(&bytes[12..]);
    bytes.extend(crc.sum().to_be_bytes());
    bytes.extend(b"\0\0\0\x01IDAT\0\0\0\0\0");
    bytes
}

#[tokio::test]
async fn a_picture_that_is_too_large_to_look_at_is_kept_as_it_is_and_shown_without_a_small_one() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let chat = app.one_of_each(&ada).await["chat"].clone();
    let made = upload(&ada, &chat, "file", &bomb()).await.expect(201).json();
    assert_eq!(made["mime"], "image/png");
    let path = format!("/media/{}", made["id"].as_str().unwrap());
    let (status, bytes) = ada.browser.download(&path).await;
    assert_eq!((status, bytes), (200, bomb()));
    ada.browser.get(&format!("{path}/thumbnail")).await.expect(404);
    app.stop().await;
}

#[tokio::test]
async fn a_signed_address_needs_no_login_and_ends() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let chat = app.one_of_each(&ada).await["chat"].clone();
    let made = upload(&ada, &chat, "file", b"signed").await.expect(201).json();
    let id: PublicId = made["id"].as_str().unwrap().parse().unwrap();
    let file = app.app.media.file(ada.scope, &id).await.unwrap();
    let path = app.app.media.sign(&file, Duration::from_secs(60));
    let anybody = app.anonymous();
    assert_eq!(anybody.get(&path).await.expect(200).body, "signed");
    anybody.get(&path.replace("sig=", "sig=0")).await.expect(404);
    app.clock.advance(Duration::from_secs(61));
    anybody.get(&path).await.expect(410);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_from_a_phone_is_fetched_by_itself_and_a_document_when_somebody_wants_it() {
    const SHOP: &str = "351910000001";
    const ANA: &str = "5511999990001";
    let world = World::new().await;
    world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let send = async |kind, mime: &str, caption: &str, bytes: Vec<u8>| {
        let media = wa_network::phone::Media {
            kind,
            mime: mime.to_owned(),
            bytes: bytes.into(),
            caption: Some(caption.to_owned()),
            file_name: None,
            seconds: None,
            thumbnail: None,
        };
        world.phones().send(ANA, SHOP, Content::Media(media)).await.unwrap();
    };
    let file_is = async |caption: &str, state: FileState| {
        world
            .until(caption, async || {
                let messages = world.messages().await;
                let message = messages
                    .into_iter()
                    .find(|message| message.body.as_deref() == Some(caption))?;
                let file = message.media?.file?;
                (file.state == state).then_some((message.public_id, file))
            })
            .await
    };
    send(MediaKind::Image, "image/jpeg", "the shop", picture()).await;
    let (_, photo) = file_is("the shop", FileState::Present).await;
    // It is what its bytes say, whatever the phone called it.
    assert_eq!((photo.mime.as_str(), photo.has_thumbnail), ("image/png", true));
    let kept = world.app.media.file(world.scope, &photo.id).await.unwrap();
    let mut chunks = world
        .app
        .media
        .open(
            &kept,
            Span {
                from: 0,
                length: kept.size,
            },
        )
        .await
        .unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        bytes.extend(chunk.unwrap());
    }
    assert!(bytes == picture());

    send(
        MediaKind::Document,
        "application/pdf",
        "the invoice",
        b"%PDF-1.7 an invoice".to_vec(),
    )
    .await;
    let (message, _) = file_is("the invoice", FileState::Wanted).await;
    world.app.files.fetch(world.scope, &message).await.unwrap();
    let (_, invoice) = file_is("the invoice", FileState::Present).await;
    assert_eq!(invoice.mime, "application/pdf");
    world.end().await;
}

#[tokio::test]
async fn an_owner_decides_how_long_files_are_kept() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    let chat = app.one_of_each(&ada).await["chat"].clone();
    upload(&ada, &chat, "file", &picture()).await.expect(201);
    let page = ada.browser.get("/settings/storage").await.expect(200).body;
    assert!(page.contains("Pictures") && page.contains("<progress"), "{page}");
    let change = async |days| ada.browser.post("/settings/storage", &[("keep", days)]).await;
    change("90").await.expect(303);
    let page = ada.browser.get("/settings/storage").await.expect(200).body;
    assert!(page.contains("<option value=\"90\" selected>"), "{page}");
    change("17").await.expect(400);
    let agent = app.member(&ada.workspace, MemberRole::Agent).await;
    agent
        .browser
        .post("/settings/storage", &[("keep", "")])
        .await
        .expect(403);
    app.stop().await;
}
