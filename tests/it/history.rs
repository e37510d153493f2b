//! Older messages of a chat, from a simulated phone that is asked over the real protocol.

use serde_json::{Value, json};
use wa_network::phone::{HistoryMode, HistoryRule, PastMessage};
use wamanager::chats::{Chat, OlderState};

use crate::support::{Api, World};

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";

/// A phone with `count` messages of Ana, of which a new device gets three; linked.
async fn linked(count: i64, mode: HistoryMode) -> (World, String, Chat) {
    let world = World::new().await;
    world.phone(SHOP, "Flor Bakery");
    world.phone(ANA, "Ana");
    let past = |at: i64| PastMessage {
        peer: ANA.into(),
        peer_name: "Ana".into(),
        from_me: at % 3 == 0,
        text: format!("line {at}"),
        // Several of one second.
        at: 1_700_000_000_000 + at / 4 * 1_000,
    };
    world
        .phones()
        .remember(SHOP, (0..count).map(past).collect())
        .await
        .unwrap();
    let rule = HistoryRule {
        mode,
        at_linking: Some(3),
    };
    world.phones().history(SHOP, rule).unwrap();
    let session = world.unlinked().await;
    world.pair(&session, SHOP).await;
    let (chat, _) = world.stored(&format!("line {}", count - 1)).await;
    (world, session.to_string(), chat)
}

impl World {
    async fn older_is(&self, chat: &Chat, state: OlderState) {
        self.until(&format!("older messages: {state}"), async || {
            let older = self.app.chats.older(self.scope, &chat.public_id).await.unwrap();
            older.filter(|older| older.state == state)
        })
        .await;
    }
}

/// Bodies of a chat, oldest first.
async fn lines(api: &Api, chat: &str) -> Vec<String> {
    let page = api.get(&format!("{chat}/messages?limit=100")).await.expect(200).json();
    let bodies = page["data"].as_array().unwrap().iter();
    let mut lines: Vec<_> = bodies
        .map(|message| message["text"]["body"].as_str().unwrap().to_owned())
        .collect();
    lines.reverse();
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phone_is_asked_for_older_messages_until_it_has_no_more() {
    let (world, session, chat) = linked(70, HistoryMode::Answer).await;
    let (pages, api) = world.api().await;
    let path = format!("/v1/sessions/{session}/chats/{}", chat.public_id);
    let history = format!("{path}/history");
    assert_eq!(api.get(&history).await.expect(200).json()["state"], Value::Null);
    let unread = api.get(&path).await.expect(200).json()["unread"].clone();
    let asked = api.post(&history, json!({})).await.expect(202).json();
    assert_eq!(asked["state"], "asked");
    world.older_is(&chat, OlderState::Came).await;
    assert_eq!(lines(&api, &path).await.len(), 53);
    api.post(&history, json!({})).await.expect(202);
    world.older_is(&chat, OlderState::Ended).await;
    let expected: Vec<_> = (0..70).map(|at| format!("line {at}")).collect();
    assert_eq!(
        lines(&api, &path).await,
        expected,
        "in order, nothing twice, nothing missing"
    );
    assert_eq!(api.get(&path).await.expect(200).json()["unread"], unread);
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_has_nothing_older_says_so_and_one_that_is_silent_is_waited_for() {
    let (world, _, chat) = linked(3, HistoryMode::Nothing).await;
    let ask = async || world.app.chats.ask_older(world.scope, &chat.public_id).await.unwrap();
    ask().await;
    world.older_is(&chat, OlderState::Ended).await;
    let silent = HistoryRule {
        mode: HistoryMode::Silent,
        at_linking: None,
    };
    world.phones().history(SHOP, silent).unwrap();
    assert_eq!(ask().await.unwrap().state, OlderState::Asked);
    // What it does next is done after the request.
    world.write(ANA, SHOP, "and now?").await;
    world.stored("and now?").await;
    let older = world.app.chats.older(world.scope, &chat.public_id).await.unwrap();
    assert_eq!(older.unwrap().state, OlderState::Asked);
    world.end().await;
}
