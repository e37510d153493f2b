//! Jobs moved by administrators and by the schedule.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Hook, Mailing, Queue, Task, note};
use crate::audit::Admin;
use crate::clock::Clock;
use crate::db::DbError;
use crate::ids::PublicId;
use crate::jobs::runner::Runner;
use crate::jobs::{Filter, JobsError, Lane, Order, PruneJobs, Pruner, Schedule, State};

#[tokio::test]
async fn a_running_job_stops_when_a_person_asks_and_is_discarded() {
    let queue = Queue::running();
    let id = queue.add(Mailing(Task::Wait)).await;
    queue.begun(id).await;
    let job = queue.job(id).await;
    assert!(matches!(
        queue.jobs.discard(Admin::operator(), &job.public_id).await,
        Err(JobsError::NotDiscardable { state: State::Running })
    ));
    assert!(
        queue
            .jobs
            .cancel(Admin::operator(), &job.public_id)
            .await
            .unwrap()
            .cancel_requested
    );
    queue.settled().await;
    assert_eq!(queue.job(id).await.state, State::Discarded);
    let gone = queue.jobs.cancel(Admin::operator(), &job.public_id).await;
    assert!(matches!(gone, Err(JobsError::NotRunning { .. })), "{gone:?}");
}

#[tokio::test]
async fn a_discarded_job_does_not_run() {
    let mut queue = Queue::new();
    let unwanted = queue.add(Mailing(note("unwanted"))).await;
    let id = queue.job(unwanted).await.public_id;
    queue.jobs.discard(Admin::operator(), &id).await.unwrap();
    queue.add(Mailing(note("wanted"))).await;
    queue.start();
    queue.settled().await;
    assert_eq!(queue.note().await, "wanted");
    assert_eq!(queue.job(unwanted).await.state, State::Discarded);
    assert!(queue.notes.try_recv().is_err());
}

#[tokio::test]
async fn a_retry_is_refused_while_the_same_work_waits() {
    let queue = Queue::running();
    let order = || Order::unique("one");
    let dead = queue.jobs.enqueue(Hook(Task::GiveUp), order()).await.unwrap();
    queue.settled().await;
    let later = Order {
        due_at: Some(queue.clock.now().plus(Duration::from_secs(60))),
        ..order()
    };
    queue.jobs.enqueue(Hook(note("waits")), later).await.unwrap();
    let id = queue.job(dead).await.public_id;
    let refused = queue.jobs.retry(Admin::operator(), &id).await;
    assert!(matches!(refused, Err(JobsError::SameWorkWaits)), "{refused:?}");
    assert_eq!(
        queue
            .jobs
            .retry_dead(Admin::operator(), Filter::default())
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn all_dead_jobs_of_a_lane_are_retried_together() {
    let queue = Queue::running();
    for _ in 0..3 {
        queue.add(Hook(Task::GiveUp)).await;
    }
    queue.add(Mailing(Task::GiveUp)).await;
    queue.settled().await;
    let filter = Filter {
        lane: Some(Lane::Webhook),
        ..Filter::default()
    };
    assert_eq!(queue.jobs.retry_dead(Admin::operator(), filter).await.unwrap(), 3);
}

#[tokio::test]
async fn lists_are_filtered_and_paged_and_counted() {
    let queue = Queue::new();
    for n in 0..60 {
        queue.add(Mailing(note(&n.to_string()))).await;
    }
    let hook = queue.add(Hook(note("hook"))).await;
    let hooks = Filter {
        lane: Some(Lane::Webhook),
        state: Some(State::Ready),
        ..Filter::default()
    };
    let found = queue.jobs.list(Admin::operator(), hooks, None).await.unwrap();
    assert_eq!(found.rows.iter().map(|job| job.id).collect::<Vec<_>>(), [hook]);

    let by_id = Filter {
        text: Some(found.rows[0].public_id.to_string()),
        ..Filter::default()
    };
    assert_eq!(
        queue
            .jobs
            .list(Admin::operator(), by_id, None)
            .await
            .unwrap()
            .rows
            .len(),
        1
    );
    let by_kind = Filter {
        text: Some("MAILing".into()),
        ..Filter::default()
    };
    let first = queue.jobs.list(Admin::operator(), by_kind.clone(), None).await.unwrap();
    assert_eq!(first.rows.len(), 50);
    let second = queue.jobs.list(Admin::operator(), by_kind, first.next).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (10, None));

    let mut counts = queue.jobs.counts(Admin::operator()).await.unwrap();
    counts.sort_by_key(|count| count.jobs);
    assert_eq!(counts.iter().map(|count| count.jobs).collect::<Vec<_>>(), [1, 60]);
}

#[tokio::test]
async fn finished_jobs_are_pruned() {
    let queue = Queue::running();
    queue.add(Hook(note("done"))).await;
    queue.add(Hook(Task::GiveUp)).await;
    queue.settled().await;
    let runner = Pruner::new(queue.db.clone(), Clock::Manual(queue.clock.clone()));
    let pruning = Runner::new(
        queue.db.clone(),
        Clock::Manual(queue.clock.clone()),
        queue.jobs.clone(),
        CancellationToken::new(),
    );
    queue.stop.cancel();
    let pruning = tokio::spawn(pruning.handle::<PruneJobs>(runner).run());
    queue.clock.advance(Duration::from_secs(2 * 24 * 60 * 60));
    PruneJobs::enqueue(queue.jobs.clone()).await.unwrap();
    queue.settled().await;
    let kept = queue
        .jobs
        .list(Admin::operator(), Filter::default(), None)
        .await
        .unwrap()
        .rows;
    let states: Vec<_> = kept.iter().map(|job| (job.kind.as_str(), job.state)).collect();
    assert_eq!(states, [("jobs.prune", State::Done), ("test.hook", State::Dead)]);
    pruning.abort();
}

#[tokio::test]
async fn a_malformed_line_of_the_schedule_is_detected_at_startup() {
    let queue = Queue::new();
    let good = Schedule::new().cron("15 3 * * *", "good", PruneJobs::enqueue);
    good.check(&queue.jobs).unwrap();
    let bad = Schedule::new().cron("every now and then", "bad", PruneJobs::enqueue);
    assert!(bad.check(&queue.jobs).unwrap_err().to_string().contains("bad"));
}

#[tokio::test]
async fn a_tick_makes_a_job_once_while_it_is_unfinished() {
    let queue = Queue::new();
    let ticks = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&ticks);
    let schedule = Schedule::new().cron("15 3 * * *", "note", move |jobs| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move { jobs.enqueue(Hook(note("tick")), Order::unique("tick")).await }
    });
    let first = schedule.tick(&queue.jobs, "note").await.unwrap();
    assert_eq!(schedule.tick(&queue.jobs, "note").await.unwrap(), first);
    assert_eq!(ticks.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn acts_by_hand_are_in_the_audit_log() {
    let queue = Queue::new();
    let id = queue.add(Mailing(note("x"))).await;
    let public = queue.job(id).await.public_id;
    queue.jobs.discard(Admin::operator(), &public).await.unwrap();
    queue.jobs.retry(Admin::operator(), &public).await.unwrap();
    let acts = |c: &rusqlite::Connection| {
        let mut statement = c.prepare("SELECT action || ' ' || target FROM audit_log ORDER BY id")?;
        let acts = statement.query_map([], |row| row.get::<_, String>(0))?;
        Ok::<_, DbError>(acts.collect::<Result<Vec<_>, _>>()?)
    };
    let expected = [
        format!("system.job_discarded {public}"),
        format!("system.job_retried {public}"),
    ];
    assert_eq!(queue.db.read(acts).await.unwrap(), expected);
}

#[tokio::test]
async fn an_unknown_job_is_not_found() {
    let queue = Queue::new();
    let nobody = PublicId::new("job");
    assert!(matches!(
        queue.jobs.get(Admin::operator(), &nobody).await,
        Err(JobsError::NotFound)
    ));
    assert!(matches!(
        queue.jobs.retry(Admin::operator(), &nobody).await,
        Err(JobsError::NotFound)
    ));
}
