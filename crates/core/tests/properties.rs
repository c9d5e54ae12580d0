//! Laws for every verdict, whatever was read.

use std::time::Duration;

use healthd_core::observed::channel::{Applier, Channel, Receiver};
use healthd_core::observed::cluster::{GroupMember, MemberState, NodeState, Wsrep};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::Section;
use healthd_core::observed::snapshot::WriteSwitches;
use healthd_core::verdict::WriterView;
use healthd_core::verdict::code::Chapter;
use healthd_core::verdict::gate::{Ruling, gates};
use healthd_core::verdict::lag::Lag;
use healthd_core::verdict::maintenance::Mode;
use healthd_core::verdict::reason::Reason;
use healthd_core::verdict::role::Role;
use healthd_core::verdict::{State, Verdict};
use proptest::prelude::*;

mod support;

use support::{DENIED, Probe, Situation, alone, error, every, maintenance, names, noted, seconds, unwitnessed};

fn short_time() -> impl Strategy<Value = Duration> {
    (0_u64..20).prop_map(seconds)
}

/// Mostly readable.
fn section<T: std::fmt::Debug + Clone>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Section<T>> {
    (value, 0..8).prop_map(|(value, luck)| if luck == 0 { Err(DENIED) } else { Ok(value) })
}

fn any_channel() -> impl Strategy<Value = Channel> {
    let name = prop_oneof![Just(""), Just("east"), Just("west"), Just("group_replication_applier")];
    let receiver =
        prop_oneof![4 => Just(Receiver::Running), 1 => Just(Receiver::Connecting), 1 => Just(Receiver::Stopped)];
    let applier = prop_oneof![4 => Just(Applier::Running), 1 => Just(Applier::Stopped)];
    let code = || prop_oneof![3 => Just(None), 1 => (1_u32..4000).prop_map(Some)];
    let lag = prop_oneof![1 => Just(None), 6 => short_time().prop_map(Some)];
    let delay = prop_oneof![4 => Just(Duration::ZERO), 1 => short_time()];
    (name, receiver, applier, lag, delay, code(), code()).prop_map(
        |(name, receiver, applier, lag, delay, receiver_error, applier_error)| Channel {
            name: name.to_owned(),
            source: "10.0.0.1:3306".to_owned(),
            receiver,
            applier,
            lag,
            delay,
            receiver_error: receiver_error.and_then(error),
            applier_error: applier_error.and_then(error),
        },
    )
}

fn any_wsrep() -> impl Strategy<Value = Option<Wsrep>> {
    let node = (proptest::bool::weighted(0.9), 0_u32..6, proptest::bool::weighted(0.9), proptest::bool::weighted(0.1));
    let node = node.prop_map(|(ready, state, primary, rejects_queries)| Wsrep {
        ready,
        state: NodeState::from_number(state),
        primary,
        size: None,
        rejects_queries,
    });
    proptest::option::of(node)
}

fn any_group() -> impl Strategy<Value = Option<GroupMember>> {
    let state =
        prop_oneof![4 => Just(MemberState::Online), 1 => Just(MemberState::Recovering), 1 => Just(MemberState::Error)];
    let member = (state, 0_u32..5, 0_u32..5);
    proptest::option::of(member.prop_map(|(state, reachable, members)| GroupMember { state, reachable, members }))
}

fn any_probe() -> impl Strategy<Value = Probe> {
    let failure = prop_oneof![Just(Failure::TooManyConnections), proptest::sample::select(every::failures())];
    prop_oneof![
        1 => Just(Probe::Starting),
        12 => (0_u64..1200).prop_map(|age| Probe::Answered { age: Duration::from_millis(age) }),
        3 => (failure, short_time(), any::<bool>())
            .prop_map(|(failure, since, after_an_answer)| Probe::Failed { failure, since, after_an_answer }),
    ]
}

fn any_lag() -> impl Strategy<Value = Lag> {
    prop_oneof![1 => Just(Lag::Unknown), 6 => short_time().prop_map(Lag::Known)]
}

fn any_writer() -> impl Strategy<Value = Option<WriterView>> {
    let refused =
        proptest::sample::select(every::role::causes()).prop_map(|cause| Some(WriterView::refused(names(), cause)));
    let noted = proptest::sample::select(every::notes())
        .prop_map(|note| Some(WriterView { conditions: vec![noted("role", note)], epoch: None }));
    prop_oneof![1 => Just(None), 4 => Just(Some(unwitnessed())), 2 => noted, 4 => refused]
}

fn any_situation() -> impl Strategy<Value = Situation> {
    let sections = (
        section(proptest::collection::vec(any_channel(), 0..3)),
        section(any_wsrep()),
        section(any_group()),
        section(any::<(Option<bool>, Option<bool>)>()),
        proptest::option::of(section(short_time())),
    );
    let mode = prop_oneof![4 => Just(None), 1 => Just(Some(Mode::Down)), 1 => Just(Some(Mode::Drain))];
    let around = (any_probe(), any_lag(), short_time(), mode, proptest::bool::weighted(0.1), any::<(bool, bool)>());
    let writer = (any_writer(), proptest::bool::weighted(0.2));
    (sections, around, writer).prop_map(
        |(sections, (probe, worst, limit, mode, stopping, (ignoring, donor)), (writer, hanging))| {
            let (channels, wsrep, group, switches, heartbeat) = sections;
            let mut situation = alone().probe(probe).worst_lag(worst).max_lag(limit).channels(channels).wsrep(wsrep);
            situation.snapshot.group = group;
            situation.snapshot.switches = switches.map(|(read_only, super_read_only)| WriteSwitches {
                read_only,
                super_read_only,
                ..WriteSwitches::default()
            });
            situation.snapshot.heartbeat = heartbeat;
            situation.policy.allow_donor = donor;
            situation.maintenance = mode.map(|mode| (maintenance(mode, "a dump"), None));
            situation.stopping = stopping;
            situation.writer = writer;
            situation.snapshot.standing = hanging.then_some(Err(DENIED));
            if ignoring { situation.ignoring("west") } else { situation }
        },
    )
}

fn any_role() -> impl Strategy<Value = Role> {
    proptest::sample::select(Role::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn up_is_said_exactly_when_no_gate_fails(situation in any_situation(), role in any_role()) {
        let failed: Vec<Reason> = situation.ask(role, |question| {
            gates(question).into_iter().filter_map(|gate| match gate.ruling {
                Ruling::Fail(reason) => Some(reason),
                Ruling::Pass | Ruling::PassNoted(_) => None,
            }).collect()
        });
        match situation.verdict(role) {
            Verdict::Up(_) => prop_assert!(failed.is_empty(), "{:?}", failed),
            Verdict::Down(reason) => prop_assert!(failed.contains(&reason)),
            Verdict::Drain(reason) => {
                prop_assert_eq!(role, Role::Reader);
                prop_assert_eq!(failed, vec![reason]);
            }
        }
    }

    #[test]
    fn a_reason_is_one_of_its_role(situation in any_situation(), role in any_role()) {
        if let Some(code) = situation.verdict(role).code() {
            // In these situations, a note stands for any condition.
            let entry = code.entry();
            let fits = entry.roles.contains(&role) || entry.chapter == Chapter::Exception;
            prop_assert!(fits, "{} as {}", code, role);
        }
    }

    #[test]
    fn nothing_unreadable_is_up_for_a_reader(situation in any_situation()) {
        if situation.verdict(Role::Reader).state() == State::Up {
            let read = &situation.snapshot;
            prop_assert!(read.channels.is_ok() && read.wsrep.is_ok() && read.group.is_ok());
            prop_assert!(!matches!(read.heartbeat, Some(Err(_))));
        }
    }

    #[test]
    fn a_refusal_of_the_state_machine_is_never_up(situation in any_situation()) {
        let serves = situation.writer.as_ref().is_none_or(WriterView::serves);
        let said = situation.verdict(Role::Writer).state();
        let without = situation.clone().writer(None).verdict(Role::Writer).state();
        prop_assert_eq!(said == State::Up, without == State::Up && serves);
    }

    #[test]
    fn one_more_channel_never_improves_and_a_broken_one_takes_a_reader_out(
        situation in any_situation(), channel in any_channel(), at in any::<proptest::sample::Index>(),
    ) {
        let before = situation.verdict(Role::Reader).state();
        let bad = channel.fault().is_some() && !situation.policy.ignores(&channel);
        let mut worse = situation;
        if let Ok(channels) = &mut worse.snapshot.channels {
            channels.insert(at.index(channels.len() + 1), channel);
        }
        let after = worse.verdict(Role::Reader).state();
        let fell = [(State::Up, State::Down), (State::Drain, State::Down)].contains(&(before, after));
        prop_assert!(after == before || fell);
        prop_assert!(!(bad && worse.snapshot.channels.is_ok() && after != State::Down));
    }

    #[test]
    fn a_longer_lag_never_brings_a_reader_back(situation in any_situation(), longer in short_time()) {
        let before = situation.verdict(Role::Reader).state();
        let mut worse = situation;
        if let Ok(channels) = &mut worse.snapshot.channels {
            for channel in channels {
                channel.lag = channel.lag.map(|lag| lag + longer);
            }
        }
        let after = worse.verdict(Role::Reader).state();
        prop_assert!(after == before || after == State::Down, "{:?} {:?}", before, after);
    }

    #[test]
    fn a_higher_max_lag_never_takes_an_instance_out(
        situation in any_situation(), role in any_role(), more in short_time(),
    ) {
        let limit = situation.max_lag.expect("every situation has one");
        let before = situation.verdict(role).state();
        let after = situation.max_lag(limit + more).verdict(role).state();
        prop_assert!(after == before || before == State::Down, "{:?} {:?}", before, after);
    }
}
