//! The search: what is found, filters, and what was stored before.

use std::time::Duration;

use wa_client::{Address, Content, Inbound, Media, MediaKind};

use crate::chats::store::search::{self, backlog};
use crate::chats::testing::{Inbox, delete, edit, from_ana, text};
use crate::chats::{Author, ChatFilter, Kind, MessageFilter};
use crate::db::DbError;
use crate::ids::PublicId;
use crate::sessions::testing::Stage;

impl Inbox {
    /// What is said in the messages found, newest first.
    async fn found(&self, query: &str, filter: MessageFilter) -> Vec<String> {
        let found = self.chats.search_by(self.stage.scope, query, filter).await.unwrap();
        let said = |found: crate::chats::Found| found.message.body.unwrap_or_default();
        found.into_iter().map(said).collect()
    }

    async fn finds(&self, query: &str) -> usize {
        self.found(query, MessageFilter::default()).await.len()
    }

    async fn write(&self, f: impl FnOnce(&rusqlite::Connection) -> Result<(), DbError> + Send + 'static) {
        self.stage.db.write(move |tx| f(tx)).await.unwrap();
    }
}

fn picture(caption: Option<&str>, file_name: Option<&str>) -> Content {
    Content::Media(Media {
        kind: if file_name.is_some() {
            MediaKind::Document
        } else {
            MediaKind::Image
        },
        mime: "image/jpeg".into(),
        caption: caption.map(str::to_owned),
        file_name: file_name.map(str::to_owned),
        seconds: None,
        width: None,
        height: None,
        size: None,
        direct_path: "/v/x".into(),
        media_key: vec![1; 32],
        sha256: vec![2; 32],
        enc_sha256: vec![3; 32],
        waveform: None,
        thumbnail: None,
    })
}

#[tokio::test]
async fn every_script_is_found_in_the_database_as_it_is_in_memory() {
    let inbox = Inbox::new().await;
    let pairs = [
        ("我想订购两个生日蛋糕，谢谢", "蛋糕", "蛋生"),
        ("明日の予約をお願いします", "予約", "約予"),
        ("케이크주문하고", "주문", "문주"),
        ("สวัสดีครับ ขอบคุณมาก", "คุณ", "มากคุณ"),
        ("مُحَمَّد أحمد", "احمد محمد", "حمد"),
        ("שָׁלוֹם", "שלום", "לום"),
        ("Καλημέρα", "ΚΑΛΗΜΕΡΑ", "λημερα"),
        ("Ещё ёлка", "елка еще", "елки"),
        (
            "Đặt hàng, Größe Straße IŞIK",
            "dat hang groesse strasse ışık",
            "dat hing",
        ),
        ("दुनिया बहुत बड़ी", "दुनिया", "दिन"),
        ("Call +55 21 93456-7890", "934567890", "+55 11 93456-7890"),
        ("Paid 5521987650000", "+55 21 98765-0000", "98765-0001"),
        ("🎂 👍🏽", "👍🏽 🎂", "🍰"),
        ("AB-12/3 NF000789 1.234,56", "ab12/3 789 1234,56", "AB13"),
        ("２０２６年 ＡＢＣ商会 wi-fi don’t", "2026 abc 商会 wifi dont", "会商"),
        ("hello \" OR ' * ^ : ( ) NEAR", "\"OR\" near", "NOT"),
    ];
    for (n, (said, ..)) in pairs.iter().enumerate() {
        inbox
            .deliver(vec![from_ana(&format!("M{n}"), n as i64, text(said))])
            .await;
    }
    for (said, found, missed) in pairs {
        assert_eq!(inbox.found(found, MessageFilter::default()).await, [said], "{found}");
        assert!(
            inbox.found(missed, MessageFilter::default()).await.is_empty(),
            "{missed}"
        );
    }
}

#[tokio::test]
async fn filters_leave_one_number_one_sender_one_kind_and_one_period() {
    let inbox = Inbox::new().await;
    let second = inbox.stage.connected("5511900000002").await;
    let ben = Address::Phone("447700900002".into());
    let from_ben = |id: &str, at, content| Inbound {
        chat: ben.clone(),
        sender: ben.clone(),
        push_name: Some("Ben".into()),
        ..from_ana(id, at, content)
    };
    let mine = Inbound {
        from_me: true,
        ..from_ana("C", 3, text("bread from us"))
    };
    inbox
        .deliver(vec![
            from_ana("A", 1, text("bread from Ana")),
            from_ben("B", 2, text("bread from Ben")),
            mine,
            from_ana("D", -90 * 86_400, text("bread of old")),
            from_ana("P", 4, picture(Some("bread in a picture"), None)),
        ])
        .await;
    let stage = &inbox.stage;
    let other = vec![from_ana("Z", 5, text("bread at the other number"))];
    stage.gateway.deliver(Stage::client(&second), other).await.unwrap();

    let by = |filter| inbox.found("bread", filter);
    let none = MessageFilter::default;
    assert_eq!(by(none()).await.len(), 6);
    assert_eq!(
        by(MessageFilter {
            session: Some(second.public_id.clone()),
            ..none()
        })
        .await,
        ["bread at the other number"]
    );
    assert_eq!(
        by(MessageFilter {
            from: Some(Author::Us),
            ..none()
        })
        .await,
        ["bread from us"]
    );
    assert_eq!(
        by(MessageFilter {
            from: Some(Author::Others),
            ..none()
        })
        .await
        .len(),
        5
    );
    assert_eq!(
        by(MessageFilter {
            kinds: vec![Kind::Image, Kind::Video],
            ..none()
        })
        .await,
        ["bread in a picture"]
    );
    let now = stage.clock.now();
    let year = Duration::from_secs(365 * 86_400);
    let (month, old) = (
        Duration::from_secs(30 * 86_400),
        now.minus(Duration::from_secs(60 * 86_400)),
    );
    assert_eq!(
        by(MessageFilter {
            since: Some(now.minus(month)),
            until: Some(now),
            ..none()
        })
        .await
        .len(),
        5
    );
    let before = MessageFilter {
        since: Some(now.minus(year)),
        until: Some(old),
        ..none()
    };
    assert_eq!(by(before.clone()).await, ["bread of old"]);
    assert_eq!(by(MessageFilter { since: None, ..before }).await, ["bread of old"]);
    let ben = inbox.found("bread from ben", none()).await;
    assert_eq!(ben, ["bread from Ben"]);
    let hit = inbox
        .chats
        .search(stage.scope, "bread from ben")
        .await
        .unwrap()
        .remove(0);
    let person = hit.chat.contact.unwrap();
    assert_eq!(
        by(MessageFilter {
            from: Some(Author::Contact(person)),
            ..none()
        })
        .await,
        ["bread from Ben"]
    );
    assert!(
        by(MessageFilter {
            from: Some(Author::Contact(PublicId::new("con"))),
            ..none()
        })
        .await
        .is_empty()
    );
    assert!(
        by(MessageFilter {
            session: Some(PublicId::new("ses")),
            ..none()
        })
        .await
        .is_empty()
    );
    // The next page begins after the last message of this one.
    let all = inbox.chats.search(stage.scope, "bread").await.unwrap();
    let rest = MessageFilter {
        before: Some(all[3].message.public_id.clone()),
        ..none()
    };
    assert_eq!(by(rest).await.len(), 2);
}

#[tokio::test]
async fn a_message_is_found_by_the_name_of_its_file_until_it_is_deleted() {
    let inbox = Inbox::new().await;
    inbox
        .deliver(vec![
            from_ana("A", 1, picture(None, Some("Invoice_2026-11.pdf"))),
            from_ana("B", 2, picture(Some("the contract"), Some("Größe.pdf"))),
        ])
        .await;
    assert_eq!(inbox.finds("invoice 2026").await, 1);
    assert_eq!(inbox.finds("groesse contract").await, 1);
    inbox
        .deliver(vec![from_ana("E", 3, edit("B", "the agreement", i64::MAX / 2))])
        .await;
    assert_eq!(
        (inbox.finds("contract").await, inbox.finds("agreement groesse").await),
        (0, 1)
    );
    for (id, target) in [("X", "A"), ("Y", "B")] {
        inbox.deliver(vec![from_ana(id, 4, delete(target, false))]).await;
    }
    assert_eq!((inbox.finds("invoice").await, inbox.finds("agreement").await), (0, 0));
    assert_eq!(inbox.count("SELECT COUNT(*) FROM message_words").await, 0);
}

#[tokio::test]
async fn a_group_is_found_by_its_subject() {
    let inbox = Inbox::new().await;
    let group = |id: &str| Inbound {
        chat: Address::Group(id.into()),
        ..from_ana(id, 1, text("hello all"))
    };
    inbox.deliver(vec![group("1203"), group("1204")]).await;
    inbox
        .write(|c| {
            let chat = c.query_row("SELECT id FROM chats WHERE address LIKE '1203%'", [], |row| row.get(0))?;
            search::name_group_in(c, chat, "Família PADARIA Ёлка")
        })
        .await;
    let titles = async |words: &str| {
        let search = ChatFilter {
            search: Some(words.into()),
            ..ChatFilter::default()
        };
        let page = inbox.chats.list(inbox.stage.scope, search, None).await.unwrap();
        page.rows.into_iter().filter_map(|chat| chat.title).collect::<Vec<_>>()
    };
    for words in ["familia", "елка", "padaria família", "dari"] {
        assert_eq!(titles(words).await, ["Família PADARIA Ёлка"], "{words}");
    }
    assert!(titles("padarias").await.is_empty());
}

#[tokio::test]
async fn what_was_stored_before_is_folded_in_steps_that_a_kill_cannot_lose() {
    let inbox = Inbox::new().await;
    for n in 0..7 {
        inbox
            .deliver(vec![from_ana(&format!("M{n}"), n, text(&format!("bread {n}")))])
            .await;
    }
    // As the migration leaves a database: nothing is folded.
    inbox
        .write(|c| {
            c.execute_batch(
                "DELETE FROM message_words; DELETE FROM contact_words;
                 INSERT INTO search_backlog SELECT 'messages', MAX(id) + 1, MAX(id) FROM messages;
                 INSERT INTO search_backlog SELECT 'contacts', MAX(id) + 1, MAX(id) FROM contacts;",
            )?;
            Ok(())
        })
        .await;
    let left = async || {
        inbox
            .stage
            .db
            .read(backlog::backlog)
            .await
            .unwrap()
            .map(|backlog| backlog.left)
    };
    assert_eq!(left().await, Some(8));
    assert_eq!(inbox.finds("bread").await, 0);
    // What arrives or changes meanwhile is found at once, and what is deleted stays so.
    inbox
        .deliver(vec![
            from_ana("E", 8, edit("M1", "cake 1", i64::MAX / 2)),
            from_ana("D", 9, delete("M2", false)),
            from_ana("N", 10, text("fresh bread")),
        ])
        .await;
    assert_eq!((inbox.finds("fresh bread").await, inbox.finds("cake").await), (1, 1));
    let step = async || inbox.stage.db.write(|tx| backlog::step(tx, 3)).await.unwrap();
    // The contacts, their end, three messages.
    for _ in 0..3 {
        assert!(step().await);
    }
    // Each step is a transaction of its own: this is where a program that was killed goes on.
    assert_eq!(left().await, Some(4));
    assert_eq!(
        inbox.found("bread", MessageFilter::default()).await,
        ["fresh bread", "bread 6", "bread 5", "bread 4"]
    );
    while step().await {}
    assert_eq!(left().await, None);
    assert_eq!(inbox.finds("bread").await, 6);
    assert_eq!((inbox.finds("cake").await, inbox.finds("\"bread 2\"").await), (1, 0));
    let search = ChatFilter {
        search: Some("souza ana".into()),
        ..ChatFilter::default()
    };
    let chats = inbox.chats.list(inbox.stage.scope, search, None).await.unwrap();
    assert_eq!(chats.rows.len(), 1);
}
