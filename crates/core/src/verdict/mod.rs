//! The answer to "may this server be used in this role now?".

mod decide;
pub mod gate;
pub mod lag;
pub mod maintenance;
mod measured;
pub mod note;
mod question;
pub mod reason;
pub mod role;
mod writer;
mod writer_reason;

pub use decide::{State, Verdict, decide};
pub use measured::Measured;
pub use question::{Observation, Policy, Question};
pub use writer::{Around, Finding, Judged, WriterView};
pub use writer_reason::{Cause, Names, Transactions, WriterReason};
