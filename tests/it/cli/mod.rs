//! The program as its operator uses it: run as a process, checked by exit code and output.

mod messages;
mod text;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::support::skip;

/// Runs to the end, isolated from this machine's own configuration.
fn wamanager(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wamanager"));
    command.env_clear().env("HOME", "/nonexistent").args(args);
    command
}

/// Fails with `exit` and output that contains all of `words`, and never by a panic.
pub fn refused(output: &Output, exit: i32, words: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(exit), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
}

/// A server that is stopped with the test.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    pub fn start(dir: &Path) -> Self {
        Self::start_on(dir, "ws://127.0.0.1:9/ws/chat")
    }

    /// With numbers linked over the network at `url`.
    pub fn start_on(dir: &Path, url: &str) -> Self {
        let args = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log-format",
            "json",
            "--whatsapp-url",
            url,
            "--data-dir",
        ];
        let mut command = command(&args);
        command.arg(dir).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (told, heard) = std::sync::mpsc::channel();
        // Keeps reading, so that the server never blocks on a full pipe.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let found = serde_json::from_str::<Value>(&line)
                    .ok()
                    .and_then(|log| Some(log["url"].as_str()?.to_owned()));
                if let Some(url) = found {
                    let _ = told.send(url);
                }
            }
        });
        let url = heard
            .recv_timeout(std::time::Duration::from_secs(30))
            .expect("the server says its address");
        Self { child, url }
    }

    pub fn terminate(&mut self) -> Option<i32> {
        let killed = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An installation with a user.
pub fn install(dir: &Path) {
    let args = ["user", "create", "ada@example.com", "--name", "Ada", "--data-dir"];
    let output = command(&args).arg(dir).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

pub fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_wrong_configuration_is_refused_with_all_that_is_wrong() {
    let output = wamanager(&["serve", "--listen", "nowhere", "--workers", "0"]);
    refused(&output, 3, &["2 problems", "flag --listen", "flag --workers"]);
    let output = command(&["config", "check"])
        .env("WAMANAGER_LISTN", "x")
        .output()
        .unwrap();
    refused(&output, 3, &["did you mean WAMANAGER_LISTEN?"]);
}

#[test]
fn config_print_says_where_each_value_came_from_and_hides_secrets() {
    let mut command = command(&["config", "print", "--json", "--workers", "3"]);
    let output = command.env("WAMANAGER_MASTER_KEY", "5".repeat(64)).output().unwrap();
    let shown = json(&output);
    let of = |key: &str| {
        shown
            .as_array()
            .unwrap()
            .iter()
            .find(|line| line["key"] == key)
            .unwrap()
            .clone()
    };
    assert_eq!(of("workers")["origin"], "flag --workers");
    assert_eq!(of("master_key")["origin"], "environment WAMANAGER_MASTER_KEY");
    assert!(!shown.to_string().contains("555"));
}

#[test]
fn a_port_in_use_is_reported_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let url = "ws://127.0.0.1:9/ws/chat";
    let output = wamanager(&["serve", "--data-dir", path, "--listen", &address, "--whatsapp-url", url]);
    refused(&output, 6, &[&address, "--listen"]);
}

#[test]
fn an_unusable_data_directory_is_reported_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let data = file.join("data");
    let args = ["user", "create", "ada@example.com", "--name", "Ada", "--data-dir"];
    let output = command(&args).arg(data).output().unwrap();
    refused(&output, 4, &["file/data", "--data-dir"]);
}

#[test]
fn a_full_disk_at_startup_is_reported_as_such() {
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/full", dir.path().join("lock")).unwrap();
    let args = ["user", "create", "ada@example.com", "--name", "Ada", "--data-dir"];
    let output = command(&args).arg(dir.path()).output().unwrap();
    refused(&output, 9, &["space"]);
}

#[test]
fn a_damaged_database_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    install(dir.path());
    let db = dir.path().join("app.db");
    std::fs::write(
        &db,
        b"this is a text, not a database; somebody has overwritten the file",
    )
    .unwrap();
    let before = std::fs::read(&db).unwrap();
    refused(&wamanager(&["user", "list", "--data-dir", path]), 7, &["app.db"]);
    assert_eq!(std::fs::read(&db).unwrap(), before);
}

#[test]
fn a_wrong_master_key_is_refused_and_the_right_one_still_opens() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let with_key = |key: &str| {
        let args = ["user", "create", "ada@example.com", "--name", "Ada", "--data-dir", path];
        let verb: &[&str] = if dir.path().join("app.db").exists() {
            &["user", "list", "--data-dir", path]
        } else {
            &args
        };
        let mut command = command(verb);
        command.env("WAMANAGER_MASTER_KEY", key).output().unwrap()
    };
    assert!(with_key(&"11".repeat(32)).status.success());
    refused(&with_key(&"22".repeat(32)), 8, &["master key"]);
    refused(&with_key("short"), 8, &["WAMANAGER_MASTER_KEY"]);
    assert!(with_key(&"11".repeat(32)).status.success());
}

#[test]
fn a_master_key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    install(dir.path());
    let key = dir.path().join("master.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    refused(&wamanager(&["user", "list", "--data-dir", path]), 8, &["chmod 600"]);
}

#[test]
fn a_lost_master_key_is_not_replaced_by_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    install(dir.path());
    std::fs::remove_file(dir.path().join("master.key")).unwrap();
    refused(&wamanager(&["user", "list", "--data-dir", path]), 8, &["master.key"]);
    assert!(!dir.path().join("master.key").exists());
}

#[test]
fn a_second_server_on_the_same_data_is_refused_with_the_pid_of_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let first = Server::start(dir.path());
    let url = "ws://127.0.0.1:9/ws/chat";
    let path = dir.path().to_str().unwrap();
    let output = wamanager(&[
        "serve",
        "--data-dir",
        path,
        "--listen",
        "127.0.0.1:0",
        "--whatsapp-url",
        url,
    ]);
    refused(&output, 5, &[&first.child.id().to_string()]);
}

#[test]
fn a_user_made_without_a_server_is_there_when_one_runs_and_the_verbs_work_through_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let made = wamanager(&[
        "user",
        "create",
        "ada@example.com",
        "--name",
        "Ada",
        "--role",
        "admin",
        "--json",
        "--data-dir",
        path,
    ]);
    assert!(made.status.success(), "{made:?}");
    assert_eq!(json(&made)["password"].as_str().unwrap().len(), 16);

    let mut server = Server::start(dir.path());
    let listed = json(&wamanager(&["user", "list", "--json", "--data-dir", path]));
    assert_eq!(listed[0]["email"], "ada@example.com");
    refused(
        &wamanager(&["user", "create", "ada@example.com", "--name", "Ada", "--data-dir", path]),
        11,
        &["already"],
    );
    refused(
        &wamanager(&["session", "logout", "Shop", "--data-dir", path]),
        10,
        &["session list"],
    );
    refused(
        &wamanager(&["send", "+5511999990001", "hi", "--data-dir", path]),
        10,
        &["session link"],
    );
    assert_eq!(
        json(&wamanager(&["session", "list", "--json", "--data-dir", path])),
        serde_json::json!([])
    );

    let page = ureq::get(format!("{}login", server.url)).call().unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(server.terminate(), Some(0), "a graceful end");
}

#[test]
fn the_first_start_prints_a_link_to_set_up_and_later_ones_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap().to_owned();
    let stderr_of = || {
        let url = "ws://127.0.0.1:9/ws/chat";
        let args = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--whatsapp-url",
            url,
            "--public-url",
            "https://wa.example.com",
            "--data-dir",
            &path,
        ];
        let mut child = command(&args).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let mut seen = String::new();
        while !seen.contains("serving") {
            seen.push_str(&lines.next().expect("the server says that it serves"));
        }
        // Stopped during its start, it completes that first, including the link.
        let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        seen.extend(lines.map(|line| line + "\n"));
        child.wait().unwrap();
        seen
    };
    let first = stderr_of();
    // The public one, and one that works before the proxy does.
    for link in ["https://wa.example.com/setup/", "http://localhost:"] {
        assert!(first.contains(link), "no {link} in {first}");
    }
    let made = wamanager(&[
        "user",
        "create",
        "a@example.com",
        "--name",
        "A",
        "--role",
        "admin",
        "--data-dir",
        &path,
    ]);
    assert!(made.status.success());
    assert!(!stderr_of().contains("/setup/"));
}

#[test]
fn the_test_build_says_so_and_never_talks_to_whatsapp_itself() {
    let version = wamanager(&["--version"]);
    let text = String::from_utf8_lossy(&version.stdout).into_owned();
    if !wamanager::config::TEST_NETWORK {
        assert!(!text.contains("TEST"), "{text}");
        return;
    }
    assert!(text.contains("TEST-NETWORK"), "{text}");
    let dir = tempfile::tempdir().unwrap();
    refused(
        &wamanager(&["serve", "--data-dir", dir.path().to_str().unwrap()]),
        3,
        &["--whatsapp-url"],
    );
    let far = ["config", "check", "--whatsapp-url", "ws://192.0.2.7:80/ws/chat"];
    refused(&wamanager(&far), 3, &["loopback"]);
}

/// `tests/run` builds it; a plain `cargo test` cannot, since one build has one set of features.
#[test]
fn the_default_build_has_no_test_network_in_it() {
    let Some(program) = std::env::var_os("DEFAULT_BUILD_OF_WAMANAGER") else {
        return skip(
            "the default build",
            "DEFAULT_BUILD_OF_WAMANAGER names none; tests/run makes one",
        );
    };
    let run = |args: &[&str]| {
        Command::new(&program)
            .env_clear()
            .env("HOME", "/nonexistent")
            .args(args)
            .output()
            .unwrap()
    };
    assert!(!String::from_utf8_lossy(&run(&["--version"]).stdout).contains("TEST"));
    let output = run(&["config", "check", "--whatsapp-url", "ws://127.0.0.1:9000/ws/chat"]);
    refused(&output, 3, &["--features test-network", "wamanager demo"]);
}

/// The next message to the service manager; panics rather than wait for ever.
fn told(manager: &std::os::unix::net::UnixDatagram) -> String {
    let mut buffer = [0; 4096];
    let length = manager
        .recv(&mut buffer)
        .expect("the program notifies the service manager");
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[test]
fn the_service_manager_is_notified_of_ready_alive_and_stopping() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("notify");
    let manager = std::os::unix::net::UnixDatagram::bind(&socket).unwrap();
    manager
        .set_read_timeout(Some(std::time::Duration::from_secs(30)))
        .unwrap();
    let url = "ws://127.0.0.1:9/ws/chat";
    let args = ["serve", "--listen", "127.0.0.1:0", "--whatsapp-url", url, "--data-dir"];
    let mut serve = command(&args);
    serve.arg(dir.path().join("data")).stderr(Stdio::null());
    let mut child = serve
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "200000")
        .spawn()
        .unwrap();
    assert!(told(&manager).contains("READY=1"));
    assert!(told(&manager).contains("WATCHDOG=1"));
    assert!(told(&manager).contains("WATCHDOG=1"), "again and again");
    let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    while !told(&manager).contains("STOPPING=1") {}
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Links, sends and logs out without a server: each command runs the program for its duration.
#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_linked_used_and_logged_out_by_commands_alone() {
    let network = wa_network::Network::start(wa_network::NetworkOptions::default())
        .await
        .unwrap();
    let phones = network.phones();
    for (number, name) in [("5511999990001", "Shop"), ("5511999990002", "Ana")] {
        let new = wa_network::phone::NewPhone {
            number: number.into(),
            name: name.into(),
            auto_reply: false,
        };
        phones.create(new).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let (path, url) = (dir.path().to_str().unwrap().to_owned(), network.ws_url());
    let with = |args: &[&str]| {
        let mut command = command(args);
        command.args(["--json", "--data-dir", &path, "--whatsapp-url", &url]);
        command
    };
    let answer = async |args: &[&str]| {
        let mut command = with(args);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        json(&output)
    };
    answer(&["user", "create", "ada@example.com", "--name", "Ada", "--role", "admin"]).await;

    let mut pairing = with(&["session", "link", "Shop"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(pairing.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let (lines, first) = tokio::task::spawn_blocking(move || (lines.next(), lines))
        .await
        .map(|(f, l)| (l, f))
        .unwrap();
    let shown: Value = serde_json::from_str(&first.unwrap()).unwrap();
    phones
        .scan("5511999990001", shown["code"].as_str().unwrap())
        .await
        .unwrap();
    let last = tokio::task::spawn_blocking(move || lines.last())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(serde_json::from_str::<Value>(&last).unwrap()["state"], "connected");
    assert!(pairing.wait().unwrap().success());

    assert_eq!(
        answer(&["session", "list"]).await[0]["state"],
        "stopped",
        "nothing runs now, so nothing is connected"
    );
    let sent = answer(&["send", "+55 11 99999-0002", "no server needed"]).await;
    // The phone may be faster than the command.
    assert!(
        ["sent", "delivered"].contains(&sent["status"].as_str().unwrap()),
        "{sent}"
    );
    let mut changes = phones.watch("5511999990002").unwrap();
    let arrived = async {
        let is_it = |message: &wa_network::phone::InboxMessage| message.text.as_deref() == Some("no server needed");
        while !phones.inbox("5511999990002", 0).unwrap().iter().any(is_it) {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), arrived)
        .await
        .expect("the message arrives");
    // What a person has to change is reported with an exit code that no script takes for "sent later".
    let fails = async |args: &[&str]| {
        let mut command = with(args);
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    };
    let nobody = fails(&["send", "+55 11 98888-7777", "hello?"]).await;
    refused(&nobody, 11, &["isn’t on WhatsApp", "Check it"]);
    let date = fails(&["send", "12/05/1990", "hello?"]).await;
    refused(&date, 11, &["This is a date", "with its country code, like +"]);
    assert_eq!(answer(&["session", "logout", "Shop"]).await["state"], "logged_out");
    assert!(phones.info("5511999990001").unwrap().linked_devices.is_empty());
    network.stop().await;
}

#[test]
fn completions_and_manual_pages_know_every_verb() {
    let dir = tempfile::tempdir().unwrap();
    let script = String::from_utf8(wamanager(&["completions", "bash"]).stdout).unwrap();
    assert!(script.contains("workspace") && script.contains("backup"), "{script}");
    let to = dir.path().display().to_string();
    assert!(wamanager(&["man", "--to", &to]).status.success());
    let page = std::fs::read_to_string(dir.path().join("wamanager-user-suspend.1")).unwrap();
    assert!(page.contains("Lock a user out"), "{page}");
}

/// Private memory in KiB.
fn private_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn bodies_of_the_largest_size_cost_little_memory() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let agent: ureq::Agent = config.build().into();
    let largest = "x".repeat(256 * 1024);
    let send = |path: &str, kind: &str| {
        let address = format!("{}{path}", server.url.trim_end_matches('/'));
        let reply = agent.post(&address).content_type(kind).send(&largest);
        reply.unwrap().status().as_u16()
    };
    let ways = [
        ("/register", "application/x-www-form-urlencoded"),
        ("/password-strength", "application/x-www-form-urlencoded"),
        ("/v1/auth/login", "application/json"),
    ];
    for (path, kind) in ways {
        assert!((400..500).contains(&send(path, kind)) || path == "/password-strength");
    }
    let before = private_memory(server.child.id());
    for (path, kind) in ways.iter().cycle().take(60) {
        send(path, kind);
    }
    let grown = private_memory(server.child.id()).saturating_sub(before);
    assert!(grown < 16 * 1024, "grown by {grown} KiB");
}
