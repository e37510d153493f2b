//! `wamanager workspace`: the businesses on this installation, and who works in them.

use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;

use super::output::{Output, table};
use super::{Exit, Failure, runtime};
use crate::config::Config;
use crate::operator::wire::{Invitees, MemberLine, Request, WorkspaceLine, WorkspaceRequest, ask};

#[derive(Subcommand)]
pub enum WorkspaceCommand {
    /// Show all workspaces
    #[command(after_help = "Example:\n  wamanager workspace list --json")]
    List,
    /// Make a workspace for somebody with a login
    #[command(
        after_help = "Example:\n  wamanager workspace create Bakery --owner ada@example.com --time-zone Europe/Paris --country FR"
    )]
    Create(CreateArgs),
    /// Show one workspace: plan, seats, zone
    #[command(after_help = "Example:\n  wamanager workspace show Bakery")]
    Show(HomeArgs),
    /// Change the name, time zone or country
    #[command(after_help = "Example:\n  wamanager workspace rename \"Corner Bakery\" --workspace Bakery")]
    Rename(RenameArgs),
    /// Show who works in a workspace
    #[command(after_help = "Example:\n  wamanager workspace members --workspace Bakery --json")]
    Members(InArgs),
    /// Let somebody with a login in, without asking them
    #[command(after_help = "Example:\n  wamanager workspace add-member bo@example.com --role manager")]
    AddMember(AddArgs),
    /// Give a member another role
    #[command(after_help = "Example:\n  wamanager workspace set-role bo@example.com owner")]
    SetRole(RoleArgs),
    /// End a membership; the login stays
    #[command(after_help = "Example:\n  wamanager workspace remove-member bo@example.com --workspace Bakery")]
    RemoveMember(MemberArgs),
    /// Invite people by e-mail
    #[command(after_help = "Example:\n  wamanager workspace invite bo@example.com cy@example.com --role agent")]
    Invite(InviteArgs),
    /// Delete a workspace with everything in it
    #[command(after_help = "Example:\n  wamanager workspace delete Bakery --yes")]
    Delete(DeleteArgs),
}

#[derive(Args)]
pub struct InArgs {
    /// Id or name; needed where there are several
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Args)]
pub struct HomeArgs {
    /// Id or name; needed where there are several
    workspace: Option<String>,
}

#[derive(Args)]
pub struct CreateArgs {
    name: String,
    /// E-mail address of a login
    #[arg(long)]
    owner: String,
    #[arg(long, default_value = "UTC")]
    time_zone: String,
    /// How its national phone numbers are read (ISO code)
    #[arg(long, default_value = "US")]
    country: String,
}

#[derive(Args)]
pub struct RenameArgs {
    /// The new name; without it, only the rest changes
    name: Option<String>,
    #[arg(long)]
    time_zone: Option<String>,
    /// ISO code
    #[arg(long)]
    country: Option<String>,
    #[command(flatten)]
    home: InArgs,
}

#[derive(Args)]
pub struct AddArgs {
    /// E-mail address of a login
    email: String,
    /// owner, manager or agent
    #[arg(long, default_value = "agent")]
    role: String,
    #[command(flatten)]
    home: InArgs,
}

#[derive(Args)]
pub struct RoleArgs {
    /// E-mail address or id
    member: String,
    /// owner, manager or agent
    role: String,
    #[command(flatten)]
    home: InArgs,
}

#[derive(Args)]
pub struct MemberArgs {
    /// E-mail address or id
    member: String,
    #[command(flatten)]
    home: InArgs,
}

#[derive(Args)]
pub struct InviteArgs {
    /// At most 20
    #[arg(required = true)]
    emails: Vec<String>,
    /// owner, manager or agent
    #[arg(long, default_value = "agent")]
    role: String,
    #[command(flatten)]
    home: InArgs,
}

#[derive(Args)]
pub struct DeleteArgs {
    /// Id or name
    workspace: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub fn run(command: WorkspaceCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    match command {
        WorkspaceCommand::List => {
            let all: Vec<WorkspaceLine> = answer(config, WorkspaceRequest::List)?;
            output.answer(&all, |all| listing(all));
        }
        WorkspaceCommand::Create(args) => {
            let request = WorkspaceRequest::Create {
                name: args.name,
                owner: args.owner,
                time_zone: args.time_zone,
                country: args.country,
            };
            one("The workspace was made:", request, config, output)?;
        }
        WorkspaceCommand::Show(HomeArgs { workspace }) => {
            one("", WorkspaceRequest::Show { workspace }, config, output)?;
        }
        WorkspaceCommand::Rename(args) => {
            let request = WorkspaceRequest::Change {
                workspace: args.home.workspace,
                name: args.name,
                time_zone: args.time_zone,
                country: args.country,
            };
            one("The workspace was changed:", request, config, output)?;
        }
        WorkspaceCommand::Delete(args) => {
            if !args.yes {
                confirm(&args.workspace)?;
            }
            let request = WorkspaceRequest::Delete {
                workspace: args.workspace,
            };
            let gone: WorkspaceLine = answer(config, request)?;
            output.answer(&gone, |gone| {
                format!("{} is deleted; the server clears away what it holds.", gone.name)
            });
        }
        other => members(other, config, output)?,
    }
    Ok(Exit::Ok)
}

fn members(command: WorkspaceCommand, config: &Config, output: Output) -> Result<(), Failure> {
    match command {
        WorkspaceCommand::Members(InArgs { workspace }) => {
            let all: Vec<MemberLine> = answer(config, WorkspaceRequest::Members { workspace })?;
            output.answer(&all, |all| people(all));
        }
        WorkspaceCommand::AddMember(args) => {
            let request = WorkspaceRequest::AddMember {
                workspace: args.home.workspace,
                email: args.email,
                role: args.role,
            };
            person("is a member now", request, config, output)?;
        }
        WorkspaceCommand::SetRole(args) => {
            let request = WorkspaceRequest::SetRole {
                workspace: args.home.workspace,
                member: args.member,
                role: args.role,
            };
            person("has another role now", request, config, output)?;
        }
        WorkspaceCommand::RemoveMember(args) => {
            let request = WorkspaceRequest::RemoveMember {
                workspace: args.home.workspace,
                member: args.member,
            };
            person("is no member any more", request, config, output)?;
        }
        WorkspaceCommand::Invite(args) => {
            let request = WorkspaceRequest::Invite {
                workspace: args.home.workspace,
                emails: args.emails,
                role: args.role,
            };
            let sent: Invitees = answer(config, request)?;
            output.answer(&sent, |sent| match (sent.links.as_slice(), sent.invited) {
                ([], 1) => "The invitation is on its way.".to_owned(),
                ([], many) => format!("{many} invitations are on their way."),
                (links, _) => {
                    let lines: Vec<_> = links.iter().map(|one| format!("{}  {}", one.email, one.link)).collect();
                    format!(
                        "There is no mail server, so pass each link on yourself; it works for a week:\n{}",
                        lines.join("\n")
                    )
                }
            });
        }
        _ => unreachable!("answered by the caller"),
    }
    Ok(())
}

fn one(what: &str, request: WorkspaceRequest, config: &Config, output: Output) -> Result<(), Failure> {
    let workspace: WorkspaceLine = answer(config, request)?;
    output.answer(&workspace, |workspace| {
        let mut text = format!("{what}\n{}", listing(std::slice::from_ref(workspace)));
        if let Some(from) = &workspace.time_zone_from {
            text.push_str(&format!(
                "\nThe new time zone counts from {from}; until then, today goes on."
            ));
        }
        text.trim_start().to_owned()
    });
    Ok(())
}

fn person(what: &str, request: WorkspaceRequest, config: &Config, output: Output) -> Result<(), Failure> {
    let member: MemberLine = answer(config, request)?;
    output.answer(&member, |member| {
        format!("{} <{}> {what} ({}).", member.name, member.email, member.role)
    });
    Ok(())
}

fn confirm(workspace: &str) -> Result<(), Failure> {
    let sure = dialoguer::Confirm::new()
        .with_prompt(format!(
            "Delete {workspace:?} with its numbers, chats and members? This cannot be undone"
        ))
        .default(false)
        .interact()
        .map_err(|_| {
            Failure::new(
                Exit::Usage,
                "nobody can be asked here; say --yes to delete without a question",
            )
        })?;
    if sure {
        Ok(())
    } else {
        Err(Failure::new(Exit::Refused, "nothing was deleted"))
    }
}

fn answer<T: DeserializeOwned>(config: &Config, request: WorkspaceRequest) -> Result<T, Failure> {
    let result = runtime()?.block_on(ask(config, Request::Workspace(request), |_| {}))?;
    serde_json::from_value(result).map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))
}

fn listing(all: &[WorkspaceLine]) -> String {
    if all.is_empty() {
        return "There is no workspace yet. Make one with `wamanager workspace create`.".to_owned();
    }
    let row = |one: &WorkspaceLine| {
        let limit = one
            .seats
            .map_or_else(|| "no limit".to_owned(), |seats| seats.to_string());
        vec![
            one.name.clone(),
            one.state.clone(),
            one.plan.clone(),
            format!("{} of {limit}", one.members + one.invited),
            one.time_zone.clone(),
            one.country.clone(),
            one.id.clone(),
        ]
    };
    table(
        &["NAME", "STATE", "PLAN", "SEATS", "TIME ZONE", "COUNTRY", "ID"],
        all.iter().map(row),
    )
}

fn people(all: &[MemberLine]) -> String {
    let row = |one: &MemberLine| {
        vec![
            one.email.clone(),
            one.name.clone(),
            one.role.clone(),
            one.seen_at.clone().unwrap_or_else(|| "-".to_owned()),
            one.id.clone(),
        ]
    };
    table(&["E-MAIL", "NAME", "ROLE", "LAST SEEN", "ID"], all.iter().map(row))
}
