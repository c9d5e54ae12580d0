//! What an instance's task receives, and what it replies.

use std::time::{Duration, Instant};

use healthd_core::writer::{Answer, Opinion};
use healthd_mysql::write::act::{Act, ActError};
use tokio::sync::oneshot;

use super::knowledge::Knowledge;
use super::order::{Order, OrderRefused};
use super::report_error::ReportError;
use super::saver::SaveError;
use super::wire::Wire;

/// How long a check waits in all. HAProxy must get an answer, with a reason.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_millis(100);

/// What an instance's task receives.
pub(super) enum Message {
    /// The peer answered, or did not.
    Peer {
        /// When it was asked.
        asked: Instant,
        /// Its report, or why there is none.
        result: Result<Box<Wire>, ReportError>,
    },
    /// The peer fetched a report.
    Fetched,
    /// A check of a witness.
    Check {
        /// Its number.
        witness: usize,
        /// What it says.
        opinion: Opinion,
        /// Whether it says that client sessions are open here.
        sessions: bool,
        /// When it came.
        arrived: Instant,
        /// Where the reply goes.
        reply: oneshot::Sender<CheckReply>,
    },
    /// A check where there is no witness.
    Unwitnessed {
        /// Where the reply goes.
        reply: oneshot::Sender<CheckReply>,
    },
    /// The configuration has changed: another task goes on.
    Retire {
        /// Where everything that is known goes.
        reply: oneshot::Sender<Box<Knowledge>>,
    },
    /// An action on the server has ended.
    Acted {
        /// Which.
        act: Act,
        /// How.
        result: Result<(), ActError>,
    },
    /// A command.
    Order {
        /// Which.
        order: Order,
        /// Who gives it.
        owner: String,
        /// What was done, or why not.
        reply: oneshot::Sender<Result<String, OrderRefused>>,
    },
}

/// The task's reply to a check.
#[derive(Debug, Clone)]
pub(super) enum CheckReply {
    /// The answer of the state machine.
    Answer(Answer),
    /// The role would have been gained, but the state could not be written to disk.
    NotSaved(SaveError),
}
