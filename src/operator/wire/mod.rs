//! The control socket: how a command reaches the program that runs.
//!
//! A running server listens on `<data-dir>/control.sock`, a Unix socket of mode 0600: who may open it may read the
//! databases anyway, so there is no further login. One connection carries one [`Request`] as a line of JSON, and
//! [`Reply`] lines back until one of them is final. When no server runs, the command line builds the same `App`
//! without pages and calls the same function in process; a verb never has two implementations.
//!
//! Invariants
//! - A request is answered by whoever holds the data directory's lock, so two processes never write one database.
//! - A dropped connection ends the waiting, never the work: what was begun is finished or kept. Only a linking needs
//!   somebody who looks at its codes, so it ends with whoever asked for it.

mod client;
mod protocol;
mod server;

pub use client::ask;
pub use protocol::{Answer, Reply, Request};
pub use server::serve;
