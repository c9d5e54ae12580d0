use crate::check::{Cannot, Check, Finding, Metric, Topic, metrics};
use crate::facts::{Fact as _, Need, Owners};
use crate::text::clean::one_line;

/// How many files are named in the line.
const TOLD: usize = 3;

metrics! {
    FOREIGN_FILES: "foreign_files", None, "files and directories that belong to another account";
    FILES: "files", None, "files and directories checked";
}

/// The check `datadir-owner`.
pub const CHECK: Check = Check {
    name: "datadir-owner",
    topic: Topic::Operations,
    about: "files in the data directory that do not belong to the server's account",
    why: "A restore or a copy made as root leaves such files. While the server has them open, nothing fails; the \
        next restart, or the first statement that opens such a table, does. `chown -R mysql:mysql` on them fixes it. \
        Files that packages leave there as root do not count (`debian-*.flag`, `mysql_upgrade_info`, \
        `mariadb_upgrade_info`), nor does `lost+found`. Links are not followed.",
    formula: "files and directories in `@@datadir`, including itself, whose owner is not the account of the server \
        process (found by its pid file). If that account is root or cannot be found, the owner of the directory \
        counts instead",
    metrics: METRICS,
    warning: "0",
    critical: "",
    named: "",
    needs: &[Need::Variables(&["pid_file", "datadir", "hostname"]), Owners::NEED],
    servers: "all; on the database host, as root or as the server's account",
    modes: &[],
    measure: |input| {
        let owners = input.get::<Owners>()?;
        let (path, expected) = (&owners.path, &owners.expected);
        let text = match (owners.strangers, &owners.unseen) {
            (0, Some(why)) => return Err(Cannot::Unseen(why.clone())),
            (0, None) => format!("everything in {path} belongs to {expected} ({} files and directories)", owners.seen),
            (count, unseen) => {
                let told: Vec<String> = owners.first.iter().take(TOLD).map(|name| one_line(name, 80)).collect();
                let more = if owners.strangers > told.len() as u64 { " ..." } else { "" };
                let part = if unseen.is_some() { "; some could not be checked" } else { "" };
                let (files, do_not) =
                    if count == 1 { ("file or directory", "does not") } else { ("files and directories", "do not") };
                format!("{count} {files} in {path} {do_not} belong to {expected}: {}{more}{part}", told.join(", "))
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "no directory has 2^53 files")]
        let reading = |metric: Metric, count: u64| metric.reading(count as f64).between(0.0, None);
        let readings = vec![reading(FOREIGN_FILES, owners.strangers), reading(FILES, owners.seen)];
        Ok(Finding { details: owners.first.clone(), ..Finding::new(text, readings) })
    },
};
