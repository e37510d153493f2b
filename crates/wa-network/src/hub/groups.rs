//! Groups: members, ranks and the `w:g2` stanzas about them.

use parking_lot::MutexGuard;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Hub;
use super::stanza::now;
use super::types::{DeviceAddr, GroupChange, GroupError, GroupInfo, Participant, Rank};

pub(super) type Groups = HashMap<String, Group>;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Group {
    pub id: String,
    pub subject: String,
    pub creator: String,
    pub created_at: i64,
    /// In the order they joined.
    pub members: Vec<(String, Rank)>,
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
        }
    }
}

impl Hub {
    /// Creates a group with its owner as super admin and notifies everybody's devices.
    pub fn create_group(&self, owner: &str, subject: &str, members: &[String]) -> Result<GroupInfo, GroupError> {
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
                lid: account.lid.clone(),
                rank: *rank,
            })
        };
        Some(GroupInfo {
            jid: group.jid(),
            subject: group.subject.clone(),
            creator: group.creator.as_str().into(),
            created_at: group.created_at,
            participants: group.members.iter().filter_map(participant).collect(),
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
            GroupChange::Subject(_) => Vec::new(),
        };
        if named.iter().any(|number| self.account(number).is_none()) {
            return Err(GroupError::UnknownNumber);
        }
        {
            let mut groups = self.groups();
            let group = groups.get_mut(jid).ok_or(GroupError::NotFound)?;
            let rank = group.rank(number).ok_or(GroupError::NotMember)?;
            if rank == Rank::Member && !matches!(change, GroupChange::Leave | GroupChange::Subject(_)) {
                return Err(GroupError::NotAdmin);
            }
            group.apply(number, &change);
        }
        let info = self.group(jid).ok_or(GroupError::NotFound)?;
        let news = self.change_node(&change, &named);
        self.tell_members(&info, &named, number, news);
        Ok(info)
    }

    fn change_node(&self, change: &GroupChange, named: &[String]) -> Node {
        let tag = match change {
            GroupChange::Add(_) => "add",
            GroupChange::Remove(_) | GroupChange::Leave => "remove",
            GroupChange::Promote(_) => "promote",
            GroupChange::Demote(_) => "demote",
            GroupChange::Subject(subject) => {
                return NodeBuilder::new("subject")
                    .attr("subject", subject)
                    .attr("s_t", now())
                    .build();
            }
        };
        let participants = named.iter().filter_map(|number| {
            let account = self.account(number)?;
            Some(
                NodeBuilder::new("participant")
                    .attr("jid", account.pn(0))
                    .attr("lid", account.lid_jid(0))
                    .build(),
            )
        });
        NodeBuilder::new(tag).children(participants).build()
    }

    /// To every device of all members and of those just removed, the actor's other devices included.
    fn tell_members(&self, group: &GroupInfo, also: &[String], actor: &str, news: Node) {
        let Some(by) = self.account(actor) else { return };
        let name = by.state().name.clone();
        let mut numbers: Vec<&str> = group.participants.iter().map(|member| member.number.as_ref()).collect();
        numbers.extend(
            also.iter()
                .map(String::as_str)
                .filter(|number| !numbers.contains(number))
                .collect::<Vec<_>>(),
        );
        let Ok(jid) = group.jid.parse::<Jid>() else { return };
        for device in numbers.into_iter().flat_map(|number| self.device_addrs(number)) {
            let notification = self
                .notification(jid.clone(), "w:gp2")
                .attr("participant", by.pn(0))
                .attr("participant_pn", by.pn(0))
                .attr("notify", name.as_ref())
                .attr("addressing_mode", "pn")
                .children([news.clone()]);
            self.deliver(&device, notification.build());
        }
    }

    pub(super) fn group_node(&self, group: &GroupInfo) -> Node {
        let participant = |member: &Participant| {
            let node = NodeBuilder::new("participant")
                .attr("jid", Jid::pn(member.number.as_ref()))
                .attr("lid", Jid::lid(member.lid.as_ref()));
            match member.rank {
                Rank::Member => node.build(),
                Rank::Admin => node.attr("type", "admin").build(),
                Rank::SuperAdmin => node.attr("type", "superadmin").build(),
            }
        };
        let creator = Jid::pn(group.creator.as_ref());
        let mut children: Vec<Node> = group.participants.iter().map(participant).collect();
        children.push(
            NodeBuilder::new("member_add_mode")
                .string_content("all_member_add")
                .build(),
        );
        NodeBuilder::new("group")
            .attr("id", group.jid.trim_end_matches("@g.us"))
            .attr("subject", &group.subject)
            .attr("creation", group.created_at)
            .attr("creator", &creator)
            .attr("s_t", group.created_at)
            .attr("s_o", &creator)
            .attr("size", group.participants.len())
            .attr("addressing_mode", "pn")
            .children(children)
            .build()
    }

    pub(super) fn groups(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock()
    }
}
