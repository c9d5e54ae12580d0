//! Sessions when a server's state changes.

use crate::candidate::Candidates;
use crate::pool::Pool;
use crate::rule::Rule;
use crate::server::{Server, Set, duration};

/// MySQL's `wait_timeout`.
const WAIT_TIMEOUT: &str = "8h";

pub(super) fn check(pool: &Pool<'_>, candidates: &mut Candidates) {
    let says =
        |setting: &Option<Set<String>>, word: &str| setting.as_ref().is_some_and(|setting| setting.value == word);
    let stays = |server: &Server| !says(&server.settings.on_marked_down, "shutdown-sessions");
    if let Some(servers) = pool.servers_with(stays) {
        candidates.add(Rule::SessionsStay, pool, pool.first_with(stays), servers);
    }
    let has_backup = pool.servers.iter().any(|server| server.settings.backup);
    let cuts = |server: &Server| says(&server.settings.on_marked_up, "shutdown-backup-sessions");
    let splits = |server: &Server| has_backup && !server.settings.backup && !cuts(server);
    if let Some(servers) = pool.servers_with(splits) {
        candidates.add(Rule::FailbackSplitsWrites, pool, pool.first_with(splits), servers);
    }
    if let Some(servers) = pool.servers_with(cuts) {
        candidates.add(Rule::FailbackCutsSessions, pool, pool.first_with(cuts), servers);
    }
    drain(pool, candidates);
    redispatch(pool, candidates);
    for name in ["client", "server"] {
        let timeout = pool.timeout(name).filter(|timeout| Some(timeout.value) < duration(WAIT_TIMEOUT));
        // 0 means no timeout.
        if let Some(timeout) = timeout.filter(|timeout| !timeout.value.is_zero()) {
            let time = healthd_core::text::duration::exact(timeout.value);
            candidates.add(Rule::ShortIdleTimeout, pool, timeout.place, format!("timeout {name} {time}"));
        }
    }
}

fn drain(pool: &Pool<'_>, candidates: &mut Candidates) {
    if let Some(statement) = pool.last(&["http-check", "disable-on-404"]) {
        candidates.add(Rule::DrainOnWrite, pool, statement.place, "disable-on-404");
    }
    for expect in pool.checks("expect") {
        let conditional =
            expect.words.windows(2).any(|pair| pair[0] == "ok-status" && pair[1].eq_ignore_ascii_case("l7okc"));
        if conditional {
            candidates.add(Rule::DrainOnWrite, pool, expect.place, "ok-status L7OKC");
        }
    }
}

fn redispatch(pool: &Pool<'_>, candidates: &mut Candidates) {
    let never_again =
        pool.last(&["retries"]).filter(|retries| retries.words.get(1).is_some_and(|number| number == "0"));
    match (pool.option("redispatch"), never_again) {
        (_, Some(retries)) => candidates.add(Rule::NoRedispatch, pool, retries.place, "retries 0"),
        (None, None) => candidates.add(Rule::NoRedispatch, pool, pool.place, ""),
        (Some(_), None) => {}
    }
}
