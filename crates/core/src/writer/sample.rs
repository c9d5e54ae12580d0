//! What the probes read from the node's own server.

use super::epoch::BootId;
use super::report::Position;

/// The server's connection to its replication source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceLink {
    /// It is not a replica.
    NoSource,
    /// Every channel is connected to its source.
    Connected,
    /// At least one channel is not connected.
    Lost,
}

/// What one probe read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sample<P> {
    /// Whether the server may be written: neither `read_only` nor maintenance forbids it.
    pub fit: bool,
    /// The run of the server that answered.
    pub boot: BootId,
    /// What it has executed, and its own commits among that.
    pub position: Position<P>,
    /// What it has received, as it reports now.
    pub received: P,
    /// Its connection to its source.
    pub source: SourceLink,
    /// Whether it acknowledges commits of its source as a semi-synchronous replica.
    pub semisync_replica: bool,
}

/// The last probes, and what was known when the current one began.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Probed<P> {
    /// The last probe; `None` while the server does not answer.
    pub(super) sample: Option<Sample<P>>,
    /// The last position read; it stays after the server has died.
    pub(super) position: Option<Position<P>>,
    /// The high-water mark before the last probe. A replica that still receives must contain this one.
    pub(super) previous_mark: P,
    /// What was known when the current probe began.
    pub(super) at_start: AtStart<P>,
}

/// What was known when a probe began; the probe proves nothing about anything later.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct AtStart<P> {
    /// This node's own commits that the peer had executed.
    pub(super) held: P,
    /// Whether this node was handing over and out of rotation at every HAProxy.
    pub(super) out: bool,
}

impl<P> Probed<P> {
    /// Whether the server replicates and all its channels are connected.
    pub(super) fn is_fed(&self) -> bool {
        self.sample.as_ref().is_some_and(|sample| sample.source == SourceLink::Connected)
    }
}
