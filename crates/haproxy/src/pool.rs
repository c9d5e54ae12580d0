//! A section with servers, as HAProxy runs it: inherited settings resolved, the check understood.

use std::time::Duration;

use healthd_core::text::clean::one_line;
use healthd_core::verdict::role::Role;

use super::question::Question;
use super::sections::{Configuration, Kind, Place, Section, Statement};
use super::server::{Server, Set, Settings, duration};

/// healthd's ports, unless its configuration says otherwise.
const HEALTHD_PORTS: [&str; 2] = ["31337", "31338"];
/// MySQL's port, and those that a second and third server on a machine usually have.
const MYSQL_PORTS: [&str; 4] = ["3306", "3307", "3308", "3309"];

/// How HAProxy checks the servers of a pool that have `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// `option httpchk`.
    Http(Place),
    /// `option mysql-check`.
    MySql(Place),
    /// Nothing is said: a connection is opened and closed.
    Connect,
    /// Another option, which is somebody's own.
    Other,
}

/// A `listen` or `backend` section before MySQL or MariaDB.
#[derive(Debug)]
pub(crate) struct Pool<'a> {
    pub(crate) name: String,
    /// Its first line.
    pub(crate) place: Place,
    pub(crate) servers: Vec<Server>,
    pub(crate) protocol: Protocol,
    /// What the HTTP check asks.
    pub(crate) question: Option<Question>,
    inherited: Vec<&'a Statement>,
    own: &'a [Statement],
}

/// All pools that are MySQL's or MariaDB's.
pub(crate) fn pools(configuration: &Configuration) -> Vec<Pool<'_>> {
    let sections = configuration.sections.iter();
    let with_servers = sections.filter(|section| matches!(section.kind, Kind::Listen | Kind::Backend));
    with_servers.map(|section| Pool::read(configuration, section)).filter(Pool::is_mysql).collect()
}

impl<'a> Pool<'a> {
    fn read(configuration: &'a Configuration, section: &'a Section) -> Pool<'a> {
        let mut pool = Pool {
            name: one_line(&section.name, 60),
            place: section.place,
            servers: Vec::new(),
            protocol: Protocol::Connect,
            question: None,
            inherited: configuration.inherited(section),
            own: &section.statements,
        };
        let mut settings = Settings::default();
        let mut servers = Vec::new();
        for statement in pool.statements() {
            match statement.words.first().map(String::as_str) {
                Some("default-server") => settings.read(&statement.words[1..], statement.place),
                Some("server" | "server-template") => servers.extend(Server::read(statement, &settings)),
                _ => {}
            }
        }
        pool.servers = servers;
        pool.protocol = pool.protocol_of_checks();
        pool.question = match pool.protocol {
            Protocol::Http(_) if !pool.asks_nothing() => {
                Question::of(pool.option("httpchk"), pool.checks("send").last().copied())
            }
            _ => None,
        };
        pool
    }

    /// All statements, the inherited ones first.
    fn statements(&self) -> impl DoubleEndedIterator<Item = &'a Statement> + use<'a> {
        let own: &'a [Statement] = self.own;
        self.inherited.clone().into_iter().chain(own)
    }

    /// The last statement that begins with these words: in HAProxy it wins.
    pub(crate) fn last(&self, words: &[&str]) -> Option<&'a Statement> {
        self.all(words).last().copied()
    }

    /// All statements that begin with these words.
    pub(crate) fn all(&self, words: &[&str]) -> Vec<&'a Statement> {
        self.statements().filter(|statement| begins(statement, words)).collect()
    }

    /// `option NAME`, unless it is taken back by `no option NAME`.
    pub(crate) fn option(&self, name: &str) -> Option<&'a Statement> {
        let mentions =
            |statement: &&Statement| begins(statement, &["option", name]) || begins(statement, &["no", "option", name]);
        self.statements().rfind(mentions).filter(|statement| statement.words[0] != "no")
    }

    /// The rules `http-check NAME`: those of `defaults` count only where the section has no rule of its own.
    pub(crate) fn checks(&self, name: &str) -> Vec<&'a Statement> {
        let own: &'a [Statement] = self.own;
        let rules: Vec<_> = if self.has_own_rules() { own.iter().collect() } else { self.inherited.clone() };
        rules.into_iter().filter(|statement| begins(statement, &["http-check", name])).collect()
    }

    /// Own rules without `send`, and an `option httpchk` of `defaults`, whose request they replace.
    pub(crate) fn asks_nothing(&self) -> bool {
        let own_option = self.own.iter().any(|statement| begins(statement, &["option", "httpchk"]));
        self.has_own_rules() && !own_option && self.checks("send").is_empty()
    }

    fn has_own_rules(&self) -> bool {
        let switches = ["disable-on-404", "send-state"];
        let is_rule = |statement: &Statement| {
            begins(statement, &["http-check"]) && !switches.iter().any(|word| begins(statement, &["http-check", word]))
        };
        self.own.iter().any(is_rule)
    }

    /// `timeout NAME`.
    pub(crate) fn timeout(&self, name: &str) -> Option<Set<Duration>> {
        let statement = self.last(&["timeout", name])?;
        Some(Set { value: duration(statement.words.get(2)?)?, place: statement.place })
    }

    fn protocol_of_checks(&self) -> Protocol {
        let mut protocol = Protocol::Connect;
        for statement in self.statements() {
            let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
            protocol = match words.as_slice() {
                ["option", "httpchk", ..] => Protocol::Http(statement.place),
                ["option", "mysql-check", ..] => Protocol::MySql(statement.place),
                // Without rules of its own it is only a connection.
                ["option", "tcp-check", ..] if self.last(&["tcp-check"]).is_none() => Protocol::Connect,
                ["option", name, ..] if name.ends_with("-check") => Protocol::Other,
                ["no", "option", name, ..] if name.ends_with("-check") || *name == "httpchk" => Protocol::Connect,
                _ => protocol,
            };
        }
        protocol
    }

    /// What its servers are used for, by the HTTP check, else by the agent.
    pub(crate) fn role(&self) -> Option<Role> {
        let by_http = self.question.as_ref().and_then(Question::role);
        let by_agent = || self.servers.iter().find_map(|server| agent_word(server, "role")?.parse().ok());
        by_http.or_else(by_agent)
    }

    /// Whether it may be written through: all but a pool of readers.
    pub(crate) fn writes(&self) -> bool {
        self.role() != Some(Role::Reader)
    }

    /// Whether healthd's writer role decides who is used.
    pub(crate) fn has_writer_role(&self) -> bool {
        self.role() == Some(Role::Writer)
    }

    /// Whether healthd is asked, and only whether queries are answered.
    pub(crate) fn asks_any(&self) -> bool {
        let asked = self.question.is_some() || self.servers.iter().any(|server| server.settings.agent_check);
        asked && matches!(self.role(), None | Some(Role::Any))
    }

    /// Whether clients are kept on a server by a table.
    pub(crate) fn sticks(&self) -> bool {
        ["on", "match", "store-request"].iter().any(|way| self.last(&["stick", way]).is_some())
    }

    /// The servers for which something holds, for a finding; `None` when there are none.
    pub(crate) fn servers_with(&self, holds: impl Fn(&Server) -> bool) -> Option<String> {
        let names: Vec<_> = self.servers.iter().filter(|server| holds(server)).map(|s| s.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Where the first of these servers is.
    pub(crate) fn first_with(&self, holds: impl Fn(&Server) -> bool) -> Place {
        self.servers.iter().find(|server| holds(server)).map_or(self.place, |server| server.place)
    }

    fn is_mysql(&self) -> bool {
        if self.servers.is_empty()
            || self.last(&["mode"]).is_some_and(|mode| mode.words.get(1).is_none_or(|m| m != "tcp"))
        {
            return false;
        }
        let asks_healthd = self.question.as_ref().is_some_and(|question| question.path.starts_with("/mysqlchk"));
        let ports = |server: &Server| {
            let Settings { port, agent_port, agent_send, .. } = &server.settings;
            let to = |port: &Option<String>| port.as_deref().is_some_and(|port| HEALTHD_PORTS.contains(&port));
            let database = server.address.rsplit_once(':').is_some_and(|(_, port)| MYSQL_PORTS.contains(&port));
            to(port)
                || to(agent_port)
                || database
                || agent_send.as_ref().is_some_and(|send| send.value.contains("role="))
        };
        asks_healthd || matches!(self.protocol, Protocol::MySql(_)) || self.servers.iter().any(ports)
    }
}

/// A value of the line that is sent to a server's agent: `role=reader`.
pub(crate) fn agent_word<'a>(server: &'a Server, key: &str) -> Option<&'a str> {
    let line = server.settings.agent_send.as_ref().filter(|_| server.settings.agent_check)?;
    line.value.split_ascii_whitespace().filter_map(|word| word.split_once('=')).find(|(k, _)| *k == key).map(|(_, v)| v)
}

fn begins(statement: &Statement, words: &[&str]) -> bool {
    statement.words.len() >= words.len() && statement.words.iter().zip(words).all(|(have, want)| have == want)
}
