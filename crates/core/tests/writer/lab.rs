//! One node with its state machine, as the tests set it up. `db1` writes domain 1 as server 1, its peer `db2` domain 2
//! as server 2.

use std::time::Duration;

use healthd_core::observed::server::Server;
use healthd_core::position::gtids::{Gtids, Notation};
use healthd_core::position::origin::Origin;
use healthd_core::verdict::role::Role;
use healthd_core::verdict::{Around, WriterView};
use healthd_core::writer::{
    Answer, BootId, Checked, Epoch, Failback, Level, Machine, NodeId, Opinion, Persistent, Position, Refusal, Report,
    Rules, Sample, SemiSync, SourceLink,
};

use crate::support::{Situation, alone, millis, names, seconds};

/// Level 2.
pub(crate) const MANUAL: Level = Level::Peer(Failback::Manual);
pub(crate) const AUTO: Level = Level::Peer(Failback::Auto);

/// What HAProxy says.
pub(crate) const IN_USE: Opinion = Opinion { me: true, peer: false };
pub(crate) const BOTH: Opinion = Opinion { me: true, peer: true };
pub(crate) const OTHER: Opinion = Opinion { me: false, peer: true };
pub(crate) const NEITHER: Opinion = Opinion { me: false, peer: false };

pub(crate) const T_SILENT: Duration = seconds(3);

pub(crate) fn me() -> NodeId {
    NodeId::of_name("db1")
}

pub(crate) fn peer() -> NodeId {
    NodeId::of_name("db2")
}

/// A set in MariaDB's notation and ours: `1-1-5,2-2-7..9`.
pub(crate) fn set(text: &str) -> Gtids {
    Gtids::parse(Notation::MariaDb, text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(crate) fn own(executed: &Gtids, server_id: u32) -> Gtids {
    executed.of(&Origin::MariaDb { domain: server_id, server_id })
}

pub(crate) fn position(executed: &str, server_id: u32) -> Position<Gtids> {
    let executed = set(executed);
    Position { own: own(&executed, server_id), executed, semisync: SemiSync::Off }
}

/// A live replica that has executed and received this.
pub(crate) fn sample(executed: &str, received: &str) -> Sample<Gtids> {
    Sample {
        fit: true,
        boot: BootId(1),
        position: position(executed, 1),
        received: set(received),
        source: SourceLink::Connected,
        semisync_replica: false,
    }
}

/// The peer's report, with an answering server.
pub(crate) fn report(epoch: Option<Epoch>, executed: &str) -> Report<Gtids> {
    Report {
        node: peer(),
        epoch,
        takeover_position: Gtids::default(),
        position: Some(position(executed, 2)),
        answers: true,
        asks: false,
        claims: false,
        yields: None,
        suspended: None,
        acknowledges: None,
    }
}

/// The persistent state of a node of a pair that held the role before, or did not.
pub(crate) fn persistent(holder: NodeId) -> Persistent<Gtids> {
    Persistent {
        epoch: Some(Epoch { number: 7, holder }),
        boot: Some(BootId(1)),
        proven: true,
        ..Persistent::default()
    }
}

/// A node.
pub(crate) struct Lab {
    pub(crate) machine: Machine<Gtids>,
    pub(crate) around: Around,
}

impl Lab {
    pub(crate) fn new(persistent: Persistent<Gtids>, witnesses: usize) -> Lab {
        Lab {
            machine: Machine::new(me(), persistent, witnesses, 1, Rules::ALL),
            around: Around {
                names: names(),
                has_peer: true,
                report_age: Some(millis(240)),
                unheard: millis(180),
                t_silent: T_SILENT,
                witnesses: (1..=witnesses).map(|number| format!("10.0.0.{number}")).collect(),
                there: None,
                purged: Gtids::default(),
                caveats: Vec::new(),
                orders: Vec::new(),
                unsaved: None,
                peer_error: None,
            },
        }
    }

    /// The holder of epoch 7, in use.
    pub(crate) fn holder() -> Lab {
        let mut lab = Lab::new(persistent(me()), 1);
        lab.probe(sample("1-1-467,2-2-90", "2-2-90"));
        lab.reported("1-1-467,2-2-90");
        assert_eq!(lab.check(IN_USE), Answer::Serve);
        lab
    }

    /// A standby of `db2`, which holds epoch 7.
    pub(crate) fn standby(executed: &str, received: &str) -> Lab {
        let mut lab = Lab::new(persistent(peer()), 1);
        lab.probe(sample(executed, received));
        lab
    }

    /// A node without a witness and its healthy peer.
    pub(crate) fn pair(executed: &str) -> Lab {
        let mut lab = Lab::new(Persistent::default(), 0);
        lab.probe(sample(executed, executed));
        lab.reported(executed);
        lab.reported(executed);
        lab
    }

    pub(crate) fn probe(&mut self, sample: Sample<Gtids>) {
        self.machine.probe_started();
        self.machine.probe_ended(Some(sample));
    }

    /// The server does not answer.
    pub(crate) fn dies(&mut self) {
        self.machine.probe_started();
        self.machine.probe_ended(None);
    }

    /// A report of the peer under the epoch known here.
    pub(crate) fn reported(&mut self, executed: &str) {
        self.came(report(self.machine.persistent().epoch, executed));
    }

    /// This report, with what it says of this node's commits.
    pub(crate) fn came(&mut self, report: Report<Gtids>) {
        let held = report.position.as_ref().map_or_else(Gtids::default, |position| own(&position.executed, 1));
        self.around.there = report.position.as_ref().map(|position| position.executed.clone());
        self.machine.report_came(report, held, true);
    }

    /// A check of the first witness, after a fresh probe.
    pub(crate) fn check(&mut self, opinion: Opinion) -> Answer {
        saved(self.machine.check(0, opinion, false, true))
    }

    /// The view of an answer.
    pub(crate) fn view(&self, answer: Answer) -> WriterView {
        WriterView::new(&self.machine, answer, &self.around)
    }

    /// The situation in which `healthd check` asks.
    pub(crate) fn situation(&self, answer: Answer) -> Situation {
        let mut situation = alone().writer(Some(self.view(answer)));
        situation.snapshot.server = Server::parse("10.11.19-MariaDB");
        situation
    }

    /// State and code of the verdict: `down relay-log-not-applied`.
    pub(crate) fn said(&self, answer: Answer) -> String {
        self.situation(answer).said(Role::Writer)
    }
}

/// The answer to a check, with a gain on disk.
pub(crate) fn saved(checked: Checked<Gtids>) -> Answer {
    match checked {
        Checked::Answered(answer) => answer,
        Checked::Gained(gain) => gain.saved(),
    }
}

pub(crate) fn refused(refusal: Refusal) -> Answer {
    Answer::Refuse(refusal)
}
