//! The start of an instance's writer role: from the disk, or from the task of the configuration before.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use healthd_core::verdict::Names;
use healthd_core::writer::Clocks;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::agents::Sources;
use super::hands::Hands;
use super::saver::Saver;
use super::state_file::{self, Refused, Saved};
use super::task::{Facts, Task};
use super::{Published, Writer, peer, published};
use crate::config::{InstanceConfig, WriterConfig};
use crate::watch::announce::Announcer;
use crate::watch::circumstances::CircumstanceSource;
use crate::watch::health::Health;

/// How many messages may wait for an instance's task: a flood of checks must not fill the memory.
const QUEUE: usize = 256;

/// What a writer needs besides its settings.
pub(crate) struct Surroundings<'a> {
    pub(crate) circumstances: CircumstanceSource,
    pub(crate) health: watch::Receiver<Health>,
    pub(crate) state_dir: PathBuf,
    pub(crate) announcer: Announcer,
    /// The writer of the same instance under the configuration before.
    pub(crate) before: Option<Predecessor<'a>>,
}

/// The writer of an instance that is replaced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Predecessor<'a> {
    /// The configuration that it had.
    pub(crate) config: &'a InstanceConfig,
    /// Its handle.
    pub(crate) writer: &'a Writer,
}

/// Whether the writer role of an instance was ever used here.
pub(crate) fn was_used(state_dir: &Path, instance: &str) -> bool {
    state_file::path(state_dir, instance).exists()
}

/// Whether the state of an instance can be read, or there is none.
///
/// # Errors
/// When it is there and cannot be read now: to begin anew would forget what the role rests on.
pub(crate) fn check_state(config: &InstanceConfig, state_dir: &Path) -> Result<(), String> {
    match state_file::read(&state_file::path(state_dir, &config.name), &config.name, &config.writer.node) {
        Err(unreadable @ Refused::Unreadable { .. }) => Err(format!("the writer state cannot be read: {unreadable}")),
        // What cannot be understood is put aside when the role starts.
        Ok(_) | Err(Refused::NotUnderstood { .. }) => Ok(()),
    }
}

/// Starts the writer role of an instance.
pub(crate) fn start(config: &InstanceConfig, around: Surroundings<'_>) -> Writer {
    let settings = config.writer.clone();
    let file = state_file::path(&around.state_dir, &config.name);
    let before = around.before.map(|before| before.writer).filter(|writer| writer.file == file);
    let mut refused_file = None;
    let read = match before {
        // The task before knows more than the disk.
        Some(_) => Ok(None),
        None => state_file::read(&file, &config.name, &settings.node),
    };
    let mut saved = match read {
        Ok(saved) => saved.unwrap_or_default(),
        Err(refused) => {
            let aside = state_file::put_aside(&file);
            let aside = aside.map_or_else(|error| error.to_string(), |aside| aside.display().to_string());
            tracing::error!(instance = %config.name, %refused, aside, "the writer state is not taken: it begins anew");
            refused_file = Some(format!("state-refused: {refused}; the role has begun anew"));
            Saved::default()
        }
    };
    saved.instance.clone_from(&config.name);
    saved.node.clone_from(&settings.node);
    saved.keep_listed(&settings.witnesses);
    // The same file has one task that writes to it, across a reload; and what it has not written yet counts.
    let saver = match before {
        Some(before) => {
            saved.kept = before.published.borrow().machine.persistent().clone();
            before.saver.clone()
        }
        None => Saver::start(file.clone()),
    };
    // Until the task has taken over from the one before it, what that knew is the answer to who looks.
    let same = around.before.filter(|before| is_same_world(config, before.config));
    let last = same.as_ref().map(|before| before.writer.published());
    let (machine, clocks, facts, started) = match &last {
        Some(last) => (last.machine.clone(), last.clocks.clone(), last.facts.clone(), last.started),
        None => (
            published::machine(&settings, &saved, session()),
            Clocks::new(Duration::ZERO, settings.t_silent, settings.witnesses.len()),
            Facts::default(),
            Instant::now(),
        ),
    };
    let sources = same.as_ref().map_or_else(Sources::default, |before| before.writer.sources.copied());
    let settings = Arc::new(settings);
    let names = Names {
        instance: config.name.clone(),
        node: settings.node.clone(),
        peer: saved.peer.clone().unwrap_or_default(),
    };
    let published = Published {
        machine: machine.clone(),
        clocks: clocks.clone(),
        started,
        facts: facts.clone(),
        names,
        settings: Arc::clone(&settings),
        unsaved: None,
        warnings: Vec::new(),
        orders: saved.orders.clone(),
    };
    let (publish, published) = watch::channel(Arc::new(published));
    let (messages, receiver) = mpsc::channel(QUEUE);
    if let (Some(peer), Some(token)) = (&settings.peer, &settings.token) {
        let to = messages.downgrade();
        let asking = peer::ask(peer.clone(), token.clone(), (config.name.clone(), config.port), settings.interval, to);
        guard(tokio::spawn(asking));
    }
    let hands = Hands::new(saved.fenced);
    let task = Task {
        config: config.clone(),
        settings: Arc::clone(&settings),
        circumstances: around.circumstances,
        health: around.health,
        messages: receiver,
        publish,
        saver: saver.clone(),
        stored: saved.clone(),
        before: before.map(|before| before.messages.clone()),
        goes_on: same.is_some(),
        saved,
        machine,
        clocks,
        started,
        facts,
        announcer: around.announcer,
        hands,
        refused: refused_file,
        own: messages.downgrade(),
    };
    guard(tokio::spawn(task.run()));
    Writer { settings, messages, published, saver, file, sources }
}

/// Whether nothing has changed of what the role's knowledge is about: the same server, peer and HAProxys, and the same
/// idea of silence. Then a reload is no event to anybody; else the role begins with what is kept, as after a restart.
fn is_same_world(now: &InstanceConfig, before: &InstanceConfig) -> bool {
    let world = |config: &InstanceConfig| {
        let WriterConfig { peer, token, t_silent, witnesses, .. } = config.writer.clone();
        (config.target.address.clone(), peer, token, t_silent, witnesses)
    };
    world(now) == world(before)
}

/// A task that broke leaves its instance in the dark for ever; a new process does not.
pub(super) fn guard(task: JoinHandle<()>) {
    tokio::spawn(async move {
        if task.await.is_err_and(|error| error.is_panic()) {
            tracing::error!("a task of the writer role broke: healthd ends, to be started again");
            std::process::abort();
        }
    });
}

/// A random number that names this life of healthd: an echo of another one proves nothing.
pub(super) fn session() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(std::process::id())
}
