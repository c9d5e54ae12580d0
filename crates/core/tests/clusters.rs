//! The checks of clusters: recorded states of real ones, and states that are hard to produce.

use std::time::Duration;

use healthd_core::check::{Cannot, Input, Settings, judge};
use healthd_core::checks;
use healthd_core::facts::{Before, Facts, Group, StatusVariables, SystemVariables, Values};
use healthd_core::observed::cluster::{GroupMember, MemberState};
use healthd_core::observed::section::Unreadable;
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::{Range, Thresholds};
use healthd_core::render::nagios;

fn line(check: &str, facts: &Facts, settings: &Settings) -> String {
    let check = checks::find(check).unwrap_or_else(|| panic!("no check {check}"));
    let range = |text: &str| (!text.is_empty()).then(|| text.parse::<Range>().expect("a default"));
    let thresholds = Thresholds { warning: range(check.warning), critical: range(check.critical) };
    nagios::plugin(&judge((check.measure)(&Input { facts, before: None, settings }), &thresholds), false)
}

#[test]
fn a_galera_node_is_fit_only_when_it_is_synced_in_the_primary_component() {
    let recorded = |tsv: &str| -> Values {
        let pairs: Values = tsv.lines().filter_map(|line| line.split_once('\t')).collect();
        let usual = [("wsrep_connected", "ON")].into_iter().filter(|(name, _)| pairs.text(name).is_none());
        pairs.iter().chain(usual).collect()
    };
    let asked = |status: Values, variables: &[(&str, &str)]| {
        let variables = variables.iter().copied().collect();
        let facts = Facts::default().with::<StatusVariables>(Ok(status)).with::<SystemVariables>(Ok(variables));
        line("galera", &facts, &Settings::default())
    };
    let synced = include_str!("../../../tests/data/servers/galera-mariadb-10.11.19/wsrep_status_synced.tsv");
    // A plain MariaDB shows the status of a node that has lost its cluster.
    let plain = include_str!("../../../tests/data/servers/mariadb-10.11.19/global_status.tsv");
    for (status, variables, expected) in [
        (plain, &[("wsrep_provider", "none"), ("wsrep_on", "OFF")][..], "WARNING - this server is not a Galera node"),
        (plain, &[("wsrep_provider", "")], "WARNING - this server is not a Galera node"),
        (plain, &[], "WARNING - this server is not a Galera node"),
        (plain, &[("wsrep_provider", "/x.so"), ("wsrep_on", "ON")], "CRITICAL - this Galera node cannot serve"),
        // Percona XtraDB Cluster has no global wsrep_on.
        (synced, &[("wsrep_provider", "/x.so")], "OK - synced in the primary component"),
        (
            synced,
            &[("wsrep_provider", "/x.so"), ("wsrep_on", "OFF")],
            "CRITICAL - this Galera node cannot serve: wsrep_on",
        ),
        (
            synced,
            &[("wsrep_provider", "/x.so"), ("wsrep_reject_queries", "ALL")],
            "CRITICAL - this Galera node cannot serve: wsrep_reject_queries is ALL",
        ),
        (synced, &[("wsrep_provider", "/x.so"), ("wsrep_reject_queries", "NONE")], "OK - synced"),
    ] {
        let found = asked(recorded(status), variables);
        assert!(found.starts_with(expected), "{variables:?}: {found}");
    }
    let lines = [
        include_str!("../../../tests/data/servers/galera-mariadb-10.11.19/wsrep_status_synced.tsv"),
        include_str!("../../../tests/data/servers/galera-mariadb-10.11.19/wsrep_status_donor.tsv"),
        include_str!("../../../tests/data/servers/galera-mariadb-10.11.19/wsrep_status_desynced.tsv"),
        include_str!("../../../tests/data/servers/galera-mariadb-10.11.19/wsrep_status_nonprimary.tsv"),
        include_str!("../../../tests/data/servers/galera-mariadb-10.11.19/wsrep_status_after_node_left.tsv"),
    ]
    .map(|tsv| asked(recorded(tsv), &[("wsrep_provider", "/usr/lib/galera/libgalera_smm.so"), ("wsrep_on", "ON")]));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn flow_control_is_judged_by_what_it_paused_since_the_last_run() {
    let check = checks::find("galera").expect("a check");
    for (paused, code) in [(10_000_000_000.0, Outcome::Ok), (13_000_000_000.0, Outcome::Warning)] {
        let ready = [("wsrep_ready", "ON"), ("wsrep_connected", "ON"), ("wsrep_cluster_status", "Primary")];
        let counted = |uptime: &str, paused: f64| -> Values {
            let paused = paused.to_string();
            let others = [("Uptime", uptime), ("wsrep_local_state", "4"), ("wsrep_cluster_size", "3")];
            let moving = [("wsrep_flow_control_paused", "0.5"), ("wsrep_flow_control_paused_ns", paused.as_str())];
            ready.into_iter().chain(others).chain(moving).collect()
        };
        let facts = Facts::default()
            .with::<StatusVariables>(Ok(counted("1060", paused)))
            .with::<SystemVariables>(Ok([("wsrep_provider", "/x.so")].into_iter().collect()));
        // In one minute of a thousand seconds, and not in a hundredth of the time before.
        let before = Before { age: Duration::from_secs(60), status: counted("1000", 0.0) };
        let input = Input { facts: &facts, before: Some(&before), settings: &Settings::default() };
        let answer = judge((check.measure)(&input), &Thresholds::default());
        assert_eq!(answer.outcome, code, "{}", answer.text);
        assert_eq!(answer.readings[1].value.round(), (paused / 6e8).round(), "{}", answer.text);
    }
}

#[test]
fn a_server_that_need_not_be_in_a_cluster_is_ok_outside_one() {
    for check in ["galera", "group-replication"] {
        let facts = Facts::default()
            .with::<StatusVariables>(Ok(Values::default()))
            .with::<SystemVariables>(Ok(Values::default()))
            .with::<Group>(Ok(None));
        let found = |not_replica| {
            let settings = Settings { not_replica, ..Settings::default() };
            let measure = checks::find(check).expect("a check").measure;
            measure(&Input { facts: &facts, before: None, settings: &settings })
        };
        assert!(matches!(found(Outcome::Ok), Err(Cannot::NotHere(_))), "{check}");
        assert!(found(Outcome::Critical).is_ok_and(|found| found.at_least == Outcome::Critical), "{check}");
    }
}

#[test]
fn a_member_without_a_majority_is_critical_although_it_calls_itself_online() {
    let asked = |state, reachable, members| {
        let group = Ok(Some(GroupMember { state, reachable, members }));
        line("group-replication", &Facts::default().with::<Group>(group), &Settings::default())
    };
    for (found, expected) in [
        (asked(MemberState::Online, 3, 3), "OK - online, 3 of 3 members reachable | group_reachable=3;;2:;0;3"),
        (asked(MemberState::Online, 2, 3), "OK - online, 2 of 3"),
        (asked(MemberState::Online, 1, 3), "CRITICAL - online without a majority, 1 of 3"),
        (asked(MemberState::Online, 1, 1), "CRITICAL - online, alone in its group"),
        (asked(MemberState::Recovering, 3, 3), "WARNING - recovering"),
        (asked(MemberState::Error, 0, 1), "CRITICAL - in error"),
        (asked(MemberState::Offline, 0, 1), "CRITICAL - offline"),
    ] {
        assert!(found.starts_with(expected), "{found}");
    }
    let none = Facts::default().with::<Group>(Ok(None));
    assert_eq!(
        line("group-replication", &none, &Settings::default()),
        "WARNING - Group Replication is not in use here"
    );
    let denied = Unreadable::Denied { grant: "GRANT SELECT ON performance_schema.*".into() };
    let denied = Facts::default().with::<Group>(Err(denied.into()));
    let found = line("group-replication", &denied, &Settings::default());
    assert!(found.starts_with("UNKNOWN - ") && found.contains("GRANT SELECT ON performance_schema.*"), "{found}");
}

#[test]
fn read_only_is_judged_by_what_is_expected() {
    for (read_only, super_read_only, expected, found) in [
        ("OFF", None, None, "OK - accepts writes"),
        ("ON", None, None, "OK - read-only (read_only)"),
        ("ON", Some("ON"), Some("on"), "OK - read-only (read_only, super_read_only)"),
        ("OFF", None, Some("off"), "OK - accepts writes"),
        ("OFF", Some("OFF"), Some("on"), "CRITICAL - accepts writes, but it should be read-only"),
        ("ON", None, Some("off"), "CRITICAL - read-only (read_only), but it should be writable"),
        ("NO_LOCK_NO_ADMIN", None, None, "OK - read-only (read_only)"),
        ("OFF", None, Some("maybe"), "UNKNOWN - --name must be on or off"),
    ] {
        let pairs = [("read_only", Some(read_only)), ("super_read_only", super_read_only)];
        let values: Values = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let facts = Facts::default().with::<SystemVariables>(Ok(values));
        let settings = Settings { name: expected.map(str::to_owned), ..Settings::default() };
        let line = line("read-only", &facts, &settings);
        assert!(line.starts_with(found), "{line}");
    }
}
