//! Why the writer role is refused, in words: what is missing by GTID and count, how old the knowledge is, what mends it.

use std::fmt;
use std::time::Duration;

use crate::position::gtids::Gtids;
use crate::position::history::History as _;
use crate::text::clean::{clip, one_line};
use crate::text::duration::short;

/// How many characters of GTIDs fit into one line beside its words.
const BRIEF: usize = 44;
/// The longest name in a sentence.
const NAME: usize = 40;

/// A set of transactions, short enough for one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transactions {
    /// How many. Of a binary log without GTIDs: how many parts of it.
    pub count: u64,
    /// Whether they are known by file and position only: how many transactions that is, nobody can say.
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
    /// Asked of a command that runs without the daemon.
    NeedsDaemon,
    /// Its position was not read yet.
    NotRead,
    /// The gain could not be written to disk.
    NotSaved {
        /// Why not.
        why: String,
    },
    /// The answer was not ready in time: a gain is being written.
    Busy,
    /// The check carries witness parameters that say nothing.
    WitnessUnreadable {
        /// What is wrong.
        what: &'static str,
    },
    /// A standby that could take over.
    Standby {
        /// The number of the holder's epoch.
        epoch: u64,
    },
    /// Nobody ever held the role.
    NoEpoch,
    /// Waits for the peer's echo.
    Suspended,
    /// The peer is silent, and may hold the role.
    PeerSilent {
        /// For how long.
        silent: Duration,
    },
    /// Gives the role away by command.
    HandingOver,
    /// Gives it away because the peer asked.
    Yielded,
    /// HAProxy uses the other node.
    PeerInUse,
    /// Not every HAProxy was heard.
    WitnessesDisagree {
        /// The first that says otherwise, or nothing.
        witness: String,
    },
    /// Asks for the role.
    Asking {
        /// When silence counts as consent; `None` where it never does.
        t_silent: Option<Duration>,
    },
    /// No fresh report before the peer went down.
    NoReport,
    /// The final position is not reached.
    BehindFinal {
        /// What is missing.
        missing: Transactions,
    },
    /// The deciding probe is under way.
    Probing,
    /// HAProxy has not asked by HTTP lately.
    NotChecked,
    /// Came back while the peer had been written.
    Quarantined,
    /// The own history began anew.
    SelfReset,
    /// Own commits are gone.
    LostOwnCommits {
        /// Which.
        missing: Transactions,
    },
    /// Another server answers.
    IdentityChanged,
    /// Never seen to replicate completely.
    Unproven,
    /// Own commits beyond the cut.
    Surplus {
        /// Which.
        surplus: Transactions,
        /// How many of them the peer has by now.
        merged: u64,
    },
    /// Received and not applied.
    Behind {
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
    Purged {
        /// Which.
        missing: Transactions,
    },
}

/// A refusal of the writer role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterReason {
    /// Who is who.
    pub names: Names,
    /// What is wrong.
    pub cause: Cause,
}

impl WriterReason {
    /// The reason code.
    pub fn code(&self) -> &'static str {
        match self.cause {
            Cause::NeedsDaemon => "needs-daemon",
            Cause::NotRead => "position-unknown",
            Cause::NotSaved { .. } => "state-not-saved",
            Cause::Busy => "state-being-saved",
            Cause::WitnessUnreadable { .. } => "witness-unreadable",
            Cause::Standby { .. } => "standby",
            Cause::NoEpoch => "no-epoch",
            Cause::Suspended => "suspended",
            Cause::PeerSilent { .. } => "peer-silent",
            Cause::HandingOver => "handing-over",
            Cause::Yielded => "yielded",
            Cause::PeerInUse => "peer-in-use",
            Cause::WitnessesDisagree { .. } => "witnesses-disagree",
            Cause::Asking { .. } => "asking",
            Cause::NoReport => "no-report",
            Cause::BehindFinal { .. } => "behind-final",
            Cause::Probing => "probing",
            Cause::NotChecked => "not-checked",
            Cause::Quarantined => "quarantined",
            Cause::SelfReset => "self-reset",
            Cause::LostOwnCommits { .. } => "lost-own-commits",
            Cause::IdentityChanged => "identity-changed",
            Cause::Unproven => "unproven",
            Cause::Surplus { .. } => "surplus",
            Cause::Behind { .. } => "behind",
            Cause::SourceReset { .. } => "source-reset",
            Cause::BehindPeer { .. } => "behind-peer",
            Cause::Purged { .. } => "purged-needs-rebuild",
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
            Cause::NeedsDaemon => f.write_str("only the running healthd knows what was received: start it"),
            Cause::NotRead => f.write_str("its replication position is not known yet, the next probe reads it"),
            Cause::NotSaved { why } => {
                write!(f, "the role was not taken, the state file cannot be written: {}", one_line(why, 90))
            }
            Cause::Busy => {
                f.write_str("no answer within 100ms: the state file is being written, or healthd is overloaded")
            }
            Cause::WitnessUnreadable { what } => write!(f, "this check does not say whom HAProxy uses: {what}"),
            Cause::Standby { epoch } => write!(f, "ready; {peer} holds the role, epoch {epoch}"),
            Cause::NoEpoch => {
                write!(f, "nobody held the role yet and {peer} was not heard; if it is dead: ")?;
                write!(f, "healthd takeover {instance} --peer-is-dead")
            }
            Cause::Suspended => {
                write!(
                    f,
                    "HAProxy took it out or its server failed; waits for {peer} to say that it has not taken over"
                )
            }
            Cause::PeerSilent { silent } => {
                let silent = short(*silent);
                write!(f, "{peer} is silent for {silent} and may hold the role; if it is dead: ")?;
                write!(f, "healthd takeover {instance} --peer-is-dead")
            }
            Cause::HandingOver => {
                write!(f, "an operator gave the role to {peer}; it stays here unless {peer} takes it within 10s")
            }
            Cause::Yielded => write!(f, "gives the role to {peer}, which asked for it"),
            Cause::PeerInUse => write!(f, "HAProxy still sends clients to {peer}"),
            Cause::WitnessesDisagree { witness } if witness.is_empty() => {
                f.write_str("this check is from an HAProxy whose word was removed by an operator")
            }
            Cause::WitnessesDisagree { witness } => {
                write!(f, "the HAProxy {} does not say that {peer} is out", name(witness))
            }
            Cause::Asking { t_silent } => {
                write!(f, "asks {peer} for the role; takes it when that gives it away")?;
                t_silent.map_or(Ok(()), |t_silent| write!(f, " or is silent for {}", short(t_silent)))
            }
            Cause::NoReport => {
                write!(f, "no fresh report of {peer}, its last commits may be missing; if it is dead: ")?;
                write!(f, "healthd takeover {instance} --peer-is-dead")
            }
            Cause::BehindFinal { missing } => write!(f, "{missing} of {peer} to be applied before it takes the role"),
            Cause::Probing => f.write_str("reads its own position once more before it takes the role"),
            Cause::NotChecked => f.write_str("HAProxy has not asked by HTTP lately; only that check gives the role"),
            Cause::Quarantined => {
                write!(f, "its server restarted and {peer} was written meanwhile; it has everything: ")?;
                write!(f, "healthd failback {instance}")
            }
            Cause::SelfReset => {
                write!(f, "its binary log began anew (RESET MASTER, a rebuild); if meant: healthd mark drop {instance}")
            }
            Cause::LostOwnCommits { missing } => {
                write!(f, "lost {missing} of its own: rebuild it, then healthd mark drop {instance}")
            }
            Cause::IdentityChanged => {
                write!(f, "another server answers than before; if meant: healthd mark drop {instance}")
            }
            Cause::Unproven => f.write_str("not seen yet with its source connected and all that it received applied"),
            Cause::Surplus { surplus: Transactions { count: 0, .. }, .. } => {
                write!(f, "its own commits are not compared yet with what {peer} had when it took over")
            }
            Cause::Surplus { surplus, merged } => {
                write!(f, "{surplus} that the other node lacked")?;
                if *merged > 0 {
                    write!(f, ", {merged} merged late")?;
                }
                write!(f, ": healthd accept-loss {instance}")
            }
            Cause::Behind { missing } => write!(f, "{missing} received, not applied"),
            Cause::SourceReset { missing } => {
                write!(f, "{missing} not applied and gone from its source; if meant: healthd mark drop {instance}")
            }
            Cause::BehindPeer { missing, age } => {
                write!(f, "{missing} of {peer} not applied")?;
                age.map_or(Ok(()), |age| write!(f, ", reported {} ago", short(age)))
            }
            Cause::Purged { missing } => write!(f, "{missing} missing and purged on {peer}: rebuild this node from it"),
        }
    }
}
