//! Chats: conversations of a linked number, and everything said in them.
//!
//! [`Ingest`] makes inbound messages durable (the client acknowledges them to WhatsApp only after that), the receipt
//! worker applies receipts and sends read receipts to WhatsApp, and [`Chats`] is what pages read. Our own messages are
//! written by the outbox through [`OwnMessages`] and [`set_status_in`].
//!
//! Invariants
//! - A message is one row, however often it is delivered: unique by chat, WhatsApp id and sender.
//! - Nothing inbound is dropped: every kind has a row with the original protobuf. What changes another message (an edit,
//!   a vote, a reaction) has a hidden row too, and changes its target even when the target arrives later.
//! - A change counts only if its sender may make it: people change their own messages.
//! - A status only goes forward (`Status::rank`).
//! - A chat's row, its messages, the search index and the event change in one transaction.
//! - Reading a page touches an index and the rows it shows, nothing else.

mod files;
mod groups;
mod handling;
mod indexing;
mod ingest;
mod kind;
mod listing;
mod model;
mod older;
mod receipt_worker;
mod service;
mod standing;
mod store;
mod unreached;
pub mod vcard;
mod words;

pub use files::{FetchFile, FileSource, Files};
pub use groups::{Closed, GroupEnd, GroupError, GroupInfo, Groups, Member, NewDetails, NotChanged, WhyNot};
pub use handling::{
    Act, Assignee, Change, ChatState, Colour, Counts, Details, Did, Doer, Handled, Handling, HandlingError,
    LONGEST_SNOOZE, Label, NewLabel, NewQuickReply, Note, QuickReply, Shelf, Tab, WakeChat,
};
pub use indexing::{IndexBacklog, Indexer};
pub use ingest::{Ingest, LIVE_LOCATION_RESTS, OwnMessages, ToSend};
pub use kind::Kind;
pub use listing::{Cast, Conversation, Listing, Party, Times};
pub use model::{
    Answer, Answered, Author, Backlog, Chat, ChatCursor, ChatError, ChatFilter, ChatKind, Detail, FailedChange,
    Failure, FileInfo, Found, MediaInfo, Message, MessageDraft, MessageFilter, Origin, Person, Pinned, Preview, Quoted,
    Reaction, ReceiptOf, Receipts, Reply, Scheduled, Sender, Status, ThreadPage, Traffic, Unsent, Window,
};
pub use older::{Older, OlderState};
pub use receipt_worker::{ReceiptWorker, ReceiptWorkerHandle};
pub use service::Chats;
pub use standing::{Shown, Standing, UNREACHED, WAITING_FOR_KEYS, Wait, Waits};
pub use store::drafts::{clear as clear_draft_in, draft as draft_in, drafts_of as drafts_of_in, save as save_draft_in};
pub use store::files::file_name_in;
pub use store::groups::closed as closed_group_in;
pub use store::handling::{counts as counts_in, members as assignable_in};
pub use store::labels::labels as labels_in;
pub use store::messages::{message as message_in, pins as pins_in, thread as thread_in};
pub use store::notes::between as notes_in;
pub use store::older::of as older_in;
pub use store::outgoing::{changed_by_in, target_in};
pub use store::progress::{
    clear_deleted as clear_deleted_in, drop_unreached_in, forget_authorship_in, remove_in, reopen_in, set_status_in,
};
pub use store::read::{chat as chat_in, list as list_in, unread_chats as unread_chats_in};
pub use store::scheduled::{
    NewScheduled, count as count_scheduled_in, delete as unschedule_in, due as scheduled_due_in,
    fail as scheduled_failed_in, get as scheduled_get_in, hold_due as hold_scheduled_in, insert as schedule_in,
    list as scheduled_in, of_chat as scheduled_of_in, update as reschedule_in,
};
pub use store::search::backlog::backlog as search_backlog_in;
pub use store::search::find::search as search_in;
pub use store::search::name_group_in;
pub use store::{ChatRef, open_contact_in, open_in, ref_in, registered_in};
pub use unreached::{MarkUnreached, Unreached};
pub use words::{is_one_emoji, plain_line};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
