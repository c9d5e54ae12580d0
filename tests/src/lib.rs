//! The harness: real servers on this machine. Each has its own directory, ports and socket, and none outlives its test.
//!
//! Bottom up: [`wait`] bounds every wait, [`ports`] and [`workdir`] give each server its place, [`process`] ties it to
//! the life of the test, [`account`] says who it runs as, [`sudo`] who may become whom. [`flavor`] knows the servers,
//! [`template`] makes their data directories, [`builder`] and [`server`] start one, [`session`] holds a connection
//! open, [`replication`], [`mod@galera`] and [`mod@group`] start several. [`skip`] reports what could not be tried
//! here. [`mod@plugin`] runs what monitoring systems run; [`nagios`], [`icinga2`] and [`nrpe`] are such systems, and
//! [`mod@script`] is what they call. [`netns`] and [`disk`] are what a drill takes away from a server; [`stop`] and
//! [`progress`] are for programs that people start.

pub mod account;
pub mod browser;
pub mod builder;
pub mod cgroup;
pub mod disk;
pub mod drill;
mod family;
pub mod flavor;
pub mod galera;
pub mod group;
pub mod haproxy;
pub mod healthd;
pub mod http;
pub mod icinga2;
pub mod mail;
pub mod nagios;
pub mod netns;
pub mod nrpe;
pub mod plugin;
pub mod ports;
pub mod process;
pub mod progress;
pub mod replication;
pub mod script;
pub mod server;
pub mod session;
pub mod skip;
pub mod stop;
pub mod sudo;
pub mod template;
pub mod wait;
pub mod workdir;

pub use browser::Browser;
pub use flavor::Flavor;
pub use galera::{Galera, galera};
pub use group::group;
pub use haproxy::Haproxy;
pub use healthd::Healthd;
pub use icinga2::Icinga2;
pub use nagios::Nagios;
pub use nrpe::Nrpe;
pub use process::Process;
pub use replication::{pair, replicate};
pub use server::Server;
pub use wait::wait_for;
pub use workdir::Workdir;
