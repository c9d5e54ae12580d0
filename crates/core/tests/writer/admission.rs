//! The gates for gaining the role, in their order.

use healthd_core::position::gtids::Gtids;
use healthd_core::writer::{Anomaly, Answer, Bar, BootId, Persistent, Refusal, Sample, SemiSync, SourceLink};

use crate::lab::{Lab, NEITHER, OTHER, me, peer, persistent, report, sample, set};

/// A standby with everything wrong at once: `db2` has written 2-2-9 and reported it, 2-2-7 was received, 2-2-5 is
/// applied.
fn ill() -> Persistent<Gtids> {
    let report = report(persistent(peer()).epoch, "1-1-1,2-2-9");
    Persistent {
        anomaly: Some(Anomaly::SelfReset),
        proven: false,
        errant: set("1-1-3"),
        high_water_mark: set("2-2-7"),
        peer_report: Some(report),
        ..persistent(peer())
    }
}

fn admission(
    persistent: Persistent<Gtids>,
    change: impl FnOnce(&mut healthd_core::writer::Sample<Gtids>),
) -> Result<(), Bar> {
    let mut lab = Lab::new(persistent, 1);
    let mut read = sample("1-1-3,2-2-5", "2-2-5");
    change(&mut read);
    lab.probe(read);
    lab.machine.admission()
}

#[test]
fn what_the_peer_has_first_is_in_flight_where_the_server_served_in_this_run_and_lost_in_another_one() {
    for (boot, expected) in [
        (Some(BootId(1)), None),
        (Some(BootId(9)), Some(Anomaly::LostOwnCommits)),
        (None, Some(Anomaly::LostOwnCommits)),
    ] {
        let mut lab = Lab::new(Persistent { boot, ..persistent(peer()) }, 1);
        lab.probe(sample("1-1-100,2-2-90", "2-2-90"));
        lab.reported("1-1-101,2-2-90");
        lab.probe(sample("1-1-100,2-2-90", "2-2-90"));
        assert_eq!(lab.machine.persistent().anomaly, expected, "{boot:?}");
        // A loss that this node has seen counts in any run.
        lab.probe(sample("1-1-99,2-2-90", "2-2-90"));
        assert_eq!(lab.machine.persistent().anomaly, Some(Anomaly::LostOwnCommits), "{boot:?}");
    }
}

#[test]
fn the_gates_bar_in_this_order() {
    let mut persistent = ill();
    assert_eq!(Lab::new(persistent.clone(), 1).machine.admission(), Err(Bar::Unfit), "before the first probe");
    assert_eq!(admission(persistent.clone(), |read| read.fit = false), Err(Bar::Unfit));
    for anomaly in [Anomaly::SelfReset, Anomaly::LostOwnCommits, Anomaly::IdentityChanged] {
        persistent.anomaly = Some(anomaly);
        assert_eq!(admission(persistent.clone(), |_| {}), Err(Bar::Anomaly(anomaly)));
    }
    persistent.anomaly = None;
    assert_eq!(admission(persistent.clone(), |_| {}), Err(Bar::Unproven));
    persistent.proven = true;
    assert_eq!(admission(persistent.clone(), |_| {}), Err(Bar::Errant));
    persistent.accepted = set("1-1-3");
    assert_eq!(admission(persistent.clone(), |_| {}), Err(Bar::BehindMark));
    let applied = |read: &mut healthd_core::writer::Sample<Gtids>| *read = sample("1-1-3,2-2-7", "2-2-7");
    assert_eq!(admission(persistent.clone(), applied), Err(Bar::BehindReport));
    assert_eq!(admission(persistent.clone(), |read| *read = sample("1-1-3,2-2-9", "2-2-9")), Ok(()));
    persistent.accepted = set("1-1-3,2-2-9");
    assert_eq!(admission(persistent, |_| {}), Ok(()), "what an operator has given up is not missed");
}

#[test]
fn each_gate_alone_bars() {
    let well = || persistent(peer());
    let caught = |persistent, source| {
        admission(persistent, |read| {
            *read = sample("1-1-3,2-2-5", "2-2-5");
            read.source = source;
        })
    };
    for (name, persistent, source, expected) in [
        ("nothing", well(), SourceLink::Connected, Ok(())),
        ("not proven, lost its source", Persistent { proven: false, ..well() }, SourceLink::Lost, Err(Bar::Unproven)),
        ("proven by this probe", Persistent { proven: false, ..well() }, SourceLink::Connected, Ok(())),
        ("replicates from nobody", Persistent { proven: false, ..well() }, SourceLink::NoSource, Ok(())),
        (
            "a mark of long ago",
            Persistent { high_water_mark: set("2-2-6"), ..well() },
            SourceLink::Lost,
            Err(Bar::BehindMark),
        ),
        (
            "a mark of a removed source",
            Persistent { high_water_mark: set("3-3-1"), ..well() },
            SourceLink::NoSource,
            Err(Bar::BehindMark),
        ),
        (
            "the role was just lost",
            Persistent { demoted: true, takeover_position: set("1-1-2"), ..well() },
            SourceLink::Lost,
            Err(Bar::Errant),
        ),
        (
            "all was in the cut",
            Persistent { demoted: true, takeover_position: set("1-1-3"), ..well() },
            SourceLink::Lost,
            Ok(()),
        ),
        (
            "own commits below the mark",
            Persistent { own_high_water_mark: set("1-1-4"), ..well() },
            SourceLink::Lost,
            Err(Bar::Anomaly(Anomaly::LostOwnCommits)),
        ),
        (
            "the holder's errant transactions",
            Persistent { errant: set("1-1-3"), ..persistent(me()) },
            SourceLink::Lost,
            Ok(()),
        ),
    ] {
        assert_eq!(caught(persistent, source), expected, "{name}");
    }
}

#[test]
fn own_commits_that_are_all_gone_are_a_reset_and_stay_one() {
    let mut lab = Lab::standby("1-1-9,2-2-5", "2-2-5");
    lab.probe(sample("2-2-5", "2-2-5"));
    assert_eq!(lab.machine.admission(), Err(Bar::Anomaly(Anomaly::SelfReset)));
    lab.probe(sample("1-1-20,2-2-5", "2-2-5"));
    assert_eq!(lab.machine.admission(), Err(Bar::Anomaly(Anomaly::SelfReset)), "further commits do not hide it");
    lab.machine.drop_high_water_marks();
    assert_eq!(lab.machine.admission(), Ok(()));
    lab.machine.identity_changed();
    assert_eq!(lab.machine.admission(), Err(Bar::Anomaly(Anomaly::IdentityChanged)));
}

#[test]
fn own_commits_that_the_peer_holds_and_this_node_does_not_are_lost() {
    let restarted = || Sample { boot: BootId(2), ..sample("1-1-9,2-2-5", "2-2-5") };
    let mut lab = Lab::standby("1-1-9,2-2-5", "2-2-5");
    lab.reported("1-1-12,2-2-5");
    lab.probe(restarted());
    assert_eq!(lab.machine.admission(), Err(Bar::Anomaly(Anomaly::LostOwnCommits)));
    // Not by a probe that began before the report, because the peer was told meanwhile.
    let mut lab = Lab::standby("1-1-9,2-2-5", "2-2-5");
    lab.machine.probe_started_earlier();
    lab.reported("1-1-12,2-2-5");
    lab.machine.probe_ended(Some(restarted()));
    assert_eq!(lab.machine.admission(), Err(Bar::BehindReport));
}

#[test]
fn semi_synchronous_replication_proves_what_the_report_cannot() {
    for (semisync, semisync_replica, expected) in [
        (SemiSync::Quiet, true, Ok(())),
        (SemiSync::Quiet, false, Err(Bar::BehindReport)),
        (SemiSync::Waiting, true, Err(Bar::BehindReport)),
        (SemiSync::Off, true, Err(Bar::BehindReport)),
    ] {
        let mut lab = Lab::new(persistent(peer()), 1);
        let mut read = sample("2-2-5", "2-2-5");
        (read.boot, read.semisync_replica) = (BootId(1), semisync_replica);
        lab.probe(read);
        let mut next = report(lab.machine.persistent().epoch, "2-2-6");
        next.position.as_mut().expect("a position").semisync = semisync;
        lab.came(next);
        assert_eq!(lab.machine.admission(), expected, "{semisync:?} {semisync_replica}");
    }
    // A waiting session does not end the proof of the report before.
    let mut lab = Lab::new(persistent(peer()), 1);
    lab.probe(Sample { semisync_replica: true, ..sample("2-2-5", "2-2-5") });
    for (semisync, expected) in [
        (SemiSync::Quiet, Ok(())),
        (SemiSync::Waiting, Ok(())),
        (SemiSync::Off, Err(Bar::BehindReport)),
        (SemiSync::Waiting, Err(Bar::BehindReport)),
    ] {
        let mut next = report(lab.machine.persistent().epoch, "2-2-6");
        next.position.as_mut().expect("a position").semisync = semisync;
        lab.came(next);
        assert_eq!(lab.machine.admission(), expected, "{semisync:?}");
    }
}

/// Otherwise it would ask a healthy holder, and never reach the final position of that.
#[test]
fn semi_synchronous_replication_proves_nothing_to_a_node_without_a_channel_while_its_peer_answers() {
    for source in [SourceLink::Connected, SourceLink::Lost, SourceLink::NoSource] {
        let mut lab = Lab::new(persistent(peer()), 1);
        lab.probe(Sample { semisync_replica: true, ..sample("2-2-5", "2-2-5") });
        let mut next = report(lab.machine.persistent().epoch, "2-2-6");
        next.position.as_mut().expect("a position").semisync = SemiSync::Quiet;
        lab.came(next.clone());
        lab.check(NEITHER);
        assert!(lab.machine.report().asks || lab.machine.is_holder_in_grace());
        lab.probe(Sample { source, ..sample("2-2-5", "2-2-5") });
        lab.machine.holder_grace_over();
        let living = if source == SourceLink::Connected { Ok(()) } else { Err(Bar::BehindReport) };
        assert_eq!(lab.machine.admission(), living, "{source:?}");
        assert_eq!(lab.machine.report().asks, living.is_ok(), "{source:?}");
        // Its server is down, or nothing is heard: now no report says what this node lacks.
        next.answers = false;
        lab.came(next);
        assert_eq!(lab.machine.admission(), Ok(()), "{source:?}");
        assert!(lab.machine.report().asks, "{source:?}");
    }
}

#[test]
fn a_live_standby_need_not_have_what_came_since_the_last_look() {
    let mut lab = Lab::standby("1-1-5,2-2-90", "2-2-90");
    lab.reported("1-1-5,2-2-90");
    lab.reported("1-1-5,2-2-95");
    lab.probe(sample("1-1-5,2-2-90", "2-2-95"));
    assert_eq!(lab.check(OTHER), Answer::Refuse(Refusal::Standby), "while the holder is in use");
    assert_eq!(lab.machine.admission(), Err(Bar::BehindMark), "and it does not ask for the role");
    lab.probe(sample("1-1-5,2-2-90", "2-2-95"));
    assert_eq!(lab.check(OTHER), Answer::Refuse(Refusal::Barred(Bar::BehindMark)), "it does not catch on");
}

#[test]
fn a_history_that_began_anew_on_purpose_is_taken_for_good() {
    let mut lab = Lab::standby("1-1-5,2-2-90", "2-2-90");
    lab.reported("1-1-5,2-2-90");
    lab.probe(sample("2-2-90", "2-2-90"));
    assert_eq!(lab.machine.admission(), Err(Bar::Anomaly(Anomaly::SelfReset)));
    lab.machine.drop_high_water_marks();
    for _ in 0..2 {
        // The peer still has what was written here before.
        lab.reported("1-1-5,2-2-90");
        lab.probe(sample("2-2-90", "2-2-90"));
        assert_eq!(lab.machine.admission(), Ok(()));
    }
}

#[test]
fn a_commit_that_waited_for_its_acknowledgement_when_the_role_was_lost_is_errant_once_it_is_through() {
    let read = |executed: &str, semisync: SemiSync| {
        let mut read = sample(executed, "2-2-7");
        read.position.semisync = semisync;
        read
    };
    let mut lab =
        Lab::new(Persistent { demoted: true, takeover_position: set("1-1-3,2-2-7"), ..persistent(peer()) }, 1);
    // MySQL does not count it as executed while it waits.
    lab.probe(read("1-1-3,2-2-7", SemiSync::Waiting));
    assert_eq!(lab.machine.admission(), Ok(()));
    lab.probe(read("1-1-4,2-2-7", SemiSync::Off));
    assert_eq!((lab.machine.admission(), lab.machine.persistent().errant.clone()), (Err(Bar::Errant), set("1-1-4..4")));
    // A later write here is an operator's on a standby, and does not matter.
    lab.probe(read("1-1-5,2-2-7", SemiSync::Off));
    assert_eq!(lab.machine.persistent().errant, set("1-1-4..4"));
}
