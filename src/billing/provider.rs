//! The interface of payment providers, and their events.

use async_trait::async_trait;

use super::lines::Catalogue;
use super::model::{BillingError, Next, ProviderKind};
use super::rules::ChargeState;
use super::store::NewInvoice;
use crate::clock::UnixMs;
use crate::i18n::Text;
use crate::ids::PublicId;
use crate::plans::{Interval, Plan};

/// A first payment to make.
#[derive(Clone, Debug)]
pub struct Order {
    pub workspace: PublicId,
    pub workspace_name: String,
    /// The recipient of the invoices.
    pub email: String,
    /// The provider's customer id of the workspace, if it has one.
    pub customer: Option<String>,
    pub plan: Plan,
    /// Absolute URLs to return to.
    pub done_url: String,
    pub back_url: String,
}

/// An open checkout.
#[derive(Clone, Debug)]
pub struct Begun {
    pub next: Next,
    /// The provider's id of the checkout, or of the unpaid subscription.
    pub reference: Option<String>,
    pub customer: Option<String>,
}

/// When another plan starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// At once; the rest of the period is prorated.
    Now,
    /// With the next period.
    NextPeriod,
    /// Undoes what was planned for the next period.
    Keep,
}

/// A line of a subscription: something that it charges for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    pub id: String,
    /// The provider's id of the price.
    pub price: String,
    /// The paid period, if the provider stores it by line.
    pub period: (Option<UnixMs>, Option<UnixMs>),
}

/// A subscription in the provider's state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remote {
    pub reference: String,
    pub customer: Option<String>,
    /// The metadata that we added when it was created.
    pub workspace: Option<PublicId>,
    /// What it charges for. The plan's line is one of them, at any position.
    pub lines: Vec<Line>,
    pub charge: ChargeState,
    /// The paid period, if the provider stores it by subscription.
    pub period: (Option<UnixMs>, Option<UnixMs>),
    /// `None` when the provider does not say.
    pub cancel_at_period_end: Option<bool>,
    /// When it ends, if a day is set.
    pub cancel_at: Option<UnixMs>,
}

impl Remote {
    /// The period for which the plan is paid.
    pub(super) fn period_by(&self, line: Option<&Line>) -> (Option<UnixMs>, Option<UnixMs>) {
        let of_line = line.or(self.lines.first()).map(|line| line.period).unwrap_or_default();
        (self.period.0.or(of_line.0), self.period.1.or(of_line.1))
    }

    /// Whether it ends with the period that ends then. A later day is not an end of this period.
    pub(super) fn ends_with(&self, period_end: Option<UnixMs>) -> Option<bool> {
        match (self.cancel_at, period_end) {
            (Some(at), Some(end)) => Some(at <= end),
            (Some(_), None) => Some(true),
            (None, _) => self.cancel_at_period_end,
        }
    }
}

/// The relevant content of an event. All empty: nothing is relevant.
#[derive(Clone, Default, Debug)]
pub struct News {
    /// The state of a subscription.
    pub subscription: Option<Remote>,
    /// A changed subscription whose current state has to be requested.
    pub touched: Option<String>,
    pub invoice: Option<NewInvoice>,
    pub customer: Option<String>,
    pub workspace: Option<PublicId>,
}

/// An authenticated webhook.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The provider's id of the event: a repeat has the same id.
    pub id: String,
    pub kind: String,
    /// The provider's time.
    pub at: UnixMs,
    /// When it was signed, if the signature says so.
    pub signed_at: Option<UnixMs>,
    pub news: News,
}

/// Reads a webhook's headers.
pub type Header<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum ProviderError {
    /// No answer, or none that counts: later it may work.
    Unreachable(Text),
    Refused {
        /// The provider's own code.
        code: Option<String>,
        message: String,
    },
    /// The provider does not know it.
    Gone,
    /// None of the subscription's lines is known as the plan's.
    NoPlanLine,
    /// The answer is not what was agreed.
    Odd(Text),
}

impl ProviderError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Unreachable(why) | Self::Odd(why) => why.clone(),
            Self::Refused { message, .. } => Text::verbatim(message),
            Self::Gone => Text::new("billing-provider-gone"),
            Self::NoPlanLine => BillingError::NoPlanLine.text(),
        }
    }
}

impl From<ProviderError> for BillingError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Refused { .. } | ProviderError::Gone => Self::Refused(error.text()),
            ProviderError::NoPlanLine => Self::NoPlanLine,
            ProviderError::Unreachable(why) | ProviderError::Odd(why) => Self::Provider(why),
        }
    }
}

/// A payment provider. Nothing here uses our database, so no call is made inside a transaction.
#[async_trait]
pub trait Provider: Send + Sync {
    fn kind(&self) -> ProviderKind;

    /// The provider's id of the plan's price, if the plan is sold through it.
    fn price<'a>(&self, plan: &'a Plan) -> Option<&'a str>;

    /// Whether a planned cancellation can be undone.
    fn can_resume(&self) -> bool;

    async fn checkout(&self, order: &Order) -> Result<Begun, ProviderError>;

    /// The provider's page for cards and invoices, if it has one.
    async fn portal(&self, customer: &str, back_url: &str) -> Result<Option<String>, ProviderError>;

    /// Reprices the plan's line, and no other. `price` is the provider's id.
    async fn change(
        &self,
        reference: &str,
        catalogue: &Catalogue,
        price: &str,
        when: Change,
    ) -> Result<Next, ProviderError>;

    async fn cancel_at_period_end(&self, reference: &str) -> Result<(), ProviderError>;

    async fn resume(&self, reference: &str) -> Result<(), ProviderError>;

    /// Ends it immediately. Ending it again is no error.
    async fn end(&self, reference: &str) -> Result<(), ProviderError>;

    /// Its current state; `None` when the provider does not know it.
    async fn subscription(&self, reference: &str) -> Result<Option<Remote>, ProviderError>;

    /// The subscription that a checkout created, if any.
    async fn bought(&self, checkout: &str) -> Result<Option<String>, ProviderError>;

    /// Verifies the signature over the raw body, then parses it.
    ///
    /// # Errors
    /// [`BillingError::BadSignature`] or [`BillingError::BadEvent`].
    fn read(&self, header: Header<'_>, body: &[u8], now: UnixMs) -> Result<Incoming, BillingError>;
}

/// The administrator assigns plans by hand.
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

/// The number of periods in ten years, for providers that require a number.
pub(super) const fn ten_years(interval: Interval) -> u32 {
    match interval {
        Interval::Month => 120,
        Interval::Year => 10,
    }
}

/// A provider's seconds as our milliseconds.
pub(super) fn seconds(value: Option<&serde_json::Value>) -> Option<UnixMs> {
    let seconds = value?.as_i64().filter(|seconds| *seconds > 0)?;
    Some(UnixMs(seconds.checked_mul(1000)?))
}

/// The path of an object. Ids come from outside, so they are validated before they become part of a URL.
pub(super) fn path_of(kind: &str, id: &str) -> Result<String, ProviderError> {
    if !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        Ok(format!("v1/{kind}/{id}"))
    } else {
        Err(ProviderError::Gone)
    }
}
