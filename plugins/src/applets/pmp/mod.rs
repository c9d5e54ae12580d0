//! Percona's plugins for MySQL (`pmp-check-mysql-…`): their options and states, one file each. [`common`] is what they share: a
//! applet is its own options, which take in [`common::Common`], and an implementation of [`common::PmpApplet`].

mod common;
pub(super) mod deleted_files;
pub(super) mod file_privs;
mod here;
pub(super) mod innodb;
mod judged;
pub(super) mod pidfile;
pub(super) mod processlist;
pub(super) mod replication_delay;
pub(super) mod replication_running;
pub(super) mod status;
pub(super) mod table_checksum;
pub(super) mod ts_count;

pub(super) use common::{PmpApplet, run};
