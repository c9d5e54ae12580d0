//! The state of a cluster member: a Galera node, a Group Replication member.

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
