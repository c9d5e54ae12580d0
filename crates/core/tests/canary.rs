//! The write canary: a failure counts for the writer only, and a canary that was not tried counts for no role.

mod support;

use healthd_core::observed::canary::{CanaryFault, CanaryState, STANDS_FOR};
use healthd_core::observed::failure::Failure;
use healthd_core::verdict::code::ReasonCode;
use healthd_core::verdict::decide;
use healthd_core::verdict::gate::{Ruling, gates};
use healthd_core::verdict::note::Note;
use healthd_core::verdict::role::Role;
use support::{alone, millis, seconds};

/// For as long as the test runs.
fn kept<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

#[test]
fn only_a_failure_of_the_last_minute_takes_the_writer_out() {
    let refused = kept(CanaryFault::refused(1114, "The table 'canary' is full"));
    let hangs = kept(CanaryFault::Hangs { within: seconds(5) });
    let full = kept(Failure::TooManyConnections);
    let later = STANDS_FOR + millis(1);
    for (canary, code, measured) in [
        (CanaryState::Untried, "", "not tried yet: only where a check was answered 200"),
        (CanaryState::Written { age: millis(300), took: millis(1) }, "", "written 300ms ago in 1.0ms"),
        (CanaryState::Written { age: seconds(7200), took: millis(1) }, "", "written 2h00m ago in 1.0ms"),
        (CanaryState::Impossible { failure: full }, "", "cannot be tried: too many connections (error 1040)"),
        (
            CanaryState::Failed { fault: refused, age: seconds(12) },
            "canary-failed",
            "12s ago: error 1114: The table '..' is full; look at its disks",
        ),
        (CanaryState::Failed { fault: hangs, age: STANDS_FOR }, "canary-timeout", "1m00s ago: no answer within 5.0s"),
        (CanaryState::Failed { fault: refused, age: later }, "", "1m00s ago: error 1114"),
        (CanaryState::Failed { fault: hangs, age: later }, "", "1m00s ago: no answer within 5.0s"),
    ] {
        let situation = alone().canary(canary);
        let verdict = situation.verdict(Role::Writer);
        let said = verdict.reason().map_or("", |reason| reason.code().name());
        assert_eq!(said, code, "{canary:?}: {verdict:?}");
        situation.ask(Role::Writer, |question| {
            let gates = gates(question);
            let gate = gates.iter().find(|gate| gate.name == "canary").expect("the gate");
            assert!(gate.measured.to_string().starts_with(measured), "{}", gate.measured);
        });
        // It affects no other role, and is not even shown there.
        for role in [Role::Any, Role::Reader, Role::Galera] {
            situation.ask(role, |question| assert!(gates(question).iter().all(|gate| gate.name != "canary")));
            assert_eq!(situation.verdict(role), alone().verdict(role), "{role} {canary:?}");
        }
    }
}

#[test]
fn a_failure_makes_the_server_itself_unfit() {
    // The input of the writer's state machine: the verdict without its own part.
    let hangs = kept(CanaryFault::Hangs { within: seconds(5) });
    let situation = alone().writer(None).canary(CanaryState::Failed { fault: hangs, age: seconds(1) });
    situation.ask(Role::Writer, |question| assert_eq!(decide(question).code(), Some(ReasonCode::CanaryTimeout)));
    let untried = alone().writer(None).canary(CanaryState::Untried);
    untried.ask(Role::Writer, |question| {
        assert_eq!(decide(question).code(), None);
        let gates = gates(question);
        let gate = gates.iter().find(|gate| gate.name == "canary").expect("the gate");
        assert_eq!(gate.ruling, Ruling::PassNoted(Note::NotRequired));
    });
}

#[test]
fn a_refusal_has_the_servers_words_and_what_to_do_and_no_account() {
    for (code, text, expected) in [
        (
            1142,
            "INSERT, DELETE command denied to user 'healthd'@'localhost' for table `healthd`.`canary`",
            "error 1142: INSERT, DELETE command denied to user '..' for table `hea...; GRANT it to healthd's account",
        ),
        (
            1146,
            "Table 'healthd.canary' doesn't exist",
            "error 1146: Table '..' doesn't exist; CREATE it, or fix write_canary",
        ),
        (
            1064,
            "You have an error in your SQL syntax; near 'X'",
            "error 1064: You have an error in your SQL syntax; near '..'; fix write_canary",
        ),
        (1644, "no\nwrites | here", "error 1644: no writes / here"),
    ] {
        assert_eq!(CanaryFault::refused(code, text).to_string(), expected);
    }
}
