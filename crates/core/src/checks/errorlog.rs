use crate::check::{Cannot, Check, Finding, Input, Metric, Topic, metrics};
use crate::facts::Need;
use crate::facts::error_log::{ErrorLog, Logged};
use crate::reading::counted;
use crate::reading::outcome::Outcome;
use crate::text::duration::short;

metrics! {
    ERRORS: "errors", None, "errors";
    WARNINGS: "warnings", None, "warnings";
    CRASHES: "crashes", None, "crashes; CRITICAL whatever the thresholds are";
}

pub(super) const CHECK: Check = Check {
    name: "errorlog",
    topic: Topic::Availability,
    about: "errors that the server has logged in the last time, and whether it has crashed",
    why: "Broken pages, tables marked as crashed, a disk that is full, a replica that stopped: the log says them first, and often nothing \
        else does. A server that crashes and is started again within seconds looks fine to every other check; the marks that its end \
        and its next start leave are CRITICAL within `--within` (10 minutes unless told otherwise; let it be longer than the time \
        between two runs). After a rotation without `FLUSH LOGS` a server writes on into the old file, and the new one says nothing: \
        [deleted-files](deleted-files.md) sees that.",
    formula: "the rows with `PRIO` = `Error` in `performance_schema.error_log` (MySQL 8.0.22 and later), elsewhere the lines with \
        `[ERROR]` in the last 4 MiB of the file of `@@log_error`, none older than `--within`. Crashes: `got signal`, `Recovering after a \
        crash`, `Starting crash recovery` and the like, `Database was not shutdown normally`, but not after a Galera state transfer, whose files \
        look like those of a crash",
    metrics: METRICS,
    warning: "0",
    critical: "",
    named: "",
    needs: &[Need::Variables(&["log_error", "datadir", "hostname"]), Need::ErrorLog, Need::ErrorFile],
    servers: "all; before MySQL 8.0.22 and on MariaDB on the database's machine, as an account that may read the file",
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
            text = format!("the server has crashed or was killed, {times}; {text}");
        }
        if let Some((age, newest)) = &logged.newest {
            text = format!("{text}; the newest error, {} ago: {newest}", short(*age));
        }
        #[expect(clippy::cast_precision_loss, reason = "no log of 4 MiB has 2^53 lines")]
        let reading = |metric: Metric, count: u64| metric.reading(count as f64).between(0.0, None);
        let readings = vec![reading(ERRORS, errors), reading(WARNINGS, warnings), reading(CRASHES, crashes)];
        let least = if crashes > 0 { Outcome::Critical } else { Outcome::Ok };
        Ok(Finding::new(text, readings).at_least(least))
    },
};

fn logged<'a>(input: &Input<'a>) -> Result<&'a Logged, Cannot> {
    if let ErrorLog::Table(logged) = input.error_log()? {
        return Ok(logged);
    }
    match input.variable_values()?.text("log_error").unwrap_or_default() {
        place @ ("" | "stderr" | "/dev/stderr" | "/dev/stdout") => {
            let place = if place.is_empty() { "stderr" } else { place };
            Err(Cannot::Usage(format!(
                "this server writes its errors to {place}: under systemd they are in the journal (journalctl -p err -u mariadb, or \
                 mysql), in a container in its log; set log_error to a file and restart, or watch the journal instead"
            )))
        }
        _ => input.local(|facts| facts.error_file.as_ref()),
    }
}
