//! `wamanager workspace`: the workspaces of this installation, and their members.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, OPERATOR, word};
use super::home::InWorkspace;
use super::sheet::{Sheet, Table, figure, id, key, text, time};
use super::wire::Answer;
use super::words::{count, rfc3339};
use super::{Failure, home};
use crate::accounts::{Email, MemberRole, NewWorkspace, Scope, Workspace};
use crate::app::App;
use crate::i18n::Text;
use crate::team::{TeamError, TeamMember};

/// Members read at once.
const CHUNK: usize = 200;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceCommand {
    /// Show all workspaces
    #[command(after_help = "Example:\n  wamanager workspace list --json")]
    List,
    /// Create a workspace for somebody who can log in
    #[command(
        after_help = "Example:\n  wamanager workspace create Bakery --owner ada@example.com --time-zone Europe/Paris --country FR"
    )]
    Create(CreateArgs),
    /// Show one workspace: plan, seats, time zone
    #[command(after_help = "Example:\n  wamanager workspace show Bakery")]
    Show(ShowArgs),
    /// Change the name, time zone or country
    #[command(after_help = "Example:\n  wamanager workspace rename \"Corner Bakery\" --workspace Bakery")]
    Rename(RenameArgs),
    /// Show who works in a workspace
    #[command(after_help = "Example:\n  wamanager workspace members --workspace Bakery --json")]
    Members(InWorkspace),
    /// Add somebody who can log in, without asking them
    #[command(after_help = "Example:\n  wamanager workspace add-member bo@example.com --role manager")]
    AddMember(AddArgs),
    /// Change the role of a member
    #[command(after_help = "Example:\n  wamanager workspace set-role bo@example.com owner")]
    SetRole(RoleArgs),
    /// Remove a member; they can still log in
    #[command(after_help = "Example:\n  wamanager workspace remove-member bo@example.com --workspace Bakery")]
    RemoveMember(MemberArgs),
    /// Invite people by email
    #[command(after_help = "Example:\n  wamanager workspace invite bo@example.com cy@example.com --role agent")]
    Invite(InviteArgs),
    /// Delete a workspace with everything in it
    #[command(after_help = "Example:\n  wamanager workspace delete Bakery --yes")]
    Delete(DeleteArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowArgs {
    /// ID or name; needed if there are several
    workspace: Option<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateArgs {
    /// Name of the business
    name: String,
    /// Email address they log in with
    #[arg(long)]
    owner: String,
    /// Such as Europe/Paris
    #[arg(long, default_value = "UTC")]
    time_zone: String,
    /// How phone numbers without a country code are read (ISO code)
    #[arg(long, default_value = "US")]
    country: String,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenameArgs {
    /// The new name [default: it stays]
    name: Option<String>,
    /// Such as Europe/Paris
    #[arg(long)]
    time_zone: Option<String>,
    /// ISO code
    #[arg(long)]
    country: Option<String>,
    #[command(flatten)]
    home: InWorkspace,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddArgs {
    /// Email address they log in with
    email: String,
    /// owner, manager or agent
    #[arg(long, default_value = "agent")]
    role: String,
    #[command(flatten)]
    home: InWorkspace,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleArgs {
    /// Email address or ID
    member: String,
    /// owner, manager or agent
    role: String,
    #[command(flatten)]
    home: InWorkspace,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberArgs {
    /// Email address or ID
    member: String,
    #[command(flatten)]
    home: InWorkspace,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteArgs {
    /// At most 20
    #[arg(required = true)]
    emails: Vec<String>,
    /// owner, manager or agent
    #[arg(long, default_value = "agent")]
    role: String,
    #[command(flatten)]
    home: InWorkspace,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteArgs {
    /// ID or name
    workspace: String,
    /// Don't ask
    #[arg(long, short)]
    #[serde(default)]
    yes: bool,
}

impl WorkspaceCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let app = call.app;
        match self {
            Self::List => list(app).await,
            Self::Create(args) => create(app, args).await,
            Self::Show(args) => {
                let found = home::choose(app, args.workspace.as_deref()).await?;
                one(call, "", &found).await
            }
            Self::Rename(args) => rename(call, args).await,
            Self::Members(home) => members(call, home.scope(app).await?).await,
            Self::AddMember(args) => {
                let scope = args.home.scope(app).await?;
                let added = app.team.add(scope, &args.email, role(&args.role)?).await?;
                Ok(person(&added, "is now a member"))
            }
            Self::SetRole(args) => {
                let scope = args.home.scope(app).await?;
                let found = app.team.member(scope, &args.member).await?;
                let role = role(&args.role)?;
                let changed = app.team.change_role(scope, &found.user.public_id, role).await?;
                Ok(person(&changed, "has a new role"))
            }
            Self::RemoveMember(args) => {
                let scope = args.home.scope(app).await?;
                let found = app.team.member(scope, &args.member).await?;
                let removed = app.team.remove(scope, &found.user.public_id).await?;
                Ok(person(&removed, "is no longer a member"))
            }
            Self::Invite(args) => invite(app, args).await,
            Self::Delete(args) => delete(call, args).await,
        }
    }
}

async fn list(app: &App) -> Result<Answer, Failure> {
    let mut all = Vec::new();
    for one in app.accounts.list_workspaces(OPERATOR).await? {
        all.push(value(app, &one).await?);
    }
    let text = match all.is_empty() {
        true => "There are no workspaces yet. Create one with `wamanager workspace create`.".into(),
        false => Sheet::from(table(&all)),
    };
    Ok(Answer::new(&all, text))
}

async fn create(app: &App, args: &CreateArgs) -> Result<Answer, Failure> {
    let owner = app.accounts.find_user(OPERATOR, &args.owner).await?;
    let new = NewWorkspace {
        name: args.name.clone(),
        time_zone: args.time_zone.clone(),
        country: args.country.clone(),
    };
    let created = app.team.create_workspace_for(OPERATOR, owner.id, new).await;
    let created = created.map_err(|error| match error {
        TeamError::FreeWorkspaces(limit) => {
            let has = Text::new("team-refused-free-of")
                .with("email", &owner.email)
                .count(limit);
            Failure::refused(format!("{has} Or raise the number under Admin → Installation."))
        }
        error => error.into(),
    })?;
    let value = value(app, &created).await?;
    let text = Sheet::from("The workspace is created:").and(table(std::slice::from_ref(&value)));
    Ok(Answer::new(&value, text))
}

async fn rename(call: &Call<'_>, args: &RenameArgs) -> Result<Answer, Failure> {
    let found = args.home.choose(call.app).await?;
    let scope = home::scope_of(call.app, &found).await?;
    let zone = || found.time_zone.name().to_owned();
    let new = NewWorkspace {
        name: args.name.clone().unwrap_or_else(|| found.name.clone()),
        time_zone: args.time_zone.clone().unwrap_or_else(zone),
        country: args.country.clone().unwrap_or_else(|| found.country.clone()),
    };
    let changed = call.app.team.change_workspace(scope, new).await?;
    one(call, "The workspace is changed:", &changed).await
}

async fn members(call: &Call<'_>, scope: Scope) -> Result<Answer, Failure> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let part = call.app.team.members(scope, "", after, CHUNK).await?;
        all.extend(part.page.rows);
        after = part.page.next;
        if after.is_none() {
            break;
        }
    }
    let row = |one: &TeamMember| {
        vec![
            one.user.email.to_string(),
            one.user.name.clone(),
            one.role.to_string(),
            one.seen_at.map_or_else(|| "-".to_owned(), |at| call.when(at)),
            one.user.public_id.to_string(),
        ]
    };
    let columns = [
        key("EMAIL"),
        text("NAME"),
        key("ROLE"),
        time("LAST SEEN"),
        id("ID").spare(1),
    ];
    let values: Vec<_> = all.iter().map(member).collect();
    Ok(Answer::new(&values, Table::new(columns, all.iter().map(row))))
}

async fn invite(app: &App, args: &InviteArgs) -> Result<Answer, Failure> {
    let scope = args.home.scope(app).await?;
    let invited = app
        .team
        .invite(scope, &args.emails.join(" "), role(&args.role)?)
        .await?;
    if app.mail.server().is_some() {
        let invitations = count(invited.len() as u64, "invitation");
        let result = json!({"invited": invited.len(), "links": []});
        return Ok(Answer::new(&result, format!("{invitations} will be sent.")));
    }
    let link = |(email, link): &(Email, String)| json!({"email": email.as_str(), "link": link});
    let links: Vec<Value> = invited.iter().map(link).collect();
    let lines: String = invited
        .iter()
        .map(|(email, link)| format!("{email}  {link}\n"))
        .collect();
    let text = format!("There is no mail server, so pass on each link yourself; it works for a week:\n{lines}");
    Ok(Answer::new(&json!({"invited": invited.len(), "links": links}), text))
}

async fn delete(call: &Call<'_>, args: &DeleteArgs) -> Result<Answer, Failure> {
    let found = home::choose(call.app, Some(&args.workspace)).await?;
    let question = format!(
        "Delete the workspace {} with its numbers, chats and members? This can't be undone.",
        found.name
    );
    call.confirm(args.yes, question)?;
    let scope = home::scope_of(call.app, &found).await?;
    let gone = value(call.app, &found).await?;
    call.app.team.delete_workspace(scope, &found.name).await?;
    let text = format!("{} is deleted; the server cleans up what it held.", found.name);
    Ok(Answer::new(&gone, text))
}

async fn one(call: &Call<'_>, what: &str, workspace: &Workspace) -> Result<Answer, Failure> {
    let value = value(call.app, workspace).await?;
    let zone = workspace.zone_ahead(call.app.clock.now()).map(|from| {
        let when = call.when(from);
        format!("The new time zone counts from the next midnight there, {when}; until then, today goes on.")
    });
    let table = Sheet::from(table(std::slice::from_ref(&value))).and_maybe(zone);
    let text = if what.is_empty() {
        table
    } else {
        Sheet::from(what).and(table)
    };
    Ok(Answer::new(&value, text))
}

fn person(one: &TeamMember, what: &str) -> Answer {
    let text = format!("{} <{}> {what} ({}).", one.user.name, one.user.email, one.role);
    Answer::new(&member(one), text)
}

fn role(given: &str) -> Result<MemberRole, Failure> {
    word("role", given, MemberRole::ALL)
}

fn table(all: &[Value]) -> Table {
    let cell = |one: &Value, field: &str| one[field].as_str().unwrap_or_default().to_owned();
    let row = |one: &Value| {
        let used = one["members"].as_u64().unwrap_or_default() + one["invited"].as_u64().unwrap_or_default();
        let seats = match one["seats"].as_u64() {
            Some(seats) => format!("{used} of {seats}"),
            None => format!("{used}, no limit"),
        };
        let mut row: Vec<_> = ["name", "state", "plan"].map(|field| cell(one, field)).into();
        row.push(seats);
        row.extend(["time_zone", "country", "id"].map(|field| cell(one, field)));
        row
    };
    let columns = [
        key("NAME"),
        key("STATE"),
        text("PLAN"),
        figure("SEATS"),
        text("TIME ZONE").spare(2),
        key("COUNTRY").spare(1),
        id("ID"),
    ];
    Table::new(columns, all.iter().map(row))
}

async fn value(app: &App, workspace: &Workspace) -> Result<Value, Failure> {
    let seats = app.team.seats(home::looking(workspace)).await?;
    let plan = app.plans.names_of(OPERATOR, vec![workspace.id]).await?.pop();
    let ahead = workspace.zone_ahead(app.clock.now());
    let suspended = workspace.suspended_at.is_some();
    Ok(json!({
        "id": workspace.public_id,
        "name": workspace.name,
        "time_zone": workspace.time_zone.name(),
        "time_zone_from": ahead.map(|from| from.to_utc().with_timezone(&workspace.time_zone).to_rfc3339()),
        "country": workspace.country,
        "plan": plan.unwrap_or_default(),
        "members": seats.members,
        "invited": seats.invited,
        "seats": seats.limit,
        "state": if suspended { "suspended" } else { "active" },
        "created_at": rfc3339(workspace.created_at),
    }))
}

fn member(one: &TeamMember) -> Value {
    json!({
        "id": one.user.public_id,
        "name": one.user.name,
        "email": one.user.email.as_str(),
        "role": one.role,
        "joined_at": rfc3339(one.joined_at),
        "seen_at": one.seen_at.map(rfc3339),
    })
}
