//! The queue for an administrator, and what survives a kill.

use std::path::Path;

use serde::{Deserialize, Serialize};
use wamanager::audit::Admin;
use wamanager::backup::DailyBackup;
use wamanager::clock::UnixMs;
use wamanager::db::{self, DbError};
use wamanager::jobs::{self, Filter, Job, Jobs, Lane, Order, PruneJobs, State};

use crate::cli::{Server, command, install, json, refused};
use crate::support::TestApp;

/// A job of an unknown kind, so that it fails permanently.
#[derive(Serialize, Deserialize)]
struct Orphan {
    about: String,
}

impl Job for Orphan {
    const KIND: &'static str = "test.orphan";
    const LANE: Lane = Lane::Media;
}

async fn dead_job(jobs: &Jobs, about: &str) -> String {
    let order = Order::default();
    let id = jobs.enqueue(Orphan { about: about.into() }, order).await.unwrap();
    let page = jobs.list(Admin::operator(), Filter::default(), None).await.unwrap();
    page.rows
        .into_iter()
        .find(|job| job.id == id)
        .unwrap()
        .public_id
        .to_string()
}

#[tokio::test]
async fn an_administrator_sees_why_a_job_failed_and_tries_it_again() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let id = dead_job(&app.app.jobs, "<b>41</b>").await;
    app.settle().await;

    let list = admin.get("/admin/jobs?lane=media&state=dead").await.expect(200);
    assert!(
        list.body.contains("test.orphan") && list.body.contains(&id),
        "{}",
        list.body
    );
    assert!(list.body.contains("does not know this kind of job"));
    assert!(list.body.contains("Retry 1 failed job"));
    let page = admin.get(&format!("/admin/jobs/{id}")).await.expect(200);
    assert!(
        page.body.contains("41") && !page.body.contains("<b>41</b>"),
        "{}",
        page.body
    );

    let retried = admin.post(&format!("/admin/jobs/{id}/retry"), &[]).await.expect(303);
    assert_eq!(retried.header("location"), format!("/admin/jobs/{id}"));
    app.settle().await;
    let job = app.app.jobs.get(Admin::operator(), &id.parse().unwrap()).await.unwrap();
    assert_eq!(
        (job.state, job.attempts),
        (State::Dead, 1),
        "it was started over, and failed again"
    );
}

#[tokio::test]
async fn a_discarded_job_is_out_and_can_be_put_back() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let id = dead_job(&app.app.jobs, "x").await;
    let path = format!("/admin/jobs/{id}");
    admin.post(&format!("{path}/discard"), &[]).await.expect(303);
    app.settle().await;
    let state = async || {
        app.app
            .jobs
            .get(Admin::operator(), &id.parse().unwrap())
            .await
            .unwrap()
            .state
    };
    assert_eq!(state().await, State::Discarded);
    // A discarded job cannot be discarded again, and one that does not run cannot be stopped.
    admin.post(&format!("{path}/discard"), &[]).await.expect(409);
    let refused = admin.post(&format!("{path}/stop"), &[]).await.expect(409);
    assert!(refused.body.contains("nothing to stop"), "{}", refused.body);
    admin.post(&format!("{path}/retry"), &[]).await.expect(303);
    app.settle().await;
    assert_eq!(state().await, State::Dead);
}

#[tokio::test]
async fn all_failed_jobs_of_a_lane_are_retried_with_one_button() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for n in 0..3 {
        dead_job(&app.app.jobs, &n.to_string()).await;
    }
    app.settle().await;
    let other = admin
        .post("/admin/jobs/retry-dead", &[("lane", "email")])
        .await
        .expect(303);
    assert_eq!(other.header("location"), "/admin/jobs?lane=email");
    let log = admin.get("/admin/audit").await.expect(200).body;
    admin
        .post("/admin/jobs/retry-dead", &[("lane", "media"), ("q", "orphan")])
        .await
        .expect(303);
    app.settle().await;
    let again = admin.get("/admin/audit").await.expect(200).body;
    assert_ne!(log, again, "the act is in the log");
}

#[tokio::test]
async fn the_list_pages_and_accepts_any_query() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let empty = admin.get("/admin/jobs").await.expect(200);
    assert!(empty.body.contains("The queue is empty"), "{}", empty.body);
    for n in 0..51 {
        dead_job(&app.app.jobs, &n.to_string()).await;
    }
    let first = admin.get("/admin/jobs?q=orphan").await.expect(200);
    let second = admin.get(&first.link_with("after=")).await.expect(200);
    assert_eq!(second.body.matches("<tr>").count(), 2, "the head and the last job");
    for nonsense in [
        "lane=fast&state=tired",
        "after=yesterday",
        "after=-9223372036854775808",
        "q=%00%27%22%3Cscript%3E",
        "q=%F0%9F%8E%89",
    ] {
        let page = admin.get(&format!("/admin/jobs?{nonsense}")).await.expect(200);
        assert!(!page.body.contains("<script>"), "{nonsense}");
    }
}

#[tokio::test]
async fn the_nightly_backup_is_a_job_like_any_other_and_doctor_knows_it() {
    let app = TestApp::new().await;
    let status = app.app.backups.status().await.unwrap();
    assert_eq!((status.last, status.overdue), (None, false));
    let schedule = app.app.schedule();
    schedule.check(&app.app.jobs).unwrap();
    schedule.tick(&app.app.jobs, "backup").await.unwrap();
    // Some time within twenty minutes.
    app.clock.advance(std::time::Duration::from_secs(20 * 60));
    app.settle().await;
    let made = app.app.backups.status().await.unwrap();
    assert!(
        made.last.is_some_and(|file| file.verified_at.is_some()),
        "{:?}",
        made.failure
    );
    app.clock.advance(std::time::Duration::from_secs(30 * 60 * 60));
    assert!(app.app.backups.status().await.unwrap().overdue);
}

#[tokio::test]
async fn a_backup_that_cannot_be_written_is_reported_with_its_reason() {
    let app = TestApp::new().await;
    // A file where the directory should be.
    std::fs::write(app.app.backups.dir(), b"in the way").unwrap();
    app.app.jobs.enqueue(DailyBackup {}, Order::default()).await.unwrap();
    app.settle().await;
    let page = app
        .app
        .jobs
        .list(Admin::operator(), Filter::default(), None)
        .await
        .unwrap();
    let job = page.rows.iter().find(|job| job.kind == DailyBackup::KIND).unwrap();
    assert_eq!(job.state, State::Waiting);
    assert!(job.last_error.as_ref().unwrap().contains("backups"), "{job:?}");
    let findings = wamanager::app::doctor::look(&app.app, Admin::operator()).await;
    let told = findings.iter().find(|finding| finding.subject == "backups").unwrap();
    assert_eq!(
        told.severity,
        wamanager::app::doctor::Severity::Problem,
        "{}",
        told.detail
    );
}

/// Every job exists, done or still to be done.
async fn states(dir: &Path) -> Vec<(State, u64)> {
    let db = db::open(dir).unwrap();
    let jobs = Jobs::new(db.clone(), wamanager::clock::Clock::System);
    let counts = jobs.counts(Admin::operator()).await.unwrap();
    db.close().await;
    let upkeep = counts.into_iter().filter(|count| count.lane == Lane::Upkeep);
    upkeep.map(|count| (count.state, count.jobs)).collect()
}

fn of(states: &[(State, u64)], wanted: State) -> u64 {
    states
        .iter()
        .filter(|(state, _)| *state == wanted)
        .map(|(_, jobs)| jobs)
        .sum()
}

/// Polls the running server until this many jobs are done.
fn until_done(dir: &Path, wanted: u64) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    loop {
        let output = command(&["jobs", "list", "--json", "--data-dir"])
            .arg(dir)
            .output()
            .unwrap();
        // The server opens its socket a moment after it prints its address.
        let counts = json(&output)["counts"].as_array().cloned().unwrap_or_default();
        let done: u64 = counts
            .iter()
            .filter(|count| count["lane"] == "upkeep" && count["state"] == "done")
            .map(|count| count["jobs"].as_u64().unwrap())
            .sum();
        if done >= wanted {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{done} of {wanted} jobs are done");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_survive_kill_9_and_running_ones_are_done_after_the_restart() {
    const JOBS: u64 = 3_000;
    let dir = tempfile::tempdir().unwrap();
    install(dir.path());
    let db = db::open(dir.path()).unwrap();
    let enqueue = |tx: &rusqlite::Transaction<'_>| {
        for _ in 0..JOBS {
            jobs::enqueue_in(tx, &PruneJobs {}, Order::default(), UnixMs(1))?;
        }
        Ok::<_, DbError>(())
    };
    db.write(enqueue).await.unwrap();
    db.close().await;

    let (mut in_hand, mut done) = (0, 0);
    for _ in 0..3 {
        let server = Server::start(dir.path());
        until_done(dir.path(), done + 100);
        // Dropping it is SIGKILL.
        drop(server);
        let left = states(dir.path()).await;
        let all: u64 = left.iter().map(|(_, jobs)| jobs).sum();
        assert!(all >= JOBS, "none is lost: {left:?}");
        in_hand += of(&left, State::Running);
        done = of(&left, State::Done);
    }
    assert!(in_hand > 0, "the kills hit while jobs were running");
    let mut server = Server::start(dir.path());
    until_done(dir.path(), JOBS);
    assert_eq!(server.terminate(), Some(0));
    let end = states(dir.path()).await;
    assert_eq!((of(&end, State::Running), of(&end, State::Dead)), (0, 0), "{end:?}");
}

#[tokio::test]
async fn the_command_line_moves_jobs_with_and_without_a_server() {
    let dir = tempfile::tempdir().unwrap();
    install(dir.path());
    let db = db::open(dir.path()).unwrap();
    let add = |tx: &rusqlite::Transaction<'_>| {
        jobs::enqueue_in(tx, &Orphan { about: "41".into() }, Order::default(), UnixMs(1))
    };
    db.write(add).await.unwrap();
    db.close().await;

    let run = |args: &[&str]| {
        command(args)
            .args(["--json", "--data-dir"])
            .arg(dir.path())
            .output()
            .unwrap()
    };
    let list = json(&run(&["jobs", "list", "--lane", "media"]));
    let id = list["jobs"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(list["jobs"][0]["payload"]["about"], "41");
    assert_eq!(json(&run(&["jobs", "discard", &id]))["state"], "discarded");
    assert_eq!(json(&run(&["jobs", "retry", &id]))["state"], "ready");
    refused(&run(&["jobs", "stop", &id]), 11, &["nothing to stop"]);
    refused(&run(&["jobs", "show", "job_nobody"]), 10, &["no such job"]);
    refused(&run(&["jobs", "list", "--state", "tired"]), 11, &["waiting, ready"]);
    assert_eq!(json(&run(&["jobs", "retry", "--all-dead"]))["retried"], 0);
}
