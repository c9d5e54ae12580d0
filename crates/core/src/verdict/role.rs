//! The roles that HAProxy asks for.

use std::fmt;
use std::str::FromStr;

/// What a client wants to use a server for. Each role has its gates (see [`crate::verdict::gate`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Answers the configured query, as the handler of 2010 checked.
    Any,
    /// May serve reads: `any`, and no broken channel, lag within the limit, a synced cluster member.
    Reader,
    /// May take writes and the reads that must see them.
    Writer,
    /// A Galera node that is synced, in the primary component and writable.
    Galera,
}

impl Role {
    /// Every role, in the order in which pages list them.
    pub const ALL: [Role; 4] = [Role::Any, Role::Reader, Role::Writer, Role::Galera];

    /// The name in URLs, configuration, metrics and pages.
    pub fn name(self) -> &'static str {
        match self {
            Role::Any => "any",
            Role::Reader => "reader",
            Role::Writer => "writer",
            Role::Galera => "galera",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a text is not a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a role: any, reader, writer or galera")]
pub struct RoleError(pub String);

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Role::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| RoleError(crate::text::clean::one_line(text, 20)))
    }
}
