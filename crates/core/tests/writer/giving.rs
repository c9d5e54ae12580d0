//! When a holder that lost its clients gives the role away (rule 3).

use healthd_core::writer::{Handover, Report, Sample, Yield};

use crate::lab::{IN_USE, Lab, NEITHER, report, sample, set};

#[test]
fn a_dead_holder_gives_the_role_away_at_the_check_that_finds_it_out() {
    let mut lab = Lab::holder();
    lab.dies();
    let epoch = lab.machine.persistent().epoch;
    // The peer asks before this node's HAProxy has said that it is out.
    lab.came(Report { asks: true, ..report(epoch, "1-1-467,2-2-90") });
    assert_eq!(lab.machine.handover(), Handover::No);
    lab.check(IN_USE);
    assert_eq!(lab.machine.handover(), Handover::No);
    lab.check(NEITHER);
    assert_eq!((lab.machine.handover(), lab.machine.report().yields), (Handover::Requested, Some(Yield::NoAnswer)));

    // A holder whose server answers reports its final position, which a probe after that reads.
    let mut lab = Lab::holder();
    lab.came(Report { asks: true, ..report(epoch, "1-1-467,2-2-90") });
    lab.dies();
    lab.probe(Sample { fit: false, ..sample("1-1-470,2-2-90", "2-2-90") });
    lab.check(IN_USE);
    lab.check(NEITHER);
    assert_eq!((lab.machine.handover(), lab.machine.report().yields), (Handover::Requested, None));
    lab.probe(Sample { fit: false, ..sample("1-1-471,2-2-90", "2-2-90") });
    assert_eq!(lab.machine.report().yields, Some(Yield::Final(set("1-1-471,2-2-90"))));

    // A question under another epoch does not count, nor one that was taken back.
    for asks in [Report { asks: true, ..report(None, "") }, Report { asks: false, ..report(epoch, "") }] {
        let mut lab = Lab::holder();
        lab.dies();
        lab.came(Report { asks: true, ..report(epoch, "1-1-467,2-2-90") });
        lab.came(asks);
        lab.check(NEITHER);
        assert_eq!(lab.machine.handover(), Handover::No);
    }
}
