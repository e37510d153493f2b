//! The room's rules against a real database.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use super::*;
use crate::audit::Admin;
use crate::clock::{Clock, ManualClock, UnixMs};
use crate::config::MailConfig;
use crate::crypto::Sealer;
use crate::db;
use crate::jobs::Jobs;
use crate::mail::Mailer;

mod registration;

const GOOD: &str = "velvet-otter-sings-loud";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct Room {
    accounts: Accounts,
    clock: ManualClock,
    _dir: tempfile::TempDir,
}

fn room() -> Room {
    let dir = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(UnixMs(1_700_000_000_000));
    let (db, now) = (db::open(dir.path()).unwrap(), Clock::Manual(clock.clone()));
    let jobs = Jobs::new(db.clone(), now.clone());
    let sealer = || Sealer::new(&[7; 32], "test");
    let base = "http://localhost:8080/".parse().unwrap();
    let mail = MailConfig {
        smtp: None,
        from: "Test <test@example.com>".parse().unwrap(),
    };
    let mailer = Mailer::new(db.clone(), now.clone(), jobs.clone(), sealer(), &mail, base);
    let accounts = Accounts::new(db, now, sealer(), mailer, jobs);
    Room {
        accounts,
        clock,
        _dir: dir,
    }
}

fn browser() -> VisitingBrowser {
    VisitingBrowser {
        address: IpAddr::from([192, 0, 2, 7]),
        agent: "Firefox".into(),
        device: None,
    }
}

/// A log-in without a second factor.
fn done(outcome: Result<LogIn, AccountError>) -> IssuedLogin {
    match outcome.unwrap() {
        LogIn::Done(login) => login,
        LogIn::SecondFactor(_) => panic!("a code is asked for"),
    }
}

fn person(email: &str) -> NewUser {
    NewUser {
        name: "Ada Lovelace".into(),
        email: email.into(),
        password: Password::new(GOOD),
        platform_role: PlatformRole::User,
    }
}

fn shop(name: &str) -> NewWorkspace {
    NewWorkspace {
        name: name.into(),
        time_zone: "Europe/Berlin".into(),
        country: "DE".into(),
    }
}

impl Room {
    async fn set_up(&self, token: &str) -> Result<IssuedLogin, AccountError> {
        let form = SetUp {
            token: token.into(),
            admin: person("ada@example.com"),
            workspace: shop("Shop"),
        };
        self.accounts.set_up(form, browser()).await
    }

    /// An owner with a workspace, and the owner's visit.
    async fn owner(&self, email: &str, workspace: &str) -> Visit {
        let user = self
            .accounts
            .create_user(Admin::operator(), person(email))
            .await
            .unwrap();
        self.accounts
            .create_workspace(Admin::operator(), user.id, shop(workspace))
            .await
            .unwrap();
        self.enter(email).await
    }

    async fn enter(&self, email: &str) -> Visit {
        let login = done(self.accounts.log_in(email, Password::new(GOOD), browser()).await);
        self.accounts.visit(&login.token).await.unwrap().unwrap()
    }

    async fn guess(&self, password: &str) -> AccountError {
        self.accounts
            .log_in("ada@example.com", Password::new(password), browser())
            .await
            .err()
            .unwrap()
    }
}

#[tokio::test]
async fn the_setup_link_makes_one_administrator_and_works_once() {
    let room = room();
    let token = room.accounts.offer_setup().await.unwrap().unwrap();
    room.accounts.check_setup(&token).await.unwrap();
    let login = room.set_up(&token).await.unwrap();
    let visit = room.accounts.visit(&login.token).await.unwrap().unwrap();
    assert_eq!(visit.user.platform_role, PlatformRole::Admin);
    assert_eq!(visit.scope().unwrap().role, MemberRole::Owner);
    assert_eq!(
        visit.membership.unwrap().workspace.time_zone,
        "Europe/Berlin".parse().unwrap()
    );
    assert!(matches!(room.set_up(&token).await, Err(AccountError::AlreadySetUp)));
    assert_eq!(room.accounts.offer_setup().await.unwrap(), None);
}

#[tokio::test]
async fn a_setup_link_ends_with_the_day_or_with_the_next_link() {
    let room = room();
    let first = room.accounts.offer_setup().await.unwrap().unwrap();
    let second = room.accounts.offer_setup().await.unwrap().unwrap();
    assert!(matches!(
        room.accounts.check_setup(&first).await,
        Err(AccountError::SetupClosed)
    ));
    room.accounts.check_setup(&second).await.unwrap();
    room.clock.advance(DAY);
    assert!(matches!(room.set_up(&second).await, Err(AccountError::SetupClosed)));
}

#[tokio::test]
async fn a_setup_link_is_worth_nothing_once_there_is_an_administrator() {
    let room = room();
    let token = room.accounts.offer_setup().await.unwrap().unwrap();
    let admin = NewUser {
        platform_role: PlatformRole::Admin,
        ..person("root@example.com")
    };
    room.accounts.create_user(Admin::operator(), admin).await.unwrap();
    assert!(matches!(room.set_up(&token).await, Err(AccountError::AlreadySetUp)));
}

#[tokio::test]
async fn all_errors_of_the_setup_form_are_reported_at_once_and_the_link_still_works() {
    let room = room();
    let token = room.accounts.offer_setup().await.unwrap().unwrap();
    let admin = NewUser {
        email: "nobody".into(),
        password: Password::new("short"),
        ..person("")
    };
    let form = SetUp {
        token: token.clone(),
        admin,
        workspace: shop(""),
    };
    let Err(AccountError::Invalid(errors)) = room.accounts.set_up(form, browser()).await else {
        panic!("accepted")
    };
    let fields: BTreeSet<_> = errors.iter().map(|error| error.field).collect();
    assert_eq!(fields, BTreeSet::from(["email", "password", "workspace_name"]));
    room.set_up(&token).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let room = room();
    room.accounts
        .create_user(Admin::operator(), person("ada@example.com"))
        .await
        .unwrap();
    let wrong = room.guess("not the password").await;
    let unknown = room
        .accounts
        .log_in("bob@example.com", Password::new(GOOD), browser())
        .await
        .err()
        .unwrap();
    assert_eq!(wrong.to_string(), unknown.to_string());
    assert!(matches!(
        (wrong, unknown),
        (AccountError::WrongCredentials, AccountError::WrongCredentials)
    ));
}

#[tokio::test]
async fn guessing_is_slowed_down_even_for_the_right_password() {
    let room = room();
    room.accounts
        .create_user(Admin::operator(), person("ada@example.com"))
        .await
        .unwrap();
    for _ in 0..5 {
        assert!(matches!(
            room.guess("not the password").await,
            AccountError::WrongCredentials
        ));
    }
    let AccountError::Throttled(wait) = room.guess(GOOD).await else {
        panic!("not slowed down")
    };
    room.clock.advance(wait);
    room.accounts
        .log_in("ada@example.com", Password::new(GOOD), browser())
        .await
        .unwrap();
}

#[tokio::test]
async fn guesses_made_at_the_same_time_do_not_slip_past_the_limit() {
    let room = room();
    room.accounts
        .create_user(Admin::operator(), person("ada@example.com"))
        .await
        .unwrap();
    let outcomes = futures_util::future::join_all((0..12).map(|_| room.guess("not the password"))).await;
    let looked_at = outcomes
        .iter()
        .filter(|error| matches!(error, AccountError::WrongCredentials))
        .count();
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn a_login_lives_thirty_days_from_its_last_use() {
    let room = room();
    room.accounts
        .create_user(Admin::operator(), person("ada@example.com"))
        .await
        .unwrap();
    let login = done(
        room.accounts
            .log_in("Ada@Example.com ", Password::new(GOOD), browser())
            .await,
    );
    assert!(!room.accounts.visit(&login.token).await.unwrap().unwrap().renewed);
    room.clock.advance(20 * DAY);
    assert!(room.accounts.visit(&login.token).await.unwrap().unwrap().renewed);
    room.clock.advance(20 * DAY);
    assert!(room.accounts.visit(&login.token).await.unwrap().is_some());
    room.clock.advance(30 * DAY);
    assert!(room.accounts.visit(&login.token).await.unwrap().is_none());
}

#[tokio::test]
async fn logging_out_ends_this_login_only() {
    let room = room();
    let here = room.owner("ada@example.com", "Shop").await;
    let there = room.enter("ada@example.com").await;
    let mut changes = room.accounts.changes();
    room.accounts.log_out(here.login).await.unwrap();
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    let scope = here.scope().unwrap();
    assert!(!room.accounts.still_may(here.login, scope).await.unwrap());
    assert!(room.accounts.still_may(there.login, scope).await.unwrap());
}

#[tokio::test]
async fn a_changed_password_ends_the_other_logins() {
    let room = room();
    let here = room.owner("ada@example.com", "Shop").await;
    let there = room.enter("ada@example.com").await;
    let new = || Password::new("copper kettle under snow");
    let wrong = room
        .accounts
        .change_password(&here, &browser(), Password::new("guess"), new())
        .await;
    assert!(matches!(wrong, Err(AccountError::Invalid(errors)) if errors[0].field == "current_password"));
    room.accounts
        .change_password(&here, &browser(), Password::new(GOOD), new())
        .await
        .unwrap();
    let scope = here.scope().unwrap();
    assert!(room.accounts.still_may(here.login, scope).await.unwrap());
    assert!(!room.accounts.still_may(there.login, scope).await.unwrap());
    assert!(matches!(room.guess(GOOD).await, AccountError::WrongCredentials));
    room.accounts.log_in("ada@example.com", new(), browser()).await.unwrap();
}

#[tokio::test]
async fn a_reset_password_ends_every_login() {
    let room = room();
    let here = room.owner("ada@example.com", "Shop").await;
    let new = Password::generate();
    room.accounts
        .reset_password(Admin::operator(), "ada@example.com", new.clone())
        .await
        .unwrap();
    assert!(
        !room
            .accounts
            .still_may(here.login, here.scope().unwrap())
            .await
            .unwrap()
    );
    room.accounts.log_in("ada@example.com", new, browser()).await.unwrap();
    let nobody = room
        .accounts
        .reset_password(Admin::operator(), "bob@example.com", Password::generate())
        .await;
    assert!(matches!(nobody, Err(AccountError::NotFound)));
}

#[tokio::test]
async fn an_address_has_one_login() {
    let room = room();
    room.accounts
        .create_user(Admin::operator(), person("ada@example.com"))
        .await
        .unwrap();
    let again = room
        .accounts
        .create_user(Admin::operator(), person(" ADA@example.com"))
        .await;
    assert!(matches!(again, Err(AccountError::EmailTaken)));
    assert_eq!(room.accounts.list_users(Admin::operator()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_browser_shows_only_workspaces_of_its_user() {
    let room = room();
    let ada = room.owner("ada@example.com", "Ada's").await;
    let bob = room.owner("bob@example.com", "Bob's").await;
    let bobs = bob.membership.as_ref().unwrap().workspace.public_id.clone();
    let refused = room.accounts.choose_workspace(&ada, bobs.clone()).await;
    assert!(matches!(refused, Err(AccountError::NotFound)));

    room.accounts
        .put_member(Admin::operator(), bobs.clone(), ada.user.id, MemberRole::Agent)
        .await
        .unwrap();
    let login = done(
        room.accounts
            .log_in("ada@example.com", Password::new(GOOD), browser())
            .await,
    );
    let visit = room.accounts.visit(&login.token).await.unwrap().unwrap();
    assert_eq!(visit.membership.as_ref().unwrap().workspace.name, "Ada's");
    room.accounts.choose_workspace(&visit, bobs).await.unwrap();
    let visit = room.accounts.visit(&login.token).await.unwrap().unwrap();
    assert_eq!(visit.membership.as_ref().unwrap().workspace.name, "Bob's");
    assert_eq!(visit.scope().unwrap().role, MemberRole::Agent);
    assert_eq!(room.accounts.memberships(ada.user.id).await.unwrap().len(), 2);
    assert_eq!(room.accounts.members(bob.scope().unwrap()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn only_an_owner_changes_the_workspace_and_only_its_own() {
    let room = room();
    let ada = room.owner("ada@example.com", "Ada's").await;
    let bob = room.owner("bob@example.com", "Bob's").await;
    let agent = Scope {
        role: MemberRole::Agent,
        ..ada.scope().unwrap()
    };
    let refused = room.accounts.update_workspace(agent, shop("Mine")).await;
    assert!(matches!(refused, Err(AccountError::Forbidden(_))));
    room.accounts
        .update_workspace(ada.scope().unwrap(), shop("New name"))
        .await
        .unwrap();
    assert_eq!(
        room.accounts.workspace(ada.scope().unwrap()).await.unwrap().name,
        "New name"
    );
    assert_eq!(
        room.accounts.workspace(bob.scope().unwrap()).await.unwrap().name,
        "Bob's"
    );
}

#[tokio::test]
async fn a_changed_role_ends_what_was_opened_with_the_old_one() {
    let room = room();
    let ada = room.owner("ada@example.com", "Shop").await;
    let workspace = ada.membership.as_ref().unwrap().workspace.public_id.clone();
    room.accounts
        .put_member(Admin::operator(), workspace, ada.user.id, MemberRole::Agent)
        .await
        .unwrap();
    assert!(!room.accounts.still_may(ada.login, ada.scope().unwrap()).await.unwrap());
}

#[test]
fn enums_match_the_schema() {
    let schema = include_str!("../../../migrations/V001__accounts.sql");
    let words = |words: &[&str]| format!("IN ('{}')", words.join("', '"));
    let roles: Vec<_> = MemberRole::ALL.iter().map(|role| role.word()).collect();
    let platform: Vec<_> = PlatformRole::ALL.iter().map(|role| role.word()).collect();
    assert!(schema.contains(&words(&roles)) && schema.contains(&words(&platform)));
}
