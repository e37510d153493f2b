//! What the client learns of people: which addresses are one account, and how the phone's address book names it.

use std::collections::HashMap;
use std::sync::Arc;

use wacore::types::events::{ContactNumberChanged, ContactUpdate};
use wacore_binary::{Jid, OwnedNodeRef};
use waproto::whatsapp as wa;

use super::core::Core;
use super::jid::{address_in, address_of, jid_of};
use crate::{Address, Inbound, PersonNews};

/// Pairs that are handed over at once when a session opens.
const AT_ONCE: usize = 1_000;

fn is_person(address: &Address) -> bool {
    matches!(address, Address::Phone(_) | Address::Lid(_))
}

fn people(addresses: impl IntoIterator<Item = Option<Address>>) -> Vec<Address> {
    let mut all: Vec<Address> = Vec::new();
    for address in addresses.into_iter().flatten().filter(is_person) {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all
}

fn non_empty(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty()).cloned()
}

/// An entry of the phone's address book.
pub(super) fn of_contact(update: &ContactUpdate) -> PersonNews {
    let action = &update.action;
    let jid = |text: &Option<String>| text.as_deref().and_then(address_in);
    PersonNews {
        addresses: people([Some(address_of(&update.jid)), jid(&action.pn_jid), jid(&action.lid_jid)]),
        book_name: non_empty(action.full_name.as_ref()).or_else(|| non_empty(action.first_name.as_ref())),
        username: non_empty(action.username.as_ref()),
        ..PersonNews::default()
    }
}

/// Somebody keeps the account and has another number.
pub(super) fn of_new_number(change: &ContactNumberChanged) -> PersonNews {
    let lid = |jid: &Option<Jid>| jid.as_ref().map(address_of);
    PersonNews {
        addresses: people([
            Some(address_of(&change.new_jid)),
            Some(address_of(&change.old_jid)),
            lid(&change.new_lid),
            lid(&change.old_lid),
        ]),
        left: Some(address_of(&change.old_jid)),
        ..PersonNews::default()
    }
}

/// The other side of a conversation in the phone's history; `None` for a group.
pub(super) fn of_conversation(conversation: &wa::Conversation) -> Option<PersonNews> {
    let jid = |text: &Option<String>| text.as_deref().and_then(address_in);
    let addresses = people([
        address_in(&conversation.id).filter(is_person),
        jid(&conversation.pn_jid),
        jid(&conversation.lid_jid),
    ]);
    let is_direct = address_in(&conversation.id).is_some_and(|address| is_person(&address));
    is_direct.then(|| PersonNews {
        addresses,
        book_name: non_empty(conversation.name.as_ref()),
        username: non_empty(conversation.username.as_ref()),
        is_met: true,
        ..PersonNews::default()
    })
}

/// Asks for an account again when an acknowledgement says that its LID has changed. The library stores what it is told,
/// and the key store passes it on ([`crate::store::Recall::paired`]).
pub(super) fn look_again(core: &Arc<Core>, node: &OwnedNodeRef) {
    let node = node.get();
    if node.tag != "ack"
        || node
            .attrs()
            .optional_string("refresh_lid")
            .is_none_or(|marked| marked != "true")
    {
        return;
    }
    let Some(of) = node.attrs().optional_jid("from").map(|jid| address_of(&jid)) else {
        return;
    };
    let owner = core.clone();
    core.runtime.run(async move {
        let (Some(client), Some(keys)) = (owner.client(), owner.keys()) else {
            return;
        };
        // The old LID finds nobody.
        let phone = match &of {
            Address::Lid(_) => keys.other_address(&of).await,
            _ => Some(of),
        };
        let Some(jid) = phone.as_ref().and_then(jid_of) else {
            return;
        };
        if let Err(error) = client.contacts().is_on_whatsapp(&[jid]).await {
            tracing::warn!(session = owner.session.0, %error, "a changed LID could not be asked for");
        }
    });
}

impl Core {
    /// Stores news of people. What is lost here comes again with the next opening, or with their next message.
    pub(super) async fn learn(&self, news: Vec<PersonNews>) {
        if news.is_empty() {
            return;
        }
        if let Err(error) = self.sink.learn(self.session, news).await {
            tracing::warn!(session = self.session.0, %error, "what WhatsApp said of people could not be stored");
        }
    }

    /// The same, for callers that may not wait.
    pub(super) fn learn_soon(self: &Arc<Self>, news: Vec<PersonNews>) {
        let core = self.clone();
        self.runtime.run(async move { core.learn(news).await });
    }

    /// Hands over which addresses are one account, as far as the key store knows: the program may have stopped between
    /// the moment when it was learned and the moment when it was stored.
    pub(super) async fn learn_what_is_known(&self) {
        let Some(keys) = self.keys() else { return };
        for pairs in keys.known_pairs().await.chunks(AT_ONCE) {
            let news = pairs
                .iter()
                .map(|(phone, lid)| PersonNews::same(phone.clone(), lid.clone()));
            self.learn(news.collect()).await;
        }
    }

    /// Adds the other address of whoever wrote, or was written to, where the message lacks it and the key store has it.
    pub(super) async fn complete(&self, messages: &mut [Inbound]) {
        let Some(keys) = self.keys() else { return };
        let mut known: HashMap<Address, Option<Address>> = HashMap::new();
        let mut met = Vec::new();
        for message in messages {
            let whose = if message.from_me {
                &message.chat
            } else {
                &message.sender
            };
            if !is_person(whose) || (!message.from_me && message.sender_alt.is_some()) {
                continue;
            }
            let other = match known.get(whose) {
                Some(other) => other.clone(),
                None => {
                    let other = keys.other_address(whose).await;
                    known.insert(whose.clone(), other.clone());
                    if let (true, Some(other)) = (message.from_me, &other) {
                        let news = PersonNews::same(whose.clone(), other.clone());
                        met.push(PersonNews { is_met: true, ..news });
                    }
                    other
                }
            };
            if !message.from_me {
                message.sender_alt = other;
            }
        }
        self.learn(met).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_the_address_book_names_both_addresses_of_an_account() {
        let action = wa::sync_action_value::ContactAction {
            full_name: Some("Ana Souza".to_owned()),
            first_name: Some("Ana".to_owned()),
            lid_jid: Some("77@lid".to_owned()),
            pn_jid: Some("5511999990001@s.whatsapp.net".to_owned()),
            username: Some("ana.souza".to_owned()),
            ..Default::default()
        };
        let update = ContactUpdate::builder()
            .jid("5511999990001@s.whatsapp.net".parse().unwrap())
            .timestamp(wacore::time::from_secs(1_700_000_000).unwrap())
            .action(Box::new(action))
            .from_full_sync(true)
            .build();
        let news = of_contact(&update);
        assert!(news.addresses == [Address::Phone("5511999990001".into()), Address::Lid("77".into())]);
        assert_eq!(news.book_name.as_deref(), Some("Ana Souza"));
        assert_eq!(news.username.as_deref(), Some("ana.souza"));
    }

    #[test]
    fn a_conversation_of_the_history_names_its_person_and_a_group_names_none() {
        let direct = wa::Conversation {
            id: "77@lid".to_owned(),
            pn_jid: Some("5511999990001@s.whatsapp.net".to_owned()),
            name: Some("Ana".to_owned()),
            username: Some(String::new()),
            ..Default::default()
        };
        let news = of_conversation(&direct).unwrap();
        assert!(news.addresses == [Address::Lid("77".into()), Address::Phone("5511999990001".into())]);
        assert_eq!((news.book_name.as_deref(), news.username), (Some("Ana"), None));
        assert!(news.is_met);
        let group = wa::Conversation {
            id: "120363@g.us".to_owned(),
            name: Some("Family".to_owned()),
            ..Default::default()
        };
        assert!(of_conversation(&group).is_none());
    }
}
