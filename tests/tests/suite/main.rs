//! The suites: the real daemon against real servers and a real HAProxy.

mod turn;

mod asking_the_daemon;
mod backups;
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
mod local_files;
mod logins;
mod maintenance;
mod monitoring;
mod nagios_files;
mod native_checks;
mod pages;
mod peers;
mod peers_health;
mod peers_pmp;
mod plugin_endings;
mod plugin_replica;
mod plugins;
mod plugins_inside;
mod positions;
mod replicas;
mod standings;
mod writer;
