//! How many statements a plugin sends to a server.

use healthd_core::checks;
use healthd_core::facts::Need;
use healthd_tests::plugin::plugin;
use healthd_tests::{Flavor, Server, Workdir, pair};

use crate::plugins::PERCONA;
use crate::{flavors, turn};

/// These checks take one statement more: whether index use is counted is a separate question.
const ONE_MORE: &str = "unused-indexes";

/// The statements of one account. Statements that only prepare the session do not count.
fn statements(server: &Server) -> Vec<String> {
    let rows = server.sql(
        "SELECT CONVERT(argument USING utf8) FROM mysql.general_log WHERE user_host LIKE 'counted%' \
         AND command_type IN ('Query', 'Prepare', 'Execute') AND CONVERT(argument USING utf8) NOT LIKE 'SET %'",
    );
    server.sql("TRUNCATE mysql.general_log");
    rows.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn a_check_takes_three_statements_at_most_and_health_six() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "statements of plugins", |flavor| {
        let (source, replica) = pair(flavor);
        let state = Workdir::new("plugins");
        source.sql(PERCONA);
        replica.sql(
            "CREATE USER counted@localhost IDENTIFIED BY 'counted'; GRANT ALL ON *.* TO counted@localhost; \
             SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON",
        );
        let socket = replica.socket().display().to_string();
        let asked = |words: &[&str]| {
            let login = ["-S", &socket, "-u", "counted", "-p", "counted", "--timeout", "20"];
            let answered = plugin("check_my", &[words, &login].concat(), &state);
            (answered, statements(&replica))
        };
        statements(&replica);
        let mut wrong = Vec::new();
        for check in checks::ALL.iter().filter(|check| !check.needs.iter().all(Need::is_local)) {
            let own: &[&str] = if check.name == "status" { &["--name", "Uptime/max_connections"] } else { &[] };
            let (answered, statements) = asked(&[&[check.name], own].concat());
            let logs_in_alone = ["ping", "connection-time"].contains(&check.name);
            let not_there = check.name == "group-replication" && flavor != Flavor::MySql97;
            let (least, most) = (usize::from(!logs_in_alone && !not_there), 3 + usize::from(check.name == ONE_MORE));
            if !(least..=most).contains(&statements.len()) {
                wrong.push((check.name, answered.line, statements));
            }
        }
        assert!(wrong.is_empty(), "{flavor:?} {wrong:#?}");
        let (answered, statements) = asked(&["health"]);
        assert!((1..=6).contains(&statements.len()), "{flavor:?} {answered:?}\n{statements:#?}");
    });
}
