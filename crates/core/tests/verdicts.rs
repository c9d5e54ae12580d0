//! The verdict for every role in every situation. A row has a situation and the answers for any, reader, writer and
//! galera.

use healthd_core::observed::channel::ChannelFault;
use healthd_core::observed::channel::{Applier, Channel, Receiver};
use healthd_core::observed::cluster::{GroupMember, MemberState, NodeState, Wsrep};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::Unreadable;
use healthd_core::observed::snapshot::WriteSwitches;
use healthd_core::verdict::Verdict;
use healthd_core::verdict::lag::Lag;
use healthd_core::verdict::maintenance::Mode;
use healthd_core::verdict::note::Note;
use healthd_core::verdict::reason::Reason;
use healthd_core::verdict::role::Role;
use healthd_core::verdict::{Cause, Judged, KnownEpoch, WriterReason, WriterView};

mod support;

use support::{
    DENIED, Probe, SYNCED, Situation, alone, broken, channel, condition, error, every, galera, galera_in, lagging,
    member, millis, names, noted, replica, seconds,
};

/// The writer role if nothing is wrong and there is no witness.
const WRITER: &str = "up no-witness";
const NO_GALERA: &str = "down not-galera";

/// The answers for any, reader, writer and galera.
fn check(name: &str, situation: &Situation, expected: [&str; 4]) {
    let said = Role::ALL.map(|role| situation.said(role));
    assert_eq!(said, expected, "{name}: any, reader, writer, galera");
}

/// The same answer for every role.
fn check_all(name: &str, situation: &Situation, expected: &str) {
    check(name, situation, [expected; 4]);
}

/// The answer for a reader. It does not matter to `any` and the galera role.
fn check_reader(name: &str, situation: &Situation, expected: &str) {
    check(name, situation, ["up", expected, WRITER, NO_GALERA]);
}

#[test]
fn an_answer_counts_while_it_is_fresh() {
    let answered = |age| alone().probe(Probe::Answered { age });
    let up = ["up", "up", WRITER, NO_GALERA];
    check("just now", &answered(millis(0)), up);
    check("at max_age", &answered(seconds(1)), up);
    check_all("older than max_age", &answered(millis(1_001)), "down stale");
    check_all("before the first answer", &alone().probe(Probe::Starting), "down starting");
    let stale = answered(seconds(60)).channels(Err(DENIED));
    check_all("what a stale answer says does not matter", &stale, "down stale");
}

#[test]
fn a_failed_probe_is_down_for_every_role_whatever_was_before() {
    for failure in every::failures() {
        let expected = format!("down {}", failure.code());
        for since in [millis(0), seconds(3), seconds(60)] {
            check_all("no answer before", &alone().failed(failure.clone(), since, false), &expected);
            if failure != Failure::TooManyConnections {
                check_all("after an answer", &alone().failed(failure.clone(), since, true), &expected);
            }
        }
    }
}

#[test]
fn a_full_server_lives_on_its_last_answer_for_the_grace() {
    let full = |since| alone().failed(Failure::TooManyConnections, since, true);
    let up = ["up overloaded", "up overloaded", "up overloaded", NO_GALERA];
    check("at once", &full(millis(0)), up);
    check("at the end of the grace", &full(seconds(10)), up);
    check_all("after the grace", &full(millis(10_001)), "down too-many-connections");
    let first = alone().failed(Failure::TooManyConnections, millis(0), false);
    check_all("no answer before", &first, "down too-many-connections");
    let behind = full(seconds(1)).channels(Ok(vec![lagging("", seconds(60))]));
    check("the last answer had a lag", &behind, ["up overloaded", "down lag", "up overloaded", NO_GALERA]);
    let donor = galera_in(NodeState::DonorDesynced).allow_donor().failed(Failure::TooManyConnections, seconds(1), true);
    check_all("a donor", &donor, "up overloaded");
}

#[test]
fn maintenance_is_down_and_drains_only_a_healthy_reader() {
    for (name, situation) in
        [("healthy", alone()), ("synced", galera(SYNCED)), ("a fresh replica", replica(channel("")))]
    {
        check_all(name, &situation.clone().maintenance(Mode::Down), "down maintenance");
        let drained = situation.maintenance(Mode::Drain);
        check(name, &drained, ["down maintenance", "drain maintenance", "down maintenance", "down maintenance"]);
    }
    for (name, situation, reader) in [
        ("dead", alone().failed(Failure::Refused, seconds(1), true), "down connection-refused"),
        ("stale", alone().probe(Probe::Answered { age: seconds(5) }), "down stale"),
        ("behind", replica(lagging("", seconds(11))), "down lag"),
        ("settling", replica(channel("")).worst_lag(Lag::Unknown), "down lag-hold"),
        ("stopping", alone().stopping(), "down stopping"),
    ] {
        let said = situation.maintenance(Mode::Drain).said(Role::Reader);
        assert_eq!(said, reader, "{name} in drain");
    }
    let overloaded = alone().failed(Failure::TooManyConnections, seconds(1), true).maintenance(Mode::Drain);
    assert_eq!(overloaded.said(Role::Reader), "drain maintenance");
}

#[test]
fn maintenance_says_who_and_for_how_long() {
    let Verdict::Down(reason) = alone().maintenance(Mode::Down).verdict(Role::Any) else {
        panic!("down for maintenance is down");
    };
    assert_eq!(reason.to_string(), "by root, ends in 29m59s: loading a dump");
}

#[test]
fn a_stopping_daemon_refuses_before_all_else() {
    check_all("healthy", &alone().stopping(), "down stopping");
    check_all("dead", &alone().stopping().failed(Failure::Refused, seconds(1), true), "down stopping");
    check_all("in maintenance", &alone().stopping().maintenance(Mode::Down), "down stopping");
}

#[test]
fn a_galera_node_serves_when_it_accepts_queries_and_reads_when_it_is_synced() {
    let state = |state, code: &'static str| {
        check(code, &galera_in(state), ["up", code, code, code]);
    };
    check("synced", &galera(SYNCED), ["up", "up", WRITER, "up"]);
    state(NodeState::DonorDesynced, "down galera-donor");
    state(NodeState::Joining, "down galera-joining");
    state(NodeState::Joined, "down galera-not-synced");
    state(NodeState::Initialized, "down galera-not-synced");
    state(NodeState::Other(6), "down galera-not-synced");
    let donor = galera_in(NodeState::DonorDesynced).allow_donor();
    check("donor allowed", &donor, ["up", "up donor-allowed", "up donor-allowed", "up donor-allowed"]);
    let joining = galera_in(NodeState::Joining).allow_donor();
    check(
        "only donors are allowed",
        &joining,
        ["up", "down galera-joining", "down galera-joining", "down galera-joining"],
    );
    let component = galera(Wsrep { primary: false, ..SYNCED });
    let code = "down galera-non-primary";
    check("non-primary", &component, ["up", code, code, code]);
    let not_ready = Wsrep { ready: false, state: NodeState::Initialized, primary: false, size: None, ..SYNCED };
    check_all("wsrep_ready off", &galera(not_ready), "down wsrep-not-ready");
    let rejecting = galera(Wsrep { rejects_queries: true, ..SYNCED });
    check_all("wsrep_reject_queries", &rejecting, "down galera-rejects-queries");
    check_all("unreadable", &alone().wsrep(Err(Unreadable::Refused { code: 1046 })), "down galera-unreadable");
}

#[test]
fn the_galera_and_writer_roles_need_a_writable_node_and_the_reader_role_does_not() {
    let switched = |switches| galera(SYNCED).switches(switches);
    let off = WriteSwitches::default();
    for (switch, switches) in [
        ("read_only", WriteSwitches { read_only: Some(true), ..off }),
        ("super_read_only", WriteSwitches { super_read_only: Some(true), ..off }),
        ("innodb_read_only", WriteSwitches { innodb_read_only: Some(true), ..off }),
        ("offline_mode", WriteSwitches { offline_mode: Some(true), ..off }),
    ] {
        let situation = switched(Ok(switches));
        check(switch, &situation, ["up", "up", "down read-only", "down read-only"]);
        for role in [Role::Galera, Role::Writer] {
            assert_eq!(situation.verdict(role), Verdict::Down(Reason::ReadOnly { switch }));
        }
    }
    check("none of them there", &switched(Ok(off)), ["up", "up", WRITER, "up"]);
    check("unreadable", &switched(Err(DENIED)), ["up", "up", "down read-only-unreadable", "down read-only-unreadable"]);
    let both = galera_in(NodeState::Joined).switches(Err(DENIED));
    assert_eq!(both.said(Role::Galera), "down galera-not-synced");
}

#[test]
fn a_group_replication_member_serves_when_it_is_online_in_a_majority() {
    use MemberState::{Error, Offline, Online, Recovering, Unreachable};
    for (state, reachable, members, expected) in [
        (Online, 3, 3, "up"),
        (Online, 2, 3, "up"),
        (Online, 1, 1, "up"),
        (Online, 1, 2, "down gr-no-majority"),
        (Online, 2, 4, "down gr-no-majority"),
        (Online, 1, 3, "down gr-no-majority"),
        (Recovering, 3, 3, "down gr-recovering"),
        (Offline, 0, 1, "down gr-not-online"),
        (Offline, 0, 0, "down gr-not-online"),
        (Error, 0, 1, "down gr-not-online"),
        (Unreachable, 2, 3, "down gr-not-online"),
    ] {
        let writer = if expected == "up" { WRITER } else { expected };
        let name = format!("{state:?} {reachable}/{members}");
        check(&name, &member(state, reachable, members), ["up", expected, writer, NO_GALERA]);
    }
    let unreadable = ["up", "down gr-unreadable", "down gr-unreadable", NO_GALERA];
    check("unreadable", &alone().group(Err(DENIED)), unreadable);
    let own = broken("group_replication_recovery", Receiver::Stopped, Applier::Stopped);
    let online = GroupMember { state: Online, reachable: 3, members: 3 };
    check_reader("its own channels are no replication", &replica(own).group(Ok(Some(online))), "up");
}

#[test]
fn a_broken_channel_is_named_by_its_cause() {
    use Applier::Running as Applying;
    use Receiver::{Connecting, Running, Stopped};
    let with = |receiver, applier, receiver_error, applier_error| Channel {
        receiver_error,
        applier_error,
        ..broken("", receiver, applier)
    };
    for (channel, expected) in [
        (with(Stopped, Applying, None, None), ChannelFault::ReceiverStopped),
        (with(Stopped, Applying, error(1236), None), ChannelFault::ReceiverError { code: 1236 }),
        (with(Connecting, Applying, None, None), ChannelFault::Connecting { code: None }),
        (with(Connecting, Applying, error(2003), None), ChannelFault::Connecting { code: Some(2003) }),
        (with(Running, Applier::Stopped, None, None), ChannelFault::ApplierStopped),
        (with(Running, Applier::Stopped, None, error(1062)), ChannelFault::ApplierError { code: 1062 }),
        (with(Connecting, Applier::Stopped, error(2003), None), ChannelFault::ApplierStopped),
        (with(Stopped, Applier::Stopped, None, None), ChannelFault::Stopped),
        (with(Stopped, Applier::Stopped, error(1236), None), ChannelFault::ReceiverError { code: 1236 }),
        (with(Stopped, Applier::Stopped, error(1236), error(1062)), ChannelFault::ApplierError { code: 1062 }),
        (with(Running, Applying, None, None), ChannelFault::LagUnknown),
    ] {
        let reason = Reason::Channel { channel: "default".to_owned(), fault: expected };
        let situation = replica(channel);
        check_reader(&reason.to_string(), &situation, &format!("down {}", reason.code()));
        assert_eq!(situation.verdict(Role::Reader), Verdict::Down(reason));
    }
}

#[test]
fn a_lag_that_the_server_gives_beside_a_broken_thread_does_not_count() {
    // MySQL reports 0 for a channel that has never reached its source.
    let fresh = Channel { lag: Some(seconds(0)), ..broken("second", Receiver::Connecting, Applier::Running) };
    check_reader("never connected", &replica(fresh), "down io-thread-connecting");
    let old_errors = Channel { receiver_error: error(2003), applier_error: error(1205), ..channel("") };
    check_reader("errors of the past, both threads run", &replica(old_errors), "up");
}

#[test]
fn a_lag_is_held_against_the_limit_of_the_request() {
    let behind = |lag| replica(lagging("", lag));
    check_reader("none", &behind(seconds(0)), "up");
    check_reader("at the limit", &behind(seconds(10)), "up");
    check_reader("over the limit", &behind(seconds(11)), "down lag");
    check_reader("over a request's limit", &behind(seconds(3)).max_lag(seconds(2)), "down lag");
    check_reader("within a request's limit", &behind(seconds(60)).max_lag(seconds(60)), "up");
}

#[test]
fn a_delayed_replica_is_stale_also_when_it_reports_no_lag() {
    let delayed = |delay, lag| replica(Channel { delay: seconds(delay), ..lagging("", seconds(lag)) });
    check_reader("idle source", &delayed(3600, 0), "down delayed");
    check_reader("busy source", &delayed(3600, 3602), "down delayed");
    check_reader("within the limit", &delayed(5, 0), "up");
    check_reader("at the limit", &delayed(10, 0), "up");
    check_reader("within the limit, and behind", &delayed(5, 11), "down lag");
    check_reader("allowed by the request", &delayed(3600, 3602).max_lag(seconds(4000)), "up");
}

#[test]
fn one_broken_channel_of_several_is_enough_unless_it_is_ignored() {
    let west = || broken("west", Receiver::Running, Applier::Stopped);
    let several = || alone().channels(Ok(vec![channel("east"), west(), lagging("north", seconds(60))]));
    check_reader("the first that is broken", &several(), "down sql-thread-stopped");
    check_reader("the next", &several().ignoring("west"), "down lag");
    check_reader("all that are broken", &several().ignoring("west").ignoring("north"), "up");
    check_reader(
        "names are whole",
        &replica(west()).ignoring("wes").ignoring("West").ignoring(""),
        "down sql-thread-stopped",
    );
    let unnamed = broken("", Receiver::Running, Applier::Stopped);
    check_reader("the unnamed one goes by default", &replica(unnamed).ignoring("default"), "up");
    check_reader("unreadable", &alone().channels(Err(DENIED)), "down replication-unreadable");
}

#[test]
fn a_heartbeat_is_a_lag_of_its_own() {
    let beat = |age| alone().heartbeat(Ok(age));
    check_reader("fresh", &beat(seconds(10)), "up");
    check_reader("old", &beat(millis(10_001)), "down heartbeat-old");
    check_reader("a request's limit", &beat(seconds(60)).max_lag(seconds(61)), "up");
    check_reader("unreadable", &alone().heartbeat(Err(DENIED)), "down heartbeat-unreadable");
    check_reader(
        "beside a channel that says 0",
        &replica(channel("")).heartbeat(Ok(seconds(60))),
        "down heartbeat-old",
    );
}

#[test]
fn a_replica_that_was_behind_a_moment_ago_settles_first() {
    let was = |worst| replica(channel("")).worst_lag(worst);
    check_reader("at the limit", &was(Lag::Known(seconds(10))), "up");
    check_reader("behind", &was(Lag::Known(millis(10_001))), "down lag-hold");
    check_reader("behind, for a patient request", &was(Lag::Known(seconds(60))).max_lag(seconds(60)), "up");
    check_reader("broken", &was(Lag::Unknown), "down lag-hold");
    check_reader("broken, for a patient request", &was(Lag::Unknown).max_lag(seconds(9999)), "down lag-hold");
    check_reader(
        "a heartbeat settles too",
        &alone().heartbeat(Ok(seconds(0))).worst_lag(Lag::Unknown),
        "down lag-hold",
    );
    check_reader("nothing to settle", &alone().worst_lag(Lag::Unknown), "up");
}

#[test]
fn the_worst_channel_that_counts_is_the_lag() {
    let lag = |situation: &Situation| situation.policy.lag_of(&situation.snapshot);
    let two = alone().channels(Ok(vec![lagging("east", seconds(3)), lagging("west", seconds(7))]));
    assert_eq!(lag(&two), Lag::Known(seconds(7)));
    assert_eq!(lag(&two.clone().ignoring("west")), Lag::Known(seconds(3)));
    assert_eq!(lag(&two.heartbeat(Ok(seconds(9)))), Lag::Known(seconds(9)));
    assert_eq!(lag(&replica(Channel { delay: seconds(5), ..channel("") })), Lag::Known(seconds(5)));
    assert_eq!(lag(&replica(broken("", Receiver::Running, Applier::Stopped))), Lag::Unknown);
    assert_eq!(lag(&alone().channels(Err(DENIED)).heartbeat(Ok(seconds(0)))), Lag::Unknown);
    assert_eq!(lag(&alone().heartbeat(Err(DENIED))), Lag::Unknown);
    assert_eq!(lag(&alone()), Lag::Known(seconds(0)));
}

/// The answer for a writer.
fn check_writer(name: &str, situation: &Situation, expected: &str) {
    assert_eq!(situation.said(Role::Writer), expected, "{name}");
}

#[test]
fn the_writer_role_needs_a_server_that_may_be_written_before_all_else() {
    let off = WriteSwitches::default();
    let read_only = Ok(WriteSwitches { read_only: Some(true), ..off });
    let recovering = GroupMember { state: MemberState::Recovering, reachable: 3, members: 3 };
    for (name, situation, expected) in [
        ("dead", alone().failed(Failure::Refused, seconds(1), true), "down connection-refused"),
        ("not yet asked", alone().probe(Probe::Starting), "down starting"),
        ("stale", alone().probe(Probe::Answered { age: seconds(5) }), "down stale"),
        ("refuses queries", galera(Wsrep { ready: false, ..SYNCED }), "down wsrep-not-ready"),
        ("joining", galera_in(NodeState::Joining), "down galera-joining"),
        ("recovering", alone().group(Ok(Some(recovering))), "down gr-recovering"),
        ("group unreadable", alone().group(Err(DENIED)), "down gr-unreadable"),
        ("read_only", alone().switches(read_only), "down read-only"),
        (
            "super_read_only",
            alone().switches(Ok(WriteSwitches { super_read_only: Some(true), ..off })),
            "down read-only",
        ),
        (
            "innodb_read_only",
            alone().switches(Ok(WriteSwitches { innodb_read_only: Some(true), ..off })),
            "down read-only",
        ),
        ("offline_mode", alone().switches(Ok(WriteSwitches { offline_mode: Some(true), ..off })), "down read-only"),
        ("switches unreadable", alone().switches(Err(DENIED)), "down read-only-unreadable"),
        ("maintenance", alone().maintenance(Mode::Down), "down maintenance"),
        ("a drain", alone().maintenance(Mode::Drain), "down maintenance"),
        ("stopping", alone().stopping(), "down stopping"),
    ] {
        check_writer(name, &situation, expected);
        check_writer(&format!("{name}, a standby"), &situation.clone().refusing(Cause::Standby { epoch: 7 }), expected);
        check_writer(&format!("{name}, nothing found"), &situation.clone().writer(None), expected);
        let hanging = situation.refusing(Cause::PositionUnknown).positions_unreadable(DENIED);
        check_writer(&format!("{name}, positions unreadable"), &hanging, expected);
    }
}

#[test]
fn the_writer_role_does_not_depend_on_lag_or_channels() {
    let stopped = broken("", Receiver::Stopped, Applier::Stopped);
    check_writer("a broken reverse channel", &replica(stopped), WRITER);
    check_writer("a channel far behind", &replica(lagging("", seconds(600))), WRITER);
    check_writer("channels unreadable", &alone().channels(Err(DENIED)), WRITER);
    check_writer("settling", &replica(channel("")).worst_lag(Lag::Unknown), WRITER);
    check_writer("an old heartbeat", &alone().heartbeat(Ok(seconds(600))), WRITER);
}

#[test]
fn unreadable_positions_keep_a_node_from_gaining_the_role_but_not_from_serving() {
    let hanging = Unreadable::NoAnswer { hanging: "SHOW REPLICA STATUS" };
    for why in [DENIED, hanging, Unreadable::Refused { code: 1227 }, Unreadable::NotUnderstood { what: "gtid_mode" }] {
        let situation = alone().positions_unreadable(why);
        check_writer("serves", &situation, WRITER);
        check_writer("nothing found", &situation.clone().writer(None), "up");
        for cause in every::role::causes() {
            check_writer("refused", &situation.clone().refusing(cause), "down positions-unreadable");
        }
        check("other roles", &situation, ["up", "up", WRITER, NO_GALERA]);
    }
}

#[test]
fn what_the_state_machine_found_decides_last() {
    for cause in every::role::causes() {
        let reason = every::role::writer(names(), cause.clone());
        let situation = alone().refusing(cause);
        check(&reason.to_string(), &situation, ["up", "up", &format!("down {}", reason.code()), NO_GALERA]);
        assert_eq!(situation.verdict(Role::Writer), Verdict::Down(reason));
    }
    let fail = |cause| Judged::Fail(WriterReason { names: names(), cause });
    let view = |conditions| Some(WriterView { conditions, epoch: Some(KnownEpoch { number: 7, held_here: true }) });
    let pass = || condition("role", Judged::Pass);
    for (name, conditions, expected) in [
        ("none", vec![], "up"),
        ("all met", vec![pass(), pass()], "up"),
        (
            "the first that fails",
            vec![pass(), condition("a", fail(Cause::VerifyingPosition)), condition("b", fail(Cause::StateBeingSaved))],
            "down verifying-position",
        ),
        (
            "a note and a failure",
            vec![noted("a", Note::NoWitness), condition("b", fail(Cause::NeverInSync))],
            "down never-in-sync",
        ),
        ("not counted", vec![pass(), noted("applied", Note::NotRequired)], "up"),
        (
            "weaker",
            vec![noted("applied", Note::NotRequired), noted("caveat", Note::WeakerGuarantee)],
            "up weaker-guarantee",
        ),
        (
            "not saved",
            vec![noted("state", Note::StateNotSaved), noted("caveat", Note::WeakerGuarantee)],
            "up state-not-saved",
        ),
    ] {
        check_writer(name, &alone().writer(view(conditions)), expected);
    }
    check_writer("nothing is known of the role", &alone().writer(None), "up");
    let overloaded = alone().failed(Failure::TooManyConnections, seconds(1), true);
    check_writer("full, and a standby", &overloaded.refusing(Cause::Standby { epoch: 7 }), "down standby");
}
