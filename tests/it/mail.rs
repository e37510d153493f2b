//! Mail, with a real independent server and without one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use wamanager::audit::Admin;
use wamanager::config::{Secret, SmtpLogin, SmtpSecurity};
use wamanager::mail::{EmailDraft, State};

use crate::support::receiver::{Receiver, SMTP_PASSWORD, USER, Wanted};
use crate::support::{Browser, TestApp, within};

const ADA: &str = "ada@example.com";

fn email(to: &str) -> EmailDraft {
    EmailDraft::new(to, "Confirm your address")
        .text("Somebody made an account with this address: <Ada & Söhne>.")
        .button("Confirm the address", "/login?from=mail&x=1")
        .note("If it was not you, ignore this mail.")
}

async fn states(app: &TestApp) -> Vec<State> {
    let mails = app.app.mail.list(Admin::operator(), None, None).await.unwrap().rows;
    mails.iter().map(|mail| mail.state).collect()
}

#[tokio::test]
async fn a_mail_arrives_as_text_and_html_with_a_link_that_works() {
    let Some(mut receiver) = Receiver::start(Wanted::default()).await else {
        return;
    };
    let app = TestApp::with_smtp(receiver.smtp()).await;
    app.app.mail.send(email(ADA)).await.unwrap();
    app.settle().await;
    let mail = receiver.told("mail").await;
    assert_eq!(mail["recipients"][0], ADA);
    assert_eq!(mail["sender"], "no-reply@shop.example");
    assert_eq!(mail["headers"]["subject"], "Confirm your address");
    assert_eq!(mail["headers"]["auto-submitted"], "auto-generated");
    assert!(
        mail["headers"]["content-type"]
            .as_str()
            .unwrap()
            .starts_with("multipart/alternative")
    );
    assert!(
        mail["headers"]["message-id"]
            .as_str()
            .unwrap()
            .ends_with("@shop.example>")
    );
    let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
    assert!(
        text.contains("<Ada & Söhne>") && html.contains("Ada &#38; Söhne"),
        "{text}\n{html}"
    );
    assert!(!html.contains("<Ada"), "{html}");
    let link = text.lines().find(|line| line.starts_with("http")).unwrap();
    let path = link
        .strip_prefix(&app.base)
        .unwrap_or_else(|| panic!("{link} leads to {}", app.base));
    app.anonymous().get(path).await.expect(200);
    // Sent mail loses its text.
    assert_eq!(states(&app).await, [State::Sent]);
    assert_eq!(app.emails_to(ADA).await[0].text, "");
    app.stop().await;
}

#[tokio::test]
async fn the_connection_is_encrypted_before_a_password_is_sent() {
    for security in [SmtpSecurity::StartTls, SmtpSecurity::Tls] {
        let wanted = Wanted {
            security,
            login: true,
            hold: false,
        };
        let Some(mut receiver) = Receiver::start(wanted).await else {
            return;
        };
        let app = TestApp::with_smtp(receiver.smtp()).await;
        app.app.mail.send(email(ADA)).await.unwrap();
        app.settle().await;
        let mail = receiver.told("mail").await;
        assert_eq!(mail["encrypted"], true, "{security:?}");
        assert_eq!(mail["login"], USER, "{security:?}");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_server_without_encryption_or_with_a_wrong_certificate_gets_no_mail() {
    let Some(mut plain) = Receiver::start(Wanted::default()).await else {
        return;
    };
    let security = SmtpSecurity::StartTls;
    let Some(mut strange) = Receiver::start(Wanted {
        security,
        ..Wanted::default()
    })
    .await
    else {
        return;
    };
    let mut downgraded = plain.smtp();
    downgraded.security = security;
    let mut unknown = strange.smtp();
    unknown.ca_file = None;
    for smtp in [downgraded, unknown] {
        let app = TestApp::with_smtp(smtp).await;
        app.app.mail.send(email(ADA)).await.unwrap();
        app.settle().await;
        // The configuration is at fault and will be corrected, so the mail waits.
        assert_eq!(states(&app).await, [State::Queued]);
        let mails = app.app.mail.list(Admin::operator(), None, None).await.unwrap().rows;
        assert!(mails[0].error.is_some());
        app.stop().await;
    }
    assert_eq!(plain.said_more(), None);
    assert_eq!(strange.said_more(), None);
}

#[tokio::test]
async fn a_wrong_password_keeps_the_mail_until_it_is_put_right() {
    let wanted = Wanted {
        login: true,
        ..Wanted::default()
    };
    let Some(mut receiver) = Receiver::start(wanted).await else {
        return;
    };
    let mut smtp = receiver.smtp();
    smtp.login = Some(SmtpLogin {
        user: USER.into(),
        password: Secret::new("wrong"),
    });
    let app = TestApp::with_smtp(smtp).await;
    app.app.mail.send(email(ADA)).await.unwrap();
    app.settle().await;
    assert_eq!(states(&app).await, [State::Queued]);
    let error = app.app.mail.list(Admin::operator(), None, None).await.unwrap().rows[0]
        .error
        .clone()
        .unwrap();
    assert!(error.contains("535") && !error.contains(SMTP_PASSWORD), "{error}");
    assert_eq!(receiver.said_more(), None);
    app.stop().await;
}

#[tokio::test]
async fn a_busy_server_is_tried_again_and_gets_the_mail_once() {
    let Some(mut receiver) = Receiver::start(Wanted::default()).await else {
        return;
    };
    let app = TestApp::with_smtp(receiver.smtp()).await;
    app.app.mail.send(email("busy-2@example.com")).await.unwrap();
    app.settle().await;
    receiver.told("busy").await;
    assert_eq!(states(&app).await, [State::Queued]);
    for pause in [10, 30] {
        assert_eq!(receiver.said_more(), None, "it is not retried early");
        app.clock.advance(Duration::from_secs(pause));
        app.settle().await;
        if pause == 10 {
            receiver.told("busy").await;
        }
    }
    assert_eq!(receiver.told("mail").await["recipients"][0], "busy-2@example.com");
    assert_eq!(states(&app).await, [State::Sent]);
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    app.settle().await;
    assert_eq!(receiver.said_more(), None);
    app.stop().await;
}

#[tokio::test]
async fn a_permanent_refusal_is_shown_to_the_administrator_who_can_send_again() {
    let Some(mut receiver) = Receiver::start(Wanted::default()).await else {
        return;
    };
    let app = TestApp::with_smtp(receiver.smtp()).await;
    let admin = app.admin().await;
    app.app.mail.send(email("nobody@example.com")).await.unwrap();
    app.settle().await;
    receiver.told("refused").await;
    assert_eq!(states(&app).await, [State::Failed]);
    let page = admin.get("/admin/mail?state=failed").await.expect(200).body;
    assert!(
        page.contains("nobody@example.com") && page.contains("no such user here"),
        "{page}"
    );
    assert!(page.contains(&format!("127.0.0.1:{}", receiver.port)));
    let mail = app
        .app
        .mail
        .list(Admin::operator(), None, None)
        .await
        .unwrap()
        .rows
        .remove(0);
    assert!(
        !mail.error.as_deref().unwrap().contains("nobody@"),
        "addresses stay sealed"
    );
    let path = format!("/admin/mail/{}", mail.public_id);
    assert!(admin.get(&path).await.expect(200).body.contains("no such user here"));
    // It is no longer retried automatically, only by hand.
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    app.settle().await;
    assert_eq!(receiver.said_more(), None);
    admin.post(&format!("{path}/again"), &[]).await.expect(303);
    app.settle().await;
    receiver.told("refused").await;
    app.stop().await;
}

#[tokio::test]
async fn without_a_server_only_the_administrator_can_read_the_mail_and_its_link() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    app.app.mail.send(email(ADA)).await.unwrap();
    app.settle().await;
    assert_eq!(states(&app).await, [State::Filed]);
    let list = admin.get("/admin/mail").await.expect(200).body;
    assert!(
        list.contains("No email server is set up") && list.contains("smtp.host"),
        "{list}"
    );
    let mail = app
        .app
        .mail
        .list(Admin::operator(), None, None)
        .await
        .unwrap()
        .rows
        .remove(0);
    let page = admin
        .get(&format!("/admin/mail/{}", mail.public_id))
        .await
        .expect(200)
        .body;
    assert!(page.contains("/login?from=mail"), "{page}");
    assert_eq!(app.emails_to(ADA).await[0].link(), "/login?from=mail&x=1");
    let file = app.app.data_dir().join("mail").join(format!("{}.eml", mail.public_id));
    let eml = std::fs::read_to_string(&file).unwrap();
    assert!(
        eml.contains("To: ada@example.com") && eml.contains("Confirm your address"),
        "{eml}"
    );
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    app.stop().await;
}

#[tokio::test]
async fn recipients_and_texts_of_mail_are_not_readable_in_the_database() {
    let app = TestApp::new().await;
    app.app.mail.send(email("quetzal@example.com")).await.unwrap();
    app.settle().await;
    let rows = app.app.db.read(|c| {
        let mut all = Vec::new();
        let mut statement = c.prepare("SELECT envelope, body, error FROM mails")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            all.extend(row.get::<_, Vec<u8>>(0)?);
            all.extend(row.get::<_, Vec<u8>>(1)?);
            all.extend(row.get::<_, Option<String>>(2)?.unwrap_or_default().into_bytes());
        }
        Ok::<_, wamanager::db::DbError>(all)
    });
    let text = String::from_utf8_lossy(&rows.await.unwrap()).into_owned();
    assert!(!text.contains("quetzal") && !text.contains("Confirm") && !text.contains("from=mail"));
    app.stop().await;
}

#[tokio::test]
async fn mail_is_deleted_after_a_month_with_its_file() {
    let app = TestApp::new().await;
    app.app.mail.send(email(ADA)).await.unwrap();
    app.settle().await;
    let dir = app.app.data_dir().join("mail");
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
    app.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
    app.app.mail.send(email("bob@example.com")).await.unwrap();
    wamanager::mail::PruneMails::enqueue(app.app.jobs.clone())
        .await
        .unwrap();
    app.settle().await;
    assert!(app.emails_to(ADA).await.is_empty());
    assert_eq!(app.emails_to("bob@example.com").await.len(), 1);
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
    app.stop().await;
}

#[tokio::test]
async fn an_administrator_sends_a_test_mail_to_nobody_but_themselves() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let reply = admin
        .post("/admin/mail/test", &[("to", "victim@example.com")])
        .await
        .expect(303);
    app.settle().await;
    assert!(reply.header("location").starts_with("/admin/mail/mail_"));
    let mails = app.app.mail.list(Admin::operator(), None, None).await.unwrap().rows;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "admin@example.com");
    app.stop().await;
}

#[tokio::test]
async fn the_list_has_pages_and_a_filter() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    assert!(admin.get("/admin/mail").await.expect(200).body.contains("No email yet"));
    for n in 0..51 {
        app.app
            .mail
            .send(email(&format!("person-{n:02}@example.com")))
            .await
            .unwrap();
    }
    app.settle().await;
    let first = admin.get("/admin/mail?state=filed").await.expect(200);
    assert!(first.body.contains("person-50@") && !first.body.contains("person-00@"));
    let second = admin
        .get(
            &first
                .link_with("after=mail_")
                .replace("&#38;", "&")
                .replace("&amp;", "&"),
        )
        .await;
    assert!(second.expect(200).body.contains("person-00@"));
    assert!(
        admin
            .get("/admin/mail?state=sent")
            .await
            .expect(200)
            .body
            .contains("No matching email")
    );
    app.stop().await;
}

/// The program as a process that can be killed.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(dir: &Path, port: u16) -> Self {
        let mut child = program(dir, port)
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (told, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let log: Option<Value> = serde_json::from_str(&line).ok();
                if let Some(url) = log.and_then(|log| Some(log["url"].as_str()?.to_owned())) {
                    let _ = told.send(url);
                }
            }
        });
        let url = heard
            .recv_timeout(Duration::from_secs(30))
            .expect("the server says its address");
        Self { child, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(dir: &Path, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wamanager"));
    command
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("WAMANAGER_DATA_DIR", dir)
        .env("WAMANAGER_WHATSAPP_URL", "ws://127.0.0.1:9/ws/chat")
        .env("WAMANAGER_SMTP_HOST", "127.0.0.1")
        .env("WAMANAGER_SMTP_PORT", port.to_string())
        .env("WAMANAGER_SMTP_SECURITY", "none")
        .env("WAMANAGER_MAIL_FROM", "Shop <no-reply@shop.example>");
    command
}

#[tokio::test]
async fn a_mail_survives_a_kill_during_delivery_and_keeps_its_message_id() {
    let hold = Wanted {
        hold: true,
        ..Wanted::default()
    };
    let Some(mut stuck) = Receiver::start(hold).await else {
        return;
    };
    let Some(mut working) = Receiver::start(Wanted::default()).await else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut create = program(dir.path(), stuck.port)
        .args([
            "user",
            "create",
            ADA,
            "--name",
            "Ada",
            "--role",
            "admin",
            "--password-stdin",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    create
        .stdin
        .take()
        .unwrap()
        .write_all(b"velvet-otter-sings-loud\n")
        .unwrap();
    assert!(create.wait().unwrap().success());

    let first = Server::start(dir.path(), stuck.port);
    let browser = Browser::new(first.url.trim_end_matches('/'));
    browser.post("/forgot", &[("email", ADA)]).await.expect(303);
    let held = stuck.told("held").await;
    // kill -9, while the mail server has the mail but has not acknowledged it.
    drop(first);
    let _second = Server::start(dir.path(), working.port);
    let mail = within("the mail arrives in the end", working.told("mail")).await;
    assert_eq!(mail["recipients"][0], ADA);
    assert_eq!(mail["headers"]["message-id"], held["headers"]["message-id"]);
    assert_eq!(mail["headers"]["date"], held["headers"]["date"]);
    assert_eq!(mail["text"], held["text"]);
}

#[tokio::test]
async fn the_command_line_tests_mail_lists_it_and_says_what_is_wrong() {
    let Some(mut receiver) = Receiver::start(Wanted::default()).await else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    crate::cli::install(dir.path());
    let run = |args: &[&str]| {
        let output = program(dir.path(), receiver.port)
            .args(args)
            .arg("--json")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        (output.status.code(), value)
    };
    let (code, sent) = run(&["mail", "test", ADA]);
    assert_eq!((code, sent["state"].as_str()), (Some(0), Some("sent")), "{sent}");
    let (code, failed) = run(&["mail", "test", "nobody@example.com"]);
    assert_eq!((code, failed["state"].as_str()), (Some(1), Some("failed")), "{failed}");
    let id = failed["id"].as_str().unwrap().to_owned();
    let (_, list) = run(&["mail", "list", "--state", "failed"]);
    assert_eq!(list["mails"][0]["id"], id.as_str(), "{list}");
    let (_, shown) = run(&["mail", "show", &id]);
    assert!(shown["text"].as_str().unwrap().contains("/admin/mail"), "{shown}");
    let (code, again) = run(&["mail", "retry", &id]);
    assert_eq!((code, again["state"].as_str()), (Some(0), Some("queued")), "{again}");
    let sent_id = sent["id"].as_str().unwrap();
    assert_ne!(
        run(&["mail", "retry", sent_id]).0,
        Some(0),
        "what was sent has no text any more"
    );
    assert_ne!(run(&["mail", "test", "no address"]).0, Some(0));
    let (_, report) = run(&["doctor"]);
    let finding = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["subject"] == "mail")
        .unwrap();
    assert!(finding["detail"].as_str().unwrap().contains("waiting"), "{finding}");
    assert_eq!(receiver.told("mail").await["recipients"][0], ADA);
}
