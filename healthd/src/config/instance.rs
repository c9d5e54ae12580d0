//! One server.

use std::sync::Arc;
use std::time::Duration;

use healthd_core::verdict::Policy;
use healthd_core::verdict::role::Role;
use healthd_mysql::login::target::Target;

use super::canary::CanaryConfig;
use super::writer::WriterConfig;

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstanceConfig {
    /// Its name.
    pub(crate) name: String,
    /// The `port=` of its checks.
    pub(crate) port: Option<u16>,
    /// Its address, credentials and statements.
    pub(crate) target: Arc<Target>,
    /// Its limits.
    pub(crate) policy: Policy,
    /// The role of a check that names none.
    pub(crate) default_role: Role,
    /// The time between the starts of two probes.
    pub(crate) interval: Duration,
    /// The time without an answer after which it is down.
    pub(crate) timeout: Duration,
    /// How long a lag above the limit is remembered.
    pub(crate) lag_hold: Duration,
    /// The writer role.
    pub(crate) writer: Arc<WriterConfig>,
    /// The write canary.
    pub(crate) canary: Option<CanaryConfig>,
}

impl InstanceConfig {
    /// Whether the configuration alone shows that checks will ask for the writer role.
    pub(crate) fn uses_the_writer_role(&self) -> bool {
        self.writer.peer.is_some() || self.default_role == Role::Writer
    }
}
