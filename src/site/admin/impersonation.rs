//! Starting and ending impersonation.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};

use crate::accounts::{Accounts, IssuedLogin};
use crate::audit::Admin;
use crate::ids::PublicId;
use crate::web::auth::{Actor, browser_of, login_cookie, transport_of};
use crate::web::htmx;
use crate::web::problem::{PageResult, Problem};

/// `POST /admin/users/{user}/impersonate`.
pub async fn start(
    request: HttpRequest,
    (actor, admin): (Actor, Admin),
    id: Path<PublicId>,
    accounts: Data<Accounts>,
) -> PageResult {
    let login = accounts
        .impersonate(admin, actor.0.login, id.into_inner(), browser_of(&request))
        .await?;
    enter(&request, &login, "/")
}

/// `POST /impersonation/stop`: back to the administrator's own pages.
pub async fn stop(request: HttpRequest, actor: Actor, accounts: Data<Accounts>) -> PageResult {
    let back = format!("/admin/users/{}", actor.0.user.public_id);
    let login = accounts.stop_impersonating(&actor.0, browser_of(&request)).await?;
    enter(&request, &login, &back)
}

fn enter(request: &HttpRequest, login: &IssuedLogin, path: &str) -> PageResult {
    let mut reply = htmx::reload_to(request, path);
    reply
        .add_cookie(&login_cookie(transport_of(request), login))
        .map_err(Problem::internal)?;
    Ok(reply)
}
