//! Percona's plugins for MySQL (`pmp-check-mysql-…`), one file each. An applet is a struct with its own options, which
//! contains `CommonArgs` and implements `PmpApplet`. Most judge one of our checks with the label of the original plugin
//! (`relabeled`); those that read this machine are in `here`.

mod common;
pub(super) mod deleted_files;
pub(super) mod file_privs;
mod here;
pub(super) mod innodb;
pub(super) mod pidfile;
pub(super) mod processlist;
mod relabeled;
pub(super) mod replication_delay;
pub(super) mod replication_running;
pub(super) mod status;
pub(super) mod table_checksum;
pub(super) mod ts_count;

pub(super) use common::{PmpApplet, run};
