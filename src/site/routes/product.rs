//! Files, health, the live stream, numbers and the inbox; and the demo's own routes.

use actix_web::web;

use super::{Route, get, post};
use crate::accounts::Permission::{ManageGroups, ManageSessions, UseInbox};
use crate::site::{chats, demo, media, outbox, sessions};
use crate::web::auth::RouteAccess;
use crate::web::{assets, health, sse};

/// Files and health.
pub(super) const MACHINE: &[Route] = &[
    get("/healthz", RouteAccess::Open, || web::to(health::healthz)),
    get("/readyz", RouteAccess::Open, || web::to(health::readyz)),
    get("/assets/{name:.*}", RouteAccess::Open, || web::to(assets::serve)),
    get("/events", RouteAccess::Member, || web::to(sse::events)),
];

pub(super) const SESSIONS: &[Route] = &[
    get("/sessions", RouteAccess::Member, || web::to(sessions::index)),
    post("/sessions", MANAGING, || web::to(sessions::create)),
    get("/sessions/new", MANAGING, || web::to(sessions::new)),
    get("/sessions/{session}/settings", MANAGING, || {
        web::to(sessions::settings::show)
    }),
    post("/sessions/{session}/proxy", MANAGING, || {
        web::to(sessions::settings::proxy)
    }),
    post("/sessions/{session}/presence", MANAGING, || {
        web::to(sessions::settings::presence)
    }),
    post("/sessions/{session}/calls", MANAGING, || {
        web::to(sessions::settings::calls)
    }),
    get("/sessions/{session}/health", RouteAccess::Member, || {
        web::to(sessions::health::show)
    }),
    get("/sessions/{session}/link", MANAGING, || web::to(sessions::link::show)),
    post("/sessions/{session}/link", MANAGING, || web::to(sessions::link::start)),
    post("/sessions/{session}/pairing-code", MANAGING, || {
        web::to(sessions::link::pairing_code)
    }),
    post("/sessions/{session}/passkey", MANAGING, || {
        web::to(sessions::link::passkey)
    }),
    post("/sessions/{session}/passkey/confirm", MANAGING, || {
        web::to(sessions::link::confirm_passkey)
    }),
    post("/sessions/{session}/pause", MANAGING, || web::to(sessions::pause)),
    post("/sessions/{session}/resume", MANAGING, || web::to(sessions::reconnect)),
    post("/sessions/{session}/reconnect", MANAGING, || {
        web::to(sessions::reconnect)
    }),
    post("/sessions/{session}/rename", MANAGING, || web::to(sessions::rename)),
    post("/sessions/{session}/logout", MANAGING, || web::to(sessions::logout)),
    post("/sessions/{session}/delete", MANAGING, || web::to(sessions::delete)),
];
const MANAGING: RouteAccess = RouteAccess::Allowed(ManageSessions);

pub(super) const CHATS: &[Route] = &[
    get("/chats", IN_INBOX, || web::to(chats::index)),
    get("/chats/new", IN_INBOX, || web::to(chats::beginning::show)),
    post("/chats/new", IN_INBOX, || web::to(chats::beginning::open)),
    get("/chats/new/people", IN_INBOX, || web::to(chats::beginning::people)),
    get("/chats/{chat}", IN_INBOX, || web::to(chats::open)),
    post("/chats/{chat}/messages", IN_INBOX, || web::to(chats::send)),
    post("/chats/{chat}/read", IN_INBOX, || web::to(chats::read)),
    post("/chats/{chat}/history", IN_INBOX, || web::to(chats::history::ask)),
    post("/chats/{chat}/typing", IN_INBOX, || web::to(chats::typing)),
    post("/chats/messages/{message}/retry", IN_INBOX, || web::to(chats::retry)),
    post("/chats/messages/{message}/cancel", IN_INBOX, || web::to(chats::cancel)),
    post("/chats/messages/{message}/undo", IN_INBOX, || {
        web::to(chats::undo::undo)
    }),
    post("/chats/{chat}/media", IN_INBOX, || web::to(media::upload)),
    post("/chats/messages/{message}/file", IN_INBOX, || web::to(chats::fetch)),
    get("/media/{file}", IN_INBOX, || web::to(media::show)),
    get("/media/{file}/thumbnail", IN_INBOX, || web::to(media::thumbnail)),
    get("/media/{file}/signed", RouteAccess::Open, || web::to(media::signed)),
    get("/chats/messages/{message}/text", IN_INBOX, || {
        web::to(chats::whole_text)
    }),
    get("/chats/messages/{message}/receipts", IN_INBOX, || {
        web::to(chats::receipts)
    }),
    post("/chats/messages/{message}/contact", IN_INBOX, || {
        web::to(chats::write_to_contact)
    }),
    post("/chats/{chat}/draft", IN_INBOX, || web::to(chats::draft)),
    post("/chats/{chat}/schedule", IN_INBOX, || {
        web::to(chats::schedule::schedule)
    }),
    get("/scheduled", IN_INBOX, || web::to(chats::schedule::index)),
    post("/scheduled/{scheduled}", IN_INBOX, || web::to(chats::schedule::change)),
    post("/scheduled/{scheduled}/send", IN_INBOX, || {
        web::to(chats::schedule::send)
    }),
    post("/scheduled/{scheduled}/cancel", IN_INBOX, || {
        web::to(chats::schedule::cancel)
    }),
    get("/chats/{chat}/menu", IN_INBOX, || web::to(chats::handling::row::menu)),
    post("/chats/{chat}/assign", IN_INBOX, || web::to(chats::handling::assign)),
    post("/chats/{chat}/snooze", IN_INBOX, || web::to(chats::handling::snooze)),
    post("/chats/{chat}/handling", IN_INBOX, || web::to(chats::handling::act)),
    get("/chats/{chat}/group", IN_INBOX, || web::to(chats::groups::show)),
    post("/chats/{chat}/group", GROUPS, || web::to(chats::groups::change)),
    post("/chats/{chat}/group/members", GROUPS, || {
        web::to(chats::groups::members)
    }),
    post("/chats/{chat}/group/leave", GROUPS, || web::to(chats::groups::leave)),
    post("/chats/{chat}/group/link", GROUPS, || web::to(chats::groups::link)),
    get("/chats/{chat}/mentions", IN_INBOX, || web::to(chats::groups::offer)),
    get("/groups/new", GROUPS, || web::to(chats::groups::new)),
    get("/groups/new/people", GROUPS, || web::to(chats::groups::people)),
    post("/groups", GROUPS, || web::to(chats::groups::create)),
    get("/chats/{chat}/panel", IN_INBOX, || {
        web::to(chats::handling::panel::show)
    }),
    post("/chats/{chat}/labels", IN_INBOX, || {
        web::to(chats::handling::panel::label)
    }),
    post("/chats/{chat}/name", IN_INBOX, || {
        web::to(chats::handling::panel::rename)
    }),
    post("/chats/{chat}/notes", IN_INBOX, || web::to(chats::handling::notes::add)),
    get("/chats/notes/{note}", IN_INBOX, || {
        web::to(chats::handling::notes::show)
    }),
    get("/chats/notes/{note}/edit", IN_INBOX, || {
        web::to(chats::handling::notes::edit)
    }),
    post("/chats/notes/{note}/edit", IN_INBOX, || {
        web::to(chats::handling::notes::edited)
    }),
    post("/chats/notes/{note}/delete", IN_INBOX, || {
        web::to(chats::handling::notes::delete)
    }),
    get("/chats/{chat}/quick-replies", IN_INBOX, || {
        web::to(chats::handling::quick::offer)
    }),
    get("/settings/inbox", IN_INBOX, || web::to(chats::settings::show)),
    post("/settings/labels", IN_INBOX, || web::to(chats::settings::create_label)),
    post("/settings/labels/{label}", IN_INBOX, || {
        web::to(chats::settings::change_label)
    }),
    post("/settings/labels/{label}/delete", IN_INBOX, || {
        web::to(chats::settings::delete_label)
    }),
    post("/settings/quick-replies", IN_INBOX, || {
        web::to(chats::settings::create_quick_reply)
    }),
    post("/settings/quick-replies/{reply}", IN_INBOX, || {
        web::to(chats::settings::change_quick_reply)
    }),
    post("/settings/quick-replies/{reply}/delete", IN_INBOX, || {
        web::to(chats::settings::delete_quick_reply)
    }),
    post("/chats/{chat}/card", IN_INBOX, || web::to(chats::attach::send_card)),
    get("/chats/{chat}/card", IN_INBOX, || web::to(chats::attach::card)),
    get("/chats/messages/{message}", IN_INBOX, || web::to(chats::acting::show)),
    get("/chats/messages/{message}/actions", IN_INBOX, || {
        web::to(chats::acting::actions)
    }),
    get("/chats/messages/{message}/answer", IN_INBOX, || {
        web::to(chats::acting::answer)
    }),
    get("/chats/messages/{message}/edit", IN_INBOX, || {
        web::to(chats::acting::edit)
    }),
    post("/chats/messages/{message}/edit", IN_INBOX, || {
        web::to(chats::acting::edited)
    }),
    post("/chats/messages/{message}/delete", IN_INBOX, || {
        web::to(chats::acting::delete)
    }),
    post("/chats/messages/{message}/reaction", IN_INBOX, || {
        web::to(chats::acting::react)
    }),
    post("/chats/messages/{message}/vote", IN_INBOX, || {
        web::to(chats::acting::vote)
    }),
    get("/chats/messages/{message}/forward", IN_INBOX, || {
        web::to(chats::forwarding::choose)
    }),
    post("/chats/messages/{message}/forward", IN_INBOX, || {
        web::to(chats::forwarding::forward)
    }),
    get("/held", MANAGING, || web::to(outbox::held)),
    post("/held/resume", MANAGING, || web::to(outbox::resume)),
    post("/held/discard", MANAGING, || web::to(outbox::discard)),
];
const IN_INBOX: RouteAccess = RouteAccess::Allowed(UseInbox);
const GROUPS: RouteAccess = RouteAccess::Allowed(ManageGroups);

/// Routes that exist only while the demo runs: otherwise these paths are not found.
pub(super) const DEMO: &[Route] = &[
    get("/demo/phone", RouteAccess::Login, || web::to(demo::show)),
    get("/demo/phone/events", RouteAccess::Login, || web::to(demo::events)),
    post("/demo/phone/{number}/{peer}", RouteAccess::LoginOrGuest, || {
        web::to(demo::write)
    }),
    post("/demo/phone/{number}/{peer}/typing", RouteAccess::LoginOrGuest, || {
        web::to(demo::typing)
    }),
    post(
        "/demo/scan/{session}",
        RouteAccess::Allowed(crate::accounts::Permission::ManageSessions),
        || web::to(demo::scan),
    ),
];
