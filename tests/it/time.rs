//! Time zones and clocks: days as they are in 2026, selectable zones, and a new zone's first day.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use wamanager::accounts::Installation;
use wamanager::app::doctor;
use wamanager::audit::Admin;
use wamanager::backup::Kind;
use wamanager::operator::{self, command};

use crate::support::{PASSWORD, Person, TestApp};

async fn resets_at(app: &TestApp, owner: &Person, zone: &str) -> String {
    let api = app.api_of(&owner.email).await;
    let body = json!({ "name": "Branch", "time_zone": zone, "country": "DE" });
    let made = api.post("/v1/workspaces", body).await.expect(201).json();
    let id = made["id"].as_str().unwrap().to_owned();
    let usage = api.send("GET", "/v1/users/me/usage", &[("x-workspace", &id)], "").await;
    usage.expect(200).json()["resets_at"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn days_begin_where_the_clocks_of_2026_say() {
    let app = TestApp::new().await;
    app.set_clock("2026-11-24T12:00:00Z");
    let owner = app.owner("Shop").await;
    let roomy = Installation {
        free_workspaces: 20,
        ..app.accounts.installation().await.unwrap()
    };
    app.accounts.set_installation(Admin::operator(), roomy).await.unwrap();
    let expected = [
        // On UTC since 20 September 2026.
        ("Africa/Casablanca", "2026-11-25T00:00:00Z"),
        ("Africa/El_Aaiun", "2026-11-25T00:00:00Z"),
        // On permanent summer time.
        ("America/Vancouver", "2026-11-25T07:00:00Z"),
        ("America/Edmonton", "2026-11-25T06:00:00Z"),
        ("America/Winnipeg", "2026-11-25T05:00:00Z"),
        ("Europe/Chisinau", "2026-11-24T22:00:00Z"),
        ("Asia/Kathmandu", "2026-11-24T18:15:00Z"),
    ];
    let mut found = Vec::new();
    for (zone, _) in expected {
        found.push((zone, resets_at(&app, &owner, zone).await));
    }
    let found: Vec<_> = found.iter().map(|(zone, at)| (*zone, at.as_str())).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn doctor_names_the_time_zone_table_in_use() {
    let app = TestApp::new().await;
    let findings = doctor::look(&app.app, Admin::operator()).await;
    let told = findings.iter().find(|finding| finding.subject == "time zones");
    let told = told.expect("doctor reports the time zones");
    assert_eq!(told.severity, doctor::Severity::Ok);
    let version = told
        .detail
        .split_whitespace()
        .find(|word| word.starts_with("20"))
        .unwrap();
    assert!(version.trim_end_matches(';') >= "2026f", "{}", told.detail);
}

#[tokio::test]
async fn each_zone_is_offered_once_under_its_current_name() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let page = owner.browser.get("/settings/workspace").await.expect(200).body;
    let list = page
        .split("id=\"zone\"")
        .nth(1)
        .unwrap()
        .split("</select>")
        .next()
        .unwrap();
    let names: Vec<_> = list
        .split("<option")
        .skip(1)
        .map(|option| option.split_once('>').unwrap().1.split('<').next().unwrap())
        .collect();
    let once: HashSet<_> = names.iter().collect();
    assert_eq!(once.len(), names.len());
    for alive in [
        "Asia/Kolkata",
        "Europe/Kyiv",
        "Asia/Ho_Chi_Minh",
        "Europe/Copenhagen",
        "America/Nuuk",
        "UTC",
    ] {
        assert!(names.contains(&alive), "{alive}");
    }
    for dead in [
        "Asia/Calcutta",
        "Europe/Kiev",
        "Asia/Saigon",
        "America/Godthab",
        "America/Buenos_Aires",
        "Africa/Asmera",
    ] {
        assert!(!names.contains(&dead), "{dead}");
    }
    assert!(names.len() < 430, "{}", names.len());
}

#[tokio::test]
async fn an_old_name_of_a_zone_means_its_current_one() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let path = format!("/v1/workspaces/{}", owner.workspace.public_id);
    for (old, now) in [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("US/Pacific", "America/Los_Angeles"),
        ("GB", "Europe/London"),
    ] {
        let body = json!({ "name": "Shop", "time_zone": old, "country": "DE" });
        assert_eq!(api.put(&path, body).await.expect(200).json()["time_zone"], now);
    }
    // As stored by an older version.
    let stored = |tx: &rusqlite::Transaction<'_>| {
        tx.execute("UPDATE workspaces SET time_zone = 'Asia/Rangoon'", [])?;
        Ok::<_, wamanager::db::DbError>(())
    };
    app.app.db.write(stored).await.unwrap();
    assert_eq!(api.get(&path).await.expect(200).json()["time_zone"], "Asia/Yangon");
    let page = owner.browser.get("/settings/workspace").await.expect(200).body;
    assert!(page.contains(" selected>Asia/Yangon"), "the list shows it as chosen");
}

#[tokio::test]
async fn a_new_zone_says_from_when_it_counts_on_the_page_the_api_and_the_command_line() {
    let app = TestApp::new().await;
    // 22:30 in Berlin, and half past six of the next morning in Tokyo.
    app.set_clock("2026-11-24T21:30:00Z");
    let owner = app.owner("Shop").await;
    let form = [("workspace", "Shop"), ("zone", "Asia/Tokyo"), ("country", "JP")];
    owner.browser.post("/settings/workspace", &form).await.expect(303);
    let page = owner.browser.get("/settings/workspace").await.expect(200).body;
    assert!(
        page.contains("The new time zone applies from Thursday, 26 November 2026, 00:00."),
        "{page}"
    );
    let api = app.api_of(&owner.email).await;
    let path = format!("/v1/workspaces/{}", owner.workspace.public_id);
    let shown = api.get(&path).await.expect(200).json();
    assert_eq!(shown["time_zone_from"], "2026-11-25T15:00:00Z");
    let usage = api.get("/v1/users/me/usage").await.expect(200).json();
    assert_eq!(usage["resets_at"], "2026-11-25T15:00:00Z");
    let (news, _heard) = tokio::sync::mpsc::channel(1);
    let request = command(&["workspace", "rename", "--time-zone", "Europe/Berlin"])
        .unwrap()
        .into();
    let told = operator::handle(&app.app, &request, &news)
        .await
        .expect("the operator may change it")
        .result;
    assert_eq!(told["time_zone_from"], "2026-11-25T00:00:00+01:00");
    app.set_clock("2026-11-24T23:00:01Z");
    let page = owner.browser.get("/settings/workspace").await.expect(200).body;
    assert!(!page.contains("The new time zone applies from"), "it does now");
}

#[tokio::test]
async fn a_clock_that_was_ahead_does_not_hold_back_the_nightly_backup() {
    let app = TestApp::new().await;
    app.set_clock("2031-01-01T03:30:00Z");
    app.app.backups.create(Kind::Daily, None, |_| {}).await.unwrap();
    let schedule = app.app.schedule();
    // Queued for a time that is years away.
    schedule.tick(&app.app.jobs, "backup").await.unwrap();
    app.set_clock("2026-11-24T12:00:00Z");
    let status = app.app.backups.status().await.unwrap();
    assert!(
        status.overdue,
        "the last one is of a time that has not come: {status:?}"
    );
    app.app.backups.catch_up().await.unwrap();
    app.clock.advance(Duration::from_secs(20 * 60));
    app.settle().await;
    let last = app.app.backups.status().await.unwrap().last.unwrap();
    assert_eq!(last.made_at.to_utc().date_naive().to_string(), "2026-11-24");
    // Those dated in the future do not count towards the number to keep.
    for _ in 0..9 {
        app.app.backups.create(Kind::Daily, None, |_| {}).await.unwrap();
        app.clock.advance(Duration::from_secs(24 * 60 * 60));
    }
    app.app.backups.prune().unwrap();
    let left = wamanager::backup::list(app.app.data_dir()).unwrap();
    assert_eq!(left.len(), 7);
    assert!(
        left.iter()
            .all(|file| file.made_at.to_utc().date_naive().to_string().as_str() < "2027")
    );
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    schedule.tick(&app.app.jobs, "backup").await.unwrap();
    app.clock.advance(Duration::from_secs(20 * 60));
    app.settle().await;
    assert!(!app.app.backups.status().await.unwrap().overdue);
}

#[tokio::test]
async fn a_clock_that_was_ahead_does_not_block_keys_logins_or_emails() {
    let app = TestApp::new().await;
    app.set_clock("2031-01-01T03:30:00Z");
    let owner = app.owner("Shop").await;
    crate::team::invite(&owner, "bo@example.com", "agent").await;
    let id = crate::team::open_invitation(&app, &owner).await;
    for _ in 0..12 {
        let wrong = [("email", owner.email.as_str()), ("password", "not this one at all")];
        app.anonymous().post("/login", &wrong).await;
    }
    app.set_clock("2026-11-24T12:00:00Z");
    let again = format!("/settings/invitations/{id}/resend");
    owner.browser.post(&again, &[]).await.expect(303);
    app.clock.advance(Duration::from_secs(60 * 60));
    let browser = app.anonymous();
    browser.log_in(&owner.email, PASSWORD).await;
    browser.get("/settings/workspace").await.expect(200);
}

#[tokio::test]
async fn a_clock_that_was_ahead_does_not_block_the_second_factor() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let path = "/v1/users/me/second-factor";
    let begun = api.post(path, json!({ "password": PASSWORD })).await.expect(201).json();
    let totp = totp_rs::Totp::from_url(begun["uri"].as_str().unwrap()).unwrap();
    let code = || {
        totp.generate(u64::try_from(app.clock.now().0 / 1_000).unwrap())
            .to_string()
    };
    api.put(path, json!({ "code": code() })).await.expect(200);
    let log_in = async || {
        let body = json!({ "email": owner.email, "password": PASSWORD, "code": code() });
        app.api().post("/v1/auth/login", body).await
    };
    app.set_clock("2031-01-01T03:30:00Z");
    log_in().await.expect(200);
    app.set_clock("2026-11-24T12:00:00Z");
    log_in().await.expect(200);
    // A code still works once.
    log_in().await.problem(422, "wrong-code");
}
