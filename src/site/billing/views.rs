//! Pages of billing, as ready values.

use askama::Template;

use crate::billing::BillingError;
use crate::i18n::Stamp;
use crate::site::plans::views::{self, Bars};
use crate::web::filters;
use crate::web::layout::Shell;
use crate::web::views::{Chip, Meter, Pager, Subnav, fragments};

/// Something that has to be said above the rest.
#[derive(Clone, Debug)]
pub struct Notice {
    /// As the style sheets know it.
    pub tone: &'static str,
    pub icon: &'static str,
    pub text: String,
    /// Address and word of the one thing to do.
    pub link: Option<(String, String)>,
}

impl Notice {
    /// Something that was asked for was not done.
    #[must_use]
    pub fn refused(error: &BillingError) -> Self {
        Self {
            tone: "bad",
            icon: "circle-alert",
            text: error.to_string(),
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

/// What stands below a plan.
#[derive(Clone, Debug)]
pub enum Foot {
    /// Nothing to choose: it is the plan in force, or it follows.
    Said { icon: &'static str, text: String },
    /// The way to choose it.
    Choose {
        href: String,
        word: String,
        /// It is more than there is now.
        primary: bool,
    },
    /// The reader may not choose.
    Nothing,
}

/// The bills that there were, a page of them.
pub struct Bills {
    pub rows: Vec<InvoiceRow>,
    pub pager: Option<Pager>,
}

/// A bill in the list.
#[derive(Clone, Debug)]
pub struct InvoiceRow {
    pub number: String,
    pub issued: Stamp,
    pub period: String,
    pub amount: String,
    pub status: Chip,
    /// Where it can be seen and kept.
    pub href: Option<String>,
}

/// `GET /settings/billing`: the plan, its use, what it costs and what was paid.
#[derive(Template)]
#[template(path = "billing/index.html", blocks = ["main"])]
pub struct BillingPage {
    pub shell: Shell,
    pub subnav: Subnav,
    /// The plan in force.
    pub plan: String,
    /// What is really paid; `None` where nobody pays for it.
    pub price: Option<String>,
    pub status: Option<Chip>,
    /// Why the status is what it is, and what follows.
    pub why: String,
    pub notice: Option<Notice>,
    /// Label and value.
    pub facts: Vec<(String, String)>,
    /// A choice that is not confirmed yet can be given up.
    pub can_withdraw: bool,
    /// The plan that stays when what was planned is taken back.
    pub keep: Option<String>,
    pub portal: bool,
    /// Where it is cancelled.
    pub cancel: Option<String>,
    /// How much is used of what the plan allows.
    pub meters: Vec<Meter>,
    pub bars: Bars,
    pub offers: Vec<Offer>,
    /// Whoever reads may choose.
    pub can_choose: bool,
    /// `None` for whoever does not see payments, and where nobody takes money.
    pub bills: Option<Bills>,
}

/// `GET|POST /settings/billing/choose/{plan}`: what it means, before it is done.
#[derive(Template)]
#[template(path = "billing/choose.html", blocks = ["main"])]
pub struct ChoosePage {
    pub shell: Shell,
    pub subnav: Subnav,
    pub title: String,
    pub line: String,
    pub action: String,
    pub facts: Vec<(String, String)>,
    pub submit: String,
    /// The button takes something away.
    pub danger: bool,
    pub error: Option<String>,
}

/// `GET /settings/billing/pay`: the way to the provider for browsers without JavaScript, and for later.
#[derive(Template)]
#[template(path = "billing/pay.html", blocks = ["main"])]
pub struct PayPage {
    pub shell: Shell,
    pub subnav: Subnav,
    pub line: String,
    pub url: String,
    pub word: String,
}

/// `GET /settings/billing/return`: after the payment, until the provider has confirmed it.
#[derive(Template)]
#[template(path = "billing/return.html", blocks = ["main"])]
pub struct ReturnPage {
    pub shell: Shell,
    pub subnav: Subnav,
    pub wait: Wait,
}

/// The part of it that asks again.
#[derive(Template, Clone, Debug)]
#[template(path = "billing/_wait.html")]
pub struct Wait {
    pub status: Chip,
    pub text: String,
    /// Where to look again; `None` when there is nothing to wait for any more.
    pub again: Option<String>,
    pub back: String,
}

fragments!(Wait);
