//! Decoders with recorded answers of real servers (tests/data/servers), and with arbitrary rows.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use healthd_core::observed::channel::Channel;
use healthd_core::observed::cluster::{GroupMember, MemberState, NodeState, Wsrep};
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::observed::snapshot::WriteSwitches;
use healthd_core::text::duration::short;

use super::abilities::*;
use super::channels::*;
use super::cluster::*;
use super::columns::*;
use crate::statements::abilities::{Abilities, POSITIONS, SWITCHES};

mod anything;
mod lines;
mod receiver;
mod standing;

/// The text of a recorded answer.
fn recorded(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/servers").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Parses the output of `mysql -B`: a line of names, lines of values, with tabs, NULL and escapes.
fn tsv(text: &str) -> Vec<TextRow> {
    let mut lines = text.lines().map(|line| line.split('\t'));
    let names: Vec<&str> = lines.next().map(Iterator::collect).unwrap_or_default();
    lines.map(|values| names.iter().map(|name| (*name).to_owned()).zip(values.map(unescape)).collect()).collect()
}

fn unescape(text: &str) -> Option<String> {
    if text == "NULL" {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('0') => '\0',
                Some(other) => other,
                None => '\\',
            },
            c => c,
        });
    }
    Some(plain)
}

/// Parses the output of `mysql -E`: `*** 1. row ***`, then `name: value` lines.
fn vertical(text: &str) -> Vec<TextRow> {
    let mut rows: Vec<TextRow> = Vec::new();
    for line in text.lines() {
        if line.starts_with("***") {
            rows.push(Vec::new());
        } else if let (Some(row), Some((name, value))) = (rows.last_mut(), line.split_once(':')) {
            let value = value.trim();
            row.push((name.trim().to_owned(), (value != "NULL").then(|| value.to_owned())));
        }
    }
    rows
}

/// `default: IO running, SQL stopped, lag unknown, error 1062`.
fn summary(channel: &Channel) -> String {
    let lag = channel.lag.map_or_else(|| "unknown".to_owned(), short);
    let delay = if channel.delay.is_zero() { String::new() } else { format!(", delay {}", short(channel.delay)) };
    let errors = [&channel.receiver_error, &channel.applier_error].into_iter().flatten();
    let errors: String = errors.map(|error| format!(", error {}", error.code)).collect();
    format!("{}: IO {}, SQL {}, lag {lag}{delay}{errors}", channel.label(), channel.receiver, channel.applier)
}

fn read_channels(file: &str) -> Vec<Channel> {
    channels(&tsv(&recorded(file))).unwrap_or_else(|why| panic!("{file}: {why:?}"))
}

fn check_channels(file: &str, expected: &[&str]) {
    let read: Vec<String> = read_channels(file).iter().map(summary).collect();
    assert_eq!(read, expected, "{file}");
}

fn row(columns: &[(&str, Option<&str>)]) -> TextRow {
    columns.iter().map(|(name, value)| ((*name).to_owned(), value.map(ToOwned::to_owned))).collect()
}

fn variables(list: &[(&str, &str)]) -> Vec<TextRow> {
    list.iter().map(|(name, value)| row(&[("Variable_name", Some(name)), ("Value", Some(value))])).collect()
}

#[test]
fn every_recorded_replica_is_read() {
    for (state, expected) in [
        ("running", "default: IO running, SQL running, lag 0s"),
        ("after_fix", "default: IO running, SQL running, lag 0s"),
        ("lagging", "default: IO running, SQL running, lag 4.0s"),
        ("delayed", "default: IO running, SQL running, lag 4.0s, delay 30s"),
        ("connecting", "default: IO connecting, SQL running, lag unknown, error 2003"),
        ("io_auth_error", "default: IO connecting, SQL running, lag unknown, error 1045"),
        ("io_stopped", "default: IO stopped, SQL running, lag unknown"),
        ("sql_error", "default: IO running, SQL stopped, lag unknown, error 1062"),
        ("stopped", "default: IO stopped, SQL stopped, lag unknown"),
    ] {
        for server in ["mariadb-10.11.19", "mysql-9.7.4"] {
            check_channels(&format!("{server}/replica_status_{state}.tsv"), &[expected]);
        }
    }
    let default = "default: IO running, SQL running, lag 0s";
    let second = "second: IO connecting, SQL running, lag unknown, error 2003";
    check_channels("mariadb-10.11.19/all_slaves_status.tsv", &[default, second]);
    // MySQL reports a lag of 0 for a channel that has never reached its source.
    let second = "second: IO connecting, SQL running, lag 0s, error 2003";
    check_channels("mysql-9.7.4/replica_status_multisource.tsv", &[default, second]);
}

#[test]
fn no_recorded_replica_is_left_out_of_the_table() {
    for server in ["mariadb-10.11.19", "mysql-9.7.4"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/servers").join(server);
        let names = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        let replicas = names.filter(|name| name.contains("_status") && !name.starts_with("global")).count();
        assert_eq!(replicas, 10, "{server}");
    }
}

#[test]
fn a_source_is_named_by_host_and_port() {
    let sources = |file| read_channels(file).into_iter().map(|channel| channel.source).collect::<Vec<_>>();
    assert_eq!(sources("mysql-9.7.4/replica_status_multisource.tsv"), ["127.0.0.1:23316", "127.0.0.1:1"]);
    assert_eq!(sources("mariadb-10.11.19/all_slaves_status.tsv"), ["127.0.0.1:23306", "127.0.0.1:1"]);
}

#[test]
fn errors_lose_what_they_quote() {
    let texts = |file| {
        let channel = read_channels(file).remove(0);
        [channel.receiver_error, channel.applier_error]
            .into_iter()
            .flatten()
            .map(|error| error.text)
            .collect::<String>()
    };
    for (file, expected) in [
        (
            "mariadb-10.11.19/replica_status_sql_error.tsv",
            "Could not execute Write_rows_v1 event on table lab.t; Duplicate entry '..', Error_code: 1062; handler \
             error \
             HA_ERR_FOUND_DUPP_KEY; the event's master log bin.000001, end_log_pos 1943",
        ),
        (
            "mariadb-10.11.19/replica_status_connecting.tsv",
            "error reconnecting to master '..' (111 \"Connection refused\")",
        ),
        ("mysql-9.7.4/replica_status_connecting.tsv", "Error reconnecting to source '..' (111)"),
    ] {
        assert_eq!(texts(file), expected, "{file}");
    }
    for file in ["mariadb-10.11.19/replica_status_io_auth_error.tsv", "mysql-9.7.4/replica_status_io_auth_error.tsv"] {
        let text = texts(file);
        assert!(!text.contains("repl@") && !text.contains("127.0.0.1"), "{file}: {text}");
    }
}

#[test]
fn what_a_replica_says_is_not_guessed() {
    let good = [
        ("Replica_IO_Running", Some("Yes")),
        ("Replica_SQL_Running", Some("Yes")),
        ("Seconds_Behind_Source", Some("3")),
        ("SQL_Delay", Some("0")),
        ("Last_IO_Errno", Some("0")),
    ];
    let with = |name: &'static str, value: Option<&'static str>| {
        let columns = good.map(|(known, old)| if known == name { (known, value) } else { (known, old) });
        channels(&[row(&columns)]).map(|read| summary(&read[0]))
    };
    let not_understood = |what| Err(Unreadable::NotUnderstood { what });
    for (name, value, expected) in [
        ("Seconds_Behind_Source", Some("3"), Ok("default: IO running, SQL running, lag 3.0s")),
        ("Seconds_Behind_Source", None, Ok("default: IO running, SQL running, lag unknown")),
        ("Replica_IO_Running", Some("Preparing"), Ok("default: IO connecting, SQL running, lag 3.0s")),
        ("Last_IO_Errno", Some("13114"), Ok("default: IO running, SQL running, lag 3.0s, error 13114")),
        ("Seconds_Behind_Source", Some(""), not_understood("Seconds_Behind_Source")),
        ("Seconds_Behind_Source", Some("-1"), not_understood("Seconds_Behind_Source")),
        ("Seconds_Behind_Source", Some("99999999999999999999"), not_understood("Seconds_Behind_Source")),
        ("SQL_Delay", Some("x"), not_understood("SQL_Delay")),
        ("Last_IO_Errno", Some("-1"), not_understood("Last_IO_Errno")),
        ("Replica_IO_Running", Some("Perhaps"), not_understood("Replica_IO_Running")),
        ("Replica_IO_Running", None, not_understood("Replica_IO_Running")),
        ("Replica_SQL_Running", Some("Connecting"), not_understood("Replica_SQL_Running")),
    ] {
        assert_eq!(with(name, value), expected.map(ToOwned::to_owned), "{name} {value:?}");
    }
    let odd = |what| Unreadable::NotUnderstood { what };
    assert_eq!(channels(&[]), Ok(Vec::new()));
    assert_eq!(channels(&[Vec::new()]).err(), Some(odd("Replica_IO_Running")));
    let one_bad = [row(&good), row(&[("Replica_IO_Running", Some("Yes"))])];
    assert_eq!(channels(&one_bad).err(), Some(odd("Replica_SQL_Running")));
}

#[test]
fn a_galera_node_is_read() {
    let read =
        |state: &str| wsrep(&tsv(&recorded(&format!("galera-mariadb-10.11.19/wsrep_status_{state}.tsv"))), false);
    for (state, node, primary, ready, size) in [
        ("synced", NodeState::Synced, true, true, 3),
        ("after_node_left", NodeState::Synced, true, true, 2),
        ("desynced", NodeState::DonorDesynced, true, true, 3),
        ("donor", NodeState::DonorDesynced, true, true, 3),
        ("nonprimary", NodeState::Initialized, false, false, 1),
    ] {
        let expected = Wsrep { ready, state: node, primary, size: Some(size), rejects_queries: false };
        assert_eq!(read(state), Ok(expected), "{state}");
    }
}

#[test]
fn a_galera_status_with_a_hole_is_not_understood() {
    let whole = [("wsrep_ready", "ON"), ("wsrep_local_state", "4"), ("wsrep_cluster_status", "Primary")];
    assert!(wsrep(&variables(&whole), true).expect("whole").rejects_queries);
    for (at, (name, _)) in whole.into_iter().enumerate() {
        let mut holed = whole.to_vec();
        holed.remove(at);
        assert_eq!(wsrep(&variables(&holed), false), not_understood(name));
    }
    let odd = [("wsrep_ready", "maybe"), ("wsrep_local_state", "4"), ("wsrep_cluster_status", "Primary")];
    assert_eq!(wsrep(&variables(&odd), false), not_understood("wsrep_ready"));
    let odd = [("wsrep_ready", "ON"), ("wsrep_local_state", "Synced"), ("wsrep_cluster_status", "Primary")];
    assert_eq!(wsrep(&variables(&odd), false), not_understood("wsrep_local_state"));
}

/// The rows of [`crate::statements::GROUP`] from a recorded table, as the member on `port` reads it.
fn members(file: &str, port: &str) -> Vec<TextRow> {
    let rows = vertical(&recorded(&format!("mysql-9.7.4-group-replication/members_{file}.txt")));
    let as_read = |member: &TextRow| {
        let own = if column(member, "MEMBER_PORT", "MEMBER_PORT") == Some(port) { "1" } else { "0" };
        row(&[("MEMBER_STATE", column(member, "MEMBER_STATE", "MEMBER_STATE")), ("own", Some(own))])
    };
    rows.iter().map(as_read).collect()
}

#[test]
fn a_group_is_read_as_its_member_sees_it() {
    for (file, port, state, reachable, members_seen) in [
        ("single", "23346", MemberState::Online, 1, 1),
        ("two", "23346", MemberState::Online, 2, 2),
        ("joining", "23347", MemberState::Online, 2, 2),
        ("offline", "23346", MemberState::Offline, 0, 1),
        // No member has noticed yet.
        ("primary_killed_1s", "23347", MemberState::Online, 2, 2),
        // The survivor still calls itself online.
        ("primary_killed_8s", "23347", MemberState::Online, 1, 2),
    ] {
        let expected = GroupMember { state, reachable, members: members_seen };
        assert_eq!(group(&members(file, port)), Ok(expected), "{file}");
    }
}

#[test]
fn a_recovering_member_votes_and_an_unknown_state_is_not_guessed() {
    let rows = |states: &[(&str, Option<&str>)]| -> Vec<TextRow> {
        states.iter().map(|(state, own)| row(&[("MEMBER_STATE", Some(state)), ("own", *own)])).collect()
    };
    let member = |state, reachable, members| Ok(GroupMember { state, reachable, members });
    let (yes, no) = (Some("1"), Some("0"));
    for (states, expected) in [
        (vec![("RECOVERING", yes), ("ONLINE", no), ("ONLINE", no)], member(MemberState::Recovering, 3, 3)),
        (vec![("ONLINE", yes), ("UNREACHABLE", no), ("RECOVERING", no)], member(MemberState::Online, 2, 3)),
        (vec![("ERROR", yes)], member(MemberState::Error, 0, 1)),
        // Before the first START GROUP_REPLICATION the row has no id.
        (vec![("OFFLINE", None)], member(MemberState::Offline, 0, 1)),
        (vec![], member(MemberState::Offline, 0, 0)),
        (vec![("ONLINE", no), ("ONLINE", no)], not_understood("MEMBER_ID")),
        (vec![("ONLINE", yes), ("BLISSFUL", no)], not_understood("MEMBER_STATE")),
    ] {
        assert_eq!(group(&rows(&states)), expected, "{states:?}");
    }
}

const MARIADB_ONLY: [&str; 4] = ["gtid_domain_id", "gtid_strict_mode", "gtid_binlog_state", "gtid_slave_pos"];
const MYSQL_ONLY: [&str; 8] = [
    "server_uuid",
    "log_replica_updates",
    "gtid_mode",
    "gtid_executed",
    "gtid_purged",
    "rpl_semi_sync_source_timeout",
    "rpl_semi_sync_source_wait_point",
    "rpl_semi_sync_source_wait_no_replica",
];

#[test]
fn a_server_is_known_by_its_variables() {
    let read = |file: &str| {
        let (server, can) = abilities(&tsv(&recorded(file))).expect("a server");
        (server.to_string(), can)
    };
    let (read_only, all) = (vec!["read_only", "innodb_read_only"], SWITCHES.to_vec());
    let (in_mariadb, in_mysql) = (|name: &&str| !MYSQL_ONLY.contains(name), |name: &&str| !MARIADB_ONLY.contains(name));
    let mariadb: Vec<_> = POSITIONS.into_iter().filter(in_mariadb).collect();
    let mysql: Vec<_> = POSITIONS.into_iter().filter(in_mysql).filter(|name| !name.starts_with("rpl_")).collect();
    for (folder, version, switches, wsrep, positions) in [
        ("mariadb-10.11.19", "MariaDB 10.11.19", &read_only, false, &mariadb),
        ("galera-mariadb-10.11.19", "MariaDB 10.11.19", &read_only, true, &mariadb),
        ("mysql-9.7.4", "MySQL 9.7.4", &all, false, &mysql),
    ] {
        let expected = Abilities { switches: switches.clone(), wsrep, group: false, positions: positions.clone() };
        assert_eq!(read(&format!("{folder}/global_variables.tsv")), (version.to_owned(), expected), "{folder}");
    }
    // The variables of the plugin were recorded separately.
    let both =
        recorded("mysql-9.7.4/global_variables.tsv") + &recorded("mysql-9.7.4-group-replication/gr_variables.tsv");
    assert!(abilities(&tsv(&both)).expect("a server").1.group);
}

#[test]
fn a_cluster_is_known_on_every_build() {
    let can = |list: &[(&str, &str)]| {
        let mut all = vec![("version", "8.0.36-28.1")];
        all.extend(list);
        let (_, can) = abilities(&variables(&all)).expect("a server");
        (can.wsrep, can.group)
    };
    let provider = ("wsrep_provider", "/usr/lib/galera4/libgalera_smm.so");
    for (name, list, expected) in [
        ("nothing", vec![], (false, false)),
        ("MariaDB with Galera", vec![provider, ("wsrep_on", "ON")], (true, false)),
        ("MariaDB, switched off", vec![provider, ("wsrep_on", "OFF")], (false, false)),
        ("MariaDB without", vec![("wsrep_provider", "none"), ("wsrep_on", "OFF")], (false, false)),
        ("Percona XtraDB Cluster, where wsrep_on is no global variable", vec![provider], (true, false)),
        ("Percona XtraDB Cluster without a provider", vec![("wsrep_provider", "none")], (false, false)),
        ("an empty provider", vec![("wsrep_provider", "")], (false, false)),
        ("a group", vec![("group_replication_group_name", "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa")], (false, true)),
        ("the plugin without a group", vec![("group_replication_group_name", "")], (false, false)),
    ] {
        assert_eq!(can(&list), expected, "{name}");
    }
    assert_eq!(abilities(&variables(&[("read_only", "OFF")])), None);
    assert_eq!(abilities(&variables(&[("version", "SSH-2.0")])), None);
}

#[test]
fn switches_are_read_in_the_order_of_their_names() {
    let switches_there = vec!["read_only", "super_read_only", "offline_mode"];
    let can = Abilities { switches: switches_there, wsrep: true, ..Abilities::default() };
    let read = |values: &[Option<&str>], can: &Abilities| {
        let columns: Vec<_> = values.iter().map(|value| ("@@global.x", *value)).collect();
        switches(&row(&columns), can)
    };
    let (zero, one, none) = (Some("0"), Some("1"), Some("NONE"));
    let expected = |read_only, super_read_only, offline_mode| WriteSwitches {
        read_only: Some(read_only),
        super_read_only: Some(super_read_only),
        innodb_read_only: None,
        offline_mode: Some(offline_mode),
    };
    let odd = || not_understood("read_only");
    for (values, result) in [
        (vec![zero, zero, zero, none], Ok((expected(false, false, false), false))),
        (vec![one, zero, zero, none], Ok((expected(true, false, false), false))),
        (vec![zero, one, zero, none], Ok((expected(false, true, false), false))),
        (vec![zero, zero, one, none], Ok((expected(false, false, true), false))),
        // MariaDB 12 has words instead.
        (vec![Some("OFF"), Some("NO_LOCK"), zero, none], Ok((expected(false, true, false), false))),
        (vec![zero, zero, zero, Some("ALL")], Ok((expected(false, false, false), true))),
        (vec![zero, zero, zero, Some("ALL_KILL")], Ok((expected(false, false, false), true))),
        (vec![zero, zero, zero, None], not_understood("wsrep_reject_queries")),
        (vec![None, zero, zero, none], odd()),
        (vec![zero, zero, none], odd()),
        (vec![zero, zero, zero, zero, none], odd()),
        (vec![], odd()),
    ] {
        assert_eq!(read(&values, &can), result, "{values:?}");
    }
    let alone = Abilities { wsrep: false, ..can };
    assert_eq!(read(&[zero, zero, zero, None], &alone), Ok((expected(false, false, false), false)));
}

#[test]
fn a_heartbeat_is_a_number_of_seconds() {
    let read = |value: Option<&str>| heartbeat(&[row(&[("age", value)])]);
    for (text, millis) in [("0", 0), ("1.500000", 1500), (" 3 ", 3000), ("-0.2", 0), ("2e3", 2_000_000)] {
        assert_eq!(read(Some(text)), Ok(Duration::from_millis(millis)), "{text:?}");
    }
    let odd = not_understood("its age in seconds");
    for text in ["", "never", "1,5", "NaN", "-nan", "inf", "-inf", "1e300", "12:30"] {
        assert_eq!(read(Some(text)), odd, "{text:?}");
    }
    assert_eq!(read(None), odd, "an empty table has no newest heartbeat");
    assert_eq!(heartbeat(&[]), odd);
    assert_eq!(heartbeat(&[Vec::new()]), odd);
}

#[test]
fn recorded_tables_are_unescaped() {
    let rows = tsv("a\tb\nx\\ty\\\\n\\n\tNULL\n");
    assert_eq!(rows, [row(&[("a", Some("x\ty\\n\n")), ("b", None)])]);
}
