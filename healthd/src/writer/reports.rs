//! The peer's answers, for the state machine.

use std::time::{Duration, Instant};

use healthd_core::writer::{Ages, PeerReport};

use super::report_error::ReportError;
use super::task::Task;
use super::wire::Wire;

impl Task {
    /// The peer answered a request that was sent at `asked`, or did not.
    pub(super) fn peer_answered(&mut self, asked: Instant, result: Result<Box<Wire>, ReportError>) {
        let same_name = |wire: &Wire| wire.node == self.config.writer.node;
        match result {
            Ok(wire) if same_name(&wire) => {
                let node = wire.node;
                self.known.details.peer_error =
                    Some(format!("it is named {node} like this node: give each its own `node`"));
            }
            Ok(wire) => self.peer_reported(*wire, asked),
            Err(error) => self.known.details.peer_error = Some(error.to_string()),
        }
    }

    fn peer_reported(&mut self, wire: Wire, asked: Instant) {
        let hop = asked.elapsed();
        let age = |ms: u64| hop + Duration::from_millis(ms);
        let executed = wire.report.position.as_ref().map(|position| &position.executed);
        let origin = self.health.borrow().snapshot().and_then(|snapshot| match &snapshot.standing {
            Some(Ok(standing)) => Some(standing.origin),
            _ => None,
        });
        let known = &self.known.role.machine().persistent().held_by_peer;
        let held = match (executed, origin) {
            (Some(executed), Some(origin)) => executed.of(&origin),
            _ => known.clone(),
        };
        if held != *known {
            self.known.since.held = Some(Instant::now());
        }
        if wire.report.suspended.is_some() {
            self.known.details.acknowledged = Some(asked);
        }
        self.known.details.peer_error = None;
        self.known.details.peer_executed = executed.cloned();
        self.known.details.peer_purged = wire.purged;
        self.known.saved.peer = Some(wire.node);
        let report = PeerReport {
            ages: Ages {
                position: age(wire.position_ms),
                acknowledgement: age(wire.acknowledgement_ms),
                handover: age(wire.handover_ms),
            },
            held,
            semisync_timeout: wire.semisync_timeout_ms.map(Duration::from_millis),
            t_silent: Duration::from_millis(wire.unreachable_after_ms),
            report: wire.report,
        };
        self.known.role.peer_reported(self.now(), report);
    }
}
