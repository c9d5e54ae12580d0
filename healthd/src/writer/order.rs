//! The commands of operators, and why one is refused.

use std::fmt;

use healthd_core::position::gtids::Gtids;
use healthd_core::verdict::Names;

use crate::witness::Witness;

/// A command of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Give the role to the peer.
    Switchover,
    /// Get the role from the peer.
    Failback,
    /// Take the role of a dead peer.
    Takeover,
    /// Accept the missing transactions as lost, and keep the errant ones, as shown to the operator.
    AcceptLoss(Gtids),
    /// Drop the high-water marks.
    MarkDrop,
    /// No longer wait for this witness.
    WitnessRemove(Witness),
}

impl Order {
    /// The command as typed.
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

/// A command that does not apply now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) struct OrderRefused {
    names: Names,
    why: Why,
}

/// Why a command does not apply now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    NoPeer,
    NoRole,
    NotHolder,
    HolderAlready,
    PeerUnreachable,
    PeerAnswers,
    NothingToAccept,
    LastWitness(Witness),
    UnknownWitness(Witness),
    Reconfigured,
}

impl OrderRefused {
    pub(super) fn new(names: &Names, why: Why) -> OrderRefused {
        OrderRefused { names: names.clone(), why }
    }
}

impl fmt::Display for OrderRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Names { instance, node, peer } = &self.names;
        match &self.why {
            Why::NoPeer => write!(f, "{instance} has no `peer` in the configuration"),
            Why::NoRole => {
                write!(f, "{instance}: without a witness there is no role to hand over; ")?;
                f.write_str("use healthd failback on the other node")
            }
            Why::NotHolder => {
                write!(f, "{instance}: {node} does not hold the role now; run it on {peer}, or healthd failback here")
            }
            Why::HolderAlready => write!(f, "{instance}: {node} holds the role already"),
            Why::PeerUnreachable => {
                write!(f, "{instance}: {peer} is unreachable and cannot hand over; ")?;
                write!(f, "if it is dead: healthd takeover {instance} --peer-is-dead")
            }
            Why::PeerAnswers => {
                write!(f, "{instance}: the healthd of {peer} answers, so it is not dead; ")?;
                write!(f, "healthd failback {instance} asks it for the role")
            }
            Why::NothingToAccept => write!(f, "{instance}: no missing and no errant transactions"),
            Why::LastWitness(witness) => {
                write!(f, "{instance}: {witness} is the only HAProxy left in `[witness]`; ")?;
                f.write_str("without it both nodes would serve. ")?;
                f.write_str("Put the new one into `[witness]` on both nodes and reload")
            }
            Why::UnknownWitness(witness) => write!(f, "{instance}: {witness} is not in `[witness]`"),
            Why::Reconfigured => write!(f, "{instance} was just reconfigured: try again"),
        }
    }
}
