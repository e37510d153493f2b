//! `user …`: the logins of the installation.

use crate::accounts::{Admin, MemberRole, NewUser, NewWorkspace, Password, PlatformRole, Standing, User};
use crate::app::App;
use crate::operator::handle::workspace;
use crate::operator::wire::{Exit, ExportReport, Failure, UserLine, UserRequest};

/// Makes a login and lets it into a workspace: the one named, or the only one, or a new one when there is none.
pub(super) async fn create(app: &App, request: UserRequest) -> Result<UserLine, Failure> {
    let platform_role: PlatformRole = request
        .role
        .parse()
        .map_err(|_| unknown_role(&request.role, PlatformRole::ALL))?;
    let member_role: MemberRole = request
        .member
        .parse()
        .map_err(|_| unknown_role(&request.member, MemberRole::ALL))?;
    let first = app.accounts.list_workspaces().await?.is_empty();
    // Chosen before the user is made, so that a misspelt workspace leaves no half-made login behind.
    let home = if first {
        None
    } else {
        Some(workspace::choose(app, request.workspace.clone()).await?)
    };
    let new = NewUser {
        name: request.name,
        email: request.email,
        password: Password::new(request.password),
        platform_role,
    };
    let user = app.accounts.create_user(new).await?;
    match home {
        Some(home) => app.accounts.put_member(home.public_id, user.id, member_role).await?,
        None => {
            let name = request.workspace.unwrap_or_else(|| "My business".to_owned());
            let new = NewWorkspace {
                name,
                time_zone: request.time_zone,
                country: request.country,
            };
            app.accounts.create_workspace(user.id, new).await?;
        }
    }
    Ok(line(user))
}

pub(super) async fn list(app: &App) -> Result<Vec<UserLine>, Failure> {
    Ok(app.accounts.list_users().await?.into_iter().map(line).collect())
}

pub(super) async fn reset_password(app: &App, email: &str, password: String) -> Result<UserLine, Failure> {
    Ok(line(app.accounts.reset_password(email, Password::new(password)).await?))
}

pub(super) async fn suspend(app: &App, email: &str) -> Result<UserLine, Failure> {
    let user = app.accounts.find_user(email).await?;
    Ok(line(
        app.accounts.suspend_user(Admin::operator(), user.public_id).await?,
    ))
}

pub(super) async fn resume(app: &App, email: &str) -> Result<UserLine, Failure> {
    let user = app.accounts.find_user(email).await?;
    Ok(line(app.accounts.resume_user(Admin::operator(), user.public_id).await?))
}

pub(super) async fn vouch(app: &App, email: &str) -> Result<UserLine, Failure> {
    let user = app.accounts.find_user(email).await?;
    Ok(line(
        app.accounts.vouch_for_user(Admin::operator(), user.public_id).await?,
    ))
}

pub(super) async fn set_role(app: &App, email: &str, role: &str) -> Result<UserLine, Failure> {
    const KNOWN: &[PlatformRole] = &[PlatformRole::Admin, PlatformRole::User];
    let wanted = role.parse().ok().filter(|role| KNOWN.contains(role));
    let role = wanted.ok_or_else(|| unknown_role(role, KNOWN))?;
    let user = app.accounts.find_user(email).await?;
    let changed = app.accounts.set_platform_role(Admin::operator(), user.public_id, role);
    Ok(line(changed.await?))
}

pub(super) async fn export(app: &App, email: &str) -> Result<ExportReport, Failure> {
    let user = app.accounts.find_user(email).await?;
    let written = app.exports.write_for_operator(user).await;
    let (path, rows) = written.map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
    Ok(ExportReport { path, rows })
}

pub(super) async fn delete(app: &App, email: &str) -> Result<UserLine, Failure> {
    Ok(line(app.accounts.delete_user(email).await?))
}

pub(super) async fn drop_second_factor(app: &App, email: &str) -> Result<UserLine, Failure> {
    Ok(line(app.accounts.drop_second_factor(email).await?))
}

fn line(user: User) -> UserLine {
    UserLine {
        standing: Standing::of(&user).to_string(),
        id: user.public_id.to_string(),
        name: user.name,
        email: user.email.to_string(),
        role: user.platform_role.to_string(),
        created_at: user.created_at.to_utc().to_rfc3339(),
    }
}

fn unknown_role<T: std::fmt::Display>(word: &str, known: &[T]) -> Failure {
    let known: Vec<_> = known.iter().map(ToString::to_string).collect();
    Failure::new(
        Exit::Refused,
        format!("{word:?} is not a role; use one of: {}", known.join(", ")),
    )
}
