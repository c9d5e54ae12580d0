use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::local::PidState;
use crate::facts::{Fact as _, Need, PidFile};

metrics! {
    PID_FILE: "pid_file", None, "1: correct; 0: missing, or names a process that is gone or is another one";
}

/// The check `pidfile`.
pub const CHECK: Check = Check {
    name: "pidfile",
    topic: Topic::Operations,
    about: "whether the pid file is where the server says it is",
    why: "Scripts for start, stop and log rotation rely on it. Without it they believe that the server is down, and \
        start a second one on the same files, or stop nothing. It disappears when `/run` or `/tmp` is cleaned, or \
        when a second server used the same file. Only a restart of the server creates it again.",
    formula: "1 if the file `@@pid_file` exists and names the process of this server, as far as the account of the \
        check can see (by its socket or data directory); otherwise 0, which is a WARNING",
    metrics: METRICS,
    warning: "1:",
    critical: "",
    named: "",
    needs: &[Need::Variables(&["pid_file", "datadir", "hostname"]), PidFile::NEED],
    servers: "all; on the database host",
    modes: &[],
    measure: |input| {
        let file = input.get::<PidFile>()?;
        let path = &file.path;
        let (good, text) = match &file.state {
            PidState::Missing => (false, format!("the pid file {path} is missing, but the server runs")),
            PidState::Gone(pid) => (false, format!("pid file {path} names process {pid}, which does not exist")),
            PidState::NoNumber => (false, format!("pid file {path} does not contain a number")),
            PidState::Another { pid, program } => {
                (false, format!("pid file {path} names process {pid}, which is {program}, not a server"))
            }
            PidState::AnotherServer { pid, asked: Some(asked) } => {
                (false, format!("pid file {path} names process {pid}, another server: this one is process {asked}"))
            }
            PidState::AnotherServer { pid, asked: None } => {
                (false, format!("pid file {path} names process {pid}, a server with another data directory"))
            }
            PidState::NoFile => (false, format!("{path} is not a regular file, so not a pid file")),
            PidState::Closed => (true, format!("pid file {path} exists; this account cannot read it")),
            PidState::Hidden(pid) => {
                (true, format!("pid file {path} names process {pid}, not verified: the server is in another container"))
            }
            PidState::Runs(pid) => (true, format!("pid file {path} exists, process {pid}")),
        };
        let value = PID_FILE.reading(f64::from(u8::from(good))).between(0.0, 1.0);
        Ok(Finding::new(text, vec![value]))
    },
};
