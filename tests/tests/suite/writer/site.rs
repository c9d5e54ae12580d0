//! Two masters that replicate from each other, each with a healthd, and HAProxy as the witness.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use healthd_tests::haproxy::Config;
use healthd_tests::healthd::secret_file;
use healthd_tests::http::Answer;
use healthd_tests::ports::free_port;
use healthd_tests::replication::replica_status;
use healthd_tests::wait::try_wait_for;
use healthd_tests::{Flavor, Haproxy, Healthd, Server, wait_for};

/// All of 127.0.0.0/8 is this machine.
pub(super) const ONE: Ipv4Addr = Ipv4Addr::LOCALHOST;
pub(super) const TWO: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// The names of the nodes, as HAProxy and healthd know them.
pub(super) const NAMES: [&str; 2] = ["db101", "db201"];
/// A check that takes longer than this has waited for other tests.
pub(super) const SOON: Duration = Duration::from_secs(20);

/// The name of a HAProxy that is listed by its name.
pub(super) const WITNESS_TOKEN: &str = "a-witness-of-the-tests/0123+456789==";

/// The header in HAProxy's check.
pub(super) fn naming(name: &str, token: &str) -> String {
    format!(" hdr X-Healthd-Witness \"{name} {token}\"")
}

/// The options of a site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) flavor: Flavor,
    /// Further lines for both servers' option files.
    pub(super) server: &'static str,
    /// Whether each server has its own GTID domain (MariaDB).
    pub(super) own_domains: bool,
    pub(super) gtid: bool,
    /// Whether healthd knows its peer, and whether HAProxy is its witness.
    pub(super) peers: bool,
    pub(super) witness: bool,
    /// Whether HAProxy is known by its name and the token, not by its address.
    pub(super) named: bool,
    /// Further lines for the instance.
    pub(super) instance: &'static str,
}

impl Plan {
    pub(super) const WITNESSED: Plan = Plan {
        flavor: Flavor::MariaDb,
        server: "",
        own_domains: true,
        gtid: true,
        peers: true,
        witness: true,
        named: false,
        instance: "",
    };
    pub(super) const PEERS: Plan = Plan { witness: false, ..Plan::WITNESSED };
    pub(super) const ALONE: Plan = Plan { peers: false, ..Plan::PEERS };
    pub(super) const NAMED: Plan = Plan { named: true, ..Plan::WITNESSED };
    pub(super) const MYSQL: Plan = Plan { flavor: Flavor::MySql97, ..Plan::WITNESSED };
}

/// A site. Index 0 is db101.
pub(super) struct Site {
    pub(super) plan: Plan,
    pub(super) servers: [Server; 2],
    pub(super) healthds: [Healthd; 2],
    pub(super) sql: u16,
    pub(super) http: u16,
    pub(super) agent: u16,
    pub(super) write: u16,
    pub(super) read: u16,
}

impl Site {
    /// Servers that replicate, and both healthds, without a HAProxy yet.
    #[track_caller]
    pub(super) fn start(plan: Plan) -> Site {
        let Plan { flavor, .. } = plan;
        let options = |id: u32| {
            let mut lines = format!("auto_increment_increment=2\nauto_increment_offset={id}\n{}\n", plan.server);
            if matches!(flavor, Flavor::MariaDb | Flavor::MariaDb118) {
                let domain = if plan.own_domains { id } else { 0 };
                let strict = if plan.own_domains { "ON" } else { "OFF" };
                lines.extend([
                    format!("gtid_domain_id={domain}\ngtid_strict_mode={strict}\n"),
                    "log_slave_updates=ON\nslave_net_timeout=10\n".to_owned(),
                ]);
            }
            lines
        };
        let one = Server::builder(flavor).server_id(1).config(&options(1)).start();
        let sql = one.port();
        let second = format!("{}bind-address={TWO}\nport={sql}\n", options(2));
        let two = Server::builder(flavor).server_id(2).config(&second).start();
        let servers = [one, two];
        replicate(plan, &servers[1], ONE, sql);
        replicate(plan, &servers[0], TWO, sql);
        servers[0].sql("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, v INT)");
        wait_for("the table on the other server", SOON, || servers[1].try_sql("SELECT COUNT(*) FROM shop.t"));
        let (http, agent) = (free_port(), free_port());
        let healthds = [healthd(plan, 0, sql, http, agent), healthd(plan, 1, sql, http, agent)];
        Site { plan, servers, healthds, sql, http, agent, write: free_port(), read: free_port() }
    }

    /// Our HAProxy file for this site. `change` edits its text.
    #[track_caller]
    pub(super) fn haproxy_with(&self, change: impl Fn(String) -> String) -> Arc<Haproxy> {
        Arc::new(self.config(change).start())
    }

    /// The same, not started.
    pub(super) fn config(&self, change: impl Fn(String) -> String) -> Config {
        let text = format!(
            "listen mysql-m0\n    mode tcp\n    bind {ONE}:{write}\n    option httpchk\n    \
             http-check send meth GET uri-lf \"/mysqlchk/?port={sql}&role=writer&me=%[srv_name]\
             &up.db101=%[srv_is_up(mysql-m0/db101)]&up.db201=%[srv_is_up(mysql-m0/db201)]\" ver HTTP/1.1 hdr Host \
             healthd{named}\n    \
             http-check send-state\n    http-check expect status 200\n    timeout check 300ms\n    \
             default-server check port {http} inter 100ms fastinter 100ms downinter 100ms rise 1 fall 1 \
             on-marked-down shutdown-sessions\n    \
             default-server agent-check agent-port {agent} agent-inter 100ms agent-send \"port={sql} \
             role=writer\\n\"\n    \
             server db101 {ONE}:{sql}\n    server db201 {TWO}:{sql}\n",
            write = self.write,
            named = if self.plan.named { naming("lb1", WITNESS_TOKEN) } else { String::new() },
            sql = self.sql,
            http = self.http,
            agent = self.agent,
        );
        Config::from_text(&change(text))
    }

    #[track_caller]
    pub(super) fn haproxy(&self) -> Arc<Haproxy> {
        self.haproxy_with(|text| text)
    }

    /// Which servers are up in HAProxy.
    pub(super) fn up(&self, haproxy: &Haproxy) -> [bool; 2] {
        NAMES.map(|name| haproxy.try_state("mysql-m0", name).is_ok_and(|state| state.is_up()))
    }

    /// Waits until exactly this server is up in HAProxy.
    #[track_caller]
    pub(super) fn await_writer(&self, haproxy: &Haproxy, index: usize, deadline: Duration) {
        let expected = [index == 0, index == 1];
        wait_for(&format!("{} as the only writer", NAMES[index]), deadline, || {
            let up = self.up(haproxy);
            let serves = up == expected && self.serves(haproxy, index);
            if serves { Ok(()) } else { Err(format!("up: {up:?}, {}", self.explain())) }
        });
    }

    /// Waits until no server is up in HAProxy.
    #[track_caller]
    pub(super) fn await_none(&self, haproxy: &Haproxy) {
        wait_for("no writer", SOON, || match self.up(haproxy) {
            [false, false] => Ok(()),
            up => Err(format!("up: {up:?}, {}", self.explain())),
        });
    }

    /// Waits until there is one writer, and returns it.
    #[track_caller]
    pub(super) fn await_any_writer(&self, haproxy: &Haproxy) -> usize {
        wait_for("one writer", SOON, || match self.up(haproxy) {
            [true, false] if self.serves(haproxy, 0) => Ok(0),
            [false, true] if self.serves(haproxy, 1) => Ok(1),
            up => Err(format!("up: {up:?}, {}", self.explain())),
        })
    }

    /// Whether a node serves now, and HAProxy does not merely remember that it did: by HAProxy's last check (it has not
    /// just started), by the node's own answer, and by a client's query.
    fn serves(&self, haproxy: &Haproxy, index: usize) -> bool {
        let checked = haproxy.try_state("mysql-m0", NAMES[index]).is_ok_and(|state| state.code == "200");
        let says = verdict(&self.healthds[index]).is_some_and(|(state, ..)| state == "up");
        let id = (index + 1).to_string();
        checked && says && crate::haproxy::site::who(self.write).is_ok_and(|answer| answer == id)
    }

    /// The answers of both healthds for the writer role.
    pub(super) fn explain(&self) -> String {
        self.healthds.iter().zip(NAMES).map(|(healthd, name)| format!("{name}: {}; ", writer(healthd))).collect()
    }

    /// The code of a node's refusal, empty when it is up.
    pub(super) fn code(&self, index: usize) -> String {
        verdict(&self.healthds[index]).map(|(_, code, _)| code).unwrap_or_default()
    }

    #[track_caller]
    pub(super) fn await_code(&self, index: usize, code: &str, deadline: Duration) {
        wait_for(&format!("{code} on {}", NAMES[index]), deadline, || {
            let found = self.code(index);
            if found == code { Ok(()) } else { Err(self.explain()) }
        });
    }

    /// Waits until both servers have executed the same transactions.
    #[track_caller]
    pub(super) fn await_same(&self) {
        wait_for("the same rows on both servers", SOON, || {
            let counts: Vec<_> =
                self.servers.iter().map(|server| server.try_sql("SELECT COUNT(*), SUM(v) FROM shop.t")).collect();
            if counts[0].is_ok() && counts[0] == counts[1] { Ok(()) } else { Err(format!("{counts:?}")) }
        });
    }

    /// Runs a replication statement in the syntax of the server.
    #[track_caller]
    pub(super) fn slave(&self, index: usize, sql: &str) {
        let word = if self.plan.flavor == Flavor::MySql97 { "REPLICA" } else { "SLAVE" };
        self.servers[index].sql(&sql.replace("SLAVE", word));
    }

    /// How many rows a server has.
    #[track_caller]
    pub(super) fn rows(&self, index: usize) -> u32 {
        self.servers[index].sql("SELECT COUNT(*) FROM shop.t").parse().expect("a number")
    }

    /// The answer over HTTP to a client that is not a witness.
    #[track_caller]
    pub(super) fn ask(&self, index: usize) -> Answer {
        self.healthds[index].check("name=m0&role=writer")
    }

    /// Waits until a node refuses with this code and a reason that contains these words.
    #[track_caller]
    pub(super) fn await_words(&self, index: usize, code: &str, words: &str, deadline: Duration) {
        wait_for(&format!("{code} ({words}) on {}", NAMES[index]), deadline, || {
            let Answer { status, body, .. } = self.ask(index);
            let found = status == 503 && body.starts_with(&format!("down {code}: ")) && body.contains(words);
            if found { Ok(()) } else { Err(self.explain()) }
        });
    }

    /// `healthd check` with every gate.
    pub(super) fn gates(&self, index: usize) -> String {
        let output = self.healthds[index].command(&["check", "m0", "--role", "writer"]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[track_caller]
    pub(super) fn await_gate(&self, index: usize, words: &str, deadline: Duration) {
        wait_for(&format!("`{words}` in `healthd check` on {}", NAMES[index]), deadline, || {
            let gates = self.gates(index);
            if gates.contains(words) { Ok(()) } else { Err(gates) }
        });
    }

    /// Runs a command that must succeed on a node, and returns its output.
    #[track_caller]
    pub(super) fn order(&self, index: usize, words: &[&str]) -> String {
        let output = self.healthds[index].command(words);
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{words:?}: {said}\n{}", self.explain());
        said
    }

    /// Inserts rows, each a transaction of its own.
    #[track_caller]
    pub(super) fn insert(&self, index: usize, ids: std::ops::Range<u32>) {
        let sql: String = ids.map(|id| format!("INSERT INTO shop.t VALUES ({id}, 1);")).collect();
        self.servers[index].sql(&sql);
    }
}

/// Prints a measured value, for a run with `--nocapture`.
#[expect(clippy::print_stdout, reason = "a passing test's own words are not shown otherwise")]
pub(super) fn tell(text: &str) {
    println!("{text}");
}

/// Panics unless something stays true for a while.
#[track_caller]
pub(super) fn throughout(what: &str, time: Duration, mut holds: impl FnMut() -> Result<(), String>) {
    let broken = try_wait_for(time, || match holds() {
        Ok(()) => Err("as it should be"),
        Err(why) => Ok(why),
    });
    if let Ok(why) = broken {
        panic!("{what}: {why}");
    }
}

/// State, code and reason of the writer role, from the daemon's query socket.
pub(super) fn verdict(healthd: &Healthd) -> Option<(String, String, String)> {
    let output = healthd.command(&["check", "m0", "--role", "writer", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    let verdict =
        json.as_array()?.first()?["verdicts"].as_array()?.iter().find(|verdict| verdict["role"] == "writer")?;
    let text = |key: &str| verdict[key].as_str().unwrap_or_default().to_owned();
    Some((text("state"), text("code"), text("reason")))
}

/// The writer role in one line.
pub(super) fn writer(healthd: &Healthd) -> String {
    match verdict(healthd) {
        Some((state, code, reason)) => format!("{state} {code}: {reason}"),
        None => "no verdict".to_owned(),
    }
}

fn replicate(plan: Plan, to: &Server, source: Ipv4Addr, port: u16) {
    let sql = match plan.flavor {
        Flavor::MySql97 => format!(
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST='{source}', SOURCE_PORT={port}, SOURCE_USER='repl', \
             SOURCE_PASSWORD='repl', SOURCE_CONNECT_RETRY=1, SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1; START \
             REPLICA"
        ),
        _ => {
            let gtid = if plan.gtid { ", MASTER_USE_GTID=slave_pos" } else { ", MASTER_USE_GTID=no" };
            format!(
                "CHANGE MASTER TO MASTER_HOST='{source}', MASTER_PORT={port}, MASTER_USER='repl', \
                 MASTER_PASSWORD='repl', \
                 MASTER_CONNECT_RETRY=1{gtid}; START SLAVE"
            )
        }
    };
    to.sql(&sql);
    wait_for("running replication threads", Duration::from_secs(30), || {
        let status = replica_status(to, None).ok_or_else(|| "no status".to_owned())?;
        let runs = |thread: &str| {
            ["Slave", "Replica"]
                .iter()
                .any(|word| status.get(&format!("{word}_{thread}_Running")).is_some_and(|value| value == "Yes"))
        };
        if runs("IO") && runs("SQL") { Ok(()) } else { Err(format!("{status:?}")) }
    });
}

fn healthd(plan: Plan, index: usize, sql: u16, http: u16, agent: u16) -> Healthd {
    let addresses = [ONE, TWO];
    let (own, other) = (addresses[index], addresses[1 - index]);
    let mut settings = format!("node = \"{}\"\n", NAMES[index]);
    let mut instance = plan.instance.to_owned();
    let builder = Healthd::builder();
    if plan.peers {
        let token = builder.file("peer.token");
        secret_file(&token, "a-token-of-the-tests-0123456789\n");
        settings.extend(["[peers]\ntoken_file = \"", &token.display().to_string(), "\"\n"]);
        instance.extend(["\npeer = \"", &format!("http://{other}:{http}"), "\"\n"]);
    }
    if plan.named {
        let token = builder.file("witness.token");
        secret_file(&token, &format!("{WITNESS_TOKEN}\n"));
        let file = token.display().to_string();
        settings.extend(["[witness]\nnames = [\"lb1\"]\ntoken_file = \"", &file, "\"\n"]);
    } else if plan.witness {
        settings.extend(["[witness]\nfrom = [\"", &ONE.to_string(), "\"]\n"]);
    }
    let mut healthd = builder
        .settings(&settings)
        .instance_at("m0", &format!("{own}:{sql}"), &instance)
        .argument("--listen")
        .argument(&format!("{own}:{http}"))
        .argument("--agent-listen")
        .argument(&format!("{own}:{agent}"))
        .launch();
    healthd.http = SocketAddr::from((own, http));
    healthd.agent = SocketAddr::from((own, agent));
    healthd.await_ready();
    healthd
}
