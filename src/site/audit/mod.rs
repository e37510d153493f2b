//! Pages of the audit log: of one workspace for its owners and managers, of the installation for administrators.

mod export;
mod query;
mod render;
pub mod views;

use actix_web::web::{Data, Query};

use self::query::AuditQuery;
use self::render::LogScope;
use crate::accounts::Scope;
use crate::audit::{Act, Action, Admin, Audit, Reader};
use crate::clock::Clock;
use crate::web::layout::PageFrame;
use crate::web::problem::PageResult;
use crate::web::render_mode::RenderMode;

/// Acts on one page.
const PAGE_SIZE: usize = 50;

/// `GET /settings/audit`.
pub async fn of_workspace(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    query: Query<AuditQuery>,
    audit: Data<Audit>,
    clock: Data<Clock>,
) -> PageResult {
    let people = audit.people(scope.workspace).await?;
    let place = LogScope::Workspace(people);
    show(
        mode,
        frame,
        Reader::Workspace(scope.workspace),
        place,
        query.into_inner(),
        &audit,
        &clock,
    )
    .await
}

/// `GET /admin/audit`.
pub async fn of_installation(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    query: Query<AuditQuery>,
    audit: Data<Audit>,
    clock: Data<Clock>,
) -> PageResult {
    show(
        mode,
        frame,
        Reader::Installation(admin),
        LogScope::Installation,
        query.into_inner(),
        &audit,
        &clock,
    )
    .await
}

async fn show(
    mode: RenderMode,
    frame: PageFrame,
    reader: Reader,
    place: LogScope,
    query: AuditQuery,
    audit: &Audit,
    clock: &Clock,
) -> PageResult {
    let found = audit
        .page(reader, query.filter(&frame.t), query.after(), PAGE_SIZE)
        .await?;
    let page = render::page(frame, &place, &query, found, clock.now());
    Ok(mode.html(&page, page.as_main()))
}

/// `GET /settings/audit.csv`.
pub async fn workspace_csv(
    frame: PageFrame,
    scope: Scope,
    query: Query<AuditQuery>,
    audit: Data<Audit>,
    clock: Data<Clock>,
) -> PageResult {
    audit.record(scope.entry(Action::AuditExported)).await?;
    let file = export::File::new(
        &audit,
        Reader::Workspace(scope.workspace),
        query.filter(&frame.t),
        frame.t,
    );
    Ok(file.answer(clock.now()))
}

/// `GET /admin/audit.csv`.
pub async fn installation_csv(
    frame: PageFrame,
    admin: Admin,
    query: Query<AuditQuery>,
    audit: Data<Audit>,
    clock: Data<Clock>,
) -> PageResult {
    audit.record(admin.entry(Action::AuditExported)).await?;
    let file = export::File::new(&audit, Reader::Installation(admin), query.filter(&frame.t), frame.t);
    Ok(file.answer(clock.now()))
}

/// A key of the detail, as a label: `old_role` is `old role`.
fn label_of(key: &str) -> String {
    key.replace('_', " ")
}

/// The values of an act's detail as texts.
fn facts_of(act: &Act) -> Vec<(String, String)> {
    let Some(object) = act.detail.as_object() else {
        return Vec::new();
    };
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    object
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (label_of(key), plain(value)))
        .collect()
}
