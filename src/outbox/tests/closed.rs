//! A workspace that an administrator has closed.

use super::*;
use crate::outbox::store;

impl Post {
    async fn close(&self, closed: bool) {
        let workspace = self.inbox.stage.scope.workspace;
        let set = move |tx: &rusqlite::Transaction<'_>| {
            let sql = "
                UPDATE workspaces SET suspended_at = CASE WHEN ?1 THEN 1 END WHERE id = ?2";
            tx.execute(sql, rusqlite::params![closed, workspace])?;
            Ok::<_, DbError>(())
        };
        self.inbox.stage.db.write(set).await.unwrap();
    }
}

#[tokio::test]
async fn a_closed_workspace_sends_nothing_until_it_is_opened_again() {
    let post = Post::new().await;
    post.inbox.stage.gateway.ack_by_itself(post.client(), true);
    post.close(true).await;
    let queued = post.send(BOB, "later").await;
    let (workspace, session) = (post.inbox.stage.scope.workspace, post.inbox.session.id);
    let now = post.inbox.stage.clock.now();
    let lease = move |tx: &rusqlite::Transaction<'_>| store::lease(tx, workspace, session, None, 10, now);
    let leased = post.inbox.stage.db.write(lease).await.unwrap();
    assert!(leased.rows.is_empty());
    assert_eq!(leased.next_due, Some(now.plus(Duration::from_secs(60))));
    assert_eq!(post.rows("queued").await, 1, "nothing is lost");
    post.close(false).await;
    post.inbox.stage.manual.advance(Duration::from_secs(60));
    assert_eq!(bodies(&post.sent(1).await), ["later"]);
    post.becomes(&queued.message, Status::Sent).await;
}
