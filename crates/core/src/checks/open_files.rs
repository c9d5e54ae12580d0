use std::time::Duration;

use crate::check::{Cannot, Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    OPEN_FILES_USED: "open_files_used", Percent, "open files, in percent of the limit";
    OPEN_FILES: "open_files", None, "open files";
}

pub(super) const CHECK: Check = Check {
    name: "open-files",
    topic: Topic::Caches,
    about: "open files, in percent of the limit",
    why: "At the limit, tables cannot be opened and statements fail. Raise `open_files_limit`, which the service \
        manager may cap (`LimitNOFILE`), or lower `table_open_cache`. InnoDB has its own limit, \
        `innodb_open_files`.",
    formula: "100 · `Open_files` / `open_files_limit`",
    metrics: METRICS,
    warning: "80",
    critical: "95",
    named: "",
    needs: &[Need::Status(&["Open_files"]), Need::Variables(&["open_files_limit"])],
    servers: "all",
    modes: &[Mode {
        names: &["open-files"],
        warning: "80",
        critical: "95",
        labels: &[
            Label::new(OPEN_FILES_USED, "pct_open_files", Unit::Percent, 3),
            Label::new(OPEN_FILES, "open_files", Unit::None, 0),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let (open, limit) = (input.status("Open_files")?, input.variable("open_files_limit")?);
        if limit <= 0.0 {
            return Err(Cannot::NotHere("this server has no limit on open files".to_owned()));
        }
        let used = 100.0 * open / limit;
        Ok(Finding::new(
            format!("{open} of {limit} files open ({used:.2} %)"),
            vec![OPEN_FILES_USED.reading(used).between(0.0, 100.0), OPEN_FILES.reading(open).between(0.0, limit)],
        ))
    },
};
