//! The shared state of the daemon: the watched servers, maintenance by operators, counters.

pub(crate) mod ask;
pub(crate) mod instance;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use healthd_core::render::json::InstanceJson;

use crate::config::Config;
use crate::counters::Counters;
use crate::logs::Logs;
use crate::name::named;
use crate::switches::Switches;
use crate::watch::view::View;
use instance::Instance;

/// The configuration in force with its running instances. A reload replaces it as a whole.
#[derive(Debug)]
pub(crate) struct Fleet {
    /// The configuration in force.
    pub(crate) config: Config,
    /// In the configuration's order.
    pub(crate) instances: Vec<Arc<Instance>>,
    /// The logs that are read.
    pub(crate) logs: Arc<Logs>,
    by_port: HashMap<u16, Arc<Instance>>,
}

impl Fleet {
    /// Combines instances with the configuration that they were started from.
    pub(crate) fn new(config: Config, instances: Vec<Arc<Instance>>, logs: Arc<Logs>) -> Fleet {
        let by_port =
            instances.iter().filter_map(|instance| Some((instance.config.port?, Arc::clone(instance)))).collect();
        Fleet { config, instances, logs, by_port }
    }

    /// The instance that `port=` selects.
    pub(crate) fn by_port(&self, port: u16) -> Option<&Arc<Instance>> {
        self.by_port.get(&port)
    }

    /// The instance that `name=` selects.
    pub(crate) fn by_name(&self, name: &str) -> Option<&Arc<Instance>> {
        self.instances.iter().find(|instance| instance.config.name == name)
    }

    /// The instance that a command names, by name or port.
    pub(crate) fn named(&self, wanted: &str) -> Option<&Arc<Instance>> {
        named(&self.instances, wanted)
    }
}

/// The result of the last reload.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reload {
    /// Why it was refused, if it was.
    pub(crate) error: Option<String>,
    /// When a configuration was last accepted.
    pub(crate) accepted: Option<SystemTime>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Node {
    fleet: RwLock<Arc<Fleet>>,
    reload: Mutex<Reload>,
    /// What operators have switched.
    pub(crate) switches: Arc<Switches>,
    /// Counters.
    pub(crate) counters: Counters,
    /// When the daemon started.
    pub(crate) started: Instant,
}

impl Node {
    /// A node without instances, which [`Node::replace_fleet`] adds.
    pub(crate) fn new(config: Config, switches: Arc<Switches>, counters: Counters) -> Arc<Node> {
        Arc::new(Node {
            fleet: RwLock::new(Arc::new(Fleet::new(config, Vec::new(), Arc::default()))),
            reload: Mutex::new(Reload { error: None, accepted: Some(SystemTime::now()) }),
            switches,
            counters,
            started: Instant::now(),
        })
    }

    /// The configuration in force with its instances.
    pub(crate) fn fleet(&self) -> Arc<Fleet> {
        Arc::clone(&self.fleet.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another configuration in force.
    pub(crate) fn replace_fleet(&self, fleet: Fleet) {
        *self.fleet.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fleet);
    }

    /// The result of the last reload.
    pub(crate) fn reload(&self) -> Reload {
        self.reload.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records the result of a reload.
    pub(crate) fn note_reload(&self, error: Option<String>) {
        let mut reload = self.reload.lock().unwrap_or_else(PoisonError::into_inner);
        if error.is_none() {
            reload.accepted = Some(SystemTime::now());
        }
        reload.error = error;
    }

    /// The JSON of one instance, or of all. Each is as fresh as a check would have it.
    pub(crate) async fn describe(&self, wanted: Option<&str>, max_lag: Option<Duration>) -> Vec<InstanceJson> {
        let fleet = self.fleet();
        let chosen: Vec<_> = match wanted {
            None => fleet.instances.iter().collect(),
            Some(wanted) => fleet.named(wanted).into_iter().collect(),
        };
        let mut described = Vec::with_capacity(chosen.len());
        for instance in chosen {
            let (health, now) = instance.prober.fresh_health().await;
            let around = &instance.circumstances.now();
            let writer = Some(&instance.writer.view());
            described.push(View { config: &instance.config, health: &health, around, now, writer }.describe(max_lag));
        }
        described
    }
}
