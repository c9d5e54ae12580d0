//! A section with servers as HAProxy runs it: with inherited settings, and the request of its checks.

use std::time::Duration;

use healthd_core::text::clean::one_line;
use healthd_core::verdict::role::Role;

use crate::request::CheckRequest;
use crate::sections::{Configuration, Kind, Place, Section, Statement};
use crate::server::{Server, ServerSettings, Set, duration};

/// healthd's ports, unless its configuration says otherwise.
const HEALTHD_PORTS: [&str; 2] = ["31337", "31338"];
/// MySQL's port, and the usual ports of more servers on a machine.
const MYSQL_PORTS: [&str; 4] = ["3306", "3307", "3308", "3309"];

/// How HAProxy checks the servers of a pool that have `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// `option httpchk`.
    Http(Place),
    /// `option mysql-check`.
    MySql(Place),
    /// No option: a connection is opened and closed.
    Connect,
    /// Another option, which is not judged.
    Other,
}

/// A `listen` or `backend` section with MySQL or MariaDB servers.
#[derive(Debug)]
pub(crate) struct Pool<'a> {
    pub(crate) name: String,
    /// Its first line.
    pub(crate) place: Place,
    pub(crate) servers: Vec<Server>,
    pub(crate) protocol: Protocol,
    /// The request of the HTTP check.
    pub(crate) request: Option<CheckRequest>,
    inherited: Vec<&'a Statement>,
    own: &'a [Statement],
}

/// All pools with MySQL or MariaDB servers.
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
            request: None,
            inherited: configuration.inherited(section),
            own: &section.statements,
        };
        let mut settings = ServerSettings::default();
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
        pool.request = match pool.protocol {
            Protocol::Http(_) if !pool.sends_nothing() => {
                CheckRequest::of(pool.option("httpchk"), pool.checks("send").last().copied())
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

    /// The last statement that begins with these words, which wins in HAProxy.
    pub(crate) fn last(&self, words: &[&str]) -> Option<&'a Statement> {
        self.all(words).last().copied()
    }

    /// All statements that begin with these words.
    pub(crate) fn all(&self, words: &[&str]) -> Vec<&'a Statement> {
        self.statements().filter(|statement| begins(statement, words)).collect()
    }

    /// `option NAME`, unless a later `no option NAME` revokes it.
    pub(crate) fn option(&self, name: &str) -> Option<&'a Statement> {
        let mentions =
            |statement: &&Statement| begins(statement, &["option", name]) || begins(statement, &["no", "option", name]);
        self.statements().rfind(mentions).filter(|statement| statement.words[0] != "no")
    }

    /// The rules `http-check NAME`. Those of `defaults` count only if the section has no rule of its own.
    pub(crate) fn checks(&self, name: &str) -> Vec<&'a Statement> {
        let own: &'a [Statement] = self.own;
        let rules: Vec<_> = if self.has_own_rules() { own.iter().collect() } else { self.inherited.clone() };
        rules.into_iter().filter(|statement| begins(statement, &["http-check", name])).collect()
    }

    /// Whether the section's own rules, without `send`, replace the request of an `option httpchk` in `defaults`.
    pub(crate) fn sends_nothing(&self) -> bool {
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
                // Without rules of its own, the check is only a connection.
                ["option", "tcp-check", ..] if self.last(&["tcp-check"]).is_none() => Protocol::Connect,
                ["option", name, ..] if name.ends_with("-check") => Protocol::Other,
                ["no", "option", name, ..] if name.ends_with("-check") || *name == "httpchk" => Protocol::Connect,
                _ => protocol,
            };
        }
        protocol
    }

    /// The role that the HTTP check requests, else the role that the agent is asked for.
    pub(crate) fn role(&self) -> Option<Role> {
        let by_http = self.request.as_ref().and_then(CheckRequest::role);
        let by_agent = || self.servers.iter().find_map(|server| agent_word(server, "role")?.parse().ok());
        by_http.or_else(by_agent)
    }

    /// Whether clients may write through this pool: true unless it is a pool of readers.
    pub(crate) fn writes(&self) -> bool {
        self.role() != Some(Role::Reader)
    }

    /// Whether healthd's writer role decides which server is used.
    pub(crate) fn has_writer_role(&self) -> bool {
        self.role() == Some(Role::Writer)
    }

    /// Whether healthd is asked, but only for `role=any` or no role.
    pub(crate) fn asks_any(&self) -> bool {
        let asked = self.request.is_some() || self.servers.iter().any(|server| server.settings.agent_check);
        asked && matches!(self.role(), None | Some(Role::Any))
    }

    /// Whether a stick-table keeps clients on a server.
    pub(crate) fn sticks(&self) -> bool {
        ["on", "match", "store-request"].iter().any(|way| self.last(&["stick", way]).is_some())
    }

    /// The names of the servers for which `holds` is true, for a message; `None` if there are none.
    pub(crate) fn servers_with(&self, holds: impl Fn(&Server) -> bool) -> Option<String> {
        let names: Vec<_> = self.servers.iter().filter(|server| holds(server)).map(|s| s.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// The line of the first of these servers, or of the section.
    pub(crate) fn first_with(&self, holds: impl Fn(&Server) -> bool) -> Place {
        self.servers.iter().find(|server| holds(server)).map_or(self.place, |server| server.place)
    }

    fn is_mysql(&self) -> bool {
        if self.servers.is_empty()
            || self.last(&["mode"]).is_some_and(|mode| mode.words.get(1).is_none_or(|m| m != "tcp"))
        {
            return false;
        }
        let asks_healthd = self.request.as_ref().is_some_and(|request| request.path.starts_with("/mysqlchk"));
        let ports = |server: &Server| {
            let ServerSettings { port, agent_port, agent_send, .. } = &server.settings;
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

/// A value of the line that is sent to the agent, such as `reader` of `role=reader`.
pub(crate) fn agent_word<'a>(server: &'a Server, key: &str) -> Option<&'a str> {
    let line = server.settings.agent_send.as_ref().filter(|_| server.settings.agent_check)?;
    line.value.split_ascii_whitespace().filter_map(|word| word.split_once('=')).find(|(k, _)| *k == key).map(|(_, v)| v)
}

fn begins(statement: &Statement, words: &[&str]) -> bool {
    statement.words.len() >= words.len() && statement.words.iter().zip(words).all(|(have, want)| have == want)
}
