//! Billing: how a workspace comes to its plan, and what it pays.
//!
//! A workspace has at most one subscription, by one of three providers: Stripe and Razorpay take the money, and with
//! `manual` the administrator gives plans by hand. A person chooses a plan here and pays at the provider; the plan
//! follows when the provider's signed webhook confirms the payment, never when a browser merely comes back.
//!
//! Invariants
//! - An event of a provider is followed once: its row is written in the transaction of its effect.
//! - News are compared, not counted: late, repeated and missing ones end in the same state, and once a day every
//!   subscription is compared with its provider.
//! - Limits follow the plan in the transaction that changes the subscription.
//! - No provider is called inside a transaction, and no event is believed without its signature.
//! - What nobody here has any more is ended at the provider, also when its workspace is gone.

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
