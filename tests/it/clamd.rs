//! Files and a real virus scanner: Debian's clamd with one signature of the test's own, for a harmless string.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use wa_network::phone::{Content, Media, MediaKind};
use wamanager::app::doctor::{self, Severity};
use wamanager::audit::Admin;
use wamanager::media::FileState;

use crate::api::media::upload;
use crate::support::{Browser, PASSWORD, World, debian_tool};

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";
/// What the signature is for.
const HARMLESS: &str = "a harmless string that this test looks for";
const NAME: &str = "Demo.Harmless-1.UNOFFICIAL";

/// The scanner as a process; it ends with the test.
struct Scanner {
    child: Child,
    dir: TempDir,
}

impl Scanner {
    fn start(program: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let child = Self::run(program, dir.path());
        Self { child, dir }
    }

    fn run(program: &Path, dir: &Path) -> Child {
        let (signatures, config) = (dir.join("signatures"), dir.join("clamd.conf"));
        let _ = std::fs::create_dir(&signatures);
        let hex = HARMLESS.bytes().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        std::fs::write(signatures.join("own.ndb"), format!("Demo.Harmless-1:0:*:{hex}\n")).unwrap();
        let text = format!(
            "Foreground yes\nLocalSocket {}\nDatabaseDirectory {}\nTemporaryDirectory {}\nStreamMaxLength 1M\n\
             AlertExceedsMax yes\nAlertEncrypted yes\n",
            dir.join("socket").display(),
            signatures.display(),
            dir.display(),
        );
        std::fs::write(&config, text).unwrap();
        let mut child = Command::new(program)
            .arg("--config-file")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It listens before it says its last word about how.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.any(|line| line.unwrap().starts_with("Self checking"));
        assert!(ready, "clamd has ended");
        // Nobody reads on, and it must not wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        child
    }

    fn address(&self) -> String {
        self.dir.path().join("socket").display().to_string()
    }

    fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn start_again(&mut self, program: &Path) {
        self.child = Self::run(program, self.dir.path());
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What an open conversation shows of a file.
async fn file_is(world: &World, caption: &str, state: FileState) -> (wamanager::chats::Message, Option<String>) {
    world
        .until(caption, async || {
            let messages = world.messages().await;
            let message = messages
                .into_iter()
                .find(|message| message.body.as_deref() == Some(caption))?;
            let file = message.media.as_ref()?.file.as_ref()?;
            let (is, id) = (file.state, file.id.clone());
            if is != state {
                return None;
            }
            let kept = world.app.media.file(world.scope, &id).await.unwrap();
            Some((message, kept.finding))
        })
        .await
}

async fn document(world: &World, caption: &str, bytes: &[u8]) {
    let media = Media {
        kind: MediaKind::Document,
        mime: "text/plain".to_owned(),
        bytes: bytes.to_vec().into(),
        caption: Some(caption.to_owned()),
        file_name: Some("offer.txt".to_owned()),
        seconds: None,
        thumbnail: None,
    };
    world.phones().send(ANA, SHOP, Content::Media(media)).await.unwrap();
}

async fn scanner_line(world: &World) -> (Severity, String) {
    let findings = doctor::look(&world.app, Admin::operator()).await;
    let line = findings.into_iter().find(|one| one.subject == "virus scanner").unwrap();
    (line.severity, line.detail)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_real_scanner_finds_is_kept_apart_and_without_it_nothing_goes_in_or_out() {
    let Some(program) = debian_tool("the virus scanner", "clamd") else {
        return;
    };
    let mut scanner = Scanner::start(&program);
    let world = World::with(&[("media.clamd", &scanner.address())]).await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let (pages, api) = world.api().await;

    // In: what is clean can be downloaded, the other is only told of.
    document(&world, "the clean one", b"a price list").await;
    let (clean, _) = file_is(&world, "the clean one", FileState::Wanted).await;
    let of = |id: &wamanager::ids::PublicId| format!("/v1/sessions/{session}/messages/media/{id}");
    assert_eq!(api.get(&of(&clean.public_id)).await.expect(200).body, "a price list");
    let bad = format!("Dear customer, {HARMLESS}. Bye");
    document(&world, "the other one", bad.as_bytes()).await;
    let (other, _) = file_is(&world, "the other one", FileState::Wanted).await;
    let refused = api.get(&of(&other.public_id)).await.problem(404, "file-not-here");
    assert!(
        refused["detail"].as_str().unwrap().contains("virus scanner"),
        "{refused}"
    );
    let (_, finding) = file_is(&world, "the other one", FileState::Quarantined).await;
    assert_eq!(finding.as_deref(), Some(NAME));
    let told: Value = api
        .get(&format!("/v1/sessions/{session}/messages/{}", other.public_id))
        .await
        .expect(200)
        .json();
    assert_eq!(told["document"]["state"], "quarantined");
    let person = Browser::new(&format!("http://{}", pages.address()));
    person.log_in("ines@example.com", PASSWORD).await;
    let page = person.get(&format!("/chats/{}", other.chat)).await.expect(200).body;
    assert!(
        page.contains("Blocked: the virus scanner found something in this file"),
        "{page}"
    );
    let apart = std::fs::read_dir(world.config.data_dir.join("quarantine")).unwrap();
    assert_eq!(apart.count(), 1);

    // Out: the same, in parts larger than what is read at a time.
    let large = vec![b'x'; 900_000];
    upload(&api, &session, "", &[], &large).await.expect(201);
    let bad = [&large[..], HARMLESS.as_bytes()].concat();
    let problem = upload(&api, &session, "", &[], &bad).await.problem(422, "invalid");
    assert!(problem["detail"].as_str().unwrap().contains(NAME), "{problem}");

    // Over the scanner's own limit nothing was scanned, so nothing is kept.
    let unseen = vec![b'x'; 2 << 20];
    upload(&api, &session, "", &[], &unseen)
        .await
        .problem(503, "files-unavailable");
    let (severity, said) = scanner_line(&world).await;
    assert_eq!(severity, Severity::Ok, "{said}");
    assert!(
        said.contains("ClamAV") && said.contains("signatures of your own"),
        "{said}"
    );

    // While it is down nothing goes either way, and nothing is lost.
    scanner.stop();
    upload(&api, &session, "", &[], b"a small file")
        .await
        .problem(503, "files-unavailable");
    assert_eq!(scanner_line(&world).await.0, Severity::Problem);
    document(&world, "the late one", b"next week's prices").await;
    let (late, _) = file_is(&world, "the late one", FileState::Wanted).await;
    scanner.start_again(&program);
    assert_eq!(
        api.get(&of(&late.public_id)).await.expect(200).body,
        "next week's prices"
    );
    upload(&api, &session, "", &[], b"a small file").await.expect(201);
    pages.stop().await;
    world.end().await;
}
