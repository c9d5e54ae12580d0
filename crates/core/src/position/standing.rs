//! What one probe reads about positions: where a server stands.

use std::time::Duration;

use super::boot::Boot;
use super::gtids::Gtids;
use super::origin::{Origin, Uuid};

/// Where a server stands. Received is read before executed, so that a replica which keeps pace contains in one reading
/// what it received; and executed before the state of semi-sync, so that where that is on and no session waits, all that is
/// executed was acknowledged. Not so the other way round: MariaDB counts a commit as executed while it still waits, MySQL does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The origin of the server's own transactions.
    pub origin: Origin,
    /// What this server has executed. MariaDB: `@@gtid_binlog_state`, and `@@gtid_slave_pos` for those whom it names: the
    /// log also has what waits for an acknowledgement and cannot be read yet. But not for itself: it also counts own
    /// transactions that came back from a peer and were skipped. MySQL: `@@gtid_executed`. Without
    /// GTIDs its own binary log's end, and for each channel the place in the source's log up to which it executed.
    pub executed: Gtids,
    /// What its channels hold or held in their relay logs, without transactions of its own. A server forgets it:
    /// MariaDB at every `START SLAVE`, MySQL at a restart with `relay_log_recovery`. A channel without GTIDs that has
    /// not reached its source since the server's start is not in it, for its source is not known.
    pub received: Gtids,
    /// What its binary logs no longer have: `@@gtid_purged`. Empty on all but MySQL with GTIDs.
    pub purged: Gtids,
    /// Its sources, one a channel.
    pub sources: Vec<ChannelSource>,
    /// Which process of the server answered.
    pub boot: Boot,
    /// Semi-synchronous replication.
    pub semisync: SemiSyncStatus,
    /// Why less follows from all this than it seems; ascending, none twice.
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
    /// Whether a commit waits before anybody can see it. Else, and always on MySQL 5.6, others may have read what is
    /// lost with the source.
    pub after_sync: bool,
    /// Semi-synchronous replicas that are connected.
    pub clients: u32,
    /// Sessions that wait for an acknowledgement.
    pub waiting: u32,
    /// After what time a commit stops waiting, and those after it do not wait at all.
    pub timeout: Duration,
    /// Whether commits wait also while no replica is connected. Otherwise the timeout proves nothing: the first
    /// commit after a replica is gone does not wait.
    pub wait_no_replica: bool,
}

/// What makes the sentences about a server weaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caveat {
    /// Several servers wrote this MariaDB domain: what is missing cannot be told.
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
