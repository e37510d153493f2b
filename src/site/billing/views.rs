//! Views of billing.

use askama::Template;

use crate::billing::BillingError;
use crate::i18n::{Stamp, T};
use crate::site::plans::views::{self, Bars};
use crate::web::filters;
use crate::web::layout::PageFrame;
use crate::web::views::{Chip, Meter, Pager, Subnav, fragments};

/// A notice above the page.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The style sheets' class.
    pub tone: &'static str,
    pub icon: &'static str,
    pub text: String,
    /// Address and label of the main action.
    pub link: Option<(String, String)>,
}

impl Notice {
    /// A request that was refused.
    #[must_use]
    pub fn refused(t: T, error: &BillingError) -> Self {
        Self {
            tone: "bad",
            icon: "circle-alert",
            text: t.text(&error.text()),
            link: None,
        }
    }
}

/// A plan in the list.
#[derive(Clone, Debug)]
pub struct Offer {
    pub plan: views::Offer,
    pub foot: Foot,
}

/// The footer of a plan.
#[derive(Clone, Debug)]
pub enum Foot {
    /// Nothing to choose: it is the plan in force, or the next one.
    Said { icon: &'static str, text: String },
    /// The button to choose it.
    Choose {
        href: String,
        word: String,
        /// A larger plan than the current one.
        primary: bool,
    },
    /// The reader may not choose.
    Nothing,
}

/// A page of invoices.
pub struct Bills {
    pub rows: Vec<InvoiceRow>,
    pub pager: Option<Pager>,
}

/// An invoice in the list.
#[derive(Clone, Debug)]
pub struct InvoiceRow {
    pub number: String,
    pub issued: Stamp,
    pub period: String,
    pub amount: String,
    pub status: Chip,
    /// Where it can be viewed and downloaded.
    pub href: Option<String>,
}

/// `GET /settings/billing`: plan, usage, price and payments.
#[derive(Template)]
#[template(path = "billing/index.html", blocks = ["main"])]
pub struct BillingPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    /// The plan in force.
    pub plan: String,
    /// The amount actually paid; `None` without a subscription.
    pub price: Option<String>,
    pub status: Option<Chip>,
    /// The reason for the status, and what follows.
    pub why: String,
    pub notice: Option<Notice>,
    /// Label and value.
    pub facts: Vec<(String, String)>,
    /// An unconfirmed choice can be withdrawn.
    pub can_withdraw: bool,
    /// The plan that stays if the planned change is undone.
    pub keep: Option<String>,
    pub portal: bool,
    /// Where it is cancelled.
    pub cancel: Option<String>,
    /// How much of the plan's limits is used.
    pub meters: Vec<Meter>,
    pub bars: Bars,
    pub offers: Vec<Offer>,
    /// The reader may choose.
    pub can_choose: bool,
    /// `None` for a reader who may not see payments, and without a provider.
    pub bills: Option<Bills>,
}

/// `GET|POST /settings/billing/choose/{plan}`: the consequences, before the choice.
#[derive(Template)]
#[template(path = "billing/choose.html", blocks = ["main"])]
pub struct ChoosePage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub title: String,
    pub line: String,
    pub action: String,
    pub facts: Vec<(String, String)>,
    pub submit: String,
    /// The choice loses something.
    pub danger: bool,
    pub error: Option<String>,
}

/// `GET /settings/billing/pay`: the link to the provider for browsers without JavaScript, and for later.
#[derive(Template)]
#[template(path = "billing/pay.html", blocks = ["main"])]
pub struct PayPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub line: String,
    pub url: String,
    pub word: String,
}

/// `GET /settings/billing/return`: after the payment, until the provider has confirmed it.
#[derive(Template)]
#[template(path = "billing/return.html", blocks = ["main"])]
pub struct ReturnPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub wait: Wait,
}

/// The part that polls.
#[derive(Template, Clone, Debug)]
#[template(path = "billing/_wait.html")]
pub struct Wait {
    pub status: Chip,
    pub text: String,
    /// Where to poll; `None` when there is nothing left to wait for.
    pub again: Option<String>,
    pub back: String,
}

fragments!(Wait);
