//! What the team does with chats, and what undoes it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::accounts::{MemberRole, Scope};
use crate::chats::handling::{Handling, LONGEST_SNOOZE};
use crate::chats::testing::{Inbox, ana, ana_lid, from_ana, text};
use crate::chats::{Change, Chat, ChatFilter, ChatState, Did, Doer, HandlingError, Shelf, Tab, WakeChat};
use crate::db;
use crate::events::Event;
use crate::ids::{PublicId, UserId};
use crate::jobs::{Jobs, Runner};
use crate::sessions::testing::START;

/// A member of the first workspace, one of the second, and a guest.
const PEOPLE: &str = "
    INSERT INTO users (id, public_id, email, name, password_hash, platform_role, created_at)
    VALUES (2, 'usr_00000000000000000000000002', 'b@example.org', 'Bo', '', 'user', 0),
           (3, 'usr_00000000000000000000000003', 'c@example.org', 'Cy', '', 'user', 0),
           (4, 'usr_00000000000000000000000004', 'd@example.org', 'Di', '', 'guest', 0);
    INSERT INTO members (workspace_id, user_id, role, created_at)
    VALUES (1, 1, 'owner', 0), (1, 2, 'agent', 0), (2, 3, 'owner', 0), (1, 4, 'owner', 0);";

fn user(number: u8) -> PublicId {
    format!("usr_0000000000000000000000000{number}").parse().unwrap()
}

pub(super) struct Team {
    pub(super) inbox: Inbox,
    pub(super) handling: Handling,
    jobs: Jobs,
}

impl Team {
    pub(super) async fn new() -> Self {
        let inbox = Inbox::new().await;
        let stage = &inbox.stage;
        stage
            .db
            .write(|tx| tx.execute_batch(PEOPLE).map_err(db::DbError::from))
            .await
            .unwrap();
        let jobs = Jobs::new(stage.db.clone(), stage.clock.clone());
        let handling = Handling::new(stage.db.clone(), stage.clock.clone(), stage.bus.clone(), jobs.clone());
        Self { inbox, handling, jobs }
    }

    pub(super) fn scope(&self) -> Scope {
        self.inbox.stage.scope
    }

    pub(super) fn bo(&self) -> Scope {
        Scope::person(self.scope().workspace, UserId(2), MemberRole::Agent)
    }

    pub(super) async fn does(&self, change: Change) {
        let chat = self.chat().await.public_id;
        self.handling.change(self.scope(), &chat, change).await.unwrap();
    }

    pub(super) async fn chat(&self) -> Chat {
        self.inbox.only_chat().await
    }

    async fn state(&self) -> ChatState {
        self.chat().await.handled.state
    }

    pub(super) async fn history(&self) -> Vec<(Did, Doer)> {
        let chat = self.chat().await.public_id;
        let acts = self.handling.history(self.scope(), &chat).await.unwrap();
        acts.into_iter().map(|act| (act.did, act.doer)).collect()
    }

    /// How many chats a shelf has by its page, and by the counter beside its name.
    async fn on_shelf(&self, scope: Scope, tab: Tab, state: ChatState) -> (usize, u64) {
        let shelf = Shelf {
            tab,
            state,
            user: scope.user,
        };
        let filter = ChatFilter {
            shelf: Some(shelf),
            ..ChatFilter::default()
        };
        let page = self.inbox.chats.list(scope, filter, None).await.unwrap();
        (page.rows.len(), self.handling.counts(scope).await.unwrap().of(shelf))
    }

    /// Does the jobs that are due.
    async fn settle(&self) {
        let stage = &self.inbox.stage;
        let stop = CancellationToken::new();
        let runner = Runner::new(stage.db.clone(), stage.clock.clone(), self.jobs.clone(), stop.clone())
            .handle::<WakeChat>(self.handling.clone());
        let running = tokio::spawn(runner.run());
        self.jobs.settled().await.unwrap();
        stop.cancel();
        running.await.unwrap();
    }
}

#[tokio::test]
async fn a_chat_is_assigned_to_a_member_and_is_then_on_their_list() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    assert_eq!(
        team.on_shelf(team.scope(), Tab::Unassigned, ChatState::Open).await,
        (1, 1)
    );
    team.does(Change::Assign(Some(user(2)))).await;
    assert_eq!(team.chat().await.handled.assignee.unwrap().name, "Bo");
    assert_eq!(team.on_shelf(team.bo(), Tab::Mine, ChatState::Open).await, (1, 1));
    assert_eq!(team.on_shelf(team.scope(), Tab::Mine, ChatState::Open).await, (0, 0));
    assert_eq!(
        team.on_shelf(team.scope(), Tab::Unassigned, ChatState::Open).await,
        (0, 0)
    );
    assert_eq!(team.on_shelf(team.scope(), Tab::All, ChatState::Open).await, (1, 1));
    // The same again is nothing new.
    team.does(Change::Assign(Some(user(2)))).await;
    team.does(Change::Assign(None)).await;
    assert_eq!(team.chat().await.handled.assignee, None);
    assert_eq!(
        team.history().await,
        [(Did::Unassigned, Doer::Member), (Did::Assigned, Doer::Member)]
    );
    let chat = team.chat().await.public_id;
    let act = team.handling.history(team.scope(), &chat).await.unwrap().remove(1);
    assert_eq!((act.who.as_deref(), act.whom.as_deref()), (Some("A"), Some("Bo")));
    let told = team.inbox.events().await;
    assert_eq!(
        told.iter().filter(|e| matches!(e, Event::ChatChanged { .. })).count(),
        2
    );
}

#[tokio::test]
async fn only_members_can_have_chats_and_other_workspaces_have_none_of_ours() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    let chat = team.chat().await.public_id;
    for outsider in [user(3), user(4), PublicId::new("usr")] {
        let refused = team
            .handling
            .change(team.scope(), &chat, Change::Assign(Some(outsider)))
            .await;
        assert!(matches!(refused, Err(HandlingError::NotAMember)));
    }
    let names: Vec<String> = team
        .handling
        .members(team.scope())
        .await
        .unwrap()
        .into_iter()
        .map(|m| m.name)
        .collect();
    assert_eq!(names, ["A", "Bo"]);
    let stranger = team.inbox.stage.stranger();
    for change in [Change::Resolve, Change::MarkUnread, Change::Assign(None)] {
        let refused = team.handling.change(stranger, &chat, change).await;
        assert!(matches!(refused, Err(HandlingError::NotFound)));
    }
    let refused = team.handling.history(stranger, &chat).await;
    assert!(matches!(refused, Err(HandlingError::NotFound)));
    assert_eq!(
        team.handling.counts(stranger).await.unwrap().of(Shelf {
            tab: Tab::All,
            state: ChatState::Open,
            user: stranger.user,
        }),
        0
    );
}

#[tokio::test]
async fn whoever_leaves_leaves_their_chats() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    team.does(Change::Assign(Some(user(2)))).await;
    let leave = |sql: &'static str| {
        team.inbox
            .stage
            .db
            .write(move |tx| tx.execute_batch(sql).map_err(db::DbError::from))
    };
    leave("DELETE FROM members WHERE user_id = 2").await.unwrap();
    assert_eq!(team.chat().await.handled.assignee, None);
    assert_eq!(
        team.on_shelf(team.scope(), Tab::Unassigned, ChatState::Open).await,
        (1, 1)
    );
    assert_eq!(team.history().await[0], (Did::Left, Doer::Clock));
    // Open pages are told.
    let chat = team.chat().await.public_id;
    assert_eq!(team.inbox.events().await.last(), Some(&Event::ChatChanged { chat }));
    // Also when their login is deleted, which takes their name from the history.
    leave("INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (1, 2, 'agent', 0)")
        .await
        .unwrap();
    team.does(Change::Assign(Some(user(2)))).await;
    leave("DELETE FROM users WHERE id = 2").await.unwrap();
    assert_eq!(team.chat().await.handled.assignee, None);
    let chat = team.chat().await.public_id;
    let acts = team.handling.history(team.scope(), &chat).await.unwrap();
    assert!(acts.iter().all(|act| act.whom.is_none()) && acts.len() == 4);
}

#[tokio::test]
async fn chats_of_a_number_that_is_being_deleted_are_not_counted() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    assert_eq!(team.on_shelf(team.scope(), Tab::All, ChatState::Open).await, (1, 1));
    let delete =
        |tx: &rusqlite::Transaction<'_>| Ok::<_, db::DbError>(tx.execute("UPDATE sessions SET deleted_at = 1", [])?);
    team.inbox.stage.db.write(delete).await.unwrap();
    assert_eq!(team.on_shelf(team.scope(), Tab::All, ChatState::Open).await, (0, 0));
}

#[tokio::test]
async fn a_message_opens_a_resolved_chat_again_and_an_answer_of_ours_does_not() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    team.does(Change::Resolve).await;
    assert_eq!(team.on_shelf(team.scope(), Tab::All, ChatState::Open).await, (0, 0));
    assert_eq!(team.on_shelf(team.scope(), Tab::All, ChatState::Resolved).await, (1, 1));
    let ours = wa_client::Inbound {
        from_me: true,
        ..from_ana("B", 2, text("bye"))
    };
    team.inbox.deliver(vec![ours]).await;
    assert_eq!(team.state().await, ChatState::Resolved);
    team.inbox.deliver(vec![from_ana("C", 3, text("one more thing"))]).await;
    assert_eq!(team.state().await, ChatState::Open);
    assert_eq!(
        team.history().await,
        [(Did::Reopened, Doer::Message), (Did::Resolved, Doer::Member)]
    );
}

#[tokio::test]
async fn a_muted_chat_stays_in_the_archive_and_waits_for_nobody() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    assert_eq!(team.inbox.chats.unread_chats(team.scope()).await.unwrap(), 1);
    team.does(Change::Archive).await;
    team.inbox.deliver(vec![from_ana("B", 2, text("again"))]).await;
    assert_eq!(team.state().await, ChatState::Open);
    team.does(Change::Mute(true)).await;
    team.does(Change::Archive).await;
    team.inbox.deliver(vec![from_ana("C", 3, text("and again"))]).await;
    assert_eq!(team.state().await, ChatState::Archived);
    assert_eq!(team.inbox.chats.unread_chats(team.scope()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_snoozed_chat_comes_back_at_its_time() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    let hour = Duration::from_secs(60 * 60);
    team.does(Change::Snooze(START.plus(hour))).await;
    assert_eq!(team.on_shelf(team.scope(), Tab::All, ChatState::Snoozed).await, (1, 1));
    // Snoozed anew, it comes back at the later time only.
    team.does(Change::Snooze(START.plus(2 * hour))).await;
    team.settle().await;
    assert_eq!(team.state().await, ChatState::Snoozed);
    team.inbox.stage.manual.set(START.plus(hour));
    team.settle().await;
    assert_eq!(team.state().await, ChatState::Snoozed);
    team.inbox.stage.manual.set(START.plus(2 * hour));
    team.settle().await;
    let handled = team.chat().await.handled;
    assert_eq!((handled.state, handled.snoozed_until), (ChatState::Open, None));
    assert_eq!(team.history().await[0], (Did::Reopened, Doer::Clock));
    // A message brings it back earlier.
    team.does(Change::Snooze(START.plus(9 * hour))).await;
    team.inbox.deliver(vec![from_ana("B", 2, text("now"))]).await;
    assert_eq!(team.state().await, ChatState::Open);
}

#[tokio::test]
async fn a_time_that_has_passed_or_is_years_away_is_no_time_to_come_back() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    let chat = team.chat().await.public_id;
    for until in [
        START,
        START.minus(Duration::from_secs(1)),
        START.plus(2 * LONGEST_SNOOZE),
    ] {
        let refused = team.handling.change(team.scope(), &chat, Change::Snooze(until)).await;
        assert!(matches!(refused, Err(HandlingError::NoTimeToComeBack)));
    }
    assert_eq!(team.state().await, ChatState::Open);
}

#[tokio::test]
async fn a_chat_that_is_marked_unread_is_unread_until_it_is_read_again() {
    let team = Team::new().await;
    team.inbox
        .deliver(vec![from_ana("A", 1, text("hello")), from_ana("B", 2, text("there"))])
        .await;
    let chat = team.chat().await.public_id;
    team.does(Change::MarkUnread).await;
    assert_eq!(team.chat().await.unread, 2, "it is unread already");
    team.inbox.chats.mark_read(team.scope(), &chat).await.unwrap();
    team.does(Change::MarkUnread).await;
    assert_eq!(team.chat().await.unread, 1);
    let unread: Vec<bool> = team
        .inbox
        .messages()
        .await
        .into_iter()
        .map(|message| message.unread)
        .collect();
    assert_eq!(unread, [false, true]);
    team.inbox.chats.mark_read(team.scope(), &chat).await.unwrap();
    assert_eq!(team.chat().await.unread, 0);
    assert!(team.history().await.is_empty());
}

#[tokio::test]
async fn a_pinned_chat_is_first_on_its_shelf_and_pages_continue_after_it() {
    let team = Team::new().await;
    for number in 0..60 {
        let message = wa_client::Inbound {
            chat: wa_client::Address::Phone(format!("55119999{number:05}")),
            sender: wa_client::Address::Phone(format!("55119999{number:05}")),
            push_name: Some(format!("Guest {number}")),
            ..from_ana(&format!("M{number}"), number, text("hello"))
        };
        team.inbox.deliver(vec![message]).await;
    }
    let shelf = ChatFilter {
        shelf: Some(Shelf {
            tab: Tab::All,
            state: ChatState::Open,
            user: team.scope().user,
        }),
        ..ChatFilter::default()
    };
    let page = |after| team.inbox.chats.list(team.scope(), shelf.clone(), after);
    let first = page(None).await.unwrap();
    let oldest = page(first.next).await.unwrap().rows.pop().unwrap();
    team.handling
        .change(team.scope(), &oldest.public_id, Change::Pin(true))
        .await
        .unwrap();
    let first = page(None).await.unwrap();
    assert_eq!(first.rows[0].public_id, oldest.public_id);
    let rest = page(first.next.clone()).await.unwrap();
    let ids: std::collections::BTreeSet<_> = first
        .rows
        .iter()
        .chain(&rest.rows)
        .map(|chat| &chat.public_id)
        .collect();
    assert_eq!((ids.len(), rest.rows.len()), (60, 10));
    // Without a shelf the newest is first.
    let all = team
        .inbox
        .chats
        .list(team.scope(), ChatFilter::default(), None)
        .await
        .unwrap();
    assert_ne!(all.rows[0].public_id, oldest.public_id);
}

#[tokio::test]
async fn when_two_chats_become_one_its_assignee_and_history_stay() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("by number"))]).await;
    team.does(Change::Assign(Some(user(2)))).await;
    team.does(Change::Resolve).await;
    let by_lid = wa_client::Inbound {
        chat: ana_lid(),
        sender: ana_lid(),
        ..from_ana("B", 2, text("by lid"))
    };
    team.inbox.deliver(vec![by_lid]).await;
    assert_eq!(team.inbox.list().await.rows.len(), 2);
    let known = wa_client::Inbound {
        chat: ana_lid(),
        sender: ana_lid(),
        sender_alt: Some(ana()),
        ..from_ana("C", 3, text("both"))
    };
    team.inbox.deliver(vec![known]).await;
    let handled = team.chat().await.handled;
    assert_eq!(handled.assignee.map(|member| member.name).as_deref(), Some("Bo"));
    assert_eq!(handled.state, ChatState::Open);
    assert!(team.history().await.contains(&(Did::Resolved, Doer::Member)));
    assert_eq!(team.on_shelf(team.bo(), Tab::Mine, ChatState::Open).await, (1, 1));
    assert_eq!(team.on_shelf(team.bo(), Tab::All, ChatState::Open).await, (1, 1));
}
