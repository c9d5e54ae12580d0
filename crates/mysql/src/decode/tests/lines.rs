//! The lines of the replication checks for every recorded channel.

use std::fmt::Write as _;

use healthd_core::check::{Input, Settings, judge};
use healthd_core::checks;
use healthd_core::facts::{Channels, Fact as _, Facts, Receivers, StatusVariables, SystemVariables};
use healthd_core::observed::server::Flavor;
use healthd_core::reading::range::Thresholds;
use healthd_core::render::nagios;

use super::super::receiver::*;
use super::*;

/// The recorded answers of a server, each with the name of its file, in order.
fn files(server: &str) -> Vec<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/servers").join(server);
    let names = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("a file").file_name());
    let names = names.map(|name| name.into_string().expect("a plain name"));
    let mut names: Vec<String> =
        names.filter(|name| name.contains("slaves_status") || name.contains("replica_status")).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_check_of_replication_has_a_line_for_every_recorded_channel() {
    let mut text = String::new();
    for (server, flavor) in [("mariadb-10.11.19", Flavor::MariaDb), ("mysql-9.7.4", Flavor::MySql)] {
        for file in files(server) {
            writeln!(text, "{server} {file}").expect("a String takes it");
            let rows = tsv(&recorded(&format!("{server}/{file}")));
            // The tables of MySQL were not recorded, as if they were switched off.
            let heartbeats = (flavor == Flavor::MySql).then(|| Ok(BTreeMap::new()));
            let receivers = receivers(flavor, &rows, None, heartbeats.as_ref());
            let facts = Facts::default()
                .with::<Channels>(channels(&rows).map_err(Into::into))
                .with::<Receivers>(receivers.map_err(Into::into))
                .with::<StatusVariables>(Ok([("Uptime", "1000")].into_iter().collect()))
                .with::<SystemVariables>(Ok([("read_only", "ON"), ("server_id", "99")].into_iter().collect()));
            let settings = Settings::default();
            let input = Input { facts: &facts, before: None, settings: &settings };
            for check in checks::ALL.iter().filter(|check| check.needs.contains(&Channels::NEED)) {
                let range = |text: &str| text.parse().ok();
                let thresholds = Thresholds { warning: range(check.warning), critical: range(check.critical) };
                let line = nagios::plugin(&judge((check.measure)(&input), &thresholds), false);
                writeln!(text, "  {}: {line}", check.name).expect("a String takes it");
            }
        }
    }
    insta::assert_snapshot!(text);
}
