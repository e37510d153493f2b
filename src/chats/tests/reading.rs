use wa_client::testing::Asked;
use wa_client::{Address, Context, Inbound, LinkEvent, Quote, Receipt, ReceiptKind};

use crate::chats::store::messages::thread_sql;
use crate::chats::store::read::list_sql;
use crate::chats::testing::{Inbox, ana, from_ana, text};
use crate::chats::{ChatError, ChatFilter, Status, Window};
use crate::db;
use crate::events::Event;
use crate::ids::PublicId;
use crate::sessions::testing::Stage;

fn of_person(n: u32, id: &str, second: i64) -> Inbound {
    let address = Address::Phone(format!("55119{n:08}"));
    let push_name = Some(format!("Person {n:03}"));
    Inbound {
        chat: address.clone(),
        sender: address,
        push_name,
        ..from_ana(id, second, text(id))
    }
}

#[tokio::test]
async fn receipts_only_move_a_message_forward() {
    let inbox = Inbox::new().await;
    inbox
        .deliver(vec![Inbound {
            from_me: true,
            ..from_ana("A", 1, text("hi"))
        }])
        .await;
    let receipt = |kind| {
        LinkEvent::Receipt(Receipt {
            chat: ana(),
            sender: ana(),
            ids: vec!["A".into()],
            kind,
            at_ms: 0,
        })
    };
    inbox.stage.emit(&inbox.session, receipt(ReceiptKind::Read));
    let read = async || {
        inbox
            .messages()
            .await
            .pop()
            .filter(|message| message.status == Status::Read)
    };
    inbox.sees("the read receipt", read).await;
    inbox.stage.emit(&inbox.session, receipt(ReceiptKind::Delivered));
    inbox.stage.emit(&inbox.session, receipt(ReceiptKind::Played));
    let played = async || {
        inbox
            .messages()
            .await
            .pop()
            .filter(|message| message.status == Status::Played)
    };
    inbox.sees("the played receipt", played).await;
    let words: Vec<String> = inbox
        .events()
        .await
        .into_iter()
        .filter_map(|event| match event {
            Event::MessageStatus { status, .. } => Some(status),
            _ => None,
        })
        .collect();
    assert_eq!(words, ["read", "played"]);
}

#[tokio::test]
async fn in_a_group_every_member_has_a_receipt_of_their_own() {
    let inbox = Inbox::new().await;
    let group = Address::Group("1203".into());
    inbox
        .deliver(vec![Inbound {
            chat: group.clone(),
            from_me: true,
            ..from_ana("A", 1, text("hi all"))
        }])
        .await;
    let receipt = |sender: Address, kind| {
        LinkEvent::Receipt(Receipt {
            chat: group.clone(),
            sender,
            ids: vec!["A".into()],
            kind,
            at_ms: 5,
        })
    };
    let bob = Address::Lid("88".into());
    for (who, kind) in [
        (ana(), ReceiptKind::Read),
        (ana(), ReceiptKind::Delivered),
        (bob, ReceiptKind::Delivered),
    ] {
        inbox.stage.emit(&inbox.session, receipt(who, kind));
    }
    let both = async || {
        let message = inbox.messages().await.pop()?;
        message
            .receipts
            .filter(|receipts| receipts.delivered == 2)
            .map(|receipts| (message, receipts.read))
    };
    let (message, read) = inbox.sees("both receipts", both).await;
    assert_eq!((read, message.status), (1, Status::Sent));
    let of = inbox
        .chats
        .receipts(inbox.stage.scope, &message.public_id)
        .await
        .unwrap();
    let said: Vec<(Option<&str>, Status)> = of.iter().map(|of| (of.member.phone.as_deref(), of.status)).collect();
    assert!(said.contains(&(Some("5511999990001"), Status::Read)), "{said:?}");
    assert!(said.contains(&(None, Status::Delivered)), "{said:?}");
    let stranger = inbox.stage.stranger();
    assert!(inbox.chats.receipts(stranger, &message.public_id).await.is_err());
}

#[tokio::test]
async fn a_read_mark_is_sent_to_whatsapp_once() {
    let inbox = Inbox::new().await;
    inbox
        .deliver(vec![from_ana("A", 1, text("one")), from_ana("B", 2, text("two"))])
        .await;
    let chat = inbox.only_chat().await.public_id;
    inbox.chats.mark_read(inbox.stage.scope, &chat).await.unwrap();
    assert_eq!(inbox.only_chat().await.unread, 0);
    let client = Stage::client(&inbox.session);
    let told = Asked::MarkRead {
        ids: vec!["B".into(), "A".into()],
    };
    crate::sessions::testing::within("the read receipt", async {
        while !inbox.stage.gateway.asked(client).contains(&told)
            || inbox.count("SELECT COUNT(*) FROM read_marks").await > 0
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
    inbox.chats.mark_read(inbox.stage.scope, &chat).await.unwrap();
    assert_eq!(inbox.count("SELECT COUNT(*) FROM read_marks").await, 0);
}

#[tokio::test]
async fn what_our_phone_reads_is_read_here() {
    let inbox = Inbox::new().await;
    inbox
        .deliver((1..=3).map(|n| from_ana(&n.to_string(), n, text("x"))).collect())
        .await;
    let ids = vec!["2".to_owned()];
    let kind = ReceiptKind::ReadSelf;
    inbox.stage.emit(
        &inbox.session,
        LinkEvent::Receipt(Receipt {
            chat: ana(),
            sender: ana(),
            ids,
            kind,
            at_ms: 0,
        }),
    );
    let one_left = async || (inbox.only_chat().await.unread == 1).then_some(());
    inbox.sees("the chat to be read up to there", one_left).await;
    let unread: Vec<bool> = inbox.messages().await.iter().map(|message| message.unread).collect();
    assert_eq!(unread, [false, false, true]);
}

#[tokio::test]
async fn the_list_pages_through_every_chat_once_newest_first() {
    let inbox = Inbox::new().await;
    // Many share a timestamp, so that the cursor has to distinguish them.
    inbox
        .deliver(
            (0..120)
                .map(|n| of_person(n, &format!("m{n}"), i64::from(n / 30)))
                .collect(),
        )
        .await;
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = inbox
            .chats
            .list(inbox.stage.scope, ChatFilter::default(), cursor)
            .await
            .unwrap();
        seen.extend(page.rows.into_iter().map(|chat| (chat.last_at, chat.public_id)));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert!(seen.is_sorted_by(|a, b| a.0 >= b.0));
    let distinct: std::collections::BTreeSet<_> = seen.iter().map(|(_, id)| id.clone()).collect();
    assert_eq!((seen.len(), distinct.len()), (120, 120));
}

#[tokio::test]
async fn the_list_is_narrowed_by_search_unread_and_number() {
    let inbox = Inbox::new().await;
    inbox
        .deliver((0..20).map(|n| of_person(n, &format!("m{n}"), i64::from(n))).collect())
        .await;
    let scope = inbox.stage.scope;
    let titles = async |filter: ChatFilter| -> Vec<String> {
        let page = inbox.chats.list(scope, filter, None).await.unwrap();
        page.rows.into_iter().filter_map(|chat| chat.title).collect()
    };
    let search = |text: &str| ChatFilter {
        search: Some(text.into()),
        ..ChatFilter::default()
    };
    assert_eq!(titles(search("son 007")).await, ["Person 007"]);
    assert_eq!(titles(search("5511900000012")).await, ["Person 012"]);
    assert!(titles(search("nobody")).await.is_empty());
    assert_eq!(titles(search(" ")).await.len(), 20);

    let first = inbox
        .chats
        .list(scope, search("Person 003"), None)
        .await
        .unwrap()
        .rows
        .remove(0);
    inbox.chats.mark_read(scope, &first.public_id).await.unwrap();
    assert_eq!(
        titles(ChatFilter {
            unread: true,
            ..ChatFilter::default()
        })
        .await
        .len(),
        19
    );
    assert_eq!(inbox.chats.unread_chats(scope).await.unwrap(), 19);

    let here = ChatFilter {
        session: Some(inbox.session.public_id.clone()),
        ..ChatFilter::default()
    };
    assert_eq!(titles(here).await.len(), 20);
    let elsewhere = ChatFilter {
        session: Some(PublicId::new("ses")),
        ..ChatFilter::default()
    };
    assert!(titles(elsewhere).await.is_empty());
}

#[tokio::test]
async fn a_thread_pages_both_ways_without_gap_or_repeat() {
    let inbox = Inbox::new().await;
    inbox
        .deliver(
            (0..130)
                .map(|n| from_ana(&n.to_string(), n / 20, text(&n.to_string())))
                .collect(),
        )
        .await;
    let (scope, chat) = (inbox.stage.scope, inbox.only_chat().await.public_id);
    let page = inbox.chats.thread(scope, &chat, Window::Latest).await.unwrap();
    assert!(page.newer.is_none());
    let mut all = page.messages;
    let mut older = page.older;
    while let Some(from) = older {
        let page = inbox.chats.thread(scope, &chat, Window::Before(from)).await.unwrap();
        older = page.older;
        all.splice(0..0, page.messages);
    }
    let bodies: Vec<String> = all.iter().filter_map(|message| message.body.clone()).collect();
    assert_eq!(bodies, (0..130).map(|n| n.to_string()).collect::<Vec<_>>());
    let after = Window::After(all[9].public_id.clone());
    let page = inbox.chats.thread(scope, &chat, after).await.unwrap();
    assert_eq!(page.messages[0].body.as_deref(), Some("10"));
    assert_eq!(page.newer, Some(page.messages.last().unwrap().public_id.clone()));
    assert_eq!(page.first_unread, Some(all[0].public_id.clone()));
}

#[tokio::test]
async fn a_quote_and_the_search_show_what_was_said() {
    let inbox = Inbox::new().await;
    let reply = Inbound {
        context: Context {
            quote: Some(Quote {
                id: "A".into(),
                sender: Some(ana()),
                status: false,
                content: Box::new(text("Você vem amanhã?")),
            }),
            ..Context::default()
        },
        ..from_ana("B", 2, text("Sim, às três"))
    };
    inbox
        .deliver(vec![from_ana("A", 1, text("Você vem amanhã?")), reply])
        .await;
    let quoted = inbox.messages().await.remove(1).quoted.unwrap();
    assert_eq!(quoted.body.as_deref(), Some("Você vem amanhã?"));
    let scope = inbox.stage.scope;
    for words in ["amanha", "voce vem", "AMANHÃ", "aman"] {
        let found = inbox.chats.search(scope, words).await.unwrap();
        assert_eq!(found.len(), 1, "{words}");
        assert_eq!(found[0].chat.title.as_deref(), Some("Ana Souza"));
    }
    for none in ["ontem", "", "\" OR body:", "NEAR(", "*"] {
        assert!(inbox.chats.search(scope, none).await.unwrap().is_empty(), "{none}");
    }
}

#[tokio::test]
async fn a_group_shows_who_wrote_and_a_status_update_is_no_chat() {
    let inbox = Inbox::new().await;
    let group = Address::Group("1203".into());
    let status = Address::Other("status@broadcast".into());
    inbox
        .deliver(vec![Inbound {
            chat: group,
            ..from_ana("A", 1, text("hello all"))
        }])
        .await;
    inbox
        .deliver(vec![Inbound {
            chat: status,
            ..from_ana("S", 2, text("my day"))
        }])
        .await;
    let message = inbox.messages().await.remove(0);
    assert_eq!(message.sender.unwrap().name.as_deref(), Some("Ana Souza"));
    assert_eq!(inbox.count("SELECT COUNT(*) FROM messages").await, 2);
}

#[tokio::test]
async fn another_workspace_cannot_see_or_touch_a_chat() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, text("private"))]).await;
    let (stranger, chat) = (inbox.stage.stranger(), inbox.only_chat().await.public_id);
    let message = inbox.messages().await.remove(0).public_id;
    let chats = &inbox.chats;
    assert!(
        chats
            .list(stranger, ChatFilter::default(), None)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    assert!(chats.search(stranger, "private").await.unwrap().is_empty());
    assert!(matches!(chats.get(stranger, &chat).await, Err(ChatError::NotFound)));
    assert!(matches!(
        chats.message(stranger, &message).await,
        Err(ChatError::NotFound)
    ));
    assert!(matches!(
        chats.thread(stranger, &chat, Window::Latest).await,
        Err(ChatError::NotFound)
    ));
    assert!(matches!(
        chats.mark_read(stranger, &chat).await,
        Err(ChatError::NotFound)
    ));
    let typing = chats.typing(stranger, &chat, wa_client::TypingState::Composing).await;
    assert!(matches!(typing, Err(ChatError::NotFound)));
    assert_eq!(inbox.only_chat().await.unread, 1);
}

#[tokio::test]
async fn a_deleted_number_leaves_nothing_behind() {
    let inbox = Inbox::new().await;
    inbox
        .deliver((0..450).map(|n| from_ana(&n.to_string(), n, text("words"))).collect())
        .await;
    inbox
        .stage
        .sessions
        .delete(inbox.stage.scope, &inbox.session.public_id)
        .await
        .unwrap();
    assert!(inbox.list().await.rows.is_empty());
    crate::sessions::testing::within("the chats to be cleared away", async {
        while inbox.count("SELECT COUNT(*) FROM sessions").await > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(inbox.count("SELECT COUNT(*) FROM messages").await, 0);
    assert_eq!(inbox.count("SELECT COUNT(*) FROM chats").await, 0);
    assert!(inbox.chats.search(inbox.stage.scope, "words").await.unwrap().is_empty());
}

/// A workspace of realistic size, and the statistics that SQLite then keeps.
const GROWN: &str = "
    CREATE TEMP TABLE numbers AS
    WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 20000) SELECT n FROM r;
    INSERT INTO sessions (public_id, workspace_id, name, state, since, created_at)
    SELECT 'ses_' || n, 1, 'n', 'connected', 0, 0 FROM numbers WHERE n <= 3;
    INSERT INTO chats (public_id, workspace_id, session_id, kind, address, unread, last_message_at, created_at)
    SELECT 'chat_' || n, 1, 1 + n % 3, 'direct', n || '@lid', n % 5 = 0, n, 0 FROM numbers WHERE n <= 3000;
    INSERT INTO messages (public_id, workspace_id, session_id, chat_id, wa_id, sender, kind, origin, status, at, shown,
                          unread, created_at)
    SELECT 'msg_' || n, 1, 1, 1 + n % 40, 'M' || n, 1, 'text', 'contact', 'received', n, 1, 0, 0 FROM numbers;
    ANALYZE;";

#[tokio::test]
async fn a_grown_database_is_read_by_the_same_indexes() {
    let stage = Inbox::new().await.stage;
    let unread = ChatFilter {
        unread: true,
        ..ChatFilter::default()
    };
    let session = ChatFilter {
        session: Some(PublicId::new("ses")),
        ..ChatFilter::default()
    };
    let before = Window::Before(PublicId::new("msg"));
    let pages = [
        (list_sql(&ChatFilter::default(), true), "chats_by_time"),
        (list_sql(&unread, true), "chats_unread_by_time"),
        (list_sql(&session, true), "chats_of_session_by_time"),
        (thread_sql(&before), "messages_in_thread"),
    ];
    stage
        .db
        .write(|tx| tx.execute_batch(GROWN).map_err(db::DbError::from))
        .await
        .unwrap();
    for (sql, index) in pages {
        let plan = stage.db.read(move |c| {
            let mut statement = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let mut rows = statement.raw_query();
            let mut steps = String::new();
            while let Some(row) = rows.next()? {
                steps.push_str(&row.get::<_, String>(3)?);
                steps.push('\n');
            }
            Ok::<_, db::DbError>(steps)
        });
        let plan = plan.await.unwrap();
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
