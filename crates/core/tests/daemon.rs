//! The plugin's outcome for each verdict of a daemon: the table of `docs/nagios.md`, and every reason.

mod support;

use healthd_core::alarms::{HealthRequest, InstanceChoice, judge};
use healthd_core::check::Answer;
use healthd_core::observed::canary::{CanaryFault, CanaryState};
use healthd_core::observed::channel::{Applier, Receiver};
use healthd_core::observed::cluster::{MemberState, NodeState, Wsrep};
use healthd_core::observed::failure::Failure;
use healthd_core::reading::outcome::Outcome::{self, Critical, Ok as Fine, Unknown, Warning};
use healthd_core::reading::range::Thresholds;
use healthd_core::render::json::{GateJson, InstanceJson, WriterJson};
use healthd_core::render::nagios;
use healthd_core::verdict::lag::Lag;
use healthd_core::verdict::maintenance::Mode;
use healthd_core::verdict::note::Note;
use healthd_core::verdict::role::Role;
use healthd_core::verdict::{Cause, WriterView};
use support::{
    DENIED, Probe, SYNCED, Situation, alone, broken, channel, condition, every, galera, galera_in, lagging, member,
    names, noted, replica, seconds, unwitnessed,
};

/// A node with a witness, where the role is held.
fn held(situation: Situation, holder: bool) -> InstanceJson {
    InstanceJson { writer: Some(WriterJson { epoch: 7, holder }), ..json(&situation) }
}

fn json(situation: &Situation) -> InstanceJson {
    situation.instance_json("m0")
}

fn said(instance: InstanceJson, asked: &HealthRequest) -> Answer {
    judge(&[instance], asked)
}

fn of_role(role: Role) -> HealthRequest {
    HealthRequest { role: Some(role), ..HealthRequest::default() }
}

/// What the daemon shows until a check asks for the writer role.
fn unasked(situation: Situation) -> Situation {
    situation.refusing(Cause::PositionUnknown)
}

#[test]
fn each_row_of_the_table() {
    static DISK_FULL: CanaryFault = CanaryFault::Refused { code: 1021, text: String::new() };
    let dead = |after| alone().failed(Failure::Refused, seconds(12), after);
    let unreachable_peer = || {
        let view = WriterView::refused(names(), Cause::Standby { epoch: 7 });
        let mut instance = held(replica(channel("")).writer(Some(view)), false);
        let writer = instance.verdicts.iter_mut().find(|verdict| verdict.role == "writer").expect("a writer");
        writer.gates.push(GateJson {
            gate: "peer".to_owned(),
            channel: None,
            ruling: "noted".to_owned(),
            measured: "unreachable for 5m00s".to_owned(),
            limit: "heard".to_owned(),
            code: None,
            reason: None,
        });
        instance
    };
    let rows: Vec<(InstanceJson, Outcome, &str)> = vec![
        // The server.
        (json(&unasked(alone())), Fine, "m0:3306 up, reader up"),
        (json(&dead(false)), Critical, "m0:3306 down (connection-refused: connection refused"),
        (json(&alone().failed(Failure::AccessDenied, seconds(1), false)), Critical, "down (access-denied: "),
        (
            json(&alone().probe(Probe::Answered { age: seconds(3) })),
            Critical,
            "down (stale: the last answer is 3.0s old",
        ),
        (json(&unasked(alone().failed(Failure::TooManyConnections, seconds(1), true))), Warning, "up overloaded"),
        (json(&alone().failed(Failure::TooManyConnections, seconds(20), true)), Critical, "too-many-connections"),
        (json(&alone().probe(Probe::Starting)), Unknown, "not known (starting: "),
        (json(&alone().stopping()), Warning, "out (stopping: healthd is being stopped"),
        // On purpose.
        (json(&alone().maintenance(Mode::Down)), Warning, "in maintenance by root, ends in 29m59s: loading a dump"),
        (json(&dead(false).maintenance(Mode::Down)), Warning, "its server does not answer: connection refused"),
        (json(&alone().maintenance(Mode::Drain)), Warning, "drained by root, ends in 29m59s: loading a dump"),
        (json(&dead(false).maintenance(Mode::Drain)), Critical, "drained by root, ends in 29m59s: loading a dump, its"),
        // The reader.
        (
            json(&unasked(replica(lagging("", seconds(40))))),
            Warning,
            "up, reader down (lag: channel default: 40s behind",
        ),
        (
            json(&unasked(replica(broken("dc2", Receiver::Running, Applier::Stopped)))),
            Warning,
            "reader down (sql-thread-stopped: channel dc2: the SQL thread is stopped",
        ),
        (json(&unasked(replica(channel("")).worst_lag(Lag::Known(seconds(30))))), Warning, "reader down (lag-hold: "),
        (json(&unasked(alone().channels(Err(DENIED)))), Unknown, "GRANT REPLICATION CLIENT"),
        (json(&unasked(galera_in(NodeState::DonorDesynced))), Warning, "reader down (galera-donor: "),
        (
            json(&unasked(galera(Wsrep { primary: false, ..SYNCED }))),
            Critical,
            "reader down (galera-non-primary: the Galera node is cut off",
        ),
        (json(&unasked(member(MemberState::Recovering, 3, 3))), Warning, "reader down (gr-recovering: "),
        (json(&unasked(member(MemberState::Online, 1, 3))), Critical, "reader down (gr-no-majority: "),
        // The writer.
        (json(&alone().writer(Some(unwitnessed()))), Fine, "writer up no-witness"),
        (held(alone().writer(None), true), Fine, "m0:3306 up, reader up, writer serving (epoch 7)"),
        (held(replica(channel("")).refusing(Cause::Standby { epoch: 7 }), false), Fine, "writer standby (ready; "),
        (unreachable_peer(), Warning, ", which is unreachable for 5m00s"),
        (held(replica(channel("")).refusing(Cause::Suspended), false), Warning, "writer down (suspended: "),
        (held(replica(channel("")).refusing(Cause::Suspended), true), Critical, "writer down (suspended: "),
        (held(alone().refusing(Cause::HandingOver), true), Warning, "writer down (handing-over: "),
        (
            held(alone().refusing(Cause::RoleRequested { unreachable_after: None }), false),
            Critical,
            "writer down (role-requested: ",
        ),
        (
            json(&alone().refusing(Cause::RoleRequested { unreachable_after: None })),
            Warning,
            "writer down (role-requested: ",
        ),
        (held(alone().refusing(Cause::AwaitingFailback), false), Critical, "healthd failback "),
        (json(&alone().refusing(Cause::BinlogReset)), Critical, "healthd mark drop "),
        (json(&alone().refusing(Cause::NoHolder)), Critical, "healthd takeover "),
        (json(&alone().refusing(Cause::PositionUnknown)), Fine, "m0:3306 up, reader up"),
        (held(alone().refusing(Cause::PositionUnknown), false), Warning, "writer down (position-unknown: "),
        (
            json(&alone().canary(CanaryState::Failed { fault: &DISK_FULL, age: seconds(2) })),
            Critical,
            "writer down (canary-failed: ",
        ),
    ];
    for (instance, outcome, words) in rows {
        let answer = said(instance, &HealthRequest::default());
        assert_eq!(answer.outcome, outcome, "{}", answer.text);
        assert!(answer.text.contains(words), "`{}` has no `{words}`", answer.text);
    }
}

#[test]
fn every_reason_of_this_release_has_its_place_and_one_of_a_later_release_is_unknown() {
    for cause in every::role::causes() {
        for holder in [None, Some(false), Some(true)] {
            let situation = alone().refusing(cause.clone());
            let instance =
                InstanceJson { writer: holder.map(|holder| WriterJson { epoch: 7, holder }), ..json(&situation) };
            let code = instance.verdicts[2].code.clone();
            let answer = said(instance, &HealthRequest::default());
            // Only `healthd check` without a daemon reports it.
            let foreign = code == "daemon-not-running" && holder != Some(true);
            assert_eq!(answer.outcome == Unknown, foreign, "{code} {holder:?}: {}", answer.text);
            if holder == Some(true) {
                assert_ne!(answer.outcome, Fine, "a holder that refuses is never well: {}", answer.text);
            }
        }
    }
    for failure in every::failures() {
        let code = failure.code();
        let answer = said(json(&alone().failed(failure, seconds(60), false)), &HealthRequest::default());
        assert_eq!(answer.outcome, Critical, "{code}: {}", answer.text);
    }
    for note in every::notes() {
        let view = WriterView { conditions: vec![noted("role", note)], epoch: None };
        let answer = said(json(&alone().writer(Some(view))), &HealthRequest::default());
        let expected = if [Note::Overloaded, Note::StateNotSaved].contains(&note) { Warning } else { Fine };
        assert_eq!(answer.outcome, expected, "{note:?}: {}", answer.text);
    }
    for (role, code, expected) in [
        ("any", "moon-in-the-wrong-house", Critical),
        ("reader", "moon-in-the-wrong-house", Warning),
        ("reader", "moon-unreadable", Unknown),
        ("writer", "moon-in-the-wrong-house", Unknown),
        ("writer", "gr-moon", Warning),
    ] {
        let mut instance = json(&unasked(alone()));
        let its = instance.verdicts.iter_mut().find(|verdict| verdict.role == role).expect("every role is there");
        (its.state, its.code) = ("down".to_owned(), code.to_owned());
        let answer = said(instance, &HealthRequest::default());
        assert_eq!(answer.outcome, expected, "{}", answer.text);
        assert!(answer.text.contains(code), "{}", answer.text);
    }
}

#[test]
fn a_server_that_may_not_be_written_is_a_standby_unless_it_holds_the_role() {
    let read_only = || {
        let mut situation = replica(channel("")).writer(None);
        let mut switches = situation.snapshot.switches.clone().expect("the switches were read");
        switches.read_only = Some(true);
        situation.snapshot.switches = Ok(switches);
        situation
    };
    let answer = said(json(&read_only()), &HealthRequest::default());
    assert_eq!((answer.outcome, answer.text.as_str()), (Fine, "m0:3306 up, reader up, no writer (read-only)"));
    let answer = said(held(read_only(), true), &HealthRequest::default());
    assert_eq!(answer.outcome, Critical, "{}", answer.text);
}

#[test]
fn what_was_not_applied_yet_is_a_warning_only_where_nothing_replicates() {
    let missing = every::role::causes().into_iter().find(|cause| matches!(cause, Cause::RelayLogNotApplied { .. }));
    let missing = missing.expect("there is an example of every cause");
    for (situation, expected) in
        [(replica(channel("")), Fine), (alone(), Warning), (replica(lagging("", seconds(40))), Warning)]
    {
        let answer = said(json(&situation.refusing(missing.clone())), &HealthRequest::default());
        assert_eq!(answer.outcome, expected, "{}", answer.text);
        assert!(answer.text.contains("writer down (relay-log-not-applied: "), "{}", answer.text);
    }
}

#[test]
fn a_delayed_replica_is_out_on_purpose() {
    let mut delayed = channel("");
    delayed.delay = seconds(3600);
    let answer = said(json(&unasked(replica(delayed))), &HealthRequest::default());
    assert_eq!(answer.outcome, Fine, "{}", answer.text);
    assert!(answer.text.contains("reader down (delayed: "), "{}", answer.text);
}

#[test]
fn with_a_role_its_verdict_alone_decides() {
    let standby = || held(replica(channel("")).refusing(Cause::Standby { epoch: 7 }), false);
    for (instance, role, expected) in [
        (standby(), Role::Any, Fine),
        (standby(), Role::Reader, Fine),
        (standby(), Role::Writer, Critical),
        (standby(), Role::Galera, Critical),
        (json(&replica(lagging("", seconds(40)))), Role::Any, Fine),
        (json(&replica(lagging("", seconds(40)))), Role::Reader, Critical),
        (json(&alone().channels(Err(DENIED))), Role::Reader, Critical),
        (json(&alone().maintenance(Mode::Drain)), Role::Reader, Warning),
        (json(&alone().maintenance(Mode::Down)), Role::Writer, Warning),
        (json(&alone().stopping()), Role::Any, Warning),
        (json(&alone().probe(Probe::Starting)), Role::Any, Unknown),
        (json(&alone().writer(Some(unwitnessed()))), Role::Writer, Fine),
        (
            json(&alone().writer(Some(WriterView {
                conditions: vec![condition("role", healthd_core::verdict::Judged::Pass)],
                epoch: None,
            }))),
            Role::Writer,
            Fine,
        ),
    ] {
        let answer = said(instance, &of_role(role));
        assert_eq!(answer.outcome, expected, "{role}: {}", answer.text);
    }
}

#[test]
fn a_threshold_judges_the_lag_and_an_unknown_lag_does_not_pass() {
    let lag = Thresholds { warning: "5".parse().ok(), critical: "60".parse().ok() };
    let asked = HealthRequest { lag, ..HealthRequest::default() };
    let replica_of = |lag| json(&unasked(replica(lagging("", seconds(lag)))));
    for (instance, expected) in [
        (replica_of(3), Fine),
        (replica_of(8), Warning),
        (replica_of(100), Critical),
        (json(&unasked(alone())), Fine),
        (InstanceJson { lag_seconds: None, ..replica_of(3) }, Unknown),
        (json(&unasked(replica(broken("", Receiver::Stopped, Applier::Running)))), Warning),
        (json(&alone().failed(Failure::Refused, seconds(1), false)), Critical),
    ] {
        let answer = said(instance, &asked);
        assert_eq!(answer.outcome, expected, "{}", answer.text);
    }
    let line = nagios::plugin(&said(replica_of(8), &asked), false);
    assert_eq!(
        line,
        "WARNING - m0:3306 up, reader up, 8 s behind | replica_lag=8s;5;60;0 probe_time=0.004s;;;0 probe_age=0.2s;;;0"
    );
}

#[test]
fn one_instance_is_chosen_by_port_or_name_and_an_unknown_one_is_not_ok() {
    let two = || {
        vec![
            InstanceJson {
                port: Some(3307),
                ..alone().failed(Failure::Refused, seconds(3), false).instance_json("db-b")
            },
            unasked(alone()).instance_json("db-a"),
            InstanceJson { port: None, ..unasked(alone()).instance_json("Odd name") },
        ]
    };
    let ask = |wanted| judge(&two(), &HealthRequest { instance: wanted, ..HealthRequest::default() });
    let name = |name: &str| Some(InstanceChoice::Name(name.to_owned()));
    for (wanted, expected, words) in [
        (None, Critical, "3 instances: db-b:3307 down (connection-refused: "),
        (Some(InstanceChoice::Port(3306)), Fine, "db-a:3306 up, reader up"),
        (Some(InstanceChoice::Port(3307)), Critical, "db-b:3307 down (connection-refused: "),
        (
            Some(InstanceChoice::Port(3308)),
            Unknown,
            "this healthd has no instance on port 3308; it has: db-b:3307, db-a:3306, Odd name",
        ),
        (name("db-a"), Fine, "db-a:3306 up, reader up"),
        (name("3306"), Fine, "db-a:3306 up, reader up"),
        (name("db-c"), Unknown, "this healthd has no instance `db-c`; it has: "),
    ] {
        let answer = ask(wanted.clone());
        assert_eq!(answer.outcome, expected, "{wanted:?}: {}", answer.text);
        assert!(answer.text.starts_with(words), "{wanted:?}: {}", answer.text);
    }
    let labels: Vec<String> = ask(None).readings.iter().map(|reading| reading.label.to_string()).collect();
    // No server answers on 3307, and none replicates.
    assert_eq!(labels[labels.len() - 3..], ["probe_age_3306", "probe_time_odd_name", "probe_age_odd_name"]);
    assert_eq!(ask(Some(InstanceChoice::Port(3306))).readings.last().expect("an age").label, "probe_age");
    let none = judge(&[], &HealthRequest::default());
    assert_eq!((none.outcome, none.text.as_str()), (Unknown, "this healthd watches no instance"));
}

#[test]
fn a_daemon_of_another_release_is_never_ok() {
    let well = || json(&unasked(alone()));
    let changed = |change: fn(&mut InstanceJson)| {
        let mut instance = well();
        change(&mut instance);
        instance
    };
    for (instance, words) in [
        (changed(|its| its.verdicts.clear()), "without a verdict for the role any"),
        (changed(|its| its.verdicts.retain(|verdict| verdict.role != "reader")), "for the role reader"),
        (changed(|its| its.verdicts.retain(|verdict| verdict.role != "writer")), "for the role writer"),
        (changed(|its| its.verdicts[1].state = "resting".to_owned()), "`resting` as reader"),
        (changed(|its| its.age_seconds = None), "age_seconds"),
    ] {
        let answer = said(instance, &HealthRequest::default());
        assert_eq!(answer.outcome, Unknown, "{}", answer.text);
        assert!(answer.text.contains(words), "{}", answer.text);
    }
}

#[test]
fn the_writers_reasons() {
    let mut rows: Vec<String> = every::role::causes()
        .into_iter()
        .map(|cause| {
            let situation = replica(channel("")).refusing(cause);
            let outcome = |writer| {
                let instance = InstanceJson { writer, ..json(&situation) };
                said(instance, &HealthRequest::default()).outcome
            };
            let of = |holder| outcome(Some(WriterJson { epoch: 7, holder }));
            let code = situation.json(Role::Writer).code;
            format!("{code:<22} {:<10} {:<10} {}", outcome(None), of(false), of(true))
        })
        .collect();
    rows.sort_unstable();
    rows.dedup();
    insta::assert_snapshot!(format!("{:<22} no witness other      holder\n{}", "", rows.join("\n")));
}

#[test]
fn the_galera_role_counts_where_it_is_the_instances_own() {
    let donor = || json(&unasked(galera_in(NodeState::DonorDesynced)));
    let own = |instance: InstanceJson| InstanceJson { default_role: "galera".to_owned(), ..instance };
    for (instance, expected, words) in [
        (own(json(&unasked(galera_in(NodeState::Synced)))), Fine, "m0:3306 up, reader up, galera up"),
        (own(donor()), Warning, "galera down (galera-donor: "),
        (own(json(&unasked(alone()))), Critical, "galera down (not-galera: "),
        (json(&unasked(alone())), Fine, "m0:3306 up, reader up"),
    ] {
        let answer = said(instance, &HealthRequest::default());
        assert_eq!(answer.outcome, expected, "{}", answer.text);
        assert!(answer.text.contains(words), "{}", answer.text);
    }
}

#[test]
fn whole_outputs() {
    let standby = held(replica(lagging("dc2", seconds(40))).refusing(Cause::Standby { epoch: 7 }), false);
    let holder = InstanceJson { name: "m1".to_owned(), port: Some(3307), ..held(alone().writer(None), true) };
    let answer = judge(&[holder, standby], &HealthRequest::default());
    insta::assert_snapshot!(nagios::plugin(&answer, true));
}
