//! What comes to an instance's task, and what goes back.

use std::time::Instant;

use healthd_core::position::gtids::Gtids;
use healthd_core::writer::{Answer, Opinion};
use healthd_mysql::write::act::Act;
use tokio::sync::oneshot;

use super::task::Legacy;
use super::wire::Wire;
use crate::witness::Witness;

/// What comes to an instance's task.
pub(in crate::writer) enum Message {
    /// The peer answered, or did not.
    Peer {
        /// When it was asked.
        asked: Instant,
        /// Its report, or why there is none.
        result: Result<Box<Wire>, String>,
    },
    /// The peer was given a report.
    Fetched,
    /// A witness's check.
    Check {
        /// Which witness.
        witness: usize,
        /// What it says.
        opinion: Opinion,
        /// Whether it says that client sessions are open here.
        sessions: bool,
        /// When it came.
        arrived: Instant,
        /// Where the answer goes.
        reply: oneshot::Sender<Checked>,
    },
    /// A check without a witness, where there is none.
    Answer {
        /// Where the answer goes.
        reply: oneshot::Sender<Checked>,
    },
    /// The configuration has changed: another task goes on.
    Retire {
        /// Where all that is known goes.
        reply: oneshot::Sender<Box<Legacy>>,
    },
    /// A change on the server has ended.
    Acted {
        /// Which.
        act: Act,
        /// How.
        result: Result<(), String>,
    },
    /// A command.
    Order {
        /// Which.
        order: Order,
        /// Who gives it.
        owner: String,
        /// What was done, or why not.
        reply: oneshot::Sender<Result<String, String>>,
    },
}

/// The task's answer to a check.
#[derive(Debug, Clone)]
pub(crate) enum Checked {
    /// The machine's.
    Answer(Answer),
    /// The role would have been gained, and the disk did not take it.
    NotSaved(String),
}

/// A command of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Give the role to the peer.
    Switchover,
    /// Get the role from the peer.
    Failback,
    /// Take the role of a dead peer.
    Takeover,
    /// Of what is missing and of what is too much, give up and keep what the operator was shown.
    AcceptLoss(Gtids),
    /// Forget what was received.
    MarkDrop,
    /// Wait for this witness no longer.
    WitnessRemove(Witness),
}

impl Order {
    /// The command's words.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Order::Switchover => "switchover",
            Order::Failback => "failback",
            Order::Takeover => "takeover",
            Order::AcceptLoss(_) => "accept-loss",
            Order::MarkDrop => "mark drop",
            Order::WitnessRemove(_) => "witness remove",
        }
    }
}
