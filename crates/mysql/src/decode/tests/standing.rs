//! Replication positions from recorded rows, and from rows that no server sends.

use healthd_core::observed::server::Flavor;
use healthd_core::position::gtids::{Gtids, Notation};
use healthd_core::position::origin::{Origin, Uuid};
use healthd_core::position::standing::{Caveat, SemiSyncSource, Standing};
use proptest::prelude::*;

use super::*;
use crate::decode::standing::{Binlog, Rows, binlog};

const OWN: &str = "b8c0bafc-e722-11f1-be18-02fc00000001";
const PEER: &str = "b8c0bafc-e722-11f1-be18-02fc00000002";

/// Everything that a replication position is read from. Each method changes one value.
#[derive(Debug, Clone)]
struct Answers {
    flavor: Flavor,
    channels: Vec<TextRow>,
    variables: TextRow,
    status: Vec<TextRow>,
    binlog: Vec<TextRow>,
}

impl Answers {
    fn recorded(server: &str, channels: &str) -> Answers {
        let variables = tsv(&super::recorded(&format!("{server}/global_variables.tsv")));
        let variables = POSITIONS.into_iter().filter_map(|name| Some((name.to_owned(), variable(&variables, name)?)));
        Answers {
            flavor: if server.starts_with("mariadb") { Flavor::MariaDb } else { Flavor::MySql },
            channels: tsv(&super::recorded(&format!("{server}/{channels}.tsv"))),
            variables: variables.map(|(name, value)| (name, Some(value.to_owned()))).collect(),
            // Recorded with SHOW, which has no time.
            status: tsv(&super::recorded(&format!("{server}/global_status.tsv")))
                .into_iter()
                .map(|row| row.into_iter().chain([("now".to_owned(), Some("1732527779".to_owned()))]).collect())
                .collect(),
            binlog: vec![row(&[("File", Some("bin.000012")), ("Position", Some("4567")), ("Binlog_Do_DB", Some(""))])],
        }
    }

    fn variable(mut self, name: &str, value: &str) -> Answers {
        set(&mut self.variables, name, Some(value));
        self
    }

    fn channel(mut self, name: &str, value: &str) -> Answers {
        set(&mut self.channels[0], name, Some(value));
        self
    }

    fn status(mut self, name: &str, value: &str) -> Answers {
        self.status.retain(|row| !row[0].1.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name)));
        // As MariaDB and MySQL 5.6 write it.
        self.status.extend(variables(&[(&name.to_uppercase(), value)]));
        self
    }

    fn read(&self) -> Section<Standing> {
        let Answers { flavor, channels, variables, status, .. } = self;
        let rows = Rows { flavor: *flavor, channels, variables, status };
        let binlog = binlog(&self.binlog)?;
        rows.standing(rows.by_file().then_some(&binlog), binlog.filtered, 7)
    }

    fn standing(&self) -> Standing {
        self.read().unwrap_or_else(|why| panic!("{why:?}"))
    }
}

fn set(row: &mut TextRow, name: &str, value: Option<&str>) {
    row.retain(|(known, _)| known != name);
    row.push((name.to_owned(), value.map(ToOwned::to_owned)));
}

fn printed(set: &Gtids) -> String {
    let kinds = [Notation::MariaDb, Notation::MySql, Notation::File].map(|kind| set.print(kind));
    kinds.iter().filter(|text| !text.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[test]
fn recorded_servers_are_read() {
    let mariadb = Answers::recorded("mariadb-10.11.19", "replica_status_lagging")
        .variable("server_id", "2")
        .variable("gtid_domain_id", "2")
        .standing();
    assert_eq!(mariadb.origin, Origin::MariaDb { domain: 2, server_id: 2 });
    assert_eq!([&mariadb.executed, &mariadb.received].map(printed), ["1-1-5", "1-1-7"]);
    assert_eq!((mariadb.boot.connection, mariadb.boot.started), (7, 1_732_527_707));
    let source = SemiSyncSource {
        on: false,
        after_sync: false,
        clients: 0,
        waiting: 0,
        timeout: Duration::from_secs(10),
        wait_no_replica: true,
    };
    assert_eq!((mariadb.semisync.source, mariadb.semisync.replica_on), (Some(source), false));
    let [source] = &mariadb.sources[..] else { panic!("{:?}", mariadb.sources) };
    assert_eq!((&*source.channel, source.server_id, source.uuid, source.connected), ("default", Some(1), None, true));
    assert_eq!(mariadb.caveats, []);

    let uuid = |text| Uuid::parse(text).expect("a UUID");
    let mysql = Answers::recorded("mysql-9.7.4", "replica_status_lagging").variable("server_uuid", PEER).standing();
    assert_eq!(mysql.origin, Origin::MySql { uuid: uuid(PEER) });
    assert_eq!([&mysql.executed, &mysql.received].map(printed), [format!("{OWN}:1-5"), format!("{OWN}:1-7")]);
    assert_eq!(
        (printed(&mysql.purged), mysql.semisync.source, mysql.semisync.replica_on),
        (String::new(), None, false)
    );
    assert_eq!((mysql.sources[0].server_id, mysql.sources[0].uuid), (Some(1), Some(uuid(OWN))));
    assert_eq!(mysql.caveats, []);
}

#[test]
fn every_recorded_replica_stands_somewhere() {
    for server in ["mariadb-10.11.19", "mysql-9.7.4"] {
        for state in ["running", "connecting", "io_auth_error", "io_stopped", "sql_error", "stopped", "delayed"] {
            let standing = Answers::recorded(server, &format!("replica_status_{state}")).standing();
            let connected = !["connecting", "io_auth_error", "io_stopped", "stopped"].contains(&state);
            assert_eq!(standing.sources[0].connected, connected, "{server} {state}");
        }
    }
    // The second has never reached its source.
    for (server, file) in [("mariadb-10.11.19", "all_slaves_status"), ("mysql-9.7.4", "replica_status_multisource")] {
        let sources = Answers::recorded(server, file).standing().sources;
        assert_eq!((sources.len(), sources[1].server_id, sources[1].uuid), (2, None, None), "{server}");
        assert_eq!(sources[1].channel, "second", "{server}");
    }
}

#[test]
fn own_transactions_of_mariadb_are_judged_by_its_binary_log() {
    // A node lost its tail, and its peer sent it back, to be skipped.
    let answers = Answers::recorded("mariadb-10.11.19", "replica_status_running")
        .variable("gtid_binlog_state", "1-1-5,2-2-9")
        .variable("gtid_slave_pos", "1-1-8,2-2-12,3-3-4")
        .channel("Gtid_IO_Pos", "1-1-8,2-2-12");
    let standing = answers.standing();
    assert_eq!([&standing.executed, &standing.received].map(printed), ["1-1-5,2-2-12,3-3-4", "2-2-12"]);
}

#[test]
fn what_waits_for_an_acknowledgement_in_the_binary_log_is_not_executed() {
    let answers = Answers::recorded("mariadb-10.11.19", "replica_status_running")
        .variable("gtid_binlog_state", "1-1-5,2-2-64,3-3-4")
        .variable("gtid_slave_pos", "1-1-5,2-2-63")
        .channel("Gtid_IO_Pos", "1-1-5,2-2-64");
    let standing = answers.standing();
    assert_eq!([&standing.executed, &standing.received].map(printed), ["1-1-5,2-2-63,3-3-4", "2-2-64"]);
}

#[test]
fn own_transactions_of_mysql_were_not_received() {
    let list = format!("{OWN}:1-9:tag:1-2,\n{PEER}:1-4:6");
    let answers = Answers::recorded("mysql-9.7.4", "replica_status_running")
        .channel("Retrieved_Gtid_Set", &list)
        .variable("gtid_executed", &list)
        .variable("gtid_purged", &format!("{OWN}:1-2"));
    let standing = answers.standing();
    assert_eq!(printed(&standing.executed), list);
    assert_eq!([&standing.received, &standing.purged].map(printed), [format!("{PEER}:1-4:6"), format!("{OWN}:1-2")]);
}

#[test]
fn channels_without_gtids_have_file_positions() {
    let no_gtid = Answers::recorded("mysql-9.7.4", "replica_status_lagging").variable("server_id", "2");
    for mode in ["OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE"] {
        let standing = no_gtid.clone().variable("gtid_mode", mode).standing();
        assert_eq!(standing.origin, Origin::File { server_id: 2 }, "{mode}");
        assert_eq!([&standing.executed, &standing.received].map(printed), ["1:1:1419,2:12:4567", "1:1:1973"], "{mode}");
        assert_eq!((printed(&standing.purged), standing.caveats), (String::new(), vec![Caveat::NoGtid]), "{mode}");
    }
    // One channel of MariaDB without GTIDs, while its own transactions have them.
    let mariadb = Answers::recorded("mariadb-10.11.19", "replica_status_lagging")
        .variable("server_id", "2")
        .channel("Using_Gtid", "No")
        .channel("Gtid_IO_Pos", "");
    let standing = mariadb.standing();
    assert_eq!([&standing.executed, &standing.received].map(printed), ["1-1-5 1:1:1335,2:12:4567", "1:1:1761"]);
    assert_eq!(standing.caveats, [Caveat::NoGtid]);
    // Before the first connection, the source of the file is unknown.
    let unknown = mariadb.clone().channel("Master_Server_Id", "0").standing();
    assert_eq!([&unknown.executed, &unknown.received].map(printed), ["1-1-5 2:12:4567", ""]);
    let nowhere = mariadb.clone().channel("Master_Log_File", "").channel("Read_Master_Log_Pos", "4").standing();
    assert_eq!(printed(&nowhere.received), "");
    // Without a binary log, there is no end of it.
    let mut no_log = mariadb;
    no_log.binlog.clear();
    assert_eq!(printed(&no_log.standing().executed), "1-1-5 1:1:1335");
}

#[test]
fn what_makes_it_weaker_is_named() {
    let mariadb = || Answers::recorded("mariadb-10.11.19", "replica_status_running");
    let mysql = || Answers::recorded("mysql-9.7.4", "replica_status_running");
    // It has the old name too.
    let not_on = mysql().variable("log_slave_updates", "0").variable("log_replica_updates", "0");
    let mut left_out = mysql();
    set(&mut left_out.binlog[0], "Binlog_Ignore_DB", Some("scratch"));
    for (name, answers, expected) in [
        ("nothing", mariadb(), vec![]),
        ("a shared domain", mariadb().variable("gtid_binlog_state", "0-1-8,0-2-23"), vec![Caveat::SharedDomain(0)]),
        ("shared as received", mariadb().channel("Gtid_IO_Pos", "1-9-8"), vec![Caveat::SharedDomain(1)]),
        ("not replicated on", mariadb().variable("log_slave_updates", "0"), vec![Caveat::NoLogSlaveUpdates]),
        ("the same of MySQL", not_on, vec![Caveat::NoLogSlaveUpdates]),
        ("no binary log", mysql().variable("log_bin", "0"), vec![Caveat::NoLogSlaveUpdates]),
        ("not strict", mariadb().variable("gtid_strict_mode", "0"), vec![Caveat::NotStrict]),
        ("a filter", mysql().channel("Replicate_Wild_Ignore_Table", "scratch.%"), vec![Caveat::Filtered]),
        ("a domain left out", mariadb().channel("Replicate_Ignore_Domain_Ids", "3"), vec![Caveat::Filtered]),
        ("databases left out of the log", left_out, vec![Caveat::Filtered]),
    ] {
        assert_eq!(answers.standing().caveats, expected, "{name}");
    }
}

#[test]
fn semi_sync_is_read_under_its_old_and_new_names() {
    let expected = SemiSyncSource {
        on: true,
        after_sync: true,
        clients: 1,
        waiting: 3,
        timeout: Duration::from_millis(2500),
        wait_no_replica: false,
    };
    for (names, no_replica, replica) in [("master", "wait_no_slave", "slave"), ("source", "wait_no_replica", "replica")]
    {
        let mut answers = Answers::recorded("mysql-9.7.4", "replica_status_running");
        for (name, value) in [("timeout", "2500"), ("wait_point", "AFTER_SYNC"), (no_replica, "0")] {
            answers = answers.variable(&format!("rpl_semi_sync_{names}_{name}"), value);
        }
        for (name, value) in [("status", "ON"), ("clients", "1"), ("wait_sessions", "3")] {
            answers = answers.status(&format!("Rpl_semi_sync_{names}_{name}"), value);
        }
        let answers = answers.status(&format!("Rpl_semi_sync_{replica}_status"), "ON");
        let read = answers.standing().semisync;
        assert_eq!((read.source, read.replica_on), (Some(expected), true), "{names}");
        // MySQL 5.6 always waits after the commit.
        let mut old = answers.clone();
        old.variables.retain(|(name, _)| !name.ends_with("wait_point"));
        assert_eq!(old.standing().semisync.source, Some(SemiSyncSource { after_sync: false, ..expected }), "{names}");
        let odd = answers.clone().status(&format!("Rpl_semi_sync_{names}_status"), "MAYBE").read();
        assert_eq!(odd, not_understood("Rpl_semi_sync_source_status"), "{names}");
        let odd = answers.clone().status(&format!("Rpl_semi_sync_{names}_clients"), "").read();
        assert_eq!(odd, not_understood("Rpl_semi_sync_source_clients"), "{names}");
        let odd = answers.status(&format!("Rpl_semi_sync_{replica}_status"), "").read();
        assert_eq!(odd, not_understood("Rpl_semi_sync_replica_status"), "{names}");
    }
}

#[test]
fn what_is_missing_is_never_an_empty_set() {
    for (server, variables, columns) in [
        (
            "mariadb-10.11.19",
            &["server_id", "gtid_domain_id", "gtid_binlog_state", "gtid_slave_pos", "gtid_strict_mode", "log_bin"][..],
            &["Gtid_IO_Pos", "Master_Server_Id", "Slave_IO_Running"][..],
        ),
        (
            "mysql-9.7.4",
            &["server_uuid", "gtid_executed", "gtid_purged", "log_bin"],
            &["Retrieved_Gtid_Set", "Source_Server_Id", "Replica_IO_Running"],
        ),
    ] {
        let whole = Answers::recorded(server, "replica_status_running");
        for name in variables {
            let mut holed = whole.clone();
            holed.variables.retain(|(known, _)| known != name);
            assert_eq!(holed.read().err(), not_understood::<()>(name).err(), "{server}");
            let odd = whole.clone().variable(name, "no such value").read();
            assert_eq!(odd.err(), not_understood::<()>(name).err(), "{server}");
        }
        for name in columns {
            let mut holed = whole.clone();
            holed.channels[0].retain(|(known, _)| known != name);
            assert!(holed.read().is_err(), "{server} without {name}");
            assert!(whole.clone().channel(name, "no such value").read().is_err(), "{server} {name}");
        }
        let mut holed = whole.clone();
        holed.status.retain(|row| row[0].1.as_deref() != Some("Uptime"));
        // A time before the start, and no time.
        let mut early = whole.clone();
        early.status.iter_mut().for_each(|row| row[2].1 = Some("1".to_owned()));
        let mut timeless = whole.clone();
        timeless.status.iter_mut().for_each(|row| row.truncate(2));
        for odd in [holed, early, timeless] {
            assert_eq!(odd.read().err(), not_understood::<()>("Uptime").err(), "{server}");
        }
    }
    assert_eq!(binlog(&[]), Ok(Binlog::default()));
    assert_eq!(binlog(&[row(&[("File", Some("bin.1"))])]), not_understood("Position"));
    assert_eq!(binlog(&[row(&[("Position", Some("4"))])]), not_understood("File"));
    let bad_name = Answers::recorded("mysql-9.7.4", "replica_status_running").variable("gtid_mode", "OFF");
    assert_eq!(bad_name.channel("Source_Log_File", "bin").read().err(), not_understood::<()>("Source_Log_File").err());
}

proptest! {
    #[test]
    fn no_value_breaks_it(
        mariadb in any::<bool>(),
        at in any::<prop::sample::Index>(),
        value in proptest::option::weighted(0.9, r"[0-9a-f:,. \n-]{0,40}|\PC{0,20}"),
        by_file in any::<bool>(),
    ) {
        let server = if mariadb { "mariadb-10.11.19" } else { "mysql-9.7.4" };
        let mut answers = Answers::recorded(server, "replica_status_running");
        if by_file {
            answers = answers.variable("gtid_mode", "OFF").channel("Using_Gtid", "No");
        }
        for row in [&mut answers.channels[0], &mut answers.variables, &mut answers.binlog[0]] {
            at.get_mut(row).1.clone_from(&value);
        }
        drop(answers.read());
    }
}
