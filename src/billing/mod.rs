//! Billing: how a workspace gets its plan, and what it pays.
//!
//! A workspace has at most one subscription, with one of three providers: Stripe and Razorpay take payments, and with
//! `manual` the administrator assigns plans by hand. A person chooses a plan here and pays at the provider; the plan
//! applies when the provider's signed webhook confirms the payment, never when a browser merely returns.
//!
//! Invariants
//! - A provider's event is applied once: its row is written in the transaction of its effect.
//! - States are compared, events not counted: late, repeated and missing events end in the same state, and once a day
//!   every subscription is compared with its provider.
//! - Limits change in the transaction that changes the subscription.
//! - No provider is called inside a transaction, and no event is accepted without its signature.
//! - A subscription that no workspace uses any more is ended at the provider, even if its workspace was deleted.

mod apply;
mod choices;
mod emails;
mod http;
mod inbox;
mod lines;
mod model;
mod provider;
mod razorpay;
mod rules;
mod service;
mod signature;
mod store;
mod stripe;
#[cfg(test)]
mod tests;
mod upkeep;

pub use inbox::Received;
pub use lines::Catalogue;
pub use model::{
    BillingError, Invoice, InvoiceStatus, Move, Next, Pending, ProviderKind, Subscription, SubscriptionStatus,
};
pub use provider::{Manual, Provider, ProviderError};
pub use razorpay::Razorpay;
pub use service::{Billing, Overview, Providers, Request};
pub use store::grace_in;
pub use stripe::Stripe;
pub use upkeep::{Compare, Keeper, Upkeep};
