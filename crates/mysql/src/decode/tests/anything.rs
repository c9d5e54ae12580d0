//! Decoders against rows that no server sends.

use proptest::prelude::*;

use healthd_core::observed::server::Flavor;

use super::super::receiver;
use super::*;

/// Values that servers send, their neighbors, and anything.
fn any_value() -> impl Strategy<Value = Option<String>> {
    const KNOWN: &[&str] = &[
        "Yes",
        "No",
        "Connecting",
        "0",
        "1",
        "4",
        "-1",
        "ON",
        "OFF",
        "ONLINE",
        "NONE",
        "Primary",
        "18446744073709551615",
        "read_only",
        "version",
        "wsrep_ready",
        "wsrep_local_state",
        "10.11.19-MariaDB",
        "NaN",
    ];
    proptest::option::weighted(0.9, prop_oneof![proptest::sample::select(KNOWN).prop_map(ToOwned::to_owned), ".{0,40}"])
}

fn any_name() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "Replica_IO_Running",
        "Slave_SQL_Running",
        "Seconds_Behind_Source",
        "SQL_Delay",
        "Last_IO_Errno",
        "Last_SQL_Error",
        "Channel_Name",
        "Connection_name",
        "Source_Host",
        "Master_Port",
    ];
    prop_oneof![9 => proptest::sample::select(KNOWN).prop_map(ToOwned::to_owned), 1 => ".{0,20}"]
}

fn any_rows() -> impl Strategy<Value = Vec<TextRow>> {
    proptest::collection::vec(proptest::collection::vec((any_name(), any_value()), 0..12), 0..4)
}

proptest! {
    #[test]
    fn no_rows_break_a_decoder(rows in any_rows(), on in any::<bool>()) {
        let can = Abilities { switches: SWITCHES[..2].to_vec(), wsrep: on, ..Abilities::default() };
        drop((abilities(&rows), wsrep(&rows, on), group(&rows), heartbeat(&rows)));
        let counted = receiver::heartbeat_tables(&rows);
        drop((receiver::heartbeat_status(&rows), receiver::heartbeat_rows(&rows)));
        let flavor = if on { Flavor::MariaDb } else { Flavor::MySql };
        drop(receiver::receivers(flavor, &rows, rows.first(), on.then_some(&counted)));
        for row in &rows {
            drop(switches(row, &can));
        }
        for channel in channels(&rows).unwrap_or_default() {
            for error in [channel.receiver_error, channel.applier_error].into_iter().flatten() {
                prop_assert!(error.code != 0 && !error.text.contains(char::is_control));
            }
        }
    }

    #[test]
    fn a_lag_is_known_only_when_the_server_says_a_number(lag in any_value()) {
        let columns = [
            ("Slave_IO_Running", Some("Yes")),
            ("Slave_SQL_Running", Some("Yes")),
            ("Seconds_Behind_Master", lag.as_deref()),
        ];
        let read = channels(&[row(&columns)]).map(|mut channels| channels.remove(0).lag);
        match lag.as_deref() {
            None => prop_assert_eq!(read, Ok(None)),
            Some(text) => match text.parse() {
                Ok(number) => prop_assert_eq!(read, Ok(Some(Duration::from_secs(number)))),
                Err(_) => prop_assert!(read.is_err()),
            },
        }
    }
}
