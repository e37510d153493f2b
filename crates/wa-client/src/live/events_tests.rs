use std::sync::Mutex;

use async_trait::async_trait;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use wacore::types::events::{
    BatchOrigin, ConnectFailureReason, Connected, DecryptFailMode, Disconnected, InboundMessage, MessageBatch,
    PairingQrCode, PairingQrCodesExhausted, TempBanReason, UnavailableType, UndecryptableMessage,
};
use wacore::types::message::{MessageInfo, MessageSource};
use waproto::whatsapp as wa;

use super::*;
use crate::{Address, CommitError, Content, Inbound, InboundSink, SessionId};

#[derive(Default)]
struct Store {
    rows: Mutex<Vec<Inbound>>,
    full: bool,
}

#[async_trait]
impl InboundSink for Store {
    async fn commit(&self, _session: SessionId, messages: Vec<Inbound>) -> Result<(), CommitError> {
        if self.full {
            return Err(CommitError("the disk is full".to_owned()));
        }
        self.rows.lock().unwrap().extend(messages);
        Ok(())
    }
}

struct Bench {
    tap: EventTap,
    events: UnboundedReceiver<LinkEvent>,
    store: Arc<Store>,
}

impl Bench {
    fn new(store: Store) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let store = Arc::new(store);
        let core = Core::new(
            SessionId(1),
            store.clone(),
            sender,
            Duration::from_secs(1),
            Arc::default(),
        );
        Self {
            tap: EventTap::new(core),
            events,
            store,
        }
    }

    fn feed(&mut self, event: Event) -> Option<LinkEvent> {
        self.tap.handle_event(Arc::new(event));
        self.events.try_recv().ok()
    }

    /// The rows, once everything started has been stored.
    async fn stored(self) -> Vec<Inbound> {
        self.tap.core.runtime.finish().await;
        std::mem::take(&mut *self.store.rows.lock().unwrap())
    }
}

fn source() -> MessageSource {
    MessageSource {
        chat: "120363@g.us".parse().unwrap(),
        sender: "5511999990001:7@s.whatsapp.net".parse().unwrap(),
        ..Default::default()
    }
}

fn info() -> Arc<MessageInfo> {
    Arc::new(MessageInfo {
        id: "M1".to_owned(),
        source: source(),
        ..Default::default()
    })
}

fn receipt_of(kind: ReceiptType) -> Event {
    let ids = vec!["A".to_owned(), "B".to_owned()];
    let at = wacore::time::from_secs(1_700_000_000).unwrap();
    Event::Receipt(
        Receipt::builder()
            .source(source())
            .message_ids(ids)
            .timestamp(at)
            .r#type(kind)
            .offline(false)
            .build(),
    )
}

fn logged_out(on_connect: bool) -> Event {
    Event::LoggedOut(
        LoggedOut::builder()
            .on_connect(on_connect)
            .reason(ConnectFailureReason::LoggedOut)
            .build(),
    )
}

fn lost() -> Event {
    Event::Disconnected(Disconnected::builder().reason(DisconnectReason::StreamEnded).build())
}

#[test]
fn a_receipt_names_chat_sender_ids_and_time() {
    let mut bench = Bench::new(Store::default());
    let Some(LinkEvent::Receipt(crate::Receipt {
        chat,
        sender,
        ids,
        kind,
        at_ms,
    })) = bench.feed(receipt_of(ReceiptType::Read))
    else {
        panic!("no receipt");
    };
    assert_eq!(
        (chat, sender),
        (Address::Group("120363".into()), Address::Phone("5511999990001".into()))
    );
    assert_eq!(
        (ids, kind, at_ms),
        (
            vec!["A".to_owned(), "B".to_owned()],
            ReceiptKind::Read,
            1_700_000_000_000
        )
    );
}

#[test]
fn an_unread_of_before_this_client_is_no_news_and_a_read_always_is() {
    let mut bench = Bench::new(Store::default());
    let before = bench.tap.opened - chrono::TimeDelta::seconds(1);
    let mut told = |read, at, whole| {
        let action = wa::sync_action_value::MarkChatAsReadAction {
            read: Some(read),
            ..Default::default()
        };
        let mark = MarkChatAsReadUpdate::builder()
            .jid("5511999990001@s.whatsapp.net".parse().unwrap())
            .timestamp(at)
            .action(Box::new(action))
            .from_full_sync(whole)
            .build();
        bench.feed(Event::MarkChatAsReadUpdate(mark)).is_some()
    };
    assert!(!told(false, before, true));
    assert!(told(false, before, false));
    assert!(told(false, Utc::now(), true));
    assert!(told(true, before, true));
}

#[test]
fn receipts_between_devices_are_not_passed_on() {
    let mut bench = Bench::new(Store::default());
    for kind in [
        ReceiptType::Sender,
        ReceiptType::Retry,
        ReceiptType::PeerMsg,
        ReceiptType::HistorySync,
    ] {
        assert!(bench.feed(receipt_of(kind)).is_none());
    }
    let inactive = bench.feed(receipt_of(ReceiptType::Inactive));
    assert!(matches!(
        inactive,
        Some(LinkEvent::Receipt(crate::Receipt {
            kind: ReceiptKind::Delivered,
            ..
        }))
    ));
}

#[test]
fn only_acks_of_messages_are_passed_on_with_their_code() {
    let ack = |class: &str, error: Option<&str>| {
        let error = error.map(str::to_owned);
        Event::ServerAck(
            ServerAck::builder()
                .id("X".to_owned())
                .class(class.to_owned())
                .maybe_error(error)
                .build(),
        )
    };
    let mut bench = Bench::new(Store::default());
    assert!(bench.feed(ack("receipt", None)).is_none());
    assert!(matches!(
        bench.feed(ack("message", None)),
        Some(LinkEvent::Ack(Ack { error: None, .. }))
    ));
    let refused = bench.feed(ack("message", Some("463")));
    assert!(matches!(
        refused,
        Some(LinkEvent::Ack(Ack {
            error: Some(AckError { code: 463 }),
            ..
        }))
    ));
}

#[test]
fn a_pairing_is_announced_with_number_lid_and_platform() {
    let mut bench = Bench::new(Store::default());
    let success = PairSuccess::builder()
        .id("5511999990001:3@s.whatsapp.net".parse().unwrap())
        .lid("77:3@lid".parse().unwrap())
        .business_name(String::new())
        .platform("android".to_owned())
        .build();
    let Some(LinkEvent::Paired { phone, lid, platform }) = bench.feed(Event::PairSuccess(success)) else {
        panic!("not paired");
    };
    assert_eq!(
        (phone.as_str(), lid.as_deref(), platform.as_deref()),
        ("5511999990001", Some("77"), Some("android"))
    );
}

#[test]
fn codes_come_with_their_validity_and_the_last_expiry_is_reported() {
    let mut bench = Bench::new(Store::default());
    let qr = PairingQrCode::builder()
        .code("ref,a,b,c,7".to_owned())
        .timeout(Duration::from_secs(60))
        .build();
    let shown = bench.feed(Event::PairingQrCode(qr));
    assert!(matches!(shown, Some(LinkEvent::Qr { valid_for, .. }) if valid_for == Duration::from_secs(60)));
    let exhausted = |disconnected| {
        Event::PairingQrCodesExhausted(PairingQrCodesExhausted::builder().disconnected(disconnected).build())
    };
    assert!(bench.feed(exhausted(false)).is_none());
    assert!(matches!(bench.feed(exhausted(true)), Some(LinkEvent::QrExhausted)));
    assert_eq!(grouped("ABCDEFGH"), "ABCD-EFGH");
}

#[test]
fn a_logout_is_reported_once_with_its_reason() {
    let reason = |event| match event {
        Some(LinkEvent::LoggedOut { reason }) => reason,
        _ => panic!("not logged out"),
    };
    let mut removed = Bench::new(Store::default());
    assert_eq!(reason(removed.feed(logged_out(false))), LoggedOutReason::RemovedOnPhone);
    assert!(removed.feed(logged_out(false)).is_none());
    let mut refused = Bench::new(Store::default());
    assert_eq!(reason(refused.feed(logged_out(true))), LoggedOutReason::RefusedAtLogin);
    let mut asked = Bench::new(Store::default());
    asked.tap.core.logout_asked();
    assert_eq!(reason(asked.feed(logged_out(false))), LoggedOutReason::Requested);
}

#[test]
fn a_lost_connection_is_reported_once_per_connection() {
    let mut bench = Bench::new(Store::default());
    assert!(matches!(
        bench.feed(Event::Connected(Connected::builder().build())),
        Some(LinkEvent::Connected)
    ));
    let wait = Some(Duration::from_secs(1));
    assert!(matches!(bench.feed(lost()), Some(LinkEvent::Disconnected { retry_in, .. }) if retry_in == wait));
    assert!(bench.feed(lost()).is_none());
    bench.tap.core.attempt_begins();
    assert!(bench.feed(lost()).is_some());
}

#[test]
fn a_connection_that_we_end_is_not_reported() {
    let mut bench = Bench::new(Store::default());
    bench.tap.core.ask_to_stop();
    assert!(bench.feed(lost()).is_none());
}

#[test]
fn a_ban_says_how_long_it_lasts() {
    let mut bench = Bench::new(Store::default());
    let ban = TemporaryBan::builder()
        .code(TempBanReason::SentToTooManyPeople)
        .expire(wacore::chrono::Duration::hours(1))
        .build();
    let Some(LinkEvent::Banned { expires_in, .. }) = bench.feed(Event::TemporaryBan(ban)) else {
        panic!("no ban")
    };
    assert_eq!(expires_in, Some(Duration::from_secs(3600)));
    assert!(bench.feed(lost()).is_none(), "only the final reason is reported");
}

#[test]
fn a_refused_login_is_distinguished_from_a_busy_server() {
    let failure = |reason| Event::ConnectFailure(ConnectFailure::builder().reason(reason).build());
    let mut bench = Bench::new(Store::default());
    let busy = bench.feed(failure(ConnectFailureReason::ServiceUnavailable));
    assert!(matches!(busy, Some(LinkEvent::Disconnected { retry_in: Some(_), .. })));
    let refused = bench.feed(failure(ConnectFailureReason::BadUserAgent));
    assert!(matches!(refused, Some(LinkEvent::Refused { code: 409, .. })));
}

fn batch(hook_committed: bool) -> Event {
    let message = waproto::whatsapp::Message {
        conversation: Some("news".to_owned()),
        ..Default::default()
    };
    let item = InboundMessage::builder()
        .message(Arc::new(message))
        .info(info())
        .build();
    let batch = MessageBatch::builder()
        .messages(Arc::from([item]))
        .origin(BatchOrigin::Live);
    Event::Messages(batch.hook_committed(hook_committed).build())
}

#[tokio::test]
async fn messages_that_the_hook_did_not_see_are_stored_from_the_event() {
    let mut bench = Bench::new(Store::default());
    bench.feed(batch(true));
    bench.feed(batch(false));
    let rows = bench.stored().await;
    assert_eq!(rows.len(), 1);
    assert!(
        rows[0].content
            == Content::Text {
                body: "news".to_owned()
            }
    );
}

#[tokio::test]
async fn a_message_that_cannot_be_read_leaves_a_row_unless_it_is_an_addition() {
    let undecryptable = |mode| {
        let message = UndecryptableMessage::builder().info(info()).is_unavailable(false);
        Event::UndecryptableMessage(
            message
                .unavailable_type(UnavailableType::Unknown)
                .decrypt_fail_mode(mode)
                .build(),
        )
    };
    let mut bench = Bench::new(Store::default());
    bench.feed(undecryptable(DecryptFailMode::Hide));
    bench.feed(undecryptable(DecryptFailMode::Show));
    let rows = bench.stored().await;
    assert_eq!(rows.len(), 1);
    assert!(rows[0].content == Content::Undecryptable && rows[0].id == "M1");
}

#[tokio::test]
async fn a_full_disk_stops_the_session_and_says_so() {
    let mut bench = Bench::new(Store {
        full: true,
        ..Default::default()
    });
    bench.feed(batch(false));
    bench.tap.core.stop_asked().await;
    let told = bench.events.recv().await;
    assert!(matches!(told, Some(LinkEvent::Disconnected { why, retry_in: None }) if why.contains("disk is full")));
}
