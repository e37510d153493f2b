//! `workspace …` and `audit …`, by the operator's hand.

use std::time::Duration;

use crate::accounts::{Email, MemberRole, NewWorkspace, Scope, Workspace};
use crate::app::App;
use crate::audit::{Act, Action, Filter, Reader};
use crate::clock::UnixMs;
use crate::operator::exit::of_db;
use crate::operator::handle::workspace;
use crate::operator::wire::{
    ActLine, AuditList, AuditRequest, Exit, Failure, InviteeLink, Invitees, MemberLine, Reply, WorkspaceLine,
    WorkspaceRequest,
};
use crate::team::{Colleague, TeamError, free_words};

/// Members that are listed at once.
const CHUNK: usize = 200;
const MOST_ACTS: u32 = 1_000;

pub(super) async fn handle(app: &App, request: WorkspaceRequest) -> Result<Reply, Failure> {
    Ok(match request {
        WorkspaceRequest::List => {
            let mut lines = Vec::new();
            for one in app.accounts.list_workspaces().await? {
                lines.push(line(app, &one).await?);
            }
            Reply::done(&lines)
        }
        WorkspaceRequest::Create {
            name,
            owner,
            time_zone,
            country,
        } => {
            let owner = app.accounts.find_user(&owner).await?;
            let new = NewWorkspace {
                name,
                time_zone,
                country,
            };
            let made = app.team.create_workspace_for(owner.id, new).await;
            let made = made.map_err(|error| match error {
                TeamError::FreeWorkspaces(limit) => refused(format!(
                    "{} Or raise the number under Admin → Installation.",
                    free_words(&format!("{} has", owner.email), limit)
                )),
                error => error.into(),
            })?;
            Reply::done(&line(app, &made).await?)
        }
        WorkspaceRequest::Show { workspace } => {
            Reply::done(&line(app, &workspace::choose(app, workspace).await?).await?)
        }
        WorkspaceRequest::Change {
            workspace,
            name,
            time_zone,
            country,
        } => {
            let found = workspace::choose(app, workspace).await?;
            let scope = workspace::scope_of(app, &found).await?;
            let new = NewWorkspace {
                name: name.unwrap_or(found.name),
                time_zone: time_zone.unwrap_or_else(|| found.time_zone.name().to_owned()),
                country: country.unwrap_or(found.country),
            };
            Reply::done(&line(app, &app.team.change_workspace(scope, new).await?).await?)
        }
        WorkspaceRequest::Invite {
            workspace,
            emails,
            role,
        } => {
            let scope = workspace::scope(app, workspace).await?;
            let invited = app.team.invite(scope, &emails.join(" "), role_of(&role)?).await?;
            let link = |(email, link): &(Email, String)| InviteeLink {
                email: email.to_string(),
                link: link.clone(),
            };
            let links = match app.mail.server() {
                Some(_) => Vec::new(),
                None => invited.iter().map(link).collect(),
            };
            let invited = invited.len();
            Reply::done(&Invitees { invited, links })
        }
        WorkspaceRequest::Delete { workspace } => {
            let found = workspace::choose(app, Some(workspace)).await?;
            let (scope, told) = (workspace::scope_of(app, &found).await?, line(app, &found).await?);
            app.team.delete_workspace(scope, &found.name).await?;
            Reply::done(&told)
        }
        other => members(app, other).await?,
    })
}

async fn members(app: &App, request: WorkspaceRequest) -> Result<Reply, Failure> {
    let team = &app.team;
    Ok(match request {
        WorkspaceRequest::Members { workspace } => {
            let scope = workspace::scope(app, workspace).await?;
            let (mut lines, mut after) = (Vec::new(), None);
            loop {
                let part = team.members(scope, "", after, CHUNK).await?;
                lines.extend(part.shown.into_iter().map(member));
                after = part.next;
                if after.is_none() {
                    break Reply::done(&lines);
                }
            }
        }
        WorkspaceRequest::AddMember { workspace, email, role } => {
            let scope = workspace::scope(app, workspace).await?;
            Reply::done(&member(team.add(scope, &email, role_of(&role)?).await?))
        }
        WorkspaceRequest::SetRole {
            workspace,
            member: wanted,
            role,
        } => {
            let scope = workspace::scope(app, workspace).await?;
            let found = team.member(scope, &wanted).await?;
            let changed = team.change_role(scope, &found.user.public_id, role_of(&role)?).await?;
            Reply::done(&member(changed))
        }
        WorkspaceRequest::RemoveMember {
            workspace,
            member: wanted,
        } => {
            let scope = workspace::scope(app, workspace).await?;
            let found = team.member(scope, &wanted).await?;
            Reply::done(&member(team.remove(scope, &found.user.public_id).await?))
        }
        _ => unreachable!("answered by the caller"),
    })
}

pub(super) async fn audit(app: &App, request: AuditRequest) -> Result<Reply, Failure> {
    let reader = match request.workspace {
        Some(_) => Reader::Workspace(workspace::choose(app, request.workspace).await?.id),
        None => Reader::Installation,
    };
    let filter = Filter {
        actions: request.action.as_deref().map(actions_of).transpose()?,
        since: request
            .since
            .as_deref()
            .map(|text| since_of(text, app.clock.now()))
            .transpose()?,
        text: request.text.filter(|text| !text.trim().is_empty()),
        ..Filter::default()
    };
    let after = match request.after {
        Some(text) => Some(
            text.parse()
                .map_err(|_| refused(format!("{text:?} is not an act's id")))?,
        ),
        None => None,
    };
    let limit = request.limit.clamp(1, MOST_ACTS) as usize;
    let page = app.audit.page(reader, filter, after, limit).await;
    let page = page.map_err(|error| Failure::new(of_db(&error), error.to_string()))?;
    Ok(Reply::done(&AuditList {
        acts: page.acts.into_iter().map(act).collect(),
        next: page.next.map(|id| id.to_string()),
    }))
}

async fn line(app: &App, workspace: &Workspace) -> Result<WorkspaceLine, Failure> {
    let looking = Scope::person(workspace.id, crate::ids::UserId(0), MemberRole::Owner);
    let seats = app.team.seats(looking).await?;
    let plan = app.plans.names_of(vec![workspace.id]).await?.pop();
    Ok(WorkspaceLine {
        id: workspace.public_id.to_string(),
        name: workspace.name.clone(),
        time_zone: workspace.time_zone.name().to_owned(),
        time_zone_from: workspace
            .zone_ahead(app.clock.now())
            .map(|from| from.to_utc().with_timezone(&workspace.time_zone).to_rfc3339()),
        country: workspace.country.clone(),
        plan: plan.unwrap_or_default(),
        members: seats.members,
        invited: seats.invited,
        seats: seats.limit,
        state: if workspace.suspended_at.is_some() {
            "suspended".to_owned()
        } else {
            "active".to_owned()
        },
        created_at: workspace.created_at.to_utc().to_rfc3339(),
    })
}

fn member(one: Colleague) -> MemberLine {
    MemberLine {
        id: one.user.public_id.to_string(),
        name: one.user.name,
        email: one.user.email.to_string(),
        role: one.role.to_string(),
        joined_at: one.joined_at.to_utc().to_rfc3339(),
        seen_at: one.seen_at.map(|at| at.to_utc().to_rfc3339()),
    }
}

fn act(act: Act) -> ActLine {
    ActLine {
        id: act.public_id.to_string(),
        at: act.at.to_utc().to_rfc3339(),
        action: act.action.to_string(),
        actor: act.actor.to_string(),
        person: act.user.map(|who| who.email),
        impersonator: act.impersonator.map(|who| who.email),
        workspace: act.workspace.or(act.workspace_ref),
        target: act.target,
        detail: act.detail,
        address: act.address,
    }
}

fn role_of(word: &str) -> Result<MemberRole, Failure> {
    word.parse()
        .map_err(|_| refused(format!("{word:?} is not a role; use one of: owner, manager, agent")))
}

fn actions_of(word: &str) -> Result<Vec<Action>, Failure> {
    let fits = |action: &&Action| action.word() == word || action.group() == word;
    let found: Vec<_> = Action::ALL.iter().filter(fits).copied().collect();
    if found.is_empty() {
        let groups = Action::groups().join(", ");
        return Err(refused(format!(
            "{word:?} is not an action; name one such as member.added, or a group: {groups}"
        )));
    }
    Ok(found)
}

/// `7d`, `12h`, `2026-11-24`, or RFC 3339.
fn since_of(text: &str, now: UnixMs) -> Result<UnixMs, Failure> {
    for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60)] {
        if let Some(count) = text.strip_suffix(unit).and_then(|count| count.parse::<u64>().ok()) {
            return Ok(now.minus(Duration::from_secs(count.saturating_mul(seconds))));
        }
    }
    let moment = chrono::DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis());
    let day = || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(chrono::NaiveTime::MIN));
    moment
        .or_else(|_| day().map(|start| start.and_utc().timestamp_millis()))
        .map(UnixMs)
        .map_err(|_| refused(format!("{text:?} is no time; write 7d, 12h, 2026-11-24 or RFC 3339")))
}

fn refused(text: impl Into<String>) -> Failure {
    Failure::new(Exit::Refused, text)
}

impl From<TeamError> for Failure {
    fn from(error: TeamError) -> Self {
        match error {
            TeamError::Invalid(fields) => {
                let lines = fields.iter().map(|field| format!("{}: {}", field.field, field.message));
                refused(lines.collect::<Vec<_>>().join("\n"))
            }
            TeamError::NotFound => Self::new(
                Exit::NotFound,
                "there is no such member or login; `wamanager workspace members` shows all members",
            ),
            TeamError::Plan(error) => error.into(),
            TeamError::Account(error) => error.into(),
            TeamError::Db(error) => Self::new(of_db(&error), error.to_string()),
            error => refused(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_operators_write_it() {
        let now = UnixMs(1_795_521_600_000); // 2026-11-24T12:00:00Z
        let ago = |text| now.since(since_of(text, now).unwrap()).as_secs();
        assert_eq!((ago("7d"), ago("12h"), ago("5m")), (7 * 86_400, 12 * 3_600, 300));
        assert_eq!(ago("2026-11-24"), 12 * 3_600);
        assert_eq!(ago("2026-11-24T13:00:00+02:00"), 3_600);
        assert!(since_of("yesterday", now).is_err());
    }

    #[test]
    fn an_action_or_its_group_may_be_named() {
        assert_eq!(actions_of("member.added").unwrap(), [Action::MemberAdded]);
        assert!(actions_of("member").unwrap().len() > 3);
        assert!(actions_of("weather").is_err());
    }
}
