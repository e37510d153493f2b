//! Files by the API: uploaded, described, downloaded whole and in parts.

use serde_json::Value;
use wa_network::phone::{Content, Media, MediaKind};
use wamanager::access::{KeyScope, NewKey};
use wamanager::ids::PublicId;

use crate::support::{Api, Reply, TestApp, World, fields};

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";
const WORDS: &[u8] = b"The quick brown fox";

pub async fn upload(api: &Api, session: &PublicId, query: &str, headers: &[(&str, &str)], file: &[u8]) -> Reply {
    let head = "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x.jpg\"\r\n\
                content-type: image/jpeg\r\n\r\n";
    let body = [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat();
    let mut all = vec![("content-type", "multipart/form-data; boundary=edge")];
    all.extend(headers);
    let path = format!("/v1/sessions/{session}/media{query}");
    api.send_bytes("POST", &path, &all, body).await
}

#[tokio::test]
async fn an_uploaded_file_is_described_and_downloaded_whole_and_in_parts() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let session = app.app.sessions.create(owner.scope, "Till").await.unwrap().public_id;
    let api = app.api_of(&owner.email).await;
    let made = upload(&api, &session, "", &[("idempotency-key", "one")], WORDS)
        .await
        .expect(201);
    let path = made.header("location").to_owned();
    let file = made.json();
    assert_eq!(
        path,
        format!("/v1/sessions/{session}/media/{}", file["id"].as_str().unwrap())
    );
    assert_eq!(
        (&file["mime"], &file["size"], &file["state"]),
        (&"text/plain".into(), &19.into(), &"present".into())
    );
    // The same content again is the same file.
    let again = upload(&api, &session, "", &[("idempotency-key", "one")], WORDS)
        .await
        .expect(201);
    assert_eq!(again.json()["id"], file["id"]);
    let shown = api.get(&path).await.expect(200).json();
    assert_eq!(shown["id"], file["id"]);
    // Its address needs no credential.
    let url: url::Url = shown["url"].as_str().unwrap().parse().unwrap();
    assert_eq!(format!("{}://{}", url.scheme(), url.authority()), app.base);
    assert!(shown["url_expires_at"].is_string());
    let signed = app.anonymous().get(&url[url::Position::BeforePath..]).await.expect(200);
    assert_eq!(signed.body.as_bytes(), WORDS);

    let content = format!("{path}/content");
    let whole = api.get(&content).await.expect(200);
    assert_eq!(whole.body.as_bytes(), WORDS);
    assert!(whole.header("content-disposition").starts_with("attachment"));
    let part = api
        .send("GET", &content, &[("range", "bytes=4-8")], "")
        .await
        .expect(206);
    assert_eq!(
        (part.body.as_str(), part.header("content-range")),
        ("quick", "bytes 4-8/19")
    );
    let beyond = api.send("GET", &content, &[("range", "bytes=19-")], "").await;
    assert_eq!(beyond.header("content-range"), "bytes */19");
    beyond.problem(416, "bad-range");
    let tag = whole.header("etag").to_owned();
    api.send("GET", &content, &[("if-none-match", &tag)], "")
        .await
        .expect(304);
    app.stop().await;
}

#[tokio::test]
async fn a_file_is_found_by_the_number_that_has_it_only() {
    let app = TestApp::new().await;
    let (owner, stranger) = (app.owner("Shop").await, app.owner("Other").await);
    app.put_on_plan(&owner, "business").await;
    let one = app.app.sessions.create(owner.scope, "One").await.unwrap().public_id;
    let two = app.app.sessions.create(owner.scope, "Two").await.unwrap().public_id;
    let new = |session: &PublicId| NewKey {
        scopes: vec![KeyScope::MessagesRead, KeyScope::MessagesSend],
        session: Some(session.to_string()),
        ..NewKey::default()
    };
    let for_one = app.api().with(&app.key_like(&owner, new(&one)).await.text);
    let for_two = app.api().with(&app.key_like(&owner, new(&two)).await.text);
    let id = upload(&for_one, &one, "", &[], WORDS).await.expect(201).json()["id"].clone();
    let at = |session: &PublicId| format!("/v1/sessions/{session}/media/{}", id.as_str().unwrap());
    for_one.get(&at(&one)).await.expect(200);
    for_two.get(&at(&two)).await.problem(404, "not-found");
    for_two
        .get(&format!("{}/content", at(&two)))
        .await
        .problem(404, "not-found");
    upload(&for_two, &one, "", &[], WORDS).await.problem(404, "not-found");
    let stranger = app.api_of(&stranger.email).await;
    stranger.get(&at(&one)).await.problem(404, "not-found");
    upload(&stranger, &one, "", &[], WORDS).await.problem(404, "not-found");
    // Uploaded for the other number, too, it is that one's as well.
    let again = upload(&for_two, &two, "", &[], WORDS).await.expect(201).json();
    assert_eq!(again["id"], id);
    for_two.get(&at(&two)).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_refused_upload_says_why() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let session = app.app.sessions.create(owner.scope, "Till").await.unwrap().public_id;
    let api = app.api_of(&owner.email).await;
    for (query, file, said) in [
        ("", &b""[..], "is empty"),
        ("", b"MZ\x90\0\x03 holiday.jpg", "is a program"),
        ("?as=voice", b"no sound at all", "become a voice message"),
    ] {
        let problem = upload(&api, &session, query, &[], file).await.problem(422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
    let problem = upload(&api, &session, "?as=song", &[], WORDS)
        .await
        .problem(400, "bad-parameter");
    assert_eq!(fields(&problem), ["as"]);
    let path = format!("/v1/sessions/{session}/media");
    let json = api
        .send("POST", &path, &[("content-type", "application/json")], "{}")
        .await;
    json.problem(400, "bad-request");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_of_a_message_is_fetched_when_a_program_asks_for_it() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let (pages, api) = world.api().await;
    let document = Content::Media(Media {
        kind: MediaKind::Document,
        mime: "text/plain".into(),
        bytes: WORDS.into(),
        caption: None,
        file_name: Some("fox.txt".into()),
        seconds: None,
        thumbnail: None,
    });
    world.phones().send(ANA, SHOP, document).await.unwrap();
    let message = world
        .until("the document is listed", async || {
            let path = format!("/v1/sessions/{session}/messages?type=document");
            let list: Value = api.get(&path).await.expect(200).json();
            list["data"].as_array()?.first().cloned()
        })
        .await;
    assert_eq!(message["document"]["file_name"], "fox.txt");
    let id = message["id"].as_str().unwrap();
    let path = format!("/v1/sessions/{session}/messages/media/{id}");
    let whole = api.get(&path).await.expect(200);
    assert_eq!(whole.body.as_bytes(), WORDS);
    assert!(
        whole.header("content-disposition").contains("fox.txt"),
        "{}",
        whole.header("content-disposition")
    );
    let part = api.send("GET", &path, &[("range", "bytes=-3")], "").await.expect(206);
    assert_eq!(part.body, "fox");
    let file = format!(
        "/v1/sessions/{session}/media/{}",
        message["document"]["id"].as_str().unwrap()
    );
    assert_eq!(api.get(&file).await.expect(200).json()["state"], "present");
    // A text has no file.
    world.write(ANA, SHOP, "hello").await;
    let (_, text) = world.stored("hello").await;
    let path = format!("/v1/sessions/{session}/messages/media/{}", text.public_id);
    api.get(&path).await.problem(404, "not-found");
    pages.stop().await;
    world.end().await;
}
