//! An installation in which every form can be reached, and the people who see them.

use serde_json::json;
use totp_rs::{Builder, Secret, Totp};
use wamanager::accounts::{Installation, MemberRole, NewUser, NewWorkspace, Password, PlatformRole, Scope, User};
use wamanager::audit::Admin;
use wamanager::clock::Clock;
use wamanager::db;

use crate::browser::{ANA, EMAIL, SHOP, Site};
use crate::support::chrome::Chrome;
use crate::support::{Browser, PASSWORD};

/// An installation whose owner, also an administrator, sees every form of every page.
pub async fn furnish(site: &Site, owner: &Browser) -> User {
    let (world, app, scope) = (&site.world, &site.world.app, site.world.scope);
    let user = |email: &str, name: &str| NewUser {
        name: name.into(),
        email: email.into(),
        password: Password::new(PASSWORD),
        platform_role: PlatformRole::User,
    };
    let place = |name: &str| NewWorkspace {
        name: name.into(),
        time_zone: "UTC".into(),
        country: "PT".into(),
    };
    // Other people: a member, an owner of another workspace who asks ours to join, and one who was suspended.
    let agent = app
        .accounts
        .create_user(Admin::operator(), user("agent@example.com", "Rui"))
        .await
        .unwrap();
    let other = app
        .accounts
        .create_user(Admin::operator(), user("other@example.com", "Eva"))
        .await
        .unwrap();
    let gone = app
        .accounts
        .create_user(Admin::operator(), user("gone@example.com", "Max"))
        .await
        .unwrap();
    let home = app.accounts.find_user(Admin::operator(), EMAIL).await.unwrap();
    let elsewhere = app
        .accounts
        .create_workspace(Admin::operator(), other.id, place("Elsewhere"))
        .await
        .unwrap();
    let second = app
        .accounts
        .create_workspace(Admin::operator(), home.id, place("Second"))
        .await
        .unwrap();
    let closed = app
        .accounts
        .create_workspace(Admin::operator(), other.id, place("Closed"))
        .await
        .unwrap();
    let (flor, agent_id) = (scope.workspace, agent.id);
    let arrange = move |tx: &rusqlite::Transaction<'_>| {
        tx.execute(
            "INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, 'agent', 1)",
            rusqlite::params![flor, agent_id],
        )?;
        tx.execute(
            "UPDATE users SET verified_at = NULL WHERE email = 'other@example.com'",
            [],
        )?;
        Ok::<_, db::DbError>(())
    };
    app.db.write(arrange).await.unwrap();
    let asks = Scope::person(elsewhere.id, other.id, MemberRole::Owner);
    app.team.invite(asks, EMAIL, MemberRole::Agent).await.unwrap();
    app.team
        .invite(scope, "invited@example.com", MemberRole::Agent)
        .await
        .unwrap();
    let tour = Installation {
        registration_open: true,
        guest_tour: true,
        guest_workspace: Some(second.id),
        free_workspaces: 2,
    };
    app.accounts.set_installation(Admin::operator(), tour).await.unwrap();

    // Numbers: a working one, a paused one, one that was never linked.
    let session = world.unlinked().await;
    world.pair(&session, SHOP).await;
    let resting = world.link("351910000200").await;
    app.sessions.pause(scope, &resting).await.unwrap();
    world.unlinked().await;
    let chat = site.write(ANA, "Hello").await;

    // Jobs in every state that a person can change, and rows for the other lists.
    let jobs = |tx: &rusqlite::Transaction<'_>| {
        for (id, state) in [("a", "dead"), ("b", "waiting"), ("c", "running")] {
            let sql = "INSERT INTO jobs (public_id, lane, kind, payload, state, max_attempts, due_at, created_at, lease_until, lease_token)
                       VALUES (?1, 'upkeep', 'mail', '{}', ?2, 3, 32503680000000, 1, 32503680000000, 1)";
            tx.execute(sql, rusqlite::params![format!("job_{}", id.repeat(26)), state])?;
        }
        Ok::<_, db::DbError>(())
    };
    app.db.write(jobs).await.unwrap();
    let dearer = app.plans.find("pro").await.unwrap().public_id;
    let gone_plan = app.plans.find("business").await.unwrap().public_id;
    for (path, form) in [
        (
            "/settings/keys".to_owned(),
            vec![("key_name", "Till"), ("account_read", "on")],
        ),
        ("/settings/account/export".to_owned(), vec![]),
        (
            "/settings/labels".to_owned(),
            vec![("name", "Urgent"), ("colour", "red")],
        ),
        (
            "/settings/quick-replies".to_owned(),
            vec![("shortcut", "hours"), ("body", "9 to 5")],
        ),
        (
            format!("/chats/{chat}/schedule"),
            vec![("text", "Later"), ("quick", "tomorrow")],
        ),
        (format!("/chats/{chat}/notes"), vec![("note", "Called her")]),
        (format!("/admin/users/{}/suspend", gone.public_id), vec![]),
        (format!("/admin/workspaces/{}/suspend", closed.public_id), vec![]),
        (format!("/admin/plans/{gone_plan}/archive"), vec![]),
        (format!("/settings/billing/choose/{dearer}"), vec![]),
    ] {
        let reply = owner.post(&path, &form).await;
        assert!(reply.status < 400, "{path}: {} {}", reply.status, reply.body);
    }
    agent
}

/// The path of the newest link mailed to this address.
async fn link_to(site: &Site, email: &str, part: &str) -> String {
    let mail = &site.world.app.mail;
    for row in mail
        .list(Admin::operator(), None, None)
        .await
        .unwrap()
        .rows
        .iter()
        .filter(|row| row.to == email)
    {
        let text = mail
            .get(Admin::operator(), &row.public_id)
            .await
            .unwrap()
            .text
            .unwrap_or_default();
        if let Some(line) = text
            .lines()
            .find(|line| line.starts_with("http") && line.contains(part))
        {
            return line.parse::<url::Url>().unwrap().path().to_owned();
        }
    }
    panic!("no email to {email} has a link with {part}");
}

fn code(page: &str) -> String {
    let secret = page
        .split("<code data-secret>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let totp: Totp = Builder::new()
        .with_secret(Secret::try_from_base32(secret.replace(' ', "")).unwrap())
        .build()
        .unwrap();
    totp.generate(u64::try_from(Clock::System.now().0 / 1_000).unwrap())
        .to_string()
}

pub const FACTOR: &str = "/settings/security/second-factor";

/// A separate login, so that throttling after wrong passwords affects nobody else.
pub async fn somebody(site: &Site, email: &str) -> Browser {
    let new = NewUser {
        name: "Somebody".into(),
        email: email.into(),
        password: Password::new(PASSWORD),
        platform_role: PlatformRole::User,
    };
    site.world
        .app
        .accounts
        .create_user(Admin::operator(), new)
        .await
        .unwrap();
    let browser = Browser::new(&site.url(""));
    browser.log_in(email, PASSWORD).await;
    browser
}

/// Begins to set up the second factor; returns the code that would turn it on.
pub async fn begin(browser: &Browser) -> String {
    let path = format!("{FACTOR}/begin");
    browser.post(&path, &[("password", PASSWORD)]).await.expect(303);
    code(&browser.get(FACTOR).await.expect(200).body)
}

/// Gives the window this browser's login.
pub async fn enter(chrome: &Chrome, base: &str, browser: &Browser) {
    chrome.devtools("Network.clearBrowserCookies", json!({})).await;
    chrome.go(&format!("{base}/goodbye")).await;
    for name in ["login", "second-factor"] {
        if let Some(value) = browser.cookie(name) {
            let cookie = json!({ "cookie": { "name": name, "value": value, "path": "/" } });
            chrome.ask("/cookie", cookie).await;
        }
    }
}

/// The pages for visitors without a login, with the links mailed to them.
pub async fn outside(site: &Site, owner: &Browser) -> Vec<String> {
    let stranger = Browser::new(&site.url(""));
    let registered = [("email", "ada@example.com"), ("password", PASSWORD), ("zone", "UTC")];
    stranger.post("/register", &registered).await.expect(303);
    let forgot = [("email", "agent@example.com")];
    stranger.post("/forgot", &forgot).await.expect(303);
    let change = [("email", "ines.duarte@example.com"), ("current_password", PASSWORD)];
    owner.post("/settings/email", &change).await.expect(303);
    let plain = ["/login", "/register", "/forgot", "/register/sent", "/forgot/sent"];
    let mut pages: Vec<String> = plain.map(ToOwned::to_owned).to_vec();
    pages.push("/verify-email/no-such-link".to_owned());
    for (email, part) in [
        ("ada@example.com", "/verify-email/"),
        ("agent@example.com", "/reset/"),
        ("ines.duarte@example.com", "/change-email/"),
        ("invited@example.com", "/invitations/"),
    ] {
        pages.push(link_to(site, email, part).await);
    }
    pages
}
