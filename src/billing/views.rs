//! Pages of billing, as ready values.

use askama::Template;

use crate::web::filters;
use crate::web::i18n::Stamp;
use crate::web::layout::Shell;
use crate::web::views::{Chip, Pager, Subnav, fragments};

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

/// A plan that can be chosen.
#[derive(Clone, Debug)]
pub struct Offer {
    pub name: String,
    pub description: String,
    pub price: String,
    pub current: bool,
    /// Address and word; `None` for the one in force.
    pub choose: Option<(String, String)>,
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

/// `GET /settings/billing`.
#[derive(Template)]
#[template(path = "billing/index.html", blocks = ["main"])]
pub struct BillingPage {
    pub shell: Shell,
    pub subnav: Subnav,
    pub plan: String,
    pub price: String,
    pub status: Chip,
    /// Why the status is what it is, and what follows.
    pub why: String,
    pub notice: Option<Notice>,
    /// Label and value.
    pub facts: Vec<(String, String)>,
    /// A choice that is not confirmed yet can be given up.
    pub can_withdraw: bool,
    pub can_keep: bool,
    pub portal: bool,
    /// Where it is cancelled.
    pub cancel: Option<String>,
    pub offers: Vec<Offer>,
    pub invoices: Vec<InvoiceRow>,
    pub pager: Option<Pager>,
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
