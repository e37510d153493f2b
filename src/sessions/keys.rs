//! Whether a linked number's keys exist, can be opened, and belong to this number.

use wa_client::{Account, OpenError};

use super::actor::{Plan, SessionActor};
use super::machine::Change;
use super::model::{Reason, Session, State};
use super::store::Paired;

/// What is wrong with the keys that were found for a linked number.
pub(super) fn trouble(session: &Session, found: &Result<Option<Account>, OpenError>) -> Option<Reason> {
    match found {
        Ok(Some(account)) if is_of(session, account) => None,
        Ok(Some(_)) => Some(Reason::KeysForeign),
        Ok(None) => Some(Reason::KeysLost),
        Err(OpenError::Keys(_)) => Some(Reason::KeysUnreadable),
        // Nothing is known about the keys in this case.
        Err(_) => None,
    }
}

fn is_of(session: &Session, account: &Account) -> bool {
    session.phone.as_deref() == Some(account.phone.as_str()) || (account.lid.is_some() && account.lid == session.lid)
}

impl SessionActor {
    /// The plan that replaces opening the link when a linked number's keys are not usable. The keys are kept: restoring
    /// the right key store restores the number as it was.
    pub(super) async fn without_keys(&mut self) -> Option<Plan> {
        let found = self.core.gateway.account(self.client_id()).await;
        if let Some(reason) = trouble(&self.session, &found) {
            tracing::error!(session = %self.session.public_id, reason = reason.word(),
                "a linked number has no keys of its account");
            self.enter(Change::to(State::NeedsAttention, reason)).await;
            return Some(Plan::Rest);
        }
        match found {
            Ok(_) => None,
            Err(error) => Some(self.not_opened(error).await),
        }
    }

    /// At startup: the missing keys may have been restored.
    pub(super) async fn look_for_keys(&mut self) -> Plan {
        let found = self.core.gateway.account(self.client_id()).await;
        let (None, Ok(Some(account))) = (trouble(&self.session, &found), found) else {
            return Plan::Rest;
        };
        let paired = Paired {
            phone: self.session.phone.clone().unwrap_or(account.phone),
            lid: account.lid,
            platform: self.session.platform.clone(),
        };
        self.claim(paired, Reason::Restoring).await;
        if self.unwanted.take().is_some() {
            // The number has been linked elsewhere meanwhile, and that link stays.
            return Plan::Rest;
        }
        Plan::OpenAt(self.core.clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UnixMs;
    use crate::ids::{PublicId, SessionId, WorkspaceId};
    use crate::sessions::testing::PHONE;

    #[test]
    fn keys_fit_by_phone_number_or_by_lid() {
        let account = |phone: &str, lid: Option<&str>| Account {
            phone: phone.to_owned(),
            lid: lid.map(str::to_owned),
        };
        let session = Session {
            id: SessionId(1),
            public_id: PublicId::new("ses"),
            workspace: WorkspaceId(1),
            name: "Shop".to_owned(),
            state: State::Connected,
            reason: None,
            detail: None,
            since: UnixMs(0),
            until: None,
            locked_until: None,
            quota_until: None,
            shows_online: false,
            phone: Some(PHONE.to_owned()),
            lid: Some("77".to_owned()),
            platform: None,
            profile_name: None,
            linked_at: Some(UnixMs(0)),
            created_at: UnixMs(0),
            plan_hold: None,
            trouble: None,
        };
        let told = |account: Option<Account>| trouble(&session, &Ok(account));
        assert_eq!(told(Some(account(PHONE, None))), None);
        assert_eq!(
            told(Some(account("491", Some("77")))),
            None,
            "the number was changed on the phone"
        );
        assert_eq!(told(Some(account("491", Some("78")))), Some(Reason::KeysForeign));
        assert_eq!(told(None), Some(Reason::KeysLost));
        let unreadable = trouble(&session, &Err(OpenError::Keys(String::new())));
        assert_eq!(unreadable, Some(Reason::KeysUnreadable));
        assert_eq!(trouble(&session, &Err(OpenError::Storage(String::new()))), None);
    }
}
