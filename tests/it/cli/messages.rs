//! `wamanager message` and `wamanager chat`: the same as by the API.

use serde_json::{Value, json};
use wamanager::ids::PublicId;
use wamanager::operator::{self, Failure, command as request_of};

use crate::support::TestApp;

async fn ask(app: &TestApp, arguments: &[&str]) -> Result<Value, Failure> {
    let (news, _heard) = tokio::sync::mpsc::channel(16);
    let request = request_of(arguments).unwrap().into();
    Ok(operator::handle(&app.app, &request, &news).await?.result)
}

#[tokio::test]
async fn messages_are_listed_shown_found_and_marked_as_read() {
    let app = TestApp::new().await;
    let owner = app.owner("Corner").await;
    let ids = app.one_of_each(&owner).await;
    let (session, message) = (ids["session"].as_str(), ids["message"].as_str());
    let of = ["--session", "Front desk"];
    let list = ask(&app, &[&["message", "list"], &of[..]].concat()).await.unwrap();
    assert_eq!(
        (&list["messages"][0]["id"], &list["next"]),
        (&json!(message), &Value::Null)
    );
    let shown = ask(&app, &["message", "show", message]).await.unwrap();
    assert_eq!(shown, list["messages"][0]);
    // A program gets the same.
    let api = app.api_of(&owner.email).await;
    let same = api.get(&format!("/v1/sessions/{session}/messages/{message}")).await;
    assert_eq!(same.expect(200).json(), shown);

    let found = ask(&app, &[&["message", "search", "hel"], &of[..]].concat())
        .await
        .unwrap();
    assert_eq!(found["messages"][0]["id"], message);
    let none = ask(&app, &[&["message", "search", "nothing", "hello"], &of[..]].concat()).await;
    assert_eq!(none.unwrap()["messages"], json!([]));
    for filter in [
        &["--direction", "outbound"][..],
        &["--status", "failed"],
        &["--type", "image"],
    ] {
        let list = ask(&app, &[&["message", "list"], &of[..], filter].concat())
            .await
            .unwrap();
        assert_eq!(list["messages"], json!([]), "{filter:?}");
    }

    let unread = [&["chat", "list", "--unread"], &of[..]].concat();
    let chats = ask(&app, &unread).await.unwrap();
    let chat = chats["chats"][0]["id"].as_str().unwrap();
    assert_eq!((chat, &chats["chats"][0]["unread"]), (ids["chat"].as_str(), &json!(1)));
    assert_eq!(ask(&app, &["chat", "read", chat]).await.unwrap()["unread_before"], 1);
    assert_eq!(ask(&app, &unread).await.unwrap()["chats"], json!([]));
    let unknown = PublicId::new("msg").to_string();
    assert_eq!(
        ask(&app, &["message", "show", &unknown]).await.unwrap_err().exit.code(),
        10
    );
    app.stop().await;
}

#[tokio::test]
async fn what_a_team_shares_is_listed_added_and_removed() {
    let app = TestApp::new().await;
    let owner = app.owner("Corner").await;
    let ids = app.one_of_each(&owner).await;
    let chat = ids["chat"].as_str();
    let labels = ask(&app, &["label", "list"]).await.unwrap();
    assert_eq!(labels["labels"][0]["id"], ids["label"].as_str());

    let added = ask(&app, &["note", "add", chat, "wants two"]).await.unwrap();
    let notes = ask(&app, &["note", "list", chat, "--limit", "1"]).await.unwrap();
    assert_eq!((&notes["notes"][0], &added["text"]), (&added, &json!("wants two")));
    let next = notes["next"].as_str().unwrap();
    let rest = ask(&app, &["note", "list", chat, "--after", next]).await.unwrap();
    assert_eq!(
        (&rest["notes"][0]["id"], &rest["next"]),
        (&json!(ids["note"].as_str()), &Value::Null)
    );
    assert_eq!(
        ask(&app, &["note", "add", chat, " "]).await.unwrap_err().exit.code(),
        11
    );

    let made = ask(&app, &["quick-reply", "add", "/hours", "9 to 6"]).await.unwrap();
    assert_eq!(made["shortcut"], "hours");
    let twice = ask(&app, &["quick-reply", "add", "Hours", "9 to 6"]).await;
    assert_eq!(twice.unwrap_err().exit.code(), 11);
    assert_eq!(ask(&app, &["quick-reply", "remove", "HOURS"]).await.unwrap(), made);
    let gone = ask(&app, &["quick-reply", "remove", "hours"]).await;
    assert_eq!(gone.unwrap_err().exit.code(), 10);

    let scheduled = ask(&app, &["scheduled", "list"]).await.unwrap();
    let id = ids["scheduled"].as_str();
    assert_eq!(scheduled["scheduled"][0]["id"], id);
    assert_eq!(ask(&app, &["scheduled", "cancel", id]).await.unwrap()["chat"], chat);
    assert_eq!(ask(&app, &["scheduled", "list"]).await.unwrap()["scheduled"], json!([]));
    assert_eq!(
        ask(&app, &["scheduled", "cancel", id]).await.unwrap_err().exit.code(),
        10
    );
    app.stop().await;
}
