//! The writer role: which of two nodes may be written, so that clients of HAProxy never read stale data and never
//! write to both nodes. `docs/failover.md` lists the rules and their reasons.

mod admission;
mod change;
mod clocks;
mod decide;
mod dry_run;
mod epoch;
mod handover;
mod machine;
mod moments;
mod operator;
mod peer;
mod persistent;
mod probe;
mod refusal;
mod report;
mod reports;
mod rules;
mod sample;
mod time;
mod timed;
mod unwitnessed;
mod witness;

pub use change::{Fence, FenceProgress, FenceStep, semi_sync};
pub use clocks::Ages;
pub use decide::{Checked, Gain};
pub use epoch::{BootId, Epoch, NodeId, Nonce, checksum};
pub use handover::Handover;
pub use machine::Machine;
pub use moments::Moments;
pub use operator::Loss;
pub use peer::Contact;
pub use persistent::{Anomaly, Persistent};
pub use refusal::{Answer, Bar, Refusal};
pub use report::{Position, Report, SemiSync, Yield};
pub use rules::{Rule, Rules};
pub use sample::{Sample, SourceLink};
pub use timed::{Began, PeerReport, Timed, WitnessCheck};
pub use unwitnessed::{Failback, Level};
pub use witness::{Opinion, Permission, Witness};
