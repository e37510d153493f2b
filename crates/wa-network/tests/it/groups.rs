//! Groups, from both sides.

use wa_network::hub::{DeviceAddr, GroupChange};
use whatsapp_rust::Jid;
use whatsapp_rust::types::events::Event;

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
