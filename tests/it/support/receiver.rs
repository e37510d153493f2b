//! A real, independent mail server on a port of this machine.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc;
use wamanager::config::{Secret, Smtp, SmtpLogin, SmtpSecurity};

use super::{python_tool, within};

pub const USER: &str = "wa@shop.example";
pub const SMTP_PASSWORD: &str = "paper-lantern-bridge";

/// The server as a process; it ends with the test.
pub struct Receiver {
    child: Child,
    lines: mpsc::UnboundedReceiver<Value>,
    pub port: u16,
    security: SmtpSecurity,
    login: bool,
    dir: TempDir,
}

/// What a test needs of it.
#[derive(Clone, Copy)]
pub struct Wanted {
    pub security: SmtpSecurity,
    pub login: bool,
    /// It accepts connections and never answers to a mail.
    pub hold: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            security: SmtpSecurity::None,
            login: false,
            hold: false,
        }
    }
}

impl Receiver {
    /// `None`, with a note, where it is not installed.
    pub async fn start(wanted: Wanted) -> Option<Self> {
        let python = python_tool("mail by a server", "python")?;
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(python);
        command.args(["-W", "ignore", "tests/tools/smtp_receiver.py"]);
        let word = match wanted.security {
            SmtpSecurity::Tls => "tls",
            SmtpSecurity::StartTls => "starttls",
            SmtpSecurity::None => "none",
        };
        command
            .args(["--security", word, "--ca-file"])
            .arg(dir.path().join("ca.pem"));
        if wanted.login {
            command.args(["--user", USER, "--password", SMTP_PASSWORD]);
        }
        if wanted.hold {
            command.arg("--hold");
        }
        let mut child = command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
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
        let mut receiver = Self {
            child,
            lines,
            port: 0,
            security: wanted.security,
            login: wanted.login,
            dir,
        };
        receiver.port = u16::try_from(receiver.told("port").await.as_u64().unwrap()).unwrap();
        Some(receiver)
    }

    /// How the program reaches it.
    pub fn smtp(&self) -> Smtp {
        Smtp {
            host: "127.0.0.1".into(),
            port: self.port,
            security: self.security,
            login: self.login.then(|| SmtpLogin {
                user: USER.into(),
                password: Secret::new(SMTP_PASSWORD),
            }),
            ca_file: (self.security != SmtpSecurity::None).then(|| self.ca_file()),
        }
    }

    pub fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// The next line that has this field.
    pub async fn told(&mut self, field: &str) -> Value {
        let waiting = async {
            loop {
                let line = self.lines.recv().await.expect("the mail server is running");
                if let Some(value) = line.get(field) {
                    return value.clone();
                }
            }
        };
        within(&format!("the mail server reports {field:?}"), waiting).await
    }

    /// An unread line, if there is one.
    pub fn said_more(&mut self) -> Option<Value> {
        self.lines.try_recv().ok()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
