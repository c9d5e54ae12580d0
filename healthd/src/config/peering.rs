//! The other node and the HAProxys that decide: `node`, `[peers]` and `[witness]`.

use std::time::Duration;

use healthd_core::writer::Failback;

use super::contradiction::Contradiction;
use super::raw::{InstanceName, RawFailback, RawInstance, RawPeers, RawWitness};
use super::writer::WriterConfig;
use crate::token::Token;
use crate::witness::Witnesses;

const DEFAULT_INTERVAL: Duration = Duration::from_millis(200);
const DEFAULT_SILENT_AFTER: Duration = Duration::from_secs(1);
/// How much longer than two intervals a peer must be unheard to count as unreachable.
const ONE_LOST_ANSWER: Duration = Duration::from_millis(400);
const LONGEST_SILENT_AFTER: Duration = Duration::from_secs(4);
/// A shorter time could end the sessions of a node that HAProxy is about to check.
const SHORTEST_FENCE_AFTER: Duration = Duration::from_secs(2);

/// Settings that the writer role of every instance shares.
pub(super) struct Peering {
    /// This node's name.
    pub(super) node: String,
    /// How often the peer is asked.
    pub(super) interval: Duration,
    /// The HAProxys that must agree.
    pub(super) witnesses: Witnesses,
    token: Option<Token>,
    silent_after: Duration,
}

impl Peering {
    /// Reads the token files and checks the times.
    ///
    /// # Errors
    /// When a token file is wrong, or values do not fit together.
    pub(super) fn new(
        node: Option<&InstanceName>,
        peers: &RawPeers,
        witness: &RawWitness,
    ) -> Result<Peering, Contradiction> {
        let token = peers.token_file.as_deref().map(Token::read).transpose()?;
        let witnesses = witnesses(witness, token.as_ref())?;
        let silent_after = peers.silent_after.map_or(DEFAULT_SILENT_AFTER, |pace| pace.0);
        let interval = peers.interval.map_or(DEFAULT_INTERVAL, |pace| pace.0);
        if silent_after < interval * 2 + ONE_LOST_ANSWER || silent_after > LONGEST_SILENT_AFTER {
            return Err(Contradiction::SilentAfter);
        }
        let host = || rustix::system::uname().nodename().to_string_lossy().into_owned();
        let node = node.map_or_else(host, |node| node.0.clone());
        Ok(Peering { node, interval, witnesses, token, silent_after })
    }

    /// The writer role of one instance.
    ///
    /// # Errors
    /// When the instance asks for what needs a peer, a token or a witness.
    pub(super) fn writer(&self, name: &str, raw: &RawInstance) -> Result<WriterConfig, Contradiction> {
        let peer = raw.peer.as_ref().map(|peer| peer.0.clone());
        if peer.is_some() && self.token.is_none() {
            return Err(Contradiction::PeerWithoutToken(name.to_owned()));
        }
        let writer = WriterConfig {
            node: self.node.clone(),
            token: self.token.clone(),
            interval: self.interval,
            silent_after: self.silent_after,
            // Without a peer, the statements of HAProxy cannot be used.
            witnesses: if peer.is_some() { self.witnesses.clone() } else { Witnesses::default() },
            failback: match raw.failback {
                Some(RawFailback::Auto) => Failback::Auto,
                Some(RawFailback::Manual) | None => Failback::Manual,
            },
            peer,
            semi_sync_follows_role: raw.semi_sync_follows_role,
            fence_after: raw.fence_after.map(|time| time.0),
        };
        let witnessed = writer.peer.is_some() && !writer.witnesses.is_empty();
        if !witnessed && (writer.fence_after.is_some() || writer.semi_sync_follows_role) {
            return Err(Contradiction::NeedsWitness(name.to_owned()));
        }
        if writer.fence_after.is_some_and(|after| after < SHORTEST_FENCE_AFTER) {
            return Err(Contradiction::FenceAfter(name.to_owned()));
        }
        Ok(writer)
    }
}

/// The witnesses. Their token is in HAProxy's file, so it must differ from the token of the peers.
fn witnesses(raw: &RawWitness, peers: Option<&Token>) -> Result<Witnesses, Contradiction> {
    let token = raw.token_file.as_deref().map(Token::read).transpose()?;
    if token.is_some() && token.as_ref() == peers {
        return Err(Contradiction::SameTokens);
    }
    let names = raw.names.iter().map(|name| name.0.clone()).collect();
    Ok(Witnesses::new(raw.from.iter().map(|address| address.0), names, token)?)
}
