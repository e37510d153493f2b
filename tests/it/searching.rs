//! The search of the inbox over HTTP.

use serde_json::json;
use wa_client::{Address, Content, Inbound, InboundSink as _, Media, MediaKind};
use wamanager::chats::{ChatFilter, Ingest};
use wamanager::crypto::Sealer;
use wamanager::db::DbError;
use wamanager::ids::PublicId;

use crate::support::{Person, TestApp, fields};

fn from(person: &str, number: usize, id: usize, content: Content) -> Inbound {
    let address = Address::Phone(format!("55119{number:08}"));
    Inbound {
        id: format!("M{id}"),
        chat: address.clone(),
        sender: address,
        sender_alt: None,
        from_me: false,
        push_name: Some(person.into()),
        at_ms: 1_700_000_000_000 + id as i64,
        content,
        context: wa_client::Context::default(),
        raw: Vec::new(),
        offline: true,
    }
}

fn text(body: &str) -> Content {
    Content::Text { body: body.into() }
}

fn photo(caption: &str) -> Content {
    Content::Media(Media {
        kind: MediaKind::Image,
        mime: "image/jpeg".into(),
        caption: Some(caption.into()),
        direct_path: "/v/x".into(),
        thumbnail: Some(vec![0xff, 0xd8]),
        ..Media::default()
    })
}

async fn inbox(messages: Vec<Inbound>) -> (TestApp, Person) {
    let app = TestApp::new().await;
    let owner = app.owner("Flor").await;
    let session = app.app.sessions.create(owner.scope, "Front desk").await.unwrap();
    let sealer = Sealer::new(&[0x2a; 32], "app.db");
    let ingest = Ingest::new(app.app.db.clone(), app.app.clock.clone(), app.app.bus.clone(), sealer);
    ingest
        .commit(wa_client::SessionId(session.id.0), messages)
        .await
        .unwrap();
    (app, owner)
}

/// A fragment, as the field asks for it.
async fn fragment(owner: &Person, path: &str) -> String {
    let reply = owner
        .browser
        .send(
            "GET",
            path,
            &[("hx-request", "true"), ("hx-request-type", "partial")],
            "",
        )
        .await;
    reply.expect(200).body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_pictures_and_messages_are_found_with_the_words_marked() {
    let (app, owner) = inbox(vec![
        from("Élodie Souza", 1, 1, text("我想订购两个生日蛋糕，谢谢")),
        from("Ben Okri", 2, 2, text("The Größe of the <cake> & more")),
        from("Cake Shop", 3, 3, text("hello")),
        from("Ben Okri", 2, 4, photo("a cake in a picture")),
    ])
    .await;
    let chinese = fragment(&owner, "/chats?q=%E8%9B%8B%E7%B3%95").await;
    assert!(chinese.contains("生日<mark>蛋糕</mark>，谢谢"), "{chinese}");
    let cake = fragment(&owner, "/chats?q=cake").await;
    for part in [
        "<mark>Cake</mark> Shop",
        "&#60;<mark>cake</mark>&#62; &#38; more",
        "title=\"a cake in a picture\"",
        "data:image/jpeg;base64,",
        "id=\"chat-list\"",
    ] {
        assert!(cake.contains(part), "{part}: {cake}");
    }
    assert!(
        fragment(&owner, "/chats?q=souza+elodie")
            .await
            .contains("<mark>Élodie</mark> <mark>Souza</mark>")
    );
    assert!(
        fragment(&owner, "/chats?q=groesse")
            .await
            .contains("<mark>Größe</mark>")
    );
    // A filter is about messages, and stays while more is typed.
    let pictures = fragment(&owner, "/chats?q=cake&kind=media").await;
    assert!(
        !pictures.contains("Cake Shop") && !pictures.contains("Größe"),
        "{pictures}"
    );
    assert!(pictures.contains("a <mark>cake</mark> in a picture"), "{pictures}");
    assert!(
        pictures.contains("<input type=\"hidden\" name=\"kind\" value=\"media\">"),
        "{pictures}"
    );
    for nothing in [
        "/chats?q=cake&from=us",
        "/chats?q=cake&days=7&kind=audio",
        "/chats?q=cakes",
    ] {
        assert!(fragment(&owner, nothing).await.contains("No results"), "{nothing}");
    }
    owner.browser.get("/chats?q=cake&days=soon").await.expect(404);
    let page = owner.browser.get("/chats?q=cake").await.expect(200).body;
    assert!(
        page.contains("<mark>Cake</mark> Shop"),
        "the whole page has them as well"
    );
    assert!(fragment(&owner, "/chats?q=c").await.contains("<mark>Cake</mark> Shop"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_results_go_on_page_by_page() {
    let messages = (0..70)
        .map(|n| from("Ana", 1, n, text(&format!("bread number{n}"))))
        .collect();
    let (app, owner) = inbox(messages).await;
    let (mut path, mut seen) = ("/chats?q=bread".to_owned(), 0);
    loop {
        let page = fragment(&owner, &path).await;
        seen += page.matches("<mark>bread</mark>").count();
        let Some((_, after)) = page.split_once("class=\"list-more\" href=\"") else {
            break;
        };
        let href = after.split('"').next().unwrap();
        path = href.replace("&#38;", "&");
        assert!(path.contains("before=msg_"), "{path}");
    }
    assert_eq!(seen, 70);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_says_while_older_messages_are_not_indexed_yet() {
    let (app, owner) = inbox(vec![from("Ana", 1, 1, text("bread"))]).await;
    let before = app.app.db.write(|tx| {
        tx.execute_batch(
            "DELETE FROM message_words; DELETE FROM contact_words;
             INSERT INTO search_backlog SELECT 'messages', MAX(id) + 1, MAX(id) FROM messages;
             INSERT INTO search_backlog SELECT 'contacts', MAX(id) + 1, MAX(id) FROM contacts;",
        )?;
        Ok::<_, DbError>(())
    });
    before.await.unwrap();
    let indexing = "still being indexed";
    assert!(fragment(&owner, "/chats?q=bread").await.contains(indexing));
    wamanager::chats::IndexBacklog::enqueue(app.app.db.clone(), app.app.jobs.clone())
        .await
        .unwrap();
    app.settle().await;
    let found = fragment(&owner, "/chats?q=bread").await;
    assert!(
        !found.contains(indexing) && found.contains("<mark>bread</mark>"),
        "{found}"
    );
    let search = ChatFilter {
        search: Some("ana".into()),
        ..ChatFilter::default()
    };
    assert_eq!(
        app.app.chats.list(owner.scope, search, None).await.unwrap().rows.len(),
        1
    );
    app.stop().await;
}

/// On a day of November 2023, at noon in UTC.
fn on(day: i64, message: Inbound) -> Inbound {
    Inbound {
        at_ms: 1_698_710_400_000 + day * 86_400_000 + 43_200_000,
        ..message
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_days_and_any_person_narrow_a_search() {
    let (app, owner) = inbox(vec![
        on(1, from("Ana Souza", 1, 1, text("bread on the first"))),
        on(2, from("Ben Okri", 2, 2, text("bread on the second"))),
        on(3, from("Ana Souza", 1, 3, text("bread on the third"))),
    ])
    .await;
    let said = |page: &str| -> Vec<&'static str> {
        let days = ["first", "second", "third"];
        days.into_iter()
            .filter(|day| page.contains(&format!("</mark> on the {day}")))
            .collect()
    };
    for (query, days) in [
        ("", vec!["first", "second", "third"]),
        ("&since=2023-11-02", vec!["second", "third"]),
        ("&until=2023-11-02", vec!["first", "second"]),
        ("&since=2023-11-02&until=2023-11-02", vec!["second"]),
        // Dates go before days back from now.
        ("&since=2023-11-03&days=7", vec!["third"]),
    ] {
        let page = fragment(&owner, &format!("/chats?q=bread{query}")).await;
        assert_eq!(said(&page), days, "{query}");
    }
    let narrowed = fragment(&owner, "/chats?q=bread&since=2023-11-02&until=2023-11-03").await;
    assert!(
        narrowed.contains("type=\"date\" name=\"since\" value=\"2023-11-02\""),
        "{narrowed}"
    );
    assert!(narrowed.contains("2 Nov 2023 – 3 Nov 2023"), "{narrowed}");
    for wrong in ["since=soon", "until=2023-11-31", "from=con_nobody"] {
        owner.browser.get(&format!("/chats?q=bread&{wrong}")).await.expect(404);
    }
    // The one who wrote what was found is offered, and stays shown once chosen.
    let chats = app
        .app
        .chats
        .list(owner.scope, ChatFilter::default(), None)
        .await
        .unwrap()
        .rows;
    let ana = chats
        .iter()
        .find(|chat| chat.title.as_deref() == Some("Ana Souza"))
        .unwrap();
    let ana = ana.contact.as_ref().unwrap();
    let all = fragment(&owner, "/chats?q=bread").await;
    assert!(all.contains(&format!("from={ana}")), "{all}");
    let hers = fragment(&owner, &format!("/chats?q=bread&from={ana}")).await;
    assert_eq!(said(&hers), ["first", "third"]);
    assert!(hers.contains(">Ana Souza<"), "{hers}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_search_within_a_chat_and_within_days() {
    let (app, owner) = inbox(vec![
        on(1, from("Ana Souza", 1, 1, text("bread on the first"))),
        on(2, from("Ben Okri", 2, 2, text("bread on the second"))),
        on(3, from("Ana Souza", 1, 3, text("bread on the third"))),
    ])
    .await;
    let chats = app
        .app
        .chats
        .list(owner.scope, ChatFilter::default(), None)
        .await
        .unwrap()
        .rows;
    let ana = chats
        .iter()
        .find(|chat| chat.title.as_deref() == Some("Ana Souza"))
        .unwrap();
    let (api, id) = (app.api_of(&owner.email).await, ana.public_id.as_str());
    let path = format!("/v1/sessions/{}/messages", ana.session);
    let bodies = |page: serde_json::Value| -> Vec<String> {
        let rows = page["data"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["text"]["body"].as_str().unwrap().to_owned())
            .collect()
    };
    for (body, found) in [
        (
            json!({ "query": "bread", "chat": id }),
            vec!["bread on the third", "bread on the first"],
        ),
        (
            json!({ "query": "bread", "chat": id, "to": "2023-11-02" }),
            vec!["bread on the first"],
        ),
        (
            json!({ "query": "bread", "from": "2023-11-02", "to": "2023-11-02" }),
            vec!["bread on the second"],
        ),
        (json!({ "query": "bread", "chat": PublicId::new("chat") }), vec![]),
    ] {
        let page = api
            .post(&format!("{path}/search"), body.clone())
            .await
            .expect(200)
            .json();
        assert_eq!(bodies(page), found, "{body}");
    }
    let listed = api
        .get(&format!("{path}?from=2023-11-02&to=2023-11-03"))
        .await
        .expect(200)
        .json();
    assert_eq!(bodies(listed).len(), 2);
    let wrong = json!({ "query": "bread", "chat": "1", "to": "soon" });
    let problem = api.post(&format!("{path}/search"), wrong).await.problem(422, "invalid");
    assert_eq!(fields(&problem), ["to", "chat"]);
    let told = app
        .operator(&[
            "message",
            "search",
            "bread",
            "--session",
            ana.session.as_str(),
            "--chat",
            id,
            "--since",
            "2023-11-02",
        ])
        .await;
    assert_eq!(bodies(json!({ "data": told["messages"] })).len(), 1, "{told}");
    app.stop().await;
}
