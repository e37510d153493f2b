//! An administrator is a type: what looks or acts across workspaces takes an `Admin` first, and only two places make one.

use std::collections::BTreeSet;

use super::rooms::floor;
use super::{assert_none, sources};

/// The only two places that create an `Admin`: the visit, after checking the role, and the command line.
const MAKERS: &[(&str, &str)] = &[
    ("Admin::person(", "src/accounts/logins/mod.rs"),
    ("Admin::operator()", "src/operator/call.rs"),
];

/// The first parameter that says whose rows a method is about: a member in a workspace, an administrator, a logged-in
/// person, a credential's owner, and a reader of the audit log.
const PROOFS: &[&str] = &["Scope", "Admin", "&Visit", "&Caller", "Reader"];

/// Methods that take none of these, with why. This list only gets shorter.
const WITHOUT_PROOF: &[(&str, &[(&str, &str)])] = &[
    (
        "before anybody is known; what is typed or mailed is the proof",
        &[
            ("access/keys.rs", "authenticate_key"),
            ("access/tokens.rs", "authenticate"),
            ("access/tokens.rs", "log_in"),
            ("access/tokens.rs", "refresh"),
            ("accounts/email_links.rs", "forgot_password"),
            ("accounts/email_links.rs", "resend_verification"),
            ("accounts/installation/mod.rs", "installation"),
            ("accounts/installation/mod.rs", "log_in_as_guest"),
            ("accounts/joining.rs", "prepare_joiner"),
            ("accounts/logins/log_in.rs", "authenticate"),
            ("accounts/logins/log_in.rs", "authenticate_code"),
            ("accounts/logins/log_in.rs", "check_challenge"),
            ("accounts/logins/log_in.rs", "finish_log_in"),
            ("accounts/logins/log_in.rs", "log_in"),
            ("accounts/logins/service.rs", "visit"),
            ("accounts/password.rs", "assess"),
            ("accounts/password.rs", "hash"),
            ("accounts/password.rs", "verify"),
            ("accounts/recovery.rs", "confirm_email_change"),
            ("accounts/recovery.rs", "reset_password_by_link"),
            ("accounts/registration.rs", "check_link"),
            ("accounts/registration.rs", "register"),
            ("accounts/registration.rs", "verify_email"),
            ("accounts/service.rs", "assess_password"),
            ("accounts/service.rs", "awaits_setup"),
            ("accounts/service.rs", "check_setup"),
            ("accounts/service.rs", "offer_setup"),
            ("accounts/service.rs", "set_up"),
            ("billing/inbox.rs", "receive"),
            ("media/service.rs", "signed"),
            ("team/joining.rs", "join"),
            ("team/joining.rs", "look"),
        ],
    ),
    (
        "bound to the one person whose id it takes",
        &[
            ("accounts/deletion/mod.rs", "delete_account"),
            ("accounts/deletion/mod.rs", "deletion_outcome"),
            ("accounts/logins/alerts.rs", "end_suspicious"),
            ("accounts/logins/own.rs", "own_logins"),
            ("accounts/logins/service.rs", "log_out"),
            ("accounts/logins/service.rs", "still_may"),
            ("accounts/second_factor/service.rs", "ask_again"),
            ("accounts/second_factor/service.rs", "cancel_second_factor"),
            ("accounts/second_factor/service.rs", "enrolment"),
            ("accounts/second_factor/service.rs", "second_factor"),
            ("accounts/service.rs", "memberships"),
            ("accounts/service.rs", "rename_user"),
            ("export/service.rs", "get"),
            ("export/service.rs", "latest"),
            ("export/service.rs", "stop"),
            ("team/workspaces.rs", "may_own_more"),
            ("team/workspaces.rs", "workspaces_of"),
        ],
    ),
    (
        "bound to the one workspace, number or request that it takes",
        &[
            ("access/replays.rs", "claim"),
            ("access/replays.rs", "keep"),
            ("access/replays.rs", "release"),
            ("audit/service.rs", "people"),
            ("audit/service.rs", "record"),
            ("billing/upkeep.rs", "compare"),
            ("mail/worker.rs", "deliver_now"),
            ("media/service.rs", "copy"),
            ("media/service.rs", "land"),
            ("media/service.rs", "open"),
            ("media/service.rs", "refuse"),
            ("media/service.rs", "thumbnail"),
            ("outbox/service.rs", "limits_changed"),
            ("sessions/service.rs", "key_trouble"),
            ("sessions/service.rs", "client_version"),
            ("sessions/service.rs", "new_chat_refused"),
            ("sessions/within_plan.rs", "follow_plan"),
        ],
    ),
    (
        "the price list, which is everybody's",
        &[
            ("plans/service.rs", "find"),
            ("plans/service.rs", "get"),
            ("plans/service.rs", "offered"),
        ],
    ),
    (
        "the program's own work, which shows nobody anything",
        &[
            ("audit/service.rs", "prune"),
            ("backup/service.rs", "catch_up"),
            ("backup/service.rs", "create"),
            ("backup/service.rs", "create_with_keys"),
            ("backup/service.rs", "status"),
            ("chats/receipt_worker.rs", "run"),
            ("events/bus.rs", "next"),
            ("jobs/runner/carry.rs", "progress"),
            ("jobs/runner/carry.rs", "until_stopped"),
            ("jobs/runner/mod.rs", "run"),
            ("jobs/schedule.rs", "look"),
            ("jobs/schedule.rs", "run"),
            ("jobs/schedule.rs", "tick"),
            ("jobs/service.rs", "enqueue"),
            ("jobs/service.rs", "newest"),
            ("jobs/service.rs", "settled"),
            ("mail/service.rs", "send"),
            ("media/service.rs", "stage"),
            ("outbox/sender_pool.rs", "run"),
            ("sessions/supervisor.rs", "restore"),
        ],
    ),
];

#[test]
fn an_administrator_is_made_only_where_somebody_was_asked() {
    let mut offences = Vec::new();
    for source in sources(&["src"], "rs") {
        for (number, line) in source.code() {
            for (call, maker) in MAKERS {
                if line.contains(call) && source.path != *maker {
                    offences.push(format!("{}:{number}: {}", source.path, line.trim()));
                }
            }
        }
    }
    assert_none("only these make an administrator, see MAKERS", &offences);
}

/// Reads the signatures: whether a method that takes no workspace takes an `Admin` shows there, and the compiler sees to
/// the rest. What is not `async` cannot read the database.
#[test]
fn a_method_that_looks_across_workspaces_takes_an_administrator_first() {
    let (mut without, mut looked) = (BTreeSet::new(), 0);
    for source in sources(&["src"], "rs") {
        let room = source.room().expect("below src");
        if floor(room) < floor("audit") || floor(room) >= floor("site") || room == "web" || room == "demo" {
            continue;
        }
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        for (at, opening) in code.match_indices("pub async fn ") {
            let signature = &code[at + opening.len()..];
            let name: String = signature
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            let parameters = parameters(&signature[name.len()..]);
            let Some((me, rest)) = parameters.split_first() else {
                continue;
            };
            if !me.ends_with("self") {
                continue;
            }
            looked += 1;
            let first = rest.first().and_then(|parameter| parameter.split_once(": "));
            if first.is_none_or(|(_, kind)| !PROOFS.contains(&kind)) {
                without.insert((source.path["src/".len()..].to_owned(), name));
            }
        }
    }
    assert!(looked > 200, "hardly any method was looked at: {looked}");
    let listed = WITHOUT_PROOF.iter().flat_map(|(_, methods)| methods.iter());
    let listed: BTreeSet<_> = listed
        .map(|(path, name)| ((*path).to_owned(), (*name).to_owned()))
        .collect();
    let shown = |methods: BTreeSet<&(String, String)>| {
        let lines = methods.iter().map(|(path, name)| format!("src/{path}: {name}"));
        lines.collect::<Vec<_>>()
    };
    let new = without.difference(&listed).collect();
    let rule = "takes neither a Scope, an Admin nor a Visit first, and stands not in WITHOUT_PROOF";
    assert_none(rule, &shown(new));
    assert_none(
        "stands in WITHOUT_PROOF and needs to no more",
        &shown(listed.difference(&without).collect()),
    );
}

/// What stands between the first parentheses, cut at the commas between parameters; type parameters are skipped.
fn parameters(signature: &str) -> Vec<String> {
    let (mut depth, mut current, mut all) = (0_u32, String::new(), Vec::new());
    let start = if signature.starts_with('<') {
        signature.find(">(").map_or(0, |at| at + 1)
    } else {
        0
    };
    let mut before = ' ';
    for c in signature[start..].chars() {
        match c {
            '(' | '<' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        before = c;
        if depth == 0 {
            break;
        }
        match c {
            '(' if depth == 1 => {}
            ',' if depth == 1 => all.push(std::mem::take(&mut current)),
            c => current.push(c),
        }
    }
    all.push(current);
    let tidy = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    all.into_iter().map(tidy).filter(|text| !text.is_empty()).collect()
}
