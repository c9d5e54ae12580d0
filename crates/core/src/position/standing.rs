//! The replication position of a server, as one probe reads it.

use std::time::Duration;

use super::boot::Boot;
use super::gtids::Gtids;
use super::origin::{Origin, Uuid};

/// The replication position of a server. The order of reading matters. Received is read before executed, so a replica
/// that keeps pace has executed in one reading what it has received. Executed is read before the state of semi-sync: if
/// that is on and no session waits, everything executed was acknowledged. The reverse would prove nothing: MariaDB
/// counts a commit as executed while it still waits, MySQL does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The origin of the server's own transactions.
    pub origin: Origin,
    /// What this server has executed. MariaDB: `@@gtid_binlog_state`, except that `@@gtid_slave_pos` counts for the
    /// servers in it: the log also has transactions that wait for an acknowledgement and cannot be read yet. That
    /// position does not count for the server itself, since it includes own transactions that came back from a peer and
    /// were skipped. MySQL: `@@gtid_executed`. Without GTIDs: the end of its own binary log, and for each channel the
    /// executed position in the source's log.
    pub executed: Gtids,
    /// What its relay logs hold or held, without own transactions. The server forgets it: MariaDB at every `START
    /// SLAVE`, MySQL at a restart with `relay_log_recovery`. A channel without GTIDs that has not reached its source
    /// since the server's start is missing, because its source is unknown.
    pub received: Gtids,
    /// What its binary logs no longer contain: `@@gtid_purged`. Empty except on MySQL with GTIDs.
    pub purged: Gtids,
    /// The sources, one for each channel.
    pub sources: Vec<ChannelSource>,
    /// The process of the server that answered.
    pub boot: Boot,
    /// Semi-synchronous replication.
    pub semisync: SemiSyncStatus,
    /// Why these values prove less than they seem to; ascending, without duplicates.
    pub caveats: Vec<Caveat>,
}

/// A channel's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSource {
    /// The channel, as [`crate::observed::channel::Channel::label`] names it.
    pub channel: String,
    /// `Source_Server_Id`; `None` until the channel first reaches its source after a start of the server.
    pub server_id: Option<u32>,
    /// `Source_UUID`; MySQL only.
    pub uuid: Option<Uuid>,
    /// Whether the receiving thread is connected. It stays so while the source hangs.
    pub connected: bool,
}

/// Both sides of semi-synchronous replication,
/// <https://dev.mysql.com/doc/refman/8.4/en/replication-semisync.html>,
/// <https://mariadb.com/docs/server/ha-and-performance/standard-replication/semisynchronous-replication>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SemiSyncStatus {
    /// The source's side; `None` without the plugin. A plugin that is loaded at run time is noticed within a minute.
    pub source: Option<SemiSyncSource>,
    /// Whether this server's receiving threads acknowledge what they receive (`Rpl_semi_sync_replica_status`).
    pub replica_on: bool,
}

/// The source's side of semi-synchronous replication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SemiSyncSource {
    /// Whether commits wait now (`Rpl_semi_sync_source_status`): enabled, and no wait has run into its timeout since.
    pub on: bool,
    /// Whether a commit waits before other clients can see it. Otherwise, and always on MySQL 5.6, clients may have
    /// read what is lost with the source.
    pub after_sync: bool,
    /// Semi-synchronous replicas that are connected.
    pub clients: u32,
    /// Sessions that wait for an acknowledgement.
    pub waiting: u32,
    /// How long a commit waits. After that time, it stops waiting, and later commits do not wait at all.
    pub timeout: Duration,
    /// Whether commits also wait while no replica is connected. If not, the timeout proves nothing: the first commit
    /// after the replica is gone does not wait.
    pub wait_no_replica: bool,
}

/// Reasons why a guarantee is weaker on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caveat {
    /// Several servers wrote this MariaDB domain, so missing transactions cannot be determined.
    SharedDomain(u32),
    /// What this server replicates, or even what it writes, is not in its binary log (`log_replica_updates` or
    /// `log_bin` is off).
    NoLogSlaveUpdates,
    /// MariaDB's `gtid_strict_mode` is off: sequence numbers may go backwards within a domain.
    NotStrict,
    /// The server or one of its channels has file positions only.
    NoGtid,
    /// Filters leave something out: of its binary log, or of what a channel executes.
    Filtered,
}
