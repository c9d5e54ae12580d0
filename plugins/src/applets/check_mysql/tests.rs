//! What is read to what is answered, and the command line.

use std::time::Duration;

use healthd_core::facts::StatusVariables;
use healthd_core::observed::channel::ThreadError;
use healthd_core::observed::section::Unreadable;
use healthd_core::render::nagios;

use super::*;

fn facts(channels: Vec<Channel>) -> Facts {
    let status = [
        ("Uptime", "40"),
        ("Threads_connected", "2"),
        ("Threads_running", "1"),
        ("Questions", "100"),
        ("Queries", "101"),
        ("Slow_queries", "3"),
        ("Opened_tables", "16"),
        ("Open_tables", "10"),
        ("Open_files", "26"),
        ("Connections", "6"),
        ("Table_locks_waited", "0"),
    ];
    Facts::default().with::<StatusVariables>(Ok(status.into_iter().collect())).with::<Channels>(Ok(channels))
}

fn channel(name: &str, lag: Option<u64>) -> Channel {
    Channel {
        name: name.to_owned(),
        source: "db1:3306".to_owned(),
        receiver: Receiver::Running,
        applier: Applier::Running,
        lag: lag.map(Duration::from_secs),
        delay: Duration::ZERO,
        receiver_error: None,
        applier_error: None,
    }
}

fn thresholds(warning: &str, critical: &str) -> Thresholds {
    Thresholds { warning: warning.parse().ok(), critical: critical.parse().ok() }
}

fn line(channels: Vec<Channel>) -> String {
    nagios::plugin(&judge(&facts(channels), true, &thresholds("10", "20")), false)
}

#[test]
fn the_labels_and_units_are_the_originals_and_a_server_without_a_query_cache_has_none_of_its_labels() {
    let answer = judge(&facts(Vec::new()), false, &thresholds("10", "20"));
    assert_eq!(
        nagios::plugin(&answer, false),
        "OK - uptime 40, threads 2, questions 100, slow queries 3, opens 16, open tables 10, queries per second 2.5 | \
         Connections=6c Open_files=26 Open_tables=10 Queries=101c Questions=100c Table_locks_waited=0c \
         Threads_connected=2 Threads_running=1 Uptime=40c"
    );
    let Need::Status(read) = STATUS else { panic!("{STATUS:?}") };
    assert!(SHOWN.iter().all(|(name, _)| read.contains(name)), "every label is read");
}

#[test]
fn the_worst_channel_is_judged_and_a_broken_one_first() {
    let named = line(vec![channel("", Some(0)), channel("dc2", Some(15)), channel("dc3", Some(3))]);
    assert!(named.starts_with("WARNING - replica of db1:3306 (channel dc2): IO Yes, SQL Yes, seconds behind 15 |"));
    assert!(named.ends_with("Uptime=40c 'seconds behind master'=15s;10;20"), "{named}");
    let fine = line(vec![channel("", Some(0))]);
    assert!(fine.starts_with("OK - uptime 40") && fine.ends_with("'seconds behind master'=0s;10;20"), "{fine}");
    let error = ThreadError { code: 1062, text: "Duplicate entry '..' for key".to_owned() };
    let stopped = Channel { applier: Applier::Stopped, applier_error: Some(error), ..channel("dc2", None) };
    assert_eq!(
        line(vec![channel("", Some(500)), stopped]),
        "CRITICAL - replica of db1:3306 (channel dc2): IO Yes, SQL No, seconds behind unknown, SQL error 1062: \
         Duplicate entry '..' for key"
    );
    let connecting = Channel { receiver: Receiver::Connecting, ..channel("", Some(0)) };
    assert!(line(vec![connecting]).starts_with("CRITICAL - replica of db1:3306: IO Connecting, SQL Yes"));
    assert!(line(vec![channel("", None)]).starts_with("CRITICAL - "), "an unknown lag is never OK");
}

#[test]
fn no_replica_is_a_warning_and_a_missing_privilege_unknown() {
    assert_eq!(line(Vec::new()), "WARNING - this server is not a replica");
    let denied = facts(Vec::new())
        .with::<Channels>(Err(Unreadable::Denied { grant: "GRANT REPLICATION CLIENT ON *.*".into() }.into()));
    let answer = judge(&denied, true, &Thresholds::default());
    assert_eq!(answer.outcome, Outcome::Unknown);
    assert!(answer.text.contains("GRANT REPLICATION CLIENT ON *.*"), "{}", answer.text);
}

#[test]
fn thresholds_and_usage_are_refused_before_anything_is_connected_to() {
    for (words, text) in [
        ("-w abc", "-w `abc` is not a range"),
        ("-S -c 10:5", "start is above its end"),
        ("--nonsense", "unexpected argument"),
        ("-H", "a value is required"),
        ("-P 0", "not a number from 1 to 65535"),
        ("-P 3306x", "not a number from 1 to 65535"),
        ("-t never", "write seconds"),
        ("h u p d 1 x", "unexpected"),
        ("-H h u p d 1 x", "unexpected argument: HOST"),
        ("-t 0", "write seconds"),
        ("-h", "Usage:"),
        ("-V", "check_mysql"),
    ] {
        let arguments = [NAME].into_iter().chain(words.split(' ')).map(OsString::from).collect();
        let plugin = run(arguments);
        assert!(plugin.outcome == Outcome::Unknown && plugin.text.contains(text), "{words}: {plugin:?}");
    }
    let empty_host = run([NAME, "-H", ""].map(OsString::from).to_vec());
    assert_eq!((empty_host.outcome, &*empty_host.text), (Outcome::Unknown, "UNKNOWN - the host is empty"));
}

#[test]
fn positions_fill_what_no_option_has_named_and_nothing_shows_a_password() {
    let parse = |words: &[&str]| {
        // The option files of whoever runs the test do not count.
        let own_files = ["-f", "/dev/null"];
        let words = [&[NAME], words, &own_files].concat();
        let mut arguments = Arguments::try_parse_from(&words).expect("a command line");
        arguments.login.fill(std::mem::take(&mut arguments.words)).expect("few words");
        assert!(!format!("{arguments:?}").contains("hunter2"), "{words:?}");
        arguments.login.login(arguments.tls()).expect("a login")
    };
    for words in [
        &["db1", "mon", "hunter2", "shop", "3307"][..],
        &["-H", "db1", "mon", "-P", "3307", "hunter2", "shop"],
        &["--host=db1", "--user", "mon", "-phunter2", "--data", "shop", "--port=3307"],
        &["-H", "x", "-H", "db1", "-u", "mon", "-p", "hunter2", "-d", "shop", "-P", "3307", "-l", "-L", "x"],
    ] {
        let login = parse(words);
        assert_eq!(login.address.to_string(), "db1:3307", "{words:?}");
        let credentials = &login.credentials;
        assert_eq!(credentials.user.as_deref(), Some("mon"));
        assert_eq!(credentials.database.as_deref(), Some("shop"));
        assert_eq!(credentials.password.as_ref().map(|password| password.expose()), Some("hunter2"));
        assert!(!format!("{login:?}").contains("hunter2"));
    }
    assert_eq!(parse(&["-H", "/run/x.sock"]).address.to_string(), "unix:/run/x.sock");
    assert_eq!(parse(&["-s", "/run/x.sock"]).address.to_string(), "unix:/run/x.sock");
    assert_eq!(parse(&["-s", "/run/x.sock", "-H", "db1", "-P", ""]).address.to_string(), "db1:3306");
    let mode = |words: &[&str]| parse(words).credentials.tls.mode;
    assert_eq!(mode(&["-H", "db1", "-l"]), TlsMode::Required);
    assert_eq!(mode(&["-H", "db1", "-l", "-C", "ca.pem"]), TlsMode::VerifyCa);
    assert_eq!(mode(&["-H", "db1", "-C", "ca.pem"]), TlsMode::Preferred, "as without any");
}
