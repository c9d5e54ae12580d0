//! Levels 1 and 2: the answers of a node without a witness.

use healthd_core::writer::{
    Answer, Bar, BootId, Handover, Level, Persistent, Refusal, Sample, SemiSync, SourceLink, Yield,
};

use crate::lab::{AUTO, Lab, MANUAL, me, persistent, refused, report, sample, set};

fn behind_high_water_mark() -> Answer {
    refused(Refusal::Barred(Bar::BehindMark))
}

fn behind_report() -> Answer {
    refused(Refusal::Barred(Bar::BehindReport))
}

/// A node that serves, with its peer written and read.
fn serving(level: Level) -> Lab {
    let mut lab = Lab::pair("1-1-50,2-2-90");
    lab.probe(sample("1-1-50,2-2-90", "2-2-90"));
    lab.probe(sample("1-1-50,2-2-90", "2-2-90"));
    assert_eq!(lab.machine.check_unwitnessed(level), Answer::Serve);
    lab
}

/// The same after its server was away, while the peer was written up to 2-2-120.
fn returned(level: Level) -> Lab {
    let mut lab = serving(level);
    lab.dies();
    lab.reported("1-1-50,2-2-120");
    lab.probe(Sample { boot: BootId(2), ..sample("1-1-50,2-2-120", "2-2-120") });
    lab
}

#[test]
fn a_server_that_is_not_fit_or_not_trusted_is_refused_first() {
    for level in [Level::HighWaterMark, MANUAL, AUTO] {
        let mut lab = Lab::new(Persistent::default(), 0);
        assert_eq!(
            lab.machine.check_unwitnessed(level),
            refused(Refusal::Barred(Bar::Unfit)),
            "before the first probe"
        );
        lab.probe(Sample { fit: false, ..sample("1-1-5", "") });
        assert_eq!(lab.machine.check_unwitnessed(level), refused(Refusal::Barred(Bar::Unfit)));
        let mut lab = Lab::new(Persistent::default(), 0);
        lab.probe(Sample { source: SourceLink::Lost, ..sample("1-1-5", "") });
        assert_eq!(lab.machine.check_unwitnessed(level), refused(Refusal::Barred(Bar::Unproven)));
        lab.probe(sample("1-1-5", "2-2-5"));
        assert_eq!(
            lab.machine.check_unwitnessed(level),
            refused(Refusal::Barred(Bar::Unproven)),
            "connected, not contained"
        );
        lab.probe(sample("1-1-5,2-2-5", "2-2-5"));
        assert_eq!(lab.machine.check_unwitnessed(level), Answer::Serve);
        lab.probe(sample("1-1-4,2-2-5", "2-2-5"));
        assert!(matches!(lab.machine.check_unwitnessed(level), Answer::Refuse(Refusal::Barred(Bar::Anomaly(_)))));
    }
}

#[test]
fn a_standalone_server_serves_at_once() {
    let mut lab = Lab::new(Persistent::default(), 0);
    lab.probe(Sample { source: SourceLink::NoSource, ..sample("1-1-467", "") });
    assert_eq!(lab.machine.check_unwitnessed(Level::HighWaterMark), Answer::Serve);
}

#[test]
fn a_live_replica_must_have_applied_what_it_had_received_a_probe_ago() {
    let mut lab = Lab::new(Persistent::default(), 0);
    lab.probe(sample("2-2-10", "2-2-10"));
    for (name, executed, received, source, expected) in [
        ("received just now", "2-2-10", "2-2-20", SourceLink::Connected, Answer::Serve),
        ("that a probe later", "2-2-20", "2-2-30", SourceLink::Connected, Answer::Serve),
        ("one less", "2-2-29", "2-2-40", SourceLink::Connected, behind_high_water_mark()),
        ("the same, source lost", "2-2-39", "2-2-40", SourceLink::Lost, behind_high_water_mark()),
        ("all of it", "2-2-40", "2-2-40", SourceLink::Lost, Answer::Serve),
        ("received, and then lost", "2-2-40", "2-2-41", SourceLink::Lost, behind_high_water_mark()),
        ("the relay log is thrown away", "2-2-40", "2-2-40", SourceLink::Lost, behind_high_water_mark()),
        ("and the channel removed", "2-2-40", "", SourceLink::NoSource, behind_high_water_mark()),
        ("set up again", "2-2-41", "2-2-41", SourceLink::Connected, Answer::Serve),
    ] {
        lab.probe(Sample { source, ..sample(executed, received) });
        assert_eq!(lab.machine.check_unwitnessed(Level::HighWaterMark), expected, "{name}");
        assert_eq!(lab.machine.dry_run_unwitnessed(Level::HighWaterMark), expected, "{name}: who looks sees the same");
    }
}

#[test]
fn a_restart_of_healthd_forgets_no_mark() {
    let mut lab = Lab::new(Persistent::default(), 0);
    lab.probe(sample("2-2-10", "2-2-10"));
    lab.probe(sample("2-2-10", "2-2-20"));
    let persistent = lab.machine.persistent().clone();
    let mut next = Lab::new(persistent, 0);
    next.probe(sample("2-2-10", "2-2-10"));
    assert_eq!(next.machine.check_unwitnessed(Level::HighWaterMark), behind_high_water_mark());
}

#[test]
fn what_the_peer_reported_counts_at_level_2_only() {
    for (level, expected) in [(Level::HighWaterMark, Answer::Serve), (MANUAL, behind_report()), (AUTO, behind_report())]
    {
        let mut lab = Lab::pair("1-1-50,2-2-90");
        lab.reported("1-1-50,2-2-95");
        lab.reported("1-1-50,2-2-96");
        assert_eq!(lab.machine.check_unwitnessed(level), expected, "{level:?}");
    }
}

#[test]
fn a_live_peer_s_report_before_last_counts_and_a_dead_one_s_last() {
    let mut lab = Lab::pair("1-1-50,2-2-90");
    lab.reported("1-1-50,2-2-95");
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), Answer::Serve, "what it has just written may be on its way");
    // Its server does not answer any more.
    let mut down = report(lab.machine.persistent().epoch, "1-1-50,2-2-95");
    down.answers = false;
    lab.came(down);
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), behind_report());
    // Its healthd does not answer either. It was well when last heard.
    let mut lab = Lab::pair("1-1-50,2-2-90");
    lab.reported("1-1-50,2-2-95");
    lab.machine.peer_became_unreachable();
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), behind_report());
    // Or the channel is down while it lives.
    let mut lab = Lab::pair("1-1-50,2-2-90");
    lab.reported("1-1-50,2-2-95");
    lab.probe(Sample { source: SourceLink::Lost, ..sample("1-1-50,2-2-90", "2-2-90") });
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), behind_report());
    lab.probe(Sample { source: SourceLink::Lost, ..sample("1-1-50,2-2-95", "2-2-95") });
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), Answer::Serve);
}

#[test]
fn semi_synchronous_replication_proves_the_rest_once_the_peer_is_gone() {
    for (semisync, expected) in
        [(SemiSync::Quiet, Answer::Serve), (SemiSync::Waiting, behind_report()), (SemiSync::Off, behind_report())]
    {
        let mut lab = Lab::pair("1-1-50,2-2-90");
        lab.probe(Sample { semisync_replica: true, ..sample("1-1-50,2-2-90", "2-2-90") });
        let mut next = report(lab.machine.persistent().epoch, "1-1-50,2-2-95");
        next.position.as_mut().expect("a position").semisync = semisync;
        lab.came(next);
        lab.machine.peer_became_unreachable();
        assert_eq!(lab.machine.check_unwitnessed(MANUAL), expected, "{semisync:?}");
        lab.machine.proof_aged();
        assert_eq!(lab.machine.check_unwitnessed(MANUAL), expected, "{semisync:?}: from its silence on nothing ages");
    }
}

#[test]
fn a_first_start_is_not_a_return() {
    for level in [MANUAL, AUTO] {
        let mut lab = Lab::new(Persistent::default(), 0);
        lab.probe(sample("1-1-50,2-2-90", "2-2-90"));
        assert_eq!(lab.machine.check_unwitnessed(level), Answer::Serve, "{level:?}: the peer was never heard");
        lab.machine.peer_became_unreachable();
        assert_eq!(lab.machine.check_unwitnessed(level), Answer::Serve, "{level:?}");
    }
}

#[test]
fn a_server_that_restarted_waits_for_its_peer() {
    for level in [MANUAL, AUTO] {
        let mut lab = serving(level);
        let persistent = {
            lab.dies();
            lab.machine.persistent().clone()
        };
        // The machine of a new healthd: the whole node was restarted.
        let mut lab = Lab::new(persistent, 0);
        lab.probe(Sample { boot: BootId(2), ..sample("1-1-50,2-2-90", "2-2-90") });
        assert_eq!(lab.machine.check_unwitnessed(level), refused(Refusal::Undecided), "{level:?}: not heard");
        lab.machine.peer_became_unreachable();
        assert_eq!(lab.machine.check_unwitnessed(level), refused(Refusal::Undecided), "{level:?}: silent");
        lab.machine.declare_peer_dead();
        assert_eq!(lab.machine.check_unwitnessed(level), Answer::Serve, "{level:?}: an operator says that it is dead");
    }
}

#[test]
fn a_returned_server_serves_by_itself_where_the_peer_was_not_written() {
    let mut lab = serving(MANUAL);
    lab.dies();
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), refused(Refusal::Barred(Bar::Unfit)));
    lab.reported("1-1-50,2-2-90");
    lab.probe(Sample { boot: BootId(2), ..sample("1-1-50,2-2-90", "2-2-90") });
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), Answer::Serve);
    assert_eq!(lab.machine.persistent().boot, Some(BootId(2)));
}

#[test]
fn a_returned_server_is_quarantined_where_the_peer_was_written() {
    let mut lab = returned(MANUAL);
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), refused(Refusal::Quarantined));
    lab.reported("1-1-50,2-2-120");
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), refused(Refusal::Quarantined), "and stays so");
    lab.machine.peer_became_unreachable();
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), refused(Refusal::Undecided), "nobody says what it wrote since");
    assert_eq!(returned(AUTO).machine.check_unwitnessed(AUTO), Answer::Serve);
}

#[test]
fn it_must_have_what_was_written_meanwhile_and_nothing_more() {
    for level in [MANUAL, AUTO] {
        let mut lab = returned(level);
        lab.probe(Sample { boot: BootId(2), ..sample("1-1-50,2-2-100", "2-2-120") });
        lab.probe(Sample { boot: BootId(2), ..sample("1-1-50,2-2-100", "2-2-120") });
        assert_eq!(lab.machine.check_unwitnessed(level), behind_high_water_mark(), "{level:?}");
        lab.probe(Sample { boot: BootId(2), ..sample("1-1-53,2-2-120", "2-2-120") });
        assert_eq!(lab.machine.check_unwitnessed(level), refused(Refusal::Barred(Bar::Errant)), "{level:?}");
        lab.reported("1-1-53,2-2-120");
        let expected = if level == AUTO { Answer::Serve } else { refused(Refusal::Quarantined) };
        assert_eq!(lab.machine.check_unwitnessed(level), expected, "{level:?}: merged");
    }
}

#[test]
fn a_failback_is_a_hand_over_where_the_peer_answers() {
    let mut lab = returned(MANUAL);
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), refused(Refusal::Quarantined));
    assert!(!lab.machine.report().asks);
    lab.machine.claim(true);
    assert!(lab.machine.report().asks, "the peer is asked");
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), refused(Refusal::Asking));
    // It yields with its final position.
    let mut last = report(lab.machine.persistent().epoch, "1-1-50,2-2-125");
    last.yields = Some(Yield::Final(set("1-1-50,2-2-125")));
    lab.came(last.clone());
    lab.came(last);
    lab.probe(Sample { boot: BootId(2), ..sample("1-1-50,2-2-124", "2-2-124") });
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), behind_report());
    lab.probe(Sample { boot: BootId(2), ..sample("1-1-50,2-2-125", "2-2-125") });
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), Answer::Serve);
    assert!(!lab.machine.report().asks, "and is asked no longer");
}

#[test]
fn a_failback_needs_no_consent_of_a_server_that_is_dead() {
    let mut lab = returned(MANUAL);
    let mut down = report(lab.machine.persistent().epoch, "1-1-50,2-2-120");
    down.answers = false;
    lab.came(down);
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), refused(Refusal::Quarantined));
    lab.machine.claim(true);
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), Answer::Serve);
}

#[test]
fn a_node_asked_for_the_role_refuses_until_the_other_has_it() {
    let mut lab = serving(MANUAL);
    let mut asking = report(lab.machine.persistent().epoch, "1-1-50,2-2-90");
    asking.asks = true;
    lab.came(asking.clone());
    assert_eq!(lab.machine.handover(), Handover::Requested);
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), refused(Refusal::Yielded));
    assert_eq!(lab.machine.report().yields, None, "checks may still have been answered with 200");
    lab.machine.drained();
    lab.probe(sample("1-1-51,2-2-90", "2-2-90"));
    assert_eq!(lab.machine.report().yields, Some(Yield::Final(set("1-1-51,2-2-90"))));
    asking.asks = false;
    lab.came(asking);
    assert_eq!(lab.machine.handover(), Handover::No, "it is asked no longer");
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), Answer::Serve);
}

#[test]
fn what_the_peer_wrote_before_the_failure_was_noticed_was_written_meanwhile() {
    let mut lab = serving(MANUAL);
    // The server is dead by now, the peer is written and reports it, and only then does a probe fail.
    lab.reported("1-1-50,2-2-120");
    lab.dies();
    lab.probe(Sample { boot: BootId(2), ..sample("1-1-50,2-2-120", "2-2-120") });
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), refused(Refusal::Quarantined));
    // Or no probe fails, because the server was back before.
    let mut lab = serving(MANUAL);
    lab.reported("1-1-50,2-2-120");
    lab.probe(Sample { boot: BootId(2), ..sample("1-1-50,2-2-120", "2-2-120") });
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), refused(Refusal::Quarantined));
}

#[test]
fn who_loses_its_last_witness_while_its_server_is_away_comes_back_as_level_2_does() {
    let mut persistent = persistent(me());
    persistent.own_high_water_mark = set("1-1-50");
    let mut lab = Lab::new(persistent, 1);
    lab.probe(sample("1-1-50,2-2-90", "2-2-90"));
    lab.reported("1-1-50,2-2-90");
    lab.dies();
    lab.machine.remove_witness(0);
    lab.reported("1-1-50,2-2-120");
    lab.reported("1-1-50,2-2-120");
    lab.probe(Sample { boot: BootId(2), ..sample("1-1-50,2-2-120", "2-2-120") });
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), refused(Refusal::Quarantined));
}
