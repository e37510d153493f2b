//! Groups: members, ranks and settings.

mod nodes;

use parking_lot::MutexGuard;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::Hub;
use super::stanza::{attr_is, now};
use super::types::{DeviceAddr, GroupChange, GroupError, GroupInfo, GroupSettings, Participant, Rank};

/// The code in the acknowledgement of a message that a member may not send.
const NOT_ALLOWED: u16 = 403;
/// Nobody has this number, or they are not in the group.
const UNKNOWN: u16 = 404;
const THERE_ALREADY: u16 = 409;

pub(super) type Groups = HashMap<String, Group>;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Group {
    pub id: String,
    pub subject: String,
    pub creator: String,
    pub created_at: i64,
    /// In the order they joined.
    pub members: Vec<(String, Rank)>,
    #[serde(flatten)]
    pub settings: GroupSettings,
    /// The code of its link, once somebody has asked for it.
    #[serde(default)]
    pub invite: Option<String>,
}

impl Group {
    pub fn jid(&self) -> String {
        format!("{}@g.us", self.id)
    }

    fn rank(&self, number: &str) -> Option<Rank> {
        self.members
            .iter()
            .find(|(member, _)| member == number)
            .map(|(_, rank)| *rank)
    }

    /// Whether a member who is no admin may do this.
    fn open_to_members(&self, change: &GroupChange) -> bool {
        match change {
            GroupChange::Leave => true,
            GroupChange::Subject(_) | GroupChange::Description(_) | GroupChange::Ephemeral(_) => !self.settings.locked,
            _ => false,
        }
    }

    fn set_rank(&mut self, numbers: &[String], rank: Rank) {
        let named = self
            .members
            .iter_mut()
            .filter(|(member, old)| numbers.contains(member) && *old != Rank::SuperAdmin);
        named.for_each(|(_, old)| *old = rank);
    }

    fn apply(&mut self, actor: &str, change: &GroupChange) {
        match change {
            GroupChange::Add(numbers) => {
                for number in numbers {
                    if self.rank(number).is_none() {
                        self.members.push((number.clone(), Rank::Member));
                    }
                }
            }
            GroupChange::Remove(numbers) => self.members.retain(|(member, _)| !numbers.contains(member)),
            GroupChange::Promote(numbers) => self.set_rank(numbers, Rank::Admin),
            GroupChange::Demote(numbers) => self.set_rank(numbers, Rank::Member),
            GroupChange::Leave => self.members.retain(|(member, _)| member != actor),
            GroupChange::Subject(subject) => self.subject.clone_from(subject),
            GroupChange::Description(text) => self.settings.description.clone_from(text),
            GroupChange::Announcement(on) => self.settings.announcement = *on,
            GroupChange::Locked(on) => self.settings.locked = *on,
            GroupChange::Ephemeral(seconds) => self.settings.ephemeral = *seconds,
        }
    }
}

impl Hub {
    /// Creates a group with its owner as super admin and notifies everybody's devices.
    pub fn create_group(&self, owner: &str, subject: &str, members: &[String]) -> Result<GroupInfo, GroupError> {
        self.create_group_with(owner, subject, members, GroupSettings::default())
    }

    /// Like `create_group`, with settings from the beginning.
    pub fn create_group_with(
        &self,
        owner: &str,
        subject: &str,
        members: &[String],
        settings: GroupSettings,
    ) -> Result<GroupInfo, GroupError> {
        let mut all = vec![(owner.to_owned(), Rank::SuperAdmin)];
        all.extend(
            members
                .iter()
                .filter(|number| *number != owner)
                .map(|number| (number.clone(), Rank::Member)),
        );
        if all.iter().any(|(number, _)| self.account(number).is_none()) {
            return Err(GroupError::UnknownNumber);
        }
        let group = Group {
            id: self.ids.group(),
            subject: subject.to_owned(),
            creator: owner.to_owned(),
            created_at: now(),
            members: all,
            settings,
            invite: None,
        };
        let jid = group.jid();
        self.groups().insert(jid.clone(), group);
        let info = self.group(&jid).ok_or(GroupError::NotFound)?;
        let create = NodeBuilder::new("create")
            .attr("type", "new")
            .attr("key", self.ids.stanza())
            .children([self.group_node(&info)])
            .build();
        self.tell_members(&info, &[], owner, create);
        Ok(info)
    }

    /// A group by its jid.
    pub fn group(&self, jid: &str) -> Option<GroupInfo> {
        let group = self.groups().get(jid).cloned()?;
        let participant = |(number, rank): &(String, Rank)| {
            let account = self.account(number)?;
            Some(Participant {
                number: account.number.clone(),
                lid: account.lid(),
                rank: *rank,
            })
        };
        Some(GroupInfo {
            jid: group.jid(),
            subject: group.subject.clone(),
            creator: group.creator.as_str().into(),
            created_at: group.created_at,
            participants: group.members.iter().filter_map(participant).collect(),
            settings: group.settings.clone(),
        })
    }

    /// The groups a number is a member of.
    pub fn groups_of(&self, number: &str) -> Vec<GroupInfo> {
        let mut jids: Vec<String> = {
            let groups = self.groups();
            groups
                .values()
                .filter(|group| group.rank(number).is_some())
                .map(Group::jid)
                .collect()
        };
        jids.sort();
        jids.iter().filter_map(|jid| self.group(jid)).collect()
    }

    /// Changes a group on behalf of a member and notifies everybody concerned, removed members too.
    pub fn change_group(&self, actor: &DeviceAddr, jid: &str, change: GroupChange) -> Result<GroupInfo, GroupError> {
        let number = actor.account.as_ref();
        let named = match &change {
            GroupChange::Add(numbers)
            | GroupChange::Remove(numbers)
            | GroupChange::Promote(numbers)
            | GroupChange::Demote(numbers) => numbers.clone(),
            GroupChange::Leave => vec![number.to_owned()],
            _ => Vec::new(),
        };
        if named.iter().any(|number| self.account(number).is_none()) {
            return Err(GroupError::UnknownNumber);
        }
        self.may_change(number, jid, &change)?;
        if let Some(group) = self.groups().get_mut(jid) {
            group.apply(number, &change);
        }
        let info = self.group(jid).ok_or(GroupError::NotFound)?;
        let news = self.change_node(&change, &named, &info);
        self.tell_members(&info, &named, number, news);
        Ok(info)
    }

    pub(super) fn may_change(&self, number: &str, jid: &str, change: &GroupChange) -> Result<(), GroupError> {
        let groups = self.groups();
        let group = groups.get(jid).ok_or(GroupError::NotFound)?;
        let rank = group.rank(number).ok_or(GroupError::NotMember)?;
        match rank == Rank::Member && !group.open_to_members(change) {
            true => Err(GroupError::NotAdmin),
            false => Ok(()),
        }
    }

    /// Why the server does not do this with one of those who are named.
    pub(super) fn member_refusal(&self, jid: &str, change: &GroupChange, number: &str) -> Option<u16> {
        let is_member = self.groups().get(jid).is_some_and(|group| group.rank(number).is_some());
        match (change, self.account(number)) {
            (_, None) => Some(UNKNOWN),
            (GroupChange::Add(_), Some(_)) if is_member => Some(THERE_ALREADY),
            (GroupChange::Add(_), Some(account)) => account.state().visibility.contacts_only.then_some(NOT_ALLOWED),
            (_, Some(_)) => (!is_member).then_some(UNKNOWN),
        }
    }

    /// The code of the group's link; `renew` makes another, and the old one invalid.
    pub(super) fn invite(&self, number: &str, jid: &str, renew: bool) -> Result<String, GroupError> {
        let new = self.ids.stanza();
        let mut groups = self.groups();
        let group = groups.get_mut(jid).ok_or(GroupError::NotFound)?;
        match group.rank(number) {
            None => return Err(GroupError::NotMember),
            Some(Rank::Member) => return Err(GroupError::NotAdmin),
            Some(_) => {}
        }
        if renew {
            group.invite = None;
        }
        Ok(group.invite.get_or_insert(new).clone())
    }

    /// Why the server does not pass on a message of this member to a group: deleting for everybody what others wrote
    /// is for admins, and so is writing where only they may.
    pub(super) fn refused_in_group(&self, writer: &str, jid: &str, stanza: &Node) -> Option<u16> {
        let groups = self.groups();
        let group = groups.get(jid)?;
        let member = group.rank(writer).is_none_or(|rank| rank == Rank::Member);
        let admins_only = attr_is(stanza, "edit", "8") || group.settings.announcement;
        (member && admins_only).then_some(NOT_ALLOWED)
    }

    pub(super) fn groups(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::super::stanza::attr;
    use super::super::testing::{hub_with, text};
    use super::*;

    #[test]
    fn a_member_deletes_for_everybody_only_as_an_admin() {
        let (hub, mut phones) = hub_with(&["1", "2"]);
        let group = hub.create_group("1", "Team", &["2".to_owned()]).unwrap().jid;
        let delete = |hub: &Hub, by: &str, id: &str| {
            let mut stanza = text("1", id);
            stanza.attrs.insert("to", group.parse::<wacore_binary::Jid>().unwrap());
            stanza.attrs.insert("edit", "8");
            hub.submit(&DeviceAddr::phone(by), stanza);
        };
        let ack_of = |phone: &mut tokio::sync::mpsc::UnboundedReceiver<Node>, id: &str| loop {
            let stanza = phone.try_recv().unwrap();
            if stanza.tag == "ack" && attr_is(&stanza, "id", id) {
                return attr(&stanza, "error").map(String::from);
            }
        };
        delete(&hub, "2", "A");
        assert_eq!(ack_of(&mut phones[1], "A").as_deref(), Some("403"));
        let promote = GroupChange::Promote(vec!["2".to_owned()]);
        hub.change_group(&DeviceAddr::phone("1"), &group, promote).unwrap();
        delete(&hub, "2", "B");
        assert_eq!(ack_of(&mut phones[1], "B"), None);
    }

    #[test]
    fn a_group_of_lids_shows_numbers_beside_them_unless_they_are_hidden() {
        let (hub, mut phones) = hub_with(&["1", "2", "3"]);
        let hidden = super::super::types::Visibility {
            hidden: true,
            ..Default::default()
        };
        hub.set_visibility("3", hidden);
        let members = ["2".to_owned(), "3".to_owned()];
        hub.create_group("1", "Team", &members).unwrap();
        let news = phones[1].try_recv().unwrap();
        let group = news.get_optional_child_by_tag(&["create", "group"]).unwrap();
        assert!(attr_is(group, "addressing_mode", "lid"));
        let numbers: Vec<_> = group
            .get_children_by_tag("participant")
            .map(|participant| attr(participant, "phone_number").map(String::from))
            .collect();
        assert_eq!(
            numbers,
            [
                Some("1@s.whatsapp.net".to_owned()),
                Some("2@s.whatsapp.net".to_owned()),
                None
            ]
        );
    }
}
