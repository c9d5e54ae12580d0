//! Runs every command of the plugins in the documents. Only names, ports and files of the servers are those of the
//! test.

use std::fs;
use std::process::Command;
use std::time::Duration;

use healthd_tests::plugin::{answer, executable};
use healthd_tests::{Flavor, Healthd, Workdir, pair, wait_for};

use crate::documents::blocks;
use crate::plugins::check_my;
use crate::turn;

/// The option file that the documents name.
const MANUAL: &str = "/etc/healthd/monitoring.cnf";

#[test]
fn every_command_of_a_plugin_in_the_documents_runs() {
    let _turn = turn::shared();
    let (source, replica) = pair(Flavor::MariaDb);
    let healthd = Healthd::watching(&replica);
    let dir = Workdir::new("documents");
    let options = dir.join("monitoring.cnf");
    fs::write(&options, "[client]\nuser=monitoring\npassword=p\n").expect("it is ours");
    source.sql(
        "CREATE DATABASE shop; CREATE TABLE shop.queue (age INT); CREATE USER monitoring@'127.0.0.1' IDENTIFIED BY \
         'p'; \
         GRANT SLAVE MONITOR, PROCESS ON *.* TO monitoring@'127.0.0.1'; GRANT SELECT ON shop.* TO \
         monitoring@'127.0.0.1'; \
         INSERT INTO shop.queue VALUES (7)",
    );
    wait_for("the replica runs", Duration::from_secs(20), || match check_my(&replica, &dir, &["replica-running"]) {
        answered if answered.code == Some(0) => Ok(()),
        other => Err(other.line),
    });
    let of_server = |port: u16| format!("127.0.0.1 -P {port} --defaults-file {}", options.display());
    let mut run = 0;
    for file in ["README.md", "docs/nagios.md"] {
        for line in blocks(file, "text").iter().flat_map(|block| block.lines()) {
            let command = line.split("   #").next().unwrap_or_default().trim();
            if !["check_", "pmp-check-"].iter().any(|name| command.starts_with(name)) {
                continue;
            }
            let here = command
                .replace(&format!(" --defaults-file {MANUAL}"), "")
                .replace("http://db1:31337", &format!("http://{}", healthd.http))
                .replace("-P 3307", &format!("-P {}", replica.port()))
                .replace("-H db1", &format!("-H {}", of_server(source.port())))
                .replace("-H db2", &format!("-H {}", of_server(replica.port())));
            // The command without an address asks the healthd of this machine.
            let here = match here.contains("--daemon ") && !here.contains("http://") || here.ends_with("--daemon") {
                true => here.replace("--daemon", &format!("--daemon {}", healthd.file("state/query.sock").display())),
                false => here,
            };
            // A shell splits the words.
            let words = format!("exec {} {here}", executable().display());
            let answered = answer(Command::new("sh").args(["-c", &words]).env("STATE_DIRECTORY", dir.path()));
            // A list is not an answer. All other commands have one: the servers are healthy, but have only just
            // started.
            let expected = if command.ends_with("--list") { 3..=3 } else { 0..=1 };
            assert!(
                answered.code.is_some_and(|code| expected.contains(&code)),
                "{file}: {command}\n{here}\n{answered:?}"
            );
            run += 1;
        }
    }
    assert!(run >= 8, "only {run} commands were found");
}
