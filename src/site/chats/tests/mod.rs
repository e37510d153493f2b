//! What people see of a message.

mod cards;
mod rich;
