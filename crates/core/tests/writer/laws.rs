//! Laws of the state machine after any history.

use healthd_core::position::gtids::Gtids;
use healthd_core::render::body;
use healthd_core::verdict::Judged;
use healthd_core::verdict::State;
use healthd_core::verdict::role::Role;
use healthd_core::writer::{
    Answer, BootId, Epoch, Opinion, Persistent, Position, Report, Sample, SemiSync, SourceLink, Yield,
};
use proptest::prelude::*;

use crate::lab::{AUTO, Lab, MANUAL, me, own, peer, saved, set};
use crate::support::every;

/// Everything that can happen to a machine, in small numbers.
#[derive(Debug, Clone)]
enum Event {
    Probe(Option<Box<Sample<Gtids>>>),
    Report(Box<Report<Gtids>>, bool),
    Check(usize, Opinion, bool),
    Answer(bool),
    Silent,
    Aged,
    Permit,
    Grant,
    Drained,
    TimedOut,
    Stopped(usize),
    Lease,
    HandOver,
    Claim(bool),
    Remove(usize),
    TakeOver,
    Accept,
    Drop,
    Identity,
}

fn any_set() -> impl Strategy<Value = Gtids> {
    (0_u64..4, 0_u64..4).prop_map(|(own, other)| set(&format!("1-1-{own},2-2-{other}")))
}

fn any_position(server_id: u32) -> impl Strategy<Value = Position<Gtids>> {
    let semisync = prop_oneof![Just(SemiSync::Off), Just(SemiSync::Waiting), Just(SemiSync::Quiet)];
    (any_set(), semisync).prop_map(move |(executed, semisync)| Position {
        own: own(&executed, server_id),
        executed,
        semisync,
    })
}

fn any_sample() -> impl Strategy<Value = Sample<Gtids>> {
    let source =
        prop_oneof![1 => Just(SourceLink::NoSource), 4 => Just(SourceLink::Connected), 2 => Just(SourceLink::Lost)];
    (proptest::bool::weighted(0.9), 1_u64..3, any_position(1), 0_u64..4, source, any::<bool>()).prop_map(
        |(fit, boot, position, received, source, semisync_replica)| Sample {
            fit,
            boot: BootId(boot),
            position,
            received: set(&format!("2-2-{received}")),
            source,
            semisync_replica,
        },
    )
}

fn any_epoch() -> impl Strategy<Value = Option<Epoch>> {
    let holder = prop_oneof![Just(me()), Just(peer())];
    proptest::option::of((0_u64..4, holder).prop_map(|(number, holder)| Epoch { number, holder }))
}

fn any_report() -> impl Strategy<Value = Report<Gtids>> {
    let yields = proptest::option::of(prop_oneof![Just(Yield::NoAnswer), any_set().prop_map(Yield::Final)]);
    let words = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (any_epoch(), any_set(), proptest::option::of(any_position(2)), words, yields).prop_map(
        |(epoch, cut, position, (answers, wants, claims, acknowledgements), yields)| Report {
            node: peer(),
            epoch,
            takeover_position: cut,
            position,
            answers,
            asks: wants,
            claims,
            yields,
            suspended: None,
            acknowledges: acknowledgements.then_some(healthd_core::writer::Nonce { session: 1, count: 9 }),
        },
    )
}

fn any_event() -> impl Strategy<Value = Event> {
    let opinion = any::<(bool, bool)>().prop_map(|(me, peer)| Opinion { me, peer });
    prop_oneof![
        6 => proptest::option::weighted(0.9, any_sample()).prop_map(|sample| Event::Probe(sample.map(Box::new))),
        6 => (any_report(), any::<bool>()).prop_map(|(report, fresh)| Event::Report(Box::new(report), fresh)),
        6 => (0_usize..2, opinion, any::<bool>())
            .prop_map(|(number, opinion, fresh)| Event::Check(number, opinion, fresh)),
        2 => any::<bool>().prop_map(Event::Answer),
        4 => prop_oneof![
            Just(Event::Silent), Just(Event::Aged), Just(Event::Permit), Just(Event::Grant), Just(Event::Drained),
            Just(Event::TimedOut), Just(Event::Lease), Just(Event::HandOver), Just(Event::TakeOver),
            Just(Event::Accept), Just(Event::Drop), Just(Event::Identity),
            (0_usize..2).prop_map(Event::Stopped),
            (0_usize..2).prop_map(Event::Remove),
            any::<bool>().prop_map(Event::Claim),
        ],
    ]
}

/// The answer, where the event is a question.
fn happen(lab: &mut Lab, event: Event) -> Option<Answer> {
    let machine = &mut lab.machine;
    match event {
        Event::Probe(None) => lab.dies(),
        Event::Probe(Some(sample)) => lab.probe(*sample),
        Event::Report(report, fresh) => {
            let held = report.position.as_ref().map(|position| own(&position.executed, 1)).unwrap_or_default();
            machine.report_came(*report, held, fresh);
        }
        Event::Check(number, opinion, fresh) => return Some(saved(machine.check(number, opinion, false, fresh))),
        Event::Answer(auto) if machine.unwitnessed() => {
            return Some(machine.check_unwitnessed(if auto { AUTO } else { MANUAL }));
        }
        Event::Answer(_) => return Some(machine.dry_run()),
        Event::Silent => machine.peer_became_unreachable(),
        Event::Aged => {
            machine.report_aged();
            machine.proof_aged();
        }
        Event::Permit => machine.acknowledgement_expired(),
        Event::Grant => machine.grant_expired(),
        Event::Drained => machine.drained(),
        Event::TimedOut => machine.handover_timed_out(),
        Event::Stopped(number) => machine.checks_stopped(number),
        Event::Lease => machine.peer_lease_over(),
        Event::HandOver => drop(machine.start_handover()),
        Event::Claim(wanted) => machine.claim(wanted),
        Event::Remove(number) => machine.remove_witness(number),
        Event::TakeOver => machine.declare_peer_dead(),
        Event::Accept => {
            let shown = machine.loss().all();
            machine.accept_loss(&shown);
        }
        Event::Drop => machine.drop_high_water_marks(),
        Event::Identity => machine.identity_changed(),
    }
    None
}

/// The view of an answer says the same as the answer, in a body that HAProxy cannot misread.
fn says_the_same(lab: &Lab, answer: Answer) -> Result<(), TestCaseError> {
    let view = lab.view(answer);
    let failing = view.conditions.iter().filter(|condition| matches!(condition.judged, Judged::Fail(_))).count();
    prop_assert_eq!(failing == 0, answer == Answer::Serve, "{:?}: {:?}", answer, &view.conditions);
    prop_assert_eq!(view.serves(), answer == Answer::Serve);
    prop_assert!(failing <= 1, "one reason, and the rest is told beside it: {:?}", &view.conditions);
    let verdict = lab.situation(answer).verdict(Role::Writer);
    prop_assert_eq!(verdict.state() == State::Up, answer == Answer::Serve);
    let line = body::body(&verdict, "m0", Role::Writer, None);
    prop_assert!(line.len() < 200 && line.contains("up") == (answer == Answer::Serve), "{}", line);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_refusal_has_one_failing_finding_and_serving_has_none(
        events in proptest::collection::vec(any_event(), 0..40), witnesses in 0_usize..3, has_peer in any::<bool>(),
    ) {
        let mut lab = Lab::new(Persistent::default(), witnesses);
        lab.around.has_peer = has_peer;
        for event in events {
            if let Some(answer) = happen(&mut lab, event) {
                says_the_same(&lab, answer)?;
            }
        }
        // An answer of a moment ago, whatever the machine has become.
        for refusal in every::role::refusals() {
            says_the_same(&lab, Answer::Refuse(refusal))?;
        }
        says_the_same(&lab, Answer::Serve)?;
    }

    /// `mark drop` drops marks only: not who has the role, nor what it waits for.
    #[test]
    fn a_dropped_mark_is_no_change_of_hands(
        events in proptest::collection::vec(any_event(), 0..40), witnesses in 0_usize..3,
    ) {
        let mut lab = Lab::new(Persistent::default(), witnesses);
        for event in events {
            happen(&mut lab, event);
        }
        let before = lab.machine.clone();
        lab.machine.drop_high_water_marks();
        let (persistent, was) = (lab.machine.persistent(), before.persistent());
        prop_assert_eq!(persistent.epoch, was.epoch);
        prop_assert_eq!(&persistent.takeover_position, &was.takeover_position);
        prop_assert_eq!(persistent.boot, was.boot);
        prop_assert_eq!(lab.machine.witnesses(), before.witnesses());
        prop_assert_eq!(lab.machine.handover(), before.handover());
    }

    /// A client that is not a witness never sees a role that a check would not give.
    #[test]
    fn reading_the_state_changes_nothing(
        events in proptest::collection::vec(any_event(), 0..40),
        witnesses in 0_usize..3,
    ) {
        let mut lab = Lab::new(Persistent::default(), witnesses);
        for event in events {
            happen(&mut lab, event);
        }
        let before = lab.machine.clone();
        let answer = if witnesses == 0 { lab.machine.dry_run_unwitnessed(MANUAL) } else { lab.machine.dry_run() };
        prop_assert_eq!(&before, &lab.machine);
        if witnesses == 0 {
            prop_assert_eq!(lab.machine.check_unwitnessed(MANUAL), answer);
        }
    }
}

#[test]
fn every_refusal_is_explained_also_by_a_machine_that_knows_nothing() {
    for (witnesses, has_peer) in [(0, false), (0, true), (1, false), (1, true)] {
        let mut lab = Lab::new(Persistent::default(), witnesses);
        lab.around.has_peer = has_peer;
        for refusal in every::role::refusals() {
            says_the_same(&lab, Answer::Refuse(refusal)).unwrap_or_else(|error| panic!("{refusal:?}: {error}"));
        }
        says_the_same(&lab, Answer::Serve).unwrap_or_else(|error| panic!("{error}"));
    }
}
