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

mod client;
mod protocol;
mod server;

pub use crate::operator::command::backups::{
    BackupLine, BackupRequest, HeldAct, HeldReport, HeldRequest, VerifiedReport,
};
pub use crate::operator::command::billing::{BillingReport, BillingRequest, InvoiceLine, InvoiceList, PlanWish};
pub use crate::operator::command::jobs::{JobCount, JobList, JobReport, JobsRequest, Retried};
pub use crate::operator::command::keys::{KeyLine, KeyRequest};
pub use crate::operator::command::mail::{MailList, MailReport, MailRequest};
pub use crate::operator::command::plans::{PlanChange, PlanLine, PlanRequest, UsageReport};
pub use crate::operator::command::team::{
    ActLine, AuditList, AuditRequest, InviteeLink, Invitees, MemberLine, WorkspaceLine, WorkspaceRequest,
};
pub use crate::operator::exit::{Exit, Failure};
pub use crate::operator::handle::{News, handle};
pub use client::{ask, ask_until};
pub use protocol::{ExportReport, Reply, Request, SendReport, SessionLine, UserLine, UserRequest};
pub use server::serve;
