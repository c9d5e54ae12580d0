//! Searches everything that can happen to two nodes, with the state machine of the writer role itself:
//! `docs/failover-model.md`. `cargo test -p healthd-core --test model` is a short search, `make model` a long one.

#![expect(clippy::disallowed_methods, reason = "a search has a time limit, and the environment may set it")]

mod ablations;
mod actions;
mod channel;
mod daemon;
mod events;
mod fast;
mod fence;
mod files;
mod heal;
mod operations;
mod operator;
mod pool;
mod rarer;
mod scenario;
mod scenarios;
mod search;
mod unwitnessed;
mod world;

use std::time::Duration;

use scenario::Scenario;
use search::{Limits, Outcome, search};

#[expect(clippy::print_stdout, reason = "what was explored, and the way to what must not happen")]
fn explore(scenario: Scenario, limits: &Limits) -> Outcome {
    let outcome = search(scenario, limits);
    println!("{outcome}");
    outcome
}

/// Searches every scenario up to the same number of states. None may show a violation.
fn safe(scenarios: Vec<Scenario>, states: usize) {
    let limits = Limits { states, time: Duration::MAX };
    let bad: Vec<_> = scenarios.into_iter().map(|it| explore(it, &limits)).filter(|it| it.found.is_some()).collect();
    assert!(bad.is_empty(), "{} of the scenarios, see above", bad.len());
}

const SHORT: usize = 200_000;

#[test]
fn one_fault_breaks_no_promise() {
    safe(scenarios::one_fault(false), 4 * SHORT);
}

#[test]
fn one_fault_with_semi_synchronous_replication_breaks_no_promise() {
    safe(scenarios::one_fault(true), SHORT);
}

#[test]
fn slow_probes_reports_and_answers_break_no_promise() {
    safe(scenarios::slow(), SHORT);
}

#[test]
fn a_command_with_a_fault_breaks_no_promise() {
    safe(scenarios::commands(), SHORT / 2);
}

#[test]
fn the_first_start_breaks_no_promise() {
    safe(scenarios::first_start(), SHORT);
}

#[test]
fn one_fault_of_two_haproxys_breaks_no_promise() {
    safe(scenarios::two_haproxys(), SHORT / 2);
}

#[test]
fn a_second_fault_after_recovery_breaks_no_promise() {
    safe(scenarios::two_faults(), SHORT);
}

/// A hundred scenarios, which `make model` searches further.
const SHALLOW: usize = 60_000;

#[test]
fn maintenance_of_a_node_breaks_no_promise() {
    safe(operations::maintenance(false), SHALLOW);
}

#[test]
fn a_haproxy_that_is_gone_for_good_and_removed_breaks_no_promise() {
    safe(operations::removal(false), SHALLOW);
    safe(operations::removal_in_use(false), SHALLOW);
}

#[test]
fn an_accepted_loss_and_a_dropped_mark_leave_no_deadlock() {
    safe(operations::losses(false), SHALLOW);
}

#[test]
fn a_fence_is_never_set_in_use_and_never_forgotten() {
    safe(operations::fence(false), SHORT / 2);
}

#[test]
fn a_node_without_a_witness_hides_nothing() {
    safe(operations::levels(false), SHALLOW);
}

/// Scenarios with the smallest limit, which `make model` searches further.
const NARROW: usize = 20_000;

#[test]
fn a_channel_that_is_stopped_or_removed_breaks_no_promise() {
    safe(rarer::channels(false), NARROW);
}

#[test]
fn a_mark_that_is_dropped_without_need_breaks_no_other_promise() {
    safe(rarer::forgotten_marks(false), NARROW);
}

#[test]
fn operators_and_semi_synchronous_replication_break_no_promise() {
    safe(operations::losses(true), NARROW);
    safe(operations::removal(true), NARROW);
    safe(operations::removal_in_use(true), NARROW);
}

#[test]
fn a_power_cut_of_both_breaks_no_promise() {
    safe(rarer::power_cuts(false), NARROW);
}

#[test]
fn replication_by_file_and_position_breaks_no_promise() {
    safe(rarer::files(false), NARROW);
}

#[test]
fn two_haproxys_without_a_witness_hide_nothing() {
    safe(rarer::two_haproxys_alone(false), NARROW);
}

/// `make model`: `MODEL_SECONDS` for each scenario. `MODEL_ONLY` selects those whose name contains it, or with `=`
/// before it, the one of that name.
#[test]
fn deep() {
    let Some(seconds) = std::env::var("MODEL_SECONDS").ok().and_then(|seconds| seconds.parse().ok()) else {
        return;
    };
    let only = std::env::var("MODEL_ONLY").unwrap_or_default();
    let limits = Limits { states: 60_000_000, time: Duration::from_secs(seconds) };
    let all = scenarios::deep().into_iter().filter(|it| match only.strip_prefix('=') {
        Some(name) => it.name == name,
        None => it.name.contains(&only),
    });
    let bad = all.map(|it| explore(it, &limits)).filter(|it| it.found.is_some()).count();
    assert!(bad == 0, "{bad} of the scenarios, see above");
}
