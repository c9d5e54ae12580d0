//! The demo: starts everything, kills the active database, shows what happens, brings it back, and shows that too.

mod database;
mod failover;
mod node;
mod place;
mod screen;
mod site;
mod workload;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Duration;

use self::place::Place;
use self::screen::Screen;
use self::site::Site;
use self::workload::Workload;
use healthd_tests::stop::{Ended, Stop};

/// Runs the demo and cleans up. With `ONCE=1` it ends by itself, otherwise it stays until Ctrl-C.
pub(crate) fn run() -> ExitCode {
    let screen = Screen::new();
    let once = std::env::var_os("ONCE").is_some_and(|value| !value.is_empty() && value != "0");
    screen.heading("healthd demo: two MariaDB servers as masters of each other, a healthd for each, HAProxy in front");
    let stop = match Stop::on_signals() {
        Ok(stop) => stop,
        Err(error) => return failed(&screen, &format!("signals: {error}")),
    };
    let place = match Place::claim() {
        Ok(place) => place,
        Err(why) => return failed(&screen, &why),
    };
    let told = catch_unwind(AssertUnwindSafe(|| story(&screen, &stop, &place, once)));
    let outcome = told.unwrap_or_else(|_| Err(Ended::Failed("a panic, see above".to_owned())));
    // Everything that ran has ended by now, because it was dropped.
    drop(place);
    let code = match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // The exit code that a shell reports for a program that SIGINT has ended.
        Err(Ended::Interrupted) => ExitCode::from(130),
        Err(Ended::Failed(why)) => failed(&screen, &why),
    };
    screen.line("Everything has ended, and the data is removed.");
    code
}

fn failed(screen: &Screen, why: &str) -> ExitCode {
    screen.failure(why);
    ExitCode::FAILURE
}

fn story(screen: &Screen, stop: &Stop, place: &Place, once: bool) -> Result<(), Ended> {
    let mut site = Site::start(screen, stop, place)?;
    site.introduce(screen);
    let workload = screen.step("a writer and a reader through HAProxy, a new connection every 20 ms", || {
        let workload = Workload::start(stop, site.frontend);
        stop.until("100 acknowledged writes, read again", Duration::from_secs(20), || workload.has_begun(100))?;
        Ok(workload)
    })?;
    failover::kill(screen, stop, &site, &workload)?;
    failover::bring_back(screen, stop, &mut site, &workload)?;
    failover::settle(screen, stop, &site, workload)?;
    screen.line("");
    screen.line(
        "This was role=any: it reports which server answers, not which one has every write. To prevent reads of old",
    );
    screen.line("data after a failover, use the writer role: docs/failover.md. `make drill CONFIG=async` shows it.");
    if once {
        return Ok(());
    }
    site.stay(screen, stop)
}
