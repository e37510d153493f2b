//! A demo's initial people and workspace. No number is linked: that is the newcomer's first step.

use super::credentials::{Credentials, Login};
use crate::accounts::{Accounts, Installation, MemberRole, NewUser, NewWorkspace, Password, PlatformRole, Workspace};
use crate::operator::Failure;
use crate::operator::call::OPERATOR;
use crate::plans::Plans;

/// Creates what is missing; on the data directory of an earlier start that is nothing.
pub async fn prepare(accounts: &Accounts, credentials: &Credentials) -> Result<Workspace, Failure> {
    if let Some(workspace) = accounts.list_workspaces(OPERATOR).await?.into_iter().next() {
        return Ok(workspace);
    }
    let admin = accounts
        .create_user(OPERATOR, user("Ines Duarte", &credentials.admin, PlatformRole::Admin))
        .await?;
    let home = NewWorkspace {
        name: "Flor & Co. Bakery".into(),
        time_zone: "Europe/Lisbon".into(),
        country: "PT".into(),
    };
    let workspace = accounts.create_workspace(OPERATOR, admin.id, home).await?;
    for (name, login, platform_role) in [
        ("Tomas Reis", &credentials.agent, PlatformRole::User),
        ("Guest", &credentials.guest, PlatformRole::Guest),
    ] {
        let member = accounts.create_user(OPERATOR, user(name, login, platform_role)).await?;
        accounts
            .put_member(OPERATOR, workspace.public_id.clone(), member.id, MemberRole::Agent)
            .await?;
    }
    let tour = Installation {
        guest_tour: true,
        guest_workspace: Some(workspace.id),
        ..accounts.installation().await?
    };
    accounts.set_installation(OPERATOR, tour).await?;
    Ok(workspace)
}

/// The largest plan, so that everything can be tried. A plan that was chosen in the demo stays.
pub async fn on_largest_plan(plans: &Plans, home: &Workspace) -> Result<(), Failure> {
    if plans.usage_of(OPERATOR, home.id).await?.since.is_none() {
        let business = plans.find("business").await?;
        plans.assign(OPERATOR, &home.public_id, &business.public_id).await?;
    }
    Ok(())
}

fn user(name: &str, login: &Login, platform_role: PlatformRole) -> NewUser {
    let password = Password::new(login.password.as_str());
    NewUser {
        name: name.to_owned(),
        email: login.email.clone(),
        password,
        platform_role,
    }
}
