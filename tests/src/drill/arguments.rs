//! The command line of the drill.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use super::configuration::{Configuration, Pace};
use super::fault::Fault;
use crate::Flavor;
use crate::haproxy::Build;

/// Inflict one fault after the other, under load, on two databases with healthd and HAProxy
#[derive(Debug, Clone, Parser)]
#[command(name = "drill")]
pub struct Arguments {
    /// Sites to drill: 2010, peers, async, semisync, or several with commas
    #[arg(long, value_delimiter = ',', default_value = "2010")]
    pub config: Vec<Configuration>,
    /// Database: mariadb, mariadb-11.8 or mysql-9.7
    #[arg(long, default_value = "mariadb", value_parser = flavor)]
    pub flavor: Flavor,
    /// Number of rounds for each site
    #[arg(long, default_value_t = 20)]
    pub rounds: usize,
    /// Repeat the order and the lengths of the faults of the run that printed this seed [default: from the clock]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Only this fault, or several with commas
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<Fault>,
    /// Number of HAProxys, each with half of the clients: 1 or 2
    #[arg(long, default_value_t = 1, value_parser = proxies)]
    pub proxies: usize,
    /// Version of HAProxy: system, 3.0, or sid for the newest
    #[arg(long, default_value = "system", value_parser = haproxy)]
    pub haproxy: Build,
    /// Repair no fault before it has lasted this long, such as 12s: longer than every time limit of the rules
    #[arg(long, default_value = "0s", value_parser = humantime::parse_duration)]
    pub hold: Duration,
    /// HAProxy's `inter` [default: as in the shipped file; 5s for 2010]
    #[arg(long, value_parser = humantime::parse_duration)]
    pub inter: Option<Duration>,
    /// HAProxy's `rise` [default: as in the shipped file; 3 for 2010]
    #[arg(long)]
    pub rise: Option<u32>,
    /// HAProxy's `fall` [default: as in the shipped file; 3 for 2010]
    #[arg(long)]
    pub fall: Option<u32>,
    /// Also write all rounds to this file
    #[arg(long)]
    pub json: Option<PathBuf>,
}

impl Arguments {
    /// How HAProxy checks servers in a configuration.
    pub(crate) fn pace(&self, configuration: Configuration) -> Pace {
        let Pace { inter, rise, fall } = configuration.pace();
        Pace { inter: self.inter.unwrap_or(inter), rise: self.rise.unwrap_or(rise), fall: self.fall.unwrap_or(fall) }
    }

    /// The faults of a configuration.
    pub(crate) fn faults(&self, configuration: Configuration) -> Vec<Fault> {
        let mut faults = Fault::all_of(configuration, self.proxies);
        if !self.only.is_empty() {
            faults.retain(|fault| self.only.contains(fault));
        }
        faults
    }
}

fn proxies(number: &str) -> Result<usize, String> {
    match number.parse() {
        Ok(proxies @ 1..=2) => Ok(proxies),
        _ => Err("there are 1 or 2".to_owned()),
    }
}

fn haproxy(name: &str) -> Result<Build, String> {
    let found = Build::ALL.into_iter().find(|build| build.name() == name);
    found.ok_or_else(|| "there are system, 3.0 and sid".to_owned())
}

fn flavor(name: &str) -> Result<Flavor, String> {
    let found = Flavor::ALL.into_iter().find(|flavor| flavor.name() == name && *flavor != Flavor::MySql56);
    found.ok_or_else(|| "there are mariadb, mariadb-11.8 and mysql-9.7".to_owned())
}
