//! Kinds that are said in one line.

use waproto::whatsapp::message as part;

use super::super::making::{message, some, text, wrap};
use super::*;
use crate::Notice;

fn notice(message: &wa::Message) -> (Notice, Option<String>) {
    match of(message).0 {
        Content::Card {
            text,
            card: Card::Notice(notice),
        } => (notice, text),
        _ => panic!("not a notice"),
    }
}

#[test]
fn payments_say_how_much_and_what_for() {
    let note = || some(message!(extended_text_message: part::ExtendedTextMessage { text: text("bread") }));
    let paid = message!(send_payment_message: part::SendPaymentMessage { note_message: note() });
    assert_eq!(notice(&paid), (Notice::Payment, text("bread")));
    let asked = message!(request_payment_message: part::RequestPaymentMessage {
        amount1000: Some(12_500),
        currency_code_iso4217: text("BRL"),
        note_message: note(),
    });
    assert_eq!(notice(&asked), (Notice::PaymentRequest, text("12.50 BRL\nbread")));
    let money = wa::Money {
        value: Some(-705),
        offset: Some(100),
        currency_code: text("INR"),
    };
    let split = message!(split_payment_message: part::SplitPaymentMessage { total_amount: some(money) });
    assert_eq!(notice(&split), (Notice::SplitPayment, text("-7.05 INR")));
    let greatest = message!(request_payment_message: part::RequestPaymentMessage { amount1000: Some(u64::MAX) });
    assert_eq!(
        notice(&greatest),
        (Notice::PaymentRequest, text("18446744073709551.61"))
    );
    let declined = message!(decline_payment_request_message: part::DeclinePaymentRequestMessage {});
    assert_eq!(notice(&declined), (Notice::PaymentDeclined, None));
    let invoice = message!(invoice_message: part::InvoiceMessage { note: text("No. 7") });
    assert_eq!(notice(&invoice), (Notice::Invoice, text("No. 7")));
}

#[test]
fn calls_are_missed_or_were_had() {
    use part::call_log_message::CallOutcome;
    let call = |outcome, video| {
        notice(&message!(call_log_messsage: part::CallLogMessage {
            call_outcome: Some(outcome),
            is_video: Some(video),
        }))
    };
    assert_eq!(call(CallOutcome::MISSED, false).0, Notice::MissedVoiceCall);
    assert_eq!(call(CallOutcome::SILENCED_BY_DND, true).0, Notice::MissedVideoCall);
    assert_eq!(call(CallOutcome::CONNECTED, true).0, Notice::VideoCall);
    let scheduled = message!(scheduled_call_creation_message: part::ScheduledCallCreationMessage { title: text("Q3") });
    assert_eq!(notice(&scheduled), (Notice::ScheduledCall, text("Q3")));
}

#[test]
fn rare_kinds_are_a_line_with_the_words_inside() {
    let inner = || wrap(message!(extended_text_message: part::ExtendedTextMessage { text: text("why?") }));
    let question = wa::Message {
        question_message: inner(),
        ..Default::default()
    };
    let spoiler = wa::Message {
        spoiler_message: inner(),
        ..Default::default()
    };
    let music = wa::EmbeddedMusic {
        title: text("Song"),
        author: text("Ana"),
        ..Default::default()
    };
    let ai = wa::AIRichResponseSubMessage {
        message_text: text("42"),
        ..Default::default()
    };
    let comment = || some(message!(extended_text_message: part::ExtendedTextMessage { text: text("nice") }));
    for (message, expected) in [
        (question, (Notice::Question, text("why?"))),
        (spoiler, (Notice::Spoiler, text("why?"))),
        (
            message!(extended_text_message: part::ExtendedTextMessage { music_metadata: some(music) }),
            (Notice::Music, text("Song\nAna")),
        ),
        (
            message!(rich_response_message: wa::AIRichResponseMessage { submessages: vec![ai] }),
            (Notice::AiAnswer, text("42")),
        ),
        (
            message!(comment_message: part::CommentMessage { message: comment() }),
            (Notice::Comment, text("nice")),
        ),
        (
            message!(sticker_pack_message: part::StickerPackMessage { name: text("Cats") }),
            (Notice::StickerPack, text("Cats")),
        ),
        (
            message!(status_question_answer_message: part::StatusQuestionAnswerMessage { text: text("me") }),
            (Notice::StatusAnswer, text("me")),
        ),
        (
            message!(request_phone_number_message: part::RequestPhoneNumberMessage {}),
            (Notice::PhoneRequested, None),
        ),
        (
            message!(placeholder_message: part::PlaceholderMessage {}),
            (Notice::OnlyOnPhone, None),
        ),
    ] {
        assert_eq!(notice(&message), expected);
    }
}

#[test]
fn what_only_machines_read_is_hidden() {
    let mentioned = wa::Message {
        status_mention_message: wrap(message!(image_message: part::ImageMessage {})),
        ..Default::default()
    };
    assert!(of(&mentioned).0 == Content::Protocol);
    let bundle = message!(message_history_bundle: part::MessageHistoryBundle {});
    assert!(of(&bundle).0 == Content::Protocol);
}
