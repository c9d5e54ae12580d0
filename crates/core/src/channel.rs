//! One replication channel (a connection to one source) as `SHOW REPLICA STATUS` describes it.

use std::fmt;
use std::time::Duration;

use crate::reason::ChannelFault;

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

/// A server error that a replication thread stopped or stumbles on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadError {
    /// The server's error number.
    pub code: u32,
    /// The server's text, cleaned, without what it quotes (accounts, rows, statements).
    pub text: String,
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
    /// `Seconds_Behind_Source`; `None` is the server's NULL, which is not 0.
    pub lag: Option<Duration>,
    /// The configured delay (`SQL_Delay`), zero for none.
    pub delay: Duration,
    /// The receiver's last error.
    pub receiver_error: Option<ThreadError>,
    /// The applier's last error.
    pub applier_error: Option<ThreadError>,
}

impl Channel {
    /// The name that people see: the default channel has none of its own.
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

    /// How old the data may be: what the server reports, or the delay it was told to keep, whichever is more.
    /// A delayed replica is stale on purpose also while its source is idle and it reports 0.
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
