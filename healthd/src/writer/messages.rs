//! The messages to an instance's task, and its replies.

use std::time::{Duration, Instant};

use healthd_core::writer::{Answer, Opinion};
use healthd_mysql::write::act::{Act, ActError};
use tokio::sync::oneshot;

use super::knowledge::Knowledge;
use super::order::{Order, OrderRefused};
use super::report_error::ReportError;
use super::saver::SaveError;
use super::wire::Wire;

/// How long a check waits in total. HAProxy must get an answer, with a reason.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_millis(100);

/// A message to an instance's task.
pub(super) enum Message {
    /// The peer answered, or did not.
    Peer {
        /// When the request was sent.
        asked: Instant,
        /// Its report, or why there is none.
        result: Result<Box<Wire>, ReportError>,
    },
    /// The peer fetched a report.
    Fetched,
    /// A check of a witness.
    Check {
        /// The number of the witness.
        witness: usize,
        /// Its statement.
        opinion: Opinion,
        /// Whether it says that client sessions are open here.
        sessions: bool,
        /// When it arrived.
        arrived: Instant,
        /// The channel for the reply.
        reply: oneshot::Sender<CheckReply>,
    },
    /// A check where there is no witness.
    Unwitnessed {
        /// The channel for the reply.
        reply: oneshot::Sender<CheckReply>,
    },
    /// The configuration has changed, and another task continues.
    Retire {
        /// The channel for everything that is known.
        reply: oneshot::Sender<Box<Knowledge>>,
    },
    /// An action on the server has ended.
    Acted {
        /// The action.
        act: Act,
        /// Its result.
        result: Result<(), ActError>,
    },
    /// A command.
    Order {
        /// The command.
        order: Order,
        /// The operator.
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
