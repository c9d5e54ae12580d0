//! The documentation of reason codes, made from their entries.

use std::fmt::Write as _;

use crate::verdict::code::{Chapter, ReasonCode, ReasonEntry};
use crate::verdict::role::Role;
use crate::verdict::severity::Severity;

/// `docs/reasons.md`.
pub fn page() -> String {
    let mut page = "# Every reason code\n\nGenerated from `crates/core/src/verdict/code.rs`.\n\n\
        The body of a failing check is `down CODE: text`, the agent's line `down #CODE: text`. The code is stable;\n\
        the text is for people. `healthd check NAME --role ROLE` shows every gate with what was measured. The column\n\
        *monitoring* is the outcome of [`check_my health --daemon`](nagios.md#asking-the-daemon).\n"
        .to_owned();
    for chapter in Chapter::ALL {
        write!(page, "\n## {}\n\n", title(chapter)).expect("a String takes it");
        page.push_str(introduction(chapter));
        page.push_str("| code | roles | it means | what to do | monitoring |\n| --- | --- | --- | --- | --- |\n");
        let entries = ReasonCode::ALL.iter().map(|code| code.entry()).filter(|entry| entry.chapter == chapter);
        for entry in entries {
            let ReasonEntry { name, meaning, remedy, .. } = entry;
            let (roles, outcome) = (roles(entry.roles), outcome(entry.severity, entry.roles));
            writeln!(page, "| `{name}` | {roles} | {meaning} | {remedy} | {outcome} |").expect("a String takes it");
        }
    }
    page.push_str(CAVEATS);
    page
}

fn title(chapter: Chapter) -> &'static str {
    match chapter {
        Chapter::Server => "The server cannot be asked",
        Chapter::Daemon => "healthd itself",
        Chapter::Gate => "The role's own gates",
        Chapter::Writer => "The writer role",
        Chapter::Exception => "Up, with an exception",
    }
}

fn introduction(chapter: Chapter) -> &'static str {
    match chapter {
        Chapter::Server | Chapter::Daemon | Chapter::Gate => "",
        Chapter::Writer => {
            "[failover.md](failover.md) explains how the role works and what to do after which fault. The gates above\n\
             come first: a server that cannot be asked, is in maintenance, or may not be written says that. The\n\
             *holder* is the node that has the role, the *peer* is the other node. `healthd check NAME --role writer`\n\
             shows what each knows of the other, how old that is, and which transactions are missing. Every command\n\
             says what it does before it does it.\n\n"
        }
        Chapter::Exception => "The word after `up` in the body, and the code beside `noted` in `healthd check`.\n\n",
    }
}

fn roles(roles: &[Role]) -> String {
    if roles == Role::ALL {
        return "every".to_owned();
    }
    let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    names.join(", ")
}

/// The outcome, without what reasons of these roles cannot come to.
fn outcome(severity: Severity, roles: &[Role]) -> String {
    let clauses = severity.clauses().iter().filter(|clause| clause.when.concerns(roles));
    clauses.map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The table of severities in `docs/nagios.md`, "Asking the daemon".
pub fn severities() -> String {
    let mut table = "| reason | outcome |\n| --- | --- |\n".to_owned();
    for severity in Severity::ALL {
        let codes = ReasonCode::ALL.iter().filter(|code| code.severity() == severity);
        let codes: Vec<String> = codes.map(|code| format!("`{code}`")).collect();
        writeln!(table, "| {} | {} |", codes.join(", "), outcome(severity, &Role::ALL)).expect("a String takes it");
    }
    table
}

/// What the gate `caveat` says: no codes, and no reasons to refuse anything.
const CAVEATS: &str = "
### What makes a guarantee weaker

The first word in the gate `caveat`. These words are not codes: bodies and metrics do not have them.

| caveat | what is less certain | remedy |
| --- | --- | --- |
| `gtid-not-separable` | several servers write one MariaDB domain, or `log_slave_updates` or `log_bin` is off: missing \
and errant transactions can be overlooked | a `gtid_domain_id` of its own for each node; `log_slave_updates` |
| `gtid_strict_mode is off` | a sequence number may come twice, or go backwards | `gtid_strict_mode = ON` |
| `no-gtid` | file and position: errant transactions of a returned node are only guessed | GTIDs |
| `filtered` | what a filter leaves out is missing, and healthd cannot see it | no replication filters on writers |
| `state-refused` | the state file was not accepted, and the role started without it | look at `writer-NAME.state.refused`; \
ends with the next start of healthd |
| `fenced` | `fence_after`: healthd has set `read_only`, because no HAProxy asked and the peer was unreachable | \
it ends by itself when the peer confirms this node's role or HAProxy says that the peer is out |
| `semi-sync cannot be switched …`, `the fence cannot be …` | healthd may not, or could not, do what its configuration \
allows | the privilege in the text |
";
