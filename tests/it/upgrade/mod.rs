//! Databases that earlier releases wrote, opened by this one. The files are in `tests/fixtures`; see its README.

mod make;
mod rows;

use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use totp_rs::{Builder, Secret};
use wamanager::audit::Admin;
use wamanager::chats::Status;
use wamanager::clock::UnixMs;
use wamanager::db::DbError;
use wamanager::ids::PublicId;

use crate::cli::{Server, command, json};
use crate::support::{Browser, TestApp};

/// Each fixture's name and directory.
fn fixtures() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut found: Vec<_> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("facts.json").is_file())
        .collect();
    found.sort();
    assert!(!found.is_empty(), "there is no fixture in {}", dir.display());
    found
}

/// A data directory as the earlier release left it.
pub struct Fixture {
    pub dir: TempDir,
    /// Its content, in the terms of [`make`].
    pub facts: Value,
    files: PathBuf,
}

impl Fixture {
    pub fn unpack(files: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["app.db", "wa.db"] {
            write_private(&dir.path().join(name), &unzip(&files.join(format!("{name}.gz"))));
        }
        write_private(
            &dir.path().join("master.key"),
            &std::fs::read(files.join("master.key")).unwrap(),
        );
        let facts = std::fs::read_to_string(files.join("facts.json")).unwrap();
        Self {
            dir,
            facts: serde_json::from_str(&facts).unwrap(),
            files: files.to_owned(),
        }
    }

    pub fn fact(&self, pointer: &str) -> &str {
        let found = self.facts.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("{} has no {pointer}", self.files.display()))
    }

    /// The time after the last row was written.
    fn made_at(&self) -> UnixMs {
        UnixMs(self.facts["made_at"].as_i64().unwrap()).plus(Duration::from_secs(60))
    }
}

/// The newest one, for tests that need a database with something of everything.
pub fn newest() -> Fixture {
    Fixture::unpack(fixtures().last().unwrap())
}

fn unzip(path: &Path) -> Vec<u8> {
    let file = std::fs::File::open(path).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

fn write_private(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn every_table_of_a_fixture_has_a_row() {
    for files in fixtures() {
        let fixture = Fixture::unpack(&files);
        for name in ["app.db", "wa.db"] {
            let empty = rows::empty_tables(&fixture.dir.path().join(name));
            assert!(empty.is_empty(), "{}: no rows in {name}: {empty:?}", files.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_of_an_earlier_release_survives_the_upgrade_and_is_readable() {
    for files in fixtures() {
        let fixture = Fixture::unpack(&files);
        let before = [
            rows::all(&fixture.dir.path().join("app.db")),
            rows::all(&fixture.dir.path().join("wa.db")),
        ];
        let app = TestApp::on(fixture.dir.path(), fixture.made_at()).await;
        for (name, before) in ["app.db", "wa.db"].into_iter().zip(&before) {
            let after = rows::all(&fixture.dir.path().join(name));
            rows::assert_kept(name, before, &after);
        }
        people_come_in(&app, &fixture).await;
        the_owner_reads_everything(&app, &fixture).await;
        programs_come_in(&app, &fixture).await;
        sealed_keys_open(&app, &fixture).await;
        app.stop().await;
    }
}

async fn people_come_in(app: &TestApp, fixture: &Fixture) {
    // A browser that was logged in before stays so.
    let browser = Browser::new(&app.base);
    browser.set_cookie(fixture.fact("/owner/cookie/name"), fixture.fact("/owner/cookie/value"));
    browser.get("/chats").await.expect(200);
    // The second factor's sealed secret generates the same codes.
    let browser = app.anonymous();
    let form = [
        ("email", fixture.fact("/agent/email")),
        ("password", fixture.fact("/password")),
    ];
    let asked = browser.post("/login", &form).await.expect(303);
    assert!(
        asked.header("location").starts_with("/login/code"),
        "{:?}",
        asked.headers
    );
    let secret = Secret::try_from_base32(fixture.fact("/agent/totp")).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let code = totp
        .generate(u64::try_from(app.clock.now().0 / 1_000).unwrap())
        .to_string();
    browser.post("/login/code", &[("code", &code)]).await.expect(303);
    browser.get("/chats").await.expect(200);
}

async fn the_owner_reads_everything(app: &TestApp, fixture: &Fixture) {
    let browser = app.anonymous();
    browser
        .log_in(fixture.fact("/owner/email"), fixture.fact("/password"))
        .await;
    let chat = fixture.fact("/chat");
    for (path, words) in [
        (
            format!("/chats/{chat}"),
            &["/texts/in", "/texts/out", "/texts/waiting"][..],
        ),
        ("/settings/billing".to_owned(), &["/invoice"][..]),
        ("/settings/keys".to_owned(), &["/key/name"][..]),
        ("/settings/members".to_owned(), &["/agent/email", "/invited"][..]),
        ("/settings/account".to_owned(), &["/export"][..]),
    ] {
        let page = browser.get(&path).await.expect(200).body;
        for word in words {
            assert!(page.contains(fixture.fact(word)), "{path} does not show {word}: {page}");
        }
    }
    let waiting = fixture.fact("/waiting").parse::<PublicId>().unwrap();
    let scope = app
        .accounts
        .find_user(Admin::operator(), fixture.fact("/owner/email"))
        .await
        .unwrap()
        .id;
    let status = app.app.db.read(move |c| {
        let sql = "SELECT m.status FROM messages m JOIN outbox o ON o.message_id = m.id JOIN users u ON u.id = m.author
                    WHERE m.public_id = ?1 AND u.id = ?2";
        Ok::<_, DbError>(c.query_row(sql, rusqlite::params![waiting, scope], |row| row.get::<_, Status>(0))?)
    });
    assert_eq!(status.await.unwrap(), Status::Pending, "it still waits to be sent");

    let admin = app.anonymous();
    admin
        .log_in(fixture.fact("/admin/email"), fixture.fact("/password"))
        .await;
    // Recipients and subjects are sealed.
    let mail = admin.get("/admin/mail").await.expect(200).body;
    assert!(mail.contains(fixture.fact("/invited")), "{mail}");
    for path in ["/admin/jobs", "/admin/audit", "/admin/plans", "/admin/users", "/admin"] {
        admin.get(path).await.expect(200);
    }
}

async fn programs_come_in(app: &TestApp, fixture: &Fixture) {
    let key = app.api().with(fixture.fact("/key/secret"));
    key.get("/v1/users/me").await.expect(200);
    let body = serde_json::json!({ "refresh_token": fixture.fact("/refresh_token") });
    app.api().post("/v1/auth/refresh-token", body).await.expect(200);
}

async fn sealed_keys_open(app: &TestApp, fixture: &Fixture) {
    let session = wa_client::SessionId(fixture.facts["session"].as_i64().unwrap());
    let account = app.app.keys.account(session).await.unwrap().unwrap();
    assert_eq!(account.phone, fixture.fact("/number"));
}

#[test]
fn the_program_starts_on_an_earlier_releases_data_and_the_doctor_finds_no_problem() {
    for files in fixtures() {
        let fixture = Fixture::unpack(&files);
        let mut server = Server::start(fixture.dir.path());
        let ready = ureq::get(format!("{}readyz", server.url)).call().unwrap();
        assert_eq!(ready.status(), 200);
        let doctor = command(&["doctor", "--json", "--data-dir"])
            .arg(fixture.dir.path())
            .output()
            .unwrap();
        let report = json(&doctor);
        for finding in report["findings"].as_array().unwrap() {
            // A test build reports itself as a problem.
            let well = finding["severity"] != "problem" || finding["subject"] == "build";
            assert!(well, "{}: {finding}", files.display());
        }
        assert_eq!(server.terminate(), Some(0));
    }
}
