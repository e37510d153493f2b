//! Registration, mailed links, recovery and guest access, against a real database.

use super::*;
use crate::audit::Admin;
use crate::jobs::{Filter, JobError};

const NEW: &str = "copper kettle under snow";

fn registration(email: &str) -> Registration {
    Registration {
        name: Some("Ada Lovelace".into()),
        email: email.into(),
        password: Password::new(GOOD),
        workspace_name: Some("Corner Shop".into()),
        time_zone: Some("Africa/Cairo".into()),
        country: Some("eg".into()),
    }
}

impl Room {
    async fn register(&self, email: &str) {
        self.accounts.register(registration(email), browser()).await.unwrap();
    }

    /// The link in the newest email to this address.
    async fn link_to(&self, email: &str) -> Option<String> {
        let page = self.accounts.mailer.list(Admin::operator(), None, None).await.unwrap();
        let newest = page.rows.into_iter().find(|mail| mail.to == email)?;
        let email = self
            .accounts
            .mailer
            .get(Admin::operator(), &newest.public_id)
            .await
            .unwrap();
        let text = email.text?;
        let link = text.split_whitespace().find(|word| word.starts_with("http"))?;
        Some(link.rsplit('/').next()?.to_owned())
    }

    async fn letters(&self) -> usize {
        self.accounts
            .mailer
            .list(Admin::operator(), None, None)
            .await
            .unwrap()
            .rows
            .len()
    }

    /// Runs the queued job of a requested link.
    async fn answer(&self) -> Result<(), JobError> {
        let all = self
            .accounts
            .jobs
            .list(Admin::operator(), Filter::default(), None)
            .await
            .unwrap();
        for job in all.rows.iter().filter(|job| job.kind == "accounts.mail_link") {
            self.accounts
                .mail_link(serde_json::from_str(&job.payload).unwrap())
                .await
                .unwrap();
        }
        Ok(())
    }

    async fn log_in(&self, password: &str) -> Result<LogIn, AccountError> {
        self.accounts
            .log_in("ada@example.com", Password::new(password), browser())
            .await
    }
}

#[tokio::test]
async fn a_registered_user_owns_a_workspace_and_logs_in_once_the_address_is_confirmed() {
    let room = room();
    room.register("Ada@Example.com").await;
    assert!(matches!(room.log_in(GOOD).await, Err(AccountError::NotVerified)));
    let token = room.link_to("ada@example.com").await.unwrap();
    room.accounts.check_link(&token, Purpose::VerifyEmail).await.unwrap();
    let user = room.accounts.verify_email(&token).await.unwrap();
    assert!(user.verified_at.is_some());
    let visit = room.enter("ada@example.com").await;
    let membership = visit.membership.unwrap();
    assert_eq!(membership.role, MemberRole::Owner);
    assert_eq!(
        (
            membership.workspace.name.as_str(),
            membership.workspace.country.as_str()
        ),
        ("Corner Shop", "EG")
    );
    let again = room.accounts.verify_email(&token).await.unwrap();
    assert_eq!(again, user, "followed again, it answers the same");
}

#[tokio::test]
async fn a_link_ends_when_it_expires_or_is_replaced_and_does_nothing_else() {
    let room = room();
    room.register("ada@example.com").await;
    let first = room.link_to("ada@example.com").await.unwrap();
    let again = room.accounts.resend_verification("ada@example.com", &browser()).await;
    again.unwrap();
    room.answer().await.unwrap();
    let second = room.link_to("ada@example.com").await.unwrap();
    let expired = |outcome| matches!(outcome, Err(AccountError::LinkExpired));
    assert!(expired(room.accounts.verify_email(&first).await));
    let reset = room.accounts.reset_password_by_link(&second, Password::new(NEW)).await;
    assert!(expired(reset));
    assert!(expired(room.accounts.confirm_email_change(&second, None).await));
    room.clock.advance(DAY);
    assert!(expired(room.accounts.verify_email(&second).await));
}

#[tokio::test]
async fn registering_again_changes_nothing_of_what_was_registered_before() {
    let room = room();
    room.register("ada@example.com").await;
    let first = room.link_to("ada@example.com").await.unwrap();
    let again = Registration {
        name: Some("Mallory".into()),
        password: Password::new(NEW),
        workspace_name: Some("Mallory's".into()),
        ..registration("ada@example.com")
    };
    room.accounts.register(again, browser()).await.unwrap();
    let second = room.link_to("ada@example.com").await.unwrap();
    let shown = room.accounts.check_link(&second, Purpose::VerifyEmail).await.unwrap();
    let shown = shown.registered.unwrap();
    assert_eq!(
        (shown.name.as_str(), shown.workspace_name()),
        ("Mallory", Some("Mallory's"))
    );
    assert!(!format!("{shown:?}").contains("argon2"));
    let user = room.accounts.verify_email(&first).await.unwrap();
    assert_eq!(user.name, "Ada Lovelace");
    assert!(matches!(room.log_in(NEW).await, Err(AccountError::WrongCredentials)));
    done(room.log_in(GOOD).await);
    assert!(matches!(
        room.accounts.verify_email(&second).await,
        Err(AccountError::LinkExpired)
    ));
    let all = room.accounts.list_workspaces(Admin::operator()).await.unwrap();
    let names: Vec<_> = all.iter().map(|workspace| workspace.name.as_str()).collect();
    assert_eq!(names, ["Corner Shop"]);
}

#[tokio::test]
async fn five_registrations_of_an_address_wait_at_once() {
    let room = room();
    for _ in 0..7 {
        room.register("ada@example.com").await;
        room.clock.advance(Duration::from_secs(60 * 60));
    }
    let count = |c: &rusqlite::Connection| {
        Ok::<_, db::DbError>(c.query_row("SELECT COUNT(*) FROM links", [], |row| row.get::<_, u32>(0))?)
    };
    assert_eq!(room.accounts.db.read(count).await.unwrap(), 5);
    let newest = room.link_to("ada@example.com").await.unwrap();
    room.accounts.verify_email(&newest).await.unwrap();
    assert_eq!(room.accounts.db.read(count).await.unwrap(), 1);
}

#[tokio::test]
async fn registering_a_known_address_mails_its_owner_and_changes_nothing() {
    let room = room();
    room.owner("ada@example.com", "Shop").await;
    let stranger = Registration {
        name: Some("Mallory".into()),
        password: Password::new(NEW),
        ..registration("ada@example.com")
    };
    room.accounts.register(stranger, browser()).await.unwrap();
    assert_eq!(room.link_to("ada@example.com").await.unwrap(), "forgot");
    assert!(matches!(room.log_in(NEW).await, Err(AccountError::WrongCredentials)));
    assert_eq!(room.enter("ada@example.com").await.user.name, "Ada Lovelace");
    assert_eq!(room.accounts.list_workspaces(Admin::operator()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_mailbox_cannot_be_flooded_by_typing_its_address() {
    let room = room();
    for _ in 0..6 {
        room.register("ada@example.com").await;
    }
    assert_eq!(room.letters().await, 3);
    let token = room.link_to("ada@example.com").await.unwrap();
    room.accounts.verify_email(&token).await.unwrap();
}

#[tokio::test]
async fn a_closed_installation_registers_nobody() {
    let room = room();
    let closed = Installation {
        registration_open: false,
        ..room.accounts.installation().await.unwrap()
    };
    room.accounts.set_installation(Admin::operator(), closed).await.unwrap();
    let refused = room.accounts.register(registration("ada@example.com"), browser()).await;
    assert!(matches!(refused, Err(AccountError::RegistrationClosed)));
    assert!(room.accounts.list_users(Admin::operator()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link_that_ends_every_login() {
    let room = room();
    let visit = room.owner("ada@example.com", "Shop").await;
    room.accounts
        .forgot_password("ada@example.com", &browser())
        .await
        .unwrap();
    room.answer().await.unwrap();
    let token = room.link_to("ada@example.com").await.unwrap();
    let weak = room
        .accounts
        .reset_password_by_link(&token, Password::new("12345678"))
        .await;
    assert!(matches!(weak, Err(AccountError::Invalid(_))));
    room.accounts
        .reset_password_by_link(&token, Password::new(NEW))
        .await
        .unwrap();
    assert!(
        !room
            .accounts
            .still_may(visit.login, visit.scope().unwrap())
            .await
            .unwrap()
    );
    assert!(matches!(room.log_in(GOOD).await, Err(AccountError::WrongCredentials)));
    done(room.log_in(NEW).await);
    let again = room
        .accounts
        .reset_password_by_link(&token, Password::new("yet another good one"))
        .await;
    assert!(matches!(again, Err(AccountError::LinkExpired)));
    let subject = room
        .accounts
        .mailer
        .list(Admin::operator(), None, None)
        .await
        .unwrap()
        .rows;
    assert!(subject.iter().any(|mail| mail.subject == "Your password was changed"));
}

#[tokio::test]
async fn a_reset_link_works_for_an_hour() {
    let room = room();
    room.owner("ada@example.com", "Shop").await;
    room.accounts
        .forgot_password("ada@example.com", &browser())
        .await
        .unwrap();
    room.answer().await.unwrap();
    let token = room.link_to("ada@example.com").await.unwrap();
    room.clock.advance(Duration::from_secs(60 * 60));
    let late = room.accounts.reset_password_by_link(&token, Password::new(NEW)).await;
    assert!(matches!(late, Err(AccountError::LinkExpired)));
}

#[tokio::test]
async fn a_request_does_the_same_for_every_address() {
    let room = room();
    room.owner("ada@example.com", "Shop").await;
    for email in ["ada@example.com", "nobody@example.com"] {
        room.accounts.forgot_password(email, &browser()).await.unwrap();
    }
    let jobs = room
        .accounts
        .jobs
        .list(Admin::operator(), Filter::default(), None)
        .await
        .unwrap()
        .rows;
    let asked: Vec<_> = jobs.iter().filter(|job| job.kind == "accounts.mail_link").collect();
    assert_eq!(asked.len(), 2, "one job each, so that the answer takes as long");
    assert!(
        jobs.iter().all(|job| !job.payload.contains("example.com")),
        "administrators read jobs"
    );
    room.answer().await.unwrap();
    assert_eq!(room.letters().await, 1);
}

#[tokio::test]
async fn another_address_is_the_users_once_its_link_is_followed() {
    let room = room();
    let visit = room.owner("ada@example.com", "Shop").await;
    let other = room.enter("ada@example.com").await;
    let here = browser();
    let ask = |password: &'static str, email: &'static str| {
        room.accounts
            .ask_email_change(&visit, &here, Password::new(password), email)
    };
    assert!(matches!(
        ask("guess", "ada@new.example").await,
        Err(AccountError::Invalid(_))
    ));
    assert!(matches!(
        ask(GOOD, "ada@example.com").await,
        Err(AccountError::Invalid(_))
    ));
    ask(GOOD, "ada@new.example").await.unwrap();
    assert_eq!(room.link_to("ada@example.com").await.unwrap(), "forgot");
    let token = room.link_to("ada@new.example").await.unwrap();
    assert!(
        room.accounts
            .find_user(Admin::operator(), "ada@new.example")
            .await
            .is_err()
    );
    let user = room
        .accounts
        .confirm_email_change(&token, Some(visit.login))
        .await
        .unwrap();
    assert_eq!(user.email.as_str(), "ada@new.example");
    let alive = |visit: &Visit| room.accounts.still_may(visit.login, visit.scope().unwrap());
    assert!(alive(&visit).await.unwrap() && !alive(&other).await.unwrap());
    assert!(matches!(room.log_in(GOOD).await, Err(AccountError::WrongCredentials)));
    room.enter("ada@new.example").await;
}

#[tokio::test]
async fn an_address_with_a_login_is_neither_taken_over_nor_revealed() {
    let room = room();
    let visit = room.owner("ada@example.com", "Ada").await;
    room.owner("bob@example.com", "Bob").await;
    room.accounts
        .ask_email_change(&visit, &browser(), Password::new(GOOD), "bob@example.com")
        .await
        .unwrap();
    assert_eq!(room.link_to("bob@example.com").await, None);
    // Free when it was requested, taken when the link is followed.
    room.accounts
        .ask_email_change(&visit, &browser(), Password::new(GOOD), "free@example.com")
        .await
        .unwrap();
    let token = room.link_to("free@example.com").await.unwrap();
    room.owner("free@example.com", "Quick").await;
    let late = room.accounts.confirm_email_change(&token, None).await;
    assert!(matches!(late, Err(AccountError::LinkExpired)));
}

#[tokio::test]
async fn a_changed_password_stops_a_change_of_the_address() {
    let room = room();
    let visit = room.owner("ada@example.com", "Shop").await;
    room.accounts
        .ask_email_change(&visit, &browser(), Password::new(GOOD), "thief@example.com")
        .await
        .unwrap();
    let token = room.link_to("thief@example.com").await.unwrap();
    room.accounts
        .change_password(&visit, &browser(), Password::new(GOOD), Password::new(NEW))
        .await
        .unwrap();
    assert!(matches!(
        room.accounts.confirm_email_change(&token, None).await,
        Err(AccountError::LinkExpired)
    ));
}

#[tokio::test]
async fn a_suspended_user_gets_no_link_and_follows_none() {
    let room = room();
    room.register("ada@example.com").await;
    let token = room.link_to("ada@example.com").await.unwrap();
    let suspend = |tx: &rusqlite::Transaction<'_>| {
        tx.execute("UPDATE users SET suspended_at = 1", [])?;
        Ok::<_, db::DbError>(())
    };
    room.accounts.db.write(suspend).await.unwrap();
    assert!(matches!(
        room.accounts.verify_email(&token).await,
        Err(AccountError::Suspended)
    ));
    room.accounts
        .forgot_password("ada@example.com", &browser())
        .await
        .unwrap();
    room.answer().await.unwrap();
    assert_eq!(room.letters().await, 1);
}

#[tokio::test]
async fn a_guest_login_lasts_two_hours_where_it_is_allowed() {
    let room = room();
    let owner = room.owner("ada@example.com", "Shop").await;
    assert!(matches!(
        room.accounts.log_in_as_guest(browser()).await,
        Err(AccountError::NoGuestLogin)
    ));
    let workspace = owner.membership.unwrap().workspace.id;
    let open = Installation {
        registration_open: true,
        guest_tour: true,
        guest_workspace: Some(workspace),
        free_workspaces: 2,
    };
    let set = |new| room.accounts.set_installation(Admin::operator(), new);
    let nowhere = Installation {
        guest_workspace: None,
        ..open
    };
    assert!(matches!(set(nowhere).await, Err(AccountError::Invalid(_))));
    set(open).await.unwrap();
    let first = room.accounts.log_in_as_guest(browser()).await.unwrap();
    let visit = room.accounts.visit(&first.token).await.unwrap().unwrap();
    assert!(visit.read_only());
    assert_eq!(visit.membership.unwrap().workspace.id, workspace);
    let second = room.accounts.log_in_as_guest(browser()).await.unwrap();
    assert_eq!(first.user, second.user, "all visitors are one user");
    room.clock.advance(Duration::from_secs(90 * 60));
    assert!(room.accounts.visit(&first.token).await.unwrap().is_some());
    room.clock.advance(Duration::from_secs(31 * 60));
    assert!(room.accounts.visit(&first.token).await.unwrap().is_none());
    let third = room.accounts.log_in_as_guest(browser()).await.unwrap();
    set(Installation {
        guest_tour: false,
        ..open
    })
    .await
    .unwrap();
    assert!(room.accounts.visit(&third.token).await.unwrap().is_none());
}

#[tokio::test]
async fn expired_links_are_pruned_and_registrations_stay_as_long_as_they_may_be_confirmed() {
    let room = room();
    room.owner("cy@example.com", "Shop").await;
    room.accounts
        .forgot_password("cy@example.com", &browser())
        .await
        .unwrap();
    room.answer().await.unwrap();
    room.register("ada@example.com").await;
    let prune = || {
        let (now, before) = (room.clock.now(), room.clock.now().minus(UNCONFIRMED_LIFETIME));
        room.accounts.db.write(move |tx| links::prune(tx, now, before, 10))
    };
    room.clock.advance(DAY);
    assert_eq!(prune().await.unwrap(), 1, "the one to choose another password");
    room.clock.advance(DAY * 13);
    room.register("bob@example.com").await;
    assert_eq!(prune().await.unwrap(), 1);
    let token = room.link_to("bob@example.com").await.unwrap();
    room.accounts.verify_email(&token).await.unwrap();
}

#[tokio::test]
async fn tokens_of_links_are_stored_as_hashes() {
    let room = room();
    room.register("ada@example.com").await;
    let token = room.link_to("ada@example.com").await.unwrap();
    let stored = room
        .accounts
        .db
        .read(|c| {
            Ok::<_, db::DbError>(c.query_row("SELECT token_hash FROM links", [], |row| row.get::<_, Vec<u8>>(0))?)
        })
        .await
        .unwrap();
    assert_eq!(stored, crate::crypto::hash_token(&token));
}
