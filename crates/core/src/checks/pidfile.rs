use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::facts::local::PidState;

metrics! {
    PID_FILE: "pid_file", None, "1 there, 0 missing, or of a process that is gone or another one";
}

/// See its texts.
pub const CHECK: Check = Check {
    name: "pidfile",
    topic: Topic::Operations,
    about: "whether the pid file is where the server says that it is",
    why: "Scripts for start, stop and log rotation go by it. Without it they take a server that runs for one that does not, and start \
        a second one on the same files, or stop nothing. It vanishes when somebody cleans `/run` or `/tmp`, and with a second server \
        that had the same one. Only a restart of the server writes it again.",
    formula: "1 where the file of `@@pid_file` is there and, if this account may read it, names the process of this \
        server, as far as its socket or its directory tells; otherwise 0, a WARNING",
    metrics: METRICS,
    warning: "1:",
    critical: "",
    named: "",
    needs: &[Need::Variables(&["pid_file", "datadir", "hostname"]), Need::PidFile],
    servers: "all; on the database's machine",
    modes: &[],
    measure: |input| {
        let file = input.local(|facts| facts.pid_file.as_ref())?;
        let path = &file.path;
        let (good, text) = match &file.state {
            PidState::Missing => (false, format!("there is no pid file {path}, and the server runs")),
            PidState::Gone(pid) => (false, format!("pid file {path} names process {pid}, which is not there")),
            PidState::NoNumber => (false, format!("pid file {path} has no number in it")),
            PidState::Another { pid, program } => {
                (false, format!("pid file {path} names process {pid}, which is {program} and no server"))
            }
            PidState::AnotherServer { pid, asked: Some(asked) } => {
                (false, format!("pid file {path} names process {pid}, another server: the one that answers is {asked}"))
            }
            PidState::AnotherServer { pid, asked: None } => {
                (false, format!("pid file {path} names process {pid}, a server with another data directory"))
            }
            PidState::NoFile => (false, format!("{path} is a link, a directory or a pipe, no pid file")),
            PidState::Closed => (true, format!("pid file {path} is there; this account may not read what is in it")),
            PidState::Hidden(pid) => (
                true,
                format!("pid file {path} names process {pid}, not looked at: the server is in another container"),
            ),
            PidState::Runs(pid) => (true, format!("pid file {path} is there, process {pid}")),
        };
        let value = PID_FILE.reading(f64::from(u8::from(good))).between(0.0, 1.0);
        Ok(Finding::new(text, vec![value]))
    },
};
