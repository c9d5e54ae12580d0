//! Every reason code: one entry has everything that is known about it. Bodies, metrics, the plugins' outcomes, the
//! page's colors and `docs/reasons.md` derive from it. [`Reason`](crate::verdict::reason::Reason) has the sentence with
//! the numbers.

use std::fmt;

use crate::verdict::role::Role;
use crate::verdict::severity::Severity;

/// The chapters of `docs/reasons.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Chapter {
    /// The probe got no answer.
    Server,
    /// healthd itself.
    Daemon,
    /// What a role needs of the server.
    Gate,
    /// What the writer role also needs.
    Writer,
    /// It serves, under an exception.
    Exception,
}

impl Chapter {
    /// Every chapter, in the order of the page.
    pub const ALL: [Chapter; 5] =
        [Chapter::Server, Chapter::Daemon, Chapter::Gate, Chapter::Writer, Chapter::Exception];
}

/// Everything that is known about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonEntry {
    /// The code.
    pub name: &'static str,
    /// Its chapter.
    pub chapter: Chapter,
    /// The roles that it can take out, or let in.
    pub roles: &'static [Role],
    /// How urgent it is.
    pub severity: Severity,
    /// What it means.
    pub meaning: &'static str,
    /// What to do; may be empty.
    pub remedy: &'static str,
}

macro_rules! reasons {
    ($($chapter:ident {
        $($code:ident $name:literal $roles:ident $severity:ident $meaning:literal $remedy:literal)*
    })*) => {
        /// Why a role is refused, or under which exception it is granted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ReasonCode {
            $($(#[doc = $meaning] $code,)*)*
        }

        impl ReasonCode {
            /// Every code, in the order of `docs/reasons.md`.
            pub const ALL: &'static [ReasonCode] = &[$($(ReasonCode::$code,)*)*];

            /// Everything that is known about it.
            pub const fn entry(self) -> ReasonEntry {
                match self {
                    $($(ReasonCode::$code => ReasonEntry {
                        name: $name,
                        chapter: Chapter::$chapter,
                        roles: $roles,
                        severity: Severity::$severity,
                        meaning: $meaning,
                        remedy: $remedy,
                    },)*)*
                }
            }
        }
    };
}

impl ReasonCode {
    /// The code: stable, for machines, lower case with hyphens.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// How urgent it is.
    pub const fn severity(self) -> Severity {
        self.entry().severity
    }

    /// Reads a code. `None` for one that only a newer healthd knows.
    pub fn parse(name: &str) -> Option<ReasonCode> {
        ReasonCode::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

const EVERY: &[Role] = &Role::ALL;
const READER: &[Role] = &[Role::Reader];
const WRITER: &[Role] = &[Role::Writer];
const GALERA: &[Role] = &[Role::Galera];
/// Roles for which a Galera node is judged.
const CLUSTER: &[Role] = &[Role::Reader, Role::Writer, Role::Galera];
/// Roles for which a member of a replication group is judged.
const GROUP: &[Role] = &[Role::Reader, Role::Writer];
/// Roles for which the holder of the writer role is judged.
const READER_AND_WRITER: &[Role] = &[Role::Reader, Role::Writer];
/// Roles that write.
const WRITING: &[Role] = &[Role::Writer, Role::Galera];

reasons! {
    Server {
        ConnectionRefused "connection-refused" EVERY Critical
            "nothing listens on the port or socket"
            "start mysqld; read its error log"
        NoSocket "no-socket" EVERY Critical
            "the socket file is missing, or healthd may not open it"
            "start mysqld; compare `address` with its `socket`"
        HostUnreachable "host-unreachable" EVERY Critical
            "the network cannot reach the host"
            "check routes and firewalls"
        NameNotResolved "name-not-resolved" EVERY Critical
            "the host name has no address"
            "check DNS and `/etc/hosts`; an IP address needs neither"
        Timeout "timeout" EVERY Critical
            "no answer within `timeout`: mysqld is stopped, swaps, or waits for a lock or a disk"
            "`SHOW PROCESSLIST`, `iostat`, `dmesg`"
        ConnectionLost "connection-lost" EVERY Critical
            "the server closed the connection before it answered"
            "read its error log: it may be crashing"
        ShuttingDown "shutting-down" EVERY Critical
            "the server is shutting down"
            "wait"
        TooManyConnections "too-many-connections" EVERY Critical
            "no connection left, for longer than 10 s (before that: `up overloaded`)"
            "raise `max_connections`; `extra_port` lets healthd in"
        HostBlocked "host-blocked" EVERY Critical
            "too many interrupted connects from this host (error 1129)"
            "`mysqladmin flush-hosts`; find the client that interrupts them"
        HostNotAllowed "host-not-allowed" EVERY Critical
            "no account may connect from this host (error 1130)"
            "create the account for this host"
        AccessDenied "access-denied" EVERY Critical
            "wrong password, or no such account (error 1045)"
            "compare the option file with the account; the body never says which is wrong"
        AccountLocked "account-locked" EVERY Critical
            "the account is locked"
            "`ALTER USER … ACCOUNT UNLOCK`"
        PasswordExpired "password-expired" EVERY Critical
            "the account's password has expired"
            "`ALTER USER … PASSWORD EXPIRE NEVER`"
        AuthPluginUnavailable "auth-plugin-unavailable" EVERY Critical
            "healthd lacks the account's authentication plugin (such as `parsec`)"
            "choose another plugin for this account"
        TlsUnavailable "tls-unavailable" EVERY Critical
            "`ssl-mode` requires TLS and the server offers none"
            "set up TLS on the server, or use a socket"
        TlsFailed "tls-failed" EVERY Critical
            "the certificate, its name or validity, or the handshake failed; the text says which"
            "check the files named by `ssl-ca`, `ssl-cert`, `ssl-key`"
        TlsRequired "tls-required" EVERY Critical
            "the password would cross the network in the clear, or the server insists on TLS"
            "set `ssl-mode=VERIFY_CA` and `ssl-ca`, or use a socket"
        NotMysql "not-mysql" EVERY Critical
            "what answers there does not speak the MySQL protocol"
            "check `address`"
        OutOfResources "out-of-resources" EVERY Critical
            "healthd or its machine has no file descriptor or memory left"
            "raise `LimitNOFILE`; find what uses them"
        MalformedPacket "malformed-packet" EVERY Critical
            "the MySQL driver cannot read the answer"
            "is that a MySQL server? report it, with its version"
        OfflineMode "offline-mode" EVERY Critical
            "`offline_mode` is on"
            "an operator has set it"
        ServerError "server-error" EVERY Critical
            "any other error of the server; the text has its number"
            "`perror NUMBER`"
    }
    Daemon {
        Starting "starting" EVERY Starting
            "healthd has just started and has no answer of the server yet"
            "wait a second"
        Stale "stale" EVERY Critical
            "the last answer is older than `max_age`, and no new one came within 100 ms"
            "usually followed by `timeout` within a second"
        Stopping "stopping" EVERY Stopping
            "healthd is being stopped (`stop_grace`)"
            ""
        Maintenance "maintenance" EVERY Maintenance
            "an operator took it out; the text says who, why and until when"
            "`healthd maintenance off NAME`"
    }
    Gate {
        ReplicationStopped "replication-stopped" READER Warning
            "both replication threads are stopped"
            "`START REPLICA`"
        IoThreadStopped "io-thread-stopped" READER Warning
            "the IO thread is stopped"
            "`START REPLICA IO_THREAD`"
        IoThreadError "io-thread-error" READER Warning
            "the IO thread stopped on an error"
            "`healthd check` shows its text"
        IoThreadConnecting "io-thread-connecting" READER Warning
            "the IO thread cannot reach its source, or is refused by it"
            "is the source up? `ignore_channels` if this channel does not matter"
        SqlThreadStopped "sql-thread-stopped" READER Warning
            "the SQL thread is stopped"
            "`START REPLICA SQL_THREAD`"
        SqlThreadError "sql-thread-error" READER Warning
            "the SQL thread stopped on an error"
            "`healthd check` shows its text"
        LagUnknown "lag-unknown" READER Warning
            "both threads run and `Seconds_Behind_Source` is NULL"
            "wait; else `SHOW REPLICA STATUS`"
        Lag "lag" READER Warning
            "the channel is further behind than `max_lag`"
            ""
        Delayed "delayed" READER OnPurpose
            "the channel is delayed on purpose by more than `max_lag`"
            "a request may allow it: `max_lag=2h`"
        LagHold "lag-hold" READER Warning
            "within `max_lag` again, but not for the whole `lag_hold`"
            "wait"
        HeartbeatOld "heartbeat-old" READER Warning
            "the newest heartbeat is older than `max_lag`"
            "does the writer of the heartbeats run? is the source hung?"
        HeartbeatUnreadable "heartbeat-unreadable" READER Unreadable
            "the heartbeat query failed"
            "the text says why"
        ReplicationUnreadable "replication-unreadable" READER Unreadable
            "the replication status cannot be read, which is not \"no replication\""
            "the text names the missing `GRANT`"
        ReadOnlyUnreadable "read-only-unreadable" WRITING Unreadable
            "`read_only` and the similar switches cannot be read"
            "the text says why"
        WsrepNotReady "wsrep-not-ready" EVERY Critical
            "the Galera node refuses queries (`wsrep_ready` is OFF, error 1047)"
            "is it cut off? does it receive a state transfer?"
        GaleraNonPrimary "galera-non-primary" CLUSTER Critical
            "the Galera node is cut off from the primary component"
            "check the network and the other nodes"
        GaleraDonor "galera-donor" CLUSTER Warning
            "it gives a state transfer, or was desynced"
            "wait; `allow_donor`"
        GaleraJoining "galera-joining" CLUSTER Warning
            "it receives a state transfer"
            "wait"
        GaleraNotSynced "galera-not-synced" CLUSTER Warning
            "any other state than synced"
            "wait; read its error log"
        GaleraRejectsQueries "galera-rejects-queries" EVERY Critical
            "`wsrep_reject_queries` is set"
            "an operator has set it"
        GaleraUnreadable "galera-unreadable" EVERY Critical
            "the wsrep status cannot be read"
            "the text says why"
        NotGalera "not-galera" GALERA Absent
            "`role=galera` on a server without Galera"
            ""
        GrNotOnline "gr-not-online" GROUP Critical
            "the Group Replication member is offline or in error"
            "`START GROUP_REPLICATION`; read its error log"
        GrRecovering "gr-recovering" GROUP Warning
            "the Group Replication member fetches what it missed"
            "wait"
        GrNoMajority "gr-no-majority" GROUP Critical
            "it reaches no majority of its group, whatever state it reports"
            "check the other members"
        GrUnreadable "gr-unreadable" GROUP Unreadable
            "the members of the group cannot be read"
            "the text names the missing `GRANT`"
        CanaryFailed "canary-failed" WRITER Critical
            "the server refused the [write canary](configuration.md#the-write-canary) with this error; it \
             counts for a minute"
            "the text says what helps: a `GRANT`, the table, the statement; a full disk"
        CanaryTimeout "canary-timeout" WRITER Critical
            "the write canary was not answered in time while reads work; it counts for a minute"
            "`SHOW PROCESSLIST`: `FLUSH TABLES WITH READ LOCK` of a backup? `df`: a full disk?"
        ReadOnly "read-only" WRITING ReadOnly
            "a switch forbids writing"
            "`SET GLOBAL read_only = 0`, if you are sure; with `fence_after` healthd may have set it, and \
             resets it itself"
    }
    Writer {
        Standby "standby" WRITER Standby
            "all is well: the peer holds the role, and this node could take it"
            "nothing"
        PositionsUnreadable "positions-unreadable" WRITER Unreadable
            "its replication position cannot be read; the holder keeps the role without it"
            "the text names the missing `GRANT`, or what blocks the statement"
        PositionUnknown "position-unknown" WRITER Unused
            "its replication position has not been read since it came back"
            "wait for the next probe"
        DaemonNotRunning "daemon-not-running" WRITER Unreadable
            "this command needs the running healthd, which alone knows what was received"
            "start healthd"
        RelayLogNotApplied "relay-log-not-applied" WRITER CatchingUp
            "it has received transactions that it has not applied; clients would read stale data"
            "wait; does the SQL thread run? for what can never arrive: `healthd accept-loss NAME`"
        BehindPeer "behind-peer" WRITER CatchingUp
            "the peer has reported transactions that this node has not applied"
            "wait; does the IO thread run? if the peer is dead for good: `healthd accept-loss NAME`"
        BehindFinalPosition "behind-final-position" WRITER Unserved
            "the old holder gave the role away at a final position that is not applied here yet"
            "wait"
        BinlogPurged "binlog-purged" WRITER NeedsOperator
            "what is missing is not in its relay log, and the peer has purged it"
            "rebuild this node from the peer"
        SourceReset "source-reset" WRITER NeedsOperator
            "what was received and not applied is gone from a running source: `RESET MASTER`, or a restore"
            "if that was intended: `healthd mark drop NAME`; else rebuild the source from here"
        NeverInSync "never-in-sync" WRITER Warning
            "it was never seen with its source connected and all that it received applied (a new state directory)"
            "start replication, wait"
        BinlogReset "binlog-reset" WRITER NeedsOperator
            "its own binary log began anew: `RESET MASTER`, or a rebuild"
            "if that was intended: `healthd mark drop NAME`"
        LostTransactions "lost-transactions" WRITER NeedsOperator
            "it lacks its own transactions that were seen, or that the peer has: an old data directory, or a disk that \
             lost writes"
            "rebuild it from the peer, then `healthd mark drop NAME`; replication will not bring them back"
        ServerChanged "server-changed" WRITER NeedsOperator
            "another server answers at its address than before"
            "if that was intended: `healthd mark drop NAME`"
        ErrantTransactions "errant-transactions" WRITER NeedsOperator
            "it executed transactions that the peer lacked when the peer took over; *merged late*: the peer has them \
             by now"
            "compare the data, then `healthd accept-loss NAME` keeps them; or rebuild it"
        AwaitingFailback "awaiting-failback" WRITER NeedsOperator
            "its server restarted and the peer was written meanwhile; it has everything again"
            "`healthd failback NAME`, or `failback = \"auto\"`"
        Suspended "suspended" WRITER Warning
            "the holder was taken out by HAProxy, failed or restarted; it waits until the peer confirms that it did \
             not take over"
            "wait a second; does the link to the peer work?"
        PeerUnreachable "peer-unreachable" WRITER NeedsOperator
            "the holder waits for the peer's confirmation, and the peer is not heard: it may hold the role"
            "repair the link; only if the peer is dead: `healthd takeover NAME --peer-is-dead`"
        NoHolder "no-holder" WRITER NeedsOperator
            "no node ever held the role, and this node has not heard the peer"
            "start the peer's healthd; only if it is dead: `healthd takeover NAME --peer-is-dead`"
        PeerPositionUnknown "peer-position-unknown" WRITER NeedsOperator
            "the peer went down without a fresh report: its last transactions are not known here"
            "start the peer; if it is dead for good: `healthd takeover NAME --peer-is-dead`"
        RoleRequested "role-requested" WRITER Unserved
            "it could take the role, and asks the peer for it"
            "wait"
        VerifyingPosition "verifying-position" WRITER Warning
            "the probe that decides is in progress"
            "wait: the next check has the answer"
        NoHttpCheck "no-http-check" WRITER Warning
            "HAProxy has not asked by HTTP lately; only that check gives the role"
            "nothing while HAProxy starts; else is `check` missing on the server line, or is it in maintenance there?"
        Yielding "yielding" WRITER HandingOver
            "it gives the role to the peer, which asked for it"
            "wait; it keeps the role if the peer does not take it"
        HandingOver "handing-over" WRITER HandingOver
            "it gives the role to the peer by an operator's command"
            "wait; after 10 s it keeps the role"
        PeerInUse "peer-in-use" WRITER Warning
            "HAProxy still sends clients to the peer"
            "wait for its next checks"
        WitnessesDisagree "witnesses-disagree" WRITER Warning
            "a HAProxy of `[witness]` has not said that the peer is out; or the one that sent this check was removed"
            "if it is gone for good: `healthd witness remove NAME ADDRESS`"
        WitnessUnreadable "witness-unreadable" WRITER Warning
            "a check of a HAProxy of `[witness]` does not say which servers it uses; the text says what is missing"
            "compare its `http-check` line with `haproxy/`"
        TakeoverNotSaved "takeover-not-saved" WRITER NeedsOperator
            "the role was not taken, because that could not be written to the state directory"
            "check space and permissions of `state_dir`"
        StateBeingSaved "state-being-saved" WRITER Warning
            "no answer within 100 ms: the state file is being written"
            "wait; is the disk of `state_dir` slow?"
        Busy "busy" WRITER Warning
            "no answer within 100 ms: healthd had no time for this check"
            "wait; does the machine lack CPU time, or do many clients check at once?"
    }
    Exception {
        Overloaded "overloaded" EVERY Strained
            "no connection was left for the probe, and the last answer counts for 10 s"
            "raise `max_connections`; `extra_port` lets healthd in"
        StateNotSaved "state-not-saved" WRITER Strained
            "the state of the writer role could not be written: after a restart healthd will know less"
            "check space and permissions of `state_dir`"
        DonorAllowed "donor-allowed" CLUSTER Fine
            "a Galera donor, by `allow_donor`"
            ""
        ChannelIgnored "channel-ignored" READER Fine
            "a broken channel, by `ignore_channels`"
            ""
        NoWitness "no-witness" WRITER Fine
            "the writer role without `[witness]`: nothing excludes two writers"
            ""
        WeakerGuarantee "weaker-guarantee" WRITER Fine
            "a guarantee of the writer role is weaker on this server; the gate `caveat` says why"
            "see *What makes a guarantee weaker*"
        NotRequired "not-required" READER_AND_WRITER Fine
            "a condition for taking the writer role; the holder keeps the role without it"
            ""
    }
}
