//! A check of either protocol: the server, the role, and the answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use healthd_core::text::clean::one_line;
use healthd_core::verdict::WriterView;
use healthd_core::verdict::role::Role;
use healthd_core::verdict::{State, Verdict};
use healthd_mysql::login::address::parse_port;

use crate::node::Node;
use crate::node::instance::Instance;
use crate::watch::view::View;
use crate::witness::{WitnessWords, Word};

/// The parameters of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    port: Option<u16>,
    name: Option<String>,
    role: Option<Role>,
    max_lag: Option<Duration>,
    witness: WitnessWords,
}

/// The client of a check, and the connection.
pub(crate) struct Asker<'a> {
    /// The client's address; `None` on a unix socket.
    pub(crate) address: Option<IpAddr>,
    /// HAProxy's `http-check send-state`.
    pub(crate) state: Option<&'a str>,
    /// The header with the name of a HAProxy and the token.
    pub(crate) witness: Option<&'a str>,
    /// When the check arrived.
    pub(crate) arrived: Instant,
    /// Whether the client still waits for the answer.
    pub(crate) open: &'a (dyn Fn() -> bool + Sync),
    /// The protocol.
    pub(crate) protocol: Protocol,
}

/// The protocol of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HAProxy's HTTP check, which decides.
    Http,
    /// HAProxy's agent check, which only makes changes faster.
    Agent {
        /// Whether HAProxy waits for the word `ready`.
        ready: bool,
    },
}

/// Why a check gets no verdict, as a sentence for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AskError {
    /// The parameters are not understood.
    BadRequest(String),
    /// No instance has this port or name. healthd never connects to a server because a request names it.
    UnknownInstance(String),
}

/// A verdict, with what is printed next to it.
#[derive(Debug)]
pub(crate) struct CheckAnswer {
    pub(crate) verdict: Verdict,
    pub(crate) instance: Arc<Instance>,
    pub(crate) role: Role,
    pub(crate) age: Option<Duration>,
}

impl Ask {
    /// Reads decoded pairs of key and value. Unknown keys are ignored, because other versions and tools add theirs.
    pub(crate) fn from_pairs<K: AsRef<str>, V: AsRef<str>>(
        pairs: impl Iterator<Item = (K, V)>,
    ) -> Result<Ask, AskError> {
        let mut ask = Ask { port: None, name: None, role: None, max_lag: None, witness: WitnessWords::default() };
        for (key, value) in pairs {
            let (key, value) = (key.as_ref(), value.as_ref());
            match key {
                "port" => {
                    let port = parse_port(value).ok_or_else(|| {
                        bad(&format!("port `{}` is not a number from 1 to 65535", one_line(value, 20)))
                    })?;
                    once(&mut ask.port, port, key)?;
                }
                "name" => once(&mut ask.name, value.to_owned(), key)?,
                "role" => once(&mut ask.role, value.parse().map_err(|error| bad(&format!("{error}")))?, key)?,
                "max_lag" => {
                    let max_lag =
                        healthd_core::text::duration::parse(value).map_err(|error| bad(&error.to_string()))?;
                    once(&mut ask.max_lag, max_lag, key)?;
                }
                _ => ask.witness.read(key, value),
            }
        }
        Ok(ask)
    }

    /// The role as a metric label, before the instance is known.
    pub(crate) fn role_name(&self) -> &'static str {
        self.role.map_or("default", Role::name)
    }

    /// Decides. Waits at most 100 ms for a running probe.
    pub(crate) async fn answer(&self, node: &Node, asker: &Asker<'_>) -> Result<CheckAnswer, AskError> {
        let fleet = node.fleet();
        let instance = match (&self.name, self.port) {
            (Some(name), port) => fleet
                .by_name(name)
                .filter(|instance| port.is_none() || instance.config.port == port)
                .ok_or_else(|| {
                    AskError::UnknownInstance(format!("`{}` is not an instance of this healthd", one_line(name, 40)))
                })?,
            (None, Some(port)) => fleet
                .by_port(port)
                .ok_or_else(|| AskError::UnknownInstance(format!("port {port} is not an instance of this healthd")))?,
            (None, None) => match fleet.instances.as_slice() {
                // The agent protocol without `agent-send` names no instance.
                [only] => only,
                _ => return Err(bad("port is missing: write port=3306")),
            },
        };
        let (mut health, mut now) = instance.prober.fresh_health().await;
        let around = instance.circumstances.now();
        let role = self.role.unwrap_or(instance.config.default_role);
        let mut decides = false;
        let writer = match role {
            Role::Writer => {
                let (view, counts) = self.writer(node, instance, asker).await;
                decides = counts;
                // The writer role may have waited for a newer probe.
                (health, now) = (instance.prober.health(), Instant::now());
                Some(view)
            }
            // Readers can be served although the standby is down.
            Role::Reader if instance.writer.settings.peer.is_some() => Some(instance.writer.view()),
            Role::Any | Role::Reader | Role::Galera => None,
        };
        let view = View { config: &instance.config, health: &health, around: &around, now, writer: writer.as_ref() };
        let verdict = view.verdict(role, self.max_lag);
        if let (true, State::Up, Some(canary)) = (decides, verdict.state(), &instance.canary) {
            canary.served();
        }
        Ok(CheckAnswer {
            verdict,
            instance: Arc::clone(instance),
            role,
            age: health.answered_at().map(|at| now.saturating_duration_since(at)),
        })
    }

    /// The part of the writer role, and whether this client decides it: a 200 to a witness brings the server into use.
    /// The agent protocol has no parameters for a witness, so it repeats the answer that the HTTP check of the same
    /// HAProxy gets.
    async fn writer(&self, node: &Node, instance: &Instance, asker: &Asker<'_>) -> (WriterView, bool) {
        let writer = &instance.writer;
        instance.use_the_writer_role().await;
        if let Protocol::Agent { ready } = asker.protocol {
            return (writer.view_for(asker.address, ready), false);
        }
        let asking = writer.settings.witnesses.asking(asker.address, asker.witness);
        let word = self.witness.word(asking, asker.state);
        match word {
            Word::Witness { number, .. } => writer.heard_from(number, asker.address),
            Word::None if self.witness != WitnessWords::default() => node.counters.count_ignored_witness(),
            Word::None | Word::Unreadable(_) => {}
        }
        let asked = matches!(word, Word::Witness { .. }) || !writer.witnessed();
        let view = writer.check(&instance.prober, word, asker.arrived, asker.open).await;
        // Rule 8: a client that has disconnected brings nothing into use.
        (view, asked && (asker.open)())
    }

    /// Whether neither port nor name is given.
    pub(crate) fn names_no_instance(&self) -> bool {
        self.port.is_none() && self.name.is_none()
    }
}

fn bad(text: &str) -> AskError {
    AskError::BadRequest(text.to_owned())
}

fn once<T>(slot: &mut Option<T>, value: T, key: &str) -> Result<(), AskError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(bad(&format!("{key} is given twice"))),
    }
}
