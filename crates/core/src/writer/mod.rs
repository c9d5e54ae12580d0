//! The writer role: which of two nodes may be written, such that clients of HAProxy never read stale data and never
//! write to both. `docs/failover.md` has the rules and why each is there.

mod admission;
mod alone;
mod change;
mod clocks;
mod decide;
mod epoch;
mod hear;
mod kept;
mod machine;
mod operator;
mod peek;
mod probe;
mod refusal;
mod report;
mod rules;
mod time;
mod witness;

pub use alone::{Company, Failback};
pub use change::{Fence, FenceStep, semi_sync};
pub use clocks::{Ages, Clocks};
pub use epoch::{BootId, Epoch, NodeId, Nonce, checksum};
pub use kept::{Anomaly, Kept};
pub use machine::{Answer, Machine, Sample, Source, Yielding};
pub use refusal::{Bar, Refusal};
pub use report::{Position, Report, SemiSync, Yield};
pub use rules::{Rule, Rules};
pub use witness::{Leave, Opinion, Witness};
