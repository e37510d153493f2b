//! The check before the first message to a person: is there a Signal session with their phone?
//!
//! Without one the library encrypts the message for our own devices alone and reports it as sent; the server
//! acknowledges it, and the recipient's phone shows that it waits for the message, for ever.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use wacore_binary::Jid;
use whatsapp_rust::{Client, ErrorChainExt as _};

use super::core::Core;
use super::jid::address_of;
use crate::LinkError;

/// One lane for each person. Of several first messages at once only one fetches keys: every bundle would replace the
/// session that the one before was encrypted in.
#[derive(Default)]
pub(super) struct FirstSends {
    lanes: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl FirstSends {
    fn lane(&self, person: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut lanes = self.lanes.lock();
        if let Some(lane) = lanes.get(person).and_then(Weak::upgrade) {
            return lane;
        }
        lanes.retain(|_, lane| lane.strong_count() > 0);
        let lane = Arc::default();
        lanes.insert(person.to_owned(), Arc::downgrade(&lane));
        lane
    }
}

/// Makes sure that the recipient's phone can read what is sent next. Costs nothing once there is a session; groups have
/// keys of their own.
///
/// # Errors
/// [`LinkError::NoKeys`] when WhatsApp has no usable keys of the phone.
pub(super) async fn prepare(core: &Core, client: &Client, to: &Jid) -> Result<(), LinkError> {
    if !(to.is_pn() || to.is_lid()) || core.own_addresses().contains(&address_of(to)) {
        return Ok(());
    }
    let phone = to.to_non_ad();
    if can_read(client, &phone).await? {
        return Ok(());
    }
    let lane = core.first_sends.lane(&person(client, &phone).await);
    let _turn = lane.lock().await;
    if can_read(client, &phone).await? {
        return Ok(());
    }
    let signal = client.signal();
    let devices = signal
        .get_user_devices(std::slice::from_ref(&phone))
        .await
        .map_err(|error| failed(&error))?;
    signal.assert_sessions(&devices).await.map_err(|error| failed(&error))?;
    if can_read(client, &phone).await? {
        Ok(())
    } else {
        Err(LinkError::NoKeys)
    }
}

async fn can_read(client: &Client, phone: &Jid) -> Result<bool, LinkError> {
    let known = client.signal().validate_session(phone).await;
    known.map_err(|error| LinkError::Transient(error.to_string()))
}

/// The same for both addresses of a person, where WhatsApp has told them.
async fn person(client: &Client, phone: &Jid) -> String {
    match client.get_lid_pn_entry(phone).await {
        Ok(Some(entry)) => entry.lid.to_string(),
        _ => phone.user.to_string(),
    }
}

/// A broken bundle counts as none: the phone publishes others.
fn failed(error: &whatsapp_rust::SignalError) -> LinkError {
    if error.is_timeout() {
        return LinkError::TimedOut;
    }
    if error.is_transport_unavailable() {
        return LinkError::NotConnected;
    }
    match error.server_rejection().map(|refusal| refusal.code) {
        None | Some(404 | 406) => LinkError::NoKeys,
        Some(429) => LinkError::Transient("WhatsApp asks to slow down (429)".to_owned()),
        Some(code) => LinkError::Transient(format!("WhatsApp could not do it now ({code})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_one_lane_while_somebody_is_in_it() {
        let sends = FirstSends::default();
        let (one, other) = (sends.lane("1"), sends.lane("2"));
        assert!(Arc::ptr_eq(&one, &sends.lane("1")) && !Arc::ptr_eq(&one, &other));
        drop((one, other));
        let _later = sends.lane("3");
        assert_eq!(sends.lanes.lock().len(), 1, "empty lanes are forgotten");
    }
}
