//! Whether the check is one, and what passes it.

use crate::Report;
use crate::pool::{Pool, Protocol};
use crate::rule::Rule;
use crate::sections::Place;
use crate::server::Server;

pub(super) fn check(pool: &Pool<'_>, report: &mut Report) {
    let unasked = |server: &Server| !server.settings.check && !server.settings.track;
    let only_agent = |server: &Server| unasked(server) && server.settings.agent_check;
    let nothing = |server: &Server| unasked(server) && !server.settings.agent_check;
    for (rule, holds) in [(Rule::AgentOnly, &only_agent as &dyn Fn(&Server) -> bool), (Rule::Unchecked, &nothing)] {
        if let Some(servers) = pool.servers_with(holds) {
            report.add(rule, pool, pool.first_with(holds), servers);
        }
    }
    let checked = |server: &Server| server.settings.check;
    let Some(servers) = pool.servers_with(checked) else { return };
    match pool.protocol {
        Protocol::Http(option) => {
            let database = |server: &Server| checked(server) && !server.settings.check_elsewhere;
            let connects = pool.checks("connect").iter().any(|rule| rule.words.iter().any(|word| word == "port"));
            if let Some(servers) = pool.servers_with(database).filter(|_| !connects) {
                report.add(Rule::DatabasePortChecked, pool, pool.first_with(database), servers);
            }
            http(pool, option, report);
        }
        Protocol::MySql(option) => report.add(Rule::MysqlCheck, pool, option, servers),
        Protocol::Connect => report.add(Rule::ConnectCheckOnly, pool, pool.first_with(checked), servers),
        Protocol::Other => {}
    }
}

fn http(pool: &Pool<'_>, option: Place, report: &mut Report) {
    if let Some(place) = pool.question.as_ref().and_then(|question| question.smuggles_header) {
        report.add(Rule::SmuggledHeader, pool, place, "");
    }
    if pool.asks_nothing() {
        report.add(Rule::NothingAsked, pool, option, "");
    }
    let expects = pool.checks("expect");
    for expect in &expects {
        if expect.words.iter().any(|word| word == "string" || word == "rstring") {
            report.add(Rule::ExpectString, pool, expect.place, expect.words[1..].join(" "));
        }
    }
    // HAProxy does not take `disable-on-404` together with `expect status 200`.
    if expects.is_empty() && pool.last(&["http-check", "disable-on-404"]).is_none() {
        report.add(Rule::RedirectPasses, pool, option, "");
    }
}
