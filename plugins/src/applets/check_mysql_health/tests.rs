use healthd_core::check::Input;
use healthd_core::facts::{Facts, Process, Processes, StatusVariables, Values};

use super::*;

fn perfdata(answer: &Answer) -> Vec<String> {
    answer.readings.iter().filter_map(healthd_core::reading::Reading::perfdata).collect()
}

fn judged(mode: &str, facts: &Facts, settings: &Settings) -> (Outcome, Vec<String>) {
    let (check, mode) = checks::find_mode(mode).expect("a mode");
    let thresholds =
        options::thresholds(None, None, Defaults { warning: mode.warning, critical: mode.critical }).expect("ranges");
    let input = Input { facts, before: None, settings };
    let answer = answer((check.measure)(&input), mode, &thresholds, None);
    (answer.outcome, perfdata(&answer))
}

#[test]
fn modes_judge_in_the_units_of_the_original_and_show_its_labels() {
    let settings = Settings { basis: Basis::Lifetime, warm_up: Duration::ZERO, ..Settings::default() };
    let status: Values = [
        ("Uptime", "420"),
        ("Threads_running", "12"),
        ("Innodb_buffer_pool_reads", "30"),
        ("Innodb_buffer_pool_read_requests", "1000"),
    ]
    .into_iter()
    .collect();
    let process = Process {
        id: 1,
        user: "app".to_owned(),
        command: "Query".to_owned(),
        time: Duration::from_secs(4_000),
        state: String::new(),
    };
    let facts = Facts::default().with::<StatusVariables>(Ok(status)).with::<Processes>(Ok(vec![process]));
    for (mode, outcome, shown) in [
        ("uptime", Outcome::Warning, "uptime=420s"),
        ("threads-running", Outcome::Warning, "threads_running=12;10;20"),
        ("innodb-bufferpool-hitrate", Outcome::Warning, "bufferpool_hitrate=97.00%;99:;95:;0;100"),
        // Natively its age is judged.
        ("long-running-procs", Outcome::Ok, "long_running_procs=1;10;20"),
    ] {
        assert_eq!(judged(mode, &facts, &settings), (outcome, vec![shown.to_owned()]), "{mode}");
    }
}

#[test]
fn a_text_survives_encoding() {
    let encoded = crate::applets::encoding::encode(&b"select 'a%20' from t\xc3\xa4\nnext"[..]);
    assert_eq!(encoded.text, "select%20%27a%2520%27%20from%20t%C3%A4");
    assert_eq!(crate::applets::encoding::decode(&encoded.text), "select 'a%20' from tä");
    assert_eq!(crate::applets::encoding::decode("100%, %zz and %4"), "100%, %zz and %4");
}

#[test]
fn options_that_run_programs_are_refused_and_unsupported_ones_are_named() {
    let line =
        |arguments: &[&str]| run(std::iter::once(NAME).chain(arguments.iter().copied()).map(OsString::from).collect());
    for (arguments, text) in [
        (&[][..], "--mode is missing"),
        (&["--mode", "cluster-ndbd-running"], "not supported"),
        (&["--mode", "my-own-thing"], "a Perl module of the user"),
        (&["--mode", "nonsense"], "unknown mode `nonsense`"),
        (&["--mode", "uptime", "--shell"], "--shell is refused"),
        (&["--mode", "uptime", "--runas", "root"], "--runas is refused"),
        (&["--mode", "uptime", "--environment", "A=b"], "--environment is refused"),
        (&["--mode", "uptime", "--dbthresholds"], "--dbthresholds is not supported"),
        (&["--mode", "uptime", "--warning", "abc"], "`abc` is not a range"),
        (&["--mode", "uptime", "--bogus"], "--bogus"),
        (&["--mode", "sql"], "needs a statement"),
    ] {
        let plugin = line(arguments);
        assert_eq!(plugin.outcome, Outcome::Unknown, "{arguments:?}");
        assert!(plugin.text.contains(text), "{arguments:?}: {}", plugin.text);
    }
}
