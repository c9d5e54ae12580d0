//! Maintenance entries on disk. They survive a restart, because maintenance often includes a reboot.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use healthd_core::verdict::maintenance::Maintenance;
use serde::{Deserialize, Serialize};

/// The format of the file.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    instances: BTreeMap<String, Maintenance>,
}

/// The entries of all instances, by name.
#[derive(Debug)]
pub(crate) struct MaintenanceStore {
    file: PathBuf,
    /// Held while the file is written; `entries` is locked only to read and to swap, because checks read it.
    writing: Mutex<()>,
    entries: Mutex<BTreeMap<String, Maintenance>>,
}

impl MaintenanceStore {
    /// Reads the entries of a state directory. A file that is not understood is moved aside and logged: a daemon that
    /// does not start takes every server down, which is worse than a lost entry.
    ///
    /// # Errors
    /// When the directory cannot be created or the file cannot be read.
    pub(crate) fn open(state_dir: &Path) -> io::Result<MaintenanceStore> {
        fs::create_dir_all(state_dir)?;
        let file = state_dir.join("maintenance.json");
        let entries = match fs::read(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
            Ok(bytes) => match serde_json::from_slice::<Stored>(&bytes) {
                Ok(stored) if stored.version == VERSION => stored.instances,
                unreadable => {
                    let aside = file.with_extension("json.not-understood");
                    fs::rename(&file, &aside)?;
                    let why = unreadable
                        .map_or_else(|error| error.to_string(), |stored| format!("version {}", stored.version));
                    tracing::error!(
                        file = %aside.display(), why,
                        "maintenance entries are not understood: the file is moved aside, no maintenance is in force"
                    );
                    BTreeMap::new()
                }
            },
        };
        Ok(MaintenanceStore { file, writing: Mutex::new(()), entries: Mutex::new(entries) })
    }

    /// The entry of an instance that holds at `now`.
    pub(crate) fn of(&self, instance: &str, now: SystemTime) -> Option<Maintenance> {
        self.lock().get(instance).filter(|entry| entry.holds_at(now)).cloned()
    }

    /// All entries that hold at `now`.
    pub(crate) fn all(&self, now: SystemTime) -> BTreeMap<String, Maintenance> {
        self.lock()
            .iter()
            .filter(|(_, entry)| entry.holds_at(now))
            .map(|(name, entry)| (name.clone(), entry.clone()))
            .collect()
    }

    /// Switches instances on (`Some`) or off, on disk before in memory. Waits for the disk.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub(crate) fn set(&self, instances: &[String], entry: Option<&Maintenance>, now: SystemTime) -> io::Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = self.lock().clone();
        changed.retain(|name, old| old.holds_at(now) && !instances.contains(name));
        if let Some(entry) = entry {
            changed.extend(instances.iter().map(|name| (name.clone(), entry.clone())));
        }
        write(&self.file, &Stored { version: VERSION, instances: changed.clone() })?;
        *self.lock() = changed;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Maintenance>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Replaces the file so that a crash leaves the old or the new one, whole.
fn write(file: &Path, stored: &Stored) -> io::Result<()> {
    let fresh = file.with_extension("json.new");
    let mut out = fs::File::create(&fresh)?;
    out.write_all(&serde_json::to_vec_pretty(stored)?)?;
    out.sync_all()?;
    fs::rename(&fresh, file)?;
    match file.parent() {
        Some(dir) => fs::File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}
