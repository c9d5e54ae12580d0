//! How long HAProxy takes to notice what healthd knows.

use std::time::Duration;

use healthd_core::text::duration::exact;

use crate::candidate::Candidates;
use crate::pool::{Pool, Protocol};
use crate::rule::Rule;
use crate::server::{Server, Set};

/// HAProxy's own defaults.
const INTER: Duration = Duration::from_secs(2);
const RISE: u32 = 2;
const FALL: u32 = 3;
/// The longest time that healthd waits for a running probe.
const HEALTHD_WAITS: Duration = Duration::from_millis(100);
/// `timeout check` up to this is not too long.
const ENOUGH: Duration = Duration::from_millis(200);
/// The longest pause between checks with role=writer.
const WRITER_PAUSE: Duration = Duration::from_millis(100);
/// The longest time in which the HTTP check of a write pool may miss a dead server.
const NOTICED: Duration = Duration::from_secs(2);

pub(super) fn check(pool: &Pool<'_>, candidates: &mut Candidates) {
    let Some(server) = pool.servers.iter().find(|server| server.settings.check) else { return };
    if let Protocol::Http(_) = pool.protocol {
        timeout(pool, server, candidates);
    }
    if pool.has_writer_role() {
        writer_pauses(pool, server, candidates);
        rise_and_fall(pool, server, candidates);
    } else if pool.writes() {
        let inter = server.settings.inter.map_or(INTER, |inter| inter.value);
        let fall = server.settings.fall.map_or(FALL, |fall| fall.value);
        if inter.saturating_mul(fall) > NOTICED {
            let place = server.settings.inter.map_or(server.place, |inter| inter.place);
            candidates.add(Rule::SlowChecks, pool, place, format!("inter {} fall {fall}", exact(inter)));
        }
    }
}

fn timeout(pool: &Pool<'_>, server: &Server, candidates: &mut Candidates) {
    let Some(timeout) = pool.timeout("check") else {
        return candidates.add(Rule::NoTimeoutCheck, pool, pool.place, "");
    };
    let inter = server.settings.inter.map_or(INTER, |inter| inter.value);
    let what = format!("timeout check {}", exact(timeout.value));
    if timeout.value <= HEALTHD_WAITS {
        candidates.add(Rule::TimeoutCheckShort, pool, timeout.place, what);
    } else if timeout.value > inter.max(ENOUGH) {
        candidates.add(Rule::TimeoutCheckLong, pool, timeout.place, format!("{what}, inter {}", exact(inter)));
    }
}

fn writer_pauses(pool: &Pool<'_>, server: &Server, candidates: &mut Candidates) {
    let settings = &server.settings;
    let unset = Set { value: INTER, place: server.place };
    let agent = settings.agent_check.then_some(settings.agent_inter.or(settings.inter).unwrap_or(unset));
    let pauses = [
        ("inter", Some(settings.inter.unwrap_or(unset))),
        ("fastinter", settings.fastinter),
        ("downinter", settings.downinter),
        ("agent-inter", agent),
    ];
    let slow = pauses.into_iter().filter_map(|(name, pause)| Some((name, pause.filter(|p| p.value > WRITER_PAUSE)?)));
    let slow: Vec<_> = slow.collect();
    if let Some((_, first)) = slow.first() {
        let what: Vec<_> = slow.iter().map(|(name, pause)| format!("{name} {}", exact(pause.value))).collect();
        candidates.add(Rule::SlowChecks, pool, first.place, what.join(", "));
    }
}

fn rise_and_fall(pool: &Pool<'_>, server: &Server, candidates: &mut Candidates) {
    let (rise, fall) = (server.settings.rise, server.settings.fall);
    let number = |set: Option<Set<u32>>, default| set.map_or(default, |set| set.value);
    let (rises, falls) = (number(rise, RISE), number(fall, FALL));
    if rises > 1 || falls > 2 {
        let place = rise.or(fall).map_or(server.place, |set| set.place);
        candidates.add(Rule::RiseFall, pool, place, format!("rise {rises} fall {falls}"));
    }
}
