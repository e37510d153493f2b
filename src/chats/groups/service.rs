//! What pages and programs do with groups. WhatsApp is asked outside of any transaction; what came of it, and who did it,
//! are written in one.

use std::sync::Arc;

use serde_json::{Value, json};
use wa_client::{Address, Group, GroupRule, Link, LinkError, MemberChange};

use super::GroupEnd;
use super::model::{Closed, GroupError, GroupInfo, Member, NotChanged, WhyNot};
use crate::accounts::{Permission, Scope};
use crate::audit::{self, Action};
use crate::chats::store::{self, ChatRef, group_lists, groups};
use crate::clock::Clock;
use crate::contacts::{self, Recipient, RecipientError};
use crate::db::{Db, DbError, Page};
use crate::events::{self, Bus, Event};
use crate::ids::{PublicId, SessionId};
use crate::sessions::{self, Supervisor};

/// Cheap to clone.
#[derive(Clone)]
pub struct Groups {
    pub(super) db: Db,
    clock: Clock,
    bus: Bus,
    numbers: Supervisor,
}

/// What is to be changed of a group; `None` stays as it is.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct NewDetails {
    pub subject: Option<String>,
    /// An empty one removes it.
    pub description: Option<String>,
    pub admins_only: Option<bool>,
    pub locked: Option<bool>,
}

/// Somebody whom the caller named.
struct Named {
    who: String,
    name: Option<String>,
    address: Address,
}

impl Groups {
    /// People named in one call, each of whom WhatsApp may have to be asked for.
    pub const MOST: usize = 100;
    const SUBJECT_MAX: usize = 100;
    const DESCRIPTION_MAX: usize = 2_048;

    #[must_use]
    pub fn new(db: Db, clock: Clock, bus: Bus, numbers: Supervisor) -> Self {
        Self {
            db,
            clock,
            bus,
            numbers,
        }
    }

    /// The groups of a number, from behind the one with the chat `after`.
    ///
    /// # Errors
    /// [`GroupError::NotFound`], also for a number of another workspace.
    pub async fn list(
        &self,
        scope: Scope,
        session: &PublicId,
        after: Option<PublicId>,
        limit: u32,
    ) -> Result<Page<GroupInfo, PublicId>, GroupError> {
        scope.require(Permission::UseInbox)?;
        let (session, workspace) = (session.clone(), scope.workspace);
        self.db
            .read(move |c| {
                let session = sessions::find_in(c, workspace, &session)?;
                let rows = group_lists::list(c, workspace, session, after.as_ref(), limit + 1)?;
                Ok(Page::of(rows, limit as usize, |group| group.chat.clone()))
            })
            .await
    }

    /// # Errors
    /// [`GroupError::NotFound`], also for a chat that is no group.
    pub async fn get(&self, scope: Scope, chat: &PublicId) -> Result<GroupInfo, GroupError> {
        scope.require(Permission::UseInbox)?;
        let (chat, workspace) = (chat.clone(), scope.workspace);
        self.db
            .read(move |c| {
                let chat = store::ref_in(c, workspace, &chat)?;
                Ok(group_lists::info(c, workspace, chat.id)?)
            })
            .await
    }

    /// Everybody in a group whose name or number holds `text`, administrators first; from the row `from` on.
    pub async fn members(
        &self,
        scope: Scope,
        chat: &PublicId,
        text: &str,
        from: usize,
        limit: usize,
    ) -> Result<Page<Member, usize>, GroupError> {
        scope.require(Permission::UseInbox)?;
        let (chat, workspace, wanted) = (chat.clone(), scope.workspace, text.trim().to_lowercase());
        self.db
            .read(move |c| {
                let chat = store::ref_in(c, workspace, &chat)?;
                group_lists::info(c, workspace, chat.id)?;
                let mut members = group_lists::members(c, workspace, chat.id)?;
                members.retain(|member| fits(member, &wanted));
                let rows: Vec<Member> = members.into_iter().skip(from).take(limit + 1).collect();
                Ok(Page::of(rows, limit, |_| from.saturating_add(limit)))
            })
            .await
    }

    /// Makes a group with these people in it. Returns its chat, and who is not in it.
    pub async fn create(
        &self,
        scope: Scope,
        session: &PublicId,
        subject: &str,
        members: &[String],
    ) -> Result<(PublicId, Vec<NotChanged>), GroupError> {
        scope.require(Permission::ManageGroups)?;
        let subject = checked_subject(subject)?;
        let (session, workspace) = (session.clone(), scope.workspace);
        let find = move |c: &rusqlite::Connection| Ok::<_, GroupError>(sessions::find_in(c, workspace, &session)?);
        let session = self.db.read(find).await?;
        let link = self.link(session)?;
        let (named, mut missing) = self.named(scope, &*link, members).await?;
        if named.is_empty() {
            return Err(GroupError::NobodyThere);
        }
        let addresses: Vec<Address> = named.iter().map(|named| named.address.clone()).collect();
        let made = link.create_group(&subject, &addresses).await?;
        // The answer may name people who could not be added.
        let group = link.group(&made.address).await.unwrap_or(made);
        let left_out = named.into_iter().filter(|named| !holds(&group, &named.address));
        missing.extend(left_out.map(|named| NotChanged {
            who: named.who,
            name: named.name,
            why: WhyNot::OnlyContacts,
        }));
        let entry = scope.entry(Action::GroupCreated).target(subject);
        let entry = entry.detail(json!({ "members": group.members.len(), "not_added": missing.len() }));
        let now = self.clock.now();
        let chat = self
            .db
            .write(move |tx| {
                groups::write(tx, workspace, session, &group, now)?;
                let chat = store::open_in(tx, workspace, session, &group.address, now)?;
                group_lists::show(tx, chat.id, now)?;
                told_in(tx, &chat, now)?;
                audit::record_in(tx, &entry, now)?;
                Ok::<_, GroupError>(chat.public_id)
            })
            .await?;
        self.bus.nudge(workspace);
        Ok((chat, missing))
    }

    /// Changes subject, description and who may do what.
    pub async fn change(&self, scope: Scope, chat: &PublicId, new: NewDetails) -> Result<(), GroupError> {
        let (place, link) = self.place(scope, chat).await?;
        let (group, mut what) = (&place.address, Vec::new());
        let subject = new.subject.as_deref().map(checked_subject).transpose()?;
        let description = new.description.as_deref().map(checked_description).transpose()?;
        if let Some(subject) = &subject {
            link.rename_group(group, subject).await?;
            what.push("subject");
        }
        if let Some(text) = &description {
            let text = Some(text.as_str()).filter(|text| !text.is_empty());
            link.describe_group(group, text).await?;
            what.push("description");
        }
        if let Some(on) = new.admins_only {
            link.set_group_rule(group, GroupRule::Writing, on).await?;
            what.push("admins_only");
        }
        if let Some(on) = new.locked {
            link.set_group_rule(group, GroupRule::Changing, on).await?;
            what.push("locked");
        }
        if what.is_empty() {
            return Ok(());
        }
        let (action, detail) = (Action::GroupChanged, json!({ "changed": what }));
        self.settle(scope, &place, &*link, action, detail).await
    }

    /// Adds, removes, or makes administrators and takes that back. Returns those who were not changed.
    pub async fn change_members(
        &self,
        scope: Scope,
        chat: &PublicId,
        change: MemberChange,
        whom: &[String],
    ) -> Result<Vec<NotChanged>, GroupError> {
        let (place, link) = self.place(scope, chat).await?;
        let (named, mut refused) = self.named(scope, &*link, whom).await?;
        if named.is_empty() {
            return Ok(refused);
        }
        let addresses: Vec<Address> = named.iter().map(|named| named.address.clone()).collect();
        let answers = link.change_members(&place.address, change, &addresses).await?;
        let done = named.len() - answers.len().min(named.len());
        for answer in answers {
            let asked = named.iter().find(|named| named.address == answer.address);
            refused.push(NotChanged {
                who: asked.map_or_else(|| answer.address.to_string(), |named| named.who.clone()),
                name: asked.and_then(|named| named.name.clone()),
                why: WhyNot::of(answer.code, change == MemberChange::Add),
            });
        }
        let word = match change {
            MemberChange::Add => "added",
            MemberChange::Remove => "removed",
            MemberChange::Promote => "promoted",
            MemberChange::Demote => "demoted",
        };
        if done > 0 {
            let detail = json!({ word: done });
            self.settle(scope, &place, &*link, Action::GroupMembersChanged, detail)
                .await?;
        }
        Ok(refused)
    }

    /// The link by which people join. `renew` makes another, and the old one invalid.
    pub async fn link_of(&self, scope: Scope, chat: &PublicId, renew: bool) -> Result<String, GroupError> {
        let (place, link) = self.place(scope, chat).await?;
        let url = link.group_link(&place.address, renew).await?;
        let action = match renew {
            true => Action::GroupLinkRenewed,
            false => Action::GroupLinkShown,
        };
        self.settle(scope, &place, &*link, action, json!({})).await?;
        Ok(url)
    }

    /// The number leaves the group; what was written stays.
    pub async fn leave(&self, scope: Scope, chat: &PublicId) -> Result<(), GroupError> {
        let (place, link) = self.place(scope, chat).await?;
        link.leave_group(&place.address).await?;
        let (now, workspace) = (self.clock.now(), scope.workspace);
        self.db
            .write(move |tx| {
                let subject = group_lists::info(tx, workspace, place.id)?.subject;
                groups::leave(tx, place.id, GroupEnd::Left, now)?;
                told_in(tx, &place, now)?;
                let entry = scope.entry(Action::GroupLeft).target(subject.unwrap_or_default());
                audit::record_in(tx, &entry, now)?;
                Ok::<_, GroupError>(())
            })
            .await?;
        self.bus.nudge(workspace);
        Ok(())
    }

    /// Stores what the group is now, with who changed it.
    async fn settle(
        &self,
        scope: Scope,
        place: &ChatRef,
        link: &dyn Link,
        action: Action,
        detail: Value,
    ) -> Result<(), GroupError> {
        let read = link.group(&place.address).await;
        if let Err(error) = &read {
            tracing::debug!(%error, "a changed group could not be read");
        }
        let (place, now, workspace) = (place.clone(), self.clock.now(), scope.workspace);
        self.db
            .write(move |tx| {
                if let Ok(group) = read {
                    groups::write(tx, workspace, place.session, &group, now)?;
                }
                let subject = group_lists::info(tx, workspace, place.id)?.subject;
                let entry = scope.entry(action).target(subject.unwrap_or_default());
                audit::record_in(tx, &entry.detail(detail), now)?;
                Ok::<_, GroupError>(())
            })
            .await?;
        self.bus.nudge(workspace);
        Ok(())
    }

    /// A group that the number is in, and its open link.
    async fn place(&self, scope: Scope, chat: &PublicId) -> Result<(ChatRef, Arc<dyn Link>), GroupError> {
        let (id, workspace) = (chat.clone(), scope.workspace);
        let (place, info) = self
            .db
            .read(move |c| {
                let place = store::ref_in(c, workspace, &id)?;
                let info = group_lists::info(c, workspace, place.id)?;
                Ok::<_, GroupError>((place, info))
            })
            .await?;
        scope.require(Permission::ManageGroups)?;
        if let Some(end) = info.gone {
            return Err(GroupError::Closed(Closed::Gone(end)));
        }
        let link = self.link(place.session)?;
        Ok((place, link))
    }

    fn link(&self, session: SessionId) -> Result<Arc<dyn Link>, GroupError> {
        self.numbers.link(session).ok_or(GroupError::NotConnected)
    }

    /// Whom the texts name, and those who are not on WhatsApp.
    async fn named(
        &self,
        scope: Scope,
        link: &dyn Link,
        whom: &[String],
    ) -> Result<(Vec<Named>, Vec<NotChanged>), GroupError> {
        let mut texts: Vec<String> = whom.iter().map(|text| text.trim().to_owned()).collect();
        texts.retain(|text| !text.is_empty());
        match texts.len() {
            0 => return Err(GroupError::Nobody),
            many if many > Self::MOST => return Err(GroupError::TooMany),
            _ => {}
        }
        let workspace = scope.workspace;
        let read = move |c: &rusqlite::Connection| {
            let country = group_lists::country(c, workspace)?;
            let one = |who: String| {
                let (address, name, known) = address_in(c, workspace, &who, &country)?;
                Ok::<_, GroupError>((Named { who, name, address }, known))
            };
            texts.into_iter().map(one).collect::<Result<Vec<_>, _>>()
        };
        let (mut named, mut refused) = (Vec::<Named>::new(), Vec::new());
        for (mut one, known) in self.db.read(read).await? {
            if !known {
                match link.look_up(&one.address).await {
                    Ok(Some(registered)) => one.address = registered.address,
                    Ok(None) => {}
                    Err(LinkError::NotOnWhatsApp) => {
                        refused.push(NotChanged {
                            who: one.who,
                            name: one.name,
                            why: WhyNot::NotOnWhatsApp,
                        });
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            if !named.iter().any(|other| other.address == one.address) {
                named.push(one);
            }
        }
        Ok((named, refused))
    }
}

/// Whom a text names, what a contact is called, and whether WhatsApp is known to have them there.
fn address_in(
    c: &rusqlite::Connection,
    workspace: crate::ids::WorkspaceId,
    who: &str,
    country: &str,
) -> Result<(Address, Option<String>, bool), GroupError> {
    let wrong = |error| GroupError::Recipient {
        who: who.to_owned(),
        error,
    };
    let contact = match Recipient::parse(who, country).map_err(wrong)? {
        Recipient::Contact(contact) => contacts::find_in(c, workspace, &contact).map_err(|error| match error {
            DbError::NotFound => wrong(RecipientError::Contact),
            other => other.into(),
        })?,
        Recipient::Username(username) => {
            let found = contacts::find_username_in(c, workspace, &username)?;
            found.ok_or_else(|| wrong(RecipientError::Username))?
        }
        Recipient::Address(address @ (Address::Phone(_) | Address::Lid(_))) => {
            let filed = contacts::filed_in(c, workspace, &address)?;
            let known = filed.is_some() || matches!(address, Address::Lid(_));
            return Ok((filed.unwrap_or(address), None, known));
        }
        Recipient::Address(_) => return Err(wrong(RecipientError::Address)),
    };
    let (address, name) = group_lists::contact(c, contact)?;
    Ok((address, name, true))
}

pub(super) fn fits(member: &Member, wanted: &str) -> bool {
    let person = &member.person;
    let digits: String = wanted.chars().filter(char::is_ascii_digit).collect();
    let by_name = person
        .name
        .as_ref()
        .is_some_and(|name| name.to_lowercase().contains(wanted));
    let by_phone = !digits.is_empty() && person.phone.as_ref().is_some_and(|phone| phone.contains(&digits));
    wanted.is_empty() || by_name || by_phone
}

fn holds(group: &Group, address: &Address) -> bool {
    group
        .members
        .iter()
        .any(|member| member.address == *address || member.alt.as_ref() == Some(address))
}

fn checked_subject(text: &str) -> Result<String, GroupError> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= Groups::SUBJECT_MAX && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned()).ok_or(GroupError::Subject)
}

fn checked_description(text: &str) -> Result<String, GroupError> {
    let text = text.trim().replace("\r\n", "\n");
    (text.chars().count() <= Groups::DESCRIPTION_MAX)
        .then_some(text)
        .ok_or(GroupError::Description)
}

fn told_in(tx: &rusqlite::Transaction<'_>, chat: &ChatRef, now: crate::clock::UnixMs) -> Result<(), DbError> {
    let event = Event::ChatChanged {
        chat: chat.public_id.clone(),
    };
    events::append(tx, chat.workspace, &event, now).map(drop)
}
