use wa_client::testing::Asked;
use wa_client::{Address, Content, Inbound, InboundSink as _, LinkEvent, Media, MediaKind, ReceiptKind};

use super::testing::{Inbox, ana, ana_lid, from_ana, sealer, text};
use super::{ChatError, ChatFilter, ChatPage, Ingest, Kind, Message, Origin, Status, Window};
use crate::db;
use crate::events::{self, Event};
use crate::ids::{EventId, PublicId};
use crate::sessions::testing::{START, Stage};

impl Inbox {
    async fn list(&self) -> ChatPage {
        self.chats
            .list(self.stage.scope, ChatFilter::default(), None)
            .await
            .unwrap()
    }

    async fn only_chat(&self) -> super::Chat {
        let mut page = self.list().await;
        assert_eq!(page.chats.len(), 1);
        page.chats.remove(0)
    }

    async fn messages(&self) -> Vec<Message> {
        let chat = self.only_chat().await.public_id;
        self.chats
            .thread(self.stage.scope, &chat, Window::Latest)
            .await
            .unwrap()
            .messages
    }

    async fn bodies(&self) -> Vec<String> {
        self.messages()
            .await
            .into_iter()
            .map(|message| message.body.unwrap_or_default())
            .collect()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.stage
            .db
            .read(move |c| Ok::<_, db::DbError>(c.query_row(sql, [], |row| row.get(0))?))
            .await
            .unwrap()
    }

    async fn events(&self) -> Vec<Event> {
        let workspace = self.stage.scope.workspace;
        let rows = self
            .stage
            .db
            .read(move |c| events::after(c, workspace, EventId(0), 10_000))
            .await
            .unwrap();
        rows.into_iter().map(|row| row.event).collect()
    }
}

#[tokio::test]
async fn a_redelivered_message_is_stored_once() {
    let inbox = Inbox::new().await;
    inbox
        .deliver(vec![from_ana("A", 1, text("one")), from_ana("A", 1, text("one"))])
        .await;
    inbox
        .deliver(vec![from_ana("A", 1, text("one")), from_ana("B", 2, text("two"))])
        .await;
    assert_eq!(inbox.bodies().await, ["one", "two"]);
    let chat = inbox.only_chat().await;
    assert_eq!((chat.unread, chat.title.as_deref()), (2, Some("Ana Souza")));
    let received = inbox
        .events()
        .await
        .iter()
        .filter(|e| matches!(e, Event::MessageReceived { .. }))
        .count();
    assert_eq!(received, 2);
}

#[tokio::test]
async fn the_same_id_of_another_sender_is_another_message() {
    let inbox = Inbox::new().await;
    let mine = Inbound {
        from_me: true,
        ..from_ana("A", 2, text("mine"))
    };
    inbox.deliver(vec![from_ana("A", 1, text("hers")), mine]).await;
    assert_eq!(inbox.bodies().await, ["hers", "mine"]);
}

fn photo() -> Media {
    Media {
        kind: MediaKind::Image,
        mime: "image/jpeg".into(),
        caption: Some("the invoice".into()),
        direct_path: "/v/t62".into(),
        media_key: b"a very secret media key of 32 by".to_vec(),
        sha256: vec![1; 32],
        enc_sha256: vec![2; 32],
        ..Media::default()
    }
}

#[tokio::test]
async fn no_kind_is_dropped_and_secrets_are_sealed() {
    let inbox = Inbox::new().await;
    let contents = [
        text("hello"),
        Content::Media(photo()),
        Content::Location {
            latitude: 1.5,
            longitude: 2.5,
            name: Some("Shop".into()),
        },
        Content::Contact {
            name: "Bob".into(),
            vcard: "BEGIN:VCARD".into(),
        },
        Content::Poll {
            question: "When?".into(),
            options: vec!["now".into()],
        },
        Content::Reaction {
            target_id: "M0".into(),
            emoji: "👍".into(),
        },
        Content::Edit {
            target_id: "none".into(),
            body: "x".into(),
        },
        Content::Delete {
            target_id: "none".into(),
        },
        Content::Undecryptable,
        Content::Protocol,
        Content::Other {
            kind: "call_log_message".into(),
        },
    ];
    let total = contents.len();
    let raw = b"protobuf with a very secret media key of 32 by".to_vec();
    let messages = contents.into_iter().enumerate().map(|(n, content)| Inbound {
        raw: raw.clone(),
        ..from_ana(&format!("M{n}"), i64::try_from(n).unwrap(), content)
    });
    inbox.deliver(messages.collect()).await;
    assert_eq!(
        inbox.count("SELECT COUNT(*) FROM messages").await,
        i64::try_from(total).unwrap()
    );

    let shown = inbox.messages().await;
    let kinds: Vec<Kind> = shown.iter().map(|message| message.kind).collect();
    let expected = [
        Kind::Text,
        Kind::Image,
        Kind::Location,
        Kind::Contact,
        Kind::Poll,
        Kind::Undecryptable,
        Kind::Other,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(shown[0].reactions[0].emoji, "👍");
    assert_eq!(shown[1].media.as_ref().unwrap().mime, "image/jpeg");
    assert_eq!(shown[1].body.as_deref(), Some("the invoice"));

    let id = shown[1].public_id.clone();
    let (sealed_raw, sealed_key) = inbox
        .stage
        .db
        .read(move |c| {
            let row: (Vec<u8>, Vec<u8>) = c.query_row(
                "
                SELECT m.raw, md.media_key FROM messages m JOIN media md ON md.message_id = m.id WHERE public_id = ?1",
                [&id],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok::<_, db::DbError>(row)
        })
        .await
        .unwrap();
    let id = &shown[1].public_id;
    assert_eq!(sealer().open(&format!("messages|raw|{id}"), &sealed_raw), Ok(raw));
    assert_eq!(
        sealer().open(&format!("media|media_key|{id}"), &sealed_key),
        Ok(photo().media_key)
    );
    inbox.stage.db.close().await;
    for entry in std::fs::read_dir(inbox.stage.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes.windows(17).any(|window| window == b"secret media key "),
            "a media key is readable on disk"
        );
    }
}

#[tokio::test]
async fn an_edit_that_comes_before_its_message_waits_for_it() {
    let inbox = Inbox::new().await;
    let edit = |id, second, body: &str| {
        from_ana(
            id,
            second,
            Content::Edit {
                target_id: "A".into(),
                body: body.into(),
            },
        )
    };
    inbox
        .deliver(vec![edit("E2", 3, "newest"), edit("E1", 2, "newer")])
        .await;
    inbox.deliver(vec![from_ana("A", 1, text("old"))]).await;
    let messages = inbox.messages().await;
    assert_eq!(
        (messages[0].body.as_deref(), messages[0].edited),
        (Some("newest"), true)
    );
    assert_eq!(inbox.chats.search(inbox.stage.scope, "newest").await.unwrap().len(), 1);
    assert!(inbox.chats.search(inbox.stage.scope, "old").await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_edits_or_deletes_what_another_wrote() {
    let inbox = Inbox::new().await;
    let mine = Inbound {
        from_me: true,
        ..from_ana("A", 1, text("mine"))
    };
    let edit = from_ana(
        "E",
        2,
        Content::Edit {
            target_id: "A".into(),
            body: "forged".into(),
        },
    );
    let delete = from_ana("D", 3, Content::Delete { target_id: "A".into() });
    inbox.deliver(vec![mine, edit, delete]).await;
    let messages = inbox.messages().await;
    assert_eq!(
        (messages[0].body.as_deref(), messages[0].deleted),
        (Some("mine"), false)
    );
}

#[tokio::test]
async fn a_deleted_message_says_nothing_any_more() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, text("a slip"))]).await;
    inbox
        .deliver(vec![from_ana("D", 2, Content::Delete { target_id: "A".into() })])
        .await;
    let messages = inbox.messages().await;
    assert_eq!((messages[0].body.as_deref(), messages[0].deleted), (None, true));
    assert!(inbox.chats.search(inbox.stage.scope, "slip").await.unwrap().is_empty());
    assert!(inbox.only_chat().await.last.unwrap().deleted);
}

#[tokio::test]
async fn the_last_reaction_of_a_person_counts_whatever_the_order() {
    let inbox = Inbox::new().await;
    let react = |id, second, emoji: &str| {
        from_ana(
            id,
            second,
            Content::Reaction {
                target_id: "A".into(),
                emoji: emoji.into(),
            },
        )
    };
    inbox
        .deliver(vec![
            react("R2", 3, "🎉"),
            from_ana("A", 1, text("hi")),
            react("R1", 2, "👍"),
        ])
        .await;
    let emojis: Vec<String> = inbox.messages().await[0]
        .reactions
        .iter()
        .map(|r| r.emoji.clone())
        .collect();
    assert_eq!(emojis, ["🎉"]);
    inbox.deliver(vec![react("R3", 4, "")]).await;
    assert!(inbox.messages().await[0].reactions.is_empty());
}

#[tokio::test]
async fn what_could_not_be_read_is_replaced_when_it_can_be() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, Content::Undecryptable)]).await;
    let before = inbox.messages().await.remove(0);
    inbox.deliver(vec![from_ana("A", 1, text("now readable"))]).await;
    inbox.deliver(vec![from_ana("A", 1, Content::Undecryptable)]).await;
    let after = inbox.messages().await;
    assert_eq!(after.len(), 1);
    assert_eq!(
        (after[0].kind, after[0].public_id.clone()),
        (Kind::Text, before.public_id)
    );
    assert_eq!(inbox.only_chat().await.unread, 1);
    assert_eq!(
        inbox.chats.search(inbox.stage.scope, "readable").await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn chats_of_both_addresses_become_one_when_they_are_one_person() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, text("by number"))]).await;
    let by_lid = |id, second, alt| Inbound {
        chat: ana_lid(),
        sender: ana_lid(),
        sender_alt: alt,
        ..from_ana(id, second, text(id))
    };
    inbox.deliver(vec![by_lid("by lid", 2, None)]).await;
    assert_eq!(inbox.list().await.chats.len(), 2);
    inbox.deliver(vec![by_lid("both", 3, Some(ana()))]).await;
    assert_eq!(inbox.bodies().await, ["by number", "by lid", "both"]);
    let chat = inbox.only_chat().await;
    assert_eq!((chat.unread, chat.phone.as_deref()), (3, Some("5511999990001")));
    // Both ways of addressing lead there now.
    inbox
        .deliver(vec![
            from_ana("D", 4, text("again by number")),
            by_lid("again by lid", 5, Some(ana())),
        ])
        .await;
    assert_eq!(inbox.messages().await.len(), 5);
}

#[tokio::test]
async fn messages_of_the_past_are_neither_unread_nor_news() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("B", 100, text("today"))]).await;
    let (db, clock, bus) = (
        inbox.stage.db.clone(),
        inbox.stage.clock.clone(),
        inbox.stage.bus.clone(),
    );
    let ingest = Ingest::new(db, clock, bus, sealer());
    let past = vec![from_ana("A", 1, text("long ago")), from_ana("B", 100, text("today"))];
    ingest
        .commit_history(Stage::client(&inbox.session), past)
        .await
        .unwrap();
    assert_eq!(inbox.bodies().await, ["long ago", "today"]);
    assert_eq!(inbox.only_chat().await.unread, 1);
    let received = inbox
        .events()
        .await
        .iter()
        .filter(|e| matches!(e, Event::MessageReceived { .. }))
        .count();
    assert_eq!(received, 1);
}

#[tokio::test]
async fn a_message_written_on_the_phone_is_ours_and_not_unread() {
    let inbox = Inbox::new().await;
    let mine = Inbound {
        from_me: true,
        push_name: Some("Me".into()),
        ..from_ana("A", 1, text("from my phone"))
    };
    inbox.deliver(vec![mine]).await;
    let message = inbox.messages().await.remove(0);
    assert_eq!(
        (message.from_me, message.origin, message.status),
        (true, Origin::Phone, Status::Sent)
    );
    let chat = inbox.only_chat().await;
    assert_eq!((chat.unread, chat.title), (0, None));
}

#[tokio::test]
async fn a_live_answer_stands_below_what_it_answers() {
    let inbox = Inbox::new().await;
    inbox.stage.manual.advance(std::time::Duration::from_millis(700));
    let mine = Inbound {
        from_me: true,
        offline: false,
        at_ms: START.0,
        ..from_ana("A", 0, text("ping"))
    };
    inbox.deliver(vec![mine]).await;
    // WhatsApp's clock shows only whole seconds: the answer bears the same one.
    inbox
        .deliver(vec![Inbound {
            offline: false,
            at_ms: START.0,
            ..from_ana("B", 0, text("pong"))
        }])
        .await;
    assert_eq!(inbox.bodies().await, ["ping", "pong"]);
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
    let receipt = |kind| LinkEvent::Receipt {
        chat: ana(),
        sender: ana(),
        ids: vec!["A".into()],
        kind,
        at_ms: 0,
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
async fn what_is_read_here_is_told_to_whatsapp_once() {
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
        LinkEvent::Receipt {
            chat: ana(),
            sender: ana(),
            ids,
            kind,
            at_ms: 0,
        },
    );
    let one_left = async || (inbox.only_chat().await.unread == 1).then_some(());
    inbox.sees("the chat to be read up to there", one_left).await;
    let unread: Vec<bool> = inbox.messages().await.iter().map(|message| message.unread).collect();
    assert_eq!(unread, [false, false, true]);
}

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
async fn the_list_pages_through_every_chat_once_newest_first() {
    let inbox = Inbox::new().await;
    // Many share a moment, so that the cursor has to tell them apart.
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
        seen.extend(page.chats.into_iter().map(|chat| (chat.last_at, chat.public_id)));
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
        page.chats.into_iter().filter_map(|chat| chat.title).collect()
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
        .chats
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
    let reply = Content::Text {
        body: "Sim, às três".into(),
        quoted_id: Some("A".into()),
    };
    inbox
        .deliver(vec![
            from_ana("A", 1, text("Você vem amanhã?")),
            from_ana("B", 2, reply),
        ])
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
            .chats
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
    assert!(inbox.list().await.chats.is_empty());
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
