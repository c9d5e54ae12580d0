//! The code of each reason. [`ReasonCode`] has everything else that is known about it.

use crate::observed::canary::CanaryFault;
use crate::observed::channel::ChannelFault;
use crate::observed::cluster::{MemberState, NodeState};
use crate::observed::failure::{Failure, TlsFault};
use crate::verdict::code::ReasonCode;
use crate::verdict::reason::{Part, Reason};

impl Reason {
    /// The reason code.
    pub fn code(&self) -> ReasonCode {
        match self {
            Reason::Stopping => ReasonCode::Stopping,
            Reason::Starting => ReasonCode::Starting,
            Reason::Stale { .. } => ReasonCode::Stale,
            Reason::Maintenance { .. } => ReasonCode::Maintenance,
            Reason::Failed { failure, .. } => failure.code(),
            Reason::WsrepNotReady => ReasonCode::WsrepNotReady,
            Reason::NotGalera => ReasonCode::NotGalera,
            Reason::GaleraState(state) => state.code(),
            Reason::GaleraNonPrimary => ReasonCode::GaleraNonPrimary,
            Reason::GaleraRejectsQueries => ReasonCode::GaleraRejectsQueries,
            Reason::MemberState(state) => state.code(),
            Reason::NoMajority { .. } => ReasonCode::GrNoMajority,
            Reason::Channel { fault, .. } => fault.code(),
            Reason::Lag { .. } => ReasonCode::Lag,
            Reason::Delayed { .. } => ReasonCode::Delayed,
            Reason::HeartbeatOld { .. } => ReasonCode::HeartbeatOld,
            Reason::Settling { .. } => ReasonCode::LagHold,
            Reason::Unreadable { part, .. } => part.code(),
            Reason::ReadOnly { .. } => ReasonCode::ReadOnly,
            Reason::Canary { fault: CanaryFault::Refused { .. }, .. } => ReasonCode::CanaryFailed,
            Reason::Canary { fault: CanaryFault::Hangs { .. }, .. } => ReasonCode::CanaryTimeout,
            Reason::Writer(reason) => reason.code(),
        }
    }
}

impl Failure {
    /// The reason code.
    pub fn code(&self) -> ReasonCode {
        match self {
            Failure::Refused => ReasonCode::ConnectionRefused,
            Failure::NoSocket => ReasonCode::NoSocket,
            Failure::Unreachable => ReasonCode::HostUnreachable,
            Failure::NameNotResolved => ReasonCode::NameNotResolved,
            Failure::Timeout { .. } => ReasonCode::Timeout,
            Failure::Closed { .. } => ReasonCode::ConnectionLost,
            Failure::AccessDenied => ReasonCode::AccessDenied,
            Failure::AccountLocked => ReasonCode::AccountLocked,
            Failure::PasswordExpired => ReasonCode::PasswordExpired,
            Failure::HostBlocked => ReasonCode::HostBlocked,
            Failure::HostNotAllowed => ReasonCode::HostNotAllowed,
            Failure::OfflineMode => ReasonCode::OfflineMode,
            Failure::TooManyConnections => ReasonCode::TooManyConnections,
            Failure::ShuttingDown => ReasonCode::ShuttingDown,
            Failure::NotMysql => ReasonCode::NotMysql,
            Failure::Tls(TlsFault::NotOffered) => ReasonCode::TlsUnavailable,
            Failure::Tls(TlsFault::PlainToRemote | TlsFault::ServerRequires) => ReasonCode::TlsRequired,
            Failure::Tls(
                TlsFault::UnknownAuthority
                | TlsFault::WrongName
                | TlsFault::NoName
                | TlsFault::Expired
                | TlsFault::Certificate
                | TlsFault::Handshake
                | TlsFault::Files,
            ) => ReasonCode::TlsFailed,
            Failure::AuthPlugin => ReasonCode::AuthPluginUnavailable,
            Failure::WsrepNotReady => ReasonCode::WsrepNotReady,
            Failure::ServerError { .. } => ReasonCode::ServerError,
            Failure::Local => ReasonCode::OutOfResources,
            Failure::Broken => ReasonCode::MalformedPacket,
        }
    }
}

impl ChannelFault {
    fn code(self) -> ReasonCode {
        match self {
            ChannelFault::Stopped => ReasonCode::ReplicationStopped,
            ChannelFault::ReceiverStopped => ReasonCode::IoThreadStopped,
            ChannelFault::ReceiverError { .. } => ReasonCode::IoThreadError,
            ChannelFault::Connecting { .. } => ReasonCode::IoThreadConnecting,
            ChannelFault::ApplierStopped => ReasonCode::SqlThreadStopped,
            ChannelFault::ApplierError { .. } => ReasonCode::SqlThreadError,
            ChannelFault::LagUnknown => ReasonCode::LagUnknown,
        }
    }
}

impl NodeState {
    fn code(self) -> ReasonCode {
        match self {
            NodeState::DonorDesynced => ReasonCode::GaleraDonor,
            NodeState::Joining => ReasonCode::GaleraJoining,
            NodeState::Initialized | NodeState::Joined | NodeState::Synced | NodeState::Other(_) => {
                ReasonCode::GaleraNotSynced
            }
        }
    }
}

impl MemberState {
    fn code(self) -> ReasonCode {
        match self {
            MemberState::Recovering => ReasonCode::GrRecovering,
            MemberState::Online | MemberState::Offline | MemberState::Error | MemberState::Unreachable => {
                ReasonCode::GrNotOnline
            }
        }
    }
}

impl Part {
    fn code(self) -> ReasonCode {
        match self {
            Part::Replication => ReasonCode::ReplicationUnreadable,
            Part::Galera => ReasonCode::GaleraUnreadable,
            Part::GroupReplication => ReasonCode::GrUnreadable,
            Part::Switches => ReasonCode::ReadOnlyUnreadable,
            Part::Heartbeat => ReasonCode::HeartbeatUnreadable,
            Part::Positions => ReasonCode::PositionsUnreadable,
        }
    }
}
