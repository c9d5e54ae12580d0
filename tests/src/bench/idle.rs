//! The cost of healthd without requests: it only probes.

use std::time::{Duration, Instant, SystemTime};
use std::{fs, io, thread};

use healthd_tests::{Flavor, Healthd, Server, wait_for};

use crate::report::{Goal, Row, Spread};
use crate::usage::{cpu, resident};

/// How long the measurement without requests lasts.
pub(crate) const LENGTH: Duration = Duration::from_secs(20);
/// Number of instances of the large daemon.
pub(crate) const MANY: u16 = 200;

/// Time until all logins are over.
const SETTLE: Duration = Duration::from_secs(2);

/// Memory, and the share of a core, without requests.
pub(crate) fn idle(healthd: &Healthd, group: &str, memory: Goal, share: Goal) -> io::Result<Vec<Row>> {
    thread::sleep(SETTLE);
    let pid = healthd.process().pid();
    let (begin, before) = (Instant::now(), cpu(pid)?);
    thread::sleep(LENGTH);
    let used = cpu(pid)?.saturating_sub(before);
    let percent = 100.0 * used.as_secs_f64() / begin.elapsed().as_secs_f64();
    let row = |what, value, goal| Row {
        group: group.to_owned(),
        what,
        healthd: Spread::once(value),
        bare: None,
        ratio: None,
        goal: Some(goal),
    };
    Ok(vec![row("RSS MB", resident(pid)?, memory), row("CPU % of a core", percent, share)])
}

/// The cost of a daemon that also reads a log, of which ten thousand lines are there already.
pub(crate) fn with_a_log(server: &Server) -> io::Result<Vec<Row>> {
    let builder = Healthd::builder().instance("m0", server.port(), "");
    let log = builder.file("app.log");
    let now = humantime::format_rfc3339_seconds(SystemTime::now());
    let lines: String = (0..10_000).map(|number| format!("{now} here app: sent mx{}\n", number % 9)).collect();
    fs::write(&log, lines)?;
    let counter = "[[log.counter]]\nname = \"lines\"\nregex = 'sent (?<host>\\w+)'\n";
    let healthd = builder.logs(&format!("[[log]]\nfile = \"{}\"\n{counter}", log.display())).start();
    wait_for("the log is counted", Duration::from_secs(10), || {
        healthd.metric("healthd_log_counter_total{counter=\"lines\",host=\"mx1\"}")
    });
    idle(&healthd, "idle, 1 instance and 1 log", Goal::AtMost(10.0), Goal::Below(0.2))
}

/// A server that listens on this many loopback addresses, and a daemon that watches each address as an instance.
pub(crate) fn many() -> (Server, Healthd) {
    let addresses: Vec<String> = (1..=MANY).map(|last| format!("127.0.0.{last}")).collect();
    let config = format!("bind-address={}\nmax_connections={}", addresses.join(","), MANY * 2);
    let server = Server::builder(Flavor::MariaDb).config(&config).start();
    let mut healthd = Healthd::builder();
    for (address, port) in addresses.iter().zip(20_001..) {
        let settings = format!("port = {port}");
        healthd = healthd.instance_at(&format!("m{port}"), &format!("{address}:{}", server.port()), &settings);
    }
    (server, healthd.start())
}
