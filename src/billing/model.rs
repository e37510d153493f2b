//! Subscriptions and invoices, and the errors about them.

use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
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
#[error("{}", self.text())]
pub enum BillingError {
    NoSuchPlan,
    #[error(transparent)]
    Plan(#[from] crate::plans::PlanError),
    AlreadyOnPlan,
    NothingToChange,
    NotForSale(String),
    PaymentOpen,
    CannotResume,
    NoPlanLine,
    Provider(Text),
    Refused(Text),
    /// A webhook that is not the provider's.
    BadSignature,
    BadEvent,
    NotConfigured,
    #[error(transparent)]
    Forbidden(#[from] crate::accounts::Forbidden),
    NotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl BillingError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NoSuchPlan => Text::new("billing-refused-no-such-plan"),
            Self::Plan(error) => error.text(),
            Self::AlreadyOnPlan => Text::new("billing-refused-already"),
            Self::NothingToChange => Text::new("billing-refused-nothing"),
            Self::NotForSale(plan) => Text::new("billing-refused-not-for-sale").with("plan", plan),
            Self::PaymentOpen => Text::new("billing-refused-payment-open"),
            Self::CannotResume => Text::new("billing-refused-cannot-resume"),
            Self::NoPlanLine => Text::new("billing-refused-no-line"),
            Self::Provider(why) => Text::new("billing-refused-unreachable").and("why", why.clone()),
            Self::Refused(why) => Text::new("billing-refused-by-provider").and("why", why.clone()),
            Self::BadSignature => Text::new("billing-refused-signature"),
            Self::BadEvent => Text::new("billing-refused-event"),
            Self::NotConfigured => Text::new("billing-refused-not-set-up"),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::NotFound => Text::new("problem-not-found"),
            Self::Db(_) => Text::internal(),
        }
    }
}
