//! Kinds of which the phone shows more: said in one line, with the words inside.

use waproto::whatsapp::{self as wa, message as part};

use super::content::{self, lines};
use crate::{Card, Content, Notice};

pub(super) fn of(message: &wa::Message) -> Option<Content> {
    let (notice, text) = payment(message)
        .or_else(|| call(message))
        .or_else(|| answer(message))
        .or_else(|| other(message))?;
    Some(Content::Card {
        text: text.filter(|text| !text.is_empty()),
        card: Card::Notice(notice),
    })
}

type Found = Option<(Notice, Option<String>)>;

fn payment(message: &wa::Message) -> Found {
    if let Some(payment) = message.send_payment_message.as_option() {
        return Some((Notice::Payment, note(payment.note_message.as_option())));
    }
    if let Some(request) = message.request_payment_message.as_option() {
        let thousandths = request.amount1000.map(i128::from).filter(|amount| *amount > 0);
        let money = request.amount.as_option().and_then(money);
        let amount = money.or_else(|| amount(thousandths?, 1000, request.currency_code_iso4217.as_ref()));
        let note = note(request.note_message.as_option());
        return Some((Notice::PaymentRequest, lines([amount.as_ref(), note.as_ref()])));
    }
    if let Some(split) = message.split_payment_message.as_option() {
        let amount = split.total_amount.as_option().and_then(money);
        let text = lines([amount.as_ref(), split.description.as_ref()]);
        return Some((Notice::SplitPayment, text));
    }
    if let Some(invoice) = message.invoice_message.as_option() {
        return Some((Notice::Invoice, invoice.note.clone()));
    }
    if let Some(reminder) = message.payment_reminder_message.as_option() {
        let amount = reminder.amount.as_option().and_then(money);
        let text = lines([amount.as_ref(), reminder.description.as_ref()]);
        return Some((Notice::PaymentRequest, text));
    }
    if message.decline_payment_request_message.is_set() {
        return Some((Notice::PaymentDeclined, None));
    }
    if message.cancel_payment_request_message.is_set() {
        return Some((Notice::PaymentCancelled, None));
    }
    message
        .payment_invite_message
        .is_set()
        .then_some((Notice::Payment, None))
}

fn note(message: Option<&wa::Message>) -> Option<String> {
    content::words(content::alone(message?))
}

fn money(money: &wa::Money) -> Option<String> {
    let parts = i128::from(money.offset.filter(|offset| *offset > 0).unwrap_or(1));
    amount(i128::from(money.value?), parts, money.currency_code.as_ref())
}

/// With two digits behind the point, as most currencies have; the currency by its code.
fn amount(value: i128, parts: i128, currency: Option<&String>) -> Option<String> {
    let hundredths = value.checked_mul(100)? / parts;
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
    let currency = currency.map(String::as_str).unwrap_or_default();
    Some(format!("{sign}{whole}.{rest:02} {currency}").trim_end().to_owned())
}

fn call(message: &wa::Message) -> Found {
    use part::call_log_message::CallOutcome;
    if let Some(log) = message.call_log_messsage.as_option() {
        let is_video = log.is_video == Some(true);
        let missed = matches!(
            log.call_outcome,
            Some(CallOutcome::MISSED | CallOutcome::SILENCED_BY_DND | CallOutcome::SILENCED_UNKNOWN_CALLER)
        );
        let notice = match (missed, is_video) {
            (true, true) => Notice::MissedVideoCall,
            (true, false) => Notice::MissedVoiceCall,
            (false, true) => Notice::VideoCall,
            (false, false) => Notice::VoiceCall,
        };
        return Some((notice, None));
    }
    if let Some(scheduled) = message.scheduled_call_creation_message.as_option() {
        return Some((Notice::ScheduledCall, scheduled.title.clone()));
    }
    if message.scheduled_call_edit_message.is_set() {
        return Some((Notice::ScheduledCall, None));
    }
    if let Some(call) = message.bcall_message.as_option() {
        let is_video = call.media_type == Some(part::b_call_message::MediaType::VIDEO);
        let notice = if is_video { Notice::VideoCall } else { Notice::VoiceCall };
        return Some((notice, call.caption.clone()));
    }
    message.call.is_set().then_some((Notice::VoiceCall, None))
}

fn answer(message: &wa::Message) -> Found {
    if let Some(comment) = message.comment_message.as_option() {
        return Some((Notice::Comment, note(comment.message.as_option())));
    }
    if message.enc_comment_message.is_set() {
        return Some((Notice::Comment, None));
    }
    if let Some(answer) = message.question_response_message.as_option() {
        return Some((Notice::Question, answer.text.clone()));
    }
    if let Some(answer) = message.status_question_answer_message.as_option() {
        return Some((Notice::StatusAnswer, answer.text.clone()));
    }
    if let Some(answer) = message.status_quoted_message.as_option() {
        return Some((Notice::StatusAnswer, answer.text.clone()));
    }
    let sticker = message.status_sticker_interaction_message.as_option();
    sticker.map(|_| (Notice::StatusAnswer, None))
}

fn other(message: &wa::Message) -> Found {
    if let Some(pack) = message.sticker_pack_message.as_option() {
        return Some((Notice::StickerPack, lines([pack.name.as_ref(), pack.caption.as_ref()])));
    }
    if let Some(answer) = message.rich_response_message.as_option() {
        return Some((Notice::AiAnswer, ai_words(answer)));
    }
    if message.request_phone_number_message.is_set() {
        return Some((Notice::PhoneRequested, None));
    }
    message
        .placeholder_message
        .is_set()
        .then_some((Notice::OnlyOnPhone, None))
}

fn ai_words(answer: &wa::AIRichResponseMessage) -> Option<String> {
    let mut words = Vec::new();
    for part in &answer.submessages {
        words.extend(part.message_text.clone());
        if let Some(code) = part.code_metadata.as_option() {
            let blocks = code
                .code_blocks
                .iter()
                .filter_map(|block| block.code_content.as_deref());
            words.push(blocks.collect());
        }
        if let Some(table) = part.table_metadata.as_option() {
            words.extend(table.title.clone());
            words.extend(table.rows.iter().map(|row| row.items.join(" · ")));
        }
    }
    lines(words.iter().map(Some))
}
