//! What the task of an instance knows. At a reload the task of the old configuration hands it on as a whole.

use std::time::Instant;

use healthd_core::position::gtids::Gtids;
use healthd_core::writer::{Machine, NodeId, Rules, Timed};

use super::details::{Details, Since};
use super::server_actions::ServerActions;
use super::session::session;
use super::state_file::Saved;
use crate::config::WriterConfig;

/// What the task of an instance knows.
#[derive(Debug)]
pub(super) struct Knowledge {
    /// The state as it should be on disk.
    pub(super) saved: Saved,
    pub(super) role: Timed<Gtids>,
    /// The moment from which the role's time counts.
    pub(super) started: Instant,
    pub(super) details: Details,
    pub(super) since: Since,
    pub(super) actions: ServerActions,
    /// Why the state file was refused.
    pub(super) refused_file: Option<String>,
}

impl Knowledge {
    /// What a state file tells: nothing is known yet of the server, the peer and the witnesses.
    pub(super) fn from_file(settings: &WriterConfig, saved: Saved, refused_file: Option<String>) -> Knowledge {
        let machine = machine(settings, &saved, session());
        Knowledge {
            role: Timed::new(machine, settings.silent_after),
            started: Instant::now(),
            details: Details::default(),
            since: Since::default(),
            actions: ServerActions::new(saved.fenced),
            refused_file,
            saved,
        }
    }

    /// The same for the task after a reload. `same_world`: whether what is known of the server, the peer and the
    /// witnesses is also true under the new configuration.
    pub(super) fn inherited(self, settings: &WriterConfig, same_world: bool) -> Knowledge {
        let mut saved = Saved { node: settings.node.clone(), ..self.saved };
        saved.keep_listed(&settings.witnesses);
        let actions = self.actions.inherited();
        match same_world {
            true => Knowledge { saved, actions, ..self },
            false => Knowledge { actions, ..Knowledge::from_file(settings, saved, self.refused_file) },
        }
    }
}

/// A machine for an instance, from its persistent state.
fn machine(settings: &WriterConfig, saved: &Saved, session: u64) -> Machine<Gtids> {
    let me = NodeId::of_name(&settings.node);
    let mut machine = Machine::new(me, saved.persistent.clone(), settings.witnesses.len(), session, Rules::ALL);
    for (number, witness) in settings.witnesses.iter().enumerate() {
        if saved.removed.contains(&witness.to_string()) {
            machine.remove_witness(number);
        }
    }
    machine
}
