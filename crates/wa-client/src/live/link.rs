//! The caller's handle of an open session.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use wacore_binary::Jid;
use whatsapp_rust::pair_code::{PairCodeOptions, PairError};
use whatsapp_rust::{Client, IsOnWhatsAppResult, SendOptions};

use super::calls;
use super::core::Core;
use super::events::grouped;
use super::files;
use super::first_send;
use super::groups;
use super::history;
use super::jid::{address_of, jid_of};
use super::limits;
use super::outgoing::{self, Route};
use super::passkey;
use crate::{
    Address, Call, FileError, FileOf, Group, GroupRule, Limits, Link, LinkError, Media, MediaKind, MemberChange,
    MemberRefused, Oldest, Outgoing, Registered, TypingState, Uploaded,
};

/// Requesting a pairing code includes connecting and seconds of key derivation on a small machine.
const PAIRING_TIMEOUT: Duration = Duration::from_secs(60);
const SOCKET_WAIT: Duration = Duration::from_secs(20);
/// For requests whose answer is not worth a long wait.
const SHORT: Duration = Duration::from_secs(15);

pub(super) struct LiveLink {
    pub(super) core: Arc<Core>,
}

impl LiveLink {
    fn client(&self) -> Result<Arc<Client>, LinkError> {
        self.core.client().ok_or(LinkError::NotConnected)
    }

    fn online(&self) -> Result<Arc<Client>, LinkError> {
        let client = self.client()?;
        if client.is_connected() && client.is_logged_in() {
            Ok(client)
        } else {
            Err(LinkError::NotConnected)
        }
    }

    async fn deliver(&self, client: &Client, message: &Outgoing) -> Result<Option<Registered>, LinkError> {
        let registered = self.registered(client, &message.to).await?;
        let to = jid(registered
            .as_ref()
            .map_or(&message.to, |registered| &registered.address))?;
        first_send::prepare(&self.core, client, &to).await?;
        let options = SendOptions::default().with_message_id(message.id.as_str());
        let route = Route {
            to: &to,
            own: &self.core.own_addresses(),
        };
        let protobuf = outgoing::message_of(&message.content, &message.context, &route)?;
        client
            .send_message_with_options(to, protobuf, options)
            .await
            .map_err(outgoing::send_error)?;
        Ok(registered)
    }

    /// A phone number may not be on WhatsApp, or be registered under another one; other addresses come from WhatsApp
    /// itself. Only the registered address counts as known, so the typed form is looked up again.
    async fn registered(&self, client: &Client, address: &Address) -> Result<Option<Registered>, LinkError> {
        if !matches!(address, Address::Phone(_)) || self.core.known.contains(address) {
            return Ok(None);
        }
        let answer = client
            .contacts()
            .is_on_whatsapp(&[jid(address)?])
            .await
            .map_err(|error| LinkError::Transient(error.to_string()))?;
        let Some(registered) = registered_in(&answer, address) else {
            return match answer.first() {
                Some(result) if result.contact_error.is_none() => Err(LinkError::NotOnWhatsApp),
                _ => Err(LinkError::Transient(
                    "WhatsApp did not say whether this number exists".to_owned(),
                )),
            };
        };
        self.core.known.insert(&registered.address);
        Ok(Some(registered))
    }
}

#[async_trait]
impl Link for LiveLink {
    async fn send(&self, message: &Outgoing) -> Result<Option<Registered>, LinkError> {
        let client = self.online()?;
        within(self.core.send_timeout, self.deliver(&client, message)).await
    }

    async fn look_up(&self, address: &Address) -> Result<Option<Registered>, LinkError> {
        let client = self.online()?;
        within(SHORT, self.registered(&client, address)).await
    }

    async fn answer_passkey(&self, answer: &str) -> Result<(), LinkError> {
        let client = self.client()?;
        within(PAIRING_TIMEOUT, passkey::answer(&client, answer)).await
    }

    async fn confirm_passkey(&self) -> Result<(), LinkError> {
        let client = self.client()?;
        within(PAIRING_TIMEOUT, passkey::confirm(&client)).await
    }

    async fn reject_call(&self, call: &Call) -> Result<(), LinkError> {
        let client = self.online()?;
        within(SHORT, calls::reject(&client, call)).await
    }

    async fn limits(&self) -> Result<Limits, LinkError> {
        let client = self.online()?;
        within(SHORT, limits::ask(&client)).await
    }

    async fn pairing_code(&self, digits: &str) -> Result<String, LinkError> {
        let Some(client) = self.core.client() else {
            return Err(LinkError::Permanent("this network links by QR code only".to_owned()));
        };
        if client.pn().is_some() {
            return Err(LinkError::Permanent("this session is linked already".to_owned()));
        }
        let options = PairCodeOptions {
            phone_number: digits.to_owned(),
            ..Default::default()
        };
        let asking = async {
            client
                .wait_for_socket(SOCKET_WAIT)
                .await
                .map_err(|_timeout| LinkError::NotConnected)?;
            let socket = self.core.socket();
            // A second request means that the person wants a new code, perhaps for another number.
            client.cancel_pair_code().await;
            let code = client.pair_with_code(options).await.map_err(pair_error)?;
            let code = grouped(&code);
            self.core.code_shown(&code, socket);
            Ok(code)
        };
        within(PAIRING_TIMEOUT, asking).await
    }

    async fn mark_read(&self, chat: &Address, sender: Option<&Address>, ids: &[String]) -> Result<(), LinkError> {
        let client = self.online()?;
        let (chat, sender) = (jid(chat)?, sender.map(jid).transpose()?);
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let marking = async {
            client
                .mark_as_read(&chat, sender.as_ref(), &ids)
                .await
                .map_err(|error| LinkError::Transient(error.to_string()))
        };
        within(SHORT, marking).await
    }

    async fn typing(&self, chat: &Address, state: TypingState) -> Result<(), LinkError> {
        let client = self.online()?;
        let chat = jid(chat)?;
        let sending = async {
            let chatstate = client.chatstate();
            match state {
                TypingState::Composing => chatstate.send_composing(&chat).await,
                TypingState::Recording => chatstate.send_recording(&chat).await,
                TypingState::Paused => chatstate.send_paused(&chat).await,
            }
            .map_err(|error| LinkError::Transient(error.to_string()))
        };
        within(SHORT, sending).await
    }

    async fn set_available(&self, available: bool) -> Result<(), LinkError> {
        let client = self.online()?;
        let sending = async {
            let presence = client.presence();
            if available {
                presence.set_available().await
            } else {
                presence.set_unavailable().await
            }
            .map_err(|error| LinkError::Transient(error.to_string()))
        };
        within(SHORT, sending).await
    }

    async fn download(&self, media: &Media, into: File) -> Result<(), FileError> {
        let client = self.online().map_err(|_| FileError::NotConnected)?;
        // Large files take their time; the connection's own timeouts end those that hang.
        files::download(&client, media, into).await
    }

    async fn upload(&self, kind: MediaKind, file: File, scratch: File) -> Result<Uploaded, LinkError> {
        let client = self.online()?;
        files::upload(&client, kind, file, scratch).await
    }

    async fn ask_phone_for_file(&self, of: &FileOf<'_>) -> Result<String, FileError> {
        let client = self.online().map_err(|_| FileError::NotConnected)?;
        files::ask_phone(&client, of).await
    }

    async fn ask_history(&self, before: &Oldest<'_>, count: u32) -> Result<(), LinkError> {
        let client = self.online()?;
        within(
            SHORT,
            history::ask(&self.core, &client, &jid(before.chat)?, before, count),
        )
        .await
    }

    async fn groups(&self) -> Result<Vec<Group>, LinkError> {
        let client = self.online()?;
        within(SHORT, groups::all(&client)).await
    }

    async fn group(&self, group: &Address) -> Result<Group, LinkError> {
        let client = self.online()?;
        within(SHORT, groups::one(&client, group)).await
    }

    async fn create_group(&self, subject: &str, members: &[Address]) -> Result<Group, LinkError> {
        let client = self.online()?;
        within(SHORT, groups::create(&client, subject, members)).await
    }

    async fn rename_group(&self, group: &Address, subject: &str) -> Result<(), LinkError> {
        let client = self.online()?;
        within(SHORT, groups::rename(&client, group, subject)).await
    }

    async fn describe_group(&self, group: &Address, text: Option<&str>) -> Result<(), LinkError> {
        let client = self.online()?;
        within(SHORT, groups::describe(&client, group, text)).await
    }

    async fn set_group_rule(&self, group: &Address, rule: GroupRule, on: bool) -> Result<(), LinkError> {
        let client = self.online()?;
        within(SHORT, groups::set_rule(&client, group, rule, on)).await
    }

    async fn group_link(&self, group: &Address, renew: bool) -> Result<String, LinkError> {
        let client = self.online()?;
        within(SHORT, groups::link(&client, group, renew)).await
    }

    async fn change_members(
        &self,
        group: &Address,
        change: MemberChange,
        members: &[Address],
    ) -> Result<Vec<MemberRefused>, LinkError> {
        let client = self.online()?;
        within(SHORT, groups::change_members(&client, group, change, members)).await
    }

    async fn leave_group(&self, group: &Address) -> Result<(), LinkError> {
        let client = self.online()?;
        within(SHORT, groups::leave(&client, group)).await
    }

    fn last_frame_age(&self) -> Option<Duration> {
        self.core.last_frame_age()
    }

    async fn reconnect(&self) {
        let Some(client) = self.core.client() else { return };
        self.core.remember_last_frame();
        self.core.reconnecting("the connection is renewed");
        // On a dead socket even the goodbye may hang; the library's read loop was stopped before.
        let _hung = tokio::time::timeout(SHORT, client.reconnect_immediately()).await;
    }

    async fn logout(&self) -> Result<(), LinkError> {
        let client = self.online()?;
        self.core.logout_asked();
        within(PAIRING_TIMEOUT, async {
            client.logout().await;
            Ok(())
        })
        .await
    }

    async fn close(&self) {
        self.core.ask_to_stop();
        self.core.done.cancelled().await;
    }
}

/// How the account is registered, if the answer says that there is one.
pub(super) fn registered_in(answer: &[IsOnWhatsAppResult], asked: &Address) -> Option<Registered> {
    let result = answer.iter().find(|result| result.is_registered)?;
    let jids = [Some(&result.jid), result.pn_jid.as_ref(), result.lid.as_ref()];
    let addresses: Vec<Address> = jids.into_iter().flatten().map(address_of).collect();
    let is_phone = |address: &&Address| matches!(address, Address::Phone(_));
    let is_lid = |address: &&Address| matches!(address, Address::Lid(_));
    Some(Registered {
        address: addresses.iter().find(is_phone).unwrap_or(asked).clone(),
        lid: addresses.iter().find(is_lid).cloned(),
    })
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, LinkError>>) -> Result<T, LinkError> {
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or(Err(LinkError::TimedOut))
}

fn jid(address: &Address) -> Result<Jid, LinkError> {
    jid_of(address).ok_or_else(|| LinkError::Permanent("messages cannot be sent to this kind of address".to_owned()))
}

fn pair_error(error: PairError) -> LinkError {
    match error {
        PairError::RequestFailed(error) => outgoing::iq_error(error),
        other => LinkError::Permanent(other.to_string()),
    }
}
