//! Servers that are UP before their first check.

use super::agent::says_ready;
use crate::candidate::Candidates;
use crate::pool::Pool;
use crate::rule::Rule;
use crate::server::Server;

pub(super) fn check(pool: &Pool<'_>, candidates: &mut Candidates) {
    let ready = |server: &Server| server.settings.agent_check && says_ready(server);
    let waits = |server: &Server| {
        let state = server.settings.init_state.as_ref().map(|state| state.value.as_str());
        matches!(state, Some("down" | "fully-down"))
    };
    let hole = |server: &Server| pool.has_writer_role() && !waits(server) && !server.settings.disabled;
    let mixed = |server: &Server| pool.writes() && waits(server) && server.settings.disabled;
    let never = |server: &Server| server.settings.disabled && !ready(server);
    for (rule, holds) in [
        (Rule::StartUpHole, &hole as &dyn Fn(&Server) -> bool),
        (Rule::StartUpMixed, &mixed),
        (Rule::NeverReady, &never),
    ] {
        if let Some(servers) = pool.servers_with(holds) {
            candidates.add(rule, pool, pool.first_with(holds), servers);
        }
    }
}
