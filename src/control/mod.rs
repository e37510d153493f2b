//! Control: what an operator at the machine may ask of the program, running or not.
//!
//! A running server listens on `<data-dir>/control.sock`, a Unix socket of mode 0600: who may open it may read the
//! databases anyway, so there is no further login. One connection carries one [`Request`] as a line of JSON, and
//! [`Reply`] lines back until one of them is final. When no server runs, the command line builds the same `App`
//! without pages and calls the same handler in process; a verb never has two implementations.
//!
//! Invariants
//! - A request is answered by whoever holds the data directory's lock, so two processes never write one database.
//! - A dropped connection ends the waiting, never the work: what was begun is finished or kept. Only a linking needs
//!   somebody who looks at its codes, so it ends with whoever asked for it.

mod backups;
mod billing;
mod client;
mod exit;
mod handler;
mod jobs;
mod keys;
mod mail;
mod plans;
mod protocol;
mod server;
mod team;

pub use backups::{BackupLine, BackupRequest, HeldAct, HeldReport, HeldRequest, VerifiedReport};
pub use billing::{BillingReport, BillingRequest, InvoiceLine, InvoiceList, PlanWish};
pub use client::{ask, ask_until};
pub use exit::{Exit, Failure};
pub use handler::{News, handle};
pub use jobs::{JobCount, JobList, JobReport, JobsRequest, Retried};
pub use keys::{KeyLine, KeyRequest};
pub use mail::{MailList, MailReport, MailRequest};
pub use plans::{PlanChange, PlanLine, PlanRequest, UsageReport};
pub use protocol::{ExportReport, Reply, Request, SendReport, SessionLine, UserLine, UserRequest};
pub use server::serve;
pub use team::{ActLine, AuditList, AuditRequest, InviteeLink, Invitees, MemberLine, WorkspaceLine, WorkspaceRequest};
