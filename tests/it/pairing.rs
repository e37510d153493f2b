//! Linking a phone by a typed code, and by a command that may be interrupted.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::mpsc;
use wa_client::LinkEvent;
use wa_client::live::{CompanionKeys, SeededOffer, SeededPairing};
use wa_network::phone::NewPhone;
use wa_network::{Network, NetworkOptions};
use wamanager::app::{self, App, Pages};
use wamanager::operator::wire::Answer;
use wamanager::operator::{self, Exit, Failure, News, command};
use wamanager::sessions::State;
use wamanager::site::routes::Demo;

use crate::cli::{self, Server};
use crate::support::proxy::Proxy;
use crate::support::{Browser, PASSWORD, TestApp, World, within};

const NUMBER: &str = "351910000001";
const ALIVE: Duration = Duration::from_secs(60);

async fn network() -> Network {
    let network = Network::start(NetworkOptions::default()).await.unwrap();
    let shop = NewPhone {
        number: NUMBER.into(),
        name: "Shop".into(),
        auto_reply: false,
    };
    network.phones().create(shop).unwrap();
    network
}

/// The pages of a world, and its owner's browser.
async fn pages_of(world: &World) -> (Pages, Browser) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let browser = Browser::new(&format!("http://{}", listener.local_addr().unwrap()));
    let pages = world.app.serve_pages(&world.config, listener, Demo::Off, |_| {});
    browser.log_in("ines@example.com", PASSWORD).await;
    (pages.unwrap(), browser)
}

/// Reloads a page until it has what is wanted.
async fn page_until<T>(browser: &Browser, path: &str, what: &str, found: impl Fn(&str) -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = found(&browser.get(path).await.expect(200).body) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    within(what, looking).await
}

fn code_on(page: &str) -> Option<String> {
    let code = page.split_once("class=\"pair-code\"")?.1;
    let code = code.split_once("aria-label=\"")?.1;
    Some(code.split_once('"')?.0.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_withdraws_a_code_whose_connection_is_cut_and_the_next_one_works() {
    let network = network().await;
    let proxy = Proxy::before(&network.ws_url()).await;
    let world = World::at(network, &proxy.url()).await;
    let (pages, browser) = pages_of(&world).await;
    let session = world.unlinked().await;
    let by_code = format!("/sessions/{session}/link?way=code");
    let ask = format!("/sessions/{session}/pairing-code");
    browser.post(&ask, &[("phone", "+351 910 000 001")]).await.expect(303);
    page_until(&browser, &by_code, "a code is on the page", code_on).await;
    proxy.cut();
    let page = page_until(&browser, &by_code, "the code is taken back", |page| {
        (code_on(page).is_none() && page.contains("no longer works")).then(|| page.to_owned())
    })
    .await;
    assert!(
        page.contains(&format!("action=\"{ask}\"")),
        "another is offered: {page}"
    );
    assert!(
        page.contains("value=\"+351 910 000 001\""),
        "for the same number: {page}"
    );
    // A new QR code comes meanwhile, and does not remove the message about the pairing code.
    let mut codes = world.app.sessions.watch_qr(world.scope, &session).await.unwrap();
    within("the link is there again", codes.wait_for(Option::is_some))
        .await
        .unwrap();
    assert!(browser.get(&by_code).await.expect(200).body.contains("no longer works"));

    browser.post(&ask, &[("phone", "+351 910 000 001")]).await.expect(303);
    let code = page_until(&browser, &by_code, "the next code is on the page", code_on).await;
    world.phones().pairing_code(NUMBER, &code).await.unwrap();
    world.session_is(&session, State::Connected).await;
    pages.stop().await;
    world.end().await;
}

/// `session pair` as a separate process, read line by line.
struct Pairing {
    child: Child,
    replies: mpsc::UnboundedReceiver<Value>,
}

impl Pairing {
    fn start(dir: &Path, url: &str, args: &[&str]) -> Self {
        let mut command = cli::command(&["session", "pair", "--json"]);
        command
            .args(args)
            .arg("--data-dir")
            .arg(dir)
            .args(["--whatsapp-url", url]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (heard, replies) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = heard.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, replies }
    }

    async fn next(&mut self) -> Value {
        within("the command says something", self.replies.recv())
            .await
            .expect("it goes on")
    }

    /// Its exit code.
    async fn ended(mut self) -> Option<i32> {
        tokio::task::spawn_blocking(move || self.child.wait().unwrap().code())
            .await
            .unwrap()
    }

    async fn killed(self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        self.ended().await
    }
}

async fn ran(mut command: Command) -> std::process::Output {
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

fn with_data(args: &[&str], dir: &Path, url: &str) -> Command {
    let mut command = cli::command(args);
    command.arg("--data-dir").arg(dir).args(["--whatsapp-url", url]);
    command
}

async fn installation(url: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let user = ["user", "create", "ada@example.com", "--name", "Ada", "--role", "admin"];
    let made = ran(with_data(&user, dir.path(), url)).await;
    assert!(made.status.success(), "{made:?}");
    dir
}

async fn numbers(dir: &Path, url: &str) -> Vec<Value> {
    let listed = cli::json(&ran(with_data(&["session", "list", "--json"], dir, url)).await);
    listed.as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_at_the_terminal_is_replaced_when_its_connection_is_cut_without_a_qr_code() {
    let network = network().await;
    let proxy = Proxy::before(&network.ws_url()).await;
    let dir = installation(&proxy.url()).await;
    let mut pairing = Pairing::start(dir.path(), &proxy.url(), &["Shop", "--phone", "+351910000001"]);
    assert_eq!(pairing.next().await["reply"], "pairing_code");
    proxy.cut();
    let said = pairing.next().await;
    assert_eq!(said["reply"], "progress", "{said}");
    assert!(said["text"].as_str().unwrap().contains("no longer works"), "{said}");
    let next = pairing.next().await;
    assert_eq!(next["reply"], "pairing_code", "{next}");
    network
        .phones()
        .pairing_code(NUMBER, next["code"].as_str().unwrap())
        .await
        .unwrap();
    let last = loop {
        let reply = pairing.next().await;
        assert_ne!(reply["reply"], "qr", "nobody scans here");
        if reply["state"] == "connected" {
            break reply;
        }
    };
    assert_eq!(last["phone"], format!("+{NUMBER}"));
    assert_eq!(pairing.ended().await, Some(0));
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_pairing_leaves_no_number_behind() {
    let network = network().await;
    let url = network.ws_url();
    let dir = installation(&url).await;
    for signal in ["-INT", "-TERM"] {
        let mut pairing = Pairing::start(dir.path(), &url, &["Till"]);
        assert_eq!(pairing.next().await["reply"], "qr");
        assert_eq!(pairing.killed(signal).await, Some(130), "{signal}");
        assert!(numbers(dir.path(), &url).await.is_empty(), "{signal}");
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_notices_a_disconnected_pairing_command_and_keeps_no_number() {
    let network = network().await;
    let url = network.ws_url();
    let dir = installation(&url).await;
    let mut server = Server::start_on(dir.path(), &url);
    for signal in ["-INT", "-TERM", "-KILL"] {
        let mut pairing = Pairing::start(dir.path(), &url, &["Till"]);
        assert_eq!(pairing.next().await["reply"], "qr");
        pairing.killed(signal).await;
        within("the number is gone", async {
            while !numbers(dir.path(), &url).await.is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
    }
    // The same when the server ends.
    let mut pairing = Pairing::start(dir.path(), &url, &["Till"]);
    assert_eq!(pairing.next().await["reply"], "qr");
    assert_eq!(server.terminate(), Some(0));
    assert_ne!(pairing.ended().await, Some(0));
    assert!(numbers(dir.path(), &url).await.is_empty());
    network.stop().await;
}

async fn pair(app: &App, session: &str, by_code: &[&str], news: &News) -> Result<Answer, Failure> {
    let arguments = [&["session", "link", session], by_code].concat();
    operator::handle(app, &command(&arguments).unwrap().into(), news).await
}

#[tokio::test]
async fn a_pairing_that_ends_without_a_link_keeps_a_number_only_when_it_was_there_before() {
    let app = TestApp::new().await;
    let ada = app.owner("Ada").await;
    app.app.start().await.unwrap();
    let (news, mut heard) = mpsc::channel(16);
    let run_out = async || {
        // The only session that shows codes.
        let session = within("a number shows codes", async {
            loop {
                let list = app.app.sessions.list(ada.scope).await.unwrap();
                let open = list
                    .into_iter()
                    .find(|one| app.gateway.is_open(wa_client::SessionId(one.id.0)));
                if let Some(session) = open {
                    return wa_client::SessionId(session.id.0);
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        let qr = LinkEvent::Qr {
            code: "1@qr".into(),
            valid_for: Duration::from_secs(60),
        };
        assert!(app.gateway.emit(session, qr));
        assert!(app.gateway.emit(session, LinkEvent::QrExhausted));
    };
    let (ended, ()) = tokio::join!(pair(&app.app, "Till", &[], &news), run_out());
    assert_eq!(ended.err().map(|failure| failure.exit), Some(Exit::NotLinked));
    assert!(app.app.sessions.list(ada.scope).await.unwrap().is_empty());

    let kept = app.app.sessions.create(ada.scope, "Kept").await.unwrap();
    // The clock stands still, and an earlier end must not be taken for this attempt's.
    app.clock.advance(Duration::from_secs(1));
    let (ended, ()) = tokio::join!(pair(&app.app, "Kept", &[], &news), run_out());
    assert_eq!(ended.err().map(|failure| failure.exit), Some(Exit::NotLinked));
    let list = app.app.sessions.list(ada.scope).await.unwrap();
    assert_eq!(
        list.iter().map(|one| &one.public_id).collect::<Vec<_>>(),
        [&kept.public_id]
    );
    heard.close();
    app.stop().await;
}

/// A demo network that pairs in process; nobody scans.
struct Nobody;

#[async_trait]
impl SeededPairing for Nobody {
    async fn offer(&self, _: CompanionKeys) -> anyhow::Result<Box<dyn SeededOffer>> {
        anyhow::bail!("nobody is there")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_numbers_link_by_qr_code_only_no_other_way_is_offered() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let mut config = world.config.clone();
    config.data_dir = dir.path().to_owned();
    let seeded = app::Network::Seeded {
        url: world.network.ws_url().parse().unwrap(),
        pairing: Arc::new(Nobody),
    };
    let app = App::open(&config, seeded).await.unwrap();
    let scope = crate::support::world::owner(&app).await;
    app.start().await.unwrap();
    let (news, _heard) = mpsc::channel(16);
    let refused = pair(&app, "Till", &["--phone", "+351910000001"], &news).await;
    let refused = refused.err().expect("there is no code").message;
    assert!(refused.contains("QR code"), "{refused}");
    assert!(
        !refused.contains("Wait a minute") && !refused.contains("try again"),
        "{refused}"
    );
    assert!(app.sessions.list(scope).await.unwrap().is_empty());

    let session = app.sessions.create(scope, "Shop").await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let browser = Browser::new(&format!("http://{}", listener.local_addr().unwrap()));
    let pages = app.serve_pages(&config, listener, Demo::Off, |_| {}).unwrap();
    browser.log_in("ines@example.com", PASSWORD).await;
    for way in ["", "?way=code"] {
        let page = browser
            .get(&format!("/sessions/{}/link{way}", session.public_id))
            .await
            .expect(200)
            .body;
        assert!(!page.contains("way=code") && !page.contains("pairing-code"), "{page}");
        assert!(page.contains("Show code"), "{page}");
    }
    pages.stop().await;
    app.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_linking_page_shows_every_step_to_the_end() {
    let world = World::new().await;
    let (pages, browser) = pages_of(&world).await;
    let session = world.link(NUMBER).await;
    let page = browser.get(&format!("/sessions/{session}/link")).await.expect(200).body;
    let main = page.split_once("<main").unwrap().1;
    assert!(
        !main.contains("class=\"steps\""),
        "there is nothing left to do on the phone: {main}"
    );
    assert!(main.contains("Shop is linked"), "{main}");
    assert!(!main.contains("Link Shop"), "{main}");
    pages.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_number_to_link_is_read_in_its_country() {
    let app = TestApp::new().await;
    // The workspace is in Germany.
    let ada = app.owner("Ada").await;
    app.app.start().await.unwrap();
    let session = app.app.sessions.create(ada.scope, "Shop").await.unwrap();
    let client = wa_client::SessionId(session.id.0);
    let ask = format!("/sessions/{}/pairing-code", session.public_id);
    let plays = async {
        app.gateway.wait_until_open(client).await;
        let qr = LinkEvent::Qr {
            code: "1@qr".into(),
            valid_for: Duration::from_secs(60),
        };
        assert!(app.gateway.emit(client, qr));
    };
    let asked = async {
        ada.browser.post(&ask, &[("phone", "0151 23456789")]).await.expect(303);
    };
    tokio::time::timeout(ALIVE, async { tokio::join!(plays, asked) })
        .await
        .expect("a code comes");
    let page = ada
        .browser
        .get(&format!("/sessions/{}/link?way=code", session.public_id))
        .await;
    assert!(
        page.expect(200).body.contains("+49 1512 3456789"),
        "the page says for which number the code is"
    );
    let wrong = ada.browser.post(&ask, &[("phone", "0151 23")]).await.expect(422).body;
    assert!(wrong.contains("country code"), "{wrong}");
    app.stop().await;
}
