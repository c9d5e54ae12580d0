//! What the logs and the charts do costs no check its time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use healthd_tests::process::Signal;
use healthd_tests::{Flavor, Healthd, Server, wait_for};

use super::support::counting_with;
use crate::turn;

/// One in a hundred may be slower on a shared machine, none as slow as a check may be at all.
const QUICK: Duration = Duration::from_millis(50);
const AT_MOST: Duration = Duration::from_millis(250);

/// Asks checks until something is over.
#[track_caller]
fn assert_quick_until(healthd: &Healthd, mut is_over: impl FnMut() -> bool) {
    let mut took = Vec::new();
    while !is_over() {
        let answer = healthd.check("name=m0");
        assert_eq!(answer.status, 200, "{}", answer.body);
        took.push(answer.took);
    }
    took.sort_unstable();
    let slow = took.iter().filter(|took| **took >= QUICK).count();
    assert!(slow * 100 <= took.len(), "{slow} of {}: {:?}", took.len(), &took[took.len() - slow..]);
    assert!(took.last().is_some_and(|took| *took < AT_MOST), "{:?}", took.last());
}

#[test]
fn catching_up_on_a_large_log_delays_no_check() {
    let _turn = turn::alone();
    let server = Server::builder(Flavor::MariaDb).start();
    let (healthd, log) = counting_with(Healthd::builder().instance("m0", server.port(), ""), "");
    let block: String = (0..20_000).map(|number| log.line(&format!("sent mx{}", number % 40))).collect();
    for _ in 0..150 {
        log.write(&block);
    }
    let end = Instant::now() + Duration::from_secs(120);
    let (mut asked, mut sum) = (Instant::now(), 0);
    assert_quick_until(&healthd, || {
        if asked.elapsed() > Duration::from_millis(300) {
            asked = Instant::now();
            let window = super::support::window(&healthd, "counter=lines");
            sum = window["sum"].as_u64().unwrap_or(0) + window["since"].as_u64().unwrap_or(0);
            assert!(Instant::now() < end, "{window}");
        }
        sum >= 3_000_000
    });
    assert_eq!(sum, 3_000_000);
}

#[test]
fn a_flood_of_chart_requests_delays_no_check_and_is_refused() {
    let _turn = turn::alone();
    let server = Server::builder(Flavor::MariaDb).start();
    let (healthd, log) = counting_with(Healthd::builder().instance("m0", server.port(), ""), "");
    let lines: String = (0..400).map(|number| log.line(&format!("sent h{number}"))).collect();
    log.write(&lines);
    log.await_sum(&healthd, "lines", "", 400);
    let (over, pages, refused) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for number in 0..40 {
            let (healthd, over, pages, refused) = (&healthd, &over, &pages, &refused);
            scope.spawn(move || {
                let target =
                    ["/logs?range=week", "/api/series?from=now-11d&by=host&counter=lines", "/api/logs"][number % 3];
                while !over.load(Ordering::Relaxed) {
                    match healthd.get(target).status {
                        200 | 400 => pages.fetch_add(1, Ordering::Relaxed),
                        429 | 503 => refused.fetch_add(1, Ordering::Relaxed),
                        other => panic!("{target}: {other}"),
                    };
                }
            });
        }
        let end = Instant::now() + Duration::from_secs(5);
        assert_quick_until(&healthd, || Instant::now() > end);
        over.store(true, Ordering::Relaxed);
    });
    assert!(pages.into_inner() > 0, "some are answered");
    assert!(refused.into_inner() > 0, "more than a few at once are refused");
    // Monitoring has places of its own.
    assert_eq!(super::support::window(&healthd, "counter=lines")["fault"], serde_json::Value::Null);
}

#[test]
fn a_daemon_that_reads_a_log_ends_at_once() {
    let _turn = turn::shared();
    let (healthd, log) = counting_with(Healthd::builder(), "");
    let block: String = (0..20_000).map(|number| log.line(&format!("sent mx{}", number % 40))).collect();
    for _ in 0..50 {
        log.write(&block);
    }
    wait_for("it has begun to read", Duration::from_secs(30), || {
        let window = super::support::window(&healthd, "counter=lines");
        if window["newest"].is_null() { Err(window.to_string()) } else { Ok(()) }
    });
    let told = Instant::now();
    healthd.process().signal(Signal::TERM);
    healthd.process().wait_exit(Duration::from_secs(5));
    assert!(told.elapsed() < Duration::from_secs(2), "{:?}", told.elapsed());
}
