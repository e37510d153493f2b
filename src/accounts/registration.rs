//! Registration, and confirming the address.

use serde_json::json;

use super::installation::installation;
use super::links::{self, Link, Purpose, Registered};
use super::logins::VisitingBrowser;
use super::model::{
    AccountError, CheckedUser, CheckedWorkspace, Email, NewUser, NewWorkspace, PlatformRole, User, Verification,
    Workspace, both,
};
use super::password::{Assessment, Password};
use super::scope::MemberRole;
use super::throttle::Mailing;
use super::{Accounts, emails, store, unconfirmed};
use crate::audit::{self, Action, Actor, Entry};
use crate::i18n::{Locale, T};
use crate::zone::Zone;

/// The registration form, as typed. Missing values get a default, and can be changed later.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Default: from the address.
    pub name: Option<String>,
    pub email: String,
    pub password: Password,
    /// Default: from the name.
    pub workspace_name: Option<String>,
    /// IANA name; default: that of the installation's first workspace.
    pub time_zone: Option<String>,
    /// ISO 3166-1 alpha-2; default: that of the installation's first workspace.
    pub country: Option<String>,
}

/// Zone and country of the first workspace, if nothing else is known.
const NOWHERE: (&str, &str) = ("UTC", "US");
/// Characters of a person's name in a workspace's name: both must fit.
const MAX_NAME_WITHIN: usize = 60;

impl Accounts {
    /// Registers somebody with a workspace of their own, and mails the link that confirms the address; nobody logs in
    /// before. An address that has a login gets an email saying so instead. The answer does not tell which it was.
    ///
    /// Registering again before the address is confirmed makes a registration, and a link, beside the first.
    ///
    /// # Errors
    /// [`AccountError::RegistrationClosed`]; [`AccountError::Invalid`] with every wrong field;
    /// [`AccountError::Throttled`] for who registers too often.
    pub async fn register(&self, form: Registration, browser: VisitingBrowser) -> Result<(), AccountError> {
        if !self.installation().await?.registration_open {
            return Err(AccountError::RegistrationClosed);
        }
        let now = self.clock.now();
        let name = form.name();
        let about = [name.as_str(), form.email.as_str()];
        let strength = self.assess_password(browser.address, &form.password, &about).await?;
        let home = self.db.read(store::first_workspace).await?;
        let password = form.password.clone();
        let (user, workspace) = form.check(strength, home.as_ref())?;
        self.throttle.registration(browser.address, now)?;
        let registered = Registered {
            name: user.name,
            hash: self.hasher.hash(password).await?,
            workspace: Some(workspace),
            at: now,
        };
        let accounts = self.clone();
        self.db
            .write(move |tx| {
                if !installation(tx)?.registration_open {
                    return Err(AccountError::RegistrationClosed);
                }
                accounts.register_in(tx, &user.email, &registered, &browser)
            })
            .await?;
        self.mailer.wake();
        Ok(())
    }

    fn register_in(
        &self,
        tx: &rusqlite::Connection,
        email: &Email,
        registered: &Registered,
        browser: &VisitingBrowser,
    ) -> Result<(), AccountError> {
        let (known, now) = (store::find_user(tx, email)?, registered.at);
        if let Some(known) = &known
            && !unconfirmed::is_open(tx, known)?
        {
            let person = known.platform_role != PlatformRole::Guest;
            if person && self.throttle.mail(email, Mailing::KnownAddress, now) {
                self.mailer.send_in(tx, &emails::already_registered(known), now)?;
            }
            return Ok(());
        }
        // Without its email a registration could never be confirmed.
        if !self.throttle.mail(email, Mailing::Verification, now) {
            return Ok(());
        }
        let user = match known {
            Some(waiting) => waiting,
            None => insert_in(tx, email, registered, browser)?,
        };
        let path = links::issue_registration_in(tx, user.id, email, registered, now)?;
        let draft = emails::verify(email, registered, &path);
        self.mailer.send_in(tx, &draft, now)?;
        Ok(())
    }

    /// Looks at a mailed link without using it up.
    ///
    /// # Errors
    /// [`AccountError::LinkExpired`], [`AccountError::Suspended`].
    pub async fn check_link(&self, token: &str, purpose: Purpose) -> Result<Link, AccountError> {
        let (now, token) = (self.clock.now(), token.to_owned());
        self.db.read(move |c| links::find(c, &token, purpose, now)).await
    }

    /// Confirms the address that the link was mailed to, with the registration it was mailed for; its user may log in
    /// from now on. Following it again answers the same and changes nothing.
    ///
    /// # Errors
    /// [`AccountError::LinkExpired`], [`AccountError::Suspended`].
    pub async fn verify_email(&self, token: &str) -> Result<User, AccountError> {
        let (now, token) = (self.clock.now(), token.to_owned());
        self.db
            .write(move |tx| {
                let link = links::find(tx, &token, Purpose::VerifyEmail, now)?;
                if link.used {
                    return Ok(link.user);
                }
                unconfirmed::confirm_in(tx, &link.user, link.registered.as_ref(), now)?;
                links::use_up_in(tx, &token, link.user.id, now)?;
                audit::record_in(tx, &Entry::new(Actor::Person(link.user.id), Action::UserVerified), now)?;
                store::user_by_id(tx, link.user.id)?.ok_or(AccountError::NotFound)
            })
            .await
    }
}

/// The user of the first registration of an address, with their workspace.
fn insert_in(
    tx: &rusqlite::Connection,
    email: &Email,
    registered: &Registered,
    browser: &VisitingBrowser,
) -> Result<User, AccountError> {
    let user = CheckedUser {
        name: registered.name.clone(),
        email: email.clone(),
        platform_role: PlatformRole::User,
        standing: Verification::Unverified,
    };
    let user = store::insert_user(tx, &user, &registered.hash, registered.at)?;
    let Some(workspace) = &registered.workspace else {
        return Ok(user);
    };
    let workspace = store::insert_workspace(tx, workspace, registered.at)?;
    store::put_member(tx, workspace.id, user.id, MemberRole::Owner, registered.at)?;
    let entry = Entry::new(Actor::Person(user.id), Action::UserRegistered)
        .at(workspace.id)
        .detail(json!({ "workspace": workspace.name }))
        .from(browser.address);
    audit::record_in(tx, &entry, registered.at)?;
    Ok(user)
}

impl Registration {
    /// The person's name, given or default.
    fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| name_after(&self.email))
    }

    fn check(
        self,
        strength: Assessment,
        home: Option<&Workspace>,
    ) -> Result<(CheckedUser, CheckedWorkspace), AccountError> {
        let mut errors: Vec<_> = strength.weakness.into_iter().collect();
        let name = self.name();
        let (zone, country) = home.map_or(NOWHERE, |home| (home.time_zone.name(), home.country.as_str()));
        let workspace = NewWorkspace {
            name: self.workspace_name.unwrap_or_else(|| workspace_of(&name)),
            time_zone: self.time_zone.unwrap_or_else(|| zone.to_owned()),
            country: self.country.unwrap_or_else(|| country.to_owned()),
        };
        let user = NewUser {
            name,
            email: self.email,
            password: self.password,
            platform_role: PlatformRole::User,
        };
        let (user, workspace) = (user.check(&mut errors), workspace.check(&mut errors));
        both(user, workspace, errors)
    }
}

/// `ada.lovelace+shop@example.com` is named Ada Lovelace by default.
fn name_after(email: &str) -> String {
    let local = email.trim().split('@').next().unwrap_or_default();
    let words = local.split('+').next().unwrap_or_default().split(['.', '_', '-']);
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(capitalized).collect();
    // Without any letter the address serves as the name; an invalid address is reported elsewhere.
    let name = if words.is_empty() {
        local.to_owned()
    } else {
        words.join(" ")
    };
    if name.is_empty() { "?".to_owned() } else { name }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.flat_map(char::to_lowercase)).collect()
}

fn workspace_of(name: &str) -> String {
    let name: String = name.chars().take(MAX_NAME_WITHIN).collect();
    let t = T::new(Locale::En, Zone::UTC);
    t.with("accounts-own-workspace", "name", name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_name_comes_from_the_address() {
        for (email, name) in [
            ("ada@example.com", "Ada"),
            (" Grace.HOPPER+wa@example.com", "Grace Hopper"),
            ("jean-luc_p@example.com", "Jean Luc P"),
            ("1984@example.com", "1984"),
            ("_@example.com", "_"),
            ("+tag@example.com", "+tag"),
            ("", "?"),
        ] {
            assert_eq!(name_after(email), name, "{email:?}");
        }
        assert_eq!(workspace_of("Ada"), "Ada's workspace");
        assert_eq!(workspace_of(&"x".repeat(80)).chars().count(), 72);
    }
}
