//! Compares our plugins with the check_mysql of the Monitoring Plugins, which is written in C: the same server, over
//! TCP, in turns.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use healthd_tests::Server;

use crate::report::{Goal, Row, Spread};
use crate::sibling;

const ORIGINAL: &str = "/usr/lib/nagios/plugins/check_mysql";
/// Rounds, and runs of each plugin in a round.
pub(crate) const ROUNDS: usize = 9;
const RUNS: usize = 20;
/// Size of the executable in megabytes.
const LARGEST: f64 = 6.0;

/// Wall time and CPU time in milliseconds, and memory in MB: the medians of a round.
type Cost = [f64; 3];

const UNITS: [&str; 3] = ["wall ms", "CPU ms", "RSS MB"];

/// The plugins as they are installed: built with the profile for plugins.
fn built_small() -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(2).ok_or(io::ErrorKind::NotFound)?;
    Ok(target.join("plugins/healthd-plugins"))
}

/// Compares the plugins, if the original plugin is installed.
pub(crate) fn plugins(server: &Server, each_round: impl Fn()) -> io::Result<Vec<Row>> {
    let ours = built_small()?;
    let size = std::fs::metadata(&ours)?.len();
    let mut rows = vec![Row {
        group: "plugins".to_owned(),
        what: "executable MB",
        healthd: Spread::once(size as f64 / 1e6),
        bare: None,
        ratio: None,
        goal: Some(Goal::Below(LARGEST)),
    }];
    if !Path::new(ORIGINAL).exists() {
        return Ok(rows);
    }
    server.sql(
        "CREATE USER IF NOT EXISTS bench@127.0.0.1 IDENTIFIED BY 'bench'; GRANT SLAVE MONITOR ON *.* TO \
                bench@127.0.0.1",
    );
    let port = server.port().to_string();
    let login = ["-H", "127.0.0.1", "-P", &port, "-u", "bench", "-p", "bench"];
    let original: (PathBuf, Vec<&str>) = (ORIGINAL.into(), login.to_vec());
    let one = (ours.clone(), [&["check_my", "threads-running"][..], &login].concat());
    let all = (ours, [&["check_my", "health"][..], &login].concat());
    let mut costs: [Vec<Cost>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (costs, (program, arguments)) in costs.iter_mut().zip([&original, &one, &all]) {
            costs.push(cost(program, arguments)?);
        }
        each_round();
    }
    let [original, one, all] = costs;
    for (group, ours, goals) in [
        ("check_my threads-running / check_mysql", &one, [0.6, 0.6, 0.8]),
        ("check_my health / check_mysql", &all, [1.5, 1.5, 1.5]),
    ] {
        for (unit, what) in UNITS.into_iter().enumerate() {
            let column = |costs: &[Cost]| Spread::of(costs.iter().map(|cost| cost[unit]));
            rows.push(Row {
                group: group.to_owned(),
                what,
                healthd: column(ours),
                bare: Some(column(&original)),
                ratio: Some(Spread::of(ours.iter().zip(&original).map(|(ours, original)| ours[unit] / original[unit]))),
                goal: Some(Goal::AtMost(goals[unit])),
            });
        }
    }
    Ok(rows)
}

fn cost(program: &Path, arguments: &[&str]) -> io::Result<Cost> {
    let mut command = Command::new(sibling("cost-of")?);
    let output = command.arg(RUNS.to_string()).arg(program).args(arguments).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("{} {arguments:?} is not OK", program.display())));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let runs: Vec<Vec<f64>> =
        text.lines().map(|line| line.split(' ').filter_map(|number| number.parse().ok()).collect()).collect();
    let median = |unit: usize| Spread::of(runs.iter().filter_map(|run| run.get(unit)).copied()).median();
    Ok([median(0) / 1_000.0, median(1) / 1_000.0, median(2) * 1_024.0 / 1e6])
}
