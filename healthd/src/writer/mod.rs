//! The writer role of each instance: the state machine of core with a clock, a disk, a peer and witnesses.

mod actions;
mod agents;
mod details;
mod figures;
mod handle;
mod knowledge;
mod messages;
mod order;
mod orders;
mod peer;
mod plan;
mod positions;
mod probes;
mod published;
mod report_error;
mod reports;
mod saver;
mod server_actions;
mod server_run;
mod session;
mod sources;
mod start;
mod state_file;
mod succession;
mod task;
mod trace;
mod wire;

pub(crate) use figures::{Figures, PeerFigures, RoleFigures};
pub(crate) use handle::Writer;
pub(crate) use order::{Order, OrderRefused};
pub(crate) use start::{Former, StateUnreadable, Surroundings, check_state, start, was_used};
