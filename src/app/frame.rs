//! What the frame of every page shows: how much is unread, which numbers need somebody, and which build this is.

use async_trait::async_trait;

use super::App;
use crate::accounts::{AccountError, Membership, Permission, Scope, Visit};
use crate::config::TEST_NETWORK;
use crate::db;
use crate::events;
use crate::i18n::T;
use crate::sessions::SessionError;
use crate::site::routes::Demo;
use crate::web::htmx::Tone;
use crate::web::layout::{Banner, Choice};
use crate::web::shell::{Badges, FrameSource};

pub(super) struct Frame {
    pub app: App,
    pub demo: Demo,
}

#[async_trait]
impl FrameSource for Frame {
    async fn badges(&self, scope: Scope) -> db::Result<Badges> {
        let workspace = scope.workspace;
        let cursor = self.app.db.read(move |c| events::latest(c, workspace)).await?;
        let unread = match scope.require(Permission::UseInbox) {
            Ok(()) => self.app.chats.unread_chats(scope).await.map_err(of_chats)?,
            Err(_) => 0,
        };
        let sessions = self.app.sessions.list(scope).await.map_err(of_sessions)?;
        let failing = sessions.iter().filter(|session| session.needs_somebody()).count();
        Ok(Badges {
            unread: u64::from(unread),
            failing: failing as u64,
            cursor,
        })
    }

    async fn workspaces(&self, visit: &Visit) -> db::Result<Vec<Choice>> {
        let mine = self
            .app
            .accounts
            .memberships(visit.user.id)
            .await
            .map_err(of_accounts)?;
        let current = visit.membership.as_ref().map(|membership| membership.workspace.id);
        let choice = |membership: Membership| Choice {
            current: current == Some(membership.workspace.id),
            id: membership.workspace.public_id.to_string(),
            name: membership.workspace.name,
        };
        let open = mine.into_iter().filter(|one| one.workspace.suspended_at.is_none());
        Ok(open.map(choice).collect())
    }

    async fn notices(&self, t: &T, scope: Scope) -> db::Result<Vec<Banner>> {
        let mut banners = Vec::new();
        let held = self.app.outbox.count_held(scope).await?;
        if held > 0 {
            banners.push(Banner {
                tone: Tone::Warn,
                text: t.count("held-banner", held),
                link: Some(("/held".to_owned(), t.get("held-banner-link"))),
                button: None,
            });
        }
        let Some(until) = self.app.billing.grace(scope).await? else {
            return Ok(banners);
        };
        let link = ("/settings/billing".to_owned(), t.get("billing-banner-link"));
        banners.push(Banner {
            tone: Tone::Warn,
            text: t.with("billing-banner", "until", t.full(until)),
            link: Some(link),
            button: None,
        });
        Ok(banners)
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

fn of_chats(error: crate::chats::ChatError) -> db::DbError {
    match error {
        crate::chats::ChatError::Db(error) => error,
        _ => db::DbError::NotFound,
    }
}

fn of_sessions(error: SessionError) -> db::DbError {
    match error {
        SessionError::Db(error) => error,
        _ => db::DbError::NotFound,
    }
}

fn of_accounts(error: AccountError) -> db::DbError {
    match error {
        AccountError::Db(error) => error,
        _ => db::DbError::NotFound,
    }
}
