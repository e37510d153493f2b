//! `wamanager demo` as a newcomer meets it: one line when it is ready, a number to link, people who answer.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::skip;

/// The phone of the demo's business.
const BUSINESS: &str = "351910000100";
/// Real encryption on two cores, beside other tests.
const PATIENCE: Duration = Duration::from_secs(60);

struct Demo {
    program: String,
    child: Child,
    ready: Value,
    /// Kept open: the demo must not find its standard output closed.
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Demo {
    fn start(program: &str, temp: &Path, data_dir: Option<&Path>) -> Self {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", "/nonexistent").env("TMPDIR", temp);
        command.args(["demo", "--json", "--listen", "127.0.0.1:0"]);
        if let Some(dir) = data_dir {
            command.arg("--data-dir").arg(dir);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().expect("the demo says when it is ready").unwrap();
        let ready = serde_json::from_str(&line).unwrap();
        Self {
            program: program.to_owned(),
            child,
            ready,
            _stdout: lines,
        }
    }

    fn text(&self, pointer: &str) -> &str {
        self.ready.pointer(pointer).unwrap().as_str().unwrap()
    }

    /// Links the business's phone as an operator does, at the terminal; the control API plays the phone.
    fn link(&self, dir: &Path) {
        let mut pairing = self.command(&["session", "pair", "Shop", "--json"], dir);
        let mut child = pairing.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let shown: Value = serde_json::from_str(&lines.next().unwrap()).unwrap();
        assert_eq!(shown["reply"], "qr", "{shown}");
        let scan = format!("{}/phones/{BUSINESS}/scan", self.text("/network/control"));
        let answer = ureq::post(&scan).send_json(json!({"qr": shown["code"]})).unwrap();
        assert_eq!(answer.status(), 200);
        let last: Value = serde_json::from_str(&lines.last().unwrap()).unwrap();
        assert_eq!(last["state"], "connected", "{last}");
        assert_eq!(last["phone"], format!("+{BUSINESS}"));
        assert!(child.wait().unwrap().success());
    }

    fn command(&self, args: &[&str], dir: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("HOME", "/nonexistent")
            .args(args)
            .arg("--data-dir")
            .arg(dir);
        command
    }

    fn answer(&self, args: &[&str], dir: &Path) -> Value {
        let output = self.command(args, dir).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args:?}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Somebody of the demo's people, by number.
    fn customer(&self) -> String {
        let phones: Value = self.ask("/phones");
        let numbers = phones["phones"]
            .as_array()
            .unwrap()
            .iter()
            .map(|phone| phone["number"].as_str().unwrap());
        numbers
            .into_iter()
            .find(|number| *number != BUSINESS)
            .expect("the demo has people")
            .to_owned()
    }

    fn ask(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.text("/network/control"));
        ureq::get(&url).call().unwrap().body_mut().read_json().unwrap()
    }

    fn stop(mut self) {
        let killed = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "a graceful end");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks again until it is so; nobody tells this process when.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not come about in {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn a_newcomer_links_a_number_and_talks(program: &str) {
    let (temp, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let demo = Demo::start(program, temp.path(), Some(dir.path()));
    let page = ureq::get(&format!("{}/login", demo.text("/url"))).call().unwrap();
    assert_eq!(page.status(), 200);
    assert!(demo.text("/admin/email").contains('@') && demo.text("/admin/password").len() >= 12);
    assert!(demo.text("/network/ws").starts_with("ws://127.0.0.1:"));

    demo.link(dir.path());
    let customer = demo.customer();
    let sent = demo.answer(
        &["send", &customer, "Your bread is ready", "--json", "--wait", "60"],
        dir.path(),
    );
    assert!(
        ["sent", "delivered", "read"].contains(&sent["status"].as_str().unwrap()),
        "{sent}"
    );
    let arrived = until("the message on the customer's phone", || {
        let inbox = demo.ask(&format!("/phones/{customer}/inbox?after=0"));
        let messages = inbox["messages"].as_array().unwrap().clone();
        messages
            .into_iter()
            .find(|message| message["text"] == "Your bread is ready")
    });
    assert_eq!(arrived["copies"], 1);
    let (email, password) = (
        demo.text("/admin/email").to_owned(),
        demo.text("/admin/password").to_owned(),
    );
    demo.stop();

    let again = Demo::start(program, temp.path(), Some(dir.path()));
    assert_eq!(
        (again.text("/admin/email"), again.text("/admin/password")),
        (email.as_str(), password.as_str())
    );
    until("the linked number connected again", || {
        let sessions = again.answer(&["session", "list", "--json"], dir.path());
        (sessions[0]["state"] == "connected").then_some(())
    });
    again.stop();
}

#[test]
fn in_the_demo_a_newcomer_links_a_number_and_talks_and_finds_it_all_again() {
    a_newcomer_links_a_number_and_talks(env!("CARGO_BIN_EXE_wamanager"));
}

/// The default build verifies WhatsApp's certificates at every pairing on the wire, so its demo pairs in process.
#[test]
fn the_demo_of_the_default_build_links_and_talks_too() {
    match std::env::var("WAMANAGER_DEFAULT_BIN") {
        Ok(program) => a_newcomer_links_a_number_and_talks(&program),
        Err(_) => skip(
            "the demo of the default build",
            "WAMANAGER_DEFAULT_BIN names none; tests/run makes one",
        ),
    }
}

#[test]
fn a_demo_without_a_place_of_its_own_leaves_nothing_behind() {
    let temp = tempfile::tempdir().unwrap();
    let demo = Demo::start(env!("CARGO_BIN_EXE_wamanager"), temp.path(), None);
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1);
    demo.stop();
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
}
