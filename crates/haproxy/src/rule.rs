//! The lint rules: one entry for each, from which the messages, `healthd lint --rules` and docs/lint.md derive.
//!
//! A new rule needs three things: its entry here, its detection below [`crate::rules`], and an example that breaks it,
//! `tests/broken/NAME.cfg`. `UPDATE_DOCS=1 cargo test -p healthd-haproxy` writes docs/lint.md.

use std::fmt;

/// How bad a pitfall is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Clients can read old data, or write to two masters.
    Error,
    /// HAProxy reacts late, sees less than it could, or rejects the file in another version.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// The entry of a rule: what people read about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RuleEntry {
    /// The name that acceptances use.
    pub(crate) name: &'static str,
    /// How bad the pitfall is.
    pub(crate) severity: Severity,
    /// Why it is a pitfall, in one or two sentences.
    pub(crate) reason: &'static str,
    /// What to write instead.
    pub(crate) fix: &'static str,
}

macro_rules! rules {
    ($($rule:ident, $severity:ident, $name:literal { reason: $reason:literal, fix: $fix:literal })*) => {
        /// A lint rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Rule {
            $(#[doc = concat!("`", $name, "`")] $rule,)*
        }

        impl Rule {
            /// Every rule, in the order of the documentation.
            pub(crate) const ALL: &[Rule] = &[$(Rule::$rule),*];

            /// The rule's entry.
            pub(crate) fn entry(self) -> RuleEntry {
                match self {
                    $(Rule::$rule => {
                        RuleEntry { name: $name, severity: Severity::$severity, reason: $reason, fix: $fix }
                    })*
                }
            }
        }
    };
}

rules! {
    SessionsStay, Error, "sessions-stay" {
        reason: "Open sessions stay on a server that is marked DOWN: connection pools keep writing to it while the \
                 other server is in use.",
        fix: "default-server on-marked-down shutdown-sessions"
    }
    FailbackSplitsWrites, Error, "failback-splits-writes" {
        reason: "When the first server returns, new sessions go to it while open ones stay on the backup: both \
                 servers are written.",
        fix: "on-marked-up shutdown-backup-sessions on each server without `backup`, or role=writer and no `backup`"
    }
    FailbackCutsSessions, Warning, "failback-cuts-sessions" {
        reason: "`shutdown-backup-sessions` cuts transactions in the middle, and a server that has just returned is \
                 used at once, whatever it has missed.",
        fix: "role=writer, no `backup`, no `on-marked-up`: healthd decides when to go back"
    }
    DrainOnWrite, Error, "drain-on-write" {
        reason: "A drained server keeps its sessions and `on-marked-down` does not fire: old sessions write to it, \
                 new ones to the other server.",
        fix: "no `disable-on-404` and no `ok-status L7OKC` in a write pool; http-check expect status 200"
    }
    NoHardStop, Error, "no-hard-stop" {
        reason: "After a reload the old process no longer runs checks: its sessions stay on a server that goes down, \
                 until the last of them ends.",
        fix: "hard-stop-after 1m in `global`"
    }
    AnyWithBackup, Error, "any-with-backup" {
        reason: "`role=any` (also: no role) reports that a server answers, not that it has received and applied the \
                 other server's transactions: after a failover clients read old data.",
        fix: "role=writer in the check's URI and in agent-send, as in master-master.cfg"
    }
    BalancesWriters, Error, "balances-writers" {
        reason: "Several servers take sessions at once and are checked for `role=any` only: several are written, and \
                 a client does not read what another client wrote.",
        fix: "role=writer for writes, role=reader for reads"
    }
    WriterWithoutWitness, Warning, "writer-without-witness" {
        reason: "HAProxy does not report the state of its servers to healthd: old data is not served, but two writers \
                 at once are possible.",
        fix: "http-check send with uri-lf, me= and up.NAME= of each server"
    }
    WitnessNotEvaluated, Error, "witness-not-evaluated" {
        reason: "HAProxy evaluates `%[…]` only after `uri-lf`. Here the brackets are sent literally, and healthd \
                 answers 503.",
        fix: "http-check send meth GET uri-lf \"/mysqlchk/?…\" ver HTTP/1.1 hdr Host healthd"
    }
    WitnessCounts, Error, "witness-counts" {
        reason: "nbsrv() counts servers. All servers of a section get the same check, so the count includes the \
                 checked server and does not show the state of the other one.",
        fix: "up.NAME=%[srv_is_up(BACKEND/NAME)] for each server"
    }
    WitnessElsewhere, Error, "witness-elsewhere" {
        reason: "Another section runs its own checks: the state of a server there does not show where the clients of \
                 this section go.",
        fix: "up.NAME=%[srv_is_up(BACKEND/NAME)] with this section as BACKEND"
    }
    WitnessOmits, Error, "witness-omits" {
        reason: "healthd is not told about every server that clients may reach: one may be in use without healthd \
                 knowing.",
        fix: "up.NAME=%[srv_is_up(BACKEND/NAME)] for each server"
    }
    WitnessUnknown, Error, "witness-unknown" {
        reason: "An up.NAME= does not name a server of this section, or reports the state of a different server.",
        fix: "up.NAME=%[srv_is_up(BACKEND/NAME)] with the same NAME twice"
    }
    WitnessWithoutMe, Error, "witness-without-me" {
        reason: "Without me=%[srv_name] healthd cannot tell which up.NAME= is its own server.",
        fix: "me=%[srv_name]"
    }
    WitnessHeaderIncomplete, Error, "witness-header-incomplete" {
        reason: "Without the name and the token in one quoted string, healthd treats this HAProxy as unknown and \
                 ignores what it reports.",
        fix: "hdr X-Healthd-Witness \"NAME TOKEN\", a name of `names` and the line of `token_file` in \
              healthd's [witness]"
    }
    StartUpHole, Error, "start-up-hole" {
        reason: "HAProxy treats a server as UP from its start, or from the end of a maintenance, until the first \
                 check: clients may write to a server that is not the writer.",
        fix: "default-server init-state fully-down (3.1 and later; older versions reject it), else `disabled` with \
              `ready` in agent-send"
    }
    StartUpMixed, Error, "start-up-mixed" {
        reason: "With `disabled` and `init-state` on one server, the agent's `up` is enough after `ready`: the server \
                 is UP before any HTTP check.",
        fix: "one of the two: init-state for 3.1 and later, `disabled` with `ready` for older versions; \
              `.if version_atleast(3.1)` separates them"
    }
    NeverReady, Warning, "never-ready" {
        reason: "HAProxy does not check a `disabled` server. It returns only on the agent's `ready`, which healthd \
                 sends only if agent-send contains `ready`.",
        fix: "agent-check agent-port 31338 agent-send \"port=3306 role=writer ready\\n\""
    }
    StickTableNopurge, Error, "stick-table-nopurge" {
        reason: "A full table that is never purged cannot take the next entry: when the first server returns, clients \
                 go back to it although they should stay on the other one.",
        fix: "stick-table type ip size 1, without `nopurge`; or role=writer without stickiness"
    }
    StickTableAlone, Warning, "stick-table-alone" {
        reason: "A stick-table lives in one process: it is lost at a restart, and two HAProxys without `peers` stick \
                 to different masters.",
        fix: "role=writer without stickiness, else `peers SECTION` on the stick-table"
    }
    ExpectString, Error, "expect-string" {
        reason: "With `expect string` the status is ignored: a 503 whose text contains the string passes.",
        fix: "http-check expect status 200"
    }
    RedirectPasses, Warning, "redirect-passes" {
        reason: "Without `expect`, every 2xx and 3xx passes: also a redirect from any other program that listens on \
                 that port.",
        fix: "http-check expect status 200"
    }
    AgentOnly, Error, "agent-only" {
        reason: "HAProxy ignores an agent that does not answer: without `check` the server stays UP forever.",
        fix: "check port 31337 beside agent-check, with option httpchk"
    }
    Unchecked, Error, "unchecked" {
        reason: "The server is not checked: it stays UP forever, whatever happens to it.",
        fix: "check port 31337, with option httpchk"
    }
    ConnectCheckOnly, Error, "connect-check-only" {
        reason: "Without `option httpchk` a check only opens a connection: a hung mysqld accepts it, the role is not \
                 checked, and the server counts an aborted connect each time.",
        fix: "option httpchk, with `check port 31337`"
    }
    MysqlCheck, Error, "mysql-check" {
        reason: "`mysql-check` runs no query and checks no role: it sees neither lag nor read_only nor which server \
                 is the writer. Without `user` it also counts as an aborted connect until the host is blocked.",
        fix: "option httpchk, with `check port 31337`"
    }
    NoCheckRequest, Warning, "no-check-request" {
        reason: "The `http-check` rules of a section replace all those from `defaults`, including the request of \
                 `option httpchk`: nothing is sent, and every server is DOWN.",
        fix: "http-check send meth GET uri /mysqlchk/?port=3306&role=… ver HTTP/1.1 hdr Host healthd in the same \
              section"
    }
    SmuggledHeader, Warning, "smuggled-header" {
        reason: "HAProxy 3.0 and later reject a header after the version in `option httpchk`.",
        fix: "http-check send meth GET uri /mysqlchk/?port=3306&role=… ver HTTP/1.1 hdr Host healthd"
    }
    DatabasePortChecked, Warning, "database-port-checked" {
        reason: "Without `port` the HTTP check goes to the database's own port: it never passes, and MySQL blocks the \
                 host after max_connect_errors.",
        fix: "check port 31337"
    }
    NoTimeoutCheck, Warning, "no-timeout-check" {
        reason: "Without `timeout check` a check may take as long as `inter`: clients leave a hung node that much \
                 later.",
        fix: "timeout check 400ms (200ms in a pool with role=writer)"
    }
    TimeoutCheckShort, Warning, "timeout-check-short" {
        reason: "healthd waits up to 100 ms for a running probe: a healthy server fails the check.",
        fix: "timeout check 200ms"
    }
    TimeoutCheckLong, Warning, "timeout-check-long" {
        reason: "The next check waits for this one: a `timeout check` above `inter` (or 200 ms, if that is more) only \
                 delays the result.",
        fix: "timeout check 400ms with inter 500ms, 200ms with inter 100ms"
    }
    SlowChecks, Warning, "slow-checks" {
        reason: "Clients are sent to a dead server until the checks notice it. With role=writer each check is also a \
                 step of the handover, so 100 ms is the maximum.",
        fix: "inter 100ms fastinter 100ms downinter 100ms agent-inter 100ms for role=writer, else inter 500ms fall 2"
    }
    RiseFall, Warning, "rise-fall" {
        reason: "With role=writer one 200 is the decision: more than `rise 1` delays it and contradicts healthd's own \
                 counting. `fall 2` tolerates one lost packet; a higher value only delays.",
        fix: "rise 1 fall 2"
    }
    AgentLineUnfinished, Warning, "agent-line-unfinished" {
        reason: "Without a newline at the end of agent-send the request is incomplete, and healthd does not answer: \
                 agent checks have no effect.",
        fix: "agent-send \"port=3306 role=…\\n\" in double quotes"
    }
    AgentDiffersFromCheck, Warning, "agent-differs-from-check" {
        reason: "The agent is asked for another role or port than the HTTP check: one server gets two verdicts.",
        fix: "the same port= and role= in agent-send as in the check's URI"
    }
    AgentUndoesDrain, Warning, "agent-undoes-drain" {
        reason: "With `ready` in agent-send, healthd's next `up ready` ends a drain or maintenance that an operator \
                 has set in HAProxy.",
        fix: "agent-send without `ready`; only `disabled` servers need it"
    }
    NoRedispatch, Warning, "no-redispatch" {
        reason: "A session that reaches a failing server is not retried on another one: its client gets the error.",
        fix: "option redispatch 1 and retries 3"
    }
    ShortIdleTimeout, Warning, "short-idle-timeout" {
        reason: "HAProxy closes idle sessions before MySQL's wait_timeout (8 hours by default): connection pools then \
                 use dead connections.",
        fix: "timeout client 8h and timeout server 8h, or the value of wait_timeout"
    }
    BadAcceptance, Warning, "bad-acceptance" {
        reason: "A `# healthd-lint: accept RULE why` comment names an unknown rule, gives no reason, or accepts \
                 something that is not found.",
        fix: "correct or remove the comment"
    }
}

impl Rule {
    /// The rule with this name.
    pub(crate) fn named(name: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.entry().name == name)
    }
}
