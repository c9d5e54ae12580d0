//! A log that a test writes, and what healthd counted in it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use healthd_tests::healthd::Builder;
use healthd_tests::{Healthd, wait_for};
use serde_json::Value;

/// healthd looks at a log every second.
pub(super) const SOON: Duration = Duration::from_secs(60);

/// A log.
#[derive(Debug, Clone)]
pub(super) struct Log {
    pub(super) path: PathBuf,
}

/// A daemon without a database that counts `sent HOST` as `lines`, with further tables.
pub(super) fn counting(more: &str) -> (Healthd, Log) {
    counting_with(Healthd::builder(), more)
}

/// The same of a daemon that is configured further.
pub(super) fn counting_with(builder: Builder, more: &str) -> (Healthd, Log) {
    let log = Log { path: builder.file("app.log") };
    log.write("");
    let toml = format!("{}{more}", log.table());
    (builder.logs(&toml).start(), log)
}

impl Log {
    /// Another one in the same directory.
    pub(super) fn beside(log: &Log, name: &str) -> Log {
        let other = Log { path: log.path.with_file_name(name) };
        other.write("");
        other
    }

    /// The configuration that counts it.
    pub(super) fn table(&self) -> String {
        format!(
            "[[log]]\nfile = \"{}\"\n[[log.counter]]\nname = \"lines\"\nregex = ' sent (?<host>\\w+)'\n",
            self.name()
        )
    }

    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// A line of this moment.
    pub(super) fn line(&self, text: &str) -> String {
        format!("{} here app: {text}\n", humantime::format_rfc3339_seconds(SystemTime::now()))
    }

    /// Appends a line so many times.
    pub(super) fn append(&self, text: &str, times: usize) {
        self.write(&self.line(text).repeat(times));
    }

    /// Appends text as it is.
    pub(super) fn write(&self, text: &str) {
        let mut file =
            OpenOptions::new().create(true).append(true).open(&self.path).expect("the directory is writable");
        file.write_all(text.as_bytes()).expect("the log is writable");
    }

    /// Renames it to `.1` and makes a new one. The old one.
    pub(super) fn rotate(&self) -> Log {
        let old = Log { path: PathBuf::from(format!("{}.1", self.name())) };
        fs::rename(&self.path, &old.path).expect("the directory is writable");
        self.write("");
        old
    }

    /// Waits until a counter has this sum since the test began, or fails if it has more.
    #[track_caller]
    pub(super) fn await_sum(&self, healthd: &Healthd, counter: &str, labels: &str, sum: u64) {
        wait_for(&format!("{counter}{labels} {sum}"), SOON, || {
            let answer = healthd.get(&format!("/api/window?counter={counter}{labels}"));
            // A counter that a reload brings is not known at once.
            if answer.status == 404 {
                return Err(answer.body);
            }
            assert_eq!(answer.status, 200, "{}", answer.body);
            let window: Value = serde_json::from_str(&answer.body).expect("JSON");
            let found = window["sum"].as_u64().unwrap_or(0) + window["since"].as_u64().unwrap_or(0);
            assert!(found <= sum, "counted twice: {window}");
            if found == sum { Ok(()) } else { Err(window.to_string()) }
        });
    }

    /// Waits until its counter has a fault.
    #[track_caller]
    pub(super) fn await_fault(&self, healthd: &Healthd) -> String {
        wait_for("a fault", SOON, || {
            let window = window(healthd, "counter=lines");
            window["fault"].as_str().map(str::to_owned).ok_or_else(|| window.to_string())
        })
    }
}

/// What `/api/window` says.
#[track_caller]
pub(super) fn window(healthd: &Healthd, query: &str) -> Value {
    let answer = healthd.get(&format!("/api/window?{query}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}
