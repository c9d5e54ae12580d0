//! The suites: the real daemon against real servers and a real HAProxy.

mod turn;

mod checks;
mod command_line;
mod configuration;
mod documents;
mod drill;
mod faults;
mod flavors;
mod floods;
mod haproxy;
mod icinga_files;
mod lifecycle;
mod logins;
mod maintenance;
mod monitoring;
mod nagios_files;
mod pages;
mod peers;
mod peers_health;
mod peers_pmp;
mod plugin_endings;
mod plugin_replica;
mod plugins;
mod positions;
mod replicas;
mod standings;
mod writer;
