//! Why the writer role is refused, in words: what is missing by GTID and count, how old the knowledge is, what to do.

use std::fmt;
use std::time::Duration;

use crate::position::gtids::Gtids;
use crate::position::history::History as _;
use crate::text::clean::{clip, one_line};
use crate::text::duration::short;
use crate::verdict::code::ReasonCode;

/// How many characters of GTIDs fit into one line beside its words.
const BRIEF: usize = 44;
/// The longest name in a sentence.
const NAME: usize = 40;

/// A set of transactions, short enough for one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transactions {
    /// How many. Of a binary log without GTIDs: how many parts of it.
    pub count: u64,
    /// Whether they are known by file and position only: the number of transactions is unknown.
    pub by_position: bool,
    /// Which, shortened.
    pub which: String,
}

impl Transactions {
    /// Shortens a set.
    pub fn of(set: &Gtids) -> Transactions {
        let which = if set.is_empty() { String::new() } else { set.brief(BRIEF).replace('…', "..") };
        Transactions { count: set.count(), by_position: set.is_by_position(), which }
    }
}

impl fmt::Display for Transactions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.by_position, self.count) {
            (true, _) => f.write_str("a part of the binary log")?,
            (false, 1) => f.write_str("1 transaction")?,
            (false, count) => write!(f, "{count} transactions")?,
        }
        if self.which.is_empty() { Ok(()) } else { write!(f, " ({})", self.which) }
    }
}

/// The names that a sentence needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The instance, as commands take it.
    pub instance: String,
    /// This node.
    pub node: String,
    /// The other node; its address until its name is known.
    pub peer: String,
}

/// What is wrong, without names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A command was asked that needs the running daemon.
    DaemonNotRunning,
    /// Its position was not read yet.
    PositionUnknown,
    /// The gain could not be written to disk.
    TakeoverNotSaved {
        /// Why not.
        why: String,
    },
    /// The answer was not ready in time: the state is being written.
    StateBeingSaved,
    /// The answer was not ready in time, and nothing is being written.
    Busy,
    /// The check does not say which servers HAProxy uses.
    WitnessUnreadable {
        /// What is wrong.
        what: &'static str,
    },
    /// A standby that could take over.
    Standby {
        /// The number of the holder's epoch.
        epoch: u64,
    },
    /// No node ever held the role.
    NoHolder,
    /// Waits until the peer acknowledges its suspension.
    Suspended,
    /// The peer is unreachable, and may hold the role.
    PeerUnreachable {
        /// For how long.
        unheard: Duration,
    },
    /// Gives the role away by command.
    HandingOver,
    /// Gives it away because the peer asked.
    Yielding,
    /// HAProxy uses the other node.
    PeerInUse,
    /// Not every HAProxy was heard.
    WitnessesDisagree {
        /// The first that says otherwise, or nothing.
        witness: String,
    },
    /// Asks for the role.
    RoleRequested {
        /// After what time an unreachable peer counts as consenting; `None`: never.
        unreachable_after: Option<Duration>,
    },
    /// No fresh report before the peer went down.
    PeerPositionUnknown,
    /// The final position is not reached.
    BehindFinalPosition {
        /// What is missing.
        missing: Transactions,
    },
    /// The probe that decides is in progress.
    VerifyingPosition,
    /// HAProxy has not asked by HTTP lately.
    NoHttpCheck,
    /// Its server restarted, and the peer was written meanwhile.
    AwaitingFailback,
    /// The own history began anew.
    BinlogReset,
    /// Own commits are gone.
    LostTransactions {
        /// Which.
        missing: Transactions,
    },
    /// Another server answers.
    ServerChanged,
    /// Never seen to replicate completely.
    NeverInSync,
    /// Own transactions that the peer lacked when it took over.
    ErrantTransactions {
        /// Which.
        errant: Transactions,
        /// How many of them the peer has by now.
        merged: u64,
    },
    /// Received and not applied.
    RelayLogNotApplied {
        /// Which.
        missing: Transactions,
    },
    /// Received, not applied, and gone from the source.
    SourceReset {
        /// Which.
        missing: Transactions,
    },
    /// Reported by the peer and not applied.
    BehindPeer {
        /// Which.
        missing: Transactions,
        /// How old the report is.
        age: Option<Duration>,
    },
    /// Missing, and purged where it could come from.
    BinlogPurged {
        /// Which.
        missing: Transactions,
    },
}

/// A refusal of the writer role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterReason {
    /// The names of the nodes.
    pub names: Names,
    /// What is wrong.
    pub cause: Cause,
}

impl WriterReason {
    /// The reason code.
    pub fn code(&self) -> ReasonCode {
        match self.cause {
            Cause::DaemonNotRunning => ReasonCode::DaemonNotRunning,
            Cause::PositionUnknown => ReasonCode::PositionUnknown,
            Cause::TakeoverNotSaved { .. } => ReasonCode::TakeoverNotSaved,
            Cause::StateBeingSaved => ReasonCode::StateBeingSaved,
            Cause::Busy => ReasonCode::Busy,
            Cause::WitnessUnreadable { .. } => ReasonCode::WitnessUnreadable,
            Cause::Standby { .. } => ReasonCode::Standby,
            Cause::NoHolder => ReasonCode::NoHolder,
            Cause::Suspended => ReasonCode::Suspended,
            Cause::PeerUnreachable { .. } => ReasonCode::PeerUnreachable,
            Cause::HandingOver => ReasonCode::HandingOver,
            Cause::Yielding => ReasonCode::Yielding,
            Cause::PeerInUse => ReasonCode::PeerInUse,
            Cause::WitnessesDisagree { .. } => ReasonCode::WitnessesDisagree,
            Cause::RoleRequested { .. } => ReasonCode::RoleRequested,
            Cause::PeerPositionUnknown => ReasonCode::PeerPositionUnknown,
            Cause::BehindFinalPosition { .. } => ReasonCode::BehindFinalPosition,
            Cause::VerifyingPosition => ReasonCode::VerifyingPosition,
            Cause::NoHttpCheck => ReasonCode::NoHttpCheck,
            Cause::AwaitingFailback => ReasonCode::AwaitingFailback,
            Cause::BinlogReset => ReasonCode::BinlogReset,
            Cause::LostTransactions { .. } => ReasonCode::LostTransactions,
            Cause::ServerChanged => ReasonCode::ServerChanged,
            Cause::NeverInSync => ReasonCode::NeverInSync,
            Cause::ErrantTransactions { .. } => ReasonCode::ErrantTransactions,
            Cause::RelayLogNotApplied { .. } => ReasonCode::RelayLogNotApplied,
            Cause::SourceReset { .. } => ReasonCode::SourceReset,
            Cause::BehindPeer { .. } => ReasonCode::BehindPeer,
            Cause::BinlogPurged { .. } => ReasonCode::BinlogPurged,
        }
    }
}

fn name(text: &str) -> String {
    clip(&one_line(text, NAME), NAME)
}

/// A name, or words for it where it is not known.
fn name_or(text: &str, words: &str) -> String {
    let known = name(text);
    if known.trim().is_empty() { words.to_owned() } else { known }
}

/// The command stands at the end, where nothing but its last argument can be cut.
impl fmt::Display for WriterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instance = name(&self.names.instance);
        let peer = name_or(&self.names.peer, "the peer");
        match &self.cause {
            Cause::DaemonNotRunning => f.write_str("only the running healthd knows what was received: start it"),
            Cause::PositionUnknown => f.write_str("its replication position is not known yet, the next probe reads it"),
            Cause::TakeoverNotSaved { why } => {
                write!(f, "the role was not taken, the state file cannot be written: {}", one_line(why, 90))
            }
            Cause::StateBeingSaved => f.write_str("no answer within 100ms: the state file is being written"),
            Cause::Busy => f.write_str("no answer within 100ms: healthd had no time for this check"),
            Cause::WitnessUnreadable { what } => {
                write!(f, "this check does not say which servers HAProxy uses: {what}")
            }
            Cause::Standby { epoch } => write!(f, "ready; {peer} holds the role, epoch {epoch}"),
            Cause::NoHolder => {
                write!(f, "no node has held the role yet and {peer} was not heard; if dead: ")?;
                write!(f, "healthd takeover {instance} --peer-is-dead")
            }
            Cause::Suspended => {
                write!(
                    f,
                    "HAProxy took it out or its server failed; waits for {peer} to confirm that it has not taken over"
                )
            }
            Cause::PeerUnreachable { unheard } => {
                let unheard = short(*unheard);
                write!(f, "{peer} was not heard for {unheard} and may hold the role; if dead: ")?;
                write!(f, "healthd takeover {instance} --peer-is-dead")
            }
            Cause::HandingOver => {
                write!(f, "an operator gave the role to {peer}; it stays here unless {peer} takes it within 10s")
            }
            Cause::Yielding => write!(f, "gives the role to {peer}, which asked for it"),
            Cause::PeerInUse => write!(f, "HAProxy still sends clients to {peer}"),
            Cause::WitnessesDisagree { witness } if witness.is_empty() => {
                f.write_str("this check comes from a HAProxy that an operator has removed from the witnesses")
            }
            Cause::WitnessesDisagree { witness } => {
                write!(f, "the HAProxy {} does not say that {peer} is out", name(witness))
            }
            Cause::RoleRequested { unreachable_after } => {
                write!(f, "wants the role of {peer}; takes it when {peer} gives it away")?;
                unreachable_after.map_or(Ok(()), |unreachable_after| {
                    write!(f, " or is unreachable for {}", short(unreachable_after))
                })
            }
            Cause::PeerPositionUnknown => {
                write!(f, "no fresh report from {peer}, commits may be missing; if dead: ")?;
                write!(f, "healthd takeover {instance} --peer-is-dead")
            }
            Cause::BehindFinalPosition { missing } => {
                write!(f, "has to apply {missing} of {peer} before it takes the role")
            }
            Cause::VerifyingPosition => {
                f.write_str("reads its replication position once more before it takes the role")
            }
            Cause::NoHttpCheck => f.write_str("HAProxy has not asked by HTTP lately; only that check gives the role"),
            Cause::AwaitingFailback => {
                write!(f, "its server restarted and {peer} was written meanwhile; it has everything now: ")?;
                write!(f, "healthd failback {instance}")
            }
            Cause::BinlogReset => {
                write!(
                    f,
                    "its binary log was reset (RESET MASTER, a rebuild); if intended: healthd mark drop {instance}"
                )
            }
            Cause::LostTransactions { missing } => {
                write!(f, "lost {missing} of its own: rebuild it, then healthd mark drop {instance}")
            }
            Cause::ServerChanged => {
                write!(f, "another server answers than before; if intended: healthd mark drop {instance}")
            }
            Cause::NeverInSync => f.write_str("never seen with its source connected and all that it received applied"),
            Cause::ErrantTransactions { errant: Transactions { count: 0, .. }, .. } => {
                write!(f, "its own transactions are not compared yet with what {peer} had when it took over")
            }
            Cause::ErrantTransactions { errant, merged } => {
                write!(f, "{errant} the peer lacked")?;
                if *merged > 0 {
                    write!(f, ", {merged} merged late")?;
                }
                write!(f, ": healthd accept-loss {instance}")
            }
            Cause::RelayLogNotApplied { missing } => write!(f, "{missing} received but not applied"),
            Cause::SourceReset { missing } => {
                write!(f, "{missing} not applied, gone from its source; if intended: healthd mark drop {instance}")
            }
            Cause::BehindPeer { missing, age } => {
                write!(f, "{missing} of {peer} not applied")?;
                age.map_or(Ok(()), |age| write!(f, ", reported {} ago", short(age)))
            }
            Cause::BinlogPurged { missing } => {
                write!(f, "{missing} missing and purged on {peer}: rebuild this node from it")
            }
        }
    }
}
