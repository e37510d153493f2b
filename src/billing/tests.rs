//! The rules of billing as tables: no clock, no database, no provider.

use std::time::Duration;

use super::model::{Move, ProviderKind, Subscription, SubscriptionStatus as Status};
use super::rules::{ChargeState, Effect, Outcome, Snapshot, difference, elapse, follow, movement};
use crate::clock::UnixMs;
use crate::ids::{PlanId, WorkspaceId};

const WORKSPACE: WorkspaceId = WorkspaceId(7);
const FREE: PlanId = PlanId(1);
const PRO: PlanId = PlanId(2);
const BUSINESS: PlanId = PlanId(3);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const GRACE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

fn day(number: u32) -> UnixMs {
    UnixMs(1_700_000_000_000).plus(number * DAY)
}

/// Pro with Stripe, paid from day 0 to day 30, last state from day 1.
fn pro() -> Subscription {
    Subscription {
        workspace: WORKSPACE,
        plan: PRO,
        provider: ProviderKind::Stripe,
        reference: Some("sub_1".into()),
        status: Status::Active,
        in_force: true,
        period_start: Some(day(0)),
        period_end: Some(day(30)),
        cancel_at_period_end: false,
        next_plan: None,
        grace_until: None,
        line: Some("si_1".into()),
        also: None,
        heard_at: day(1),
        updated_at: day(1),
    }
}

fn overdue() -> Subscription {
    Subscription {
        status: Status::PastDue,
        grace_until: Some(day(9)),
        heard_at: day(2),
        ..pro()
    }
}

fn lapsed() -> Subscription {
    Subscription {
        in_force: false,
        ..overdue()
    }
}

/// Stripe's state on day 2 when nothing has changed.
fn snapshot() -> Snapshot {
    Snapshot {
        provider: ProviderKind::Stripe,
        reference: "sub_1".into(),
        plan: Some(PRO),
        line: Some("si_1".into()),
        also: None,
        charge: ChargeState::Paid,
        period_start: Some(day(0)),
        period_end: Some(day(30)),
        cancel_at_period_end: Some(false),
        at: day(2),
    }
}

fn heard(current: Option<&Subscription>, snapshot: &Snapshot) -> Outcome {
    follow(WORKSPACE, current, snapshot, None, GRACE, day(2))
}

fn followed(current: &Subscription, snapshot: &Snapshot) -> (Subscription, Vec<Effect>) {
    match heard(Some(current), snapshot) {
        Outcome::SyncPlanLimits(new, effects) => (new, effects),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_payment_begins_the_subscription() {
    let Outcome::SyncPlanLimits(new, effects) = heard(None, &snapshot()) else {
        panic!()
    };
    assert_eq!(
        (new.gives(), new.status, new.reference.as_deref()),
        (Some(PRO), Status::Active, Some("sub_1"))
    );
    assert_eq!(effects, [Effect::Started]);
}

#[test]
fn without_a_payment_no_plan_is_granted() {
    for charge in [ChargeState::Unpaid, ChargeState::Overdue, ChargeState::Ended] {
        match heard(None, &Snapshot { charge, ..snapshot() }) {
            Outcome::Ignored => assert_ne!(charge, ChargeState::Unpaid),
            Outcome::SyncPlanLimits(new, effects) => {
                assert_eq!(
                    (new.gives(), new.status, effects),
                    (None, Status::Incomplete, Vec::new())
                );
            }
            Outcome::Late => panic!(),
        }
    }
}

#[test]
fn a_price_of_no_plan_counts_as_the_chosen_one() {
    let unknown = Snapshot {
        plan: None,
        ..snapshot()
    };
    assert_eq!(heard(None, &unknown), Outcome::Ignored);
    let Outcome::SyncPlanLimits(new, _) = follow(WORKSPACE, None, &unknown, Some(BUSINESS), GRACE, day(2)) else {
        panic!()
    };
    assert_eq!(new.gives(), Some(BUSINESS));
    // A current one keeps its plan when the administrator has changed the plan's price.
    assert_eq!(followed(&pro(), &unknown).0.gives(), Some(PRO));
}

#[test]
fn an_older_state_changes_nothing() {
    let late = Snapshot {
        charge: ChargeState::Ended,
        at: UnixMs(day(1).0 - 1),
        ..snapshot()
    };
    assert_eq!(heard(Some(&pro()), &late), Outcome::Late);
}

#[test]
fn the_same_state_again_changes_only_its_time() {
    let (new, effects) = followed(&pro(), &snapshot());
    assert_eq!(effects, []);
    assert_eq!(
        new,
        Subscription {
            heard_at: day(2),
            updated_at: day(2),
            ..pro()
        }
    );
}

#[test]
fn every_change_has_its_effect() {
    let overdue_now = Snapshot {
        charge: ChargeState::Overdue,
        at: day(3),
        ..snapshot()
    };
    let ended_now = Snapshot {
        charge: ChargeState::Ended,
        at: day(3),
        ..snapshot()
    };
    let paid_now = Snapshot {
        at: day(3),
        ..snapshot()
    };
    let up = Snapshot {
        plan: Some(BUSINESS),
        ..paid_now.clone()
    };
    let cancelled = Snapshot {
        cancel_at_period_end: Some(true),
        ..paid_now.clone()
    };
    let silent = Snapshot {
        cancel_at_period_end: None,
        ..paid_now.clone()
    };
    let incomplete = Subscription {
        status: Status::Incomplete,
        in_force: false,
        ..pro()
    };
    let over = Subscription {
        status: Status::Cancelled,
        in_force: false,
        ..pro()
    };
    let leaving = Subscription {
        cancel_at_period_end: true,
        ..pro()
    };
    for (what, from, news, gives, status, effects) in [
        (
            "upgrade",
            pro(),
            &up,
            Some(BUSINESS),
            Status::Active,
            vec![Effect::PlanChanged],
        ),
        (
            "failed",
            pro(),
            &overdue_now,
            Some(PRO),
            Status::PastDue,
            vec![Effect::PaymentFailed],
        ),
        (
            "failed again",
            overdue(),
            &overdue_now,
            Some(PRO),
            Status::PastDue,
            vec![],
        ),
        (
            "recovered",
            overdue(),
            &paid_now,
            Some(PRO),
            Status::Active,
            vec![Effect::Recovered],
        ),
        (
            "recovered late",
            lapsed(),
            &paid_now,
            Some(PRO),
            Status::Active,
            vec![Effect::Recovered],
        ),
        ("still failing", lapsed(), &overdue_now, None, Status::PastDue, vec![]),
        (
            "given up",
            lapsed(),
            &ended_now,
            None,
            Status::Cancelled,
            vec![Effect::Ended],
        ),
        ("ended", pro(), &ended_now, None, Status::Cancelled, vec![Effect::Ended]),
        (
            "cancelled",
            pro(),
            &cancelled,
            Some(PRO),
            Status::Active,
            vec![Effect::CancelPlanned],
        ),
        (
            "resumed",
            leaving.clone(),
            &paid_now,
            Some(PRO),
            Status::Active,
            vec![Effect::CancelTakenBack],
        ),
        ("a silent provider", leaving, &silent, Some(PRO), Status::Active, vec![]),
        (
            "paid at last",
            incomplete.clone(),
            &paid_now,
            Some(PRO),
            Status::Active,
            vec![Effect::Started],
        ),
        (
            "first payment fails",
            incomplete,
            &overdue_now,
            None,
            Status::Incomplete,
            vec![],
        ),
        ("over twice", over, &ended_now, None, Status::Cancelled, vec![]),
    ] {
        let (new, found) = followed(&from, news);
        assert_eq!((new.gives(), new.status, found), (gives, status, effects), "{what}");
    }
}

#[test]
fn a_subscription_that_ended_with_its_period_is_revived_only_by_another_period() {
    let over = Subscription {
        status: Status::Cancelled,
        in_force: false,
        ..pro()
    };
    assert_eq!(heard(Some(&over), &snapshot()), Outcome::Ignored);
    let renewed = Snapshot {
        period_end: Some(day(60)),
        ..snapshot()
    };
    assert_eq!(followed(&over, &renewed).0.gives(), Some(PRO));
}

#[test]
fn a_provider_that_is_behind_does_not_revert_the_plan_of_the_new_period() {
    // Time has changed Business to Pro, and the provider has not renewed yet.
    let behind = Snapshot {
        plan: Some(BUSINESS),
        ..snapshot()
    };
    let Outcome::SyncPlanLimits(new, effects) = follow(WORKSPACE, Some(&pro()), &behind, None, GRACE, day(30)) else {
        panic!()
    };
    assert_eq!((new.gives(), effects), (Some(PRO), vec![]));
}

#[test]
fn grace_begins_once_and_ends_with_a_payment() {
    let failed = Snapshot {
        charge: ChargeState::Overdue,
        ..snapshot()
    };
    let (new, _) = followed(&pro(), &failed);
    assert_eq!(new.grace_until, Some(day(9)));
    let (again, _) = followed(&overdue(), &Snapshot { at: day(5), ..failed });
    assert_eq!(again.grace_until, Some(day(9)));
    assert_eq!(followed(&overdue(), &snapshot()).0.grace_until, None);
}

#[test]
fn a_clock_that_is_behind_does_not_shorten_the_grace() {
    let failed = Snapshot {
        charge: ChargeState::Overdue,
        at: day(400),
        ..snapshot()
    };
    assert_eq!(followed(&pro(), &failed).0.grace_until, Some(day(400).plus(GRACE)));
}

#[test]
fn two_plans_in_one_subscription_are_reported_once() {
    let double = Snapshot {
        also: Some(PRO),
        plan: Some(BUSINESS),
        ..snapshot()
    };
    let (new, effects) = followed(&pro(), &double);
    assert_eq!((new.gives(), new.also), (Some(BUSINESS), Some(PRO)));
    assert_eq!(effects, [Effect::PlanChanged, Effect::TwoPlans]);
    assert_eq!(followed(&new, &double).1, []);
    let single = Snapshot {
        plan: Some(BUSINESS),
        ..snapshot()
    };
    assert_eq!(followed(&new, &single).0.also, None);
    let Outcome::SyncPlanLimits(_, effects) = heard(None, &double) else {
        panic!()
    };
    assert_eq!(effects, [Effect::Started, Effect::TwoPlans]);
}

#[test]
fn a_cheaper_plan_waits_for_the_next_period_whichever_price_the_provider_shows_until_then() {
    let planned = Subscription {
        plan: BUSINESS,
        next_plan: Some(PRO),
        ..pro()
    };
    // Stripe reports the new price at once, Razorpay the old one.
    for shown in [PRO, BUSINESS] {
        let (new, effects) = followed(
            &planned,
            &Snapshot {
                plan: Some(shown),
                ..snapshot()
            },
        );
        assert_eq!(
            (new.gives(), new.next_plan, effects),
            (Some(BUSINESS), Some(PRO), vec![]),
            "{shown:?}"
        );
    }
    let rolled = Snapshot {
        period_end: Some(day(60)),
        at: day(30),
        ..snapshot()
    };
    let (new, effects) = followed(&planned, &rolled);
    assert_eq!(
        (new.gives(), new.next_plan, effects),
        (Some(PRO), None, vec![Effect::PlanChanged])
    );
    // The provider renewed the old plan after all: it was paid, so it is granted.
    let (new, _) = followed(
        &planned,
        &Snapshot {
            plan: Some(BUSINESS),
            ..rolled
        },
    );
    assert_eq!((new.gives(), new.next_plan), (Some(BUSINESS), None));
}

#[test]
fn a_second_subscription_takes_over_and_the_first_is_ended() {
    let second = Snapshot {
        reference: "sub_2".into(),
        ..snapshot()
    };
    for before in [pro(), overdue(), lapsed()] {
        let (new, effects) = followed(&before, &second);
        assert_eq!(new.reference.as_deref(), Some("sub_2"));
        let ended = Effect::EndAtProvider(ProviderKind::Stripe, "sub_1".into());
        assert_eq!(effects, [Effect::Started, ended]);
    }
    // A plan assigned by hand has nothing to end, and an ended one has ended.
    let by_hand = Subscription {
        provider: ProviderKind::Manual,
        reference: None,
        ..pro()
    };
    let over = Subscription {
        status: Status::Cancelled,
        in_force: false,
        ..pro()
    };
    for before in [by_hand, over] {
        assert_eq!(followed(&before, &second).1, [Effect::Started]);
    }
}

#[test]
fn the_end_of_an_older_subscription_does_not_touch_the_one_in_force() {
    for charge in [ChargeState::Ended, ChargeState::Overdue, ChargeState::Unpaid] {
        let old = Snapshot {
            reference: "sub_0".into(),
            charge,
            ..snapshot()
        };
        assert_eq!(heard(Some(&pro()), &old), Outcome::Ignored, "{charge:?}");
    }
}

#[test]
fn time_ends_periods_and_grace() {
    let leaving = Subscription {
        cancel_at_period_end: true,
        ..pro()
    };
    let smaller = Subscription {
        plan: BUSINESS,
        next_plan: Some(PRO),
        ..pro()
    };
    for (what, from, now, expected) in [
        ("paid", pro(), day(40), None),
        ("cancelled, before", leaving.clone(), UnixMs(day(30).0 - 1), None),
        (
            "cancelled, after",
            leaving,
            day(30),
            Some((None, Status::Cancelled, vec![Effect::Ended])),
        ),
        ("smaller, before", smaller.clone(), UnixMs(day(30).0 - 1), None),
        (
            "smaller, after",
            smaller,
            day(30),
            Some((Some(PRO), Status::Active, vec![Effect::PlanChanged])),
        ),
        ("grace, before", overdue(), UnixMs(day(9).0 - 1), None),
        (
            "grace, after",
            overdue(),
            day(9),
            Some((None, Status::PastDue, vec![Effect::Lapsed])),
        ),
        ("lapsed", lapsed(), day(10), None),
    ] {
        let found = elapse(&from, now).map(|(new, effects)| (new.gives(), new.status, effects));
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn a_choice_depends_on_the_current_state() {
    let leaving = Subscription {
        cancel_at_period_end: true,
        ..pro()
    };
    let smaller = Subscription {
        plan: BUSINESS,
        next_plan: Some(PRO),
        ..pro()
    };
    let by_hand = Subscription {
        reference: None,
        provider: ProviderKind::Manual,
        ..pro()
    };
    for (what, current, in_force, wanted, dearer, expected) in [
        ("from nothing", None, FREE, PRO, true, Move::Start),
        ("free to free", None, FREE, FREE, false, Move::Nothing),
        ("the same", Some(pro()), PRO, PRO, false, Move::Nothing),
        ("dearer", Some(pro()), PRO, BUSINESS, true, Move::Up),
        ("free", Some(pro()), PRO, FREE, false, Move::Cancel),
        (
            "cheaper",
            Some(Subscription {
                plan: BUSINESS,
                ..pro()
            }),
            BUSINESS,
            PRO,
            false,
            Move::Down,
        ),
        ("back from leaving", Some(leaving), PRO, PRO, false, Move::Keep),
        (
            "back from smaller",
            Some(smaller),
            BUSINESS,
            BUSINESS,
            false,
            Move::Keep,
        ),
        ("given by hand", Some(by_hand), PRO, BUSINESS, true, Move::Start),
        ("lapsed", Some(lapsed()), FREE, PRO, true, Move::Start),
    ] {
        let found = movement(current.as_ref(), in_force, wanted, wanted == FREE, dearer);
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn the_difference_is_for_the_rest_of_the_period() {
    let period = Some((day(0), day(30)));
    assert_eq!(difference(1900, 4900, period, day(0)), 3000);
    assert_eq!(difference(1900, 4900, period, day(15)), 1500);
    assert_eq!(difference(1900, 4900, period, day(31)), 0);
    assert_eq!(difference(1900, 4900, None, day(15)), 3000);
    assert_eq!(difference(4900, 1900, period, day(15)), 0);
    assert_eq!(difference(1900, 4900, Some((day(3), day(3))), day(3)), 3000);
}
