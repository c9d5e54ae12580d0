//! The rules: a stable name, how bad it is, why, and the mend.

use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Old data can be served, or two masters written.
    Error,
    /// Slower, or blind, or refused by another version.
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

/// What people read of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// Its name, which never changes.
    pub name: &'static str,
    /// How bad.
    pub severity: Severity,
    /// Why, in a sentence or two.
    pub reason: &'static str,
    /// What to write instead.
    pub mend: &'static str,
}

macro_rules! rules {
    ($($rule:ident $severity:ident $name:literal $reason:literal $mend:literal)*) => {
        /// A trap.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $reason] $rule,)*
        }

        impl Rule {
            /// Every rule, in the order of the documentation.
            pub const ALL: &[Rule] = &[$(Rule::$rule),*];

            /// What people read of it.
            pub fn text(self) -> Text {
                match self {
                    $(Rule::$rule => Text {
                        name: $name,
                        severity: Severity::$severity,
                        reason: $reason,
                        mend: $mend,
                    },)*
                }
            }
        }
    };
}

rules! {
    SessionsStay Error "sessions-stay"
        "Open sessions stay on a server that is marked DOWN: connection pools go on writing to it while the other one \
         is in use."
        "default-server on-marked-down shutdown-sessions"
    FailbackSplitsWrites Error "failback-splits-writes"
        "When the first server is back, new sessions go to it while open ones stay on the backup: both are written."
        "on-marked-up shutdown-backup-sessions on each server without `backup`, or role=writer without any `backup`"
    FailbackCutsSessions Warning "failback-cuts-sessions"
        "`shutdown-backup-sessions` cuts transactions in the middle, and a server that has only just returned is used \
         at once, whatever it has missed."
        "role=writer, no `backup`, no `on-marked-up`: healthd decides when to go back"
    DrainOnWrite Error "drain-on-write"
        "A drained server keeps its sessions and `on-marked-down` does not fire: old ones write here, new ones elsewhere."
        "no `disable-on-404` and no `ok-status L7OKC` in a write pool; http-check expect status 200"
    NoHardStop Error "no-hard-stop"
        "After a reload the old process checks nothing any more: its sessions stay on a server that goes down, until \
         the last of them ends."
        "hard-stop-after 1m in `global`"
    AnyWithBackup Error "any-with-backup"
        "`role=any` (also: no role) says that a server answers, not that it has received and applied what the other \
         one had: after a failover clients read old data."
        "role=writer in the check's URI and in agent-send, as in master-master.cfg"
    BalancesWriters Error "balances-writers"
        "Several servers take sessions at once and nothing but `role=any` is asked of them: several are written, and \
         what one client wrote another does not read."
        "role=writer for writes, role=reader for reads"
    WriterWithoutWitness Warning "writer-without-witness"
        "healthd is not told what HAProxy thinks of the servers: old data is not served, but two writers at once are not \
         excluded."
        "http-check send with uri-lf, me= and up.NAME= of each server"
    WitnessNotEvaluated Error "witness-not-evaluated"
        "HAProxy evaluates `%[…]` only behind `uri-lf`; here the brackets are sent as they are, and healthd answers 503."
        "http-check send meth GET uri-lf \"/mysqlchk/?…\" ver HTTP/1.1 hdr Host healthd"
    WitnessCounts Error "witness-counts"
        "nbsrv() counts servers, and one section asks every server the same, so the number has the asked server in it: \
         it says nothing about the other one."
        "up.NAME=%[srv_is_up(BACKEND/NAME)] for each server"
    WitnessElsewhere Error "witness-elsewhere"
        "Another section has checks of its own: what it thinks of a server is not where the clients of this one go."
        "up.NAME=%[srv_is_up(BACKEND/NAME)] with this section as BACKEND"
    WitnessOmits Error "witness-omits"
        "healthd is not told of every server that clients may be sent to: one may be in use unknown to it."
        "up.NAME=%[srv_is_up(BACKEND/NAME)] for each server"
    WitnessUnknown Error "witness-unknown"
        "An up.NAME= names no server of this section, or asks for another server than it names."
        "up.NAME=%[srv_is_up(BACKEND/NAME)] with the same NAME twice"
    WitnessWithoutMe Error "witness-without-me"
        "Without me=%[srv_name] healthd cannot tell which of the up.NAME= is its own server."
        "me=%[srv_name]"
    WitnessHalfNamed Error "witness-half-named"
        "Without the name and the token in one quoted string, healthd takes this HAProxy for a stranger and ignores its words."
        "hdr X-Healthd-Witness \"NAME TOKEN\", a name of `names` and the line of `token_file` in healthd's [witness]"
    StartUpHole Error "start-up-hole"
        "HAProxy takes a server for UP from its start, or the end of a maintenance, until the first check: clients may \
         write to a server that is not the writer."
        "default-server init-state fully-down (3.1 and later; older ones refuse the word), else `disabled` with `ready` in agent-send"
    StartUpMixed Error "start-up-mixed"
        "With `disabled` and `init-state` on one server the agent's `up` is enough after `ready`: it is UP before any HTTP check."
        "only one of the two: init-state for 3.1 and later, `disabled` with `ready` before; `.if version_atleast(3.1)` has both"
    NeverReady Warning "never-ready"
        "A `disabled` server is not checked and comes back only by the agent's `ready`, which healthd says only to who \
         sends `ready`."
        "agent-check agent-port 31338 agent-send \"port=3306 role=writer ready\\n\""
    StickTableNopurge Error "stick-table-nopurge"
        "A full table that is never purged cannot take the next entry: when the first server returns, clients go back to it \
         although they were to stick."
        "stick-table type ip size 1, without `nopurge`; or role=writer without stickiness"
    StickTableAlone Warning "stick-table-alone"
        "A stick-table lives in one process: lost at a restart, and two HAProxys without `peers` stick to different masters."
        "role=writer without stickiness, else `peers SECTION` on the stick-table"
    ExpectString Error "expect-string"
        "With `expect string` the status counts for nothing: a 503 whose text has the word in it is a pass."
        "http-check expect status 200"
    RedirectPasses Warning "redirect-passes"
        "Without `expect`, every 2xx and 3xx is a pass: so is the redirect of whoever listens on that port one day."
        "http-check expect status 200"
    AgentOnly Error "agent-only"
        "HAProxy ignores an agent that is silent or gone: without `check` the server stays UP for ever."
        "check port 31337 beside agent-check, with option httpchk"
    Unchecked Error "unchecked"
        "Nothing checks the server: it is UP for ever, whatever has become of it."
        "check port 31337, with option httpchk"
    ConnectCheckOnly Error "connect-check-only"
        "Without `option httpchk` a check is only a connection: a hung mysqld accepts it, no role is asked, and the \
         server counts an aborted connect each time."
        "option httpchk, with `check port 31337`"
    MysqlCheck Error "mysql-check"
        "`mysql-check` asks no query and no role: it knows neither lag nor read_only nor who is the writer. Without \
         `user` it also counts as aborted connect until the host is blocked."
        "option httpchk, with `check port 31337`"
    NothingAsked Warning "nothing-asked"
        "The `http-check` rules of a section replace all that it has from `defaults`, the request of `option httpchk` \
         included: nothing is sent, and every server is DOWN."
        "http-check send meth GET uri /mysqlchk/?port=3306&role=… ver HTTP/1.1 hdr Host healthd in the same section"
    SmuggledHeader Warning "smuggled-header"
        "A header behind the version of `option httpchk` is refused by HAProxy 3.0 and later."
        "http-check send meth GET uri /mysqlchk/?port=3306&role=… ver HTTP/1.1 hdr Host healthd"
    DatabasePortChecked Warning "database-port-checked"
        "Without `port` the HTTP check goes to the database's own port: it never passes, and MySQL blocks the host \
         after max_connect_errors."
        "check port 31337"
    NoTimeoutCheck Warning "no-timeout-check"
        "Without `timeout check` one check may take as long as `inter`: a hung node is left that much later."
        "timeout check 400ms (200ms in a pool with role=writer)"
    TimeoutCheckShort Warning "timeout-check-short"
        "healthd waits up to 100 ms for a probe in flight: a good server fails the check."
        "timeout check 200ms"
    TimeoutCheckLong Warning "timeout-check-long"
        "The next check waits for this one: a `timeout check` above `inter` (or 200 ms, if that is more) only delays \
         the verdict."
        "timeout check 400ms with inter 500ms, 200ms with inter 100ms"
    SlowChecks Warning "slow-checks"
        "Until the checks have seen a dead server, clients are sent to it; with role=writer, each check is also a step of the \
         hand-over, so 100 ms is the most."
        "inter 100ms fastinter 100ms downinter 100ms agent-inter 100ms for role=writer, else inter 500ms fall 2"
    RiseFall Warning "rise-fall"
        "With role=writer one 200 is the decision: more than `rise 1` delays it and contradicts healthd's bookkeeping. \
         `fall 2` forgives one lost packet, more than that only delays."
        "rise 1 fall 2"
    AgentLineUnfinished Warning "agent-line-unfinished"
        "agent-send without a line end is half a question, which healthd does not answer: the fast channel is dead."
        "agent-send \"port=3306 role=…\\n\" in double quotes"
    AgentAsksOtherwise Warning "agent-asks-otherwise"
        "The agent is asked for another role or port than the HTTP check: two verdicts for one server."
        "the same port= and role= in agent-send as in the check's URI"
    AgentUndoesDrain Warning "agent-undoes-drain"
        "With `ready` in agent-send, healthd's next `up ready` ends the drain or maintenance that an operator has set in HAProxy."
        "agent-send without `ready`; only `disabled` servers need it"
    NoRedispatch Warning "no-redispatch"
        "A session that meets a dying server is not tried again elsewhere: its client gets the error."
        "option redispatch 1 and retries 3"
    ShortIdleTimeout Warning "short-idle-timeout"
        "HAProxy cuts idle sessions before MySQL's wait_timeout (8 hours unless changed): connection pools meet dead connections."
        "timeout client 8h and timeout server 8h, or as wait_timeout is"
    BadAcceptance Warning "bad-acceptance"
        "A `# healthd-lint: accept RULE why` names no rule, gives no reason, or accepts nothing that is found."
        "correct or remove the comment"
}

impl Rule {
    /// The rule with a name.
    pub fn named(name: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.text().name == name)
    }
}
