//! The words of `wamanager billing` on the socket.

use serde::{Deserialize, Serialize};

/// What is asked of billing. `workspace` is a public id or a name.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum BillingRequest {
    Show {
        workspace: Option<String>,
    },
    /// `after` is the id that the page before ended with.
    Invoices {
        workspace: Option<String>,
        after: Option<String>,
    },
    /// Gives a plan by hand. `plan` is its code, `until` a day (`2027-01-31`) in the workspace's zone.
    Set {
        workspace: Option<String>,
        plan: String,
        until: Option<String>,
    },
    /// Who asks for a plan.
    Requests,
}

/// How a workspace stands.
#[derive(Clone, Serialize, Deserialize)]
pub struct BillingReport {
    pub workspace: String,
    /// The plan in force.
    pub plan: String,
    /// manual, stripe or razorpay; absent without a subscription.
    pub provider: Option<String>,
    /// active, past_due, cancelled or incomplete.
    pub status: Option<String>,
    /// RFC 3339.
    pub period_end: Option<String>,
    pub cancel_at_period_end: bool,
    /// What follows at the end of the period.
    pub next_plan: Option<String>,
    /// Another plan that the same subscription charges for.
    #[serde(default)]
    pub also_charged: Option<String>,
    pub grace_until: Option<String>,
    /// Chosen and not confirmed yet.
    pub pending_plan: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct InvoiceList {
    pub invoices: Vec<InvoiceLine>,
    /// Where the next page begins.
    pub next: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct InvoiceLine {
    pub id: String,
    pub number: Option<String>,
    pub amount: String,
    pub status: String,
    /// RFC 3339.
    pub issued_at: String,
    pub url: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct PlanWish {
    pub workspace: String,
    pub name: String,
    pub plan: String,
    /// RFC 3339.
    pub since: String,
}
