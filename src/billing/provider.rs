//! What every payment provider can do, and what it tells.

use async_trait::async_trait;

use super::lines::Catalogue;
use super::model::{BillingError, Next, ProviderKind};
use super::rules::ChargeState;
use super::store::NewInvoice;
use crate::clock::UnixMs;
use crate::ids::PublicId;
use crate::plans::{Interval, Plan};

/// A first payment to be made.
#[derive(Clone, Debug)]
pub struct Order {
    pub workspace: PublicId,
    pub workspace_name: String,
    /// Whom the bills are for.
    pub email: String,
    /// The provider's id of the workspace, where it has one.
    pub customer: Option<String>,
    pub plan: Plan,
    /// Absolute addresses to come back to.
    pub done_url: String,
    pub back_url: String,
}

/// A checkout that was begun.
#[derive(Clone, Debug)]
pub struct Begun {
    pub next: Next,
    /// The provider's id of the checkout, or of the subscription in the making.
    pub reference: Option<String>,
    pub customer: Option<String>,
}

/// When another plan begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// At once; the rest of the period is charged in proportion.
    Now,
    /// With the next period.
    NextPeriod,
    /// What was meant for the next period is taken back.
    Keep,
}

/// One line of a subscription: something that it charges for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    pub id: String,
    /// The provider's id of the price.
    pub price: String,
    /// Where the provider keeps it by the line: from when until when it is paid for.
    pub period: (Option<UnixMs>, Option<UnixMs>),
}

/// A subscription as the provider has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remote {
    pub reference: String,
    pub customer: Option<String>,
    /// What we wrote into it when it was made.
    pub workspace: Option<PublicId>,
    /// What it charges for. The plan's line is among them, wherever it stands.
    pub lines: Vec<Line>,
    pub charge: ChargeState,
    /// Where the provider keeps it by the subscription: from when until when it is paid for.
    pub period: (Option<UnixMs>, Option<UnixMs>),
    /// `None` when the provider does not tell.
    pub cancel_at_period_end: Option<bool>,
    /// When it ends, where a day is set for that.
    pub cancel_at: Option<UnixMs>,
}

impl Remote {
    /// From when until when the plan is paid for.
    pub(super) fn period_by(&self, line: Option<&Line>) -> (Option<UnixMs>, Option<UnixMs>) {
        let of_line = line.or(self.lines.first()).map(|line| line.period).unwrap_or_default();
        (self.period.0.or(of_line.0), self.period.1.or(of_line.1))
    }

    /// Whether it ends with the period that ends then. A day that is further away is no end of this period.
    pub(super) fn ends_with(&self, period_end: Option<UnixMs>) -> Option<bool> {
        match (self.cancel_at, period_end) {
            (Some(at), Some(end)) => Some(at <= end),
            (Some(_), None) => Some(true),
            (None, _) => self.cancel_at_period_end,
        }
    }
}

/// What an event says, as far as it matters here. All empty: nothing does.
#[derive(Clone, Default, Debug)]
pub struct News {
    /// How a subscription stands.
    pub subscription: Option<Remote>,
    /// A subscription that something happened to; the provider has to be asked how it stands now.
    pub touched: Option<String>,
    pub invoice: Option<NewInvoice>,
    pub customer: Option<String>,
    pub workspace: Option<PublicId>,
}

/// A webhook that is really the provider's.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The provider's id of the event: the same again is the same event.
    pub id: String,
    pub kind: String,
    /// The provider's time.
    pub at: UnixMs,
    /// When it was signed, where the signature says so.
    pub signed_at: Option<UnixMs>,
    pub news: News,
}

/// Headers of a webhook, as far as asked for.
pub type Header<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// No answer, or none that counts: later it may work.
    #[error("{0}")]
    Unreachable(String),
    #[error("{message}")]
    Refused {
        /// The provider's own code.
        code: Option<String>,
        message: String,
    },
    /// The provider does not know it.
    #[error("the payment provider does not know it any more")]
    Gone,
    /// None of the subscription's lines is known as the plan's.
    #[error("{}", BillingError::NoPlanLine)]
    NoPlanLine,
    /// The answer is not what was agreed.
    #[error("{0}")]
    Odd(String),
}

impl From<ProviderError> for BillingError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Refused { message, .. } => Self::Refused(message),
            ProviderError::Gone => Self::Refused(error.to_string()),
            ProviderError::NoPlanLine => Self::NoPlanLine,
            ProviderError::Unreachable(why) | ProviderError::Odd(why) => Self::Provider(why),
        }
    }
}

/// Takes the money. Nothing here touches our database, so no call is made inside a transaction.
#[async_trait]
pub trait Provider: Send + Sync {
    fn kind(&self) -> ProviderKind;

    /// The provider's id of the plan's price, where the plan is sold by it.
    fn price<'a>(&self, plan: &'a Plan) -> Option<&'a str>;

    /// Whether a planned cancellation can be taken back.
    fn can_resume(&self) -> bool;

    async fn checkout(&self, order: &Order) -> Result<Begun, ProviderError>;

    /// The provider's own page with cards and bills, where it has one.
    async fn portal(&self, customer: &str, back_url: &str) -> Result<Option<String>, ProviderError>;

    /// Gives the plan's line another price, and no other line. `price` is the provider's id.
    async fn change(
        &self,
        reference: &str,
        catalogue: &Catalogue,
        price: &str,
        when: Change,
    ) -> Result<Next, ProviderError>;

    async fn cancel_at_period_end(&self, reference: &str) -> Result<(), ProviderError>;

    async fn resume(&self, reference: &str) -> Result<(), ProviderError>;

    /// Ends it without waiting. Done already is done.
    async fn end(&self, reference: &str) -> Result<(), ProviderError>;

    /// How it stands; `None` when the provider does not know it.
    async fn subscription(&self, reference: &str) -> Result<Option<Remote>, ProviderError>;

    /// The subscription that came of a checkout, if any did.
    async fn bought(&self, checkout: &str) -> Result<Option<String>, ProviderError>;

    /// Checks the signature over the raw body, then reads it.
    ///
    /// # Errors
    /// [`BillingError::BadSignature`] or [`BillingError::BadEvent`].
    fn read(&self, header: Header<'_>, body: &[u8], now: UnixMs) -> Result<Incoming, BillingError>;
}

/// The administrator gives plans by hand.
pub struct Manual;

#[async_trait]
impl Provider for Manual {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Manual
    }

    fn price<'a>(&self, plan: &'a Plan) -> Option<&'a str> {
        Some(&plan.code)
    }

    fn can_resume(&self) -> bool {
        false
    }

    async fn checkout(&self, order: &Order) -> Result<Begun, ProviderError> {
        let text = crate::i18n::T::default().with("billing-asked", "plan", &order.plan.name);
        Ok(Begun {
            next: Next::Ask(text),
            reference: None,
            customer: None,
        })
    }

    async fn portal(&self, _: &str, _: &str) -> Result<Option<String>, ProviderError> {
        Ok(None)
    }

    async fn change(&self, _: &str, _: &Catalogue, _: &str, _: Change) -> Result<Next, ProviderError> {
        Err(ProviderError::Gone)
    }

    async fn cancel_at_period_end(&self, _: &str) -> Result<(), ProviderError> {
        Err(ProviderError::Gone)
    }

    async fn resume(&self, _: &str) -> Result<(), ProviderError> {
        Err(ProviderError::Gone)
    }

    async fn end(&self, _: &str) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn subscription(&self, _: &str) -> Result<Option<Remote>, ProviderError> {
        Ok(None)
    }

    async fn bought(&self, _: &str) -> Result<Option<String>, ProviderError> {
        Ok(None)
    }

    fn read(&self, _: Header<'_>, _: &[u8], _: UnixMs) -> Result<Incoming, BillingError> {
        Err(BillingError::NotConfigured)
    }
}

/// How many periods fit into ten years, for providers that want a number.
pub(super) const fn ten_years(interval: Interval) -> u32 {
    match interval {
        Interval::Month => 120,
        Interval::Year => 10,
    }
}

/// Seconds, as providers count, as our milliseconds.
pub(super) fn seconds(value: Option<&serde_json::Value>) -> Option<UnixMs> {
    let seconds = value?.as_i64().filter(|seconds| *seconds > 0)?;
    Some(UnixMs(seconds.checked_mul(1000)?))
}
