//! Tells a workspace's owners that the day's messages run out.

use serde::{Deserialize, Serialize};

use super::day::Day;
use crate::ids::WorkspaceId;
use crate::jobs::{Job, Lane, Order};

/// A share of the day's limit was reached. Made once a day and share, in the transaction that reached it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TellUsage {
    pub workspace: WorkspaceId,
    pub day: Day,
    /// 80 or 100.
    pub percent: u8,
}

impl Job for TellUsage {
    const KIND: &'static str = "plans.tell_usage";
    const LANE: Lane = Lane::Email;
}

impl TellUsage {
    pub(super) fn order(&self) -> Order {
        Order {
            workspace: Some(self.workspace),
            unique_key: Some(format!("{}:{}:{}", self.workspace, self.day, self.percent)),
            ..Order::default()
        }
    }
}
