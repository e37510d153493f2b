//! `wamanager demo` as a separate process, in either build.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::skip;

/// The phone of the demo's business.
pub const BUSINESS: &str = "351910000100";
/// Real encryption on two cores, in parallel with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Demo {
    program: String,
    child: Child,
    ready: Value,
    /// Kept open: the demo must not find its standard output closed.
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Demo {
    pub fn start(program: &str, temp: &Path, data_dir: Option<&Path>) -> Self {
        Self::spawn(program, temp, data_dir, Stdio::inherit())
    }

    /// Also returns the log, line by line.
    pub fn start_and_listen(program: &str, temp: &Path, data_dir: &Path) -> (Self, Receiver<String>) {
        let mut demo = Self::spawn(program, temp, Some(data_dir), Stdio::piped());
        let lines = BufReader::new(demo.child.stderr.take().unwrap()).lines();
        let (told, heard) = std::sync::mpsc::channel();
        // Keeps reading without a receiver, so that the demo never blocks on a full pipe.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = told.send(line);
            }
        });
        (demo, heard)
    }

    fn spawn(program: &str, temp: &Path, data_dir: Option<&Path>, log: Stdio) -> Self {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", "/nonexistent").env("TMPDIR", temp);
        command.args(["demo", "--json", "--listen", "127.0.0.1:0"]);
        if let Some(dir) = data_dir {
            command.arg("--data-dir").arg(dir);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
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

    pub fn text(&self, pointer: &str) -> &str {
        self.ready.pointer(pointer).unwrap().as_str().unwrap()
    }

    /// Links the business's phone as an operator does, at the terminal; the control API drives the phone.
    pub fn link(&self, dir: &Path) {
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

    pub fn answer(&self, args: &[&str], dir: &Path) -> Value {
        let output = self.command(args, dir).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args:?}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// The number of one of the demo's people.
    pub fn customer(&self) -> String {
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

    pub fn ask(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.text("/network/control"));
        ureq::get(&url).call().unwrap().body_mut().read_json().unwrap()
    }

    pub fn tell(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.text("/network/control"));
        ureq::post(&url)
            .send_json(body)
            .unwrap()
            .body_mut()
            .read_json()
            .unwrap()
    }

    /// The message with this text that arrived at a phone.
    pub fn arrived(&self, number: &str, text: &str) -> Value {
        until("the message on the phone", || {
            let inbox = self.ask(&format!("/phones/{number}/inbox?after=0"));
            let messages = inbox["messages"].as_array().unwrap().clone();
            messages.into_iter().find(|message| message["text"] == text)
        })
    }

    pub fn stop(mut self) {
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

/// Polls until it is so, since this process receives no notification.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not happen within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The build without the test network, which `tests/run` makes; says so when there is none.
pub fn default_program(what: &str) -> Option<String> {
    let program = std::env::var("DEFAULT_BUILD_OF_WAMANAGER").ok();
    if program.is_none() {
        skip(
            what,
            "DEFAULT_BUILD_OF_WAMANAGER names no default build; tests/run makes one",
        );
    }
    program
}
