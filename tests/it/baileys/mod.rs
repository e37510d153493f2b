//! An independent client on the simulated network: what it accepts is realistic, and what it sends arrives.

mod ours;
mod theirs;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::{Value, json};
use tokio::sync::mpsc;
use wamanager::chats::Status;
use wamanager::ids::PublicId;

use crate::support::{World, skip, within};

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";

/// The client as a process, driven by JSON lines.
struct Baileys {
    child: Child,
    input: ChildStdin,
    lines: mpsc::UnboundedReceiver<Value>,
}

impl Baileys {
    fn start(url: &str, root: [u8; 32]) -> Self {
        let root: String = root.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut child = Command::new("node")
            .args(["baileys-peer.mjs", url, &root])
            .current_dir("tests/tools")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Ok(value) = serde_json::from_str(&line)
                    && tell.send(value).is_err()
                {
                    return;
                }
            }
        });
        Self { child, input, lines }
    }

    /// The next line that has this field.
    async fn told(&mut self, field: &str) -> Value {
        let waiting = async {
            loop {
                let line = self.lines.recv().await.expect("the client is running");
                if let Some(value) = line.get(field) {
                    return value.clone();
                }
            }
        };
        within(&format!("the client reports {field:?}"), waiting).await
    }

    fn send(&mut self, to: &str, text: &str) {
        self.asks(&json!({"send": {"to": to, "text": text}}));
    }

    fn asks(&mut self, line: &Value) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// The id of the message that a command sends.
    async fn sends(&mut self, command: Value) -> String {
        self.asks(&command);
        let sending = async {
            loop {
                let line = self.lines.recv().await.expect("the client is running");
                if let Some(id) = line["sent"]["id"].as_str() {
                    return id.to_owned();
                }
                assert!(line.get("failed").is_none(), "{command}: {line}");
            }
        };
        within(&format!("the client sends {command}"), sending).await
    }

    /// The next message of somebody else's of this kind.
    async fn gets(&mut self, kind: &str) -> Value {
        loop {
            let message = self.told("message").await;
            if message["from_me"] == json!(false) && message["kind"] == kind {
                return message;
            }
        }
    }

    /// The SHA-256 of a message's file, as the client opens it.
    async fn opens(&mut self, message: &Value) -> String {
        self.asks(&json!({"download": message["id"]}));
        self.told("file").await["sha256"].as_str().unwrap().to_owned()
    }
}

/// A number of ours, and Ana with such a client beside her phone; `None` where there is no such client.
async fn linked(test: &str) -> Option<(World, PublicId, Baileys)> {
    if !Path::new("tests/tools/node_modules/baileys").exists() {
        skip(test, "the npm packages of tests/tools are not installed");
        return None;
    }
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let mut baileys = Baileys::start(&world.network.ws_url(), world.network.root_public_key());
    let qr = baileys.told("qr").await;
    world.phones().scan(ANA, qr.as_str().unwrap()).await.unwrap();
    baileys.told("open").await;
    Some((world, session, baileys))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

impl Drop for Baileys {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unmodified_baileys_client_pairs_and_exchanges_texts_with_us() {
    let test = "an_unmodified_baileys_client_pairs_and_exchanges_texts_with_us";
    let Some((world, session, mut baileys)) = linked(test).await else {
        return;
    };
    baileys.send(SHOP, "written with another client");
    let (_, message) = world.stored("written with another client").await;
    assert!(!message.from_me);

    let sent = world
        .app
        .outbox
        .send_to(world.scope, &session, ANA, "read by another client")
        .await
        .unwrap();
    let received = loop {
        let message = baileys.told("message").await;
        if message["from_me"] == json!(false) {
            break message;
        }
    };
    assert_eq!(received["text"], "read by another client");
    world.message_is(&sent.message, Status::Delivered).await;
    world.end().await;
}
