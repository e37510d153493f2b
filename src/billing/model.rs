//! Subscriptions and bills, and the words for what can go wrong with them.

use crate::clock::UnixMs;
use crate::db::DbError;
use crate::ids::{InvoiceId, PlanId, PublicId, WorkspaceId};
use crate::plans::Money;

crate::words!(
    /// Who takes the money.
    pub enum ProviderKind {
        /// The administrator gives plans by hand.
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
        /// A payment failed. The plan stays for the time of grace; see [`Subscription::in_force`].
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

/// How a workspace comes to its plan. One for each workspace that ever had one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscription {
    pub workspace: WorkspaceId,
    pub plan: PlanId,
    pub provider: ProviderKind,
    /// The provider's id; `None` for what the administrator gave.
    pub reference: Option<String>,
    pub status: SubscriptionStatus,
    /// Whether the workspace has `plan` by it now.
    pub in_force: bool,
    pub period_start: Option<UnixMs>,
    /// When it renews or ends; `None` for a plan that was given without an end.
    pub period_end: Option<UnixMs>,
    pub cancel_at_period_end: bool,
    /// What follows at the end of the period.
    pub next_plan: Option<PlanId>,
    /// A payment failed: the plan stays until then.
    pub grace_until: Option<UnixMs>,
    /// The provider's id of the plan's line, where it has one.
    pub line: Option<String>,
    /// Another plan that the same subscription charges for; somebody has to correct that.
    pub also: Option<PlanId>,
    /// The provider's time of the newest news that was followed.
    pub heard_at: UnixMs,
    pub updated_at: UnixMs,
}

impl Subscription {
    /// The plan that the workspace has by it.
    #[must_use]
    pub fn gives(&self) -> Option<PlanId> {
        self.in_force.then_some(self.plan)
    }

    /// Whether the provider still has it, paid or not.
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
    /// The provider's id of the checkout or of the subscription in the making.
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
    /// The provider's page with the bill.
    pub hosted_url: Option<String>,
    pub period: Option<(UnixMs, UnixMs)>,
    pub issued_at: UnixMs,
}

/// What has to happen for a choice to come true.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// Pay there. The plan follows when the provider confirms the payment.
    Redirect(String),
    /// Nothing: it was done, or happens by itself at the end of the period.
    Done,
    /// Somebody has to be asked; the text says who was told.
    Ask(String),
}

/// What a choice of a plan means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    /// It is the plan already, and nothing else is planned.
    Nothing,
    /// Take back what was planned for the end of the period.
    Keep,
    /// A first payment, or a request to the administrator.
    Start,
    /// A dearer plan: at once.
    Up,
    /// A cheaper plan: at the end of the period.
    Down,
    /// The default plan: at the end of the period.
    Cancel,
    /// The default plan in place of one that was given and that nobody pays for: at once.
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
