//! Groups, from both sides.

use serde_json::json;
use wa_network::hub::{DeviceAddr, GroupChange};
use whatsapp_rust::Jid;
use whatsapp_rust::types::events::Event;

use crate::control::{get, post};
use crate::support::{BUSINESS, CUSTOMER, Companion, FRIEND, network, text_arrives};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_message_reaches_everybody() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let members = [BUSINESS.to_owned(), FRIEND.to_owned()];
    let group = network.phones().create_group(CUSTOMER, "Team", &members).unwrap();
    companion
        .until("group", |event| matches!(event, Event::GroupUpdate(_)).then_some(()))
        .await;
    let jid: Jid = group.jid.parse().unwrap();
    let seen = companion.client.groups().get_metadata(&jid).await.unwrap();
    assert_eq!(seen.participants.len(), 3);

    companion.client.send_text(jid.clone(), "hello team").await.unwrap();
    for number in [CUSTOMER, FRIEND, BUSINESS] {
        assert_eq!(text_arrives(&network, number, "hello team").await.chat, group.jid);
    }
    network.phones().send(FRIEND, &group.jid, "hi from Fred").await.unwrap();
    companion.receives("hi from Fred").await;
    text_arrives(&network, CUSTOMER, "hi from Fred").await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_member_gets_nothing_more() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let members = [BUSINESS.to_owned(), FRIEND.to_owned()];
    let group = network.phones().create_group(CUSTOMER, "Team", &members).unwrap();
    let jid: Jid = group.jid.parse().unwrap();
    companion.client.send_text(jid.clone(), "with Fred").await.unwrap();
    text_arrives(&network, FRIEND, "with Fred").await;
    let change = GroupChange::Remove(vec![FRIEND.to_owned()]);
    network
        .hub()
        .change_group(&DeviceAddr::phone(CUSTOMER), &group.jid, change)
        .unwrap();
    companion
        .until("removal", |event| matches!(event, Event::GroupUpdate(_)).then_some(()))
        .await;
    companion.client.send_text(jid, "without Fred").await.unwrap();
    text_arrives(&network, CUSTOMER, "without Fred").await;
    let fred = network.phones().inbox(FRIEND, 0).unwrap();
    assert!(
        fred.iter()
            .all(|message| message.text.as_deref() != Some("without Fred"))
    );
    companion.stop().await;
    network.stop().await;
}

#[tokio::test]
async fn only_admins_change_who_is_a_member() {
    let network = network().await;
    let group = network
        .phones()
        .create_group(CUSTOMER, "Team", &[FRIEND.to_owned()])
        .unwrap();
    let add = GroupChange::Add(vec![BUSINESS.to_owned()]);
    let hub = network.hub();
    assert!(
        hub.change_group(&DeviceAddr::phone(FRIEND), &group.jid, add.clone())
            .is_err()
    );
    let changed = hub.change_group(&DeviceAddr::phone(CUSTOMER), &group.jid, add).unwrap();
    assert_eq!(changed.participants.len(), 3);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_by_control_calls_reach_the_client() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let body = json!({"subject":"Team","owner":CUSTOMER,"members":[BUSINESS],"lid":true});
    let jid = post(&network, "/groups", body).await.1["jid"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = |what: &str| format!("/groups/{jid}/{what}");
    let change = |what: &'static str| {
        let companion = &companion;
        async move {
            companion
                .until(what, |event| match event {
                    Event::GroupUpdate(update) if update.action.tag_name() == what => Some(()),
                    _ => None,
                })
                .await;
        }
    };
    change("create").await;
    for (what, body) in [
        ("subject", json!({"subject":"Crew"})),
        ("description", json!({"description":"About us"})),
        ("add", json!({"members":[FRIEND]})),
        ("promote", json!({"members":[FRIEND]})),
        ("demote", json!({"members":[FRIEND]})),
        ("locked", json!({"on":true})),
        ("ephemeral", json!({"seconds":86400})),
        ("remove", json!({"members":[FRIEND]})),
    ] {
        let (status, answer) = post(&network, &path(what), body).await;
        assert_eq!(status, 200, "{what}: {answer}");
        change(what).await;
    }
    let (_, shown) = get(&network, &format!("/groups/{jid}")).await;
    assert_eq!(
        (&shown["subject"], &shown["ephemeral"]),
        (&json!("Crew"), &json!(86400))
    );
    let by_member = json!({"by":BUSINESS,"subject":"Mine"});
    assert_eq!(post(&network, &path("subject"), by_member).await.0, 422);
    assert_eq!(post(&network, &path("paint"), json!({})).await.0, 404);

    assert_eq!(post(&network, &path("picture"), json!({"base64":"AAEC"})).await.0, 200);
    companion
        .until("picture", |event| {
            matches!(event, Event::PictureUpdate(_)).then_some(())
        })
        .await;
    let group: Jid = jid.parse().unwrap();
    let seen = companion.client.groups().get_metadata(&group).await.unwrap();
    assert!(seen.participants.iter().all(|participant| participant.jid.is_lid()));
    let picture = companion
        .client
        .contacts()
        .get_profile_picture(&group, false)
        .await
        .unwrap();
    assert!(picture.unwrap().url.contains("/v/"));
    companion.stop().await;
    network.stop().await;
}
