//! The line that is sent to the agent.

use crate::candidate::Candidates;
use crate::pool::{Pool, agent_word};
use crate::rule::Rule;
use crate::server::Server;

pub(super) fn check(pool: &Pool<'_>, candidates: &mut Candidates) {
    for (rule, holds) in [
        (Rule::AgentLineUnfinished, &unfinished as &dyn Fn(&Server) -> bool),
        (Rule::AgentUndoesDrain, &undoes_drain),
        (Rule::AgentDiffersFromCheck, &|server: &Server| asks_otherwise(pool, server)),
    ] {
        if let Some(servers) = pool.servers_with(holds) {
            let first = pool.servers.iter().find(|server| holds(server));
            let send = first.and_then(|server| server.settings.agent_send.as_ref());
            candidates.add(rule, pool, send.map_or(pool.place, |send| send.place), servers);
        }
    }
}

fn line(server: &Server) -> Option<&str> {
    server.settings.agent_send.as_ref().filter(|_| server.settings.agent_check).map(|send| send.value.as_str())
}

fn unfinished(server: &Server) -> bool {
    line(server).is_some_and(|line| !line.ends_with('\n'))
}

fn undoes_drain(server: &Server) -> bool {
    !server.settings.disabled && says_ready(server)
}

pub(super) fn says_ready(server: &Server) -> bool {
    line(server).is_some_and(|line| line.split_ascii_whitespace().any(|word| word == "ready"))
}

fn asks_otherwise(pool: &Pool<'_>, server: &Server) -> bool {
    let Some(request) = pool.request.as_ref().filter(|_| line(server).is_some()) else { return false };
    let differs =
        |key: &str, default: &str| request.value(key).unwrap_or(default) != agent_word(server, key).unwrap_or(default);
    differs("role", "any") || differs("port", "")
}
