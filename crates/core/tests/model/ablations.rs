//! What each rule prevents: without it, the search finds a violation.

use std::time::Duration;

use healthd_core::writer::{Failback, Level, Rule};

use crate::explore;
use crate::operations;
use crate::rarer;
use crate::scenario::{Command, Fault, Pace, Scenario};
use crate::search::Limits;
use crate::world::Bad;

fn base(faults: &[Fault]) -> Scenario {
    Scenario { pace: Pace::Brisk, heal_every: 0, ..Scenario::new("").faults(faults) }
}

/// The scenario is safe with the rule, as far as it is searched, and violated without it.
fn shows(rule: Rule, scenario: Scenario, bad: Bad) {
    let limits = Limits { states: 1_500_000, time: Duration::MAX };
    let name = format!("without {rule:?}: {:?}", scenario.faults);
    let without = explore(Scenario { name, ..scenario.clone().without(rule) }, &limits);
    assert_eq!(without.found.as_ref().map(|found| found.bad), Some(bad), "without {rule:?}");
    let as_far = Limits { states: without.states.max(50_000), ..limits };
    let with = explore(Scenario { name: format!("the same with {rule:?}"), ..scenario }, &as_far);
    assert!(with.found.is_none(), "with {rule:?}");
}

#[test]
fn without_consent_one_lost_check_takes_the_role_from_a_healthy_holder() {
    shows(Rule::Consent, base(&[Fault::CheckLost]), Bad::Evicted);
}

/// Outside the promises: the second fault comes before the first one is repaired.
fn overlapping(faults: &[Fault]) -> Scenario {
    Scenario { times: 2, overlap: true, disabled: true, ..base(faults) }
}

#[test]
fn a_final_position_of_a_holder_in_use_is_not_final() {
    let scenario = Scenario { pace: Pace::Coarse, ..base(&[]).command(Command::HandOver) };
    shows(Rule::YieldWhenOut, scenario, Bad::Evicted);
}

#[test]
fn a_peer_is_not_excluded_while_a_report_is_fresh_there() {
    let scenario = Scenario { pace: Pace::Coarse, ..overlapping(&[Fault::PeerLink, Fault::CheckLost]) };
    shows(Rule::Exclusion, scenario, Bad::Evicted);
}

#[test]
fn a_check_from_before_the_silence_may_be_out_of_date() {
    let scenario = Scenario { pace: Pace::Coarse, ..overlapping(&[Fault::PeerLink, Fault::CheckLost]) };
    shows(Rule::CheckAfterUnreachable, scenario, Bad::Evicted);
}

#[test]
fn an_echo_is_not_kept_for_later() {
    shows(Rule::Expiry, overlapping(&[Fault::PeerLink, Fault::CheckLost]), Bad::Evicted);
}

#[test]
fn an_old_report_says_nothing_of_what_was_written_since() {
    shows(Rule::FreshReport, overlapping(&[Fault::PeerLink, Fault::NodeDead]).semisync(), Bad::StaleRead);
}

#[test]
fn what_was_received_is_missed_though_a_restart_threw_it_away() {
    shows(Rule::HighWaterMark, overlapping(&[Fault::ServerKilled, Fault::NodeDead]), Bad::StaleRead);
}

#[test]
fn who_cannot_take_and_asks_keeps_both_waiting() {
    let scenario = Scenario { quarantined: true, commits: 2, heal_every: 1, ..base(&[Fault::CheckLost]) };
    shows(Rule::AskOnlyIfAble, scenario, Bad::Deadlock);
}

/// A rule that this search does not show to be needed: with one fault, rule 4 also holds back a restarted holder that
/// keeps its epoch.
#[test]
fn rule_5_is_a_second_belt() {
    let limits = Limits { states: 400_000, time: Duration::MAX };
    let name = "without RestartAcknowledged".to_owned();
    let outcome =
        explore(Scenario { name, ..base(&[Fault::ServerKilled]).without(Rule::RestartAcknowledged) }, &limits);
    assert!(outcome.complete);
}

#[test]
fn a_restarted_holder_must_have_what_it_had_told() {
    shows(Rule::RestartAcknowledged, base(&[Fault::TailLost]), Bad::StaleRead);
}

#[test]
fn a_holder_that_was_taken_out_must_not_serve_by_itself() {
    shows(Rule::Suspension, base(&[Fault::Isolated]), Bad::Evicted);
}

#[test]
fn an_old_probe_hides_what_was_received() {
    shows(Rule::FreshProbe, base(&[Fault::NodeDead]).semisync(), Bad::StaleRead);
}

#[test]
fn a_waiting_session_may_have_waited_for_nearly_the_timeout() {
    shows(Rule::NoSessionWaiting, base(&[Fault::NodeDead]).semisync(), Bad::StaleRead);
}

#[test]
fn a_standby_must_contain_what_was_reported() {
    shows(Rule::ReportContained, base(&[Fault::NodeDead]), Bad::StaleRead);
}

#[test]
fn sessions_that_survive_write_to_both() {
    let open = Scenario { shutdown_sessions: false, ..base(&[Fault::CheckLost]) };
    let limits = Limits { states: 1_500_000, time: Duration::MAX };
    let found =
        explore(Scenario { name: "without on-marked-down shutdown-sessions".to_owned(), ..open }, &limits).found;
    assert_eq!(found.map(|found| found.bad), Some(Bad::TwoWriters));
}

const LEVEL_2: Level = Level::Peer(Failback::Manual);

#[test]
fn without_a_witness_what_was_received_is_missed() {
    shows(Rule::HighWaterMark, operations::alone(Level::HighWaterMark, &[Fault::ServerKilled]), Bad::BehindMark);
}

#[test]
fn without_a_witness_what_the_peer_reported_is_missed() {
    shows(Rule::ReportContained, operations::alone(LEVEL_2, &[Fault::NodeDead]), Bad::BehindPeer);
}

#[test]
fn without_a_witness_a_restarted_server_does_not_come_back_by_itself() {
    shows(Rule::RestartAcknowledged, operations::alone(LEVEL_2, &[Fault::ServerKilled]), Bad::CameBack);
}

#[test]
fn a_holder_whose_maintenance_ended_asks_first() {
    shows(Rule::Suspension, base(&[Fault::PeerLink]).command(Command::Maintenance), Bad::Evicted);
}

#[test]
fn a_fence_that_the_disk_does_not_know_of_is_never_taken_away() {
    let overlap = operations::fence(false).swap_remove(1);
    let limits = Limits { states: 1_500_000, time: Duration::MAX };
    let name = "a fence before it is on the disk".to_owned();
    let found = explore(Scenario { name, hasty: true, ..overlap }, &limits).found;
    assert_eq!(found.map(|found| found.bad), Some(Bad::Deadlock));
}

/// One of the listed scenarios, by its name.
fn listed(all: Vec<Scenario>, name: &str) -> Scenario {
    let found = all.into_iter().find(|it| it.name == name);
    found.unwrap_or_else(|| panic!("no scenario {name}"))
}

#[test]
fn a_removed_channel_does_not_take_the_mark_with_it() {
    let scenario = listed(rarer::channels(false), "NodeDead StopChannel RemoveChannel disabled");
    shows(Rule::HighWaterMark, scenario, Bad::StaleRead);
}

/// A former fault: the semi-sync proof let a node ask, and it never reached the final position of a healthy holder.
#[test]
fn who_has_no_channel_to_a_living_holder_and_asks_keeps_both_waiting() {
    let scenario = listed(rarer::channels(true), "HaproxyRestart StopChannel RemoveChannel semisync disabled");
    shows(Rule::AskOnlyIfAble, scenario, Bad::Deadlock);
}

#[test]
fn a_dropped_mark_does_not_let_pass_what_is_reported_anew() {
    shows(Rule::ReportContained, listed(rarer::forgotten_marks(false), "NodeDead ForgetMark disabled"), Bad::StaleRead);
}

#[test]
fn a_standby_without_gtids_must_contain_what_was_reported() {
    shows(Rule::ReportContained, listed(rarer::files(false), "NodeDead disabled files"), Bad::StaleRead);
}

#[test]
fn after_a_power_cut_the_one_that_starts_first_is_not_the_writer() {
    shows(Rule::Consent, listed(rarer::power_cuts(false), "PowerCut disabled"), Bad::StaleRead);
}

#[test]
fn without_a_witness_the_same_holds_for_each_of_two_haproxys() {
    let scenario = listed(rarer::two_haproxys_alone(false), "level-2 two-haproxys ServerKilled");
    shows(Rule::RestartAcknowledged, scenario, Bad::CameBack);
}

#[test]
fn an_accepted_loss_with_semi_synchronous_replication_is_no_more_than_what_was_listed() {
    let scenario = listed(operations::losses(true), "NodeDead AcceptLoss semisync disabled");
    shows(Rule::ReportContained, scenario, Bad::StaleRead);
}
