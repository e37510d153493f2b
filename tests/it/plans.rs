//! Plans through the whole program: one of many concurrent requests gets the last unit, the day is the workspace's, and
//! a changed plan applies at once.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use wa_client::LinkEvent;
use wamanager::accounts::{MemberRole, NewWorkspace};
use wamanager::audit::Admin;
use wamanager::chats::{Message, Status, Window};
use wamanager::clock::UnixMs;
use wamanager::ids::PublicId;
use wamanager::operator::{self, command};
use wamanager::plans::{Interval, Limit, Limits, Plan, PlanDraft, Quota};
use wamanager::sessions::{PlanHold, Session, State};

use crate::support::{Person, TestApp};

const MANY: usize = 50;

fn client(session: &Session) -> wa_client::SessionId {
    wa_client::SessionId(session.id.0)
}

/// Polls until `look` returns something; panics after a timeout.
async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(30), looking).await;
    found.unwrap_or_else(|_| panic!("timed out waiting until {what}"))
}

impl TestApp {
    /// A connected number of the person's workspace, on a WhatsApp that acknowledges everything.
    pub async fn connected(&self, person: &Person, phone: &str) -> Session {
        let (sessions, scope) = (&self.app.sessions, person.scope);
        let session = sessions.create(scope, &format!("Number {phone}")).await.unwrap();
        sessions.pair(scope, &session.public_id).await.unwrap();
        let id = client(&session);
        self.gateway.wait_until_open(id).await;
        let qr = LinkEvent::Qr {
            code: "1@qr".into(),
            valid_for: Duration::from_secs(60),
        };
        let paired = LinkEvent::Paired {
            phone: phone.into(),
            lid: None,
            platform: None,
        };
        for (event, state) in [(qr, State::Pairing), (paired, State::Connecting)] {
            assert!(self.gateway.emit(id, event));
            self.session_is(person, &session.public_id, state).await;
        }
        self.gateway.set_paired(id, true);
        self.gateway.ack_by_itself(id, true);
        assert!(self.gateway.emit(id, LinkEvent::Connected));
        self.session_is(person, &session.public_id, State::Connected).await
    }

    pub async fn session_is(&self, person: &Person, id: &PublicId, state: State) -> Session {
        until(&format!("a number is {state}"), async || {
            let session = self.app.sessions.get(person.scope, id).await.unwrap();
            (session.state == state).then_some(session)
        })
        .await
    }

    /// The administrator puts the workspace on a plan, and everything has followed.
    pub async fn on_plan(&self, person: &Person, plan: &PublicId) {
        let home = &person.workspace.public_id;
        self.app.plans.assign(Admin::operator(), home, plan).await.unwrap();
        self.settle().await;
    }

    pub async fn plan_of(&self, messages: u64, sessions: u64) -> Plan {
        let draft = PlanDraft {
            code: format!("m{messages}-s{sessions}"),
            name: "Made for this".into(),
            description: String::new(),
            price_minor: 0,
            currency: "EUR".into(),
            interval: Interval::Month,
            limits: Limits {
                messages_per_day: Limit::Of(messages),
                sessions: Limit::Of(sessions),
                ..Limits::NONE
            },
            features: Vec::new(),
            stripe_price: None,
            razorpay_plan: None,
        };
        self.app.plans.create(Admin::operator(), draft).await.unwrap()
    }

    async fn message(&self, person: &Person, id: &PublicId) -> Message {
        self.app.chats.message(person.scope, id).await.unwrap()
    }

    async fn is_sent(&self, person: &Person, id: &PublicId) {
        until("a message is sent", async || {
            (self.message(person, id).await.status == Status::Sent).then_some(())
        })
        .await;
    }

    async fn is_held(&self, person: &Person, id: &PublicId) -> UnixMs {
        until("a message waits for the limit", async || {
            self.message(person, id).await.held_until
        })
        .await
    }

    async fn used_today(&self, person: &Person) -> u64 {
        self.app
            .plans
            .usage(person.scope)
            .await
            .unwrap()
            .of(Quota::MessagesPerDay)
            .used
    }

    async fn send(&self, person: &Person, session: &Session, to: &str) -> PublicId {
        let queued = self
            .app
            .outbox
            .send_to(person.scope, &session.public_id, to, "hi")
            .await;
        queued.unwrap().message
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_messages_at_once_exactly_one_gets_the_last_of_the_day_and_the_others_go_out_the_next() {
    let app = TestApp::new().await;
    let shop = app.owner("Shop").await;
    let session = app.connected(&shop, "5511900000001").await;
    // 49 of the 50 a day of the free plan.
    for n in 0..MANY - 1 {
        let sent = app.send(&shop, &session, &format!("+55 11 98000-{n:04}")).await;
        app.is_sent(&shop, &sent).await;
    }
    assert_eq!(app.used_today(&shop).await, 49);
    let queued = app
        .app
        .outbox
        .send_to(shop.scope, &session.public_id, "+55 11 98000-0000", "x")
        .await
        .unwrap();
    // It only opens the conversation; the last message of the day is available again.
    app.is_sent(&shop, &queued.message).await;
    let larger = app.plan_of(51, 1).await;
    app.on_plan(&shop, &larger.public_id).await;
    let path = format!("/chats/{}/messages", queued.chat);
    let posts = (0..MANY).map(|n| {
        let (path, browser, text) = (path.clone(), &shop.browser, format!("at once {n}"));
        async move { browser.post(&path, &[("text", text.as_str())]).await.status }
    });
    let answers = join_all(posts).await;
    assert!(
        answers.iter().all(|status| *status == 303),
        "none is refused: {answers:?}"
    );
    // Until then they can be taken back.
    app.clock.advance(wamanager::outbox::UNDO);
    let thread = async || {
        let page = app
            .app
            .chats
            .thread(shop.scope, &queued.chat, Window::Latest)
            .await
            .unwrap();
        let texts = page
            .messages
            .into_iter()
            .filter(|m| m.body.as_deref().is_some_and(|b| b.starts_with("at once")));
        texts.collect::<Vec<_>>()
    };
    let settled = until("one is sent and the others wait", async || {
        let all = thread().await;
        let held = all.iter().filter(|message| message.held_until.is_some()).count();
        (all.len() == MANY && held == MANY - 1).then_some(all)
    })
    .await;
    let sent = settled.iter().filter(|message| message.held_until.is_none()).count();
    assert_eq!(sent, 1);
    until("the last of the day is sent", async || {
        let all = thread().await;
        (all.iter().filter(|message| message.status == Status::Sent).count() == 1).then_some(())
    })
    .await;
    assert_eq!(app.used_today(&shop).await, 51);
    assert_eq!(app.gateway.sends(client(&session)).len(), 51);
    let page = shop.browser.get(&format!("/chats/{}", queued.chat)).await.expect(200);
    assert!(
        page.body.contains("Daily limit of 51 messages reached"),
        "the composer says so"
    );
    assert!(
        page.body
            .contains("Daily limit reached. Goes out Wednesday, 15 November 2023, 00:00 (Europe/Berlin)")
    );
    app.set_clock("2023-11-14T23:00:00Z");
    app.gateway.wait_for_sends(client(&session), 100).await;
    until("all are sent", async || {
        let all = thread().await;
        all.iter().all(|message| message.status == Status::Sent).then_some(())
    })
    .await;
    assert_eq!(app.used_today(&shop).await, 49);
    let bodies: Vec<_> = app
        .gateway
        .sends(client(&session))
        .iter()
        .map(|sent| sent.id.clone())
        .collect();
    let different: std::collections::HashSet<_> = bodies.iter().collect();
    assert_eq!(different.len(), 100, "nothing was sent twice");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_numbers_added_at_once_exactly_one_gets_the_last_place() {
    let app = TestApp::new().await;
    let shop = app.owner("Shop").await;
    let three = app.plan_of(50, 3).await;
    app.on_plan(&shop, &three.public_id).await;
    for name in ["One", "Two"] {
        app.app.sessions.create(shop.scope, name).await.unwrap();
    }
    let posts = (0..MANY).map(|n| {
        let (browser, name) = (&shop.browser, format!("Third {n}"));
        async move { browser.post("/sessions", &[("name", name.as_str())]).await.status }
    });
    let answers = join_all(posts).await;
    assert_eq!(
        answers.iter().filter(|status| **status == 303).count(),
        1,
        "{answers:?}"
    );
    assert_eq!(
        answers.iter().filter(|status| **status == 403).count(),
        MANY - 1,
        "{answers:?}"
    );
    assert_eq!(app.app.sessions.list(shop.scope).await.unwrap().len(), 3);
    let full = shop.browser.get("/sessions/new").await.expect(200);
    assert!(full.body.contains("has room for 3 numbers, and all are taken"));
    assert!(full.body.contains("/settings/billing"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_day_changes_at_the_workspaces_midnight_also_when_the_clocks_change() {
    let app = TestApp::new().await;
    // 23:30 in Berlin on the evening before a day of 23 hours.
    app.set_clock("2024-03-30T22:30:00Z");
    let shop = app.owner("Shop").await;
    let one = app.plan_of(1, 1).await;
    app.on_plan(&shop, &one.public_id).await;
    let session = app.connected(&shop, "5511900000001").await;
    let first = app.send(&shop, &session, "+55 11 98000-0001").await;
    app.is_sent(&shop, &first).await;
    let second = app.send(&shop, &session, "+55 11 98000-0002").await;
    let sunday = UnixMs(1_711_839_600_000);
    assert_eq!(app.is_held(&shop, &second).await, sunday, "2024-03-30T23:00:00Z");
    app.set_clock("2024-03-30T22:59:59Z");
    let third = app.send(&shop, &session, "+55 11 98000-0003").await;
    assert_eq!(app.is_held(&shop, &third).await, sunday);
    app.set_clock("2024-03-30T23:00:00Z");
    app.is_sent(&shop, &second).await;
    let monday = until("the third waits for Monday", async || {
        app.message(&shop, &third)
            .await
            .held_until
            .filter(|until| *until > sunday)
    })
    .await;
    assert_eq!(monday.since(sunday), Duration::from_secs(23 * 60 * 60));
    app.set_clock("2024-03-31T22:00:00Z");
    app.is_sent(&shop, &third).await;
    assert_eq!(app.used_today(&shop).await, 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_time_zone_counts_from_its_next_midnight() {
    let app = TestApp::new().await;
    // 22:30 in Berlin.
    app.set_clock("2026-11-24T21:30:00Z");
    let shop = app.owner("Shop").await;
    let one = app.plan_of(1, 1).await;
    app.on_plan(&shop, &one.public_id).await;
    let session = app.connected(&shop, "5511900000001").await;
    let first = app.send(&shop, &session, "+55 11 98000-0001").await;
    app.is_sent(&shop, &first).await;
    let second = app.send(&shop, &session, "+55 11 98000-0002").await;
    app.is_held(&shop, &second).await;
    // Yesterday, today and tomorrow, all within an hour.
    for zone in ["Pacific/Pago_Pago", "Pacific/Kiritimati", "Asia/Tokyo"] {
        let moved = NewWorkspace {
            name: "Shop".into(),
            time_zone: zone.into(),
            country: "JP".into(),
        };
        app.app.team.change_workspace(shop.scope, moved).await.unwrap();
        app.settle().await;
        app.send(&shop, &session, "+55 11 98000-0003").await;
    }
    let midnight = UnixMs(1_795_618_800_000);
    until("it waits for midnight in Tokyo", async || {
        let message = app.message(&shop, &second).await;
        (message.held_until == Some(midnight)).then_some(())
    })
    .await;
    assert_eq!(app.gateway.sends(client(&session)).len(), 1, "one allowance");
    assert_eq!(app.used_today(&shop).await, 1);
    app.set_clock("2026-11-25T15:00:00Z");
    app.is_sent(&shop, &second).await;
    assert_eq!(app.gateway.sends(client(&session)).len(), 2);
    assert_eq!(app.used_today(&shop).await, 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_larger_plan_frees_waiting_messages_at_once_and_touches_no_other_workspace() {
    let app = TestApp::new().await;
    let (shop, cafe) = (app.owner("Shop").await, app.owner("Cafe").await);
    let none = app.plan_of(0, 1).await;
    app.on_plan(&shop, &none.public_id).await;
    app.on_plan(&cafe, &none.public_id).await;
    let (ours, theirs) = (
        app.connected(&shop, "5511900000001").await,
        app.connected(&cafe, "5511900000002").await,
    );
    let (mine, other) = (
        app.send(&shop, &ours, "+55 11 98000-0001").await,
        app.send(&cafe, &theirs, "+55 11 98000-0001").await,
    );
    app.is_held(&shop, &mine).await;
    app.is_held(&cafe, &other).await;
    // No day brings what the plan does not include, so no time is told.
    let chat = app.message(&cafe, &other).await.chat;
    let page = cafe.browser.get(&format!("/chats/{chat}")).await.expect(200);
    let told = "Your plan includes no messages. What you send now waits until you choose a larger plan.";
    assert!(
        page.body.contains(told) && !page.body.contains("Daily limit of 0"),
        "{}",
        page.body
    );
    let page = cafe.browser.get("/settings/billing").await.expect(200);
    assert!(page.body.contains("Your plan includes none."));
    let pro = app.app.plans.find("pro").await.unwrap();
    app.on_plan(&shop, &pro.public_id).await;
    app.is_sent(&shop, &mine).await;
    assert!(app.message(&cafe, &other).await.held_until.is_some());
    assert!(app.gateway.sends(client(&theirs)).is_empty());
    assert_eq!((app.used_today(&shop).await, app.used_today(&cafe).await), (1, 0));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_downgrade_the_newest_numbers_are_paused_until_there_is_room() {
    let app = TestApp::new().await;
    let shop = app.owner("Shop").await;
    let (one, three) = (app.plan_of(50, 1).await, app.plan_of(50, 3).await);
    app.on_plan(&shop, &three.public_id).await;
    let old = app.connected(&shop, "5511900000001").await;
    let new = app.connected(&shop, "5511900000002").await;
    let by_hand = app.connected(&shop, "5511900000003").await;
    app.app.sessions.pause(shop.scope, &by_hand.public_id).await.unwrap();
    app.on_plan(&shop, &one.public_id).await;
    let resting = app.session_is(&shop, &new.public_id, State::Paused).await;
    assert_eq!(resting.plan_hold, Some(PlanHold::Paused));
    assert_eq!(
        app.app.sessions.get(shop.scope, &old.public_id).await.unwrap().state,
        State::Connected
    );
    let page = shop.browser.get("/sessions").await.expect(200);
    assert!(page.body.contains("Paused: your plan has no room"), "the card says why");
    for path in ["resume", "link"] {
        let refused = shop
            .browser
            .post(&format!("/sessions/{}/{path}", new.public_id), &[])
            .await;
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.body.contains("limit-reached"), "{path}");
    }
    app.on_plan(&shop, &three.public_id).await;
    let back = app.session_is(&shop, &new.public_id, State::Connecting).await;
    assert_eq!(back.plan_hold, None);
    let kept = app.app.sessions.get(shop.scope, &by_hand.public_id).await.unwrap();
    assert_eq!(
        (kept.state, kept.plan_hold),
        (State::Paused, None),
        "a person paused it, so it stays paused"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_a_number_makes_room_for_a_paused_one() {
    let app = TestApp::new().await;
    let shop = app.owner("Shop").await;
    let (one, two) = (app.plan_of(50, 1).await, app.plan_of(50, 2).await);
    app.on_plan(&shop, &two.public_id).await;
    let old = app.connected(&shop, "5511900000001").await;
    let new = app.connected(&shop, "5511900000002").await;
    app.on_plan(&shop, &one.public_id).await;
    app.session_is(&shop, &new.public_id, State::Paused).await;
    app.app.sessions.delete(shop.scope, &old.public_id).await.unwrap();
    let back = app.session_is(&shop, &new.public_id, State::Connecting).await;
    assert_eq!(back.plan_hold, None);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owners_get_one_mail_when_the_day_is_nearly_and_one_when_it_is_used_up() {
    let app = TestApp::new().await;
    let shop = app.owner("Shop").await;
    let five = app.plan_of(5, 1).await;
    app.on_plan(&shop, &five.public_id).await;
    let session = app.connected(&shop, "5511900000001").await;
    for n in 0..4 {
        let sent = app.send(&shop, &session, &format!("+55 11 98000-{n:04}")).await;
        app.is_sent(&shop, &sent).await;
    }
    app.settle().await;
    let about = async || {
        let emails = app.emails_to(&shop.email).await;
        let ours = emails.into_iter().filter(|email| email.subject.starts_with("Shop: "));
        ours.map(|email| email.subject).collect::<Vec<_>>()
    };
    assert_eq!(about().await, ["Shop: 80% of today’s messages are used"]);
    for n in 4..8 {
        app.send(&shop, &session, &format!("+55 11 98000-{n:04}")).await;
    }
    until("the day is used up", async || {
        (app.used_today(&shop).await == 5).then_some(())
    })
    .await;
    app.settle().await;
    assert_eq!(
        about().await,
        [
            "Shop: 80% of today’s messages are used",
            "Shop: today’s messages are used up"
        ]
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_the_plan_shows_what_is_used_and_who_may_choose() {
    let app = TestApp::new().await;
    let shop = app.owner("Shop").await;
    app.app.sessions.create(shop.scope, "One").await.unwrap();
    let page = shop.browser.get("/settings/billing").await.expect(200).body;
    for text in [
        "1 of 1",
        "0 of 50",
        "Europe/Berlin",
        "Ask for Pro",
        "Wednesday, 15 November 2023, 00:00",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let business = app.app.plans.find("business").await.unwrap();
    assert!(page.contains(&format!("/settings/billing/choose/{}", business.public_id)));
    let agent = app.member(&shop.workspace, MemberRole::Agent).await;
    let page = agent.browser.get("/settings/billing").await.expect(200).body;
    assert!(!page.contains("/settings/billing/choose/") && page.contains("A workspace owner"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_makes_edits_and_archives_plans() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let form = [
        ("code", "team"),
        ("name", "Team"),
        ("price", "19,5"),
        ("currency", "eur"),
        ("interval", "year"),
        ("sessions", "4"),
        ("seats", ""),
        ("messages_per_day", "x"),
        ("storage_bytes", "250"),
        ("api", "on"),
    ];
    let wrong = admin.post("/admin/plans", &form).await.expect(422);
    assert!(wrong.body.contains("Write a whole number") && wrong.body.contains("value=\"19,5\""));
    let right: Vec<_> = form
        .iter()
        .map(|(k, v)| (*k, if *k == "messages_per_day" { "70" } else { *v }))
        .collect();
    admin.post("/admin/plans", &right).await.expect(303);
    let plan = app.app.plans.find("team").await.unwrap();
    assert_eq!(
        (plan.price_minor, plan.limits.seats, plan.limits.storage_bytes),
        (1_950, Limit::Unlimited, Limit::Of(250_000_000))
    );
    let page = admin
        .get(&format!("/admin/plans/{}", plan.public_id))
        .await
        .expect(200)
        .body;
    assert!(page.contains("value=\"19.50\"") && page.contains("value=\"250\""));
    let free = app.app.plans.find("free").await.unwrap();
    let refused = admin
        .post(&format!("/admin/plans/{}/archive", free.public_id), &[])
        .await
        .expect(409);
    assert!(refused.body.contains("default-plan"));
    admin
        .post(&format!("/admin/plans/{}/default", plan.public_id), &[])
        .await
        .expect(303);
    admin
        .post(&format!("/admin/plans/{}/archive", free.public_id), &[])
        .await
        .expect(303);
    let list = admin.get("/admin/plans").await.expect(200).body;
    assert!(list.contains("Archived") && list.contains("€19.50 a year"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_makes_edits_and_gives_plans_and_sees_what_is_used() {
    let app = TestApp::new().await;
    let shop = app.owner("Shop").await;
    let ask = async |arguments: &[&str]| {
        let (news, _heard) = tokio::sync::mpsc::channel(1);
        let request = command(arguments).unwrap().into();
        let answer = operator::handle(&app.app, &request, &news).await;
        answer.map(|answer| answer.result).map_err(|failure| failure.message)
    };
    let create = [
        "plan",
        "create",
        "team",
        "--name",
        "Team",
        "--messages",
        "500",
        "--feature",
        "api",
    ];
    let made = ask(&create).await.unwrap();
    assert_eq!(
        (&made["name"], &made["messages_per_day"], &made["sessions"]),
        (&json!("Team"), &json!(500), &json!(null))
    );
    assert!(ask(&create).await.unwrap_err().contains("Another plan has this code"));
    let edit = ["plan", "edit", "team", "--messages", "unlimited", "--seats", "2"];
    let edited = ask(&edit).await.unwrap();
    assert_eq!(
        (&edited["messages_per_day"], &edited["seats"], &edited["features"]),
        (&json!(null), &json!(2), &json!(["api"]))
    );
    let nonsense = ask(&["plan", "edit", "team", "--seats", "many"]).await;
    assert!(nonsense.unwrap_err().contains("is not a limit"));
    let given = ask(&["plan", "set", "Shop", "TEAM"]).await.unwrap();
    assert_eq!(given["workspaces"], 1);
    // The error names which of the two is wrong, and what exists.
    let wrong = ask(&["plan", "set", "Shop", "gold"]).await.unwrap_err();
    assert!(wrong.contains("no plan \"gold\"") && wrong.contains("team"), "{wrong}");
    let wrong = ask(&["plan", "set", "Shopp", "team"]).await.unwrap_err();
    assert!(
        wrong.contains("no workspace \"Shopp\"") && wrong.contains("Shop"),
        "{wrong}"
    );
    let usage = ask(&["plan", "usage"]).await.unwrap();
    assert_eq!((&usage["plan"], &usage["seats"]), (&json!("team"), &json!([1, 2])));
    assert_eq!(usage["workspace"], shop.workspace.public_id.as_str());
    assert!(ask(&["plan", "archive", "free"]).await.unwrap_err().contains("default"));
    // Whoever is on an archived plan keeps it, also by the administrator's word; nobody else gets it.
    ask(&["plan", "archive", "team"]).await.unwrap();
    ask(&["plan", "set", "Shop", "team"]).await.unwrap();
    ask(&["plan", "set", "Shop", "free"]).await.unwrap();
    let refused = ask(&["plan", "set", "Shop", "team"]).await.unwrap_err();
    assert!(refused.contains("An archived plan can’t be chosen."), "{refused}");
    app.stop().await;
}
