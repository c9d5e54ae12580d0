//! The start of an instance's writer role: from the state file, or from the task of the old configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::handle::Writer;
use super::knowledge::Knowledge;
use super::messages::Message;
use super::peer::{self, Question};
use super::published::{Published, Warnings};
use super::saver::Saver;
use super::sources::CheckSources;
use super::state_file::{self, Refused, Saved};
use super::task::{Predecessor, Task};
use crate::config::{InstanceConfig, WriterConfig};
use crate::supervise;
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
    /// The writer of the same instance under the old configuration.
    pub(crate) before: Option<Former<'a>>,
}

/// The writer of an instance that is replaced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Former<'a> {
    /// The configuration that it had.
    pub(crate) config: &'a InstanceConfig,
    /// Its handle.
    pub(crate) writer: &'a Writer,
}

/// Why a writer role must not start.
#[derive(Debug, thiserror::Error)]
#[error("the writer state cannot be read: {0}")]
pub(crate) struct StateUnreadable(Refused);

/// Whether the writer role of an instance was ever used here.
pub(crate) fn was_used(state_dir: &Path, instance: &str) -> bool {
    state_file::path(state_dir, instance).exists()
}

/// Whether the state of an instance can be read, or there is none.
///
/// # Errors
/// If it exists and cannot be read now. To begin anew would forget what the role rests on.
pub(crate) fn check_state(config: &InstanceConfig, state_dir: &Path) -> Result<(), StateUnreadable> {
    match state_file::read(&state_file::path(state_dir, &config.name), &config.name, &config.writer.node) {
        Err(unreadable @ Refused::Unreadable { .. }) => Err(StateUnreadable(unreadable)),
        // A damaged file is put aside when the role starts.
        Ok(_) | Err(Refused::NotUnderstood { .. }) => Ok(()),
    }
}

/// What the start found.
struct Found {
    saved: Saved,
    saver: Saver,
    /// Why the state file was refused.
    refused_file: Option<String>,
}

/// Starts the writer role of an instance.
pub(crate) fn start(config: &InstanceConfig, around: Surroundings<'_>) -> Writer {
    let settings = &config.writer;
    let file = state_file::path(&around.state_dir, &config.name);
    let before = around.before.map(|before| before.writer).filter(|writer| writer.file == file);
    let same_world = around.before.filter(|before| is_same_world(config, before.config)).map(|before| before.writer);
    let Found { saved, saver, refused_file } = find(config, &file, before);
    let (messages, receiver) = mpsc::channel(QUEUE);
    ask_peer(config, &messages);
    let known = Knowledge::from_file(settings, saved, refused_file);
    let fresh = Published::new(config, &known, Warnings::default());
    // Until the task has taken over from the one before it, readers see what that one knew.
    let first = match same_world.map(Writer::published) {
        Some(last) => Published {
            started: last.started,
            machine: last.machine.clone(),
            moments: last.moments,
            details: last.details.clone(),
            ..fresh
        },
        None => fresh,
    };
    let (publish, published) = watch::channel(Arc::new(first));
    let sources = same_world.map_or_else(CheckSources::default, |before| before.sources.copied());
    let task = Task {
        config: config.clone(),
        circumstances: around.circumstances,
        health: around.health,
        messages: receiver,
        publish,
        saver: saver.clone(),
        stored: known.saved.clone(),
        before: before
            .map(|before| Predecessor { messages: before.messages.clone(), same_world: same_world.is_some() }),
        known,
        announcer: Announcer::default(),
        own: messages.downgrade(),
    };
    supervise::or_end(&format!("writer {}", config.name), task.run());
    Writer { settings: Arc::clone(settings), messages, published, saver, file, sources }
}

/// The state to start from, and the saver of its file.
fn find(config: &InstanceConfig, file: &Path, before: Option<&Writer>) -> Found {
    let mut refused_file = None;
    let read = match before {
        // The task before knows more than the disk.
        Some(_) => Ok(None),
        None => state_file::read(file, &config.name, &config.writer.node),
    };
    let mut saved = read.map(Option::unwrap_or_default).unwrap_or_else(|refused| {
        let aside = state_file::put_aside(file);
        let aside = aside.map_or_else(|error| error.to_string(), |aside| aside.display().to_string());
        tracing::error!(
            instance = %config.name, %refused, aside, "the state file of the role is refused: it starts without it"
        );
        refused_file = Some(format!("state-refused: {refused}; the role started without it"));
        Saved::default()
    });
    saved.instance.clone_from(&config.name);
    saved.node.clone_from(&config.writer.node);
    saved.keep_listed(&config.writer.witnesses);
    // One task writes to a file, also across a reload. What it has not written yet counts.
    let saver = match before {
        Some(before) => {
            saved.persistent = before.published().machine.persistent().clone();
            before.saver.clone()
        }
        None => Saver::start(file.to_owned()),
    };
    Found { saved, saver, refused_file }
}

/// Starts to ask the peer, where one is configured.
fn ask_peer(config: &InstanceConfig, messages: &mpsc::Sender<Message>) {
    let WriterConfig { peer, token, interval, .. } = &*config.writer;
    if let (Some(peer), Some(token)) = (peer, token) {
        let question = Question {
            peer: peer.clone(),
            token: token.clone(),
            instance: config.name.clone(),
            port: config.port,
            interval: *interval,
        };
        let asking = peer::Asking { question, to: messages.downgrade() };
        supervise::again(&format!("peer {}", config.name), asking);
    }
}

/// Whether nothing has changed that the role's knowledge is about: the server, the peer, the HAProxys and T_silent. If
/// so, a reload goes unnoticed. Otherwise the role begins with its persistent state, as after a restart.
fn is_same_world(now: &InstanceConfig, before: &InstanceConfig) -> bool {
    let (writer, other) = (&now.writer, &before.writer);
    now.target.address == before.target.address
        && writer.peer == other.peer
        && writer.token == other.token
        && writer.silent_after == other.silent_after
        && writer.witnesses == other.witnesses
}
