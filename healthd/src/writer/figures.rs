//! The writer role in numbers, for metrics.

use std::time::Duration;

use healthd_core::writer::Opinion;

use super::published::Published;

/// The numbers of one instance.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    /// Whether the role's state is on disk.
    pub(crate) saved: bool,
    /// Number of transactions that this node has received and not applied.
    pub(crate) missing_received: u64,
    /// When operators gave commands, in seconds since 1970, the oldest first.
    pub(crate) orders: Vec<(String, f64)>,
    /// The other node, where one is configured.
    pub(crate) peer: Option<PeerFigures>,
    /// The role, where there is a witness.
    pub(crate) role: Option<RoleFigures>,
}

/// What is known about the other node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PeerFigures {
    /// Time since its healthd was heard.
    pub(crate) unheard: Duration,
    /// Number of own commits that it lacked when it took over, unless accepted.
    pub(crate) errant: u64,
    /// Its last report.
    pub(crate) report: Option<ReportFigures>,
}

/// The last report of the other node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReportFigures {
    /// How old its position is.
    pub(crate) age: Duration,
    /// Number of its transactions that are not applied here.
    pub(crate) missing: u64,
}

/// The holder of the role.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RoleFigures {
    /// Whether this node does.
    pub(crate) holds: bool,
    /// The highest epoch known.
    pub(crate) epoch: Option<u64>,
    /// The statement of each witness that sends checks now.
    pub(crate) opinions: Vec<(String, Opinion)>,
}

impl Published {
    /// The role in numbers, as it is now.
    pub(super) fn figures(&self) -> Figures {
        let now = self.started.elapsed();
        let has_peer = self.settings.peer.is_some();
        Figures {
            saved: self.warnings.unsaved.is_none(),
            missing_received: self.machine.behind_high_water_mark().count(),
            orders: self.orders.iter().map(|trace| (trace.order.clone(), trace.timestamp())).collect(),
            peer: has_peer.then(|| PeerFigures {
                unheard: self.moments.unheard(now),
                errant: self.machine.loss().errant.count(),
                report: self
                    .moments
                    .report_age(now)
                    .map(|age| ReportFigures { age, missing: self.machine.behind_report().count() }),
            }),
            role: (has_peer && !self.machine.unwitnessed()).then(|| self.role_figures()),
        }
    }

    fn role_figures(&self) -> RoleFigures {
        let witnesses = self.settings.witnesses.iter().zip(self.machine.opinions());
        RoleFigures {
            holds: self.machine.holds(),
            epoch: self.machine.persistent().epoch.map(|epoch| epoch.number),
            opinions: witnesses.filter_map(|(witness, opinion)| Some((witness.to_string(), opinion?))).collect(),
        }
    }
}
