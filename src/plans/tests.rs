use std::time::Duration;

use rusqlite::Connection;

use super::{
    Day, Feature, Interval, Limit, Limits, Plan, PlanDraft, PlanError, Plans, Quota, claim_messages_in,
    give_back_messages_in, keep_day_in, plan_of, require_feature_in, require_room_in, require_storage_in, set_plan_in,
    set_unlimited_in, storage_used_in,
};
use crate::audit::Admin;
use crate::clock::{Clock, ManualClock, UnixMs};
use crate::db::{self, Db, DbError};
use crate::ids::{PublicId, WorkspaceId};
use crate::jobs::Jobs;

const HOME: WorkspaceId = WorkspaceId(1);
/// 24 November 2026, 22:30 in Berlin.
const EVENING: UnixMs = UnixMs(1_795_555_800_000);

struct Desk {
    db: Db,
    plans: Plans,
    _dir: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = db::open(dir.path()).unwrap();
        let make = |tx: &rusqlite::Transaction<'_>| {
            tx.execute_batch(
                "
                INSERT INTO workspaces (id, public_id, name, time_zone, country, created_at)
                VALUES (1, 'wsp_00000000000000000000000001', 'One', 'Europe/Berlin', 'DE', 0);",
            )?;
            Ok::<_, DbError>(())
        };
        db.write(make).await.unwrap();
        let clock = Clock::Manual(ManualClock::new(EVENING));
        let plans = Plans::new(db.clone(), clock.clone(), Jobs::new(db.clone(), clock));
        Self { db, plans, _dir: dir }
    }

    async fn tx<T: Send + 'static>(&self, f: impl FnOnce(&Connection) -> T + Send + 'static) -> T {
        self.db.write(move |tx| Ok::<_, DbError>(f(tx))).await.unwrap()
    }

    async fn claim(&self, wanted: u32, now: UnixMs) -> (u32, String) {
        let granted = self
            .tx(move |tx| claim_messages_in(tx, HOME, wanted, now).unwrap())
            .await;
        (granted.granted, granted.day.to_string())
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.tx(move |tx| tx.query_row(sql, [], |row| row.get(0)).unwrap())
            .await
    }

    /// Changes the zone, as the workspace's owner does.
    async fn move_to(&self, zone: &'static str, now: UnixMs) {
        self.tx(move |tx| {
            let before: String = tx
                .query_row("SELECT time_zone FROM workspaces", [], |row| row.get(0))
                .unwrap();
            tx.execute("UPDATE workspaces SET time_zone = ?1", [zone]).unwrap();
            keep_day_in(tx, HOME, before.parse().unwrap(), now).unwrap();
        })
        .await;
    }
}

fn team() -> PlanDraft {
    PlanDraft {
        code: "team".into(),
        name: "Team".into(),
        description: String::new(),
        price_minor: 900,
        currency: "EUR".into(),
        interval: Interval::Year,
        limits: Limits {
            sessions: Limit::Of(2),
            messages_per_day: Limit::Of(10),
            ..Limits::NONE
        },
        features: vec![Feature::Api],
        stripe_price: None,
        razorpay_plan: None,
    }
}

async fn made(desk: &Desk) -> Plan {
    desk.plans.create(Admin::operator(), team()).await.unwrap()
}

#[tokio::test]
async fn the_plans_are_shipped_as_promised_and_the_default_is_the_free_one() {
    let desk = Desk::new().await;
    let plans = desk.plans.offered().await.unwrap();
    let shipped: Vec<_> = plans
        .iter()
        .map(|plan| {
            (
                plan.code.as_str(),
                plan.limits.sessions,
                plan.limits.messages_per_day,
                plan.has(Feature::Api),
            )
        })
        .collect();
    let expected = [
        ("free", Limit::Of(1), Limit::Of(50), false),
        ("pro", Limit::Of(3), Limit::Of(250), false),
        ("business", Limit::Of(10), Limit::Of(1_000), true),
    ];
    assert_eq!(shipped, expected);
    assert!(plans[1].has(Feature::Chatbots) && plans[1].has(Feature::PrioritySupport));
    assert!(Feature::ALL.iter().all(|feature| plans[2].has(*feature)));
    assert_eq!(desk.tx(|tx| plan_of(tx, HOME).unwrap()).await.code, "free");
}

#[tokio::test]
async fn a_workspace_from_before_plans_is_on_the_largest_one() {
    let sql = include_str!("../../migrations/V014__plans.sql");
    let dir = tempfile::tempdir().unwrap();
    let c = Connection::open(dir.path().join("old.db")).unwrap();
    for file in [
        "V001__accounts",
        "V002__events",
        "V003__sessions",
        "V004__contacts",
        "V005__chats",
        "V006__outbox",
    ] {
        let path = format!("{}/migrations/{file}.sql", env!("CARGO_MANIFEST_DIR"));
        c.execute_batch(&std::fs::read_to_string(path).unwrap()).unwrap();
    }
    c.execute_batch(
        "
        INSERT INTO workspaces (id, public_id, name, time_zone, country, created_at) VALUES (1, 'w', 'W', 'UTC', 'DE', 0);",
    )
    .unwrap();
    c.execute_batch(sql).unwrap();
    // Read as it was then: plans have got columns since.
    let of_home = "SELECT code FROM plans p JOIN workspace_plans w ON w.plan_id = p.id WHERE w.workspace_id = 1";
    let code: String = c.query_row(of_home, [], |row| row.get(0)).unwrap();
    assert_eq!(code, "business");
}

#[test]
fn texts_of_shipped_plans_change_only_if_they_were_not_edited() {
    let dir = format!("{}/migrations", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let c = Connection::open_in_memory().unwrap();
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("V019") {
            c.execute_batch("UPDATE plans SET description = 'Ours, with chatbots.' WHERE code = 'business'")
                .unwrap();
        }
        c.execute_batch(&std::fs::read_to_string(&path).unwrap()).unwrap();
        if name.starts_with("V019") {
            break;
        }
    }
    let words = |code: &str| {
        let sql = "SELECT description FROM plans WHERE code = ?1";
        c.query_row(sql, [code], |row| row.get::<_, String>(0)).unwrap()
    };
    assert_eq!(words("free"), "One number and a small team, to try it or to stay.");
    assert_eq!(words("pro"), "For a shop with a few numbers and a growing team.");
    assert_eq!(words("business"), "Ours, with chatbots.");
}

#[tokio::test]
async fn claims_stop_at_the_limit_and_start_again_the_next_day() {
    let desk = Desk::new().await;
    assert_eq!(desk.claim(48, EVENING).await, (48, "2026-11-24".into()));
    assert_eq!(desk.claim(5, EVENING).await, (2, "2026-11-24".into()));
    assert_eq!(desk.claim(5, EVENING).await.0, 0);
    let after_midnight = EVENING.plus(Duration::from_secs(90 * 60));
    assert_eq!(desk.claim(60, after_midnight).await, (50, "2026-11-25".into()));
}

#[tokio::test]
async fn returned_claims_can_be_claimed_again_and_a_count_never_falls_below_zero() {
    let desk = Desk::new().await;
    desk.claim(50, EVENING).await;
    let day = Day::of(EVENING, "Europe/Berlin".parse().unwrap());
    desk.tx(move |tx| give_back_messages_in(tx, HOME, day, 3).unwrap())
        .await;
    assert_eq!(desk.claim(9, EVENING).await.0, 3);
    desk.tx(move |tx| give_back_messages_in(tx, HOME, day, 99).unwrap())
        .await;
    assert_eq!(desk.claim(99, EVENING).await.0, 50);
}

#[tokio::test]
async fn a_new_zone_counts_from_its_next_midnight_however_often_it_changes() {
    let desk = Desk::new().await;
    let midnight = |utc: &str| UnixMs(utc.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis());
    assert_eq!(desk.claim(60, EVENING).await, (50, "2026-11-24".into()));
    // It is tomorrow already in Tokyo, and still today in New York.
    for zone in [
        "Asia/Tokyo",
        "America/New_York",
        "Pacific/Pago_Pago",
        "Pacific/Kiritimati",
        "Asia/Tokyo",
    ] {
        desk.move_to(zone, EVENING).await;
        assert_eq!(desk.claim(10, EVENING).await, (0, "2026-11-24".into()), "{zone}");
    }
    let tokyo = midnight("2026-11-25T15:00:00Z");
    let before = tokyo.minus(Duration::from_secs(1));
    assert_eq!(desk.claim(10, before).await, (0, "2026-11-24".into()));
    // Changing it back before it takes effect restores the previous state.
    desk.move_to("Europe/Berlin", EVENING.plus(Duration::from_secs(60)))
        .await;
    let berlin = midnight("2026-11-24T23:00:00Z");
    assert_eq!(desk.claim(60, berlin).await, (50, "2026-11-25".into()));
    desk.move_to("Asia/Tokyo", berlin).await;
    assert_eq!(desk.claim(60, before).await, (0, "2026-11-25".into()));
    assert_eq!(desk.claim(60, tokyo).await, (50, "2026-11-26".into()));
    let next = midnight("2026-11-26T15:00:00Z");
    assert_eq!(desk.claim(60, next.minus(Duration::from_secs(1))).await.0, 0);
    assert_eq!(desk.claim(60, next).await, (50, "2026-11-27".into()));
}

#[tokio::test]
async fn the_owners_are_notified_once_a_day_of_each_threshold() {
    let desk = Desk::new().await;
    let jobs = "
        SELECT COUNT(*) FROM jobs WHERE kind = 'plans.tell_usage'";
    desk.claim(39, EVENING).await;
    assert_eq!(desk.count(jobs).await, 0);
    desk.claim(1, EVENING).await;
    assert_eq!(desk.count(jobs).await, 1, "at 80 per cent");
    let day = Day::of(EVENING, "Europe/Berlin".parse().unwrap());
    desk.tx(move |tx| give_back_messages_in(tx, HOME, day, 10).unwrap())
        .await;
    desk.claim(15, EVENING).await;
    assert_eq!(desk.count(jobs).await, 1, "the same mark again");
    desk.claim(10, EVENING).await;
    desk.claim(10, EVENING).await;
    assert_eq!(desk.count(jobs).await, 2, "at 100 per cent");
}

#[tokio::test]
async fn room_and_features_are_those_of_the_plan() {
    let desk = Desk::new().await;
    let plan = made(&desk).await;
    let free = desk.tx(|tx| require_feature_in(tx, HOME, Feature::Api)).await;
    assert!(matches!(free, Err(PlanError::FeatureMissing { .. })));
    let full = desk
        .tx(|tx| require_room_in(tx, HOME, Quota::Sessions, 1, 1))
        .await
        .unwrap_err();
    assert_eq!(
        full.to_string(),
        "The Free plan has room for 1 number, and it is taken. Delete that number, or choose a larger plan."
    );
    desk.tx(move |tx| set_plan_in(tx, HOME, plan.id, EVENING).unwrap())
        .await;
    desk.tx(|tx| require_feature_in(tx, HOME, Feature::Api)).await.unwrap();
    desk.tx(|tx| require_room_in(tx, HOME, Quota::Sessions, 1, 1))
        .await
        .unwrap();
    desk.tx(|tx| require_room_in(tx, HOME, Quota::Seats, 4_000, 1))
        .await
        .unwrap();
    desk.tx(|tx| set_unlimited_in(tx, HOME, EVENING).unwrap()).await;
    assert_eq!(desk.claim(u32::MAX, EVENING).await.0, u32::MAX);
}

#[tokio::test]
async fn storage_counts_small_pictures_as_they_come_and_go() {
    let desk = Desk::new().await;
    desk.tx(|tx| {
        tx.execute_batch(
            "
            INSERT INTO sessions (id, public_id, workspace_id, name, state, since, created_at)
            VALUES (1, 'ses_1', 1, 'S', 'unlinked', 0, 0);
            INSERT INTO chats (id, public_id, workspace_id, session_id, kind, address, created_at)
            VALUES (1, 'chat_1', 1, 1, 'direct', 'x', 0);
            INSERT INTO messages (id, public_id, workspace_id, session_id, chat_id, wa_id, sender, kind, origin, status,
                                  at, shown, unread, created_at)
            VALUES (1, 'msg_1', 1, 1, 1, 'A', 5, 'image', 'contact', 'received', 0, 1, 0, 0),
                   (2, 'msg_2', 1, 1, 1, 'B', 5, 'image', 'contact', 'received', 0, 1, 0, 0);
            INSERT INTO media (message_id, mime, direct_path, media_key, sha256, enc_sha256, thumbnail)
            VALUES (1, 'image/png', '', x'', x'', x'', zeroblob(700)), (2, 'image/png', '', x'', x'', x'', zeroblob(50));",
        )
        .unwrap();
    })
    .await;
    assert_eq!(desk.tx(|tx| storage_used_in(tx, HOME).unwrap()).await, 750);
    desk.tx(|tx| {
        tx.execute(
            "
            DELETE FROM messages WHERE id = 1",
            [],
        )
        .unwrap()
    })
    .await;
    assert_eq!(desk.tx(|tx| storage_used_in(tx, HOME).unwrap()).await, 50);
    desk.tx(|tx| require_storage_in(tx, HOME, 249_999_950)).await.unwrap();
    let full = desk
        .tx(|tx| require_storage_in(tx, HOME, 249_999_951))
        .await
        .unwrap_err();
    assert!(full.to_string().contains("250 MB"), "{full}");
}

#[tokio::test]
async fn edited_limits_apply_at_once_to_every_workspace_on_the_plan_only() {
    let desk = Desk::new().await;
    let plan = made(&desk).await;
    let follow = "
        SELECT COUNT(*) FROM jobs WHERE kind = 'plans.follow'";
    desk.tx(move |tx| set_plan_in(tx, HOME, plan.id, EVENING).unwrap())
        .await;
    assert_eq!(desk.count(follow).await, 1);
    let mut smaller = team();
    smaller.limits.messages_per_day = Limit::Of(4);
    desk.plans
        .edit(Admin::operator(), &plan.public_id, smaller.clone())
        .await
        .unwrap();
    assert_eq!(desk.count(follow).await, 2);
    assert_eq!(desk.claim(10, EVENING).await.0, 4);
    smaller.name = "Crew".into();
    let renamed = desk
        .plans
        .edit(Admin::operator(), &plan.public_id, smaller)
        .await
        .unwrap();
    assert_eq!((renamed.name.as_str(), renamed.code.as_str()), ("Crew", "team"));
    let pro = desk.plans.find("pro").await.unwrap();
    let mut other = team();
    other.limits.sessions = Limit::Of(99);
    desk.plans.edit(Admin::operator(), &pro.public_id, other).await.unwrap();
    assert_eq!(
        desk.count(follow).await,
        2,
        "a name, or somebody else's plan, changes no limit here"
    );
}

#[tokio::test]
async fn the_default_plan_stays_on_offer_and_there_is_always_one() {
    let desk = Desk::new().await;
    let (free, plan) = (desk.plans.find("free").await.unwrap(), made(&desk).await);
    let refused = desk.plans.set_archived(Admin::operator(), &free.public_id, true).await;
    assert!(matches!(refused, Err(PlanError::IsDefault)));
    desk.plans
        .set_default(Admin::operator(), &plan.public_id)
        .await
        .unwrap();
    assert_eq!(desk.tx(|tx| plan_of(tx, HOME).unwrap()).await.code, "team");
    let archived = desk
        .plans
        .set_archived(Admin::operator(), &free.public_id, true)
        .await
        .unwrap();
    assert!(archived.is_archived());
    let refused = desk.plans.set_default(Admin::operator(), &free.public_id).await;
    assert!(matches!(refused, Err(PlanError::Archived)));
    assert!(
        desk.plans
            .offered()
            .await
            .unwrap()
            .iter()
            .all(|plan| plan.code != "free")
    );
    let list = desk.plans.list(Admin::operator()).await.unwrap();
    assert_eq!(list.iter().filter(|listed| listed.plan.is_default).count(), 1);
    assert_eq!(list.iter().map(|listed| listed.workspaces).sum::<u64>(), 1);
}

#[tokio::test]
async fn plans_change_places_with_their_neighbours() {
    let desk = Desk::new().await;
    let codes = async || {
        let offered = desk.plans.offered().await.unwrap();
        offered.iter().map(|plan| plan.code.clone()).collect::<Vec<_>>()
    };
    let pro = desk.plans.find("pro").await.unwrap();
    desk.plans.shift(Admin::operator(), &pro.public_id, true).await.unwrap();
    assert_eq!(codes().await, ["pro", "free", "business"]);
    desk.plans.shift(Admin::operator(), &pro.public_id, true).await.unwrap();
    assert_eq!(codes().await, ["pro", "free", "business"], "the first stays the first");
    desk.plans
        .shift(Admin::operator(), &pro.public_id, false)
        .await
        .unwrap();
    desk.plans
        .shift(Admin::operator(), &pro.public_id, false)
        .await
        .unwrap();
    assert_eq!(codes().await, ["free", "business", "pro"]);
}

#[tokio::test]
async fn an_administrator_assigns_a_plan_and_the_act_is_recorded() {
    let desk = Desk::new().await;
    let business = desk.plans.find("business").await.unwrap();
    let home: PublicId = "wsp_00000000000000000000000001".parse().unwrap();
    desk.plans
        .assign(Admin::operator(), &home, &business.public_id)
        .await
        .unwrap();
    let usage = desk.plans.usage_of(Admin::operator(), HOME).await.unwrap();
    assert_eq!((usage.plan.code.as_str(), usage.since), ("business", Some(EVENING)));
    assert_eq!((usage.days.len(), usage.today.to_string().as_str()), (30, "2026-11-24"));
    let recorded = "
        SELECT COUNT(*) FROM audit_log WHERE action = 'plan.granted' AND workspace_id = 1";
    assert_eq!(desk.count(recorded).await, 1);
    let nobody = desk
        .plans
        .assign(Admin::operator(), &PublicId::new("wsp"), &business.public_id)
        .await;
    assert!(matches!(nobody, Err(PlanError::NotFound)));
}

#[tokio::test]
async fn a_code_names_one_plan() {
    let desk = Desk::new().await;
    made(&desk).await;
    let again = desk.plans.create(Admin::operator(), team()).await;
    assert!(matches!(again, Err(PlanError::Invalid(fields)) if fields[0].field == "code"));
}
