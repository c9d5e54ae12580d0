//! Every reason for which a role is refused: a stable code for machines, one line for people.

use std::fmt;
use std::time::Duration;

use crate::observed::canary::CanaryFault;
use crate::observed::channel::ChannelFault;
use crate::observed::cluster::{MemberState, NodeState};
use crate::observed::failure::Failure;
use crate::observed::section::Unreadable;
use crate::text::clean::{clip, one_line};
use crate::text::duration::short;
use crate::verdict::maintenance::Mode;
use crate::verdict::writer_reason::WriterReason;

/// The parts of a snapshot that a gate may find unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Replication channels.
    Replication,
    /// Galera status.
    Galera,
    /// Group Replication.
    GroupReplication,
    /// Write switches.
    Switches,
    /// The heartbeat query.
    Heartbeat,
    /// Replication positions.
    Positions,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Replication => "the replication status",
            Part::Galera => "the Galera status",
            Part::GroupReplication => "the GR members",
            Part::Switches => "the read_only switches",
            Part::Heartbeat => "the heartbeat",
            Part::Positions => "the replication position",
        }
    }
}

/// Why a role is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The daemon is being stopped (`stop_grace`).
    Stopping,
    /// No probe has ended since healthd started.
    Starting,
    /// The last probe is older than `max_age`.
    Stale {
        /// Its age.
        age: Duration,
        /// The limit.
        limit: Duration,
    },
    /// An operator took the instance out.
    Maintenance {
        /// Down or drain.
        mode: Mode,
        /// The operator.
        owner: String,
        /// The reason; may be empty.
        why: String,
        /// The remaining time; `None` if it has no end.
        remaining: Option<Duration>,
    },
    /// The probe got no answer.
    Failed {
        /// What happened.
        failure: Failure,
        /// How long it has been failing.
        since: Duration,
    },
    /// `wsrep_ready` is off.
    WsrepNotReady,
    /// The role needs a Galera node, and this server is not one.
    NotGalera,
    /// The Galera node is not synced.
    GaleraState(NodeState),
    /// The Galera node is not in the primary component.
    GaleraNonPrimary,
    /// `wsrep_reject_queries`.
    GaleraRejectsQueries,
    /// The Group Replication member is not online.
    MemberState(MemberState),
    /// Most members cannot be reached from here.
    NoMajority {
        /// Members reached, this one among them.
        reachable: u32,
        /// Members in the view.
        members: u32,
    },
    /// A replication channel is broken.
    Channel {
        /// Its label.
        channel: String,
        /// What is broken.
        fault: ChannelFault,
    },
    /// A channel's data are older than the limit.
    Lag {
        /// Its label.
        channel: String,
        /// Its lag.
        lag: Duration,
        /// The limit.
        limit: Duration,
    },
    /// A channel is delayed on purpose by more than the limit.
    Delayed {
        /// Its label.
        channel: String,
        /// The configured delay.
        delay: Duration,
        /// The limit.
        limit: Duration,
    },
    /// The heartbeat is older than the limit.
    HeartbeatOld {
        /// Its age.
        age: Duration,
        /// The limit.
        limit: Duration,
    },
    /// Within the limit now, but not for the whole hold time.
    Settling {
        /// The worst lag within the hold time; `None` if it was unknown.
        worst: Option<Duration>,
        /// The limit.
        limit: Duration,
    },
    /// A part that the role needs could not be read.
    Unreadable {
        /// The part.
        part: Part,
        /// Why not.
        why: Unreadable,
    },
    /// A switch forbids writing.
    ReadOnly {
        /// Its name.
        switch: &'static str,
    },
    /// The write canary failed.
    Canary {
        /// How it failed.
        fault: CanaryFault,
        /// How long ago.
        age: Duration,
    },
    /// The writer role's state machine refuses.
    Writer(Box<WriterReason>),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Stopping => f.write_str("healthd is being stopped"),
            Reason::Starting => f.write_str("healthd has just started and has no answer from the server yet"),
            Reason::Stale { age, limit } => {
                write!(f, "the last answer is {} old, more than max_age {}", short(*age), short(*limit))
            }
            Reason::Maintenance { owner, why, remaining, .. } => {
                write!(f, "by {}", brief(owner))?;
                match remaining {
                    Some(remaining) => write!(f, ", ends in {}", short(*remaining))?,
                    None => f.write_str(", no end set")?,
                }
                if !why.is_empty() {
                    write!(f, ": {}", one_line(why, 100))?;
                }
                Ok(())
            }
            Reason::Failed { failure, since } => write!(f, "{failure} (for {})", short(*since)),
            Reason::WsrepNotReady => f.write_str("wsrep_ready is OFF, the node refuses queries"),
            Reason::NotGalera => f.write_str("not a Galera node (wsrep_on is OFF or absent)"),
            Reason::GaleraState(state) => write!(f, "the Galera node is {}, not synced", state.name()),
            Reason::GaleraNonPrimary => f.write_str("the Galera node is cut off from the primary component"),
            Reason::GaleraRejectsQueries => f.write_str("wsrep_reject_queries is set, the node refuses queries"),
            Reason::MemberState(state) => write!(f, "this GR member is {}", state.name()),
            Reason::NoMajority { reachable, members } => {
                write!(f, "no majority: reaches {reachable} of {members} GR members")
            }
            Reason::Channel { channel, fault } => write!(f, "channel {}: {fault}", brief(channel)),
            Reason::Lag { channel, lag, limit } => {
                write!(f, "channel {}: {} behind, max_lag {}", brief(channel), short(*lag), short(*limit))
            }
            Reason::Delayed { channel, delay, limit } => {
                let (delay, limit) = (short(*delay), short(*limit));
                write!(f, "channel {}: delayed by {delay} on purpose, max_lag {limit}", brief(channel))
            }
            Reason::HeartbeatOld { age, limit } => {
                write!(f, "the newest heartbeat is {} old, max_lag {}", short(*age), short(*limit))
            }
            Reason::Settling { worst, limit } => {
                match worst {
                    Some(worst) => write!(f, "was {} behind", short(*worst))?,
                    None => f.write_str("its lag was unknown")?,
                }
                write!(f, " a moment ago, max_lag {}: waits for lag_hold to end", short(*limit))
            }
            Reason::Unreadable { part, why } => {
                write!(f, "cannot read {}: ", part.name())?;
                match why {
                    Unreadable::Denied { grant } => write!(f, "healthd's account needs {grant}"),
                    Unreadable::Refused { code } => write!(f, "the server answers error {code}"),
                    Unreadable::NoAnswer { hanging } => write!(f, "{hanging} is blocked in the server, or very slow"),
                    Unreadable::NotUnderstood { what } => write!(f, "{what} is missing or not understood"),
                }
            }
            // The name of the switch contains `up`.
            Reason::ReadOnly { switch: "super_read_only" } => f.write_str("read_only is on, for SUPER too"),
            Reason::ReadOnly { switch } => write!(f, "{switch} is on"),
            Reason::Canary { fault, age } => write!(f, "a write failed {} ago: {fault}", short(*age)),
            Reason::Writer(reason) => reason.fmt(f),
        }
    }
}

/// A name from a server or a person, short enough to leave room for the cause.
fn brief(text: &str) -> String {
    clip(&one_line(text, 64), 64)
}
