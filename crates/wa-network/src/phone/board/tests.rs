use super::*;
use crate::phone::reading::{Act, Reading};
use crate::phone::stanza::Chat;

fn board() -> Board {
    Board::new("491".into(), "1".into(), "Ana".into(), false)
}

fn text(body: &str) -> Reading {
    Reading {
        kind: "text",
        text: Some(body.to_owned()),
        ..Reading::default()
    }
}

fn arrive(board: &mut Board, id: &str, author: &str, reading: &Reading) -> bool {
    let chat = Chat::Person("492".into());
    board.receive(&Arrival {
        id,
        author,
        chat: &chat,
        reading,
        at: 5,
    })
}

#[test]
fn a_repeated_id_counts_as_a_copy_of_the_first() {
    let mut board = board();
    assert!(arrive(&mut board, "A", "492", &text("one")));
    assert!(arrive(&mut board, "B", "492", &text("two")));
    assert!(!arrive(&mut board, "A", "492", &text("one")));
    let inbox = board.inbox(0);
    assert_eq!(
        inbox.iter().map(|m| (m.seq, m.copies)).collect::<Vec<_>>(),
        [(1, 2), (2, 1)]
    );
    assert_eq!(board.inbox(1).len(), 1);
    assert_eq!(board.inbox(9).len(), 0);
    assert_eq!(board.thread("492").len(), 2);
}

#[test]
fn an_edit_a_reaction_and_a_deletion_change_their_message() {
    let mut board = board();
    arrive(&mut board, "A", "492", &text("one"));
    let act = |act| Reading {
        kind: "edit",
        act: Some(act),
        ..Reading::default()
    };
    let id = || "A".to_owned();
    arrive(
        &mut board,
        "B",
        "492",
        &act(Act::Edit {
            id: id(),
            text: "uno".into(),
        }),
    );
    arrive(
        &mut board,
        "C",
        "492",
        &act(Act::React {
            id: id(),
            emoji: "👍".into(),
        }),
    );
    let shown = &board.thread("492")[0];
    assert_eq!((shown.text.as_str(), shown.edited), ("uno", true));
    assert_eq!(shown.reaction.as_deref(), Some("👍"));
    arrive(&mut board, "D", "492", &act(Act::Delete { id: id() }));
    assert!(board.thread("492")[0].deleted);
    assert_eq!(board.thread("492").len(), 1);
    assert_eq!(board.inbox(0).len(), 4);
}

#[test]
fn reading_a_chat_empties_its_unread_count_once() {
    let mut board = board();
    arrive(&mut board, "A", "492", &text("one"));
    arrive(&mut board, "B", "492", &text("two"));
    assert_eq!(board.conversations()[0].unread, 2);
    assert_eq!(
        board.take_unread("492"),
        [("492".to_owned(), vec!["A".to_owned(), "B".to_owned()])]
    );
    assert_eq!(board.conversations()[0].unread, 0);
    assert!(board.take_unread("492").is_empty());
}

#[test]
fn ticks_never_go_back() {
    let mut board = board();
    let (reading, chat) = (text("mine"), Chat::Person("492".into()));
    let arrival = Arrival {
        id: "A",
        author: "491",
        chat: &chat,
        reading: &reading,
        at: 5,
    };
    board.show(&arrival, MessageStatus::Pending);
    for (status, shown) in [
        (MessageStatus::Read, MessageStatus::Read),
        (MessageStatus::Delivered, MessageStatus::Read),
        (MessageStatus::Failed, MessageStatus::Read),
    ] {
        board.progress("492", &["A".to_owned()], status);
        assert_eq!(board.thread("492")[0].status, shown);
    }
}
