//! A real browser: Debian's chromium, driven by chromedriver over its plain HTTP interface.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use super::skip;

/// Far longer than a page takes; a test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(40);
const LOOKS_PER_PRESS: usize = 100;

/// One window, closed on drop.
pub struct Chrome {
    agent: Agent,
    session: String,
    driver: Child,
    _profile: TempDir,
}

/// The width and height of a window, and the theme that its device asks for.
#[derive(Clone, Copy)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
}

pub const DESK: Look = Look {
    width: 1280,
    height: 860,
    dark: false,
};
pub const PHONE: Look = Look {
    width: 360,
    height: 740,
    dark: false,
};

impl Chrome {
    /// `None`, with a note, where there is no browser.
    pub async fn open(test: &str, look: Look) -> Option<Self> {
        let tools = ["chromedriver", "chromium"].map(on_path);
        let [Some(driver), Some(browser)] = tools else {
            skip(test, "chromium and chromedriver are not installed");
            return None;
        };
        let chrome = tokio::task::spawn_blocking(move || Self::start(&driver, &browser))
            .await
            .unwrap();
        chrome.look(look).await;
        Some(chrome)
    }

    fn start(driver: &Path, browser: &Path) -> Self {
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let told = |line: String| {
            Some(
                line.split_once("started successfully on port ")?
                    .1
                    .trim_end_matches('.')
                    .to_owned(),
            )
        };
        let port = lines
            .find_map(|line| told(line.unwrap()))
            .expect("chromedriver prints its port");
        // Keeps reading, so that the driver never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let profile = tempfile::tempdir().unwrap();
        let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
        let mut chrome = Self {
            agent,
            session: format!("http://127.0.0.1:{port}"),
            driver,
            _profile: profile,
        };
        let opened = exchange(
            &chrome.agent,
            &format!("{}/session", chrome.session),
            &capabilities(browser, chrome._profile.path()),
        )
        .expect("a window opens");
        chrome.session = format!("{}/session/{}", chrome.session, opened["sessionId"].as_str().unwrap());
        chrome
    }

    /// Sets the size of the page and the theme of the device.
    pub async fn look(&self, look: Look) {
        let Look { width, height, dark } = look;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let theme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features }))
            .await;
    }

    #[track_caller]
    pub fn go<'a>(&'a self, url: &str) -> impl Future<Output = Value> + use<'a> {
        self.ask("/url", json!({ "url": url }))
    }

    /// Runs the body of a function in the page; `arguments` holds `values`.
    #[track_caller]
    pub fn run<'a>(&'a self, script: &str, values: Value) -> impl Future<Output = Value> + use<'a> {
        self.ask("/execute/sync", json!({ "script": script, "args": values }))
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub fn value<'a>(&'a self, expression: &str) -> impl Future<Output = Value> + use<'a> {
        self.run(&format!("return {expression}"), json!([]))
    }

    /// Waits until an expression in the page is truthy, and returns it.
    #[track_caller]
    pub fn until(&self, expression: &str) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let looking = async {
                loop {
                    let found = self.value(expression).await;
                    if ![Value::Null, Value::Bool(false), json!(0), json!("")].contains(&found) {
                        return found;
                    }
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            };
            match tokio::time::timeout(PATIENCE, looking).await {
                Ok(found) => found,
                Err(_) => panic!(
                    "{caller}: timed out waiting for {expression}\nat {}: {}",
                    self.value("location.href").await,
                    self.value("document.body.innerText").await
                ),
            }
        }
    }

    /// Waits for the element and clicks it as a person would: one that the page is replacing or moving is clicked
    /// once it stands still.
    #[track_caller]
    pub fn click<'a>(&'a self, css: &str) -> impl Future<Output = ()> + use<'a> {
        let (caller, css) = (std::panic::Location::caller(), css.to_owned());
        async move {
            let clicking = async {
                loop {
                    match self.try_click(&css).await {
                        Ok(()) => return,
                        Err(refused) if refused.passes() => tokio::time::sleep(LOOK_EVERY).await,
                        Err(refused) => panic!("{caller}: {css}: {refused:?}"),
                    }
                }
            };
            if tokio::time::timeout(PATIENCE, clicking).await.is_err() {
                panic!(
                    "{caller}: {css} could not be clicked at {}",
                    self.value("location.href").await
                );
            }
        }
    }

    async fn try_click(&self, css: &str) -> Result<(), Refused> {
        let by = json!({ "using": "css selector", "value": css });
        let found = self.send("/element", by).await?;
        let id = found.as_object().and_then(|found| found.values().next()?.as_str());
        let path = format!("/element/{}/click", id.expect("an element has an id"));
        self.send(&path, json!({})).await.map(drop)
    }

    /// Waits for the field and replaces what is in it.
    pub async fn fill(&self, css: &str, text: &str) {
        self.click(css).await;
        self.run(
            "arguments[0] && document.querySelector(arguments[0]).select()",
            json!([css]),
        )
        .await;
        self.press(text).await;
    }

    /// Presses keys, wherever the focus is.
    pub async fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() })))
            .collect();
        let actions = json!([{ "type": "key", "id": "keys", "actions": strokes }]);
        self.ask("/actions", json!({ "actions": actions })).await;
    }

    /// Presses keys that only count as one when they follow each other quickly, until the page has done what they are
    /// for: a busy machine may hold the browser up between two of them, and a person would press them again.
    #[track_caller]
    pub fn press_until<'a>(&'a self, keys: &'a str, expression: &str) -> impl Future<Output = ()> + use<'a> {
        let caller = std::panic::Location::caller();
        let expression = expression.to_owned();
        async move {
            let pressing = async {
                loop {
                    self.press(keys).await;
                    for _ in 0..LOOKS_PER_PRESS {
                        if self.value(&expression).await == true {
                            return;
                        }
                        tokio::time::sleep(LOOK_EVERY).await;
                    }
                }
            };
            if tokio::time::timeout(PATIENCE, pressing).await.is_err() {
                panic!("{caller}: {keys} did not bring about {expression}");
            }
        }
    }

    /// What the page shows in an element.
    pub async fn text(&self, css: &str) -> String {
        let text = self.value(&format!("document.querySelector({css:?})?.innerText")).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Fails when the page logged an error to its console, such as a violation of the content policy.
    #[track_caller]
    pub fn is_quiet(&self) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let log = self.ask("/se/log", json!({ "type": "browser" })).await;
            let bad: Vec<_> = log
                .as_array()
                .unwrap()
                .iter()
                .filter(|entry| entry["level"] == "SEVERE")
                .collect();
            assert!(bad.is_empty(), "{caller}: {bad:#?}");
        }
    }

    /// Sends a command to the browser behind the driver.
    pub async fn devtools(&self, command: &str, params: Value) {
        self.ask("/goog/cdp/execute", json!({ "cmd": command, "params": params }))
            .await;
    }

    /// What the window shows, as a PNG file.
    pub async fn picture(&self) -> Vec<u8> {
        use base64::Engine as _;
        let (agent, url) = (self.agent.clone(), format!("{}/screenshot", self.session));
        let taken = tokio::task::spawn_blocking(move || {
            let mut response = agent.get(url).call().unwrap();
            let answer: Value = response.body_mut().with_config().limit(64 << 20).read_json().unwrap();
            answer["value"].as_str().expect("a picture").to_owned()
        });
        let taken = taken.await.unwrap();
        base64::engine::general_purpose::STANDARD.decode(taken).unwrap()
    }

    /// Sends a command of the driver's interface, which has to accept it.
    #[track_caller]
    pub fn ask<'a>(&'a self, path: &str, body: Value) -> impl Future<Output = Value> + use<'a> {
        let (caller, path) = (std::panic::Location::caller(), path.to_owned());
        async move {
            let answer = self.send(&path, body).await;
            answer.unwrap_or_else(|refused| panic!("{caller}: {path}: {refused:?}"))
        }
    }

    async fn send(&self, path: &str, body: Value) -> Result<Value, Refused> {
        let (agent, url) = (self.agent.clone(), format!("{}{path}", self.session));
        tokio::task::spawn_blocking(move || exchange(&agent, &url, &body))
            .await
            .unwrap()
    }
}

/// Why the driver refused a command: its error code and message.
#[derive(Debug)]
struct Refused {
    code: String,
    #[expect(dead_code, reason = "read when a test fails")]
    message: String,
}

impl Refused {
    /// The page was changing at this moment.
    fn passes(&self) -> bool {
        let changing = [
            "no such element",
            "stale element reference",
            "element click intercepted",
            "element not interactable",
        ];
        changing.contains(&self.code.as_str())
    }
}

/// Enter and Escape, as the driver's interface writes them.
pub const ENTER: &str = "\u{e007}";
pub const ESCAPE: &str = "\u{e00c}";
pub const DOWN: &str = "\u{e015}";

fn exchange(agent: &Agent, url: &str, body: &Value) -> Result<Value, Refused> {
    let response = agent.post(url).send_json(body);
    let mut answer: Value = response
        .unwrap()
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_json()
        .unwrap();
    let mut value = answer["value"].take();
    match value["error"].as_str() {
        Some(code) => Err(Refused {
            code: code.to_owned(),
            message: value["message"].as_str().unwrap_or_default().to_owned(),
        }),
        None => Ok(value.take()),
    }
}

fn capabilities(browser: &Path, profile: &Path) -> Value {
    let args = [
        "--headless=new",
        // Tests may run as root in a container, where the sandbox does not work.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        // A microphone that beeps, and nobody who has to allow it.
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        // A name that is not this machine's, so that the browser makes no exception for it.
        "--host-resolver-rules=MAP shop.test 127.0.0.1",
    ];
    let mut args: Vec<String> = args.iter().map(ToString::to_string).collect();
    args.push(format!("--user-data-dir={}", profile.display()));
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "args": args, "binary": browser.display().to_string() },
    } } })
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

impl Drop for Chrome {
    fn drop(&mut self) {
        // Ends the browser; the driver alone would leave it running.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
