//! Where the configuration comes from.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use healthd_mysql::login::address::{Address, parse_port};

use crate::name::check_name;

/// Where the configuration comes from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SourceArgs {
    /// Read this configuration file [default: /etc/healthd/healthd.toml, if it exists]
    #[arg(long, value_name = "FILE", env = "HEALTHD_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Watch this server instead of those in the file: PORT, NAME=HOST:PORT or NAME=unix:PATH; can be repeated
    #[arg(long = "instance", value_name = "INSTANCE")]
    pub(crate) instances: Vec<InstanceArg>,
    /// Read the credentials from this MySQL option file instead of the usual ones
    #[arg(long, value_name = "FILE")]
    pub(crate) defaults_file: Option<PathBuf>,
    /// Keep maintenance and the sockets in this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

/// An instance of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstanceArg {
    /// Its name; for a bare port, the port.
    pub(crate) name: String,
    /// Its address.
    pub(crate) address: Address,
}

impl FromStr for InstanceArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(port) = parse_port(text) {
            let address = Address::Tcp { host: "127.0.0.1".to_owned(), port };
            return Ok(InstanceArg { name: text.to_owned(), address });
        }
        let (name, address) = text.split_once('=').ok_or("expected PORT, NAME=HOST:PORT or NAME=unix:PATH")?;
        check_name(name).map_err(|error| error.to_string())?;
        let address = address.parse().map_err(|error| format!("{error}"))?;
        Ok(InstanceArg { name: name.to_owned(), address })
    }
}
