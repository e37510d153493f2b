//! Groups over the real protocol: what members change, and what the conversation and the number make of it.

use rusqlite::Connection;
use serde_json::{Value, json};
use wa_client::{Card, Line, MemberChange};
use wa_network::hub::{DeviceAddr, GroupChange, Visibility};
use wamanager::accounts::{MemberRole, Scope};
use wamanager::chats::{Chat, Closed, Detail, GroupEnd, GroupError, Message};
use wamanager::db::DbError;
use wamanager::outbox::OutboxError;

use crate::support::World;

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";
const BO: &str = "5511999990002";
const CY: &str = "5511999990003";

async fn linked() -> World {
    let world = World::new().await;
    world.link(SHOP).await;
    world.phone(ANA, "Ana");
    world.phone(BO, "Bo");
    world
}

/// What the line of a message says, as the test writes it down.
fn line_of(message: &Message) -> Option<&Line> {
    match &message.detail {
        Some(Detail::Card(Card::Line(line))) => Some(line),
        _ => None,
    }
}

impl World {
    fn changes(&self, by: &str, group: &str, change: GroupChange) {
        let by = DeviceAddr::phone(by);
        self.network.hub().change_group(&by, group, change).unwrap();
    }

    /// Ana makes a group; returns its JID and its conversation here.
    async fn group_of_ana(&self, members: &[&str]) -> (String, Chat) {
        let members: Vec<String> = members.iter().map(|number| (*number).to_owned()).collect();
        let group = self.phones().create_group(ANA, "Bakers", &members).unwrap();
        let chat = self
            .until("the group is there", async || self.chats().await.pop())
            .await;
        (group.jid, chat)
    }

    async fn line(&self, chat: &Chat, what: &str, is: impl Fn(&Line) -> bool) -> Message {
        self.until(what, async || {
            let thread = self.thread(&chat.public_id).await;
            thread.into_iter().find(|message| line_of(message).is_some_and(&is))
        })
        .await
    }

    async fn members(&self) -> Vec<(String, bool)> {
        let read = |c: &Connection| {
            let mut statement = c.prepare("SELECT COALESCE(alt, address), admin FROM group_members")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok::<_, DbError>(rows.collect::<Result<Vec<_>, _>>()?)
        };
        self.app.db.read(read).await.unwrap()
    }

    async fn acts(&self, of: &'static str) -> Vec<String> {
        let read = move |c: &Connection| {
            let mut statement = c.prepare("SELECT action FROM audit_log WHERE action LIKE ?1 || '%'")?;
            let rows = statement.query_map([of], |row| row.get(0))?;
            Ok::<_, DbError>(rows.collect::<Result<Vec<_>, _>>()?)
        };
        self.app.db.read(read).await.unwrap()
    }

    async fn closed(&self, chat: &Chat, as_is: Option<Closed>) {
        self.until(&format!("{as_is:?}"), async || {
            let closed = self.app.chats.closed(self.scope, &chat.public_id).await.unwrap();
            (closed == as_is).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_members_change_is_a_line_and_the_members_follow() {
    let world = linked().await;
    let (group, chat) = world.group_of_ana(&[SHOP]).await;
    assert_eq!(chat.title.as_deref(), Some("Bakers"));
    world
        .line(
            &chat,
            "it was made",
            |line| matches!(line, Line::Created { subject } if subject == "Bakers"),
        )
        .await;
    world
        .until("both are known", async || {
            (world.members().await.len() == 2).then_some(())
        })
        .await;

    world.changes(ANA, &group, GroupChange::Add(vec![BO.into()]));
    let added = world
        .line(&chat, "Bo came", |line| matches!(line, Line::Added { .. }))
        .await;
    assert_eq!(added.people.len(), 1);
    assert_eq!(added.people[0].phone.as_deref(), Some(BO));
    assert_eq!(added.sender.unwrap().phone.as_deref(), Some(ANA));
    assert_eq!(world.members().await.len(), 3);

    world.changes(ANA, &group, GroupChange::Promote(vec![BO.into()]));
    world
        .line(&chat, "Bo is an administrator", |line| {
            matches!(line, Line::Promoted { .. })
        })
        .await;
    assert_eq!(world.members().await.iter().filter(|(_, admin)| *admin).count(), 2);
    world.changes(ANA, &group, GroupChange::Demote(vec![BO.into()]));
    world
        .line(&chat, "Bo is none", |line| matches!(line, Line::Demoted { .. }))
        .await;
    assert_eq!(world.members().await.iter().filter(|(_, admin)| *admin).count(), 1);

    world.changes(ANA, &group, GroupChange::Subject("Night bakers".into()));
    world
        .line(
            &chat,
            "it has another name",
            |line| matches!(line, Line::Subject { subject } if subject == "Night bakers"),
        )
        .await;
    assert_eq!(world.chats().await[0].title.as_deref(), Some("Night bakers"));
    world.changes(ANA, &group, GroupChange::Description(Some("We bake.".into())));
    world
        .line(&chat, "it has a description", |line| *line == Line::Description)
        .await;
    world.changes(ANA, &group, GroupChange::Locked(true));
    world
        .line(&chat, "it is locked", |line| *line == Line::Locked { on: true })
        .await;
    world
        .network
        .hub()
        .set_group_picture(ANA, &group, Some(vec![0, 1, 2].into()))
        .unwrap();
    world
        .line(&chat, "it has a picture", |line| {
            *line == Line::Picture { removed: false }
        })
        .await;
    world.changes(BO, &group, GroupChange::Leave);
    world
        .line(&chat, "Bo left", |line| matches!(line, Line::Left { .. }))
        .await;
    assert_eq!(world.members().await.len(), 2);
    assert_eq!(world.chats().await[0].unread, 0, "lines are nothing to read");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_writes_only_in_groups_that_it_is_in_and_may_write_in() {
    let world = linked().await;
    let (group, chat) = world.group_of_ana(&[SHOP, BO]).await;
    world.write(BO, &group, "hi all").await;
    world.stored("hi all").await;
    world
        .until("all are known", async || {
            (world.members().await.len() == 3).then_some(())
        })
        .await;
    let refused = async |text: &str| match world.app.outbox.send_text(world.scope, &chat.public_id, text).await {
        Err(OutboxError::Closed(closed)) => closed,
        other => panic!("{other:?}"),
    };

    world.changes(ANA, &group, GroupChange::Announcement(true));
    world.closed(&chat, Some(Closed::AdminsOnly)).await;
    assert_eq!(refused("not for us").await, Closed::AdminsOnly);
    world.changes(ANA, &group, GroupChange::Promote(vec![SHOP.into()]));
    world.closed(&chat, None).await;
    world.changes(ANA, &group, GroupChange::Announcement(false));
    world
        .line(&chat, "everybody writes", |line| {
            *line == Line::AdminsOnly { on: false }
        })
        .await;

    world.changes(ANA, &group, GroupChange::Remove(vec![SHOP.into()]));
    let removed = Closed::Gone(GroupEnd::Removed);
    world.closed(&chat, Some(removed)).await;
    assert_eq!(refused("too late").await, removed);
    assert_eq!(world.members().await, [], "who is in it now is not told any more");
    world.stored("hi all").await;

    world.changes(ANA, &group, GroupChange::Add(vec![SHOP.into()]));
    world.closed(&chat, None).await;
    world
        .until("all are known again", async || {
            (world.members().await.len() == 3).then_some(())
        })
        .await;
    let sent = world
        .app
        .outbox
        .send_text(world.scope, &chat.public_id, "back again")
        .await;
    sent.unwrap();
    assert_eq!(world.arrived(BO, "back again").await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_the_phone_left_meanwhile_is_known_at_the_next_connection() {
    let world = linked().await;
    let (group, chat) = world.group_of_ana(&[SHOP]).await;
    world
        .until("both are known", async || {
            (world.members().await.len() == 2).then_some(())
        })
        .await;
    let hub = world.network.hub().clone();
    let left = group.clone();
    let world = Box::pin(world.restart_after(async |_| {
        hub.change_group(&DeviceAddr::phone(SHOP), &left, GroupChange::Leave)
            .unwrap();
    }))
    .await;
    let gone = async || {
        let closed = world.app.chats.closed(world.scope, &chat.public_id).await.unwrap();
        matches!(closed, Some(Closed::Gone(GroupEnd::Left | GroupEnd::Away))).then_some(())
    };
    world.until("it is left", gone).await;
    assert_eq!(world.members().await, []);
    world.end().await;
}

fn contacts_only(world: &World, number: &str) {
    let visibility = Visibility {
        contacts_only: true,
        ..Visibility::default()
    };
    assert!(world.network.hub().set_visibility(number, visibility));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_makes_a_group_changes_it_and_leaves() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    for (number, name) in [(ANA, "Ana"), (BO, "Bo"), (CY, "Cy")] {
        world.phone(number, name);
    }
    contacts_only(&world, CY);
    let (pages, api) = world.api().await;
    let groups = format!("/v1/sessions/{session}/groups");
    let (ana, bo, cy) = (&format!("+{ANA}"), &format!("+{BO}"), &format!("+{CY}"));
    let nobody = "+5511999990099";
    let new = json!({ "subject": "Bakers", "members": [ana, cy, nobody] });
    let made = api.post(&groups, new).await.expect(201).json();
    let group = &made["group"];
    assert_eq!(
        (&group["subject"], &group["is_admin"], &group["members"], &group["gone"]),
        (&json!("Bakers"), &json!(true), &json!(2), &json!(null))
    );
    let why = |answer: &Value| {
        let mut why: Vec<_> = answer["not_changed"]
            .as_array()
            .unwrap()
            .iter()
            .map(|not| {
                (
                    not["member"].as_str().unwrap().to_owned(),
                    not["code"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        why.sort();
        why
    };
    let pair = |who: &str, code: &str| (who.to_owned(), code.to_owned());
    assert_eq!(why(&made), [pair(cy, "only_contacts"), pair(nobody, "not_on_whatsapp")]);
    let chat = group["id"].as_str().unwrap().to_owned();
    assert_eq!(
        world.chats().await.len(),
        1,
        "it stands in the list before anybody writes"
    );
    let of = |what: &str| format!("{groups}/{chat}{what}");
    let jid = group["address"].as_str().unwrap().to_owned();

    let added = api
        .post(&of("/members"), json!({ "members": [bo, ana, cy] }))
        .await
        .expect(200)
        .json();
    assert_eq!(why(&added), [pair(ana, "member_already"), pair(cy, "only_contacts")]);
    assert_eq!(added["group"]["members"], 3);
    api.post(&of("/members/promote"), json!({ "members": [bo] }))
        .await
        .expect(200);
    let members = api.get(&of("/members")).await.expect(200).json();
    let admins = members["data"].as_array().unwrap().iter();
    let admins: Vec<_> = admins.filter(|member| member["is_admin"] == true).collect();
    assert_eq!(admins.len(), 2);
    assert!(admins.iter().any(|member| member["phone"] == format!("+{BO}")));
    let found = api.get(&of("/members?search=90002")).await.expect(200).json();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    let first = api.get(&of("/members?limit=2")).await.expect(200).json();
    let rest = of(&format!(
        "/members?limit=2&cursor={}",
        first["next_cursor"].as_str().unwrap()
    ));
    assert_eq!(
        api.get(&rest).await.expect(200).json()["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    api.post(&of("/members/demote"), json!({ "members": [bo] }))
        .await
        .expect(200);
    let removed = api
        .post(&of("/members/remove"), json!({ "members": [bo, cy] }))
        .await
        .expect(200)
        .json();
    assert_eq!(why(&removed), [pair(cy, "not_a_member")]);

    let changed = json!({ "subject": "Night bakers", "description": "We bake.", "admins_only": true, "locked": true });
    let now = api.put(&of(""), changed).await.expect(200).json();
    assert_eq!(
        (
            &now["subject"],
            &now["description"],
            &now["admins_only"],
            &now["locked"]
        ),
        (&json!("Night bakers"), &json!("We bake."), &json!(true), &json!(true))
    );
    assert_eq!(world.network.hub().group(&jid).unwrap().subject, "Night bakers");
    let link = api.get(&of("/link")).await.expect(200).json();
    assert_eq!(api.get(&of("/link")).await.expect(200).json(), link);
    let renewed = api.post(&of("/link"), json!({})).await.expect(200).json();
    assert!(
        renewed["url"]
            .as_str()
            .unwrap()
            .starts_with("https://chat.whatsapp.com/")
    );
    assert_ne!(renewed, link);

    for (path, body) in [
        ("", json!({ "subject": "" })),
        ("", json!({ "subject": "x".repeat(101) })),
        ("", json!({ "description": "x".repeat(2_049) })),
    ] {
        api.put(&of(path), body).await.expect(422);
    }
    api.post(&of("/members"), json!({ "members": [] })).await.expect(422);
    api.post(&of("/members"), json!({ "members": ["nobody"] }))
        .await
        .expect(422);

    let left = api.post(&of("/leave"), json!({})).await.expect(200).json();
    assert_eq!((&left["gone"], &left["members"]), (&json!("left"), &json!(null)));
    let refused = api
        .post(&of("/members"), json!({ "members": [bo] }))
        .await
        .expect(409)
        .json();
    assert_eq!(refused["code"], "read-only");
    let listed = api.get(&groups).await.expect(200).json();
    assert_eq!(listed["data"][0]["gone"], "left");
    let acts = world.acts("group.").await;
    for act in [
        "group.created",
        "group.changed",
        "group.members_changed",
        "group.link_renewed",
        "group.left",
    ] {
        assert!(acts.iter().any(|one| one == act), "{act} in {acts:?}");
    }
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_administrators_may_is_refused_in_words() {
    let world = linked().await;
    let (_, chat) = world.group_of_ana(&[SHOP, BO]).await;
    world
        .until("all are known", async || {
            (world.members().await.len() == 3).then_some(())
        })
        .await;
    let groups = &world.app.groups;
    let bo = [BO.to_owned()];
    let refused = groups
        .change_members(world.scope, &chat.public_id, MemberChange::Remove, &bo)
        .await;
    assert!(matches!(refused, Err(GroupError::NotAdmin)), "{refused:?}");
    let refused = groups.link_of(world.scope, &chat.public_id, false).await;
    assert!(matches!(refused, Err(GroupError::NotAdmin)), "{refused:?}");
    let info = groups.get(world.scope, &chat.public_id).await.unwrap();
    assert!(!info.is_admin && info.may_be_changed());
    let agent = Scope {
        role: MemberRole::Agent,
        ..world.scope
    };
    let refused = groups.leave(agent, &chat.public_id).await;
    assert!(matches!(refused, Err(GroupError::Forbidden(_))), "{refused:?}");
    assert_eq!(
        groups
            .members(agent, &chat.public_id, "", 0, 50)
            .await
            .unwrap()
            .rows
            .len(),
        3
    );
    world.end().await;
}
