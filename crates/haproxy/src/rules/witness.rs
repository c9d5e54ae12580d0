//! What HAProxy reports to healthd about the servers of a pool with role=writer.

use crate::candidate::Candidates;
use crate::pool::Pool;
use crate::request::{CheckRequest, Fetch, Naming, fetch};
use crate::rule::Rule;

/// The prefix of the key with a server's state.
const UP: &str = "up.";
/// The short form, with one other server.
const PEER_UP: &str = "peer_up";

pub(super) fn check(pool: &Pool<'_>, candidates: &mut Candidates) {
    let Some(request) = &pool.request else { return };
    let mut add = |rule, what: String| candidates.add_with_fix(rule, pool, request.place, what, line(pool, request));
    if request.naming == Naming::Half {
        add(Rule::WitnessHeaderIncomplete, String::new());
    }
    let asked: Vec<(&str, Option<Fetch<'_>>)> = request
        .pairs
        .iter()
        .map(|(key, value)| (key.as_str(), fetch(value)))
        .filter(|(key, fetch)| {
            key.starts_with(UP) || *key == PEER_UP || fetch.is_some_and(|fetch| is_of_servers(fetch.name))
        })
        .collect();
    if asked.is_empty() {
        return add(Rule::WriterWithoutWitness, String::new());
    }
    if !request.evaluated && request.pairs.iter().any(|(_, value)| value.contains("%[")) {
        add(Rule::WitnessNotEvaluated, String::new());
    }
    if request.value("me").and_then(fetch).is_none_or(|fetch| fetch.name != "srv_name") {
        add(Rule::WitnessWithoutMe, String::new());
    }
    for (key, fetch) in &asked {
        let Some(rule) = misasked(pool, key, *fetch) else { continue };
        add(rule, request.pairs.iter().find(|(k, _)| k == key).map_or_else(String::new, |(k, v)| format!("{k}={v}")));
    }
    let counted = asked.iter().any(|(_, fetch)| fetch.is_some_and(|fetch| fetch.name == "nbsrv"));
    let omitted = |name: &str| !asked.iter().any(|(key, _)| key.strip_prefix(UP) == Some(name));
    // A count of servers has its own candidate already.
    if let Some(servers) = pool.servers_with(|server| omitted(&server.name)).filter(|_| !counted) {
        add(Rule::WitnessOmits, servers);
    }
}

fn is_of_servers(name: &str) -> bool {
    matches!(name, "nbsrv" | "srv_is_up" | "srv_conn")
}

/// The rule that one key breaks.
fn misasked(pool: &Pool<'_>, key: &str, fetch: Option<Fetch<'_>>) -> Option<Rule> {
    let Some(fetch) = fetch.filter(|fetch| is_of_servers(fetch.name)) else { return Some(Rule::WitnessUnknown) };
    if fetch.name == "nbsrv" {
        return Some(Rule::WitnessCounts);
    }
    let (backend, server) = fetch.argument.split_once('/').unwrap_or((&pool.name, fetch.argument));
    if backend != pool.name {
        return Some(Rule::WitnessElsewhere);
    }
    let known = pool.servers.iter().any(|known| known.name == server);
    let named = key.strip_prefix(UP).is_none_or(|name| name == server);
    (!known || !named || fetch.name != "srv_is_up").then_some(Rule::WitnessUnknown)
}

/// The correct line for this pool.
fn line(pool: &Pool<'_>, request: &CheckRequest) -> String {
    let port = request.value("port").unwrap_or("3306");
    let up = |name: &str| format!("&{UP}{name}=%[srv_is_up({}/{name})]", pool.name);
    let servers: String = pool.servers.iter().map(|server| up(&server.name)).collect();
    let named = match request.naming {
        Naming::None => "",
        Naming::Whole | Naming::Half => " hdr X-Healthd-Witness \"NAME TOKEN\"",
    };
    format!(
        "http-check send meth GET uri-lf \"/mysqlchk/?port={port}&role=writer&me=%[srv_name]{servers}\" ver HTTP/1.1 \
         hdr Host healthd{named}"
    )
}
