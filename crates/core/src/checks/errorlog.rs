use crate::check::{Cannot, Check, Finding, Input, Metric, Topic, metrics};
use crate::facts::{ErrorFile, ErrorLog, Fact as _, Logged, Need};

use crate::reading::counted;
use crate::reading::outcome::Outcome;
use crate::text::duration::short;

metrics! {
    ERRORS: "errors", None, "errors";
    WARNINGS: "warnings", None, "warnings";
    CRASHES: "crashes", None, "crashes; always CRITICAL, whatever the thresholds";
}

pub(super) const CHECK: Check = Check {
    name: "errorlog",
    topic: Topic::Availability,
    about: "errors that the server logged recently, and whether it crashed",
    why: "Broken pages, tables marked as crashed, a full disk, a stopped replica: the error log reports them first, \
        and often nothing else does. A server that crashes and restarts within seconds looks fine to every other \
        check. A crash in the log is CRITICAL for the time `--within` (default 10 minutes); set it longer than the \
        interval between two runs. After a rotation without `FLUSH LOGS`, the server keeps writing to the old file \
        and the new one stays empty: [deleted-files](deleted-files.md) reports that.\n\n\
        Entries older than `--within` do not count. MySQL 8.0.22 and later have them in \
        `performance_schema.error_log`. For other servers, the check reads the last 4 MiB of the file \
        `@@log_error`.\n\n\
        Messages that count as a crash: `got signal`, `Recovering after a crash`, `Starting crash recovery`, \
        `Database was not shutdown normally` and similar ones. After a Galera state transfer they do not count, \
        because its files look like those of a crash.",
    formula: "rows with `PRIO` = `Error` (MySQL 8.0.22 and later), elsewhere lines with `[ERROR]`",
    metrics: METRICS,
    warning: "0",
    critical: "",
    named: "",
    needs: &[Need::Variables(&["log_error", "datadir", "hostname"]), ErrorLog::NEED, ErrorFile::NEED],
    servers: "MySQL 8.0.22 and later; earlier ones and MariaDB on the database host, with an account that can read \
        the file",
    modes: &[],
    measure: |input| {
        let logged = logged(input)?;
        let within = short(input.settings.logged_within());
        let least = if logged.cut { "at least " } else { "" };
        let (errors, warnings, crashes) = (logged.errors, logged.warnings, logged.crashes);
        #[expect(clippy::cast_precision_loss, reason = "no log of 4 MiB has 2^53 lines")]
        let (told, warned) =
            (counted(errors as f64, "error", "errors"), counted(warnings as f64, "warning", "warnings"));
        let mut text = format!("{least}{told} and {warned} within {within} in {}", logged.place);
        if crashes > 0 {
            let times = if crashes == 1 { "once".to_owned() } else { format!("{crashes} times") };
            text = format!("the server crashed or was killed {times}; {text}");
        }
        if let Some((age, newest)) = &logged.newest {
            text = format!("{text}; newest error {} ago: {newest}", short(*age));
        }
        #[expect(clippy::cast_precision_loss, reason = "no log of 4 MiB has 2^53 lines")]
        let reading = |metric: Metric, count: u64| metric.reading(count as f64).between(0.0, None);
        let readings = vec![reading(ERRORS, errors), reading(WARNINGS, warnings), reading(CRASHES, crashes)];
        let least = if crashes > 0 { Outcome::Critical } else { Outcome::Ok };
        Ok(Finding::new(text, readings).at_least(least))
    },
};

fn logged<'a>(input: &Input<'a>) -> Result<&'a Logged, Cannot> {
    if let ErrorLog::Table(logged) = input.get::<ErrorLog>()? {
        return Ok(logged);
    }
    match input.variable_values()?.text("log_error").unwrap_or_default() {
        place @ ("" | "stderr" | "/dev/stderr" | "/dev/stdout") => {
            let place = if place.is_empty() { "stderr" } else { place };
            Err(Cannot::Usage(format!(
                "this server writes its errors to {place}: see the journal \
                 (journalctl -p err -u mariadb, or mysql), or the container's log. Set log_error to a file and restart \
                 the server, or watch the journal instead"
            )))
        }
        _ => input.get::<ErrorFile>(),
    }
}
