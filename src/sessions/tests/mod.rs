mod health;
mod passkey;
mod settings;
mod syncing;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use wa_client::testing::Asked;
use wa_client::{Account, CommitError, Inbound, InboundSink, LinkEvent, LoggedOutReason, OpenError};

use super::actor::Command;
use super::testing::{PHONE, Stage, paired, within};
use super::{ChatNews, Fix, Reason, SendNews, Session, SessionError, State};

struct NoSink;

#[async_trait]
impl InboundSink for NoSink {
    async fn commit(&self, _: wa_client::SessionId, _: Vec<Inbound>) -> Result<(), CommitError> {
        Ok(())
    }
}

/// Without a sender, so that a link closes at once.
async fn stage() -> Stage {
    Stage {
        sends: None,
        ..stage_with_sends().await
    }
}

async fn stage_with_sends() -> Stage {
    Stage::new(|_, _, _| Arc::new(NoSink)).await
}

#[tokio::test]
async fn a_number_is_linked_by_qr_and_connects() {
    let mut stage = stage_with_sends().await;
    let session = stage.pairing("Shop").await;
    let qr = stage
        .sessions
        .qr(stage.scope, &session.public_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(qr.code, "1@qr");
    stage.emit(&session, paired(PHONE));
    let connecting = stage.becomes(&session.public_id, State::Connecting).await;
    assert_eq!(
        (connecting.phone.as_deref(), connecting.reason),
        (Some(PHONE), Some(Reason::LoggingIn))
    );
    assert!(
        stage
            .sessions
            .qr(stage.scope, &session.public_id)
            .await
            .unwrap()
            .is_none()
    );
    stage.emit(&session, LinkEvent::Connected);
    let connected = stage.becomes(&session.public_id, State::Connected).await;
    assert_eq!(connected.reason, None);
    let up = stage.sends.as_mut().unwrap().recv().await;
    assert!(matches!(up, Some(SendNews::Up { session: id, .. }) if id == session.id));
}

#[tokio::test]
async fn a_code_that_has_run_out_is_not_shown() {
    let stage = stage().await;
    let session = stage.pairing("Shop").await;
    stage.manual.advance(Duration::from_secs(61));
    assert!(
        stage
            .sessions
            .qr(stage.scope, &session.public_id)
            .await
            .unwrap()
            .is_none()
    );
    stage.emit(&session, LinkEvent::QrExhausted);
    let unlinked = stage.becomes(&session.public_id, State::Unlinked).await;
    assert_eq!(unlinked.reason, Some(Reason::QrExpired));
    stage.gateway.wait_until_closed(Stage::client(&session)).await;
}

#[tokio::test]
async fn a_pairing_code_is_issued_once_the_link_can() {
    let stage = stage().await;
    let session = stage.sessions.create(stage.scope, "Shop").await.unwrap();
    let client = Stage::client(&session);
    let asked = stage
        .sessions
        .pairing_code(stage.scope, &session.public_id, "+55 11 90000-0001");
    let plays = async {
        stage.gateway.wait_until_open(client).await;
        assert!(stage.gateway.asked(client).is_empty());
        stage.emit(
            &session,
            LinkEvent::Qr {
                code: "1@qr".into(),
                valid_for: Duration::from_secs(60),
            },
        );
    };
    let (code, ()) = within("the code", async { tokio::join!(asked, plays) }).await;
    assert_eq!(code.unwrap().code, "ABCD-EFGH");
    // The picture that came with the connection has been dealt with as well.
    stage.pass(Duration::from_secs(5)).await;
    let shown = stage.becomes(&session.public_id, State::Pairing).await;
    assert_eq!(shown.reason, Some(Reason::TypeCode));
    assert!(
        stage
            .sessions
            .shown_code(stage.scope, &session.public_id)
            .await
            .unwrap()
            .is_some()
    );
}

fn qr(code: &str) -> LinkEvent {
    LinkEvent::Qr {
        code: code.into(),
        valid_for: Duration::from_secs(60),
    }
}

#[tokio::test]
async fn a_code_expires_with_its_connection_until_a_new_request() {
    let stage = stage().await;
    let session = stage.pairing("Shop").await;
    let (scope, id) = (stage.scope, &session.public_id);
    let lost = |code: &str| LinkEvent::PairingCodeLost { code: code.into() };
    let code = stage.sessions.pairing_code(scope, id, PHONE).await.unwrap();
    stage.because(id, Reason::TypeCode).await;
    stage.emit(&session, lost("ANOT-HER1"));
    stage.emit(&session, lost(&code.code));
    assert_eq!(stage.because(id, Reason::CodeLost).await.state, State::Pairing);
    assert!(stage.sessions.shown_code(scope, id).await.unwrap().is_none());
    let mut codes = stage.sessions.watch_qr(scope, id).await.unwrap();
    stage.emit(&session, qr("2@qr"));
    within("the next picture", codes.wait_for(Option::is_some))
        .await
        .unwrap();
    assert_eq!(
        stage.sessions.get(scope, id).await.unwrap().reason,
        Some(Reason::CodeLost),
        "the person who waits for the code still has to request another"
    );
    assert_eq!(
        stage.sessions.asked_number(scope, id).await.unwrap().as_deref(),
        Some(PHONE)
    );
    stage.sessions.pairing_code(scope, id, PHONE).await.unwrap();
    stage.because(id, Reason::TypeCode).await;
    assert!(stage.sessions.shown_code(scope, id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_code_requested_between_connections_comes_with_the_next() {
    let stage = stage().await;
    let session = stage.pairing("Shop").await;
    let (scope, id, client) = (stage.scope, &session.public_id, Stage::client(&session));
    let first = stage.sessions.pairing_code(scope, id, PHONE).await.unwrap();
    let cut = LinkEvent::Disconnected {
        why: "cut".into(),
        retry_in: None,
    };
    stage.emit(&session, cut);
    stage.emit(&session, LinkEvent::PairingCodeLost { code: first.code });
    stage.because(id, Reason::CodeLost).await;
    let supervisor = &stage.sessions.supervisor;
    let digits = PHONE.trim_start_matches('+').to_owned();
    let asked = supervisor.ask(session.id, |reply| Command::PairingCode { digits, reply });
    let plays = async {
        // Commands are carried out in order, so the one before is done.
        supervisor.ask(session.id, Command::Pair).await.unwrap();
        let asked = stage.gateway.asked(client);
        assert_eq!(
            asked.iter().filter(|ask| **ask == Asked::PairingCode).count(),
            1,
            "{asked:?}"
        );
        stage.emit(&session, qr("2@qr"));
    };
    let (code, ()) = within("the code", async { tokio::join!(asked, plays) }).await;
    assert!(code.is_ok());
    stage.because(id, Reason::TypeCode).await;
}

#[tokio::test]
async fn a_code_that_nobody_typed_ends_with_its_time() {
    let stage = stage().await;
    let session = stage.pairing("Shop").await;
    stage
        .sessions
        .pairing_code(stage.scope, &session.public_id, PHONE)
        .await
        .unwrap();
    stage.pass(Duration::from_secs(215)).await;
    let over = stage.because(&session.public_id, Reason::CodeExpired).await;
    assert_eq!(over.state, State::Unlinked);
    stage.gateway.wait_until_closed(Stage::client(&session)).await;
}

#[tokio::test]
async fn a_number_whose_keys_are_gone_waits_to_be_linked_and_runs_again_when_they_are_back() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let (id, client) = (&session.public_id, Stage::client(&session));
    stage.gateway.lose_keys(client);
    stage.gateway.end(client);
    stage.becomes(id, State::Reconnecting).await;
    stage.pass(Duration::from_secs(5)).await;
    let lost = stage.because(id, Reason::KeysLost).await;
    assert_eq!(
        (lost.state, lost.fix(), lost.is_linked()),
        (State::NeedsAttention, Fix::Link, false)
    );
    assert_eq!((stage.gateway.opened(client), stage.gateway.forgotten(client)), (1, 0));
    stage.stop.cancel();
    stage.tracker.close();
    within("the end of all actors", stage.tracker.wait()).await;

    let stage = stage.restarted(|_, _, _| Arc::new(NoSink));
    stage.gateway.set_account(client, account(PHONE));
    stage.supervisor.restore().await.unwrap();
    within("the link", stage.gateway.wait_until_open(client)).await;
    assert!(stage.becomes(id, State::Connecting).await.is_linked());
}

#[tokio::test]
async fn a_client_that_was_too_old_connects_when_the_program_starts_again() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    stage.emit(&session, LinkEvent::Outdated);
    stage.becomes(&session.public_id, State::NeedsAttention).await;
    stage.stop.cancel();
    stage.tracker.close();
    within("the end of all actors", stage.tracker.wait()).await;
    let stage = stage.restarted(|_, _, _| Arc::new(NoSink));
    stage.supervisor.restore().await.unwrap();
    let client = Stage::client(&session);
    within("the link", stage.gateway.wait_until_open(client)).await;
}

#[tokio::test]
async fn a_number_is_linked_at_most_once() {
    let stage = stage().await;
    let first = stage.connected(PHONE).await;
    let second = stage.pairing("Again").await;
    stage.emit(&second, paired(PHONE));
    stage.emit(&second, LinkEvent::Connected);
    let refused = stage.becomes(&second.public_id, State::Unlinked).await;
    assert_eq!((refused.reason, refused.phone), (Some(Reason::NumberInUse), None));
    let client = Stage::client(&second);
    assert!(stage.gateway.asked(client).contains(&Asked::Logout));
    assert_eq!(stage.gateway.forgotten(client), 1);
    assert_eq!(
        stage.sessions.get(stage.scope, &first.public_id).await.unwrap().state,
        State::Connected
    );
}

#[tokio::test]
async fn a_session_is_not_linked_again_with_another_number() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    stage.emit(
        &session,
        LinkEvent::LoggedOut {
            reason: LoggedOutReason::RemovedOnPhone,
        },
    );
    stage.becomes(&session.public_id, State::LoggedOut).await;
    stage.gateway.wait_until_closed(Stage::client(&session)).await;
    stage.sessions.pair(stage.scope, &session.public_id).await.unwrap();
    stage.gateway.wait_until_open(Stage::client(&session)).await;
    stage.emit(
        &session,
        LinkEvent::Qr {
            code: "2@qr".into(),
            valid_for: Duration::from_secs(60),
        },
    );
    stage.emit(&session, paired("5511900000002"));
    stage.emit(&session, LinkEvent::Connected);
    let refused = stage.becomes(&session.public_id, State::Unlinked).await;
    assert_eq!(
        (refused.reason, refused.phone.as_deref()),
        (Some(Reason::OtherNumber), Some(PHONE))
    );
}

#[tokio::test]
async fn silence_degrades_then_reconnects_and_frames_heal() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let client = Stage::client(&session);
    stage.gateway.set_last_frame_age(client, Some(Duration::from_secs(50)));
    stage.pass(Duration::from_secs(5)).await;
    assert_eq!(
        stage.becomes(&session.public_id, State::Degraded).await.reason,
        Some(Reason::NoFrames)
    );
    stage.gateway.set_last_frame_age(client, Some(Duration::from_secs(1)));
    stage.pass(Duration::from_secs(5)).await;
    stage.becomes(&session.public_id, State::Connected).await;
    stage.gateway.set_last_frame_age(client, Some(Duration::from_secs(80)));
    stage.pass(Duration::from_secs(5)).await;
    stage.becomes(&session.public_id, State::Reconnecting).await;
    assert!(stage.gateway.asked(client).contains(&Asked::Reconnect));
}

#[tokio::test]
async fn a_client_that_ends_by_itself_is_started_again_and_its_keys_stay() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let client = Stage::client(&session);
    stage.gateway.end(client);
    let lost = stage.becomes(&session.public_id, State::Reconnecting).await;
    assert_eq!(lost.reason, Some(Reason::ClientStopped));
    stage
        .gateway
        .fail_next_open(client, OpenError::Client("no network".into()));
    stage.pass(Duration::from_secs(15)).await;
    within("the second start", stage.gateway.wait_until_open(client)).await;
    stage.emit(&session, LinkEvent::Connected);
    stage.becomes(&session.public_id, State::Connected).await;
    assert_eq!((stage.gateway.opened(client), stage.gateway.forgotten(client)), (2, 0));
}

#[tokio::test]
async fn only_a_log_out_forgets_the_keys() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let client = Stage::client(&session);
    stage.emit(&session, LinkEvent::Replaced);
    stage.becomes(&session.public_id, State::Replaced).await;
    stage.gateway.wait_until_closed(client).await;
    stage.sessions.reconnect(stage.scope, &session.public_id).await.unwrap();
    stage.gateway.wait_until_open(client).await;
    assert_eq!(stage.gateway.forgotten(client), 0);
    stage.emit(
        &session,
        LinkEvent::LoggedOut {
            reason: LoggedOutReason::RemovedOnPhone,
        },
    );
    let out = stage.becomes(&session.public_id, State::LoggedOut).await;
    assert_eq!((out.reason, out.is_linked()), (Some(Reason::RemovedOnPhone), false));
    // The next pairing waits for the actor, which has deleted the keys by then.
    stage.sessions.pair(stage.scope, &session.public_id).await.unwrap();
    assert_eq!(stage.gateway.forgotten(client), 1);
}

#[tokio::test]
async fn a_start_connects_what_was_connected_and_leaves_a_pause_alone() {
    let stage = stage().await;
    let running = stage.connected(PHONE).await;
    let paused = stage.connected("5511900000002").await;
    stage.sessions.pause(stage.scope, &paused.public_id).await.unwrap();
    stage.stop.cancel();
    stage.tracker.close();
    within("the end of all actors", stage.tracker.wait()).await;
    let stage = stage.restarted(|_, _, _| Arc::new(NoSink));
    stage.supervisor.restore().await.unwrap();
    within(
        "the restored link",
        stage.gateway.wait_until_open(Stage::client(&running)),
    )
    .await;
    let restored = stage.becomes(&running.public_id, State::Connecting).await;
    assert_eq!(restored.reason, Some(Reason::Restoring));
    assert_eq!(
        stage.sessions.get(stage.scope, &paused.public_id).await.unwrap().state,
        State::Paused
    );
    assert!(!stage.gateway.is_open(Stage::client(&paused)));
}

/// A session whose program crashed while it showed a QR code, and the gateway of the next program.
async fn died_while_pairing() -> (Stage, Session) {
    let stage = stage().await;
    let session = stage.pairing("Shop").await;
    stage.stop.cancel();
    stage.tracker.close();
    within("the end of all actors", stage.tracker.wait()).await;
    (stage.restarted(|_, _, _| Arc::new(NoSink)), session)
}

fn account(phone: &str) -> Account {
    Account {
        phone: phone.into(),
        lid: Some("77".into()),
    }
}

#[tokio::test]
async fn a_pairing_that_the_phone_accepted_before_a_crash_is_kept() {
    let (stage, session) = died_while_pairing().await;
    let client = Stage::client(&session);
    stage.gateway.set_account(client, account(PHONE));
    stage.supervisor.restore().await.unwrap();
    within("the link", stage.gateway.wait_until_open(client)).await;
    let linked = stage.becomes(&session.public_id, State::Connecting).await;
    assert!(linked.is_linked());
    assert_eq!(
        (linked.phone.as_deref(), linked.lid.as_deref()),
        (Some(PHONE), Some("77"))
    );
    stage.emit(&session, LinkEvent::Connected);
    stage.becomes(&session.public_id, State::Connected).await;
    assert_eq!(stage.gateway.forgotten(client), 0);
    assert!(!stage.gateway.asked(client).contains(&Asked::Logout));
}

#[tokio::test]
async fn a_pairing_that_nobody_accepted_before_a_crash_is_over() {
    let (stage, session) = died_while_pairing().await;
    stage.supervisor.restore().await.unwrap();
    let unlinked = stage.becomes(&session.public_id, State::Unlinked).await;
    assert_eq!(unlinked.reason, Some(Reason::PairingCancelled));
    assert!(!stage.gateway.is_open(Stage::client(&session)));
}

#[tokio::test]
async fn a_stop_waits_for_the_send_in_progress_before_the_link_closes() {
    let mut stage = stage_with_sends().await;
    let session = stage.connected(PHONE).await;
    let mut sends = stage.sends.take().unwrap();
    assert!(matches!(sends.recv().await, Some(SendNews::Up { .. })));
    stage.stop.cancel();
    let down = sends.recv().await;
    let Some(SendNews::Down { done, .. }) = down else {
        panic!("the sender was not asked to stop")
    };
    assert!(stage.gateway.is_open(Stage::client(&session)));
    done.send(()).unwrap();
    within(
        "the link to close",
        stage.gateway.wait_until_closed(Stage::client(&session)),
    )
    .await;
    assert_eq!(
        stage.sessions.get(stage.scope, &session.public_id).await.unwrap().state,
        State::Connected
    );
}

#[tokio::test]
async fn a_log_out_here_notifies_whatsapp_and_frees_the_number() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    stage.sessions.logout(stage.scope, &session.public_id).await.unwrap();
    let out = stage.becomes(&session.public_id, State::LoggedOut).await;
    assert_eq!(out.reason, Some(Reason::LoggedOutHere));
    assert!(stage.gateway.asked(Stage::client(&session)).contains(&Asked::Logout));
    stage.connected(PHONE).await;
}

#[tokio::test]
async fn a_deleted_number_is_gone_and_its_chats_are_cleared_away() {
    let mut stage = stage().await;
    let session = stage.connected(PHONE).await;
    stage.sessions.delete(stage.scope, &session.public_id).await.unwrap();
    let gone = stage.sessions.get(stage.scope, &session.public_id).await;
    assert!(matches!(gone, Err(SessionError::NotFound)));
    assert_eq!(stage.gateway.forgotten(Stage::client(&session)), 1);
    let chats = stage.chats.as_mut().unwrap();
    assert!(matches!(chats.recv().await, Some(ChatNews::Up { .. })));
    assert!(matches!(chats.recv().await, Some(ChatNews::Deleted { session: id }) if id == session.id));
    stage.connected(PHONE).await;
}

#[tokio::test]
async fn a_time_lock_restricts_until_it_ends() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let until = stage.clock.now().plus(Duration::from_secs(60));
    stage
        .sessions
        .new_chat_refused(session.id, Reason::TimeLock, until)
        .await;
    let restricted = stage.becomes(&session.public_id, State::Restricted).await;
    assert_eq!(
        (restricted.reason, restricted.until),
        (Some(Reason::TimeLock), Some(until))
    );
    stage.pass(Duration::from_secs(65)).await;
    stage.becomes(&session.public_id, State::Connected).await;
}

#[track_caller]
fn not_found<T>(answer: Result<T, SessionError>) {
    assert!(matches!(answer, Err(SessionError::NotFound)));
}

#[tokio::test]
async fn another_workspace_cannot_see_or_touch_a_number() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let (stranger, id) = (stage.stranger(), &session.public_id);
    assert!(stage.sessions.list(stranger).await.unwrap().is_empty());
    not_found(stage.sessions.get(stranger, id).await);
    not_found(stage.sessions.rename(stranger, id, "x").await);
    not_found(stage.sessions.pair(stranger, id).await);
    not_found(stage.sessions.qr(stranger, id).await);
    not_found(stage.sessions.pairing_code(stranger, id, PHONE).await);
    not_found(stage.sessions.reconnect(stranger, id).await);
    not_found(stage.sessions.pause(stranger, id).await);
    not_found(stage.sessions.logout(stranger, id).await);
    not_found(stage.sessions.delete(stranger, id).await);
}
