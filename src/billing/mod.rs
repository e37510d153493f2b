//! Billing: how a workspace comes to its plan, and what it pays.
