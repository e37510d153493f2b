//! Injected faults, and what the client sees of them.

use wa_network::faults::{FaultKind, FaultSpec};
use whatsapp_rust::Jid;
use whatsapp_rust::types::events::Event;

use crate::support::{BUSINESS, CUSTOMER, Companion, inbox_until, network, text_arrives};

fn fault(kind: FaultKind) -> FaultSpec {
    FaultSpec::new(kind).for_session(BUSINESS)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_connection_comes_back_and_loses_nothing() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.hub().inject_fault(fault(FaultKind::Drop));
    network.phones().send(CUSTOMER, BUSINESS, "meanwhile").await.unwrap();
    companion.receives("meanwhile").await;
    network.hub().inject_fault(fault(FaultKind::Restart515));
    companion.connected().await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logged_out_session_is_notified() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.hub().inject_fault(fault(FaultKind::LoggedOut));
    companion
        .until("logged out", |event| matches!(event, Event::LoggedOut(_)).then_some(()))
        .await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_banned_session_learns_for_how_long() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.hub().inject_fault(fault(FaultKind::Banned).ms(60_000));
    let seconds = companion
        .until("ban", |event| match event {
            Event::TemporaryBan(ban) => Some(ban.expire.num_seconds()),
            _ => None,
        })
        .await;
    assert_eq!(seconds, 60);
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_companion_is_cut_off_and_its_code_becomes_invalid() {
    let network = network().await;
    let companion = Companion::start_by_code(&network, BUSINESS).await;
    let code = companion
        .until("pairing code", |event| match event {
            Event::PairingCode(pairing) => Some(pairing.code.clone()),
            _ => None,
        })
        .await;
    network.hub().inject_fault(fault(FaultKind::CutPairing));
    companion
        .until("the end of the connection", |event| {
            matches!(event, Event::Disconnected(_)).then_some(())
        })
        .await;
    let late = network.phones().pairing_code(BUSINESS, &code).await;
    assert!(late.is_err(), "a code of a closed connection was accepted");
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_messages_do_not_arrive() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    for (kind, code) in [
        (FaultKind::Timelock463, "463"),
        (FaultKind::Refuse, "479"),
        (FaultKind::Overlimit429, "429"),
    ] {
        // A first message makes all queries it needs, so that the fault hits the next message and not a query.
        companion
            .client
            .send_text(Jid::pn(CUSTOMER), format!("before {code}"))
            .await
            .unwrap();
        text_arrives(&network, CUSTOMER, &format!("before {code}")).await;
        network.hub().inject_fault(fault(kind));
        let sent = companion.client.send_text(Jid::pn(CUSTOMER), "refused").await.unwrap();
        let error = companion.ack_of(&sent.message_id).await;
        assert!(error.is_some_and(|error| error.contains(code)), "{kind:?}");
    }
    let inbox = network.phones().inbox(CUSTOMER, 0).unwrap();
    assert!(inbox.iter().all(|message| message.text.as_deref() != Some("refused")));
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_connection_breaks_after_it_was_taken_arrives_once() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.hub().inject_fault(fault(FaultKind::Drop).after_send());
    companion.client.send_text(Jid::pn(CUSTOMER), "taken").await.unwrap();
    companion
        .until("disconnected", |event| {
            matches!(event, Event::Disconnected(_)).then_some(())
        })
        .await;
    let taken = inbox_until(&network, CUSTOMER, |message| message.text.as_deref() == Some("taken")).await;
    assert_eq!(taken.copies, 1);
    companion.connected().await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_ack_is_lost_still_arrives() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.hub().inject_fault(fault(FaultKind::LoseAck));
    let lost = companion.client.send_text(Jid::pn(CUSTOMER), "lost ack").await.unwrap();
    text_arrives(&network, CUSTOMER, "lost ack").await;
    let next = companion.client.send_text(Jid::pn(CUSTOMER), "next").await.unwrap();
    let first_acked = companion
        .until("server ack", |event| match event {
            Event::ServerAck(ack) if ack.id == lost.message_id || ack.id == next.message_id => Some(ack.id.clone()),
            _ => None,
        })
        .await;
    assert_eq!(first_acked, next.message_id);
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duplicated_delayed_and_reordered_messages_all_arrive_once() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.phones().send(CUSTOMER, BUSINESS, "first").await.unwrap();
    companion.receives("first").await;
    network.hub().inject_fault(fault(FaultKind::Reorder).ms(20_000));
    network.phones().send(CUSTOMER, BUSINESS, "overtaken").await.unwrap();
    network.phones().send(CUSTOMER, BUSINESS, "faster").await.unwrap();
    assert_eq!(companion.next_text().await.0, "faster");
    assert_eq!(companion.next_text().await.0, "overtaken");
    network.hub().inject_fault(fault(FaultKind::Duplicate));
    network.hub().inject_fault(fault(FaultKind::Delay).ms(50));
    network.phones().send(CUSTOMER, BUSINESS, "twice").await.unwrap();
    network.phones().send(CUSTOMER, BUSINESS, "late").await.unwrap();
    companion.receives("twice").await;
    let (next, _) = companion.next_text().await;
    assert_eq!(next, "late", "the duplicate was shown as a separate message");
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_prekey_spoils_one_attempt_only() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.hub().inject_fault(fault(FaultKind::BadPrekey));
    // Whether the library reports the failure or sends to nobody does not matter; nothing may arrive.
    drop(companion.client.send_text(Jid::pn(CUSTOMER), "spoilt").await);
    companion.client.send_text(Jid::pn(CUSTOMER), "sound").await.unwrap();
    text_arrives(&network, CUSTOMER, "sound").await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_over_limit_query_is_refused_once() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.hub().inject_fault(fault(FaultKind::Overlimit429));
    let asked = [Jid::pn(CUSTOMER)];
    let refused = companion.client.contacts().is_on_whatsapp(&asked).await;
    assert!(format!("{:?}", refused.err()).contains("429"));
    let found = companion.client.contacts().is_on_whatsapp(&asked).await.unwrap();
    assert!(found[0].is_registered);
    companion.stop().await;
    network.stop().await;
}
