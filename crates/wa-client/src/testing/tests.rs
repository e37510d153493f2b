use super::*;
use crate::{Ack, LinkError, OutgoingContent, OutgoingContext};

const SESSION: SessionId = SessionId(1);

struct Refusing;

#[async_trait]
impl InboundSink for Refusing {
    async fn commit(&self, _session: SessionId, _messages: Vec<Inbound>) -> Result<(), CommitError> {
        Err(CommitError("the disk is full".to_owned()))
    }
}

fn text(id: &str) -> Outgoing {
    Outgoing {
        id: id.to_owned(),
        to: crate::Address::Phone("5511999990001".to_owned()),
        content: OutgoingContent::Text { body: "hi".to_owned() },
        context: OutgoingContext::default(),
    }
}

#[tokio::test]
async fn a_session_is_open_once_until_it_is_closed() {
    let gateway = ScriptedGateway::default();
    let (link, mut events) = gateway.open(SESSION, Arc::new(Refusing)).await.unwrap();
    assert!(matches!(
        gateway.open(SESSION, Arc::new(Refusing)).await,
        Err(OpenError::AlreadyOpen)
    ));
    assert!(matches!(gateway.forget(SESSION).await, Err(OpenError::AlreadyOpen)));
    link.close().await;
    assert!(events.recv().await.is_none());
    gateway.open(SESSION, Arc::new(Refusing)).await.unwrap();
    assert_eq!((gateway.opened(SESSION), gateway.is_open(SESSION)), (2, true));
}

#[tokio::test]
async fn sends_end_as_scripted_and_are_all_recorded() {
    let gateway = ScriptedGateway::default();
    let (link, mut events) = gateway.open(SESSION, Arc::new(Refusing)).await.unwrap();
    gateway.ack_by_itself(SESSION, true);
    gateway.next_send(SESSION, SendOutcome::Fails(LinkError::Permanent("gone".to_owned())));
    assert!(matches!(link.send(&text("A")).await, Err(LinkError::Permanent(_))));
    link.send(&text("B")).await.unwrap();
    assert!(matches!(events.recv().await, Some(LinkEvent::Ack(Ack { id, error: None })) if id == "B"));
    let ids: Vec<String> = gateway
        .wait_for_sends(SESSION, 2)
        .await
        .into_iter()
        .map(|sent| sent.id)
        .collect();
    assert_eq!(ids, ["A", "B"]);
}

#[tokio::test]
async fn a_closed_link_sends_nothing() {
    let gateway = ScriptedGateway::default();
    let (link, _events) = gateway.open(SESSION, Arc::new(Refusing)).await.unwrap();
    gateway.end(SESSION);
    assert!(matches!(link.send(&text("A")).await, Err(LinkError::NotConnected)));
    assert!(gateway.sends(SESSION).is_empty());
}

#[tokio::test]
async fn the_caller_repeats_a_refused_commit() {
    let gateway = ScriptedGateway::default();
    let _open = gateway.open(SESSION, Arc::new(Refusing)).await.unwrap();
    assert!(gateway.deliver(SESSION, Vec::new()).await.is_err());
}
