//! The circumstances that a verdict depends on besides the server.

use std::sync::Arc;
use std::time::SystemTime;

use healthd_core::verdict::maintenance::Maintenance;
use tokio::sync::watch;

use super::canary::Known;
use crate::switches::Switches;

/// The circumstances of one instance at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Circumstances {
    /// The maintenance entry that holds now.
    pub(crate) maintenance: Option<Maintenance>,
    /// Whether the daemon is in its stop grace.
    pub(crate) stopping: bool,
    /// What the write canary showed, where one is configured.
    pub(crate) canary: Option<Arc<Known>>,
}

/// The sources of the circumstances of one instance.
#[derive(Debug, Clone)]
pub(crate) struct CircumstanceSource {
    /// The instance's name.
    pub(crate) instance: String,
    /// What operators have switched.
    pub(crate) switches: Arc<Switches>,
    /// What the write canary shows, where one is configured.
    pub(crate) canary: Option<watch::Receiver<Arc<Known>>>,
}

impl CircumstanceSource {
    /// The circumstances as they are now.
    pub(crate) fn now(&self) -> Circumstances {
        Circumstances {
            maintenance: self.switches.maintenance.of(&self.instance, SystemTime::now()),
            stopping: self.switches.is_stopping(),
            canary: self.canary.as_ref().map(|known| known.borrow().clone()),
        }
    }
}
