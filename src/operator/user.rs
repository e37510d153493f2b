//! `wamanager user`: the users of the installation, created and repaired by the operator.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal as _, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, OPERATOR, word};
use super::output::Output;
use super::sheet::{Sheet, Table, id, key, text, time};
use super::wire::Answer;
use super::words::{count, rfc3339};
use super::{Command, Exit, Failure, follow, home};
use crate::accounts::{AccountStatus, Email, MemberRole, NewUser, NewWorkspace, Password, PlatformRole, User};
use crate::app::App;
use crate::config::Config;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserCommand {
    /// Create a user; the first one also gets the first workspace
    #[command(
        after_help = "Examples:\n  wamanager user create ada@example.com --name Ada --role admin\n  \
                            echo \"$PASSWORD\" | wamanager user create bo@example.com --name Bo --member agent --password-stdin"
    )]
    Create(CreateArgs),
    /// Show all users
    #[command(after_help = "Example:\n  wamanager user list --json")]
    List,
    /// Set a new password and log the user out everywhere, or print a link to choose one
    #[command(after_help = "Examples:\n  wamanager user reset-password ada@example.com --link\n  \
                      wamanager user reset-password ada@example.com --yes")]
    ResetPassword(ResetArgs),
    /// Write everything that is kept about a user to a ZIP file
    #[command(after_help = "Example:\n  wamanager user export ada@example.com --to ada.zip")]
    Export(ExportArgs),
    /// Delete a user for good, with the workspaces that nobody else is a member of
    #[command(
        after_help = "Example:\n  wamanager user export bo@example.com --to bo.zip\n  wamanager user delete bo@example.com --yes"
    )]
    Delete(DeleteArgs),
    /// Turn off two-step verification for somebody who lost their phone and recovery codes
    #[command(
        alias = "drop-second-factor",
        after_help = "Example:\n  wamanager user remove-second-factor ada@example.com"
    )]
    RemoveSecondFactor(OneUser),
    /// Lock a user out, at once and everywhere; nothing is deleted
    #[command(after_help = "Example:\n  wamanager user suspend bo@example.com")]
    Suspend(OneUser),
    /// Let a suspended user log in again
    #[command(after_help = "Example:\n  wamanager user resume bo@example.com")]
    Resume(OneUser),
    /// Confirm the email address of somebody who gets no email
    #[command(alias = "vouch", after_help = "Example:\n  wamanager user confirm bo@example.com")]
    Confirm(OneUser),
    /// Make somebody an administrator, or an ordinary user again
    #[command(after_help = "Example:\n  wamanager user role ada@example.com admin")]
    Role(RoleArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportArgs {
    /// Email address they log in with
    email: String,
    /// The file to write; it must not exist yet
    #[arg(long)]
    #[serde(skip)]
    to: PathBuf,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteArgs {
    /// Email address they log in with
    email: String,
    /// Don't ask; this can't be undone
    #[arg(long, short)]
    #[serde(default)]
    yes: bool,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneUser {
    /// Email address they log in with
    email: String,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleArgs {
    /// Email address they log in with
    email: String,
    /// admin or user
    role: String,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateArgs {
    /// Email address to log in with
    email: String,
    /// What the user is called
    #[arg(long)]
    name: String,
    /// In the installation: admin, user or guest
    #[arg(long, default_value = "user")]
    role: String,
    /// In the workspace: owner, manager or agent
    #[arg(long, default_value = "agent")]
    member: String,
    /// ID or name; needed if there are several
    #[arg(long)]
    workspace: Option<String>,
    /// Of the first workspace
    #[arg(long, default_value = "UTC")]
    time_zone: String,
    /// Of the first workspace: how phone numbers without a country code are read (ISO code)
    #[arg(long, default_value = "US")]
    country: String,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetArgs {
    /// Email address they log in with
    email: String,
    /// Print a link to choose a password; the old one works until it is used
    #[arg(long, conflicts_with = "password_stdin")]
    #[serde(default)]
    link: bool,
    /// Don't ask
    #[arg(long, short)]
    #[serde(default)]
    yes: bool,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordArgs {
    /// Read the password from standard input [default: you are asked, or a random one is created and shown]
    #[arg(long)]
    #[serde(skip)]
    password_stdin: bool,
    /// Never on the command line, which others on the machine can read.
    #[arg(skip)]
    password: Option<String>,
}

impl UserCommand {
    /// Asks for the password if there is a terminal.
    pub(super) fn complete(&mut self) -> Result<(), Failure> {
        match self {
            Self::Create(args) => {
                email(&args.email)?;
                args.password.complete()
            }
            Self::ResetPassword(args) if !args.link => {
                email(&args.email)?;
                args.password.complete()?;
                // Typing a password confirms the act.
                args.yes |= args.password.password.is_some() && !args.password.password_stdin;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let (app, admin) = (call.app, OPERATOR);
        let accounts = &app.accounts;
        match self {
            Self::Create(args) => create(app, args).await,
            Self::List => list(call).await,
            Self::ResetPassword(args) => reset(call, args).await,
            Self::Export(args) => export(app, &args.email).await,
            Self::Delete(args) => {
                let user = accounts.find_user(OPERATOR, &args.email).await?;
                let question = format!(
                    "Delete {} <{}> for good, with every workspace that nobody else is a member of?",
                    user.name, user.email
                );
                call.confirm(args.yes, question)?;
                let gone = accounts.delete_user(admin, &args.email).await?;
                let after = "What belonged to nobody else is cleaned up by the server while it runs.";
                Ok(Answer::new(
                    &value(&gone),
                    format!("Deleted: {} <{}>. {after}", gone.name, gone.email),
                ))
            }
            Self::RemoveSecondFactor(OneUser { email }) => Ok(changed(
                "Two-step verification is off",
                &accounts.drop_second_factor(admin, email).await?,
            )),
            Self::Suspend(one) => {
                let user = one.id(app).await?;
                Ok(changed("Suspended", &accounts.suspend_user(admin, user).await?))
            }
            Self::Resume(one) => {
                let user = one.id(app).await?;
                Ok(changed("Can log in again", &accounts.resume_user(admin, user).await?))
            }
            Self::Confirm(one) => {
                let user = one.id(app).await?;
                Ok(changed(
                    "The address is confirmed",
                    &accounts.verify_email_of(admin, user).await?,
                ))
            }
            Self::Role(args) => {
                let role = word("role", &args.role, &[PlatformRole::Admin, PlatformRole::User])?;
                let user = accounts.find_user(OPERATOR, &args.email).await?.public_id;
                Ok(changed(
                    "The role is changed",
                    &accounts.set_platform_role(admin, user, role).await?,
                ))
            }
        }
    }
}

impl OneUser {
    async fn id(&self, app: &App) -> Result<crate::ids::PublicId, Failure> {
        Ok(app.accounts.find_user(OPERATOR, &self.email).await?.public_id)
    }
}

fn email(text: &str) -> Result<Email, Failure> {
    Email::parse(text).map_err(|error| Failure::fields(&[error]))
}

/// Creates a user and adds them to a workspace: the given one, the only one, or a new one when there is none.
async fn create(app: &App, args: &CreateArgs) -> Result<Answer, Failure> {
    email(&args.email)?;
    let platform_role = word("role", &args.role, PlatformRole::ALL)?;
    let member_role = word("role", &args.member, MemberRole::ALL)?;
    let first = app.accounts.list_workspaces(OPERATOR).await?.is_empty();
    // Chosen before the user is created, so that a misspelt workspace leaves no partial login behind.
    let home = match first {
        true => None,
        false => Some(home::choose(app, args.workspace.as_deref()).await?),
    };
    let (password, shown) = args.password.chosen();
    let new = NewUser {
        name: args.name.clone(),
        email: args.email.clone(),
        password,
        platform_role,
    };
    let user = match home {
        Some(home) => app.team.create(OPERATOR, home.id, new, member_role).await?,
        None => {
            let user = app.accounts.create_user(OPERATOR, new).await?;
            let new = NewWorkspace {
                name: args.workspace.clone().unwrap_or_else(|| "My business".to_owned()),
                time_zone: args.time_zone.clone(),
                country: args.country.clone(),
            };
            app.accounts.create_workspace(OPERATOR, user.id, new).await?;
            user
        }
    };
    Ok(with_password("Created", &user, shown))
}

async fn reset(call: &Call<'_>, args: &ResetArgs) -> Result<Answer, Failure> {
    let accounts = &call.app.accounts;
    let user = accounts.find_user(OPERATOR, &args.email).await?;
    if args.link {
        let path = accounts.password_link(OPERATOR, &user).await?;
        let link = call.app.mail.url(&path);
        let text = format!(
            "{} <{}> can choose a new password here within an hour:\n{link}",
            user.name, user.email
        );
        return Ok(Answer::new(&json!({"user": value(&user), "link": link}), text));
    }
    let question = format!(
        "Set a new password for {} <{}> and log them out everywhere? With --link they choose it themselves.",
        user.name, user.email
    );
    call.confirm(args.yes, question)?;
    let (password, shown) = args.password.chosen();
    let user = accounts.reset_password(OPERATOR, &args.email, password).await?;
    Ok(with_password("The password is changed", &user, shown))
}

async fn list(call: &Call<'_>) -> Result<Answer, Failure> {
    let users = call.app.accounts.list_users(OPERATOR).await?;
    let values: Vec<_> = users.iter().map(value).collect();
    if users.is_empty() {
        let text = "There are no users yet. Create one with `wamanager user create`.";
        return Ok(Answer::new(&values, text));
    }
    let row = |user: &User| {
        vec![
            user.email.to_string(),
            user.name.clone(),
            user.platform_role.to_string(),
            AccountStatus::of(user).to_string(),
            call.when(user.created_at),
            user.public_id.to_string(),
        ]
    };
    let columns = [
        key("EMAIL"),
        text("NAME"),
        key("ROLE"),
        key("STATUS"),
        time("SINCE"),
        id("ID").spare(1),
    ];
    Ok(Answer::new(&values, Table::new(columns, users.iter().map(row))))
}

fn value(user: &User) -> Value {
    json!({
        "id": user.public_id,
        "name": user.name,
        "email": user.email.as_str(),
        "role": user.platform_role,
        "standing": AccountStatus::of(user),
        "created_at": rfc3339(user.created_at),
    })
}

fn changed(what: &str, user: &User) -> Answer {
    let status = AccountStatus::of(user);
    let text = format!(
        "{what}: {} <{}> ({}, {status})",
        user.name, user.email, user.platform_role
    );
    Answer::new(&value(user), text)
}

fn with_password(what: &str, user: &User, shown: Option<String>) -> Answer {
    let mut result = json!({ "user": value(user) });
    let mut text = Sheet::from(format!("{what}: {} <{}>", user.name, user.email));
    if let Some(password) = shown {
        text = text.and(format!("Password (shown only now): {password}"));
        result["password"] = password.into();
    }
    Answer::new(&result, text)
}

impl PasswordArgs {
    fn complete(&mut self) -> Result<(), Failure> {
        if self.password_stdin {
            let mut password = String::new();
            std::io::stdin().take(4096).read_to_string(&mut password)?;
            self.password = Some(password.trim_end_matches(['\r', '\n']).to_owned());
        } else if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
            let typed = dialoguer::Password::new()
                .with_prompt("Password (at least 8 characters)")
                .with_confirmation("Repeat the password", "The passwords differ; please type them again")
                .interact();
            self.password = Some(typed.map_err(|error| Failure::new(Exit::Interrupted, error.to_string()))?);
        }
        Ok(())
    }

    /// The password, and the same if the operator has to see it.
    fn chosen(&self) -> (Password, Option<String>) {
        match &self.password {
            Some(typed) => (Password::new(typed.as_str()), None),
            None => {
                let password = Password::generate();
                let shown = password.reveal().to_owned();
                (password, Some(shown))
            }
        }
    }
}

/// Writes the file within the data directory; the caller moves it away.
async fn export(app: &App, email: &str) -> Result<Answer, Failure> {
    let user = app.accounts.find_user(OPERATOR, email).await?;
    let written = app.exports.write_for_admin(OPERATOR, user).await;
    let (path, rows) = written.map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
    Ok(Answer::new(&json!({"path": path, "rows": rows}), ""))
}

impl ExportArgs {
    /// Writes the export and moves it to the given path.
    pub fn run(self, config: &Config, output: Output) -> Result<Answer, Failure> {
        let to = self.to.clone();
        // Created before anything is done, and private.
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&to);
        let mut file = opened.map_err(|error| Failure::refused(format!("{}: {error}", to.display())))?;
        let written = follow(Command::User(UserCommand::Export(self)).into(), config, output);
        let moved = written.and_then(|answer| {
            let path = answer.result["path"].as_str().unwrap_or_default();
            let copied = File::open(path).and_then(|mut from| std::io::copy(&mut from, &mut file));
            let removed = std::fs::remove_file(path);
            copied?;
            removed?;
            file.sync_all()?;
            Ok(answer.result["rows"].as_u64().unwrap_or_default())
        });
        let rows = moved.inspect_err(|_| {
            // The empty file is ours: it did not exist before.
            let _ = std::fs::remove_file(&to);
        })?;
        let text = format!("Written: {} ({})", to.display(), count(rows, "row"));
        Ok(Answer::new(&json!({"file": to, "rows": rows}), text))
    }
}
