//! Groups: read, made and changed.

use wacore_binary::Jid;
use whatsapp_rust::{Client, GroupCreateOptions, GroupError, GroupMetadata, GroupParticipantOptions, GroupSubject};

use super::jid::{address_of, jid_of};
use super::outgoing;
use crate::{Address, Group, GroupMember, LinkError, MemberChange, MemberRefused};

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
        members: found.participants.iter().map(member).collect(),
        admins_only: found.is_announcement,
    }
}

fn jid(address: &Address) -> Result<Jid, LinkError> {
    jid_of(address).ok_or_else(|| LinkError::Permanent("this is not an address of WhatsApp".to_owned()))
}

fn failed(error: GroupError) -> LinkError {
    match error {
        GroupError::Iq(error) => outgoing::iq_error(error),
        GroupError::InvalidRequest(why) => LinkError::Permanent(why),
        other => LinkError::Transient(other.to_string()),
    }
}
