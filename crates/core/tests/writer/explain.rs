//! The gates of the writer role in `healthd check`.

use std::fmt::Write as _;

use healthd_core::position::gtids::Gtids;
use healthd_core::render::table::{Paint, table};
use healthd_core::verdict::role::Role;
use healthd_core::writer::{
    Answer, Bar, BootId, Epoch, Level, Persistent, Refusal, Report, Sample, SemiSync, SourceLink,
};

use crate::lab::{
    BOTH, IN_USE, Lab, MANUAL, NEITHER, OTHER, peer, persistent, position, refused, report, sample, saved, set,
};
use crate::support::seconds;

fn barred(bar: Bar) -> Answer {
    refused(Refusal::Barred(bar))
}

/// Every situation that an operator may meet, with the machine's own answer.
struct Shown(String);

impl Shown {
    fn show(&mut self, title: &str, lab: &Lab, answer: Answer, expected: Answer) {
        assert_eq!(answer, expected, "{title}");
        let situation = lab.situation(answer);
        let text = table(&situation.instance_json("m0"), &situation.json(Role::Writer), Paint::Plain);
        write!(self.0, "# {title}\n\n{text}\n").expect("a String takes everything");
    }
}

/// A standby, the holder's next report and a check of a healthy pair.
fn standby_told(executed: &str, received: &str, told: &str) -> (Lab, Answer) {
    let mut lab = Lab::standby(executed, received);
    lab.reported(told);
    // Twice: a live standby need not have what arrived since the last probe.
    lab.probe(sample(executed, received));
    lab.reported(told);
    let answer = lab.check(OTHER);
    (lab, answer)
}

#[test]
fn the_tables_of_a_witnessed_pair() {
    let mut shown = Shown(String::new());
    let mut lab = Lab::holder();
    let answer = lab.check(BOTH);
    shown.show("the holder", &lab, answer, Answer::Serve);
    lab.around.caveats = vec!["gtid-not-separable: several servers write domain 0".to_owned()];
    lab.around.unsaved = Some("No space left on device (os error 28)".to_owned());
    shown.show("the holder, with a weaker guarantee and a full disk", &lab, answer, Answer::Serve);

    let mut lab = Lab::holder();
    // The reverse channel is broken: a warning at most.
    lab.reported("1-1-467,2-2-95");
    let answer = lab.check(IN_USE);
    shown.show("the holder, without some commits of the peer", &lab, answer, Answer::Serve);

    let mut lab = Lab::holder();
    let answer = lab.check(NEITHER);
    shown.show("suspended: HAProxy took it out", &lab, answer, refused(Refusal::Suspended));
    lab.machine.peer_became_unreachable();
    lab.around.unheard = seconds(75);
    lab.around.peer_error = Some("10.0.0.2:31337: connection refused".to_owned());
    let answer = lab.check(NEITHER);
    shown.show("suspended, and the peer is unreachable", &lab, answer, refused(Refusal::Undecided));

    let mut lab = Lab::holder();
    assert!(lab.machine.start_handover());
    let answer = lab.check(IN_USE);
    shown.show("handing over", &lab, answer, refused(Refusal::HandingOver));

    let (lab, answer) = standby_told("1-1-5,2-2-467", "2-2-467", "1-1-5,2-2-467");
    shown.show("a standby that is ready", &lab, answer, refused(Refusal::Standby));
    let (lab, answer) = standby_told("1-1-5,2-2-167", "2-2-467", "1-1-5,2-2-467");
    shown.show("a standby that has not applied what it received", &lab, answer, barred(Bar::BehindMark));
    let (mut lab, answer) = standby_told("1-1-5,2-2-167", "2-2-167", "1-1-5,2-2-467");
    shown.show("a standby that has not received what was reported", &lab, answer, barred(Bar::BehindReport));
    lab.around.purged = set("2-2-400");
    shown.show("the same, purged on the peer", &lab, answer, barred(Bar::BehindReport));

    let mut lab = Lab::standby("1-1-5,2-2-467", "2-2-467");
    lab.reported("1-1-5,2-2-467");
    assert_eq!(lab.check(OTHER), refused(Refusal::Standby));
    let mut down = report(lab.machine.persistent().epoch, "1-1-5,2-2-467");
    down.answers = false;
    lab.came(down);
    let answer = lab.check(NEITHER);
    shown.show("asking: the holder's server is dead, its healthd lives", &lab, answer, refused(Refusal::Asking));
    insta::assert_snapshot!(shown.0);
}

#[test]
fn the_tables_of_a_history_that_is_not_right() {
    let mut shown = Shown(String::new());
    let mut lab = Lab::holder();
    lab.came(Report {
        epoch: Some(Epoch { number: 8, holder: peer() }),
        takeover_position: set("1-1-460,2-2-90"),
        ..report(None, "1-1-463,2-2-120")
    });
    let answer = lab.check(OTHER);
    shown.show("a holder that lost the role a moment ago", &lab, answer, barred(Bar::NotCompared));
    lab.probe(sample("1-1-467,2-2-120", "2-2-120"));
    let answer = lab.check(OTHER);
    shown.show("the returned holder with errant transactions, merged late", &lab, answer, barred(Bar::Errant));
    let loss = lab.machine.loss().all();
    lab.machine.accept_loss(&loss);
    lab.around.orders =
        vec!["accept-loss by ann, 2026-11-25T03:10:12Z: 0 transactions accepted as lost, 7 kept".to_owned()];
    let answer = lab.check(OTHER);
    shown.show("the same, accepted by an operator", &lab, answer, refused(Refusal::Standby));

    let (mut lab, _) = standby_told("1-1-100,2-2-467", "2-2-467", "1-1-100,2-2-467");
    lab.probe(sample("1-1-60,2-2-467", "2-2-467"));
    let answer = lab.check(OTHER);
    shown.show("lost own commits", &lab, answer, barred(Bar::Anomaly(healthd_core::writer::Anomaly::LostOwnCommits)));
    let (mut lab, _) = standby_told("1-1-100,2-2-467", "2-2-467", "1-1-100,2-2-467");
    lab.probe(sample("2-2-467", "2-2-467"));
    let answer = lab.check(OTHER);
    shown.show(
        "its own history began anew",
        &lab,
        answer,
        barred(Bar::Anomaly(healthd_core::writer::Anomaly::SelfReset)),
    );

    // The source has forgotten everything and writes 2-2-1 to 2-2-3 again. The channel was set up again.
    let (mut lab, _) = standby_told("1-1-5,2-2-400", "2-2-467", "1-1-5,2-2-467");
    lab.probe(sample("1-1-5,2-2-400", "2-2-3"));
    lab.reported("2-2-3");
    let answer = lab.check(OTHER);
    shown.show("the source began anew", &lab, answer, barred(Bar::BehindMark));

    let mut lab = Lab::new(Persistent { proven: false, ..persistent(peer()) }, 1);
    lab.probe(Sample { source: SourceLink::Lost, ..sample("1-1-5,2-2-467", "2-2-467") });
    lab.reported("1-1-5,2-2-467");
    let answer = lab.check(OTHER);
    shown.show("a fresh state directory, its source never seen", &lab, answer, barred(Bar::Unproven));
    insta::assert_snapshot!(shown.0);
}

#[test]
fn the_tables_without_a_witness() {
    let mut shown = Shown(String::new());
    let mut lab = Lab::new(Persistent::default(), 0);
    lab.around.has_peer = false;
    lab.around.names.peer = String::new();
    let answer = lab.machine.check_unwitnessed(Level::HighWaterMark);
    shown.show("level 1, before the first probe", &lab, answer, barred(Bar::Unfit));
    lab.probe(Sample { source: SourceLink::NoSource, ..sample("1-1-467", "") });
    let answer = lab.machine.check_unwitnessed(Level::HighWaterMark);
    shown.show("level 1, alone", &lab, answer, Answer::Serve);
    lab.probe(Sample { source: SourceLink::Lost, ..sample("1-1-467,2-2-167", "2-2-467") });
    let answer = lab.machine.check_unwitnessed(Level::HighWaterMark);
    shown.show("level 1, its source is gone and not all is applied", &lab, answer, barred(Bar::BehindMark));

    let mut lab = Lab::pair("1-1-467,2-2-90");
    let answer = lab.machine.check_unwitnessed(MANUAL);
    shown.show("level 2", &lab, answer, Answer::Serve);
    lab.machine.peer_became_unreachable();
    lab.around.unheard = seconds(4);
    let answer = lab.machine.check_unwitnessed(MANUAL);
    shown.show("level 2, the peer is unreachable", &lab, answer, Answer::Serve);

    let mut lab = Lab::pair("1-1-467,2-2-90");
    assert_eq!(lab.machine.check_unwitnessed(MANUAL), Answer::Serve);
    lab.dies();
    lab.reported("1-1-467,2-2-120");
    lab.probe(Sample { boot: BootId(2), ..sample("1-1-469,2-2-120", "2-2-120") });
    let answer = lab.machine.check_unwitnessed(MANUAL);
    shown.show("level 2, back with commits that the peer has not", &lab, answer, barred(Bar::Errant));
    lab.reported("1-1-469,2-2-120");
    let answer = lab.machine.check_unwitnessed(MANUAL);
    shown.show("level 2, quarantined", &lab, answer, refused(Refusal::Quarantined));
    lab.machine.claim(true);
    let answer = lab.machine.check_unwitnessed(MANUAL);
    shown.show("level 2, asked back by an operator", &lab, answer, refused(Refusal::Asking));
    insta::assert_snapshot!(shown.0);
}

/// The code of a standby that is behind, and its explanation.
fn code(lab: &Lab, bar: Bar) -> String {
    lab.said(barred(bar))
}

#[test]
fn what_is_in_the_relay_log_is_only_behind_wherever_else_it_is_gone() {
    // The last report of a dead holder is older than what was received from it.
    let (mut lab, answer) = standby_told("1-1-5,2-2-400", "2-2-467", "1-1-5,2-2-400");
    assert_eq!((answer, lab.said(answer).as_str()), (barred(Bar::BehindMark), "down relay-log-not-applied"));
    lab.machine.peer_became_unreachable();
    assert_eq!(code(&lab, Bar::BehindMark), "down relay-log-not-applied", "a silent peer proves nothing");
    // It is purged where it came from, and still here.
    lab.around.purged = set("2-2-467");
    assert_eq!(code(&lab, Bar::BehindMark), "down relay-log-not-applied");
    // The relay log is gone as well.
    lab.probe(Sample { source: SourceLink::Lost, ..sample("1-1-5,2-2-400", "2-2-400") });
    assert_eq!(code(&lab, Bar::BehindMark), "down binlog-purged");
    lab.around.purged = Gtids::default();
    assert_eq!(code(&lab, Bar::BehindMark), "down relay-log-not-applied");
    // It came back without what it had sent.
    lab.probe(sample("1-1-5,2-2-400", "2-2-400"));
    lab.reported("1-1-5,2-2-400");
    assert_eq!(code(&lab, Bar::BehindMark), "down source-reset");
    // It has part of it: the rest follows.
    lab.reported("1-1-5,2-2-401");
    assert_eq!(code(&lab, Bar::BehindMark), "down relay-log-not-applied");
}

#[test]
fn a_witness_that_was_removed_is_not_the_one_that_disagrees() {
    let mut lab = Lab::new(persistent(peer()), 2);
    lab.probe(sample("1-1-5,2-2-467", "2-2-467"));
    lab.reported("1-1-5,2-2-467");
    lab.machine.remove_witness(0);
    let answer = saved(lab.machine.check(1, OTHER, false, true));
    let view = lab.view(refused(Refusal::WitnessesDisagree));
    let told = format!("{view:?}");
    assert!(told.contains("WitnessesDisagree { witness: \"10.0.0.2\" }"), "{told}");
    assert!(told.contains("10.0.0.1: removed by an operator"), "{told}");
    assert!(matches!(answer, Answer::Refuse(_)), "{answer:?}");
}

#[test]
fn the_proof_of_semi_synchronous_replication_is_shown() {
    let mut lab = Lab::standby("1-1-5,2-2-467", "2-2-467");
    lab.probe(Sample { semisync_replica: true, ..sample("1-1-5,2-2-467", "2-2-467") });
    let mut next = report(lab.machine.persistent().epoch, "1-1-5,2-2-468");
    next.position = Some(healthd_core::writer::Position { semisync: SemiSync::Quiet, ..position("1-1-5,2-2-468", 2) });
    lab.came(next);
    let answer = lab.check(OTHER);
    let view = lab.view(answer);
    let measured =
        |name| view.conditions.iter().find(|condition| condition.name == name).map(|found| found.measured.as_str());
    assert_eq!(answer, refused(Refusal::Standby));
    assert_eq!(measured("peer"), Some("heard 180ms ago, semi-sync proven"));
    assert_eq!(measured("applied_of_peer"), Some("without 1 transaction (2-2-468), reported 240ms ago"));
    assert_eq!(view.epoch, Some(healthd_core::verdict::KnownEpoch { number: 7, held_here: false }));
}

#[test]
fn texts_from_elsewhere_are_made_harmless() {
    let mut lab = Lab::holder();
    let text = "a\u{1b}[31m\r\nb|c".repeat(60);
    lab.around.names.peer.clone_from(&text);
    lab.around.witnesses = vec![text.clone()];
    lab.around.caveats = vec![text.clone()];
    lab.around.unsaved = Some(text.clone());
    lab.around.peer_error = Some(text);
    lab.machine.peer_became_unreachable();
    for condition in lab.view(refused(Refusal::Suspended)).conditions {
        let measured = condition.measured;
        assert!(!measured.contains(|c: char| c.is_control()) && measured.chars().count() < 210, "{measured:?}");
    }
}
