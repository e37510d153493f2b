//! Groups: read, made and changed, and what others change.

use std::sync::Arc;

use wacore::stanza::groups::{GroupNotificationAction as Action, GroupParticipantInfo, GroupParticipantType};
use wacore::types::events::{GroupUpdate, PictureUpdate};
use wacore_binary::{Jid, JidExt as _};
use whatsapp_rust::{
    Client, GroupCreateOptions, GroupDescription, GroupError, GroupMetadata, GroupParticipantOptions, GroupSubject,
    IqError, PreviousDescription,
};

use super::core::Core;
use super::jid::{address_of, jid_of};
use super::outgoing;
use crate::{
    Address, Group, GroupChange, GroupMember, GroupNews, GroupRule, LinkError, LinkEvent, MemberChange, MemberRefused,
    PersonNews,
};

/// Why somebody is in a group whom nobody added.
const BY_LINK: &str = "invite";

pub(super) async fn all(client: &Client) -> Result<Vec<Group>, LinkError> {
    let groups = client.groups().get_participating().await.map_err(failed)?;
    Ok(groups.values().map(group).collect())
}

pub(super) async fn one(client: &Client, address: &Address) -> Result<Group, LinkError> {
    let found = client.groups().get_metadata(&jid(address)?).await.map_err(failed)?;
    Ok(group(&found))
}

pub(super) async fn create(client: &Client, subject: &str, members: &[Address]) -> Result<Group, LinkError> {
    let mut participants = Vec::with_capacity(members.len());
    for member in members {
        participants.push(GroupParticipantOptions::new(jid(member)?));
    }
    let options = GroupCreateOptions::builder()
        .subject(subject)
        .participants(participants)
        .build();
    let made = client.groups().create_group(options).await.map_err(failed)?;
    Ok(group(&made.metadata))
}

pub(super) async fn rename(client: &Client, address: &Address, subject: &str) -> Result<(), LinkError> {
    let subject = GroupSubject::new(subject).map_err(|error| LinkError::Permanent(error.to_string()))?;
    client
        .groups()
        .set_subject(jid(address)?, subject)
        .await
        .map_err(failed)
}

pub(super) async fn describe(client: &Client, address: &Address, text: Option<&str>) -> Result<(), LinkError> {
    let description = text.map(GroupDescription::new).transpose();
    let description = description.map_err(|error| LinkError::Permanent(error.to_string()))?;
    let groups = client.groups();
    groups
        .set_description(jid(address)?, description, PreviousDescription::Resolve)
        .await
        .map_err(failed)
}

pub(super) async fn set_rule(client: &Client, address: &Address, rule: GroupRule, on: bool) -> Result<(), LinkError> {
    let group = jid(address)?;
    match rule {
        GroupRule::Writing => client.groups().set_announce(group, on).await,
        GroupRule::Changing => client.groups().set_locked(group, on).await,
    }
    .map_err(failed)
}

pub(super) async fn link(client: &Client, address: &Address, renew: bool) -> Result<String, LinkError> {
    client
        .groups()
        .get_invite_link(jid(address)?, renew)
        .await
        .map_err(failed)
}

pub(super) async fn change_members(
    client: &Client,
    address: &Address,
    change: MemberChange,
    members: &[Address],
) -> Result<Vec<MemberRefused>, LinkError> {
    let group = jid(address)?;
    let members: Vec<Jid> = members.iter().map(jid).collect::<Result<_, _>>()?;
    let groups = client.groups();
    let answers = match change {
        MemberChange::Add => groups.add_participants(group, &members).await,
        MemberChange::Remove => groups.remove_participants(group, &members).await,
        MemberChange::Promote => groups.promote_participants(group, &members).await,
        MemberChange::Demote => groups.demote_participants(group, &members).await,
    };
    let refused = answers.map_err(failed)?.into_iter().filter(|answer| !answer.is_ok());
    Ok(refused
        .map(|answer| MemberRefused {
            address: address_of(&answer.jid),
            code: answer.error.and_then(|code| code.parse().ok()),
        })
        .collect())
}

pub(super) async fn leave(client: &Client, address: &Address) -> Result<(), LinkError> {
    client.groups().leave(jid(address)?).await.map_err(failed)
}

fn group(found: &GroupMetadata) -> Group {
    let member = |member: &whatsapp_rust::GroupParticipant| {
        let address = address_of(&member.jid);
        let others = [member.phone_number.as_ref(), member.lid.as_ref()];
        GroupMember {
            alt: others
                .into_iter()
                .flatten()
                .map(address_of)
                .find(|other| *other != address),
            address,
            admin: member.is_admin(),
        }
    };
    Group {
        address: address_of(&found.id),
        subject: found.subject.clone(),
        description: found.description.clone().filter(|text| !text.is_empty()),
        members: found.participants.iter().map(member).collect(),
        admins_only: found.is_announcement,
        locked: found.is_locked,
    }
}

fn jid(address: &Address) -> Result<Jid, LinkError> {
    jid_of(address).ok_or_else(|| LinkError::Permanent("this is not an address of WhatsApp".to_owned()))
}

fn failed(error: GroupError) -> LinkError {
    match error {
        GroupError::Iq(IqError::ServerError { code: 401 | 403, .. }) => LinkError::Forbidden,
        GroupError::Iq(error) => outgoing::iq_error(error),
        GroupError::InvalidRequest(why) => LinkError::Permanent(why),
        other => LinkError::Transient(other.to_string()),
    }
}

/// Passes on what somebody has changed, and which addresses it names for one account.
pub(super) fn told(core: &Arc<Core>, update: &GroupUpdate) {
    let Some(news) = news(update, &core.own_addresses()) else {
        return;
    };
    let members = match &news.change {
        GroupChange::Added(members) | GroupChange::Removed(members) => members.as_slice(),
        GroupChange::Joined(member) | GroupChange::Left(member) => std::slice::from_ref(member),
        _ => &[],
    };
    let pair = |member: &GroupMember| Some(PersonNews::same(member.address.clone(), member.alt.clone()?));
    core.learn_soon(members.iter().filter_map(pair).collect());
    core.emit(LinkEvent::Group(news));
}

/// `own` are the addresses of our account.
fn news(update: &GroupUpdate, own: &[Address]) -> Option<GroupNews> {
    let by = update.participant.as_ref().map(address_of);
    let by_alt = update.participant_pn.as_ref().map(address_of);
    let by_alt = by_alt.filter(|alt| by.as_ref() != Some(alt));
    let is = |member: &GroupMember, address: &Option<Address>| {
        address
            .as_ref()
            .is_some_and(|address| *address == member.address || Some(address) == member.alt.as_ref())
    };
    // Whoever comes or goes alone has done it themselves, if nobody else is named.
    let alone = |members: &[GroupMember]| match members {
        [only] if by.is_none() || is(only, &by) || is(only, &by_alt) => Some(only.clone()),
        _ => None,
    };
    let change = match &update.action {
        Action::Create { raw } => {
            let group = raw.get_optional_child("group");
            let subject =
                group.and_then(|group| group.attrs.get("subject").map(|subject| subject.as_str().into_owned()));
            GroupChange::Created {
                subject: subject.unwrap_or_default(),
            }
        }
        Action::Subject { subject, .. } => GroupChange::Subject(subject.clone()),
        Action::Description { description, .. } => {
            GroupChange::Description(description.clone().filter(|text| !text.is_empty()))
        }
        Action::Add { participants, reason } => {
            let members = members(participants);
            let joined = alone(&members).or_else(|| match (reason.as_deref(), members.as_slice()) {
                (Some(BY_LINK), [only]) => Some(only.clone()),
                _ => None,
            });
            joined.map_or(GroupChange::Added(members), GroupChange::Joined)
        }
        Action::Remove { participants, .. } => {
            let members = members(participants);
            alone(&members).map_or(GroupChange::Removed(members), GroupChange::Left)
        }
        Action::Promote { participants } => GroupChange::Promoted(members(participants)),
        Action::Demote { participants } => GroupChange::Demoted(members(participants)),
        Action::Modify { .. } => GroupChange::Renumbered,
        Action::Locked { .. } => GroupChange::Locked(true),
        Action::Unlocked => GroupChange::Locked(false),
        Action::Announce => GroupChange::AdminsOnly(true),
        Action::NotAnnounce => GroupChange::AdminsOnly(false),
        Action::Ephemeral { expiration, .. } => GroupChange::Timer(*expiration),
        Action::Delete { .. } => GroupChange::Ended,
        _ => return None,
    };
    let ours = |address: &Option<Address>| address.as_ref().is_some_and(|address| own.contains(address));
    let is_me = |member: &GroupMember| own.contains(&member.address) || ours(&member.alt);
    let about_me = match &change {
        GroupChange::Added(members) | GroupChange::Removed(members) => members.iter().any(is_me),
        GroupChange::Joined(member) | GroupChange::Left(member) => is_me(member),
        _ => false,
    };
    let at_ms = update.timestamp.timestamp_millis();
    let id = update.notification_id.clone().unwrap_or_else(|| at_ms.to_string());
    Some(GroupNews {
        group: address_of(&update.group_jid),
        id: format!("{id}-{}", update.action_index),
        from_me: ours(&by) || ours(&by_alt),
        by,
        by_alt,
        by_name: update.notify.clone().filter(|name| !name.trim().is_empty()),
        about_me,
        at_ms,
        offline: update.offline.is_some(),
        change,
    })
}

fn members(participants: &[GroupParticipantInfo]) -> Vec<GroupMember> {
    let member = |participant: &GroupParticipantInfo| {
        let address = address_of(&participant.jid);
        let others = [participant.phone_number.as_ref(), participant.lid.as_ref()];
        let mut others = others.into_iter().flatten().map(address_of);
        GroupMember {
            alt: others.find(|other| *other != address),
            address,
            admin: matches!(
                participant.r#type,
                Some(GroupParticipantType::Admin | GroupParticipantType::SuperAdmin)
            ),
        }
    };
    participants.iter().map(member).collect()
}

/// A group has another picture. `None` for that of a person.
pub(super) fn picture(update: &PictureUpdate, own: &[Address]) -> Option<LinkEvent> {
    if !update.jid.is_group() {
        return None;
    }
    let (by, at_ms) = (
        update.author.as_ref().map(address_of),
        update.timestamp.timestamp_millis(),
    );
    let id = update.picture_id.clone().unwrap_or_else(|| at_ms.to_string());
    Some(LinkEvent::Group(GroupNews {
        group: address_of(&update.jid),
        id: format!("picture-{id}"),
        from_me: by.as_ref().is_some_and(|by| own.contains(by)),
        by,
        by_alt: None,
        by_name: None,
        about_me: false,
        at_ms,
        offline: false,
        change: GroupChange::Picture {
            removed: update.removed,
        },
    }))
}
