//! Numbers are linked, lost and recovered, over the real protocol.

use wa_network::faults::{FaultKind, FaultSpec};
use wamanager::sessions::{Reason, State};

use crate::support::{World, within};

const NUMBER: &str = "351910000001";
const OTHER: &str = "351910000002";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_linked_by_qr_code() {
    let world = World::new().await;
    let session = world.link(NUMBER).await;
    let linked = world.session(&session).await;
    assert_eq!(linked.phone.as_deref(), Some(NUMBER));
    assert_eq!(world.phones().info(NUMBER).unwrap().linked_devices.len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_linked_by_pairing_code() {
    let world = World::new().await;
    world.phone(NUMBER, "Flor");
    let session = world.unlinked().await;
    let code = world
        .app
        .sessions
        .pairing_code(world.scope, &session, &format!("+{NUMBER}"))
        .await
        .unwrap();
    world.phones().pairing_code(NUMBER, &code.code).await.unwrap();
    let linked = world.session_is(&session, State::Connected).await;
    assert_eq!(linked.phone.as_deref(), Some(NUMBER));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linked_number_is_connected_again_after_a_restart() {
    let world = World::new().await;
    let session = world.link(NUMBER).await;
    let world = world.restart().await;
    world.session_is(&session, State::Connected).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_connection_reconnects_automatically() {
    let world = World::new().await;
    let session = world.link(NUMBER).await;
    world.phone(OTHER, "Ana");
    let logins = world.network.hub().stats_snapshot().logins;
    world
        .network
        .hub()
        .inject_fault(FaultSpec::new(FaultKind::Drop).for_session(NUMBER));
    // A stanza for the number triggers the fault, and the socket closes.
    world.write(OTHER, NUMBER, "are you there?").await;
    world.stored("are you there?").await;
    world.session_is(&session, State::Connected).await;
    assert!(
        world.network.hub().stats_snapshot().logins > logins,
        "the number logged in again"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_removed_on_the_phone_says_so_and_can_be_linked_again() {
    let world = World::new().await;
    let session = world.link(NUMBER).await;
    let device = world.phones().info(NUMBER).unwrap().linked_devices[0].id;
    world.phones().unlink(NUMBER, device).await.unwrap();
    let lost = world.session_is(&session, State::LoggedOut).await;
    assert_eq!(lost.reason, Some(Reason::RemovedOnPhone));
    world.pair(&session, NUMBER).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_banned_number_says_so_and_keeps_its_keys() {
    let world = World::new().await;
    let session = world.link(NUMBER).await;
    world
        .network
        .hub()
        .inject_fault(FaultSpec::new(FaultKind::Banned).for_session(NUMBER));
    let banned = world.session_is(&session, State::Banned).await;
    assert_eq!(banned.reason, Some(Reason::TemporaryBan));
    world.network.hub().clear_faults();
    world.app.sessions.reconnect(world.scope, &session).await.unwrap();
    world.session_is(&session, State::Connected).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_phone_number_is_linked_only_once() {
    let world = World::new().await;
    world.link(NUMBER).await;
    let second = world.unlinked().await;
    let code = world.shown_qr(&second).await;
    world.phones().scan(NUMBER, &code).await.unwrap();
    let refused = world
        .until("the second link is refused", async || {
            let session = world.session(&second).await;
            (session.reason == Some(Reason::NumberInUse)).then_some(session)
        })
        .await;
    assert_eq!(refused.phone, None);
    let phones = world.phones();
    let mut ticks = phones.watch(NUMBER).unwrap();
    within("the second device is removed from the phone", async {
        while phones.info(NUMBER).unwrap().linked_devices.len() != 1 {
            // The phone decides whether its list of devices ticks the screen, so the test also polls.
            let _ = tokio::time::timeout(std::time::Duration::from_millis(50), ticks.changed()).await;
        }
    })
    .await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_number_is_gone_here_and_on_the_phone() {
    let world = World::new().await;
    let session = world.link(NUMBER).await;
    world.app.sessions.delete(world.scope, &session).await.unwrap();
    assert!(world.app.sessions.list(world.scope).await.unwrap().is_empty());
    assert!(world.phones().info(NUMBER).unwrap().linked_devices.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_whose_account_has_a_passkey_is_linked_with_it() {
    let world = World::new().await;
    world.phone(NUMBER, "Flor");
    world.phones().set_passkey(NUMBER, true).unwrap();
    let session = world.unlinked().await;
    let code = world.shown_qr(&session).await;
    let (phones, sessions) = (world.phones(), world.app.sessions.clone());
    let scanning = {
        let phones = phones.clone();
        tokio::spawn(async move { phones.scan(NUMBER, &code).await })
    };
    let step = async || sessions.passkey(world.scope, &session).await.unwrap();
    let asked = world.until("the passkey step", step).await;
    let reason = async || (world.session(&session).await.reason == Some(Reason::PasskeyWanted)).then_some(());
    world.until("the reason", reason).await;
    sessions
        .answer_passkey(world.scope, &session, "{}")
        .await
        .expect_err("no answer of a passkey");
    let answer = phones.passkey_answer(NUMBER, &asked.request).unwrap();
    sessions.answer_passkey(world.scope, &session, &answer).await.unwrap();
    phones.passkey_tap(NUMBER).unwrap();
    let shown = world.until("the code", async || step().await?.code).await;
    let on_the_phone = async || phones.passkey_code(NUMBER).unwrap();
    assert_eq!(world.until("the phone's code", on_the_phone).await, shown);
    sessions.confirm_passkey(world.scope, &session).await.unwrap();
    phones.passkey_tap(NUMBER).unwrap();
    within("the scan", scanning).await.unwrap().unwrap();
    let linked = world.session_is(&session, State::Connected).await;
    assert_eq!(linked.phone.as_deref(), Some(NUMBER));
    assert!(sessions.passkey(world.scope, &session).await.unwrap().is_none());
    world.end().await;
}
