//! Shows what healthd, HAProxy and the clients see when the active database dies, and when it returns.

use std::thread;
use std::time::{Duration, Instant};

use super::screen::Screen;
use super::site::{Site, reason};
use super::workload::{Read, Workload};
use healthd_tests::stop::{Ended, Stop};

const WITHIN: Duration = Duration::from_secs(15);
const BACK_WITHIN: Duration = Duration::from_secs(60);

/// When something was seen, and what it was.
type Event = (Duration, String);

/// Kills the active database and shows who noticed it, and when.
pub(crate) fn kill(screen: &Screen, stop: &Stop, site: &Site, workload: &Workload) -> Result<(), Ended> {
    screen.line("");
    screen.heading("kill -9 of db101, the active database");
    let begun = Instant::now();
    let events = thread::scope(|scope| {
        let watch = Watch { stop, site, begun };
        let healthd = scope.spawn(move || watch.healthd(false, WITHIN));
        let haproxy = scope.spawn(move || watch.haproxy(false, WITHIN));
        let client = scope.spawn(move || watch.client(workload, 2, WITHIN));
        site.active.database.kill9();
        [joined(healthd), joined(haproxy), joined(client)]
    });
    timeline(screen, "db101 killed", events)?;
    // The statements that were in progress at that moment end last.
    let seen = stop.until("the clients that met the dying server", WITHIN, || {
        (begun.elapsed() > Duration::from_secs(2)).then(|| workload.seen())
    })?;
    let near = |read: &&Read| read.answered >= begun && read.asked < begun + Duration::from_secs(1);
    let longest = seen.reads.iter().filter(near).map(|read| read.answered - read.asked).max().unwrap_or_default();
    let failures = seen.failures.iter().filter(|at| **at >= begun).count();
    screen.line(&format!(
        "             clients: {failures} lost their connection, the slowest answer took {} ms",
        longest.as_millis()
    ));
    Ok(())
}

/// Starts the database again and shows that it is used again.
pub(crate) fn bring_back(screen: &Screen, stop: &Stop, site: &mut Site, workload: &Workload) -> Result<(), Ended> {
    screen.line("");
    screen.heading("db101 is started again");
    let begun = Instant::now();
    site.active.database.relaunch()?;
    let site = &*site;
    let events = screen.step("its return to HAProxy", || {
        Ok(thread::scope(|scope| {
            let watch = Watch { stop, site, begun };
            let healthd = scope.spawn(move || watch.healthd(true, BACK_WITHIN));
            let haproxy = scope.spawn(move || watch.haproxy(true, BACK_WITHIN));
            let client = scope.spawn(move || watch.client(workload, 1, BACK_WITHIN));
            [joined(healthd), joined(haproxy), joined(client)]
        }))
    })?;
    timeline(screen, "db101 started", events)
}

/// Ends the clients and compares the rows of both databases with the acknowledged writes.
pub(crate) fn settle(screen: &Screen, stop: &Stop, site: &Site, workload: Workload) -> Result<(), Ended> {
    let acknowledged = workload.seen().acknowledged;
    drop(workload);
    screen.step(&format!("all {acknowledged} acknowledged writes in both databases"), || {
        for node in [&site.active, &site.backup] {
            node.database.await_replication(stop)?;
            stop.until(&format!("all rows in {}", node.name), BACK_WITHIN, || {
                let rows = node.database.sql("SELECT COUNT(*) FROM demo.writes")?;
                match rows.parse::<u64>() {
                    Ok(rows) if rows >= acknowledged => Ok(()),
                    _ => Err(format!("{rows} rows")),
                }
            })?;
        }
        Ok(())
    })
}

/// The observers of db101.
#[derive(Clone, Copy)]
struct Watch<'a> {
    stop: &'a Stop,
    site: &'a Site,
    begun: Instant,
}

impl Watch<'_> {
    fn healthd(self, up: bool, within: Duration) -> Result<Event, Ended> {
        self.stop.until("healthd's answer", within, || {
            let answer = self.site.active.check()?;
            let said = answer.body.trim_end().to_owned();
            let wanted = (answer.status == 200) == up;
            if wanted { Ok((self.begun.elapsed(), format!("healthd: {} {said}", answer.status))) } else { Err(said) }
        })
    }

    fn haproxy(self, up: bool, within: Duration) -> Result<Event, Ended> {
        self.stop.until("HAProxy's state of db101", within, || {
            let state = self.site.state(&self.site.active)?;
            let wanted = if up { state.status == "UP" } else { state.is_down() };
            let text = format!("HAProxy: db101 {}{}", state.status, reason(&state));
            if wanted { Ok((self.begun.elapsed(), text)) } else { Err(text) }
        })
    }

    fn client(self, workload: &Workload, server_id: u8, within: Duration) -> Result<Event, Ended> {
        let node = [&self.site.active, &self.site.backup].into_iter().find(|node| node.server_id == server_id);
        let name = node.map_or("no server", |node| node.name);
        self.stop.until(&format!("a client's answer from {name}"), within, || {
            let read = workload.seen().first_read(server_id, self.begun)?;
            let Read { rows, acknowledged, .. } = read;
            let text = match read.missing() {
                0 => format!("client:  first answer from {name}, with all {acknowledged} acknowledged writes"),
                _ => format!("client:  first answer from {name}, {rows} rows of {acknowledged} acknowledged writes"),
            };
            Some((read.answered - self.begun, text))
        })
    }
}

fn joined(thread: thread::ScopedJoinHandle<'_, Result<Event, Ended>>) -> Result<Event, Ended> {
    thread.join().unwrap_or_else(|_| Err(Ended::Failed("a watching thread panicked".to_owned())))
}

fn timeline(screen: &Screen, start: &str, events: [Result<Event, Ended>; 3]) -> Result<(), Ended> {
    screen.event(Duration::ZERO, start);
    let mut events = events.into_iter().collect::<Result<Vec<Event>, Ended>>()?;
    events.sort();
    for (after, text) in events {
        screen.event(after, &text);
    }
    Ok(())
}
