//! What members of a group change: stored, and told in a line of the conversation.

use rusqlite::Connection;
use wa_client::{Address, Card, Content, Context, GroupChange, GroupMember, GroupNews, Inbound, Line as Told};

use super::{Batch, Ingest, refused};
use crate::chats::store::groups;
use crate::db;
use crate::events::Event;
use crate::ids::SessionId;

impl Ingest {
    pub(super) async fn follow(
        &self,
        session: wa_client::SessionId,
        news: GroupNews,
    ) -> Result<(), wa_client::CommitError> {
        let line = self.line(SessionId(session.0)).await.map_err(refused)?;
        let workspace = line.workspace;
        let batch = Batch {
            line,
            sealer: self.sealer.clone(),
            age: super::Age::Live,
            fetches: false,
            now: self.clock.now(),
        };
        let follow = move |tx: &rusqlite::Transaction<'_>| batch.follow(tx, &news);
        self.db.write(follow).await.map_err(refused)?;
        self.bus.nudge(workspace);
        Ok(())
    }
}

impl Batch {
    fn follow(&self, c: &Connection, news: &GroupNews) -> db::Result<()> {
        let chat = self.group_of(c, news)?;
        groups::apply(c, chat.chat, &news.change, news.about_me, self.now)?;
        if let Some(line) = line(news) {
            let placed = self.place(c, &line)?;
            self.store_one(c, &placed)?;
        }
        let chat = chat.public_id;
        self.tell(c, &Event::ChatChanged { chat })
    }

    fn group_of(&self, c: &Connection, news: &GroupNews) -> db::Result<super::ChatKey> {
        let who = super::Identity {
            address: &news.group,
            alt: None,
            push_name: None,
        };
        super::store::place(c, self.line.workspace, self.line.session, who, self.now)
    }
}

/// The line of a change, as if whoever made it had written it.
fn line(news: &GroupNews) -> Option<Inbound> {
    let all = |members: &[GroupMember]| members.iter().map(name).collect();
    let (line, who) = match &news.change {
        GroupChange::Created { subject } => (
            Told::Created {
                subject: subject.clone(),
            },
            None,
        ),
        GroupChange::Subject(subject) => (
            Told::Subject {
                subject: subject.clone(),
            },
            None,
        ),
        GroupChange::Description(_) => (Told::Description, None),
        GroupChange::Picture { removed } => (Told::Picture { removed: *removed }, None),
        GroupChange::Added(members) => (Told::Added { people: all(members) }, None),
        GroupChange::Removed(members) => (Told::Removed { people: all(members) }, None),
        GroupChange::Promoted(members) => (Told::Promoted { people: all(members) }, members.first()),
        GroupChange::Demoted(members) => (Told::Demoted { people: all(members) }, members.first()),
        GroupChange::Joined(member) => (Told::Joined { person: name(member) }, Some(member)),
        GroupChange::Left(member) => (Told::Left { person: name(member) }, Some(member)),
        GroupChange::AdminsOnly(on) => (Told::AdminsOnly { on: *on }, None),
        GroupChange::Locked(on) => (Told::Locked { on: *on }, None),
        GroupChange::Timer(seconds) => (Told::Timer { seconds: *seconds }, None),
        GroupChange::Renumbered | GroupChange::Ended => return None,
    };
    let by = news.by.clone().map(|by| (by, news.by_alt.clone()));
    let (sender, sender_alt) = by.or_else(|| who.map(|member| (member.address.clone(), member.alt.clone())))?;
    Some(Inbound {
        id: format!("GROUP-{}", news.id),
        chat: news.group.clone(),
        sender,
        sender_alt,
        from_me: news.from_me,
        push_name: news.by_name.clone(),
        at_ms: news.at_ms,
        content: Content::Card {
            text: None,
            card: Card::Line(line),
        },
        context: Context::default(),
        raw: Vec::new(),
        offline: news.offline,
    })
}

/// By the number where it is known: it can be shown for somebody who is no contact.
fn name(member: &GroupMember) -> String {
    let both = std::iter::once(&member.address).chain(&member.alt);
    both.clone()
        .find(|address| matches!(address, Address::Phone(_)))
        .unwrap_or(&member.address)
        .to_string()
}
