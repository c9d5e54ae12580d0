use crate::check::{Cannot, Check, Finding, Metric, Topic};
use crate::facts::Need;
use crate::reading::{Reading, Unit};
use crate::text::clean::one_line;

/// How many are told in the line.
const TOLD: usize = 3;

/// See its texts.
pub const CHECK: Check = Check {
    name: "datadir-owner",
    topic: Topic::Operations,
    about: "files in the data directory that do not belong to the server's account",
    why: "A restore or a copy as root leaves them, and nobody notices as long as the server has them open: the next restart, or the \
        first statement that opens such a table, fails. `chown -R mysql:mysql` on them mends it. What packages leave there as root \
        does not count (`debian-*.flag`, `mysql_upgrade_info`, `mariadb_upgrade_info`), nor `lost+found`; links are not followed.",
    formula: "files and directories below `@@datadir`, itself included, whose owner is not the account that the server's process runs \
        as (found by its pid file); where that is root or cannot be found, the owner of the directory",
    metrics: &[
        Metric { label: "foreign_files", unit: Unit::None, about: "files and directories of another account" },
        Metric { label: "files", unit: Unit::None, about: "files and directories that were looked at" },
    ],
    warning: "0",
    critical: "",
    named: "",
    needs: &[Need::Variables(&["pid_file", "datadir", "hostname"]), Need::Owners],
    servers: "all; on the database's machine, as root or as the server's account",
    modes: &[],
    measure: |input| {
        let owners = input.local(|facts| facts.owners.as_ref())?;
        let (path, expected) = (&owners.path, &owners.expected);
        let text = match (owners.strangers, &owners.unseen) {
            (0, Some(why)) => return Err(Cannot::Unseen(why.clone())),
            (0, None) => format!("all of {path} belongs to {expected} ({} files and directories)", owners.seen),
            (count, unseen) => {
                let told: Vec<String> = owners.first.iter().take(TOLD).map(|name| one_line(name, 80)).collect();
                let more = if owners.strangers > told.len() as u64 { " ..." } else { "" };
                let part = if unseen.is_some() { ", and not everything could be looked at" } else { "" };
                let do_not = if count == 1 { "does not" } else { "do not" };
                format!("{count} in {path} {do_not} belong to {expected}: {}{more}{part}", told.join(", "))
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "no directory has 2^53 files")]
        let reading = |label, count: u64| Reading::new(label, count as f64, Unit::None).between(0.0, None);
        let readings = vec![reading("foreign_files", owners.strangers), reading("files", owners.seen)];
        Ok(Finding { details: owners.first.clone(), ..Finding::new(text, readings) })
    },
};
