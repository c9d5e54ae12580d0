//! Who holds the writer role, and since which gain of it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A node of the pair. It is made from the configured name, so that it survives a lost state directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u64);

impl NodeId {
    /// The id of a name. It is kept on disk and sent to the peer, so it must never change with a library.
    pub fn of_name(name: &str) -> NodeId {
        NodeId(checksum(name.as_bytes()))
    }
}

/// One term of a holder. The number grows with each gain. The holder breaks a tie, so that two nodes that gain at
/// the same moment never claim the same epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch {
    /// Counts the gains.
    pub number: u64,
    /// The node that gained it.
    pub holder: NodeId,
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {}", self.number)
    }
}

/// Names one suspension. The peer acknowledges it, which proves that the peer answered after it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Nonce {
    /// Random, one for each start of healthd, so that the acknowledgement of an earlier run proves nothing.
    pub session: u64,
    /// Counts the suspensions of the session.
    pub count: u32,
}

/// One run of the database server. A restart begins another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BootId(pub u64);

/// FNV-1a with 64 bits, <http://www.isthe.com/chongo/tech/comp/fnv/>. It makes node ids, and is the checksum of state
/// files.
pub fn checksum(bytes: &[u8]) -> u64 {
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, fold)
}
