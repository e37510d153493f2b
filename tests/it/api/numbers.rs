//! Linked numbers by the API.

use std::time::Duration;

use serde_json::{Value, json};
use wa_client::LinkEvent;
use wamanager::access::{KeyScope, NewKey};
use wamanager::accounts::MemberRole;
use wamanager::ids::PublicId;
use wamanager::sessions::State;

use crate::support::{Api, TestApp, World, fields, within};

const NUMBER: &str = "351910000001";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_links_a_number_by_its_qr_code_and_logs_it_out() {
    let world = World::new().await;
    let (pages, api) = world.api().await;
    world.phone(NUMBER, "Flor Bakery");
    let made = api
        .post("/v1/sessions", json!({ "name": "Front desk" }))
        .await
        .expect(201);
    let session = made.json();
    let path = format!("/v1/sessions/{}", session["id"].as_str().unwrap());
    assert_eq!(made.header("location"), path);
    assert_eq!(
        (&session["name"], &session["phone"]),
        (&json!("Front desk"), &Value::Null)
    );
    // The request waits for the code.
    let shown = api.get(&format!("{path}/qr")).await.expect(200);
    assert_eq!(shown.header("cache-control"), "no-store");
    let qr = shown.json();
    assert!(qr["image"].as_str().unwrap().starts_with("data:image/svg+xml;base64,"));
    world.phones().scan(NUMBER, qr["code"].as_str().unwrap()).await.unwrap();
    let id: PublicId = session["id"].as_str().unwrap().parse().unwrap();
    world.session_is(&id, State::Connected).await;
    let status = api.get(&format!("{path}/status")).await.expect(200).json();
    assert_eq!(
        (&status["state"], &status["phone"], &status["why"], &status["reason"]),
        (
            &json!("connected"),
            &json!(format!("+{NUMBER}")),
            &Value::Null,
            &Value::Null
        )
    );
    assert!(status["lid"].as_str().unwrap().ends_with("@lid"), "{status}");
    api.get(&format!("{path}/qr")).await.problem(409, "already-linked");
    api.post(&format!("{path}/qr"), json!({}))
        .await
        .problem(409, "already-linked");

    let paused = api.post(&format!("{path}/pause"), json!({})).await.expect(200).json();
    assert_eq!(paused["state"], "paused");
    assert!(paused["why"].is_string() && paused["hint"].is_string(), "{paused}");
    api.post(&format!("{path}/logout"), json!({}))
        .await
        .problem(409, "not-connected");
    api.post(&format!("{path}/resume"), json!({})).await.expect(200);
    world.session_is(&id, State::Connected).await;
    api.post(&format!("{path}/reconnect"), json!({})).await.expect(200);
    world.session_is(&id, State::Connected).await;
    let out = api.post(&format!("{path}/logout"), json!({})).await.expect(200).json();
    assert_eq!(
        (&out["state"], &out["reason"]),
        (&json!("logged_out"), &json!("logged_out_here"))
    );
    assert!(world.phones().info(NUMBER).unwrap().linked_devices.is_empty());
    api.delete(&path, None).await.expect(204);
    api.get(&path).await.problem(404, "not-found");
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_links_a_number_by_a_typed_code() {
    let world = World::new().await;
    let (pages, api) = world.api().await;
    world.phone(NUMBER, "Flor Bakery");
    let id = world.unlinked().await;
    let path = format!("/v1/sessions/{id}/pairing-code");
    for (bad, why) in [("12/05/1990", "date"), ("120363041234567890@g.us", "country code")] {
        let problem = api.post(&path, json!({ "phone": bad })).await.problem(422, "invalid");
        assert_eq!(fields(&problem), ["phone"]);
        assert!(
            problem["errors"][0]["message"].as_str().unwrap().contains(why),
            "{problem}"
        );
    }
    // As people in the workspace's country write it.
    let code = api
        .post(&path, json!({ "phone": "910 000 001" }))
        .await
        .expect(200)
        .json();
    let typed = code["code"].as_str().unwrap();
    world.phones().pairing_code(NUMBER, typed).await.unwrap();
    let linked = world.session_is(&id, State::Connected).await;
    assert_eq!(linked.phone.as_deref(), Some(NUMBER));
    pages.stop().await;
    world.end().await;
}

#[tokio::test]
async fn without_a_code_the_answer_says_how_to_get_one() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    // A key does not expire while the clock runs.
    let api = app.api().with(&app.key(&owner, &[KeyScope::SessionsWrite]).await.text);
    let session = app.app.sessions.create(owner.scope, "Till").await.unwrap();
    let path = format!("/v1/sessions/{}/qr", session.public_id);
    let asked = api.get(&path);
    tokio::pin!(asked);
    let reply = loop {
        tokio::select! {
            reply = &mut asked => break reply,
            () = tokio::task::yield_now() => app.clock.advance(Duration::from_secs(1)),
        }
    };
    let problem = reply.problem(409, "no-qr-code");
    assert!(
        problem["detail"].as_str().unwrap().contains("Ask for one first"),
        "{problem}"
    );
    api.send("POST", &path, &[], "").await.expect(200);
    let client = wa_client::SessionId(session.id.0);
    let shown = || LinkEvent::Qr {
        code: "2@abc,def,ghi".into(),
        valid_for: Duration::from_secs(60),
    };
    within("the link is open", async {
        while !app.gateway.emit(client, shown()) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(api.get(&path).await.expect(200).json()["code"], "2@abc,def,ghi");
}

#[tokio::test]
async fn numbers_are_renamed_listed_in_pages_and_counted_by_the_plan() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.put_on_plan(&owner, "pro").await;
    let api = app.api_of(&owner.email).await;
    for name in ["One", "Two", "Three"] {
        api.post("/v1/sessions", json!({ "name": name })).await.expect(201);
        app.clock.advance(Duration::from_secs(1));
    }
    api.post("/v1/sessions", json!({ "name": "Four" }))
        .await
        .problem(403, "limit-reached");
    let problem = api
        .post("/v1/sessions", json!({ "name": " " }))
        .await
        .problem(422, "invalid");
    assert_eq!(fields(&problem), ["name"]);
    let first = api.get("/v1/sessions?limit=2&fields=id,name").await.expect(200).json();
    assert_eq!(first["data"][1]["name"], "Two");
    assert_eq!(first["data"][0].as_object().unwrap().len(), 2);
    // The number at which the page ends is deleted: the next page goes on behind it.
    let (two, cursor) = (
        first["data"][1]["id"].as_str().unwrap(),
        first["next_cursor"].as_str().unwrap(),
    );
    api.delete(&format!("/v1/sessions/{two}"), None).await.expect(204);
    let rest = api
        .get(&format!("/v1/sessions?limit=2&cursor={cursor}"))
        .await
        .expect(200)
        .json();
    let names: Vec<_> = rest["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["name"])
        .collect();
    assert_eq!((names, &rest["next_cursor"]), (vec![&json!("Three")], &Value::Null));
    let one = first["data"][0]["id"].as_str().unwrap();
    let renamed = api
        .put(&format!("/v1/sessions/{one}"), json!({ "name": "Orders" }))
        .await;
    assert_eq!(renamed.expect(200).json()["name"], "Orders");
    let problem = api.put(&format!("/v1/sessions/{one}"), json!({ "name": "a\nb" })).await;
    assert_eq!(fields(&problem.problem(422, "invalid")), ["name"]);
}

async fn changes(api: &Api, session: &str) -> Vec<crate::support::Reply> {
    let path = format!("/v1/sessions/{session}");
    let mut replies = vec![
        api.put(&path, json!({ "name": "Stolen" })).await,
        api.delete(&path, None).await,
        api.get(&format!("{path}/qr")).await,
        api.post(&format!("{path}/pairing-code"), json!({ "phone": "+351910000001" }))
            .await,
    ];
    for verb in ["qr", "logout", "pause", "resume", "reconnect"] {
        replies.push(api.send("POST", &format!("{path}/{verb}"), &[], "").await);
    }
    replies
}

#[tokio::test]
async fn numbers_are_seen_by_members_and_changed_by_who_may_manage_them() {
    let app = TestApp::new().await;
    let (owner, stranger) = (app.owner("Shop").await, app.owner("Other").await);
    app.put_on_plan(&owner, "business").await;
    let mine = app
        .app
        .sessions
        .create(owner.scope, "Mine")
        .await
        .unwrap()
        .public_id
        .to_string();
    let path = format!("/v1/sessions/{mine}");
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let agent = app.api_of(&agent.email).await;
    assert_eq!(agent.get(&path).await.expect(200).json()["state"], "unlinked");
    for reply in changes(&agent, &mine).await {
        reply.problem(403, "role");
    }
    let guest = app.guest(&owner.workspace).await;
    let guest = app.api_of(&guest.email).await;
    guest.get("/v1/sessions").await.expect(200);
    guest
        .send("POST", &format!("{path}/qr"), &[], "")
        .await
        .problem(403, "guest");
    let stranger = app.api_of(&stranger.email).await;
    stranger.get(&path).await.problem(404, "not-found");
    stranger.get(&format!("{path}/status")).await.problem(404, "not-found");
    for reply in changes(&stranger, &mine).await {
        reply.problem(404, "not-found");
    }
    assert_eq!(agent.get(&path).await.expect(200).json()["name"], "Mine");
}

#[tokio::test]
async fn a_key_for_one_number_manages_that_number_within_its_scopes() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.put_on_plan(&owner, "business").await;
    let own = app.app.sessions.create(owner.scope, "Own").await.unwrap().public_id;
    let other = app.app.sessions.create(owner.scope, "Other").await.unwrap().public_id;
    let new = |scopes: &[KeyScope]| NewKey {
        scopes: scopes.to_vec(),
        session: Some(own.to_string()),
        ..NewKey::default()
    };
    let reader = app.key_like(&owner, new(&[KeyScope::SessionsRead])).await.text;
    let reader = app.api().with(&reader);
    reader.get(&format!("/v1/sessions/{own}/status")).await.expect(200);
    reader
        .get(&format!("/v1/sessions/{own}/qr"))
        .await
        .problem(403, "missing-scope");
    reader
        .get(&format!("/v1/sessions/{other}"))
        .await
        .problem(404, "not-found");
    reader.get("/v1/sessions").await.problem(403, "key-bound");
    let writer = app.key_like(&owner, new(&[KeyScope::SessionsWrite])).await.text;
    let writer = app.api().with(&writer);
    let name = json!({ "name": "Renamed" });
    writer
        .put(&format!("/v1/sessions/{own}"), name.clone())
        .await
        .expect(200);
    writer
        .put(&format!("/v1/sessions/{other}"), name.clone())
        .await
        .problem(404, "not-found");
    writer.post("/v1/sessions", name).await.problem(403, "key-bound");
    writer
        .get(&format!("/v1/sessions/{own}"))
        .await
        .problem(403, "missing-scope");
}

#[tokio::test]
async fn a_number_is_created_once_for_one_idempotency_key() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.put_on_plan(&owner, "business").await;
    let api = app.api_of(&owner.email).await;
    let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
    let body = json!({ "name": "Till" }).to_string();
    let first = api
        .send("POST", "/v1/sessions", &headers, &body)
        .await
        .expect(201)
        .json();
    let again = api.send("POST", "/v1/sessions", &headers, &body).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json()["id"], first["id"]);
    assert_eq!(app.app.sessions.list(owner.scope).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_set_for_a_number_is_read_changed_and_recorded_by_programs() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.put_on_plan(&owner, "business").await;
    let session = app.connected(&owner, "5511900000001").await;
    let path = format!("/v1/sessions/{}", session.public_id);
    let writer = app
        .key(&owner, &[KeyScope::SessionsRead, KeyScope::SessionsWrite])
        .await;
    let api = app.api().with(&writer.text);
    let reader = app.key(&owner, &[KeyScope::SessionsRead]).await;
    let reader = app.api().with(&reader.text);

    let (proxy, calls, presence) = (
        format!("{path}/proxy"),
        format!("{path}/calls"),
        format!("{path}/presence"),
    );
    let none = json!({ "proxy": null, "has_login": false });
    assert_eq!(reader.get(&proxy).await.expect(200).json(), none);
    reader
        .put(&proxy, json!({ "proxy": "http://10.0.0.1:3128" }))
        .await
        .expect(403);
    for bad in ["", "proxy.example", "ftp://proxy.example:21", "http://proxy.example"] {
        let problem = api.put(&proxy, json!({ "proxy": bad })).await.problem(422, "invalid");
        assert_eq!(fields(&problem), ["proxy"], "{bad}");
    }
    let set = json!({ "proxy": "socks5://anna:hidden@proxy.example" });
    let kept = api.put(&proxy, set).await.expect(200).json();
    assert_eq!(
        kept,
        json!({ "proxy": "socks5://proxy.example:1080", "has_login": true })
    );
    assert_eq!(reader.get(&proxy).await.expect(200).json(), kept);
    for _ in 0..2 {
        api.delete(&proxy, None).await.expect(204);
    }
    assert_eq!(reader.get(&proxy).await.expect(200).json(), none);

    let rings = json!({ "reject": false, "reply": null });
    assert_eq!(reader.get(&calls).await.expect(200).json(), rings);
    let rejects = json!({ "reject": true, "reply": "Please write to us." });
    let typed = json!({ "reject": true, "reply": " Please write to us.\n" });
    assert_eq!(api.put(&calls, typed).await.expect(200).json(), rejects);
    assert_eq!(reader.get(&calls).await.expect(200).json(), rejects);
    let long = json!({ "reject": true, "reply": "x".repeat(1_001) });
    assert_eq!(fields(&api.put(&calls, long).await.problem(422, "invalid")), ["reply"]);
    let silent = json!({ "reject": true });
    assert_eq!(api.put(&calls, silent).await.expect(200).json()["reply"], Value::Null);

    assert_eq!(
        reader.get(&presence).await.expect(200).json(),
        json!({ "online": false })
    );
    let online = json!({ "online": true });
    assert_eq!(api.put(&presence, online.clone()).await.expect(200).json(), online);
    assert_eq!(reader.get(&presence).await.expect(200).json(), online);

    let name = session.name.as_str();
    assert_eq!(
        app.operator(&["session", "presence", name, "--offline"]).await["online"],
        false
    );
    assert_eq!(app.operator(&["session", "presence", name]).await["online"], false);
    let told = app
        .operator(&["session", "calls", name, "--reject", "--reply", "Write!"])
        .await;
    assert_eq!((&told["reject"], &told["reply"]), (&json!(true), &json!("Write!")));
    assert_eq!(
        app.operator(&["session", "calls", name, "--ring"]).await["reject"],
        false
    );
    let told = app.operator(&["session", "proxy", name, "http://10.0.0.1:3128"]).await;
    assert_eq!(told["proxy"], "http://10.0.0.1:3128");
    assert_eq!(
        app.operator(&["session", "proxy", name, "--remove"]).await["proxy"],
        Value::Null
    );
    let rows = app.operator(&["audit", "list", "--limit", "20"]).await.to_string();
    for action in [
        "session.proxy_changed",
        "session.calls_changed",
        "session.presence_changed",
    ] {
        assert!(rows.contains(action), "{action} is not in {rows}");
    }
    assert!(!rows.contains("hidden"), "{rows}");
    app.stop().await;
}
