//! The cost of healthd without requests: it only probes.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use healthd_tests::{Flavor, Healthd, Server};

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
