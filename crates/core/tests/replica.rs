//! The check of a replica in states that are hard to produce, or easy to get wrong.

use std::time::Duration;

use healthd_core::check::{Input, Settings, judge};
use healthd_core::checks;
use healthd_core::facts::{
    Before, Channels, Facts, HeartbeatRow, HeartbeatRows, Heartbeats, ReceiverStatus, Receivers, StatusVariables,
    SystemVariables, Values,
};
use healthd_core::observed::channel::{Applier, Channel, Receiver, ThreadError};
use healthd_core::observed::section::Unreadable;
use healthd_core::reading::range::Thresholds;
use healthd_core::render::nagios;

fn channel(name: &str, lag: Option<u64>) -> Channel {
    Channel {
        name: name.to_owned(),
        source: "db1:3306".to_owned(),
        receiver: Receiver::Running,
        applier: if lag.is_some() { Applier::Running } else { Applier::Stopped },
        lag: lag.map(Duration::from_secs),
        delay: Duration::ZERO,
        receiver_error: None,
        applier_error: None,
    }
}

fn receiver(name: &str) -> ReceiverStatus {
    ReceiverStatus {
        channel: name.to_owned(),
        source_id: Some(1),
        filters: Vec::new(),
        gap: Some(0),
        mark: "5 bin.000001 322".to_owned(),
        heartbeats: Ok(Heartbeats { period: Some(Duration::from_secs(1)), silent: None }),
    }
}

/// A healthy replica, whose `server_id` is 2.
fn replica() -> Facts {
    Facts::default()
        .with::<Channels>(Ok(vec![channel("", Some(0))]))
        .with::<Receivers>(Ok(vec![receiver("")]))
        .with::<SystemVariables>(Ok([("read_only", "ON"), ("server_id", "2")].into_iter().collect()))
        .with::<StatusVariables>(Ok([("Uptime", "100"), ("Rpl_semi_sync_slave_status", "OFF")].into_iter().collect()))
}

fn with(change: impl FnOnce(&mut Channel, &mut ReceiverStatus)) -> Facts {
    let (mut channel, mut receiver) = (channel("", Some(0)), receiver(""));
    change(&mut channel, &mut receiver);
    replica().with::<Channels>(Ok(vec![channel])).with::<Receivers>(Ok(vec![receiver]))
}

fn line(facts: &Facts, before: Option<&Before>, settings: &Settings, verbose: bool) -> String {
    let check = checks::find("replica").expect("the check");
    let thresholds = Thresholds { warning: check.warning.parse().ok(), critical: check.critical.parse().ok() };
    nagios::plugin(&judge((check.measure)(&Input { facts, before, settings }), &thresholds), verbose)
}

#[test]
fn a_replica_is_one_line_with_the_worst_first() {
    let two = |second: Channel| {
        replica()
            .with::<Channels>(Ok(vec![channel("", Some(5)), second]))
            .with::<Receivers>(Ok(vec![receiver(""), receiver("dc2")]))
    };
    let broken = |channel: &mut Channel| {
        (channel.applier, channel.lag) = (Applier::Stopped, None);
        channel.applier_error = Some(ThreadError { code: 1062, text: "Duplicate entry".to_owned() });
    };
    let variables = |pairs: &[(&str, &str)]| Ok(pairs.iter().copied().collect::<Values>());
    let cases = [
        ("in order", replica()),
        ("nobody's replica", replica().with::<Channels>(Ok(Vec::new()))),
        ("late", with(|channel, _| channel.lag = Some(Duration::from_secs(400)))),
        (
            "delayed on purpose, and 5 s more",
            with(|channel, _| {
                (channel.lag, channel.delay) = (Some(Duration::from_secs(3_605)), Duration::from_secs(3_600));
            }),
        ),
        ("an error", with(|channel, _| broken(channel))),
        ("no lag, and both threads run", with(|channel, _| channel.lag = None)),
        ("two channels", two(channel("dc2", Some(900)))),
        ("one of two is broken", two(channel("dc2", None))),
        ("accepts writes", replica().with::<SystemVariables>(variables(&[("read_only", "OFF"), ("server_id", "2")]))),
        (
            "filtered, with a backlog",
            with(|_, receiver| {
                receiver.filters = vec!["Replicate_Do_DB shop".to_owned()];
                receiver.gap = Some(7);
            }),
        ),
        ("without GTIDs", with(|_, receiver| receiver.gap = None)),
        (
            "silent by the server's times",
            with(|_, receiver| {
                receiver.heartbeats =
                    Ok(Heartbeats { period: Some(Duration::from_secs(1)), silent: Some(Duration::from_millis(9_700)) });
            }),
        ),
        (
            "no privilege for the heartbeats",
            with(|_, receiver| {
                receiver.heartbeats = Err(Unreadable::Denied { grant: "GRANT SELECT ON performance_schema.*".into() });
            }),
        ),
        (
            "no privilege for the heartbeats, and broken: that counts more",
            with(|channel, receiver| {
                receiver.heartbeats = Err(Unreadable::Denied { grant: "GRANT SELECT ON performance_schema.*".into() });
                broken(channel);
            }),
        ),
        ("no read_only: no server that we know", replica().with::<SystemVariables>(variables(&[]))),
        (
            "no privilege at all",
            replica().with::<Channels>(Err(Unreadable::Denied { grant: "GRANT SLAVE MONITOR ON *.*".into() }.into())),
        ),
    ];
    let told = cases.map(|(name, facts)| format!("{name}\n  {}", line(&facts, None, &Settings::default(), false)));
    insta::assert_snapshot!(told.join("\n"));
    let verbose = line(&two(channel("dc2", None)), None, &Settings::default(), true);
    insta::assert_snapshot!("each_channel_has_a_line", verbose);
}

#[test]
fn two_masters_may_accept_writes_if_configured() {
    let facts = replica().with::<SystemVariables>(Ok([("read_only", "OFF"), ("server_id", "2")].into_iter().collect()));
    let settings = Settings { writable: true, ..Settings::default() };
    assert!(line(&facts, None, &settings, false).starts_with("OK - "));
}

#[test]
fn a_source_is_unreachable_if_nothing_came_between_two_distant_runs() {
    let facts = replica();
    let counters = |facts: &Facts| {
        Input { facts, before: None, settings: &Settings::default() }.counters().expect("the status was read")
    };
    let kept = counters(&facts);
    for (name, age, status, silent) in [
        ("the same", 60, kept.clone(), true),
        ("too close", 2, kept.clone(), false),
        ("the first run that looks at this", 60, Values::default(), false),
        ("the server has started since", 100_000, kept.clone(), false),
        ("the receiver was stopped since", 60, kept.iter().chain([("Com_stop_slave", "7")]).collect::<Values>(), false),
    ] {
        let before = Before { age: Duration::from_secs(age), status };
        let line = line(&facts, Some(&before), &Settings::default(), false);
        assert_eq!(
            line.starts_with("WARNING - 0s behind db1:3306; source db1:3306 not heard for 60 s"),
            silent,
            "{name}: {line}"
        );
    }
    let moved = with(|_, receiver| receiver.mark = "6 bin.000001 322".to_owned());
    let before = Before { age: Duration::from_secs(60), status: kept.clone() };
    assert!(line(&moved, Some(&before), &Settings::default(), false).starts_with("OK - "));
    // Nothing is stored for a receiver that did not run.
    let connecting = with(|channel, _| channel.receiver = Receiver::Connecting);
    assert_eq!((counters(&connecting).iter().count(), kept.iter().count()), (2, 3));
    assert_eq!(facts.lookback(), Some(Duration::from_secs(5)));
}

#[test]
fn a_heartbeat_table_gives_the_lag_also_of_a_replica_that_stands_still() {
    let row = |server_id, age| HeartbeatRow { server_id, age };
    let stopped = || with(|channel, _| (channel.applier, channel.lag) = (Applier::Stopped, None));
    let delayed = || with(|channel, _| channel.delay = Duration::from_secs(60));
    for (name, facts, rows, expected) in [
        ("the source's", replica(), vec![row(1, 400_000), row(2, 10), row(7, 20)], "WARNING - 6m40s behind"),
        ("another one's: a chain", replica(), vec![row(2, 10), row(7, 700_000), row(8, 5_000)], "OK - 5.0s behind"),
        ("only its own", replica(), vec![row(2, 10)], "UNKNOWN - the heartbeat table has no row from another server"),
        (
            "of the future",
            replica(),
            vec![row(1, -3_600_000)],
            "UNKNOWN - the heartbeat row of server 1 is in the future",
        ),
        ("standing still", stopped(), vec![row(1, 50_000)], "CRITICAL - channel default"),
        ("delayed", delayed(), vec![row(1, 61_000)], "OK - 1.0s behind db1:3306, beside its configured delay"),
    ] {
        let facts = facts.with::<HeartbeatRows>(Ok(rows));
        let line = line(&facts, None, &Settings::default(), false);
        assert!(line.starts_with(expected), "{name}: {line}");
        assert_eq!(line.contains("replica_lag="), !line.starts_with("UNKNOWN"), "{name}: {line}");
    }
    let denied = Unreadable::Denied { grant: "GRANT SELECT ON the heartbeat table".into() };
    let line = line(&replica().with::<HeartbeatRows>(Err(denied.into())), None, &Settings::default(), false);
    assert!(
        line.starts_with("UNKNOWN - 0s behind db1:3306; the heartbeat table cannot be read: GRANT SELECT"),
        "{line}"
    );
}
