//! What channels have received, in recorded rows and in those of servers that are not installed here.

use healthd_core::facts::Heartbeats;
use healthd_core::observed::section::Unreadable;
use healthd_core::observed::server::Flavor;

use super::super::receiver::*;
use super::*;

fn row(columns: &[(&str, &str)]) -> TextRow {
    columns.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect()
}

fn seconds(seconds: f64) -> Option<Duration> {
    Some(Duration::from_secs_f64(seconds))
}

#[test]
fn each_recorded_channel_has_a_mark_a_gap_and_the_heartbeats_of_its_server() {
    let mariadb = tsv(&recorded("mariadb-10.11.19/all_slaves_status.tsv"));
    let applied = row(&[("gtid_slave_pos", ""), ("server_id", "99")]);
    let read = receivers(Flavor::MariaDb, &mariadb, Some(&applied), None).expect("it is understood");
    assert_eq!(read.len(), mariadb.len());
    for receiver in &read {
        let heartbeats = receiver.heartbeats.as_ref().expect("they are in the row");
        assert!(heartbeats.period.is_some() && heartbeats.silent.is_none(), "{receiver:?}");
        // One of them has not reached its source yet.
        let reached = receiver.source_id.is_some();
        assert!(receiver.mark.contains("bin") == reached && receiver.filters.is_empty(), "{receiver:?}");
    }
    let mysql = tsv(&recorded("mysql-9.7.4/replica_status_lagging.tsv"));
    let counted = heartbeat_tables(&[row(&[("", ""), ("", "30.000"), ("", "7"), ("", "2.25")])]);
    let read = receivers(Flavor::MySql, &mysql, None, Some(&counted)).expect("it is understood");
    assert_eq!(read[0].heartbeats, Ok(Heartbeats { period: seconds(30.0), silent: seconds(2.25) }));
    assert!(read[0].mark.starts_with("7 ") && read[0].gap.is_some(), "{read:?}");
    // No row: the performance schema is off.
    let read = receivers(Flavor::MySql, &mysql, None, Some(&Ok(BTreeMap::new()))).expect("it is understood");
    assert_eq!(read[0].heartbeats, Ok(Heartbeats::default()));
    let denied = Err(Unreadable::Denied { grant: "GRANT".into() });
    let read = receivers(Flavor::MySql, &mysql, None, Some(&denied)).expect("the rest is there");
    assert!(read[0].heartbeats.is_err(), "{read:?}");
}

#[test]
fn heartbeats_that_are_off_have_no_period_and_what_is_no_number_is_not_understood() {
    let status = |period: &str| {
        let rows = [
            row(&[("Variable_name", "Slave_heartbeat_period"), ("Value", period)]),
            row(&[("Variable_name", "Slave_received_heartbeats"), ("Value", "4")]),
        ];
        heartbeat_status(&rows).map(|known| known.get("").map(|(count, heartbeats)| (count.clone(), heartbeats.period)))
    };
    assert_eq!(status("1.500"), Ok(Some(("4".to_owned(), seconds(1.5)))));
    assert_eq!(status("0.000"), Ok(Some(("4".to_owned(), None))));
    assert!(status("often").is_err());
    let ago = |ago: &str| {
        let rows = [row(&[("", "dc2"), ("", "1"), ("", "4"), ("", ago)])];
        heartbeat_tables(&rows).map(|known| known.get("dc2").map(|(_, heartbeats)| heartbeats.silent))
    };
    assert_eq!(ago("-0.5"), Ok(Some(seconds(0.0))));
    assert!(ago("long").is_err());
}

#[test]
fn heartbeat_rows_are_numbers_and_a_time_that_is_none_is_not_understood() {
    let read = |age: Option<&str>| {
        heartbeat_rows(&[vec![("server_id".to_owned(), Some("1".to_owned())), ("".to_owned(), age.map(str::to_owned))]])
    };
    assert_eq!(read(Some("-7200000")).map(|rows| rows[0].age), Ok(-7_200_000));
    assert!(read(None).is_err() && read(Some("soon")).is_err());
    assert_eq!(heartbeat_rows(&[]), Ok(Vec::new()));
}
