//! The words about plans.

use serde::{Deserialize, Serialize};

/// `plan` is a code or a public id.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum PlanRequest {
    List,
    Show {
        plan: String,
    },
    /// What is not given is as in an empty plan: free of charge and without limits.
    Create {
        code: String,
        plan: PlanChange,
    },
    /// Only what is given changes.
    Edit {
        plan: String,
        change: PlanChange,
    },
    Archive {
        plan: String,
        archived: bool,
    },
    Default {
        plan: String,
    },
    Set {
        workspace: String,
        plan: String,
    },
    Usage {
        workspace: Option<String>,
    },
}

/// What an edit changes; a limit of `Some(None)` is taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub price_minor: Option<u64>,
    pub currency: Option<String>,
    pub yearly: Option<bool>,
    /// Words: `250` or `unlimited`.
    pub messages_per_day: Option<String>,
    pub sessions: Option<String>,
    pub seats: Option<String>,
    pub storage_bytes: Option<String>,
    /// The whole list.
    pub features: Option<Vec<String>>,
    pub stripe_price: Option<String>,
    pub razorpay_plan: Option<String>,
}

/// A plan as the command line shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLine {
    pub id: String,
    pub code: String,
    pub name: String,
    pub description: String,
    pub price_minor: u64,
    pub currency: String,
    pub interval: String,
    /// `null` is without limit.
    pub messages_per_day: Option<u64>,
    pub sessions: Option<u64>,
    pub seats: Option<u64>,
    pub storage_bytes: Option<u64>,
    pub features: Vec<String>,
    pub default: bool,
    pub archived: bool,
    pub stripe_price: Option<String>,
    pub razorpay_plan: Option<String>,
    /// Workspaces on it.
    pub workspaces: u64,
}

/// What a workspace uses of its plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageReport {
    pub workspace: String,
    pub name: String,
    pub plan: String,
    /// Used, and the limit; `null` is without limit.
    pub messages_today: (u64, Option<u64>),
    pub sessions: (u64, Option<u64>),
    pub seats: (u64, Option<u64>),
    pub storage_bytes: (u64, Option<u64>),
    /// RFC 3339.
    pub resets_at: String,
    pub time_zone: String,
}
