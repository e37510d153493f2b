//! Reads a live stream message by message.

use std::io::{BufRead as _, BufReader};

use tokio::sync::mpsc;

use super::Browser;

/// One message of the stream.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Message {
    pub id: Option<i64>,
    pub event: Option<String>,
    pub data: String,
}

/// An open stream, read on a separate thread until the server ends it.
pub struct LiveStream {
    messages: mpsc::UnboundedReceiver<Message>,
}

impl LiveStream {
    /// Opens the stream and waits for the server's greeting.
    pub async fn open(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Self {
        let (agent, request) = browser.raw(path, headers);
        let (send, messages) = mpsc::unbounded_channel();
        let (greet, greeted) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let response = agent.run(request).unwrap();
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], "text/event-stream");
            let mut greet = Some(greet);
            let mut message = Message::default();
            let mut lines = BufReader::new(response.into_body().into_reader()).lines();
            while let Some(Ok(line)) = lines.next() {
                if line.starts_with(": hello")
                    && let Some(greet) = greet.take()
                {
                    let _ = greet.send(());
                } else if let Some(id) = line.strip_prefix("id: ") {
                    message.id = Some(id.parse().unwrap());
                } else if let Some(event) = line.strip_prefix("event: ") {
                    message.event = Some(event.to_owned());
                } else if let Some(data) = line.strip_prefix("data: ") {
                    message.data.push_str(data);
                } else if line.is_empty()
                    && message != Message::default()
                    && send.send(std::mem::take(&mut message)).is_err()
                {
                    return;
                }
            }
        });
        greeted.await.expect("the stream says hello");
        Self { messages }
    }

    /// The next message; `None` once the server has ended the stream.
    pub async fn next(&mut self) -> Option<Message> {
        // Only limits how long a failing test hangs.
        let limit = std::time::Duration::from_secs(20);
        tokio::time::timeout(limit, self.messages.recv())
            .await
            .expect("the stream stays silent")
    }
}
