//! What WhatsApp says of a number.

use wa_client::{Limits, Quota, TimeLock};

use super::*;
use crate::clock::UnixMs;
use crate::events::{Signal, Transient};
use crate::ids::PublicId;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn lock(until: Option<UnixMs>) -> TimeLock {
    TimeLock {
        active: until.is_some(),
        until_ms: until.map(|until| until.0),
        kind: until.map(|_| "WEB_COMPANION_ONLY".to_owned()),
    }
}

fn quota(used: u64, ends: UnixMs) -> Quota {
    Quota {
        total: Some(100),
        used,
        ends_at_ms: Some(ends.0),
        extension: Some("ELIGIBLE".to_owned()),
        ..Quota::default()
    }
}

impl Stage {
    async fn asked_times(&self, session: &Session, times: usize) {
        within("a question", async {
            while self.gateway.asked_limits(Self::client(session)) < times {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(self.gateway.asked_limits(Self::client(session)), times);
    }
}

#[tokio::test]
async fn a_pushed_lock_restricts_until_its_end_and_a_pushed_end_lifts_it() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let until = stage.clock.now().plus(DAY);
    stage.emit(&session, LinkEvent::TimeLock(lock(Some(until))));
    let restricted = stage.becomes(&session.public_id, State::Restricted).await;
    assert_eq!(
        (restricted.reason, restricted.until),
        (Some(Reason::TimeLock), Some(until))
    );
    let health = stage.sessions.health(stage.scope, &session.public_id).await.unwrap();
    assert_eq!(health.lock_kind.as_deref(), Some("WEB_COMPANION_ONLY"));
    stage.emit(&session, LinkEvent::TimeLock(lock(None)));
    stage.becomes(&session.public_id, State::Connected).await;
}

#[tokio::test]
async fn a_used_up_quota_restricts_until_its_cycle_ends_and_says_the_way_out() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let ends = stage.clock.now().plus(Duration::from_secs(60));
    stage.emit(&session, LinkEvent::Quota(quota(40, ends)));
    stage.emit(&session, LinkEvent::Quota(quota(100, ends)));
    let restricted = stage.becomes(&session.public_id, State::Restricted).await;
    assert_eq!(
        (restricted.reason, restricted.until),
        (Some(Reason::QuotaUsed), Some(ends))
    );
    let known = stage.sessions.health(stage.scope, &session.public_id).await.unwrap();
    let known = known.quota.unwrap();
    assert_eq!((known.total, known.used, known.ends_at), (Some(100), 100, Some(ends)));
    assert_eq!(known.extension.as_deref(), Some("ELIGIBLE"));
    stage.pass(Duration::from_secs(65)).await;
    stage.becomes(&session.public_id, State::Connected).await;
}

#[tokio::test]
async fn whatsapp_is_asked_on_connect_after_a_refusal_and_once_a_day() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let client = Stage::client(&session);
    let pass = async |span: Duration| {
        stage.gateway.set_last_frame_age(client, Some(Duration::ZERO));
        stage.pass(span).await;
    };
    pass(Duration::from_secs(10)).await;
    stage.asked_times(&session, 1).await;
    let until = stage.clock.now().plus(DAY);
    let limits = Limits {
        time_lock: Some(lock(Some(until))),
        quota: None,
    };
    stage.gateway.set_limits(client, limits);
    let guess = stage.clock.now().plus(Duration::from_secs(3_600));
    stage
        .sessions
        .new_chat_refused(session.id, Reason::TimeLock, guess)
        .await;
    stage.asked_times(&session, 2).await;
    let locked = async || {
        let session = stage.sessions.get(stage.scope, &session.public_id).await.unwrap();
        session.locked_until == Some(until)
    };
    within("the end that WhatsApp named", async {
        while !locked().await {
            tokio::task::yield_now().await;
        }
    })
    .await;
    pass(Duration::from_secs(60)).await;
    stage.asked_times(&session, 2).await;
    stage.manual.advance(DAY);
    pass(Duration::from_secs(10)).await;
    stage.asked_times(&session, 3).await;
}

#[tokio::test]
async fn a_refusal_of_one_recipient_alone_locks_nobody() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let limits = Limits {
        time_lock: Some(lock(None)),
        quota: None,
    };
    stage.gateway.set_limits(Stage::client(&session), limits);
    let guess = stage.clock.now().plus(Duration::from_secs(3_600));
    stage
        .sessions
        .new_chat_refused(session.id, Reason::TimeLock, guess)
        .await;
    stage.asked_times(&session, 1).await;
    let free = async || {
        let session = stage.sessions.get(stage.scope, &session.public_id).await.unwrap();
        session.locked_until.is_none() && session.state == State::Connected
    };
    within("the lock to be lifted", async {
        while !free().await {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_number_of_the_business_platform_is_told_so_and_may_be_tried_again() {
    let stage = stage().await;
    let session = stage.pairing("Shop").await;
    stage.emit(&session, LinkEvent::PairingRefusedForPlatform);
    let refused = stage.becomes(&session.public_id, State::Unlinked).await;
    assert_eq!(
        (refused.reason, refused.fix()),
        (Some(Reason::BusinessPlatform), Fix::Link)
    );
}

#[tokio::test]
async fn the_history_says_every_state_with_its_reason() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let at = stage.clock.now().plus(DAY);
    stage.emit(&session, LinkEvent::ClientRetires { at_ms: at.0 });
    stage.sessions.pause(stage.scope, &session.public_id).await.unwrap();
    let history = stage.sessions.history(stage.scope, &session.public_id).await.unwrap();
    let states: Vec<_> = history.iter().map(|past| (past.state, past.reason)).collect();
    assert_eq!(
        states,
        [
            (State::Paused, Some(Reason::PausedByUser)),
            (State::Connected, None),
            (State::Connecting, Some(Reason::LoggingIn)),
            (State::Pairing, Some(Reason::ScanQr)),
        ]
    );
    let health = stage.sessions.health(stage.scope, &session.public_id).await.unwrap();
    assert_eq!(health.retires_at, Some(at));
    let stranger = stage.sessions.history(stage.stranger(), &session.public_id).await;
    assert!(matches!(stranger, Err(SessionError::NotFound)));
}

#[tokio::test]
async fn open_pages_hear_of_limits_at_once_and_of_frames_now_and_then() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let client = Stage::client(&session);
    let mut news = stage.bus.subscribe(stage.scope.workspace);
    let told = |signal: &Option<Signal>| matches!(signal, Some(Signal::Transient(Transient::Health { session: id })) if *id == session.public_id);
    stage.emit(&session, LinkEvent::Quota(quota(7, stage.clock.now().plus(DAY))));
    within("the news of the quota", async { while !told(&news.next().await) {} }).await;
    // Frames come all the time; pages are told of them at the watchdog's looks, and not at each.
    stage.gateway.set_last_frame_age(client, Some(Duration::ZERO));
    stage.pass(Duration::from_secs(120)).await;
    let last = Transient::Typing {
        chat: PublicId::new("chat"),
        active: true,
        recording: false,
    };
    stage.bus.transient(stage.scope.workspace, last);
    let mut times = 0;
    let counted = async {
        loop {
            let signal = news.next().await;
            times += usize::from(told(&signal));
            if matches!(signal, Some(Signal::Transient(Transient::Typing { .. }))) {
                return;
            }
        }
    };
    within("the last news", counted).await;
    assert!((1..12).contains(&times), "{times} times in 24 looks");
}
