use rusqlite::Connection;
use wa_client::{Address, PersonNews};

use super::*;
use crate::clock::UnixMs;
use crate::contacts::model::{Identity, Known};
use crate::fold::Query;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const NOW: UnixMs = UnixMs(1_000);

fn database() -> Connection {
    let c = Connection::open_in_memory().unwrap();
    c.execute_batch("CREATE TABLE workspaces (id INTEGER PRIMARY KEY); INSERT INTO workspaces VALUES (1), (2);")
        .unwrap();
    c.execute_batch(include_str!("../../../migrations/V004__contacts.sql"))
        .unwrap();
    c.execute_batch(include_str!("../../../migrations/V021__typed_addresses.sql"))
        .unwrap();
    c.execute_batch(include_str!("../../../migrations/V039__names.sql"))
        .unwrap();
    // The words of V027, which also needs the tables of chats.
    c.execute_batch(
        "CREATE VIRTUAL TABLE contact_words USING fts5 (
             words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3');",
    )
    .unwrap();
    c
}

fn phone() -> Address {
    Address::Phone("5511999990001".into())
}

fn lid() -> Address {
    Address::Lid("77".into())
}

fn known(c: &Connection, address: &Address, alt: Option<&Address>, push_name: Option<&str>) -> Known {
    known_in(
        c,
        WORKSPACE,
        Identity {
            address,
            alt,
            push_name,
        },
        NOW,
    )
    .unwrap()
}

fn find(c: &Connection, workspace: WorkspaceId, text: &str) -> Vec<ContactId> {
    Query::parse(text).map_or_else(Vec::new, |query| search_in(c, workspace, &query, 10).unwrap())
}

#[test]
fn both_addresses_of_a_person_lead_to_one_contact() {
    let c = database();
    let first = known(&c, &lid(), Some(&phone()), Some("Ana"));
    assert_eq!(known(&c, &phone(), None, None), first);
    assert_eq!(known(&c, &lid(), None, None), first);
}

#[test]
fn a_typed_number_leads_to_the_one_that_whatsapp_knows() {
    let c = database();
    let typed = Address::Phone("55119999990001".into());
    assert_eq!(filed_in(&c, WORKSPACE, &typed).unwrap(), None);
    let contact = known(&c, &phone(), Some(&typed), None).contact;
    typed_in(&c, WORKSPACE, &typed).unwrap();
    assert_eq!(filed_in(&c, WORKSPACE, &typed).unwrap(), Some(phone()));
    assert_eq!(filed_in(&c, WORKSPACE, &phone()).unwrap(), Some(phone()));
    assert_eq!(filed_in(&c, WorkspaceId(2), &typed).unwrap(), None);
    let id: PublicId = c
        .query_row("SELECT public_id FROM contacts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(get(&c, WORKSPACE, &id).unwrap().phone.as_deref(), Some("5511999990001"));
    assert_eq!(find(&c, WORKSPACE, "55119999990001"), [contact]);
    // Their account has moved to it.
    assert_eq!(known(&c, &typed, None, None).contact, contact);
    assert_eq!(filed_in(&c, WORKSPACE, &typed).unwrap(), Some(typed));
}

#[test]
fn two_contacts_are_merged_when_a_message_identifies_them_as_one() {
    let c = database();
    let by_phone = known(&c, &phone(), None, None).contact;
    let by_lid = known(&c, &lid(), None, Some("Ana")).contact;
    assert_ne!(by_phone, by_lid);
    let both = known(&c, &lid(), Some(&phone()), None);
    assert_eq!(
        both,
        Known {
            contact: by_phone,
            merged: Some(by_lid)
        }
    );
    assert_eq!(
        known(&c, &lid(), None, None),
        Known {
            contact: by_phone,
            merged: None
        }
    );
    assert_eq!(find(&c, WORKSPACE, "ana"), [by_phone]);
}

#[test]
fn the_same_number_is_another_contact_in_another_workspace() {
    let c = database();
    let here = known(&c, &phone(), None, None).contact;
    let identity = Identity {
        address: &phone(),
        alt: None,
        push_name: None,
    };
    assert_ne!(known_in(&c, WorkspaceId(2), identity, NOW).unwrap().contact, here);
}

#[test]
fn a_contact_is_found_by_part_of_its_name_or_number_in_its_workspace_only() {
    let c = database();
    let ana = known(&c, &phone(), None, Some("Ana Souza")).contact;
    for text in [
        "souz",
        "99990",
        "an",
        "SOUZA",
        "souza ana",
        "ouza",
        "+55 11 99999-0001",
        "01",
    ] {
        assert_eq!(find(&c, WORKSPACE, text), [ana], "{text}");
        assert_eq!(find(&c, WorkspaceId(2), text), [], "{text}");
    }
    for text in ["\" OR words:", "%", "bob"] {
        assert_eq!(find(&c, WORKSPACE, text), [], "{text}");
    }
}

#[test]
fn a_contact_is_found_by_its_newest_name_and_by_all_its_numbers() {
    let c = database();
    let ana = known(&c, &phone(), None, Some("Анна Ёлкина")).contact;
    assert_eq!(find(&c, WORKSPACE, "елкина анна"), [ana]);
    let id: PublicId = c
        .query_row("SELECT public_id FROM contacts", [], |row| row.get(0))
        .unwrap();
    known(&c, &lid(), Some(&phone()), Some("王小明"));
    assert_eq!(find(&c, WORKSPACE, "елкина"), []);
    for text in ["小明", "明", "5511999990001", "(11) 99999"] {
        assert_eq!(find(&c, WORKSPACE, text), [ana], "{text}");
    }
    rename(&c, WORKSPACE, &id, "Ming").unwrap();
    assert_eq!(find(&c, WORKSPACE, "ming 小明"), [ana]);
    assert_eq!(same_person_in(&c, WORKSPACE, &id).unwrap(), [ana]);
    assert_eq!(same_person_in(&c, WorkspaceId(2), &id).unwrap(), []);
}

#[test]
fn names_from_before_are_folded_in_steps() {
    let c = database();
    let phones: Vec<Address> = (0..5).map(|n| Address::Phone(format!("551199999000{n}"))).collect();
    for phone in &phones {
        known(&c, phone, None, Some("Ana"));
    }
    c.execute_batch("DELETE FROM contact_words").unwrap();
    assert_eq!(index_below_in(&c, 6, 3).unwrap(), Some(3));
    assert_eq!(find(&c, WORKSPACE, "ana"), [ContactId(5), ContactId(4), ContactId(3)]);
    assert_eq!(index_below_in(&c, 3, 3).unwrap(), Some(1));
    assert_eq!(index_below_in(&c, 1, 3).unwrap(), None);
    assert_eq!(find(&c, WORKSPACE, "ana").len(), 5);
}

#[test]
fn a_given_name_takes_precedence_over_the_contacts_own() {
    let c = database();
    known(&c, &phone(), None, Some("ana ✨"));
    let id: PublicId = c
        .query_row("SELECT public_id FROM contacts", [], |row| row.get(0))
        .unwrap();
    let contact = rename(&c, WORKSPACE, &id, "Ana Souza").unwrap();
    assert_eq!(contact.display_name().as_deref(), Some("Ana Souza"));
    assert_eq!(contact.phone.as_deref(), Some("5511999990001"));
    assert!(matches!(
        rename(&c, WorkspaceId(2), &id, "x"),
        Err(db::DbError::NotFound)
    ));
}

fn news(addresses: &[Address]) -> PersonNews {
    PersonNews {
        addresses: addresses.to_vec(),
        ..PersonNews::default()
    }
}

fn learn(c: &Connection, news: &PersonNews) -> Option<Learned> {
    let is_news = is_news_in(c, WORKSPACE, news).unwrap();
    let learned = learn_in(c, WORKSPACE, news, NOW).unwrap();
    assert!(!is_news_in(c, WORKSPACE, news).unwrap(), "what was learned is no news");
    learned.filter(|_| is_news)
}

fn only(c: &Connection) -> Contact {
    let id: PublicId = c
        .query_row("SELECT public_id FROM contacts WHERE merged_into IS NULL", [], |row| {
            row.get(0)
        })
        .unwrap();
    get(c, WORKSPACE, &id).unwrap()
}

#[test]
fn a_name_is_taken_from_the_best_source_and_none_overwrites_another() {
    let c = database();
    let ana = known(&c, &lid(), None, None).contact;
    let shown = || -> Option<String> {
        c.query_row("SELECT shown_name FROM contacts", [], |row| row.get(0))
            .unwrap()
    };
    let same = |expected: Option<&str>| {
        assert_eq!(
            (shown().as_deref(), only(&c).display_name().as_deref()),
            (expected, expected)
        );
    };
    same(None);
    let called = |book_name: Option<&str>, username: Option<&str>| PersonNews {
        book_name: book_name.map(str::to_owned),
        username: username.map(str::to_owned),
        ..news(&[lid()])
    };
    assert!(learn(&c, &called(None, Some("ana.shop"))).is_some());
    same(Some("@ana.shop"));
    assert_eq!(only(&c).phone, None);
    known(&c, &lid(), None, Some("ana ✨"));
    same(Some("ana ✨"));
    assert!(learn(&c, &called(Some("Ana of the market"), None)).is_some());
    same(Some("Ana of the market"));
    known(&c, &lid(), None, Some("A."));
    same(Some("Ana of the market"));
    rename(&c, WORKSPACE, &only(&c).public_id, "Ana Souza").unwrap();
    same(Some("Ana Souza"));
    let all = only(&c);
    assert_eq!(
        (
            all.book_name.as_deref(),
            all.push_name.as_deref(),
            all.username.as_deref()
        ),
        (Some("Ana of the market"), Some("A."), Some("ana.shop"))
    );
    for text in ["souza", "market", "@ana.shop", "shop"] {
        assert_eq!(find(&c, WORKSPACE, text), [ana], "{text}");
    }
    assert_eq!(find_username_in(&c, WORKSPACE, "ana.shop").unwrap(), Some(ana));
    assert_eq!(find_username_in(&c, WorkspaceId(2), "ana.shop").unwrap(), None);
}

#[test]
fn news_of_strangers_make_no_contact_unless_they_are_in_the_phone_or_met() {
    let c = database();
    assert!(learn(&c, &news(&[phone(), lid()])).is_none());
    let met = PersonNews {
        is_met: true,
        ..news(&[phone(), lid()])
    };
    let made = learn(&c, &met).unwrap().contact;
    assert_eq!(known(&c, &lid(), None, None).contact, made);
    assert_eq!(known(&c, &phone(), None, None).contact, made);
}

#[test]
fn late_news_make_contacts_one_and_the_old_ids_find_it() {
    let c = database();
    let other_lid = Address::Lid("78".into());
    let ids: Vec<ContactId> = [phone(), lid(), other_lid.clone()]
        .iter()
        .map(|address| known(&c, address, None, None).contact)
        .collect();
    let public: Vec<PublicId> = c
        .prepare("SELECT public_id FROM contacts ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    rename(&c, WORKSPACE, &public[2], "Ana").unwrap();
    let learned = learn(&c, &news(&[lid(), other_lid])).unwrap();
    assert_eq!((learned.contact, learned.merged.as_slice()), (ids[1], &ids[2..]));
    // And that one goes, too.
    let learned = learn(&c, &news(&[phone(), lid()])).unwrap();
    assert_eq!((learned.contact, learned.merged.as_slice()), (ids[0], &ids[1..2]));
    for id in &public {
        let contact = get(&c, WORKSPACE, id).unwrap();
        assert_eq!((&contact.public_id, contact.name.as_deref()), (&public[0], Some("Ana")));
        assert_eq!(same_person_in(&c, WORKSPACE, id).unwrap(), ids);
        assert!(matches!(get(&c, WorkspaceId(2), id), Err(db::DbError::NotFound)));
    }
}

#[test]
fn whoever_has_a_new_number_leaves_the_old_one_to_others() {
    let c = database();
    let ana = known(&c, &phone(), Some(&lid()), Some("Ana")).contact;
    let new = Address::Phone("5511888880001".into());
    let moved = PersonNews {
        left: Some(phone()),
        ..news(&[new.clone(), phone(), lid()])
    };
    assert!(learn(&c, &moved).is_some());
    assert_eq!(known(&c, &new, None, None).contact, ana);
    assert_eq!(only(&c).phone.as_deref(), Some("5511888880001"));
    assert_ne!(known(&c, &phone(), None, None).contact, ana);
}
