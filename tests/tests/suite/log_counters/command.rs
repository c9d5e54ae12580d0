//! `healthd logs`.

use std::fs;

use healthd_tests::process::Signal;

use super::support::{Log, SOON, counting};
use crate::turn;

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[test]
fn show_prints_plain_numbers_into_a_pipe() {
    let _turn = turn::shared();
    let (healthd, log) = counting("");
    log.append("sent mx1", 3);
    log.append("sent mx2", 4);
    log.await_sum(&healthd, "lines", "", 7);
    for (arguments, sum) in [
        (&["logs", "show"][..], 7),
        (&["logs", "show", "lines", "--since", "10m"], 7),
        (&["logs", "show", "lines", "--since", "10m", "--label", "host=mx2"], 4),
    ] {
        let output = healthd.command(arguments);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let counts: Vec<&str> = shown.lines().filter_map(|line| line.split(' ').nth(1)).collect();
        assert_eq!(counts.iter().filter_map(|count| count.parse::<u64>().ok()).sum::<u64>(), sum, "{shown}");
        assert!(counts.contains(&"-"), "before healthd started nothing was collected: {shown}");
        assert!(!shown.contains('\u{1b}'), "no colors into a pipe: {shown}");
    }
    let unknown = healthd.command(&["logs", "show", "sent"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("`sent` is not a counter here: lines"), "{}", text(&unknown.stderr));
    for (arguments, code) in [
        (&["logs", "show", "--since", "soon"][..], 2),
        (&["logs", "show", "--since", "10s"], 2),
        (&["logs", "show", "lines", "--label", "host"], 2),
        (&["logs", "backfill"], 2),
        (&["logs"], 2),
    ] {
        assert_eq!(healthd.command(arguments).status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn test_counter_shows_what_matches_and_stores_nothing() {
    let _turn = turn::shared();
    let (healthd, log) = counting("");
    let sample = Log::beside(&log, "sample");
    sample.append("sent mx1", 3);
    sample.append("sent mx2", 1);
    sample.append("nothing", 2);
    let run = |arguments: &[&str]| {
        let output = healthd.command(&[&["logs", "test-counter"], arguments].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, shown, error) = run(&["lines", &sample.name()]);
    assert_eq!(code, Some(0), "{error}");
    for part in
        ["lines: 4 counted in 6 lines", "by minute", "3  host=mx1", "the first lines that match", "app: sent mx1"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // A compressed file is read as it is.
    assert!(std::process::Command::new("gzip").arg(&sample.path).status().is_ok_and(|status| status.success()));
    let packed = format!("{}.gz", sample.name());
    assert!(run(&["lines", &packed]).1.contains("lines: 4 counted in 6 lines"));
    for (name, file, code, part) in [
        ("sent", packed.as_str(), 2, "`sent` is not a counter of the configuration: lines"),
        ("lines", "/nowhere", 2, "cannot read /nowhere"),
        ("lines", "/dev/null", 1, ""),
    ] {
        let (found, _, error) = run(&[name, file]);
        assert_eq!((found, error.contains(part)), (Some(code), true), "{name} {file}: {error}");
    }
    log.append("sent mx1", 1);
    log.await_sum(&healthd, "lines", "", 1);
}

#[test]
fn backfill_counts_each_line_once_with_and_without_the_daemon() {
    let _turn = turn::shared();
    let (mut healthd, log) = counting("");
    log.append("sent mx1", 3);
    log.await_sum(&healthd, "lines", "", 3);
    // Not a name that the daemon finds by itself.
    let old = Log::beside(&log, "saved-elsewhere");
    old.append("begins otherwise", 1);
    old.append("sent mx1", 5);
    old.append("other", 5);
    let file = old.name();
    let run = |healthd: &healthd_tests::Healthd| {
        let output = healthd.command(&["logs", "backfill", &file]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let first = run(&healthd);
    assert!(first.contains("11 lines read") && first.contains("lines 5"), "{first}");
    log.await_sum(&healthd, "lines", "", 8);
    let again = run(&healthd);
    assert!(again.contains("nothing new, all of it is counted"), "{again}");
    log.append("sent mx1", 1);
    log.await_sum(&healthd, "lines", "", 9);
    healthd.process().signal(Signal::TERM);
    healthd.process().wait_exit(SOON);
    assert!(run(&healthd).contains("nothing new"));
    let older = Log::beside(&log, "saved-earlier");
    older.append("sent mx3", 2);
    assert!(healthd.command(&["logs", "backfill", &older.name()]).status.success());
    healthd.start_again();
    log.await_sum(&healthd, "lines", "", 11);
    log.await_sum(&healthd, "lines", "&label.host=mx3", 2);
    let missing = healthd.command(&["logs", "backfill", &log.path.with_extension("99").display().to_string()]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("does not exist"), "{}", text(&missing.stderr));
}

#[test]
fn a_counter_that_was_added_later_is_filled_from_the_old_lines() {
    let _turn = turn::shared();
    let (healthd, log) = counting("");
    log.append("sent mx1", 3);
    log.append("sent mx2", 4);
    log.await_sum(&healthd, "lines", "", 7);
    let before = fs::read_to_string(healthd.config()).expect("the configuration is readable");
    let more = format!("{before}[[log.counter]]\nname = \"later\"\nregex = 'sent mx2'\n");
    fs::write(healthd.config(), more).expect("the configuration is writable");
    healthd.reload();
    log.append("sent mx2", 1);
    log.await_sum(&healthd, "later", "", 1);
    let output = healthd.command(&["logs", "backfill", &log.name()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    log.await_sum(&healthd, "later", "", 5);
    log.await_sum(&healthd, "lines", "", 8);
}
