//! The answer to "may this server be used in this role now?".

pub mod clause;
pub mod code;
mod coded;
mod decide;
pub mod gate;
pub mod lag;
mod look;
pub mod maintenance;
mod measured;
pub mod note;
mod question;
pub mod reason;
pub mod role;
pub mod severity;
mod writer;
mod writer_reason;

pub use decide::{State, Verdict, decide};
pub use look::Look;
pub use measured::Measured;
pub use question::{CurrentMaintenance, LastGood, Observation, Policy, Question};
pub use writer::{Around, Condition, Judged, KnownEpoch, WriterView};
pub use writer_reason::{Cause, Names, Transactions, WriterReason};
