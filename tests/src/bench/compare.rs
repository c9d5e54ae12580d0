//! Puts two servers under the same load, in short rounds that alternate, so that a disturbance of the machine affects
//! both.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::load::load;
use crate::report::{Goal, Row, Spread};
use crate::usage::cpu;

/// Rounds per number of clients. An odd number, so that the median is one of them.
pub(crate) const ROUNDS: usize = 11;
/// Long enough for thousands of requests, short enough for a disturbance to hit few rounds.
pub(crate) const ROUND: Duration = Duration::from_millis(1200);
/// Numbers of concurrent clients.
pub(crate) const CLIENTS: [usize; 3] = [1, 16, 128];

const WARM_UP: Duration = Duration::from_millis(200);

/// A server to measure.
#[derive(Debug)]
pub(crate) struct Subject {
    /// Its address.
    pub(crate) address: SocketAddr,
    /// The process whose time counts.
    pub(crate) pid: u32,
    /// The request that it gets.
    pub(crate) request: String,
}

/// The results of one round.
#[derive(Debug, Clone, Copy)]
struct Sample {
    rate: f64,
    cpu_micros: f64,
    median: f64,
    slow: f64,
}

impl Subject {
    fn measure(&self, clients: usize) -> io::Result<Sample> {
        load(self.address, &self.request, clients, WARM_UP)?;
        let before = cpu(self.pid)?;
        let load = load(self.address, &self.request, clients, ROUND)?;
        let used = cpu(self.pid)?.saturating_sub(before);
        Ok(Sample {
            rate: load.rate(),
            cpu_micros: used.as_secs_f64() * 1e6 / load.requests(),
            median: load.percentile(50),
            slow: load.percentile(99),
        })
    }
}

/// Measures both servers with this many clients. Calls `tick` after each round.
pub(crate) fn compare(healthd: &Subject, bare: &Subject, clients: usize, tick: impl Fn()) -> io::Result<Vec<Row>> {
    let mut pairs = Vec::new();
    for round in 0..ROUNDS {
        // The servers take turns in being the second.
        let pair = if round % 2 == 0 {
            let first = healthd.measure(clients)?;
            (first, bare.measure(clients)?)
        } else {
            let first = bare.measure(clients)?;
            (healthd.measure(clients)?, first)
        };
        pairs.push(pair);
        tick();
    }
    let row = |what, pick: fn(&Sample) -> f64, goal| Row {
        group: format!("{clients} at a time"),
        what,
        healthd: Spread::of(pairs.iter().map(|(healthd, _)| pick(healthd))),
        bare: Some(Spread::of(pairs.iter().map(|(_, bare)| pick(bare)))),
        ratio: Some(Spread::of(pairs.iter().map(|(healthd, bare)| pick(healthd) / pick(bare)))),
        goal,
    };
    Ok(vec![
        row("requests/s", |sample| sample.rate, Some(Goal::AtLeast(0.85))),
        row("CPU us/request", |sample| sample.cpu_micros, Some(Goal::AtMost(1.2))),
        row("p50 us", |sample| sample.median, None),
        row("p99 us", |sample| sample.slow, (clients == 16).then_some(Goal::Below(2.0))),
    ])
}
