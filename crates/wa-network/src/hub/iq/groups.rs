//! `w:g2`: querying and changing groups.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use crate::hub::Hub;
use crate::hub::stanza::{attr, attr_is, error_for, jid_attr, result_for};
use crate::hub::types::{DeviceAddr, GroupChange, GroupError, GroupSettings};

impl Hub {
    /// The `w:g2` queries of a device.
    pub(super) fn answer_group(&self, from: &DeviceAddr, query: &Node) -> Node {
        let Some(asked) = query.children().and_then(<[Node]>::first) else {
            return error_for(query, 400, "bad-request");
        };
        let jid = attr(query, "to").unwrap_or_default().into_owned();
        match asked.tag.as_ref() {
            "query" => match self.group(&jid) {
                Some(group) if !group.participants.iter().any(|member| member.number == from.account) => {
                    group_error(query, GroupError::NotMember)
                }
                Some(group) => result_for(query).children([self.group_node(&group)]).build(),
                None => error_for(query, 404, "item-not-found"),
            },
            "participating" => {
                let groups = self.groups_of(&from.account);
                let nodes = groups.iter().map(|group| self.group_node(group));
                result_for(query)
                    .children([NodeBuilder::new("groups").children(nodes).build()])
                    .build()
            }
            "create" => self.answer_create(from, query, asked),
            "invite" => match self.invite(&from.account, &jid, attr_is(query, "type", "set")) {
                Ok(code) => {
                    let invite = NodeBuilder::new("invite").attr("code", code);
                    result_for(query).children([invite.build()]).build()
                }
                Err(error) => group_error(query, error),
            },
            "add" | "remove" | "promote" | "demote" => self.answer_members(from, query, asked, &jid),
            _ => self.answer_change(from, query, asked, &jid),
        }
    }

    fn answer_create(&self, from: &DeviceAddr, query: &Node, asked: &Node) -> Node {
        let subject = attr(asked, "subject").unwrap_or_default();
        let mut members = self.numbers_in(asked);
        // Whoever lets nobody add them is simply missing.
        members.retain(|number| self.member_refusal("", &GroupChange::Add(Vec::new()), number).is_none());
        let body = asked.get_optional_child_by_tag(&["description", "body"]);
        let settings = GroupSettings {
            description: body.and_then(Node::content_as_string).map(|text| text.to_string()),
            ..GroupSettings::default()
        };
        match self.create_group_with(&from.account, &subject, &members, settings) {
            Ok(group) => result_for(query).children([self.group_node(&group)]).build(),
            Err(error) => group_error(query, error),
        }
    }

    /// Each of those who are named is answered for.
    fn answer_members(&self, from: &DeviceAddr, query: &Node, asked: &Node, jid: &str) -> Node {
        let change = match asked.tag.as_ref() {
            "add" => GroupChange::Add,
            "remove" => GroupChange::Remove,
            "promote" => GroupChange::Promote,
            _ => GroupChange::Demote,
        };
        if let Err(error) = self.may_change(&from.account, jid, &change(Vec::new())) {
            return group_error(query, error);
        }
        let (mut done, mut answers) = (Vec::new(), Vec::new());
        for participant in asked.get_children_by_tag("participant") {
            let Some((named, number)) = jid_attr(participant, "jid").zip(self.number_of(participant)) else {
                continue;
            };
            let answer = NodeBuilder::new("participant").attr("jid", named);
            answers.push(match self.member_refusal(jid, &change(Vec::new()), &number) {
                Some(code) => answer.attr("error", code).build(),
                None => {
                    done.push(number);
                    answer.build()
                }
            });
        }
        if !done.is_empty()
            && let Err(error) = self.change_group(from, jid, change(done))
        {
            return group_error(query, error);
        }
        let answer = NodeBuilder::new_dynamic(asked.tag.to_string()).children(answers);
        result_for(query).children([answer.build()]).build()
    }

    fn answer_change(&self, from: &DeviceAddr, query: &Node, asked: &Node, jid: &str) -> Node {
        let (jid, change) = match asked.tag.as_ref() {
            "subject" => {
                let subject = asked.content_as_string().unwrap_or_default();
                (jid.to_owned(), GroupChange::Subject(subject.to_string()))
            }
            "leave" => {
                let group = asked.get_optional_child("group").and_then(|group| attr(group, "id"));
                (group.unwrap_or_default().into_owned(), GroupChange::Leave)
            }
            "description" => {
                let body = asked.get_optional_child("body").and_then(Node::content_as_string);
                (
                    jid.to_owned(),
                    GroupChange::Description(body.map(|text| text.to_string())),
                )
            }
            "announcement" => (jid.to_owned(), GroupChange::Announcement(true)),
            "not_announcement" => (jid.to_owned(), GroupChange::Announcement(false)),
            "locked" => (jid.to_owned(), GroupChange::Locked(true)),
            "unlocked" => (jid.to_owned(), GroupChange::Locked(false)),
            "ephemeral" => {
                let seconds = attr(asked, "expiration").and_then(|seconds| seconds.parse().ok());
                (jid.to_owned(), GroupChange::Ephemeral(seconds.unwrap_or(0)))
            }
            "not_ephemeral" => (jid.to_owned(), GroupChange::Ephemeral(0)),
            // Settings without effect in this network are accepted and dropped.
            _ => return result_for(query).build(),
        };
        match self.change_group(from, &jid, change) {
            Ok(_) => {
                let done = NodeBuilder::new_dynamic(asked.tag.to_string())
                    .apply_content(asked.content.clone())
                    .build();
                result_for(query).children([done]).build()
            }
            Err(error) => group_error(query, error),
        }
    }

    fn numbers_in(&self, asked: &Node) -> Vec<String> {
        let participants = asked.get_children_by_tag("participant");
        participants
            .filter_map(|participant| self.number_of(participant))
            .collect()
    }

    fn number_of(&self, participant: &Node) -> Option<String> {
        let jid = jid_attr(participant, "jid")?;
        let known = self.resolve(&jid).map(|addr| addr.account.to_string());
        Some(known.unwrap_or_else(|| jid.user.to_string()))
    }
}

fn group_error(query: &Node, error: GroupError) -> Node {
    match error {
        GroupError::NotFound => error_for(query, 404, "item-not-found"),
        GroupError::NotMember | GroupError::NotAdmin => error_for(query, 403, "forbidden"),
        GroupError::UnknownNumber => error_for(query, 400, "bad-request"),
    }
}
