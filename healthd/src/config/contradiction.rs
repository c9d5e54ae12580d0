//! Values of the configuration that are well-formed but contradict each other.

use std::net::SocketAddr;

use healthd_mysql::login::address::Address;

use super::canary::CanaryConfigError;
use super::log_error::LogConfigError;
use crate::token::TokenError;
use crate::witness::WitnessesError;

/// What is contradictory, in one sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Contradiction {
    /// `silent_after` does not fit `interval`.
    #[error(
        "`silent_after` must be at least twice `interval` plus 400ms, so that one lost answer does not count as \
         silence, \
         and at most 4s"
    )]
    SilentAfter,
    /// An address to listen on appears twice.
    #[error("{0} is listed twice in `listen` and `agent_listen`")]
    ListenTwice(SocketAddr),
    /// A token file is wrong.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Both token files have the same content.
    #[error("the tokens of [witness] and [peers] must differ: HAProxy's configuration contains the one of [witness]")]
    SameTokens,
    /// `[witness]` is wrong.
    #[error(transparent)]
    Witnesses(#[from] WitnessesError),
    /// A log, a counter or a ratio is wrong.
    #[error(transparent)]
    Log(#[from] LogConfigError),
    /// There is no instance.
    #[error("instance {0} needs a `name` or a `port`")]
    Unnamed(Address),
    /// A peer cannot be asked without the token.
    #[error("instance {0} has a `peer`, which needs `token_file` in [peers]")]
    PeerWithoutToken(String),
    /// An option needs a witness.
    #[error("instance {0}: `fence_after` and `semi_sync_follows_role` need a `peer` and a [witness]")]
    NeedsWitness(String),
    /// `fence_after` is too short.
    #[error("instance {0}: `fence_after` must be at least 2s")]
    FenceAfter(String),
    /// The write canary is wrong.
    #[error("instance {instance}: {error}")]
    Canary {
        /// The instance.
        instance: String,
        /// What is wrong.
        error: CanaryConfigError,
    },
    /// A name appears twice.
    #[error("two instances are named `{0}`")]
    NameTwice(String),
    /// A port appears twice.
    #[error("two instances answer to port {0}: set a different `port` for one of them")]
    PortTwice(u16),
    /// An address of a server appears twice.
    #[error("two instances have the address {0}")]
    AddressTwice(Address),
    /// A name could be taken for a port.
    #[error("the name `{0}` reads like the port of another instance")]
    NameOfPort(String),
}
