//! The inbox through its service: arrival, changes, reading.

mod arriving;
mod changing;
mod drafting;
mod files;
mod groups;
mod handling;
mod identity;
mod kinds;
mod listing;
mod older;
mod reading;
mod searching;
mod sharing;
mod unreached;

use super::testing::Inbox;
use super::{Chat, ChatCursor, ChatFilter, Message, Window};
use crate::db::{self, Page};
use crate::events::{self, Event};
use crate::ids::EventId;

impl Inbox {
    async fn list(&self) -> Page<Chat, ChatCursor> {
        self.chats
            .list(self.stage.scope, ChatFilter::default(), None)
            .await
            .unwrap()
    }

    async fn only_chat(&self) -> super::Chat {
        let mut page = self.list().await;
        assert_eq!(page.rows.len(), 1);
        page.rows.remove(0)
    }

    async fn messages(&self) -> Vec<Message> {
        let chat = self.only_chat().await.public_id;
        self.chats
            .thread(self.stage.scope, &chat, Window::Latest)
            .await
            .unwrap()
            .messages
    }

    async fn bodies(&self) -> Vec<String> {
        self.messages()
            .await
            .into_iter()
            .map(|message| message.body.unwrap_or_default())
            .collect()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.stage
            .db
            .read(move |c| Ok::<_, db::DbError>(c.query_row(sql, [], |row| row.get(0))?))
            .await
            .unwrap()
    }

    async fn events(&self) -> Vec<Event> {
        let workspace = self.stage.scope.workspace;
        let rows = self
            .stage
            .db
            .read(move |c| events::after(c, workspace, EventId(0), 10_000))
            .await
            .unwrap();
        rows.into_iter().map(|row| row.event).collect()
    }
}
