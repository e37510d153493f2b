//! Emails as rendered mail, and what must never be in one.

use lettre::message::Mailbox;

use super::draft::{EmailDraft, plain};
use super::render::{self, Stamped};
use super::transport::without_addresses;
use crate::clock::UnixMs;

fn whole(email: &EmailDraft) -> String {
    let from: Mailbox = "Shop <no-reply@shop.example>".parse().unwrap();
    let stamped = Stamped {
        from: &from,
        message_id: "<mail_1@shop.example>",
        written_at: UnixMs(1_700_000_000_000),
    };
    let message = render::message(email, &stamped).unwrap();
    String::from_utf8(message.formatted()).unwrap()
}

fn headers(mail: &str) -> &str {
    mail.split("\r\n\r\n").next().unwrap()
}

#[test]
fn an_email_is_text_and_html_with_the_same_link_and_suppresses_automatic_replies() {
    let email = EmailDraft::new("ada@example.com", "Confirm your address")
        .text("Somebody made an account.")
        .button("Confirm", "https://shop.example/verify/t0ken");
    let mail = whole(&email);
    for expected in [
        "From: Shop <no-reply@shop.example>",
        "To: ada@example.com",
        "Subject: Confirm your address",
        "Message-ID: <mail_1@shop.example>",
        "Date: Tue, 14 Nov 2023 22:13:20 +0000",
        "Auto-Submitted: auto-generated",
        "Content-Type: multipart/alternative",
    ] {
        assert!(
            headers(&mail).contains(expected),
            "{expected} is not in {}",
            headers(&mail)
        );
    }
    for part in [render::text(&email), render::html(&email)] {
        assert!(part.contains("https://shop.example/verify/t0ken"), "{part}");
        assert!(part.contains("Somebody made an account."), "{part}");
    }
}

#[test]
fn the_product_signs_a_bare_address_and_a_reply_goes_to_the_person_who_asked() {
    let email = EmailDraft::new("bo@example.com", "Join Flor").reply_to("ines@shop.example");
    let from: Mailbox = "no-reply@shop.example".parse().unwrap();
    let stamped = Stamped {
        from: &from,
        message_id: "<m@x>",
        written_at: UnixMs(0),
    };
    let mail = String::from_utf8(render::message(&email, &stamped).unwrap().formatted()).unwrap();
    assert!(
        headers(&mail).contains("From: \"WhatsApp Manager Pro\" <no-reply@shop.example>"),
        "{mail}"
    );
    assert!(headers(&mail).contains("Reply-To: ines@shop.example"), "{mail}");
    assert!(render::text(&email).contains("Your reply goes to ines@shop.example."));
    assert!(!render::text(&EmailDraft::new("bo@example.com", "x")).contains("Your reply"));
}

#[test]
fn a_user_chosen_name_cannot_start_a_header() {
    let email = EmailDraft::new("ada@example.com", "Join Evil\r\nBcc: everybody@example.com\r\n\r\nBuy").text("x");
    let mail = whole(&email);
    assert!(!headers(&mail).lines().any(|line| line.starts_with("Bcc")), "{mail}");
    assert!(
        headers(&mail).contains("Subject: Join Evil Bcc: everybody@example.com Buy"),
        "{mail}"
    );
    let injected = EmailDraft::new("ada@example.com\r\nBcc: bob@example.com", "x");
    let from: Mailbox = "no-reply@shop.example".parse().unwrap();
    let stamped = Stamped {
        from: &from,
        message_id: "<m@x>",
        written_at: UnixMs(0),
    };
    assert!(render::message(&injected, &stamped).is_err());
}

#[test]
fn a_name_is_short_and_contains_no_link() {
    for (name, said) in [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Müller & Söhne, Inc.", "Müller & Söhne, Inc."),
        ("St. Mary: Bakery", "St. Mary: Bakery"),
        ("https://evil.example/x", "https evil example x"),
        ("www.evil.example", "www evil example"),
        ("evil\u{ff0e}example", "evil example"),
        ("evil\u{200b}.exa\u{202e}mple", "evil exa mple"),
        ("me@evil.example", "me evil example"),
        ("Win\r\nBcc: everybody", "Win Bcc: everybody"),
        ("://", "/"),
        (" \u{200b} ", "–"),
    ] {
        assert_eq!(plain(name), said, "{name:?}");
    }
    let long = plain("word ".repeat(30));
    assert!(long.chars().count() <= 40 && long.ends_with('…'), "{long}");
}

#[test]
fn user_written_html_is_escaped() {
    let email = EmailDraft::new("ada@example.com", "Hello <b>")
        .text("<script>alert(1)</script>")
        .button("<i>", "https://shop.example/?a=\"><script>");
    let html = render::html(&email);
    assert!(
        !html.contains("<script>") && !html.contains("<i>") && !html.contains("<b>"),
        "{html}"
    );
    assert!(render::text(&email).contains("<script>alert(1)</script>"));
}

#[test]
fn a_servers_error_is_stored_without_addresses() {
    assert_eq!(
        without_addresses("550 5.1.1 <ada@example.com>: no such user"),
        "550 5.1.1 <…> no such user"
    );
}

#[test]
fn an_email_is_hidden_in_debug() {
    let email = EmailDraft::new("ada@example.com", "Secret").button("Go", "/reset/t0ken");
    let shown = format!("{email:?}");
    assert!(!shown.contains("ada") && !shown.contains("t0ken") && !shown.contains("Secret"));
}
