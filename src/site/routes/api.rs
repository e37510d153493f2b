//! `/v1`: the public API. Which keys may use a route is a column; a row without it is for persons only, as everything
//! is that changes members, roles, invitations, keys, billing or an account.

use actix_web::web;

use super::{Route, delete, get, post, put};
use crate::access::KeyScope::{
    AccountRead, AccountWrite, GroupsWrite, MessagesRead, MessagesSend, SessionsRead, SessionsWrite,
};
use crate::accounts::Permission::{
    ManageBilling, ManageGroups, ManageKeys, ManageMembers, ManageSessions, ManageWorkspace, UseInbox,
};
use crate::site::access as keys;
use crate::site::access::api as access;
use crate::site::accounts::api as accounts;
use crate::site::billing::api as billing;
use crate::site::chats::api as messages;
use crate::site::chats::api::conversations as chats;
use crate::site::chats::api::groups;
use crate::site::chats::api::handling;
use crate::site::chats::api::history;
use crate::site::chats::api::scheduled;
use crate::site::chats::api::send;
use crate::site::chats::api::sharing;
use crate::site::media::api as media;
use crate::site::plans::api as plans;
use crate::site::sessions::api as sessions;
use crate::site::sessions::health::api as number_health;
use crate::site::sessions::settings::api as number_settings;
use crate::site::team::api as team;
use crate::site::{openapi, reference as docs};
use crate::web::api::Key;
use crate::web::auth::RouteAccess;

pub(super) const API: &[Route] = &[
    get("/v1/openapi.json", RouteAccess::Public, || web::to(openapi::serve)),
    // auth
    post("/v1/auth/register", RouteAccess::Public, || web::to(access::register))
        .operation::<access::__path_register>(&["registration-closed", "invalid", "too-many-attempts"]),
    post("/v1/auth/login", RouteAccess::Public, || web::to(access::log_in)).operation::<access::__path_log_in>(&[
        "wrong-credentials",
        "suspended",
        "email-not-verified",
        "second-factor-required",
        "wrong-code",
        "challenge-over",
        "too-many-attempts",
    ]),
    post("/v1/auth/logout", RouteAccess::LoginOrGuest, || {
        web::to(access::log_out)
    })
    .bodiless::<access::__path_log_out>(&[]),
    post("/v1/auth/refresh-token", RouteAccess::Public, || {
        web::to(access::refresh_token)
    })
    .operation::<access::__path_refresh_token>(&["invalid-refresh-token", "token-reused"]),
    post("/v1/auth/forgot-password", RouteAccess::Public, || {
        web::to(access::forgot_password)
    })
    .operation::<access::__path_forgot_password>(&["invalid", "too-many-attempts"]),
    post("/v1/auth/reset-password", RouteAccess::Public, || {
        web::to(access::reset_password)
    })
    .operation::<access::__path_reset_password>(&["link-expired", "suspended", "invalid", "too-many-attempts"]),
    get("/v1/auth/verify-email/{token}", RouteAccess::Public, || {
        web::to(access::verify_email)
    })
    .operation::<access::__path_verify_email>(&["link-expired", "suspended", "disk-full"]),
    // users
    get("/v1/users/me", RouteAccess::Login, || web::to(accounts::me))
        .key(READ)
        .operation::<accounts::__path_me>(&[]),
    put("/v1/users/me", RouteAccess::Login, || web::to(accounts::change_me))
        .operation::<accounts::__path_change_me>(&["invalid"]),
    delete("/v1/users/me", RouteAccess::Login, || web::to(accounts::delete_me))
        .operation::<accounts::__path_delete_me>(&[
            "role",
            "invalid",
            "wrong-code",
            "only-owner",
            "last-admin",
            "too-many-attempts",
        ]),
    post("/v1/users/me/password", RouteAccess::Login, || {
        web::to(accounts::change_password)
    })
    .operation::<accounts::__path_change_password>(&["role", "invalid", "too-many-attempts"]),
    post("/v1/users/me/email", RouteAccess::Login, || {
        web::to(accounts::change_email)
    })
    .operation::<accounts::__path_change_email>(&["role", "invalid", "too-many-attempts"]),
    get("/v1/users/me/logins", RouteAccess::Login, || web::to(accounts::logins)).list::<accounts::__path_logins>(&[]),
    delete("/v1/users/me/logins/{login}", RouteAccess::LoginOrGuest, || {
        web::to(accounts::end_login)
    })
    .operation::<accounts::__path_end_login>(&[]),
    get("/v1/users/me/second-factor", RouteAccess::Login, || {
        web::to(accounts::second_factor)
    })
    .operation::<accounts::__path_second_factor>(&[]),
    post("/v1/users/me/second-factor", RouteAccess::Login, || {
        web::to(accounts::begin_second_factor)
    })
    .operation::<accounts::__path_begin_second_factor>(&["invalid", "second-factor-on", "too-many-attempts"]),
    put("/v1/users/me/second-factor", RouteAccess::Login, || {
        web::to(accounts::confirm_second_factor)
    })
    .operation::<accounts::__path_confirm_second_factor>(&["wrong-code", "too-many-attempts"]),
    delete("/v1/users/me/second-factor", RouteAccess::Login, || {
        web::to(accounts::disable_second_factor)
    })
    .operation::<accounts::__path_disable_second_factor>(&["invalid", "wrong-code", "too-many-attempts"]),
    get("/v1/users/me/usage", RouteAccess::Member, || web::to(plans::usage))
        .key(READ)
        .operation::<plans::__path_usage>(&[]),
    get("/v1/users/me/subscription", BILLING, || web::to(billing::show))
        .key(READ)
        .operation::<billing::__path_show>(&[]),
    post("/v1/users/me/subscription", BILLING, || web::to(billing::choose)).operation::<billing::__path_choose>(&[
        "invalid",
        "already-on-plan",
        "no-subscription",
        "plan-not-for-sale",
        "payment-open",
        "cannot-resume",
        "payment-refused",
        "payment-provider-unreachable",
    ]),
    get("/v1/invoices", BILLING, || web::to(billing::invoices))
        .key(READ)
        .list::<billing::__path_invoices>(&[]),
    get("/v1/plans", RouteAccess::Public, || web::to(plans::list)).list::<plans::__path_list>(&[]),
    // workspaces
    get("/v1/workspaces", RouteAccess::Login, || web::to(team::list)).list::<team::__path_list>(&[]),
    post("/v1/workspaces", RouteAccess::Login, || web::to(team::create)).operation::<team::__path_create>(&[
        "invalid",
        "too-many-workspaces",
        "free-workspaces",
    ]),
    get("/v1/workspaces/{workspace}", RouteAccess::Member, || {
        web::to(team::show)
    })
    .key(READ)
    .operation::<team::__path_show>(&[]),
    put("/v1/workspaces/{workspace}", WORKSPACE, || web::to(team::change))
        .key(WRITE)
        .operation::<team::__path_change>(&["invalid"]),
    delete("/v1/workspaces/{workspace}", WORKSPACE, || web::to(team::delete))
        .operation::<team::__path_delete>(&["invalid"]),
    post("/v1/workspaces/{workspace}/switch", RouteAccess::LoginOrGuest, || {
        web::to(team::switch)
    })
    .operation::<team::__path_switch>(&[]),
    get("/v1/workspaces/{workspace}/members", RouteAccess::Member, || {
        web::to(team::members)
    })
    .key(READ)
    .list::<team::__path_members>(&[]),
    put("/v1/workspaces/{workspace}/members/{member}", MEMBERS, || {
        web::to(team::change_member)
    })
    .operation::<team::__path_change_member>(&["invalid", "last-owner"]),
    delete("/v1/workspaces/{workspace}/members/{member}", MEMBERS, || {
        web::to(team::remove_member)
    })
    .operation::<team::__path_remove_member>(&["last-owner"]),
    get("/v1/workspaces/{workspace}/invitations", MEMBERS, || {
        web::to(team::invitations)
    })
    .key(READ)
    .list::<team::__path_invitations>(&[]),
    post("/v1/workspaces/{workspace}/invitations", MEMBERS, || {
        web::to(team::invite)
    })
    .operation::<team::__path_invite>(&["invalid", "limit-reached", "too-many-invitations"]),
    delete("/v1/workspaces/{workspace}/invitations/{invitation}", MEMBERS, || {
        web::to(team::revoke_invitation)
    })
    .operation::<team::__path_revoke_invitation>(&[]),
    // sessions
    get("/v1/sessions", RouteAccess::Member, || web::to(sessions::list))
        .key(READ_NUMBERS)
        .list::<sessions::__path_list>(&[]),
    post("/v1/sessions", NUMBERS, || web::to(sessions::create))
        .key(WRITE_NUMBERS)
        .operation::<sessions::__path_create>(&["invalid", "limit-reached"]),
    get("/v1/sessions/{session}", RouteAccess::Member, || {
        web::to(sessions::show)
    })
    .key(READ_NUMBERS)
    .operation::<sessions::__path_show>(&[]),
    put("/v1/sessions/{session}", NUMBERS, || web::to(sessions::change))
        .key(WRITE_NUMBERS)
        .operation::<sessions::__path_change>(&["invalid"]),
    delete("/v1/sessions/{session}", NUMBERS, || web::to(sessions::delete))
        .key(WRITE_NUMBERS)
        .operation::<sessions::__path_delete>(&["stopping"]),
    get("/v1/sessions/{session}/status", RouteAccess::Member, || {
        web::to(sessions::status)
    })
    .key(READ_NUMBERS)
    .operation::<sessions::__path_status>(&[]),
    get("/v1/sessions/{session}/health", RouteAccess::Member, || {
        web::to(number_health::health)
    })
    .key(READ_NUMBERS)
    .operation::<number_health::__path_health>(&[]),
    get("/v1/sessions/{session}/proxy", NUMBERS, || {
        web::to(number_settings::proxy)
    })
    .key(READ_NUMBERS)
    .operation::<number_settings::__path_proxy>(&[]),
    put("/v1/sessions/{session}/proxy", NUMBERS, || {
        web::to(number_settings::set_proxy)
    })
    .key(WRITE_NUMBERS)
    .operation::<number_settings::__path_set_proxy>(&["invalid"]),
    delete("/v1/sessions/{session}/proxy", NUMBERS, || {
        web::to(number_settings::remove_proxy)
    })
    .key(WRITE_NUMBERS)
    .operation::<number_settings::__path_remove_proxy>(&[]),
    get("/v1/sessions/{session}/calls", NUMBERS, || {
        web::to(number_settings::calls)
    })
    .key(READ_NUMBERS)
    .operation::<number_settings::__path_calls>(&[]),
    put("/v1/sessions/{session}/calls", NUMBERS, || {
        web::to(number_settings::set_calls)
    })
    .key(WRITE_NUMBERS)
    .operation::<number_settings::__path_set_calls>(&["invalid"]),
    get("/v1/sessions/{session}/presence", NUMBERS, || {
        web::to(number_settings::presence)
    })
    .key(READ_NUMBERS)
    .operation::<number_settings::__path_presence>(&[]),
    put("/v1/sessions/{session}/presence", NUMBERS, || {
        web::to(number_settings::set_presence)
    })
    .key(WRITE_NUMBERS)
    .operation::<number_settings::__path_set_presence>(&[]),
    get("/v1/sessions/{session}/qr", NUMBERS, || web::to(sessions::qr))
        .key(WRITE_NUMBERS)
        .operation::<sessions::__path_qr>(&["already-linked", "no-qr-code", "stopping"]),
    post("/v1/sessions/{session}/qr", NUMBERS, || web::to(sessions::pair))
        .key(WRITE_NUMBERS)
        .operation::<sessions::__path_pair>(&["already-linked", "limit-reached", "stopping"]),
    post("/v1/sessions/{session}/pairing-code", NUMBERS, || {
        web::to(sessions::pairing_code)
    })
    .key(WRITE_NUMBERS)
    .operation::<sessions::__path_pairing_code>(&[
        "invalid",
        "already-linked",
        "code-refused",
        "qr-only",
        "limit-reached",
        "stopping",
    ]),
    post("/v1/sessions/{session}/logout", NUMBERS, || web::to(sessions::logout))
        .key(WRITE_NUMBERS)
        .operation::<sessions::__path_logout>(&["not-linked", "not-connected", "whatsapp", "stopping"]),
    post("/v1/sessions/{session}/pause", NUMBERS, || web::to(sessions::pause))
        .key(WRITE_NUMBERS)
        .operation::<sessions::__path_pause>(&["not-linked", "stopping"]),
    post("/v1/sessions/{session}/resume", NUMBERS, || web::to(sessions::resume))
        .key(WRITE_NUMBERS)
        .operation::<sessions::__path_resume>(&["not-linked", "limit-reached", "stopping"]),
    post("/v1/sessions/{session}/reconnect", NUMBERS, || {
        web::to(sessions::reconnect)
    })
    .key(WRITE_NUMBERS)
    .operation::<sessions::__path_reconnect>(&["not-linked", "limit-reached", "stopping"]),
    // messages
    get("/v1/sessions/{session}/messages", INBOX, || web::to(messages::list))
        .key(READ_MESSAGES)
        .list::<messages::__path_list>(&[]),
    post("/v1/sessions/{session}/messages", INBOX, || web::to(send::send))
        .key(SEND_MESSAGES)
        .operation::<send::__path_send>(&["invalid", "not-linked", "read-only"]),
    post("/v1/sessions/{session}/messages/search", INBOX, || {
        web::to(messages::search)
    })
    .key(READ_MESSAGES)
    .list::<messages::__path_search>(&["invalid"]),
    post("/v1/sessions/{session}/messages/bulk", INBOX, || web::to(send::bulk))
        .key(SEND_MESSAGES)
        .operation::<send::__path_bulk>(&["invalid"]),
    get("/v1/sessions/{session}/messages/{message}", INBOX, || {
        web::to(messages::show)
    })
    .key(READ_MESSAGES)
    .operation::<messages::__path_show>(&[]),
    get("/v1/sessions/{session}/messages/media/{message}", INBOX, || {
        web::to(media::of_message)
    })
    .key(READ_MESSAGES)
    .file::<media::__path_of_message>(&["bad-range", "file-not-here", "files-unavailable"]),
    get("/v1/sessions/{session}/messages/{message}/receipts", INBOX, || {
        web::to(messages::receipts)
    })
    .key(READ_MESSAGES)
    .list::<messages::__path_receipts>(&[]),
    post("/v1/sessions/{session}/messages/{message}/retry", INBOX, || {
        web::to(send::retry)
    })
    .key(SEND_MESSAGES)
    .operation::<send::__path_retry>(&["not-failed"]),
    delete("/v1/sessions/{session}/messages/{message}", INBOX, || {
        web::to(messages::remove)
    })
    .key(SEND_MESSAGES)
    .operation::<messages::__path_remove>(&["bad-parameter", "invalid", "not-linked", "on-its-way", "read-only"]),
    // media
    post("/v1/sessions/{session}/media", INBOX, || web::to(media::upload))
        .key(SEND_MESSAGES)
        .operation::<media::__path_upload>(&[
            "invalid",
            "too-slow",
            "encoded-body",
            "limit-reached",
            "files-unavailable",
        ]),
    get("/v1/sessions/{session}/media/{file}", INBOX, || web::to(media::show))
        .key(READ_MESSAGES)
        .operation::<media::__path_show>(&[]),
    get("/v1/sessions/{session}/media/{file}/content", INBOX, || {
        web::to(media::content)
    })
    .key(READ_MESSAGES)
    .file::<media::__path_content>(&["bad-range", "file-not-here", "files-unavailable"]),
    // chats
    get("/v1/sessions/{session}/chats", INBOX, || web::to(chats::list))
        .key(READ_MESSAGES)
        .list::<chats::__path_list>(&[]),
    get("/v1/sessions/{session}/chats/{chat}", INBOX, || web::to(chats::show))
        .key(READ_MESSAGES)
        .operation::<chats::__path_show>(&[]),
    get("/v1/sessions/{session}/chats/{chat}/messages", INBOX, || {
        web::to(chats::messages)
    })
    .key(READ_MESSAGES)
    .list::<chats::__path_messages>(&[]),
    post("/v1/sessions/{session}/chats/{chat}/read", INBOX, || {
        web::to(chats::read)
    })
    .key(SEND_MESSAGES)
    .operation::<chats::__path_read>(&[]),
    post("/v1/sessions/{session}/chats/{chat}/typing", INBOX, || {
        web::to(chats::typing)
    })
    .key(SEND_MESSAGES)
    .operation::<chats::__path_typing>(&[]),
    get("/v1/sessions/{session}/chats/{chat}/history", INBOX, || {
        web::to(history::show)
    })
    .key(READ_MESSAGES)
    .operation::<history::__path_show>(&[]),
    post("/v1/sessions/{session}/chats/{chat}/history", INBOX, || {
        web::to(history::ask)
    })
    .key(READ_MESSAGES)
    .operation::<history::__path_ask>(&[]),
    // what a team does with chats
    get("/v1/sessions/{session}/chats/{chat}/handling", INBOX, || {
        web::to(handling::show)
    })
    .key(READ_MESSAGES)
    .operation::<handling::__path_show>(&[]),
    post("/v1/sessions/{session}/chats/{chat}/assign", INBOX, || {
        web::to(handling::assign)
    })
    .key(SEND_MESSAGES)
    .operation::<handling::__path_assign>(&["invalid"]),
    post("/v1/sessions/{session}/chats/{chat}/resolve", INBOX, || {
        web::to(handling::resolve)
    })
    .key(SEND_MESSAGES)
    .operation::<handling::__path_resolve>(&[]),
    post("/v1/sessions/{session}/chats/{chat}/reopen", INBOX, || {
        web::to(handling::reopen)
    })
    .key(SEND_MESSAGES)
    .operation::<handling::__path_reopen>(&[]),
    post("/v1/sessions/{session}/chats/{chat}/snooze", INBOX, || {
        web::to(handling::snooze)
    })
    .key(SEND_MESSAGES)
    .operation::<handling::__path_snooze>(&["invalid"]),
    put("/v1/sessions/{session}/chats/{chat}/labels", INBOX, || {
        web::to(handling::label)
    })
    .key(SEND_MESSAGES)
    .operation::<handling::__path_label>(&["invalid"]),
    // groups
    get("/v1/sessions/{session}/groups", INBOX, || web::to(groups::list))
        .key(READ_MESSAGES)
        .list::<groups::__path_list>(&[]),
    post("/v1/sessions/{session}/groups", GROUPS, || web::to(groups::create))
        .key(WRITE_GROUPS)
        .operation::<groups::__path_create>(&["invalid", "not-connected", "whatsapp"]),
    get("/v1/sessions/{session}/groups/{chat}", INBOX, || web::to(groups::show))
        .key(READ_MESSAGES)
        .operation::<groups::__path_show>(&[]),
    put("/v1/sessions/{session}/groups/{chat}", GROUPS, || {
        web::to(groups::change)
    })
    .key(WRITE_GROUPS)
    .operation::<groups::__path_change>(&["invalid", "not-connected", "read-only", "not-group-admin", "whatsapp"]),
    get("/v1/sessions/{session}/groups/{chat}/members", INBOX, || {
        web::to(groups::members)
    })
    .key(READ_MESSAGES)
    .list::<groups::__path_members>(&["bad-parameter"]),
    post("/v1/sessions/{session}/groups/{chat}/members", GROUPS, || {
        web::to(groups::add)
    })
    .key(WRITE_GROUPS)
    .operation::<groups::__path_add>(&["invalid", "not-connected", "read-only", "not-group-admin", "whatsapp"]),
    post("/v1/sessions/{session}/groups/{chat}/members/remove", GROUPS, || {
        web::to(groups::remove)
    })
    .key(WRITE_GROUPS)
    .operation::<groups::__path_remove>(&["invalid", "not-connected", "read-only", "not-group-admin", "whatsapp"]),
    post("/v1/sessions/{session}/groups/{chat}/members/promote", GROUPS, || {
        web::to(groups::promote)
    })
    .key(WRITE_GROUPS)
    .operation::<groups::__path_promote>(&[
        "invalid",
        "not-connected",
        "read-only",
        "not-group-admin",
        "whatsapp",
    ]),
    post("/v1/sessions/{session}/groups/{chat}/members/demote", GROUPS, || {
        web::to(groups::demote)
    })
    .key(WRITE_GROUPS)
    .operation::<groups::__path_demote>(&["invalid", "not-connected", "read-only", "not-group-admin", "whatsapp"]),
    post("/v1/sessions/{session}/groups/{chat}/leave", GROUPS, || {
        web::to(groups::leave)
    })
    .key(WRITE_GROUPS)
    .operation::<groups::__path_leave>(&["not-connected", "read-only", "not-group-admin", "whatsapp"]),
    get("/v1/sessions/{session}/groups/{chat}/link", GROUPS, || {
        web::to(groups::link)
    })
    .key(WRITE_GROUPS)
    .operation::<groups::__path_link>(&["not-connected", "read-only", "not-group-admin", "whatsapp"]),
    post("/v1/sessions/{session}/groups/{chat}/link", GROUPS, || {
        web::to(groups::renew_link)
    })
    .key(WRITE_GROUPS)
    .operation::<groups::__path_renew_link>(&["not-connected", "read-only", "not-group-admin", "whatsapp"]),
    get("/v1/labels", INBOX, || web::to(sharing::labels))
        .key(READ_MESSAGES)
        .list::<sharing::__path_labels>(&[]),
    put("/v1/sessions/{session}/chats/{chat}/labels/{label}", INBOX, || {
        web::to(sharing::add_label)
    })
    .key(SEND_MESSAGES)
    .operation::<sharing::__path_add_label>(&[]),
    delete("/v1/sessions/{session}/chats/{chat}/labels/{label}", INBOX, || {
        web::to(sharing::remove_label)
    })
    .key(SEND_MESSAGES)
    .operation::<sharing::__path_remove_label>(&[]),
    get("/v1/sessions/{session}/chats/{chat}/notes", INBOX, || {
        web::to(sharing::notes)
    })
    .key(READ_MESSAGES)
    .list::<sharing::__path_notes>(&[]),
    post("/v1/sessions/{session}/chats/{chat}/notes", INBOX, || {
        web::to(sharing::create_note)
    })
    .key(SEND_MESSAGES)
    .operation::<sharing::__path_create_note>(&["invalid"]),
    get("/v1/sessions/{session}/chats/{chat}/notes/{note}", INBOX, || {
        web::to(sharing::show_note)
    })
    .key(READ_MESSAGES)
    .operation::<sharing::__path_show_note>(&[]),
    put("/v1/sessions/{session}/chats/{chat}/notes/{note}", INBOX, || {
        web::to(sharing::edit_note)
    })
    .key(SEND_MESSAGES)
    .operation::<sharing::__path_edit_note>(&["invalid"]),
    delete("/v1/sessions/{session}/chats/{chat}/notes/{note}", INBOX, || {
        web::to(sharing::delete_note)
    })
    .key(SEND_MESSAGES)
    .operation::<sharing::__path_delete_note>(&[]),
    get("/v1/quick-replies", INBOX, || web::to(sharing::quick_replies))
        .key(READ_MESSAGES)
        .list::<sharing::__path_quick_replies>(&[]),
    post("/v1/quick-replies", INBOX, || web::to(sharing::create_quick_reply))
        .key(SEND_MESSAGES)
        .operation::<sharing::__path_create_quick_reply>(&["invalid"]),
    get("/v1/quick-replies/{reply}", INBOX, || {
        web::to(sharing::show_quick_reply)
    })
    .key(READ_MESSAGES)
    .operation::<sharing::__path_show_quick_reply>(&[]),
    put("/v1/quick-replies/{reply}", INBOX, || {
        web::to(sharing::change_quick_reply)
    })
    .key(SEND_MESSAGES)
    .operation::<sharing::__path_change_quick_reply>(&["invalid"]),
    delete("/v1/quick-replies/{reply}", INBOX, || {
        web::to(sharing::delete_quick_reply)
    })
    .key(SEND_MESSAGES)
    .operation::<sharing::__path_delete_quick_reply>(&[]),
    // messages for later
    get("/v1/sessions/{session}/scheduled", INBOX, || web::to(scheduled::list))
        .key(READ_MESSAGES)
        .list::<scheduled::__path_list>(&[]),
    post("/v1/sessions/{session}/scheduled", INBOX, || web::to(scheduled::create))
        .key(SEND_MESSAGES)
        .operation::<scheduled::__path_create>(&["invalid", "not-linked", "read-only"]),
    get("/v1/sessions/{session}/scheduled/{scheduled}", INBOX, || {
        web::to(scheduled::show)
    })
    .key(READ_MESSAGES)
    .operation::<scheduled::__path_show>(&[]),
    put("/v1/sessions/{session}/scheduled/{scheduled}", INBOX, || {
        web::to(scheduled::change)
    })
    .key(SEND_MESSAGES)
    .operation::<scheduled::__path_change>(&["invalid"]),
    delete("/v1/sessions/{session}/scheduled/{scheduled}", INBOX, || {
        web::to(scheduled::cancel)
    })
    .key(SEND_MESSAGES)
    .operation::<scheduled::__path_cancel>(&[]),
    // keys
    get("/v1/api-keys", KEYS, || web::to(access::list_keys)).list::<access::__path_list_keys>(&[]),
    post("/v1/api-keys", KEYS, || web::to(access::create_key)).operation::<access::__path_create_key>(&["invalid"]),
    get("/v1/api-keys/{key}", KEYS, || web::to(access::show_key)).operation::<access::__path_show_key>(&[]),
    delete("/v1/api-keys/{key}", KEYS, || web::to(access::revoke_key)).operation::<access::__path_revoke_key>(&[]),
    // Pages.
    get("/docs/api", RouteAccess::Public, || web::to(docs::reference)),
    post("/docs/api/token", RouteAccess::LoginOrGuest, || web::to(docs::token)),
    get("/docs/api/{operation}", RouteAccess::Public, || {
        web::to(docs::operation)
    }),
    get("/docs/errors", RouteAccess::Public, || web::to(docs::errors)),
    get("/docs/errors/{code}", RouteAccess::Public, || web::to(docs::code)),
    get("/settings/keys", KEYS, || web::to(keys::index)),
    get("/settings/keys/new", KEYS, || web::to(keys::new)),
    post("/settings/keys", KEYS, || web::to(keys::create)),
    post("/settings/keys/{key}/revoke", KEYS, || web::to(keys::revoke)),
];
const BILLING: RouteAccess = RouteAccess::Allowed(ManageBilling);
const WORKSPACE: RouteAccess = RouteAccess::Allowed(ManageWorkspace);
const MEMBERS: RouteAccess = RouteAccess::Allowed(ManageMembers);
const KEYS: RouteAccess = RouteAccess::Allowed(ManageKeys);
const NUMBERS: RouteAccess = RouteAccess::Allowed(ManageSessions);
const GROUPS: RouteAccess = RouteAccess::Allowed(ManageGroups);
const INBOX: RouteAccess = RouteAccess::Allowed(UseInbox);
const READ: Key = Key::With(AccountRead);
const WRITE: Key = Key::With(AccountWrite);
const READ_NUMBERS: Key = Key::With(SessionsRead);
const WRITE_NUMBERS: Key = Key::With(SessionsWrite);
const READ_MESSAGES: Key = Key::With(MessagesRead);
const SEND_MESSAGES: Key = Key::With(MessagesSend);
const WRITE_GROUPS: Key = Key::With(GroupsWrite);
