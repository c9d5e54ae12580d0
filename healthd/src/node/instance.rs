//! One server as the rest of the daemon sees it: its configuration and the tasks that watch it.

use std::sync::Arc;
use std::time::Instant;

use crate::config::InstanceConfig;
use crate::name::Named;
use crate::watch::canary::CanaryHandle;
use crate::watch::circumstances::CircumstanceSource;
use crate::watch::handle::{LONGEST_WAIT, ProberHandle};
use crate::writer::Writer;

/// A server that is watched. Dropping the last handle ends its tasks.
#[derive(Debug)]
pub(crate) struct Instance {
    /// Its configuration.
    pub(crate) config: InstanceConfig,
    /// The prober.
    pub(crate) prober: ProberHandle,
    /// The writer role.
    pub(crate) writer: Writer,
    /// The write canary, where one is configured.
    pub(crate) canary: Option<CanaryHandle>,
    /// The circumstances that its verdicts depend on besides the server.
    pub(crate) circumstances: CircumstanceSource,
}

impl Named for Arc<Instance> {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn port(&self) -> Option<u16> {
        self.config.port
    }
}

impl Instance {
    /// Prepares for a question about the writer role: every probe reads positions from now on, and the first question
    /// waits for one.
    pub(crate) async fn use_the_writer_role(&self) {
        if self.prober.begin_reading_positions() {
            let now = Instant::now();
            self.prober.probe_since(now, now + LONGEST_WAIT).await;
            self.writer.has_read_since(now, now + LONGEST_WAIT).await;
        }
    }
}
