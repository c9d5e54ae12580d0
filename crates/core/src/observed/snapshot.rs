//! What one probe read. A section that could not be read stays an error: it is never empty and never 0.

use std::borrow::Cow;
use std::time::Duration;

use crate::observed::channel::Channel;
use crate::observed::server::Server;
use crate::position::standing::Standing;

/// Why a section could not be read although the server answered the probe's query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// The account lacks a privilege; `grant` is the statement that would give it.
    Denied {
        /// What to grant, without the account: `GRANT REPLICATION CLIENT ON *.*`; several with `; ` between them.
        grant: Cow<'static, str>,
    },
    /// The server refused the statement for another reason.
    Refused {
        /// The server's error number.
        code: u16,
    },
    /// A statement hangs inside the server, which answers otherwise: a lock that somebody else holds.
    NoAnswer {
        /// Which statement hangs; this section is it, or comes after it.
        hanging: &'static str,
    },
    /// The answer was not what this statement returns.
    NotUnderstood {
        /// The column or value that was not understood.
        what: &'static str,
    },
}

/// A part of a snapshot: one statement's answer, or why there is none.
pub type Section<T> = Result<T, Unreadable>;

/// The switches that forbid writing. `None` where a server does not have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteSwitches {
    /// `@@read_only`.
    pub read_only: Option<bool>,
    /// `@@super_read_only` (MySQL 5.7+).
    pub super_read_only: Option<bool>,
    /// `@@innodb_read_only`.
    pub innodb_read_only: Option<bool>,
    /// `@@offline_mode` (MySQL 5.7+).
    pub offline_mode: Option<bool>,
}

impl WriteSwitches {
    /// The first switch that is on, by its name.
    pub fn forbidding(&self) -> Option<&'static str> {
        [
            ("read_only", self.read_only),
            ("super_read_only", self.super_read_only),
            ("innodb_read_only", self.innodb_read_only),
            ("offline_mode", self.offline_mode),
        ]
        .into_iter()
        .find_map(|(name, value)| (value == Some(true)).then_some(name))
    }
}

/// `wsrep_local_state`, <https://galeracluster.com/library/documentation/node-states.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeState {
    /// 0, `Initialized`: not in a component.
    Initialized,
    /// 1, `Joining`: asks for or receives a state transfer.
    Joining,
    /// 2, `Donor/Desynced`: gives a state transfer, or was desynced by an operator.
    DonorDesynced,
    /// 3, `Joined`: catching up.
    Joined,
    /// 4, `Synced`.
    Synced,
    /// Any other number, such as the inconsistent state of newer versions.
    Other(u32),
}

impl NodeState {
    /// The state for the number that the server reports.
    pub fn from_number(number: u32) -> NodeState {
        match number {
            0 => NodeState::Initialized,
            1 => NodeState::Joining,
            2 => NodeState::DonorDesynced,
            3 => NodeState::Joined,
            4 => NodeState::Synced,
            other => NodeState::Other(other),
        }
    }

    /// The word for people.
    pub fn name(self) -> &'static str {
        match self {
            NodeState::Initialized => "in no cluster",
            NodeState::Joining => "joining",
            NodeState::DonorDesynced => "a donor or desynced",
            NodeState::Joined => "still applying what it missed",
            NodeState::Synced => "synced",
            NodeState::Other(_) => "in an unknown state",
        }
    }
}

/// Whether `wsrep_provider` names one: a server without Galera has `none`, or nothing.
pub fn is_wsrep_provider(name: &str) -> bool {
    !matches!(name, "" | "none")
}

/// A Galera node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wsrep {
    /// `wsrep_ready`: whether the node accepts queries at all.
    pub ready: bool,
    /// `wsrep_local_state`.
    pub state: NodeState,
    /// Whether `wsrep_cluster_status` is `Primary`.
    pub primary: bool,
    /// `wsrep_cluster_size`, for people.
    pub size: Option<u32>,
    /// Whether `wsrep_reject_queries` is other than `NONE`: `SHOW` is answered, everything else is error 1047.
    pub rejects_queries: bool,
}

/// `MEMBER_STATE` of `performance_schema.replication_group_members`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberState {
    /// `ONLINE`.
    Online,
    /// `RECOVERING`: fetching what it missed.
    Recovering,
    /// `OFFLINE`: the plugin is loaded, the member not in a group.
    Offline,
    /// `ERROR`.
    Error,
    /// `UNREACHABLE`: suspected by this member.
    Unreachable,
}

impl MemberState {
    /// The word for people, as the server writes it, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            MemberState::Online => "online",
            MemberState::Recovering => "recovering",
            MemberState::Offline => "offline",
            MemberState::Error => "in error",
            MemberState::Unreachable => "unreachable",
        }
    }
}

/// A Group Replication member as it sees itself and its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupMember {
    /// This member's own state.
    pub state: MemberState,
    /// How many members this one can reach, itself among them: a survivor keeps calling itself online.
    pub reachable: u32,
    /// How many members its view has.
    pub members: u32,
}

impl GroupMember {
    /// Whether the reachable members are more than half of the view.
    pub fn has_majority(&self) -> bool {
        self.reachable * 2 > self.members
    }
}

/// What one probe read of a server that answered the probe's query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Flavour and version; `None` while even that could not be asked.
    pub server: Option<Server>,
    /// Write switches.
    pub switches: Section<WriteSwitches>,
    /// All replication channels, named ones included; empty when the server replicates from nobody.
    pub channels: Section<Vec<Channel>>,
    /// The Galera node; `None` when the server is not one.
    pub wsrep: Section<Option<Wsrep>>,
    /// The Group Replication member; `None` when the plugin is not in use.
    pub group: Section<Option<GroupMember>>,
    /// The age of the newest heartbeat, where a heartbeat query is configured.
    pub heartbeat: Option<Section<Duration>>,
    /// Where the server stands in replication; `None` where nobody asked for it.
    pub standing: Option<Section<Standing>>,
}
