//! One replication channel (a connection to one source) as `SHOW REPLICA STATUS` describes it.

use std::fmt;
use std::time::Duration;

use crate::text::duration::short;

/// The state of the receiving thread (`Replica_IO_Running`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiver {
    /// Connected and receiving.
    Running,
    /// Trying to reach the source.
    Connecting,
    /// Not running.
    Stopped,
}

/// The state of the applying thread (`Replica_SQL_Running`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applier {
    /// Running.
    Running,
    /// Not running.
    Stopped,
}

/// A server error because of which a replication thread stopped or tries again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadError {
    /// The server's error number.
    pub code: u32,
    /// The server's text, cleaned, without what it quotes (accounts, rows, statements).
    pub text: String,
}

/// The combined state of both threads of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// Both run.
    Run,
    /// One is stopped, or still connects, and there is no error: an operator stopped it, or it has only just been
    /// started.
    Stopped,
    /// One does not run because of an error, or the applier has one.
    Failed,
}

/// What is broken in a replication channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelFault {
    /// Both threads are stopped without an error: an operator stopped them.
    Stopped,
    /// The receiver is stopped, with no error.
    ReceiverStopped,
    /// The receiver stopped on an error.
    ReceiverError {
        /// The server's error number.
        code: u32,
    },
    /// The receiver cannot reach its source.
    Connecting {
        /// The server's error number, if it has one already.
        code: Option<u32>,
    },
    /// The applier is stopped, with no error.
    ApplierStopped,
    /// The applier stopped on an error.
    ApplierError {
        /// The server's error number.
        code: u32,
    },
    /// Both threads run, and the server still reports NULL.
    LagUnknown,
}

impl fmt::Display for ChannelFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChannelFault::Stopped => f.write_str("replication is stopped"),
            ChannelFault::ReceiverStopped => f.write_str("the IO thread is stopped"),
            ChannelFault::ReceiverError { code } => write!(f, "the IO thread stopped on error {code}"),
            // The numbers of the client library: no connection, or one that broke.
            ChannelFault::Connecting { code: Some(code @ 2000..=2999) } => {
                write!(f, "the source cannot be reached, error {code}")
            }
            ChannelFault::Connecting { code: Some(code) } => {
                write!(f, "the source refuses the IO thread, error {code}")
            }
            ChannelFault::Connecting { code: None } => f.write_str("the source is not connected yet"),
            ChannelFault::ApplierStopped => f.write_str("the SQL thread is stopped"),
            ChannelFault::ApplierError { code } => write!(f, "the SQL thread stopped on error {code}"),
            ChannelFault::LagUnknown => f.write_str("the server does not know its lag (NULL)"),
        }
    }
}

/// One channel of a replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The connection name (MariaDB) or channel name (MySQL); empty for the default one.
    pub name: String,
    /// `host:port` of the source.
    pub source: String,
    /// The receiving thread.
    pub receiver: Receiver,
    /// The applying thread.
    pub applier: Applier,
    /// `Seconds_Behind_Source`; `None` is the server's NULL, not 0.
    pub lag: Option<Duration>,
    /// The configured delay (`SQL_Delay`), zero for none.
    pub delay: Duration,
    /// The receiver's last error.
    pub receiver_error: Option<ThreadError>,
    /// The applier's last error.
    pub applier_error: Option<ThreadError>,
}

impl Channel {
    /// The name for people: `default` for the default channel.
    pub fn label(&self) -> &str {
        if self.name.is_empty() { "default" } else { &self.name }
    }

    /// What is broken, the cause before its consequence; `None` when the channel works and its lag is known.
    pub fn fault(&self) -> Option<ChannelFault> {
        let number = |error: &Option<ThreadError>| error.as_ref().map(|error| error.code);
        match (self.applier, self.receiver) {
            (Applier::Stopped, _) => Some(match number(&self.applier_error) {
                Some(code) => ChannelFault::ApplierError { code },
                None if self.receiver == Receiver::Stopped => match number(&self.receiver_error) {
                    Some(code) => ChannelFault::ReceiverError { code },
                    None => ChannelFault::Stopped,
                },
                None => ChannelFault::ApplierStopped,
            }),
            (Applier::Running, Receiver::Stopped) => Some(match number(&self.receiver_error) {
                Some(code) => ChannelFault::ReceiverError { code },
                None => ChannelFault::ReceiverStopped,
            }),
            (Applier::Running, Receiver::Connecting) => {
                Some(ChannelFault::Connecting { code: number(&self.receiver_error) })
            }
            (Applier::Running, Receiver::Running) if self.lag.is_none() => Some(ChannelFault::LagUnknown),
            (Applier::Running, Receiver::Running) => None,
        }
    }

    /// The combined state of its threads. A receiver that runs has recovered from its last error.
    pub fn threads(&self) -> Threads {
        let received = self.receiver == Receiver::Running;
        match (&self.applier_error, &self.receiver_error) {
            (Some(_), _) => Threads::Failed,
            (None, Some(_)) if !received => Threads::Failed,
            _ if received && self.applier == Applier::Running => Threads::Run,
            _ => Threads::Stopped,
        }
    }

    /// The lag without the configured delay. `None` if the lag is unknown.
    pub fn lateness(&self) -> Option<Duration> {
        self.lag.map(|lag| lag.saturating_sub(self.delay))
    }

    /// One-line summary, with the fault if there is one.
    pub fn describe(&self) -> String {
        let (name, source) = (self.label(), &self.source);
        let error = self.applier_error.as_ref().or(self.receiver_error.as_ref());
        let error = error.map_or_else(String::new, |error| format!(", error {}: {}", error.code, error.text));
        match (self.fault(), self.lateness()) {
            (Some(_), _) | (None, None) => format!(
                "channel {name} from {source}: receiver {}, applier {}, lag {}{error}",
                self.receiver,
                self.applier,
                self.lag.map_or_else(|| "unknown".to_owned(), short),
            ),
            (None, Some(late)) => {
                format!("channel {name} from {source}: {} behind{}{error}", short(late), self.beside_its_delay())
            }
        }
    }

    /// The configured delay as the end of a sentence about the lag; empty without a delay.
    pub fn beside_its_delay(&self) -> String {
        if self.delay.is_zero() {
            String::new()
        } else {
            format!(", beside its configured delay of {}", short(self.delay))
        }
    }

    /// How old the data may be: the lag that the server reports, or the configured delay if that is more. A delayed
    /// replica has old data on purpose, even while its source is idle and it reports 0.
    pub fn staleness(&self) -> Option<Duration> {
        self.lag.map(|lag| lag.max(self.delay))
    }
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Receiver::Running => "running",
            Receiver::Connecting => "connecting",
            Receiver::Stopped => "stopped",
        })
    }
}

impl fmt::Display for Applier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Applier::Running => "running",
            Applier::Stopped => "stopped",
        })
    }
}
