//! Whether servers are checked at all, and which answers pass.

use crate::candidate::Candidates;
use crate::pool::{Pool, Protocol};
use crate::rule::Rule;
use crate::sections::Place;
use crate::server::Server;

pub(super) fn check(pool: &Pool<'_>, candidates: &mut Candidates) {
    let unasked = |server: &Server| !server.settings.check && !server.settings.track;
    let only_agent = |server: &Server| unasked(server) && server.settings.agent_check;
    let nothing = |server: &Server| unasked(server) && !server.settings.agent_check;
    for (rule, holds) in [(Rule::AgentOnly, &only_agent as &dyn Fn(&Server) -> bool), (Rule::Unchecked, &nothing)] {
        if let Some(servers) = pool.servers_with(holds) {
            candidates.add(rule, pool, pool.first_with(holds), servers);
        }
    }
    let checked = |server: &Server| server.settings.check;
    let Some(servers) = pool.servers_with(checked) else { return };
    match pool.protocol {
        Protocol::Http(option) => {
            let database = |server: &Server| checked(server) && !server.settings.check_elsewhere;
            let connects = pool.checks("connect").iter().any(|rule| rule.words.iter().any(|word| word == "port"));
            if let Some(servers) = pool.servers_with(database).filter(|_| !connects) {
                candidates.add(Rule::DatabasePortChecked, pool, pool.first_with(database), servers);
            }
            http(pool, option, candidates);
        }
        Protocol::MySql(option) => candidates.add(Rule::MysqlCheck, pool, option, servers),
        Protocol::Connect => candidates.add(Rule::ConnectCheckOnly, pool, pool.first_with(checked), servers),
        Protocol::Other => {}
    }
}

fn http(pool: &Pool<'_>, option: Place, candidates: &mut Candidates) {
    if let Some(place) = pool.request.as_ref().and_then(|request| request.smuggles_header) {
        candidates.add(Rule::SmuggledHeader, pool, place, "");
    }
    if pool.sends_nothing() {
        candidates.add(Rule::NoCheckRequest, pool, option, "");
    }
    let expects = pool.checks("expect");
    for expect in &expects {
        if expect.words.iter().any(|word| word == "string" || word == "rstring") {
            candidates.add(Rule::ExpectString, pool, expect.place, expect.words[1..].join(" "));
        }
    }
    // HAProxy rejects `disable-on-404` together with `expect status 200`.
    if expects.is_empty() && pool.last(&["http-check", "disable-on-404"]).is_none() {
        candidates.add(Rule::RedirectPasses, pool, option, "");
    }
}
