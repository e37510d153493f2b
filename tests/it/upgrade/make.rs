//! Writes a fixture: an installation that contains something of everything, made by the real program.
//!
//! `cargo test --test it --features test-network upgrade::make -- --ignored` writes `tests/fixtures/schema-N`, N being
//! the schema of this build. It runs once per release, on that release; a fixture is never written again.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use totp_rs::{Builder, Secret};
use wa_client::{Address, Change, Content as Said, Context, Inbound, InboundSink as _, Target};
use wa_network::phone::{Content, Media, MediaKind, NewPhone, Phones};
use wa_network::{Network, NetworkOptions};
use wamanager::access::{KeyScope, NewKey};
use wamanager::accounts::{MemberRole, Scope};
use wamanager::chats::{ChatFilter, Ingest, Window};
use wamanager::config::{self, BillingConfig, StripeConfig};
use wamanager::crypto::Sealer;
use wamanager::db;
use wamanager::ids::{PublicId, SessionId};
use wamanager::sessions::State;

use crate::billing::{sell, sign};
use crate::support::{JSON, PASSWORD, Person, TestApp, within};

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";
const MASTER_KEY: [u8; 32] = [0x2a; 32];
const WEBHOOK_SECRET: &str = "whsec_of_the_fixture";
const INVITED: &str = "invited@example.com";

const FACTOR: &str = "/settings/security/second-factor";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes a fixture of this build's schema"]
async fn make() {
    let network = Network::start(NetworkOptions::default()).await.unwrap();
    for (number, name) in [(SHOP, "Flor Bakery"), (ANA, "Ana")] {
        let new = NewPhone {
            number: number.into(),
            name: name.into(),
            auto_reply: false,
        };
        network.phones().create(new).unwrap();
    }
    let app = TestApp::over(network.ws_url().parse().unwrap(), sold_by_stripe()).await;
    app.accounts.offer_setup().await.unwrap();
    app.app.start().await.unwrap();
    let admin = app.admin().await;
    let owner = app.owner("Flor").await;
    pay(&app, &owner, "sub_flor", "price_business").await;
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let totp = second_factor(&app, &agent).await;

    let session = link(&app, owner.scope, &network.phones()).await;
    let chat = talk(&app, &owner, session.0, &network).await;
    let (invited, key, refresh) = log_in_user(&app, &owner).await;
    leave_traces(&app, &owner).await;
    drop(admin);
    app.settle().await;
    others_pay(&app).await;

    // Nobody is left to receive what is read and written now.
    network.stop().await;
    lost(&app, &owner, &session.1).await;
    app.app.chats.mark_read(owner.scope, &chat).await.unwrap();
    let waiting = app
        .app
        .outbox
        .send_text(owner.scope, &chat, "This one still waits.")
        .await
        .unwrap();
    let form = [("email", agent.email.as_str()), ("password", PASSWORD)];
    app.anonymous().post("/login", &form).await.expect(303);
    app.anonymous()
        .post("/forgot", &[("email", &owner.email)])
        .await
        .expect(303);
    app.settle().await;
    let export = app.app.exports.latest(owner.scope.user).await.unwrap().unwrap();
    wa_client::testing::fill_tables(&app.app.keys, wa_client::SessionId(session.0.0))
        .await
        .unwrap();

    let facts = json!({
        "schema": db::latest_version(),
        "made_at": app.clock.now(),
        "password": PASSWORD,
        "admin": { "email": "admin@example.com" },
        "owner": {
            "email": owner.email,
            "cookie": { "name": "login", "value": owner.browser.cookie("login").unwrap() },
        },
        "agent": { "email": agent.email, "totp": totp },
        "key": { "name": "Test program", "secret": key },
        "refresh_token": refresh,
        "invited": invited,
        "invoice": "F-0001",
        "export": export.public_id,
        "session": session.0,
        "number": SHOP,
        "chat": chat,
        "waiting": waiting.message,
        "texts": { "in": "Do you have bread?", "out": "Fresh from the oven.", "waiting": "This one still waits." },
    });
    let schema = db::latest_version();
    let dir = app.stop_and_keep().await;
    write(&dir, schema, &facts);
}

fn sold_by_stripe() -> BillingConfig {
    BillingConfig {
        stripe: Some(StripeConfig {
            secret_key: config::Secret::new("sk_test_tests"),
            webhook_secret: config::Secret::new(WEBHOOK_SECRET),
            // Nothing listens there: payments are only reported by webhooks.
            api_url: "http://127.0.0.1:9/".parse().unwrap(),
        }),
        razorpay: None,
        grace_days: 7,
    }
}

/// Stripe's webhook that a workspace has paid.
async fn pay(app: &TestApp, person: &Person, subscription: &str, price: &str) {
    sell(app, "business", |draft| {
        draft.stripe_price = Some("price_business".to_owned())
    })
    .await;
    let (now, workspace) = (app.clock.now().0 / 1_000, &person.workspace.public_id);
    let (customer, month) = (format!("cus_{subscription}"), 30 * 24 * 60 * 60);
    let subscribed = json!({
        "id": subscription, "customer": customer, "status": "active", "metadata": { "workspace": workspace },
        "current_period_start": now, "current_period_end": now + month,
        "items": { "data": [{ "id": "si_1", "price": { "id": price } }] },
    });
    let invoiced = json!({
        "id": format!("in_{subscription}"), "customer": customer, "status": "paid", "number": "F-0001", "total": 4900,
        "currency": "usd", "created": now, "metadata": { "workspace": workspace },
        "hosted_invoice_url": "https://invoice.stripe.example/i",
    });
    for (kind, object) in [
        ("customer.subscription.created", subscribed),
        ("invoice.finalized", invoiced),
    ] {
        let event = json!({
            "id": format!("evt_{subscription}_{kind}"), "type": kind, "created": now, "data": { "object": object },
        });
        let body = event.to_string();
        let signed = format!("t={now},v1={}", sign(WEBHOOK_SECRET, &format!("{now}.{body}")));
        let headers = [JSON, ("stripe-signature", signed.as_str())];
        app.anonymous()
            .send("POST", "/webhooks/stripe", &headers, &body)
            .await
            .expect(200);
    }
}

/// Turns it on; returns its secret in base32.
async fn second_factor(app: &TestApp, person: &Person) -> String {
    let browser = &person.browser;
    browser
        .post(&format!("{FACTOR}/begin"), &[("password", PASSWORD)])
        .await
        .expect(303);
    let page = browser.get(FACTOR).await.expect(200).body;
    let shown = page
        .split("<code data-secret>")
        .nth(1)
        .unwrap()
        .split("</code>")
        .next()
        .unwrap();
    let secret = shown.replace(' ', "");
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(&secret).unwrap())
        .build()
        .unwrap();
    let code = totp
        .generate(u64::try_from(app.clock.now().0 / 1_000).unwrap())
        .to_string();
    browser
        .post(&format!("{FACTOR}/confirm"), &[("code", &code)])
        .await
        .expect(200);
    // A code works once.
    app.clock.advance(Duration::from_secs(30));
    secret
}

async fn until(app: &TestApp, scope: Scope, what: &str, mut look: impl AsyncFnMut() -> bool) {
    let mut news = app.app.bus.subscribe(scope.workspace);
    let looking = async {
        while !look().await {
            news.next().await.expect("the program runs");
        }
    };
    within(what, looking).await;
}

async fn link(app: &TestApp, scope: Scope, phones: &Phones) -> (SessionId, PublicId) {
    let sessions = &app.app.sessions;
    let session = sessions.create(scope, "Shop").await.unwrap();
    let id = session.public_id;
    sessions.pair(scope, &id).await.unwrap();
    let mut codes = sessions.watch_qr(scope, &id).await.unwrap();
    let shown = within("a QR code is shown", codes.wait_for(Option::is_some)).await;
    let code = shown.unwrap().clone().unwrap().code;
    phones.scan(SHOP, &code).await.unwrap();
    until(app, scope, "the number is connected", async || {
        sessions.get(scope, &id).await.unwrap().state == State::Connected
    })
    .await;
    (session.id, id)
}

async fn lost(app: &TestApp, person: &Person, session: &PublicId) {
    until(app, person.scope, "the link is down", async || {
        app.app.sessions.get(person.scope, session).await.unwrap().state != State::Connected
    })
    .await;
}

/// A chat with some of everything in it; returns its id.
async fn talk(app: &TestApp, owner: &Person, session: SessionId, network: &Network) -> PublicId {
    let phones = network.phones();
    let first = phones
        .send(ANA, SHOP, Content::Text("Do you have bread?".into()))
        .await
        .unwrap();
    let picture = Media {
        kind: MediaKind::Image,
        mime: "image/jpeg".into(),
        bytes: vec![1, 2, 3, 4].into(),
        caption: Some("Like this one.".into()),
        file_name: None,
        seconds: None,
        thumbnail: Some(vec![0xff, 0xd8, 0xff, 0xd9]),
    };
    phones.send(ANA, SHOP, Content::Media(picture)).await.unwrap();
    let reaction = Content::Reaction {
        message_id: first,
        emoji: "👍".into(),
    };
    phones.send(ANA, SHOP, reaction).await.unwrap();
    let group = network
        .hub()
        .create_group(ANA, "Breakfast", &[SHOP.to_owned()])
        .unwrap();
    phones
        .send(ANA, &group.jid, Content::Text("For everybody.".into()))
        .await
        .unwrap();
    until(app, owner.scope, "both chats are there", async || {
        app.app
            .chats
            .list(owner.scope, ChatFilter::default(), None)
            .await
            .unwrap()
            .rows
            .len()
            == 2
    })
    .await;
    let early = Inbound {
        id: "3EB0EARLY".into(),
        chat: Address::Phone(ANA.into()),
        sender: Address::Phone(ANA.into()),
        sender_alt: None,
        from_me: false,
        push_name: None,
        at_ms: app.clock.now().0,
        content: Said::Change {
            target: Target {
                id: "3EB0NOTYET".into(),
                ..Target::default()
            },
            change: Change::Edit {
                body: Some("The change came first.".into()),
                card: None,
                at_ms: None,
            },
        },
        context: Context::default(),
        raw: Vec::new(),
        offline: false,
    };
    let sealer = Sealer::new(&MASTER_KEY, "app.db");
    let ingest = Ingest::new(app.app.db.clone(), app.app.clock.clone(), app.app.bus.clone(), sealer);
    ingest
        .commit(wa_client::SessionId(session.0), vec![early])
        .await
        .unwrap();
    let found = app.app.chats.search(owner.scope, "bread").await.unwrap();
    let chat = found.first().unwrap().chat.public_id.clone();
    app.app
        .outbox
        .send_text(owner.scope, &chat, "Fresh from the oven.")
        .await
        .unwrap();
    until(app, owner.scope, "the answer has left", async || {
        let thread = app.app.chats.thread(owner.scope, &chat, Window::Latest).await.unwrap();
        let left = |status: &str| ["sent", "delivered", "read"].contains(&status);
        thread
            .messages
            .iter()
            .any(|message| message.from_me && left(message.status.word()))
    })
    .await;
    chat
}

/// An invitation, a key and a program's login.
async fn log_in_user(app: &TestApp, owner: &Person) -> (&'static str, String, String) {
    app.app
        .team
        .invite(owner.scope, INVITED, MemberRole::Agent)
        .await
        .unwrap();
    let new = NewKey {
        name: "Test program".into(),
        scopes: vec![KeyScope::AccountRead],
        ..NewKey::default()
    };
    let key = app.app.access.create_key(owner.scope, new).await.unwrap();
    let tokens = app.tokens(&owner.email).await;
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    (INVITED, key.text, refresh)
}

/// Rows that exist because somebody did something.
async fn leave_traces(app: &TestApp, owner: &Person) {
    let api = app.api_of(&owner.email).await;
    let body = json!({ "name": "Second", "time_zone": "UTC", "country": "PT" }).to_string();
    let headers = [JSON, ("idempotency-key", "fixture")];
    api.send("POST", "/v1/workspaces", &headers, &body).await.expect(201);
    owner.browser.post("/settings/account/export", &[]).await.expect(303);
}

/// One workspace requests a plan, another is deleted while it pays.
async fn others_pay(app: &TestApp) {
    let asking = app.owner("Asking").await;
    let pro = app.app.plans.find("pro").await.unwrap().public_id;
    asking
        .browser
        .post(&format!("/settings/billing/choose/{pro}"), &[])
        .await
        .expect(303);
    let gone = app.owner("Gone").await;
    pay(app, &gone, "sub_gone", "price_business").await;
    gone.browser
        .post("/settings/workspace/delete", &[("confirm", "Gone")])
        .await
        .expect(303);
}

fn write(dir: &TempDir, schema: i32, facts: &Value) {
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/schema-{schema}"));
    assert!(
        !to.exists(),
        "{} is there already; fixtures are never written again",
        to.display()
    );
    std::fs::create_dir_all(&to).unwrap();
    for name in ["app.db", "wa.db"] {
        let whole = dir.path().join(format!("whole-{name}"));
        let c = rusqlite::Connection::open(dir.path().join(name)).unwrap();
        c.execute("VACUUM INTO ?1", [whole.to_str().unwrap()]).unwrap();
        let file = std::fs::File::create(to.join(format!("{name}.gz"))).unwrap();
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::best());
        packed.write_all(&std::fs::read(whole).unwrap()).unwrap();
        packed.finish().unwrap();
    }
    std::fs::write(to.join("master.key"), "2a".repeat(32) + "\n").unwrap();
    std::fs::write(
        to.join("facts.json"),
        serde_json::to_string_pretty(facts).unwrap() + "\n",
    )
    .unwrap();
}
