use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::{DeletedFiles, Fact as _, Need};
use crate::reading::{self, bytes, counted};
use crate::text::clean::one_line;

/// How many files are named in the line.
const TOLD: usize = 3;

metrics! {
    DELETED_FILES: "deleted_files", None, "deleted files that are open";
    DELETED_SIZE: "deleted_size", Bytes, "their total size";
}

/// The check `deleted-files`.
pub const CHECK: Check = Check {
    name: "deleted-files",
    topic: Topic::Operations,
    about: "deleted files that the server still holds open",
    why: "Files were removed while the server was running. The server keeps writing to them, and everything in them \
        is lost when it stops. Do not restart it: dump its data first, or copy the files from `/proc/PID/fd`. A \
        rotated log only costs disk space: run `FLUSH LOGS`. Temporary files that a server deletes while it has them \
        open do not count.",
    formula: "entries marked `(deleted)` in `/proc/PID/fd` of the process that the pid file names, read twice half a \
        second apart. Files in `@@tmpdir`, `@@innodb_tmpdir` and similar directories do not count, nor do files \
        named like the server's own temporary files",
    metrics: METRICS,
    warning: "",
    critical: "0",
    named: "",
    needs: &[
        Need::Variables(&[
            "pid_file",
            "datadir",
            "tmpdir",
            "innodb_tmpdir",
            "slave_load_tmpdir",
            "replica_load_tmpdir",
            "hostname",
        ]),
        DeletedFiles::NEED,
    ],
    servers: "all, on Linux; on the database host, as root or as the server's account",
    modes: &[],
    measure: |input| {
        let held = input.get::<DeletedFiles>()?;
        let size = held.files.iter().map(|(_, size)| size).fold(0_u64, |sum, size| sum.saturating_add(*size));
        let text = match held.files.as_slice() {
            [] => format!("process {} holds no deleted files open", held.pid),
            files => {
                let told: Vec<String> = files.iter().take(TOLD).map(|(name, _)| one_line(name, 80)).collect();
                let more = if files.len() > TOLD { " ..." } else { "" };
                let (count, pid, size) = (reading::count(files.len()), held.pid, bytes(size));
                let held = counted(count, "deleted file", "deleted files");
                format!("process {pid} holds {held} open, {size}: {}{more}", told.join(", "))
            }
        };
        let details = held.files.iter().map(|(name, size)| format!("{name}, {}", bytes(*size))).collect();
        #[expect(clippy::cast_precision_loss, reason = "no process has 2^53 files, nor bytes in them")]
        let readings = vec![
            DELETED_FILES.reading(held.files.len() as f64).between(0.0, None),
            DELETED_SIZE.reading(size as f64).between(0.0, None),
        ];
        Ok(Finding { details, ..Finding::new(text, readings) })
    },
};
