//! `wamanager user`: logins, made and repaired by whoever owns the box.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal as _, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::output::{Output, table};
use super::{Exit, Failure, runtime};
use crate::accounts::Password;
use crate::config::Config;
use crate::operator::wire::{ExportReport, Request, UserLine, UserRequest, ask};

#[derive(Subcommand)]
pub enum UserCommand {
    /// Make a login; the first one also gets the first workspace
    #[command(
        after_help = "Examples:\n  wamanager user create ada@example.com --name Ada --role admin\n  \
                            echo \"$PASSWORD\" | wamanager user create bo@example.com --name Bo --member agent --password-stdin"
    )]
    Create(CreateArgs),
    /// Show all logins
    #[command(after_help = "Example:\n  wamanager user list --json")]
    List,
    /// Give a login another password and end its sessions in all browsers
    #[command(after_help = "Example:\n  wamanager user reset-password ada@example.com")]
    ResetPassword(ResetArgs),
    /// Write everything that is kept about somebody to a ZIP file
    #[command(after_help = "Example:\n  wamanager user export ada@example.com --to ada.zip")]
    Export(ExportArgs),
    /// Delete a login for good, with the workspaces that nobody else is a member of
    #[command(
        after_help = "Example:\n  wamanager user export bo@example.com --to bo.zip\n  wamanager user delete bo@example.com --yes"
    )]
    Delete(DeleteArgs),
    /// Turn off the second factor of somebody who has lost the phone and the recovery codes
    #[command(after_help = "Example:\n  wamanager user drop-second-factor ada@example.com")]
    DropSecondFactor(OneUser),
    /// Lock a login out, at once and everywhere; nothing is deleted
    #[command(after_help = "Example:\n  wamanager user suspend bo@example.com")]
    Suspend(OneUser),
    /// Let a suspended login in again
    #[command(after_help = "Example:\n  wamanager user resume bo@example.com")]
    Resume(OneUser),
    /// Count an e-mail address as confirmed, for people whose mail does not arrive
    #[command(after_help = "Example:\n  wamanager user vouch bo@example.com")]
    Vouch(OneUser),
    /// Make somebody an administrator of the installation, or an ordinary user again
    #[command(after_help = "Example:\n  wamanager user role ada@example.com admin")]
    Role(RoleArgs),
}

#[derive(Args)]
pub struct ExportArgs {
    /// E-mail address of the login
    email: String,
    /// The file to write; it must not exist yet
    #[arg(long)]
    to: PathBuf,
}

#[derive(Args)]
pub struct DeleteArgs {
    /// E-mail address of the login
    email: String,
    /// Really: this cannot be undone
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
pub struct OneUser {
    /// E-mail address of the login
    email: String,
}

#[derive(Args)]
pub struct RoleArgs {
    /// E-mail address of the login
    email: String,
    /// admin or user
    role: String,
}

#[derive(Args)]
pub struct CreateArgs {
    /// E-mail address to log in with
    email: String,
    #[arg(long)]
    name: String,
    /// On the platform: admin, user or guest
    #[arg(long, default_value = "user")]
    role: String,
    /// In the workspace: owner, manager or agent
    #[arg(long, default_value = "agent")]
    member: String,
    /// Id or name; needed where there are several
    #[arg(long)]
    workspace: Option<String>,
    /// Of the first workspace
    #[arg(long, default_value = "UTC")]
    time_zone: String,
    /// Of the first workspace: how its national phone numbers are read (ISO code)
    #[arg(long, default_value = "US")]
    country: String,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(Args)]
pub struct ResetArgs {
    /// E-mail address of the login
    email: String,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(Args)]
struct PasswordArgs {
    /// Read the password from standard input; without it you are asked, or a random one is made and printed
    #[arg(long)]
    password_stdin: bool,
}

/// A password, and whether the operator has to be told it.
struct Chosen {
    password: String,
    made: bool,
}

pub fn run(command: UserCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    match command {
        UserCommand::Create(args) => create(args, config, output)?,
        UserCommand::List => {
            let users: Vec<UserLine> = answer(config, Request::UserList)?;
            output.answer(&users, |users| listing(users));
        }
        UserCommand::ResetPassword(args) => {
            let chosen = args.password.choose()?;
            let request = Request::UserResetPassword {
                email: args.email,
                password: chosen.password.clone(),
            };
            let user = answer(config, request)?;
            tell("The password was changed:", &user, &chosen, output);
        }
        UserCommand::Export(args) => export(args, config, output)?,
        UserCommand::Delete(DeleteArgs { email, yes: true }) => {
            let user: UserLine = answer(config, Request::UserDelete { email })?;
            output.answer(&user, |user| {
                format!(
                    "Deleted: {} <{}>. What belonged to nobody else is cleared away by the running server, or after \
                     its next start.",
                    user.name, user.email
                )
            });
        }
        UserCommand::Delete(DeleteArgs { email, yes: false }) => {
            let why = format!(
                "nothing was deleted. This deletes {email} for good, with every workspace that nobody else is a member \
                 of; say --yes if that is what you want"
            );
            return Err(Failure::new(Exit::Refused, why));
        }
        UserCommand::DropSecondFactor(OneUser { email }) => {
            let request = Request::UserDropSecondFactor { email };
            changed("The second factor is off:", request, config, output)?;
        }
        UserCommand::Suspend(OneUser { email }) => {
            changed("Locked out:", Request::UserSuspend { email }, config, output)?;
        }
        UserCommand::Resume(OneUser { email }) => {
            changed("Let in again:", Request::UserResume { email }, config, output)?;
        }
        UserCommand::Vouch(OneUser { email }) => {
            changed(
                "The address is confirmed:",
                Request::UserVouch { email },
                config,
                output,
            )?;
        }
        UserCommand::Role(RoleArgs { email, role }) => {
            changed(
                "The role was changed:",
                Request::UserRole { email, role },
                config,
                output,
            )?;
        }
    }
    Ok(Exit::Ok)
}

fn changed(what: &str, request: Request, config: &Config, output: Output) -> Result<(), Failure> {
    let user: UserLine = answer(config, request)?;
    output.answer(&user, |user| {
        format!(
            "{what} {} <{}>, {}, {}",
            user.name, user.email, user.role, user.standing
        )
    });
    Ok(())
}

/// The server writes the file where it may, which need not be where the operator wants it.
fn export(args: ExportArgs, config: &Config, output: Output) -> Result<(), Failure> {
    let mut to = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&args.to)
        .map_err(|error| Failure::new(Exit::Refused, format!("{}: {error}", args.to.display())))?;
    let written = answer(config, Request::UserExport { email: args.email }).and_then(|report: ExportReport| {
        let copied = File::open(&report.path).and_then(|mut from| std::io::copy(&mut from, &mut to));
        let removed = std::fs::remove_file(&report.path);
        copied?;
        removed?;
        to.sync_all()?;
        Ok(report)
    });
    let report = written.inspect_err(|_| {
        // The empty file is ours: it was not there before.
        let _ = std::fs::remove_file(&args.to);
    })?;
    let value = serde_json::json!({ "file": args.to, "rows": report.rows });
    output.answer(&value, |_| {
        format!("Written: {} ({} rows)", args.to.display(), report.rows)
    });
    Ok(())
}

fn create(args: CreateArgs, config: &Config, output: Output) -> Result<(), Failure> {
    let chosen = args.password.choose()?;
    let request = UserRequest {
        workspace: args.workspace,
        name: args.name,
        email: args.email,
        role: args.role,
        member: args.member,
        password: chosen.password.clone(),
        time_zone: args.time_zone,
        country: args.country,
    };
    let user = answer(config, Request::UserCreate(request))?;
    tell("The login was made:", &user, &chosen, output);
    Ok(())
}

fn answer<T: serde::de::DeserializeOwned>(config: &Config, request: Request) -> Result<T, Failure> {
    let result = runtime()?.block_on(ask(config, request, |_| {}))?;
    serde_json::from_value(result).map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))
}

fn tell(what: &str, user: &UserLine, chosen: &Chosen, output: Output) {
    let mut value = serde_json::json!({"user": user});
    if chosen.made {
        value["password"] = chosen.password.clone().into();
    }
    output.answer(&value, |_| {
        let password = if chosen.made {
            format!("\nPassword (shown only now): {}", chosen.password)
        } else {
            String::new()
        };
        format!("{what} {} <{}>{password}", user.name, user.email)
    });
}

fn listing(users: &[UserLine]) -> String {
    if users.is_empty() {
        return "There are no logins yet. Make one with `wamanager user create`.".to_owned();
    }
    let row = |user: &UserLine| {
        vec![
            user.email.clone(),
            user.name.clone(),
            user.role.clone(),
            user.standing.clone(),
            user.created_at.clone(),
            user.id.clone(),
        ]
    };
    table(
        &["E-MAIL", "NAME", "ROLE", "STANDING", "SINCE", "ID"],
        users.iter().map(row),
    )
}

impl PasswordArgs {
    fn choose(&self) -> Result<Chosen, Failure> {
        if self.password_stdin {
            let mut password = String::new();
            std::io::stdin().take(4096).read_to_string(&mut password)?;
            return Ok(Chosen {
                password: password.trim_end_matches(['\r', '\n']).to_owned(),
                made: false,
            });
        }
        if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
            return Ok(Chosen {
                password: Password::generate().reveal().to_owned(),
                made: true,
            });
        }
        let password = dialoguer::Password::new()
            .with_prompt("Password (at least 8 characters)")
            .with_confirmation("The same again", "The two differ; once more, please")
            .interact()
            .map_err(|error| Failure::new(Exit::Interrupted, error.to_string()))?;
        Ok(Chosen { password, made: false })
    }
}
