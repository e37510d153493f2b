//! The content of every page's frame: unread messages, numbers that need attention, and which build this is.

use async_trait::async_trait;
use rusqlite::Connection;

use super::App;
use crate::accounts::{self, Membership, Permission, Scope, Visit};
use crate::clock::UnixMs;
use crate::config::TEST_NETWORK;
use crate::events;
use crate::i18n::T;
use crate::ids::{EventId, UserId};
use crate::sessions::{self, Session};
use crate::site::routes::Demo;
use crate::web::frame::{FrameSource, Shown};
use crate::web::htmx::Tone;
use crate::web::layout::{Banner, Choice};
use crate::{billing, chats, db, outbox};

pub(super) struct Frame {
    pub app: App,
    pub demo: Demo,
}

/// What the database returns, in one read.
struct Found {
    memberships: Vec<Membership>,
    member: Option<FoundOfMember>,
}

struct FoundOfMember {
    cursor: EventId,
    unread: u32,
    sessions: Vec<Session>,
    held: u64,
    grace: Option<UnixMs>,
}

fn find(c: &Connection, user: UserId, scope: Option<Scope>) -> db::Result<Found> {
    let of_member = |scope: Scope| {
        Ok::<_, db::DbError>(FoundOfMember {
            cursor: events::latest(c, scope.workspace)?,
            unread: match scope.require(Permission::UseInbox) {
                Ok(()) => chats::unread_chats_in(c, scope.workspace)?,
                Err(_) => 0,
            },
            sessions: sessions::list_in(c, scope.workspace)?,
            held: outbox::count_held_in(c, scope)?,
            grace: billing::grace_in(c, scope)?,
        })
    };
    Ok(Found {
        memberships: accounts::memberships_in(c, user)?,
        member: scope.map(of_member).transpose()?,
    })
}

#[async_trait]
impl FrameSource for Frame {
    async fn read(&self, t: &T, visit: &Visit) -> db::Result<Shown> {
        let (user, scope) = (visit.user.id, visit.scope());
        let found = self.app.db.read(move |c| find(c, user, scope)).await?;
        let mut shown = Shown {
            workspaces: choices(visit, found.memberships),
            ..Shown::default()
        };
        let Some(mut member) = found.member else {
            return Ok(shown);
        };
        self.app.sessions.complete(&mut member.sessions);
        shown.failing = member
            .sessions
            .iter()
            .filter(|session| session.needs_somebody())
            .count() as u64;
        (shown.unread, shown.cursor) = (u64::from(member.unread), member.cursor.0);
        shown.notices = notices(t, member.held, member.grace);
        Ok(shown)
    }

    fn banners(&self, t: &T, visit: Option<&Visit>) -> Vec<Banner> {
        let mut banners = Vec::new();
        if let Some(visit) = visit.filter(|visit| visit.impersonator.is_some()) {
            banners.push(Banner {
                tone: Tone::Bad,
                text: t.with("banner-impersonation", "name", &visit.user.name),
                link: None,
                button: Some(("/impersonation/stop", t.get("banner-impersonation-stop"))),
            });
        }
        if TEST_NETWORK && self.demo == Demo::Off {
            banners.push(Banner {
                tone: Tone::Warn,
                text: t.get("banner-test-network"),
                link: None,
                button: None,
            });
        }
        if self.demo == Demo::On {
            let link = ("/demo/phone".to_owned(), t.get("banner-demo-link"));
            banners.push(Banner {
                tone: Tone::Info,
                text: t.get("banner-demo"),
                link: Some(link),
                button: None,
            });
        }
        banners
    }
}

/// The workspaces to switch to.
fn choices(visit: &Visit, memberships: Vec<Membership>) -> Vec<Choice> {
    let current = visit.membership.as_ref().map(|membership| membership.workspace.id);
    let choice = |membership: Membership| Choice {
        current: current == Some(membership.workspace.id),
        id: membership.workspace.public_id.to_string(),
        name: membership.workspace.name,
    };
    let open = memberships
        .into_iter()
        .filter(|one| one.workspace.suspended_at.is_none());
    open.map(choice).collect()
}

/// Banners that ask the member to do something.
fn notices(t: &T, held: u64, grace: Option<UnixMs>) -> Vec<Banner> {
    let warning = |text, link| Banner {
        tone: Tone::Warn,
        text,
        link: Some(link),
        button: None,
    };
    let held = (held > 0).then(|| {
        let link = ("/held".to_owned(), t.get("held-banner-link"));
        warning(t.count("held-banner", held), link)
    });
    let grace = grace.map(|until| {
        let link = ("/settings/billing".to_owned(), t.get("billing-banner-link"));
        warning(t.with("billing-banner", "until", t.full(until)), link)
    });
    held.into_iter().chain(grace).collect()
}
