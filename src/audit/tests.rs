//! The log against a real database.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::clock::{Clock, ManualClock, UnixMs};
use crate::db::{self, Db};
use crate::ids::{UserId, WorkspaceId};

const SHOP: WorkspaceId = WorkspaceId(1);
const BAKERY: WorkspaceId = WorkspaceId(2);
const ADA: UserId = UserId(1);
const ROOT: UserId = UserId(2);

struct Room {
    audit: Audit,
    db: Db,
    clock: ManualClock,
    _dir: tempfile::TempDir,
}

/// Two workspaces and two people.
async fn room() -> Room {
    let dir = tempfile::tempdir().unwrap();
    let db = db::open(dir.path()).unwrap();
    let clock = ManualClock::new(UnixMs(1_700_000_000_000));
    db.write(|tx| {
        tx.execute_batch(
            "INSERT INTO users (public_id, email, name, password_hash, platform_role, created_at) VALUES
                 ('usr_00000000000000000000000001', 'ada@example.com', 'Ada', 'x', 'user', 0),
                 ('usr_00000000000000000000000002', 'root@example.com', 'Root', 'x', 'admin', 0);
             INSERT INTO workspaces (public_id, name, time_zone, country, created_at) VALUES
                 ('wsp_00000000000000000000000001', 'Shop', 'UTC', 'DE', 0),
                 ('wsp_00000000000000000000000002', 'Bakery', 'UTC', 'DE', 0);",
        )?;
        Ok::<_, db::DbError>(())
    })
    .await
    .unwrap();
    Room {
        audit: Audit::new(db.clone(), Clock::Manual(clock.clone())),
        db,
        clock,
        _dir: dir,
    }
}

impl Room {
    async fn record(&self, entry: Entry) {
        self.audit.record(entry).await.unwrap();
    }

    async fn all(&self, reader: Reader) -> Vec<Act> {
        self.find(reader, Filter::default()).await
    }

    async fn find(&self, reader: Reader, filter: Filter) -> Vec<Act> {
        self.audit.page(reader, filter, None, 100).await.unwrap().rows
    }
}

fn at(workspace: WorkspaceId, action: Action) -> Entry {
    Entry::new(Actor::Person(ADA), action).at(workspace)
}

fn actions(acts: &[Act]) -> Vec<Action> {
    acts.iter().map(|act| act.action).collect()
}

#[tokio::test]
async fn a_workspace_reads_its_own_acts_and_an_administrator_all() {
    let room = room().await;
    room.record(at(SHOP, Action::MemberAdded)).await;
    room.record(at(BAKERY, Action::KeyCreated)).await;
    room.record(Entry::new(Actor::System, Action::InstallationChanged))
        .await;
    assert_eq!(actions(&room.all(Reader::Workspace(SHOP)).await), [Action::MemberAdded]);
    let all = room.all(Reader::Installation(Admin::operator())).await;
    assert_eq!(
        actions(&all),
        [Action::InstallationChanged, Action::KeyCreated, Action::MemberAdded],
        "the newest first"
    );
}

#[tokio::test]
async fn an_act_records_actor_action_impersonator_and_address() {
    let room = room().await;
    let actor = Actor::Impersonator { admin: ROOT, user: ADA };
    let entry = Entry::new(actor, Action::SessionDeleted)
        .at(SHOP)
        .target("Front desk")
        .detail(json!({ "chats": 3 }))
        .from(IpAddr::from([192, 0, 2, 7]));
    room.record(entry).await;
    let act = room.all(Reader::Workspace(SHOP)).await.remove(0);
    assert_eq!(act.user.unwrap().name, "Ada");
    assert_eq!(act.impersonator.unwrap().name, "Root");
    assert_eq!(act.target.as_deref(), Some("Front desk"));
    assert_eq!(act.detail["chats"], 3);
    assert_eq!(act.address.as_deref(), Some("192.0.2.7"));
    assert_eq!(act.workspace.as_deref(), Some("Shop"));
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let room = room().await;
    for number in 0..7 {
        room.record(at(SHOP, Action::MemberAdded).target(number.to_string()))
            .await;
        room.record(at(BAKERY, Action::MemberAdded)).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = room
            .audit
            .page(Reader::Workspace(SHOP), Filter::default(), after, 3)
            .await
            .unwrap();
        assert!(page.rows.len() <= 3);
        seen.extend(page.rows.into_iter().filter_map(|act| act.target));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"]);
}

#[tokio::test]
async fn a_foreign_act_is_not_a_valid_cursor() {
    let room = room().await;
    room.record(at(SHOP, Action::MemberAdded)).await;
    room.record(at(BAKERY, Action::MemberAdded)).await;
    let foreign = room.all(Reader::Workspace(BAKERY)).await.remove(0).public_id;
    room.record(at(SHOP, Action::MemberRemoved)).await;
    let page = room
        .audit
        .page(Reader::Workspace(SHOP), Filter::default(), Some(foreign), 10)
        .await
        .unwrap();
    assert_eq!(page.rows.len(), 2, "the first page, as if it had never been");
}

#[tokio::test]
async fn filters_narrow_by_act_person_time_and_text() {
    let room = room().await;
    room.record(at(SHOP, Action::MemberAdded).target("bo@example.com"))
        .await;
    room.clock.advance(Duration::from_secs(3_600));
    let later = room.clock.now();
    room.record(
        Entry::new(Actor::Person(ROOT), Action::KeyCreated)
            .at(SHOP)
            .target("100%"),
    )
    .await;
    let find = |filter| room.find(Reader::Workspace(SHOP), filter);
    let filter = Filter {
        actions: Some(vec![Action::KeyCreated]),
        ..Filter::default()
    };
    assert_eq!(actions(&find(filter).await), [Action::KeyCreated]);
    let filter = Filter {
        person: Some("usr_00000000000000000000000001".parse().unwrap()),
        ..Filter::default()
    };
    assert_eq!(actions(&find(filter).await), [Action::MemberAdded]);
    for (since, until, expected) in [
        (Some(later), None, Action::KeyCreated),
        (None, Some(later), Action::MemberAdded),
    ] {
        let filter = Filter {
            since,
            until,
            ..Filter::default()
        };
        assert_eq!(actions(&find(filter).await), [expected]);
    }
    for (text, expected) in [
        ("BO@Example", vec![Action::MemberAdded]),
        ("root", vec![Action::KeyCreated]),
        ("%", vec![Action::KeyCreated]),
        ("nobody", vec![]),
    ] {
        let filter = Filter {
            text: Some(text.into()),
            ..Filter::default()
        };
        assert_eq!(actions(&find(filter).await), expected, "{text}");
    }
}

#[tokio::test]
async fn acts_are_pruned_after_a_year() {
    let room = room().await;
    room.record(at(SHOP, Action::MemberAdded)).await;
    room.clock.advance(KEPT + Duration::from_millis(1));
    room.record(at(SHOP, Action::MemberRemoved)).await;
    assert_eq!(room.audit.prune().await.unwrap(), 1);
    assert_eq!(
        actions(&room.all(Reader::Installation(Admin::operator())).await),
        [Action::MemberRemoved]
    );
}

#[tokio::test]
async fn acts_in_a_deleted_workspace_stay_without_names() {
    let room = room().await;
    room.record(
        at(SHOP, Action::MemberAdded)
            .target("bo@example.com")
            .from(IpAddr::from([192, 0, 2, 7])),
    )
    .await;
    room.record(at(BAKERY, Action::MemberAdded).target("cy@example.com"))
        .await;
    room.db
        .write(|tx| {
            assert_eq!(forget_workspace_in(tx, SHOP, 10)?, 1);
            tx.execute("DELETE FROM workspaces WHERE id = 1", [])?;
            Ok::<_, db::DbError>(())
        })
        .await
        .unwrap();
    let all = room.all(Reader::Installation(Admin::operator())).await;
    let gone = &all[1];
    assert_eq!((gone.target.as_ref(), gone.address.as_ref()), (None, None));
    assert_eq!(gone.workspace_ref.as_deref(), Some("wsp_00000000000000000000000001"));
    assert_eq!(gone.workspace, None);
    assert_eq!(
        all[0].target.as_deref(),
        Some("cy@example.com"),
        "others are left alone"
    );
}

#[tokio::test]
async fn a_deleted_person_is_named_nowhere() {
    let room = room().await;
    room.record(at(SHOP, Action::LoginSucceeded).from(IpAddr::from([192, 0, 2, 7])))
        .await;
    let by_root = Entry::new(Actor::Person(ROOT), Action::MemberAdded).at(SHOP);
    room.record(by_root.target("ada@example.com")).await;
    room.db
        .write(|tx| {
            forget_user_in(tx, ADA)?;
            tx.execute("DELETE FROM users WHERE id = 1", [])?;
            Ok::<_, db::DbError>(())
        })
        .await
        .unwrap();
    for act in room.all(Reader::Installation(Admin::operator())).await {
        assert_eq!((act.target, act.address), (None, None));
        assert!(act.user.is_none_or(|who| who.name == "Root"));
    }
}

#[tokio::test]
async fn the_queries_use_their_indexes() {
    let room = room().await;
    let plan = |sql: &'static str| {
        room.db.read(move |c| {
            let mut statement = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let rows = statement.query_map([], |row| row.get::<_, String>(3))?;
            Ok::<_, db::DbError>(rows.collect::<Result<Vec<_>, _>>()?.join("\n"))
        })
    };
    let of_workspace = "SELECT id FROM audit_log WHERE workspace_id = 1 AND id < 9 ORDER BY id DESC LIMIT 5";
    assert!(plan(of_workspace).await.unwrap().contains("audit_of_workspace"));
    let by_action = "SELECT id FROM audit_log WHERE action = 'member.added' AND id < 9 ORDER BY id DESC";
    assert!(plan(by_action).await.unwrap().contains("audit_by_action"));
    let pruning = "SELECT id FROM audit_log WHERE at < 5 ORDER BY at LIMIT 5";
    assert!(plan(pruning).await.unwrap().contains("audit_by_age"));
}
