//! Plans: what a workspace may use, and the one gate that counts it.
//!
//! A plan is a row that administrators edit: limits on numbers, seats, messages a day and storage, and a list of
//! features. Rooms above call the gate ([`require_room_in`], [`require_feature_in`], [`claim_messages_in`]) inside the
//! transaction that uses something, so that two concurrent requests never share the last unit.
//!
//! Invariants
//! - Every workspace has a plan: the one in its row, else the default one. Exactly one plan is the default.
//! - A message is claimed in the transaction that leases it from the outbox and given back in the one that puts it
//!   back, so a day's count is never more than what was sent to WhatsApp or may have been.
//! - A message counts on the day on which it was sent, in the workspace's zone; sent again on another
//!   day, it moves there. A changed zone changes the date, and each day keeps its own count.
//! - A limit drops nothing: what exceeds it waits and says so.
//! - A changed plan applies at once ([`SyncPlanLimits`]); after a crash the job completes it.

mod day;
mod gate;
mod limits;
mod model;
pub mod money;
mod notices;
mod service;
mod store;
mod sync_limits;
#[cfg(test)]
mod tests;

pub use day::Day;
pub use gate::{
    Granted, MessagesLeft, add_storage_in, claim_messages_in, count_sent_in, give_back_messages_in, keep_day_in,
    limits_in, messages_left_in, plan_of, require_feature_in, require_on_offer_in, require_room_in, require_storage_in,
    set_plan_in, set_unlimited_in, storage_used_in,
};
pub use limits::{Limit, Limits, Quota, Unit};
pub use model::{Feature, Interval, Plan, PlanDraft, PlanError};
pub use money::Money;
pub use notices::{TellUsage, UsageTold};
pub use service::{DayUsage, Listed, Plans, Usage, Used, all_in};
pub use sync_limits::SyncPlanLimits;
