//! The `w:g2` and `w:gp2` stanzas about groups.
//!
//! A group names its members by number, or by LID with the number beside it; one with a member who shows the LID alone
//! does the latter.

use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use crate::hub::Hub;
use crate::hub::accounts::Account;
use crate::hub::stanza::now;
use crate::hub::types::{GroupChange, GroupInfo, Participant, Rank};

impl Hub {
    /// Whether the group names its members by LID.
    pub(in crate::hub) fn by_lid(&self, group: &GroupInfo) -> bool {
        let lid_only = |member: &Participant| self.shows_lid_only(&member.number);
        group.settings.lid || group.participants.iter().any(lid_only)
    }

    pub(super) fn change_node(&self, change: &GroupChange, named: &[String], group: &GroupInfo) -> Node {
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
            GroupChange::Description(text) => return self.description_node(text.as_deref()),
            GroupChange::Announcement(true) => return NodeBuilder::new("announcement").build(),
            GroupChange::Announcement(false) => return NodeBuilder::new("not_announcement").build(),
            GroupChange::Locked(true) => return NodeBuilder::new("locked").build(),
            GroupChange::Locked(false) => return NodeBuilder::new("unlocked").build(),
            GroupChange::Ephemeral(0) => return NodeBuilder::new("not_ephemeral").build(),
            GroupChange::Ephemeral(seconds) => {
                return NodeBuilder::new("ephemeral").attr("expiration", *seconds).build();
            }
        };
        let by_lid = self.by_lid(group);
        let participants = named.iter().filter_map(|number| {
            let account = self.account(number)?;
            Some(participant_node(&account, by_lid).build())
        });
        NodeBuilder::new(tag).children(participants).build()
    }

    fn description_node(&self, text: Option<&str>) -> Node {
        let inside = match text {
            Some(text) => NodeBuilder::new("body").string_content(text).build(),
            None => NodeBuilder::new("delete").build(),
        };
        NodeBuilder::new("description")
            .attr("id", self.ids.stanza())
            .children([inside])
            .build()
    }

    /// To every device of all members and of those just removed, the actor's other devices included.
    pub(super) fn tell_members(&self, group: &GroupInfo, also: &[String], actor: &str, news: Node) {
        let Some(by) = self.account(actor) else { return };
        let Ok(jid) = group.jid.parse::<Jid>() else { return };
        let name = by.state().name.clone();
        let username = by.state().visibility.username.clone();
        let by_lid = self.by_lid(group);
        for number in concerned(group, also) {
            for device in self.device_addrs(&number) {
                let mut notification = self
                    .notification(jid.clone(), "w:gp2")
                    .attr("participant", if by_lid { by.lid_jid(0) } else { by.seen(0) })
                    .attr("notify", name.as_ref())
                    .attr("addressing_mode", if by_lid { "lid" } else { "pn" });
                if !by.lid_only() {
                    notification = notification.attr("participant_pn", by.pn(0));
                }
                if let Some(username) = &username {
                    notification = notification.attr("participant_username", username);
                }
                self.deliver(&device, notification.children([news.clone()]).build());
            }
        }
    }

    /// The group's or person's picture has changed: `news` is `<set>` or `<delete>`.
    pub(in crate::hub) fn tell_picture(&self, jid: &Jid, to: &[Arc<str>], news: &Node) {
        for device in to.iter().flat_map(|number| self.device_addrs(number)) {
            let notification = self.notification(jid.clone(), "picture").children([news.clone()]);
            self.deliver(&device, notification.build());
        }
    }

    pub(in crate::hub) fn group_node(&self, group: &GroupInfo) -> Node {
        let by_lid = self.by_lid(group);
        let participant = |member: &Participant| {
            let account = self.account(&member.number)?;
            let node = participant_node(&account, by_lid);
            Some(match member.rank {
                Rank::Member => node.build(),
                Rank::Admin => node.attr("type", "admin").build(),
                Rank::SuperAdmin => node.attr("type", "superadmin").build(),
            })
        };
        let creator = self.address_of(&group.creator, by_lid);
        let mut children: Vec<Node> = group.participants.iter().filter_map(participant).collect();
        children.push(
            NodeBuilder::new("member_add_mode")
                .string_content("all_member_add")
                .build(),
        );
        let settings = &group.settings;
        if let Some(text) = &settings.description {
            children.push(self.description_node(Some(text)));
        }
        for (on, tag) in [(settings.announcement, "announcement"), (settings.locked, "locked")] {
            children.extend(on.then(|| NodeBuilder::new(tag).build()));
        }
        if settings.ephemeral > 0 {
            let timer = NodeBuilder::new("ephemeral").attr("expiration", settings.ephemeral);
            children.push(timer.build());
        }
        NodeBuilder::new("group")
            .attr("id", group.jid.trim_end_matches("@g.us"))
            .attr("subject", &group.subject)
            .attr("creation", group.created_at)
            .attr("creator", &creator)
            .attr("s_t", group.created_at)
            .attr("s_o", &creator)
            .attr("size", group.participants.len())
            .attr("addressing_mode", if by_lid { "lid" } else { "pn" })
            .children(children)
            .build()
    }
}

/// Members and those who were members just now.
fn concerned(group: &GroupInfo, also: &[String]) -> Vec<String> {
    let mut numbers: Vec<String> = group
        .participants
        .iter()
        .map(|member| member.number.to_string())
        .collect();
    for number in also {
        if !numbers.contains(number) {
            numbers.push(number.clone());
        }
    }
    numbers
}

fn participant_node(account: &Account, by_lid: bool) -> NodeBuilder {
    let mut node = NodeBuilder::new("participant");
    node = if by_lid {
        node.attr("jid", account.lid_jid(0))
    } else {
        node.attr("jid", account.pn(0)).attr("lid", account.lid_jid(0))
    };
    if by_lid && !account.lid_only() {
        node = node.attr("phone_number", account.pn(0));
    }
    match &account.state().visibility.username {
        Some(username) => node.attr("username", username),
        None => node,
    }
}
