//! The control socket: how a command reaches the running program.
//!
//! A running server listens on `<data-dir>/control.sock`, a Unix socket of mode 0600: a user who may open it may read
//! the databases anyway, so there is no further login. One connection carries one [`Request`] as a line of JSON, and
//! [`Reply`] lines back until one of them is final. When no server runs, the command line builds the same `App` without
//! pages and calls the same function in process; a verb never has two implementations.
//!
//! Invariants
//! - Only the process that holds the data directory's lock runs a request, so two processes never write one database.
//! - A dropped connection ends the waiting, never the work: started work is finished or stored. Only a linking needs
//!   somebody to see its codes, so it ends with its caller.

mod client;
mod protocol;
mod server;

pub use client::ask;
pub use protocol::{Answer, Reply, Request};
pub use server::serve;
