//! Subscriptions and invoices, and the errors about them.

use crate::clock::UnixMs;
use crate::db::DbError;
use crate::ids::{InvoiceId, PlanId, PublicId, WorkspaceId};
use crate::plans::Money;

crate::words!(
    /// A payment provider.
    pub enum ProviderKind {
        /// The administrator assigns plans by hand.
        Manual = "manual",
        Stripe = "stripe",
        Razorpay = "razorpay",
    }
);

impl ProviderKind {
    /// The key of its name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Manual => "billing-provider-manual",
            Self::Stripe => "billing-provider-stripe",
            Self::Razorpay => "billing-provider-razorpay",
        }
    }
}

crate::words!(
    pub enum SubscriptionStatus {
        Active = "active",
        /// A payment failed. The plan stays for the grace period; see [`Subscription::in_force`].
        PastDue = "past_due",
        Cancelled = "cancelled",
        /// The first payment was not made yet.
        Incomplete = "incomplete",
    }
);

crate::words!(
    pub enum InvoiceStatus {
        Draft = "draft",
        Open = "open",
        Paid = "paid",
        Failed = "failed",
        Void = "void",
        Uncollectible = "uncollectible",
    }
);

/// How a workspace gets its plan. One per workspace that ever had a plan of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscription {
    pub workspace: WorkspaceId,
    pub plan: PlanId,
    pub provider: ProviderKind,
    /// The provider's id; `None` for a plan assigned by hand.
    pub reference: Option<String>,
    pub status: SubscriptionStatus,
    /// Whether the workspace is on `plan` because of it now.
    pub in_force: bool,
    pub period_start: Option<UnixMs>,
    /// When it renews or ends; `None` for a plan assigned without an end.
    pub period_end: Option<UnixMs>,
    pub cancel_at_period_end: bool,
    /// The plan after the end of the period.
    pub next_plan: Option<PlanId>,
    /// A payment failed: the plan stays until then.
    pub grace_until: Option<UnixMs>,
    /// The provider's id of the plan's line, if it has one.
    pub line: Option<String>,
    /// Another plan that the same subscription charges for, which somebody has to correct.
    pub also: Option<PlanId>,
    /// The provider's time of the last state that was applied.
    pub heard_at: UnixMs,
    pub updated_at: UnixMs,
}

impl Subscription {
    /// The plan that the workspace gets from it.
    #[must_use]
    pub fn gives(&self) -> Option<PlanId> {
        self.in_force.then_some(self.plan)
    }

    /// Whether it still exists at the provider, paid or not.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(
            self.status,
            SubscriptionStatus::Active | SubscriptionStatus::PastDue | SubscriptionStatus::Incomplete
        )
    }
}

/// A plan that was chosen and is not confirmed yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    pub plan: PlanId,
    pub provider: ProviderKind,
    /// The provider's id of the checkout or of the unpaid subscription.
    pub reference: Option<String>,
    /// Where the payment is made.
    pub url: Option<String>,
    pub since: UnixMs,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invoice {
    pub id: InvoiceId,
    pub public_id: PublicId,
    pub provider: ProviderKind,
    pub number: Option<String>,
    pub amount: Money,
    pub status: InvoiceStatus,
    /// The provider's page of the invoice.
    pub hosted_url: Option<String>,
    pub period: Option<(UnixMs, UnixMs)>,
    pub issued_at: UnixMs,
}

/// The next step of a choice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// Pay at this URL. The plan applies when the provider confirms the payment.
    Redirect(String),
    /// Nothing: it is done, or happens automatically at the end of the period.
    Done,
    /// The administrators have to decide; the text says who was notified.
    Ask(String),
}

/// What a choice of a plan means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    /// It is the plan already, and nothing else is planned.
    Nothing,
    /// Undo what was planned for the end of the period.
    Keep,
    /// A first payment, or a request to the administrator.
    Start,
    /// A dearer plan: at once.
    Up,
    /// A cheaper plan: at the end of the period.
    Down,
    /// The default plan: at the end of the period.
    Cancel,
    /// The default plan instead of one assigned by hand, which nobody pays for: at once.
    GiveUp,
}

#[derive(Debug, thiserror::Error)]
pub enum BillingError {
    #[error("There is no such plan on offer.")]
    NoSuchPlan,
    #[error("This is your plan already.")]
    AlreadyOnPlan,
    #[error("There is no subscription to change. Choose a plan first.")]
    NothingToChange,
    #[error("The plan “{0}” cannot be bought here yet. Ask the administrator of this installation.")]
    NotForSale(String),
    #[error("A payment is open. Pay it first, or wait until the time of grace is over.")]
    PaymentOpen,
    #[error("A cancelled subscription of this provider cannot be taken back. Choose a plan again once it has ended.")]
    CannotResume,
    #[error(
        "The subscription at the payment provider has several lines, and none has the price of a plan. Nothing was \
         changed; ask the administrator of this installation."
    )]
    NoPlanLine,
    #[error("The payment provider cannot be reached: {0}. Nothing was changed; try again in a few minutes.")]
    Provider(String),
    #[error("The payment provider refused: {0}")]
    Refused(String),
    /// A webhook that is not the provider's.
    #[error("The signature of this webhook is not valid.")]
    BadSignature,
    #[error("This webhook cannot be understood.")]
    BadEvent,
    #[error("This payment provider is not set up here.")]
    NotConfigured,
    #[error(transparent)]
    Forbidden(#[from] crate::accounts::Forbidden),
    #[error("There is nothing here, or it belongs to another workspace.")]
    NotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}
