//! What the documentation says that monitoring makes of a reason is what `alarms` makes of it.

mod support;

use healthd_core::alarms::{HealthRequest, judge};
use healthd_core::observed::failure::Failure;
use healthd_core::reading::outcome::Outcome;
use healthd_core::render::json::{GateJson, InstanceJson, WriterJson};
use healthd_core::verdict::clause::When;
use healthd_core::verdict::code::{Chapter, ReasonCode};
use healthd_core::verdict::role::Role;
use healthd_core::verdict::severity::Severity;
use support::{alone, channel, replica};

/// What a clause may depend on.
#[derive(Debug, Clone, Copy)]
struct Circumstances {
    /// The writer role, where there is a witness: whether this node holds it.
    holds: Option<bool>,
    own: Role,
    replicates: bool,
    holder_unreachable: bool,
    drained_and_dead: bool,
}

impl Circumstances {
    /// Every combination that can be.
    fn all() -> Vec<Circumstances> {
        let mut all = Vec::new();
        for holds in [None, Some(false), Some(true)] {
            for own in [Role::Any, Role::Reader, Role::Writer, Role::Galera] {
                for flags in 0..8_u8 {
                    let [replicates, holder_unreachable, drained_and_dead] = [1, 2, 4].map(|flag| flags & flag != 0);
                    all.push(Circumstances { holds, own, replicates, holder_unreachable, drained_and_dead });
                }
            }
        }
        all
    }

    fn make(self, when: When) -> bool {
        match when {
            When::Else | When::NeedsOperator => true,
            When::Holder => self.holds == Some(true),
            When::Witness => self.holds.is_some(),
            When::WriterInUse => self.holds.is_some() || self.own == Role::Writer,
            When::Replicates => self.replicates,
            When::OwnGalera => self.own == Role::Galera,
            When::HolderUnreachable => self.holder_unreachable,
            When::DrainedAndDead => self.drained_and_dead,
        }
    }

    /// An instance whose verdicts for the roles of this reason have it, and which is well otherwise.
    fn instance(self, code: ReasonCode) -> InstanceJson {
        let situation = if self.replicates { replica(channel("")) } else { alone() };
        let mut instance = situation.writer(None).instance_json("m0");
        instance.default_role = self.own.name().to_owned();
        instance.writer = self.holds.map(|holder| WriterJson { epoch: 7, holder });
        let entry = code.entry();
        for verdict in &mut instance.verdicts {
            let its = entry.roles.iter().any(|role| role.name() == verdict.role);
            let (state, code) = match (its, entry.chapter) {
                (true, Chapter::Exception) => ("up", entry.name),
                (true, _) => ("down", entry.name),
                (false, _) => ("up", ""),
            };
            (verdict.state, verdict.code) = (state.to_owned(), code.to_owned());
            let gate = |gate: &str, ruling: &str| GateJson {
                gate: gate.to_owned(),
                channel: None,
                ruling: ruling.to_owned(),
                measured: "unreachable".to_owned(),
                limit: "heard".to_owned(),
                code: None,
                reason: Some(Failure::Refused.to_string()),
            };
            if self.holder_unreachable {
                verdict.gates.push(gate("peer", "noted"));
            }
            if self.drained_and_dead && entry.severity == Severity::Maintenance {
                verdict.gates.push(gate("probe", "fail"));
                if verdict.role == Role::Reader.name() {
                    verdict.state = "drain".to_owned();
                }
            }
        }
        instance
    }
}

#[test]
fn the_documented_outcome_of_each_reason_is_the_one_of_the_plugins() {
    for code in ReasonCode::ALL {
        let entry = code.entry();
        for circumstances in Circumstances::all() {
            // The holder is no standby of itself.
            if entry.severity == Severity::Standby && circumstances.holds == Some(true) {
                continue;
            }
            let mut clauses = entry.severity.clauses().iter().filter(|clause| clause.when.concerns(entry.roles));
            let documented = clauses.rfind(|clause| circumstances.make(clause.when)).expect("one always holds");
            let answer = judge(&[circumstances.instance(*code)], &HealthRequest::default());
            let (text, expected) = (&answer.text, documented.outcome.unwrap_or(Outcome::Ok));
            assert_eq!(answer.outcome, expected, "{code}: {documented}, {circumstances:?}: {text}");
            let shown = answer.text.contains(entry.name) || answer.details.iter().any(|line| line.contains(entry.name));
            assert!(documented.outcome.is_some() || !shown, "{code}: {documented}, {circumstances:?}: {text}");
        }
    }
}
