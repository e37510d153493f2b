//! `wamanager seed`: fills an installation with messages that nobody wrote, to try and to measure it with.
//!
//! The same number gives the same people and messages. They pass the ingest of a phone's history, so that everything
//! that hangs on a message (its chat, its contact, its words) is as if it had come in.

mod made_up;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use wa_client::{InboundSink as _, SessionId};

use self::made_up::MadeUp;
use super::call::OPERATOR;
use super::home;
use super::output::Output;
use super::sheet::Sheet;
use super::wire::Answer;
use super::words::count;
use super::{Failure, runtime};
use crate::accounts::{NewUser, NewWorkspace, Password, PlatformRole, Scope, Workspace};
use crate::app::{App, Network};
use crate::chats::Ingest;
use crate::config::Config;
use crate::crypto::{Sealer, random_bytes};
use crate::events::Bus;
use crate::telemetry;

/// Messages of one transaction.
const AT_ONCE: u64 = 2_000;
const OWNER: &str = "owner@example.com";

#[derive(Args)]
pub struct SeedArgs {
    /// How many messages
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=20_000_000))]
    messages: u64,
    /// In how many chats
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    chats: u64,
    /// The same number gives the same messages
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Workspace (ID or name); needed if there are several
    #[arg(long)]
    workspace: Option<String>,
}

impl SeedArgs {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<Answer, Failure> {
        telemetry::init(&config.log)?;
        runtime()?.block_on(async {
            // Takes the directory's lock: where a server runs, this is refused.
            let app = App::open(config, Network::of(config)).await?;
            let filled = self.fill(&app, output).await;
            app.stop().await;
            filled
        })
    }

    async fn fill(&self, app: &App, output: Output) -> Result<Answer, Failure> {
        let (workspace, password) = self.workspace(app).await?;
        let scope = home::scope_of(app, &workspace).await?;
        let session = number(app, scope, self.seed).await?;
        // Nobody opens what is sealed here: there is no original to show.
        let sealer = Sealer::new(&random_bytes(), "seed");
        let ingest = Ingest::new(app.db.clone(), app.clock.clone(), Bus::default(), sealer);
        let mut made_up = MadeUp::new(self.seed, self.messages, self.chats, app.clock.now());
        let (bar, mut done) = (bar(self.messages, output), 0);
        while done < self.messages {
            let batch = made_up.take(AT_ONCE.min(self.messages - done));
            done += batch.len() as u64;
            ingest
                .commit_history(SessionId(session.0), batch)
                .await
                .map_err(|error| Failure::refused(error.to_string()))?;
            bar.set_position(done);
        }
        bar.finish_and_clear();
        let result = json!({
            "messages": done, "chats": self.chats, "seed": self.seed, "workspace": workspace.public_id,
            "email": password.is_some().then_some(OWNER), "password": password,
        });
        let mut text = Sheet::from(format!("{} written to {}.", count(done, "message"), workspace.name));
        if let Some(password) = &password {
            text = text.and(format!("Log in as {OWNER} with the password {password}"));
        }
        Ok(Answer::new(&result, text))
    }

    /// The workspace to fill, and the password of its owner where there was none yet.
    async fn workspace(&self, app: &App) -> Result<(Workspace, Option<String>), Failure> {
        if !app.accounts.list_workspaces(OPERATOR).await?.is_empty() {
            return Ok((home::choose(app, self.workspace.as_deref()).await?, None));
        }
        let password = Password::generate();
        let shown = password.reveal().to_owned();
        let owner = NewUser {
            name: "Owner".into(),
            email: OWNER.into(),
            password,
            platform_role: PlatformRole::Admin,
        };
        let user = app.accounts.create_user(OPERATOR, owner).await?;
        let home = NewWorkspace {
            name: self.workspace.clone().unwrap_or_else(|| "Seeded".to_owned()),
            time_zone: "UTC".into(),
            country: "GB".into(),
        };
        let workspace = app.accounts.create_workspace(OPERATOR, user.id, home).await?;
        Ok((workspace, Some(shown)))
    }
}

fn bar(total: u64, output: Output) -> ProgressBar {
    if output.is_json() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} messages, {per_sec}, {eta} left");
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The number that the messages came to. It is not linked: nothing is ever sent.
async fn number(app: &App, scope: Scope, seed: u64) -> Result<crate::ids::SessionId, Failure> {
    let name = format!("Seed {seed}");
    let known = app.sessions.list(scope).await?;
    match known.into_iter().find(|session| session.name == name) {
        Some(session) => Ok(session.id),
        None => Ok(app.sessions.create(scope, &name).await?.id),
    }
}
