//! What operators have switched: maintenance, and the end of the daemon.

pub(crate) mod maintenance;

use std::sync::atomic::{AtomicBool, Ordering};

use maintenance::MaintenanceStore;

/// See the module.
#[derive(Debug)]
pub(crate) struct Switches {
    /// Maintenance entries.
    pub(crate) maintenance: MaintenanceStore,
    stopping: AtomicBool,
}

impl Switches {
    /// Switches with these maintenance entries.
    pub(crate) fn new(maintenance: MaintenanceStore) -> Switches {
        Switches { maintenance, stopping: AtomicBool::new(false) }
    }

    /// Begins the stop grace: every check is answered `stopping`.
    pub(crate) fn begin_stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the daemon is in its stop grace.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
