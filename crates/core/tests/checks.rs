//! The line of every check for the recorded servers, by its own thresholds and as a mode of check_mysql_health.

use std::fmt::Write as _;
use std::time::Duration;

use healthd_core::backup::{Backup, BackupType, Backups, Stored};
use healthd_core::check::{Input, Settings, judge};
use healthd_core::checks;
use healthd_core::facts::local::PidState;
use healthd_core::facts::unseen::Sudoers;
use healthd_core::facts::{
    Account, Accounts, Before, Channels, Checksums, DeletedFiles, ErrorFile, ErrorLog, Facts, Group, IndexUse,
    InnodbCounters, KeyedTable, KeyedTables, LockWait, LockWaits, Logged, Memory, NextValue, NextValues, Owners,
    PidFile, Process, Processes, Receivers, RecentRows, RedoLog, StatusVariables, SystemVariables, Table, Tables,
    Transaction, Transactions, Unseen, UnusedIndex, UnusedIndexes, Values,
};
use healthd_core::observed::section::Unreadable;
use healthd_core::reading::range::{Range, Thresholds};
use healthd_core::render::nagios;

const SERVERS: [(&str, &str, &str); 2] = [
    (
        "MariaDB 10.11.19",
        include_str!("../../../tests/data/servers/mariadb-10.11.19/global_status.tsv"),
        include_str!("../../../tests/data/servers/mariadb-10.11.19/global_variables.tsv"),
    ),
    (
        "MySQL 9.7.4",
        include_str!("../../../tests/data/servers/mysql-9.7.4/global_status.tsv"),
        include_str!("../../../tests/data/servers/mysql-9.7.4/global_variables.tsv"),
    ),
];

fn values(tsv: &str) -> Values {
    tsv.lines().skip(1).filter_map(|line| line.split_once('\t')).collect()
}

fn process(user: &str, command: &str, time: u64) -> Process {
    let (user, command) = (user.to_owned(), command.to_owned());
    Process { id: time, user, command, time: Duration::from_secs(time), state: String::new() }
}

fn transaction(thread: u64, age: u64, waits: bool) -> Transaction {
    Transaction { thread, age: Duration::from_secs(age), waits }
}

/// Values that MariaDB has among its status variables, and the recordings of MySQL do not.
fn innodb(status: &Values) -> InnodbCounters {
    let value = |name: &'static str| (name, status.text(name).unwrap_or("3").to_owned());
    let counted = [value("Innodb_history_list_length"), value("Innodb_deadlocks")].into_iter().collect();
    InnodbCounters { counted: Ok(counted), still: Vec::new() }
}

fn table(name: &str, data: u64, free: u64) -> Table {
    Table { schema: "shop".to_owned(), name: name.to_owned(), engine: "InnoDB".to_owned(), data, index: data / 4, free }
}

fn lock_wait(waiting: u64, blocker: u64, idle: Option<u64>) -> LockWait {
    let idle = idle.map(Duration::from_secs);
    LockWait { waiting, waited: Duration::from_secs(4), blocker, user: "app".to_owned(), idle }
}

fn next_value(table: &str, next: u64, largest: u64) -> NextValue {
    NextValue { schema: "shop".to_owned(), table: table.to_owned(), column: "id".to_owned(), next, largest }
}

fn stored(name: &str, kind: BackupType, age: i64, size: u64) -> Stored {
    let backup = Backup {
        kind,
        partial: false,
        prepared: false,
        packed: false,
        ended: 2_000_000_000 - age,
        tool: "mariadb-backup 10.11.19-MariaDB".to_owned(),
        binlog: "binlog.000001 603 0-3-2".to_owned(),
    };
    Stored { name: name.to_owned(), backup, size: Some(size) }
}

fn unused(name: &str) -> UnusedIndex {
    UnusedIndex { schema: "shop".to_owned(), table: "stock".to_owned(), name: name.to_owned() }
}

fn account(user: &str, host: &str, no_password: bool) -> Account {
    Account { user: user.to_owned(), host: host.to_owned(), no_password, old_plugin: user == "app" }
}

/// A full backup each night, and one in progress.
fn backups() -> Backups {
    Backups {
        path: "/var/backups/mysql".to_owned(),
        now: 2_000_000_000,
        finished: vec![
            stored("tuesday", BackupType::Full, 3_600, 5 << 30),
            stored("monday", BackupType::Full, 90_000, 4 << 30),
        ],
        unfinished: vec!["wednesday".to_owned()],
    }
}

/// A recorded server. Values that the recordings lack are made up.
fn facts(status: &str, variables: &str) -> Facts {
    let mut facts = Facts::default();
    // 2026-11-25.
    facts.read_at = Duration::from_secs(1_795_600_000);
    facts.connected_in = Duration::from_millis(4);
    facts
        .with::<RecentRows>(Ok(RecentRows { count: 13, newest: Some(Duration::from_secs(2)) }))
        .with::<Checksums>(Ok(Checksums {
            chunks: 900,
            different: 3,
            tables: 1,
            example: "shop.stock".to_owned(),
            age: Some(Duration::from_secs(7_200)),
        }))
        .with::<StatusVariables>(Ok(values(status)))
        .with::<SystemVariables>(Ok(values(variables)))
        .with::<Channels>(Ok(Vec::new()))
        .with::<Receivers>(Ok(Vec::new()))
        .with::<Group>(Ok(None))
        .with::<Processes>(Ok(vec![
            process("app", "Query", 75),
            process("app", "Sleep", 9_000),
            process("system user", "Slave_SQL", 8_000),
            process("event_scheduler", "Daemon", 7_000),
            process("repl", "Binlog Dump GTID", 6_000),
            process("replication", "Query", 100),
        ]))
        .with::<Transactions>(Ok(vec![transaction(9, 5, true), transaction(7, 700, false)]))
        .with::<InnodbCounters>(Ok(innodb(&values(status))))
        .with::<LockWaits>(Ok(Some(vec![
            lock_wait(9, 7, Some(65)),
            lock_wait(10, 7, Some(65)),
            lock_wait(11, 8, None),
        ])))
        .with::<NextValues>(Ok(vec![next_value("stock", 101, 127), next_value("orders", 5, 255)]))
        .with::<KeyedTables>(Ok(vec![KeyedTable { schema: "shop".to_owned(), table: "log".to_owned(), keyed: false }]))
        .with::<RedoLog>(Ok(RedoLog { age: 80 << 20, capacity: 96 << 20 }))
        .with::<ErrorLog>(Ok(ErrorLog::Table(Logged {
            place: "performance_schema.error_log".to_owned(),
            errors: 2,
            warnings: 5,
            newest: Some((Duration::from_secs(34), "[MY-012592] [InnoDB] Operating system error number 28".to_owned())),
            ..Logged::default()
        })))
        .with::<UnusedIndexes>(Ok(Some(IndexUse {
            unused: vec![unused("by_name"), unused("by_day")],
            tables: Vec::new(),
        })))
        .with::<Accounts>(Ok(vec![
            account("root", "localhost", true),
            account("", "localhost", true),
            account("app", "%", false),
        ]))
        .with::<Memory>(Ok(Memory { ram: 8 << 30, limit: Some(2 << 30), resident: Some(700 << 20) }))
        .with::<Backups>(Ok(backups()))
        .with::<PidFile>(Ok(PidFile { path: "/run/mysqld/mysqld.pid".to_owned(), state: PidState::Runs(815) }))
        .with::<Owners>(Ok(Owners {
            path: "/var/lib/mysql".to_owned(),
            expected: "mysql".to_owned(),
            seen: 312,
            ..Owners::default()
        }))
        .with::<DeletedFiles>(Ok(DeletedFiles { pid: 815, files: Vec::new() }))
        .with::<Tables>(Ok(vec![table("small", 1 << 20, 4 << 20), table("holed", 100 << 20, 60 << 20)]))
}

/// Half of every counter, ten minutes ago.
fn before(status: &Values) -> Before {
    let uptime = status.number("Uptime").expect("an uptime");
    let age = (uptime / 2.0).floor();
    let halved = status.iter().filter_map(|(name, _)| Some((name.to_owned(), status.number(name)?)));
    let halved = halved.map(|(name, value)| match name.as_str() {
        "uptime" => (name, (uptime - age).to_string()),
        _ => (name, (value / 2.0).floor().to_string()),
    });
    Before { age: Duration::from_secs_f64(age), status: halved.collect() }
}

fn lines(settings: &Settings) -> String {
    let mut text = String::new();
    for (server, status, variables) in SERVERS {
        writeln!(text, "{server}").expect("a String takes it");
        let facts = facts(status, variables);
        let before = before(&values(status));
        let input = Input { facts: &facts, before: Some(&before), settings };
        for check in checks::ALL {
            let range = |text: &str| (!text.is_empty()).then(|| text.parse::<Range>().expect("a range"));
            let thresholds = Thresholds { warning: range(check.warning), critical: range(check.critical) };
            let line = nagios::plugin(&judge((check.measure)(&input), &thresholds), false);
            writeln!(text, "  {}: {line}", check.name).expect("a String takes it");
        }
    }
    text
}

#[test]
fn every_check_has_a_line_for_each_recorded_server() {
    let expression = "Threads_connected/max_connections%".parse().ok();
    insta::assert_snapshot!(lines(&Settings { warm_up: Duration::ZERO, expression, ..Settings::default() }));
}

#[test]
fn a_server_that_has_just_started_is_not_alerted_on_for_its_ratios() {
    let (_, status, variables) = SERVERS[0];
    let facts = facts(status, variables);
    for (check, warm_up, basis) in [
        ("index-usage", 3_600, healthd_core::check::Basis::Lifetime),
        ("bufferpool-hitrate", 3_600, healthd_core::check::Basis::Lifetime),
    ] {
        let settings = |warm_up| Settings { warm_up: Duration::from_secs(warm_up), basis, ..Settings::default() };
        let measure = |settings: &Settings| {
            let input = Input { facts: &facts, before: None, settings };
            (checks::find(check).expect("a check").measure)(&input).expect("a finding").value
        };
        assert!(measure(&settings(0)).is_some() && measure(&settings(warm_up * 1_000)).is_none(), "{check}");
    }
}

#[test]
fn a_named_table_counts_whatever_its_size_and_must_exist() {
    let (_, status, variables) = SERVERS[0];
    let facts = facts(status, variables);
    let fragmentation = |name: Option<&str>, schema: Option<&str>| {
        let settings =
            Settings { name: name.map(str::to_owned), schema: schema.map(str::to_owned), ..Settings::default() };
        let input = Input { facts: &facts, before: None, settings: &settings };
        (checks::find("table-fragmentation").expect("a check").measure)(&input).ok().and_then(|found| found.value)
    };
    assert_eq!(fragmentation(None, None), Some(60.0));
    assert_eq!(fragmentation(Some("small"), None), Some(400.0));
    assert_eq!(fragmentation(Some("shop.small"), Some("shop")), Some(400.0));
    assert_eq!(fragmentation(Some("small"), Some("other")), None);
    assert_eq!(fragmentation(None, Some("other")), None, "no table of that schema is no reason to be content");
}

#[test]
fn statements_are_counted_and_threads_of_the_server_are_not() {
    let (_, status, variables) = SERVERS[0];
    let facts = facts(status, variables);
    let count = |except: Option<&str>| {
        let settings = Settings { except_user: except.map(str::to_owned), ..Settings::default() };
        let input = Input { facts: &facts, before: None, settings: &settings };
        let found = (checks::find("long-queries").expect("a check").measure)(&input).expect("a finding");
        found.readings.iter().map(|reading| reading.value).collect::<Vec<f64>>()
    };
    assert_eq!(count(None), [100.0, 2.0]);
    assert_eq!(count(Some("replication")), [75.0, 1.0]);
}

/// The line of a check with its own thresholds.
fn line(check: &str, facts: &Facts) -> String {
    let check = checks::find(check).expect("a check");
    let range = |text: &str| (!text.is_empty()).then(|| text.parse::<Range>().expect("a range"));
    let thresholds = Thresholds { warning: range(check.warning), critical: range(check.critical) };
    let settings = Settings::default();
    nagios::plugin(&judge((check.measure)(&Input { facts, before: None, settings: &settings }), &thresholds), true)
}

#[test]
fn a_backup_is_judged_by_its_age_and_a_full_one_by_its_size() {
    let told = |backups: Backups| line("backup-age", &Facts::default().with::<Backups>(Ok(backups)));
    let full = |age, size| stored("b", BackupType::Full, age, size);
    let part = |age, size| stored("i", BackupType::Incremental, age, size);
    let mut text = String::new();
    for (name, finished, unfinished) in [
        ("none at all", vec![], vec![]),
        ("only one that was broken off", vec![], vec!["b"]),
        ("many that were broken off", vec![full(60, 9)], vec!["b", "c", "d"]),
        ("too old", vec![full(100_000, 9)], vec![]),
        ("much too old", vec![full(200_000, 9)], vec![]),
        ("half as long", vec![full(60, 50), full(90_000, 100)], vec![]),
        ("less than half as long", vec![full(60, 49), full(90_000, 100)], vec![]),
        ("a short increment after a long one", vec![part(60, 1), part(90_000, 100), full(200_000, 900)], vec![]),
        ("an increment alone", vec![part(60, 1)], vec![]),
        ("nothing in the one before", vec![full(60, 50), full(90_000, 0)], vec![]),
        ("not counted", vec![Stored { size: None, ..full(60, 0) }, full(90_000, 10)], vec![]),
        ("clocks that differ a little", vec![full(-5, 9)], vec![]),
        ("from the future", vec![full(-7_200, 9)], vec![]),
        ("a hostile name", vec![Stored { name: "a\nOK | x=1 ".repeat(90), ..full(60, 9) }], vec!["c\u{1b}[2J|"]),
    ] {
        let unfinished = unfinished.into_iter().map(str::to_owned).collect();
        let line = told(Backups { finished, unfinished, ..backups() });
        writeln!(text, "{name}:\n{line}\n").expect("a String takes it");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn an_unreadable_file_is_unknown_and_a_fault_is_named() {
    let path = || "/var/lib/mysql".to_owned();
    let sudoers = |without_password| {
        let line = "nagios ALL=(root) NOPASSWD: /usr/lib/healthd/plugins/check_my backup-age --name /b".to_owned();
        Some(Sudoers { line, without_password })
    };
    let mut text = String::new();
    for why in [
        Unseen::Missing(path()),
        Unseen::NotADirectory(path()),
        Unseen::Denied { path: path(), sudoers: sudoers(false) },
        Unseen::Denied { path: path(), sudoers: sudoers(true) },
        Unseen::Denied { path: path(), sudoers: None },
        Unseen::Late(Duration::from_secs(9)),
        Unseen::Failed { path: path(), why: "Input/output error".to_owned() },
        Unseen::Elsewhere("db1:3306".to_owned()),
        Unseen::Unsaid("pid_file"),
        Unseen::NoProcess("there is no pid file /run/x".to_owned()),
    ] {
        writeln!(text, "{}", line("backup-age", &Facts::default().with::<Backups>(Err(why.into())))).expect("fits");
    }
    for state in [
        PidState::Missing,
        PidState::Closed,
        PidState::NoNumber,
        PidState::NoFile,
        PidState::Runs(7),
        PidState::Gone(7),
        PidState::Hidden(7),
        PidState::AnotherServer { pid: 7, asked: Some(8) },
        PidState::AnotherServer { pid: 7, asked: None },
    ] {
        let file = PidFile { path: path(), state };
        writeln!(text, "{}", line("pidfile", &Facts::default().with::<PidFile>(Ok(file)))).expect("fits");
    }
    let whole = Owners { path: path(), expected: "mysql".to_owned(), seen: 9, ..Owners::default() };
    let first: Vec<String> = (1..5).map(|n| format!("shop/t{n}.ibd (root)")).collect();
    for (strangers, first, unseen) in [
        (0, vec![], None),
        (1, vec!["ibdata1 (root)".to_owned()], None),
        (40, first, Some(Unseen::Late(Duration::from_secs(9)))),
        (0, vec![], Some(Unseen::Denied { path: path(), sudoers: None })),
    ] {
        let owners = Owners { strangers, first, unseen, ..whole.clone() };
        writeln!(text, "{}", line("datadir-owner", &Facts::default().with::<Owners>(Ok(owners)))).expect("fits");
    }
    for count in [0, 1, 5] {
        let files = (0..count).map(|n| (format!("/var/lib/mysql/shop/t{n}.ibd"), 98_304)).collect();
        let held = DeletedFiles { pid: 815, files };
        writeln!(text, "{}", line("deleted-files", &Facts::default().with::<DeletedFiles>(Ok(held)))).expect("fits");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_error_log_is_critical_after_a_crash_and_unknown_if_unreadable() {
    let (_, status, variables) = SERVERS[0];
    let facts = facts(status, variables);
    let variables = |log: &str| Ok([("log_error", log)].into_iter().collect::<Values>());
    let file = |logged: Result<Logged, Unseen>| {
        facts
            .clone()
            .with::<ErrorLog>(Ok(ErrorLog::File { ahead: 0 }))
            .with::<ErrorFile>(logged.map_err(Into::into))
            .with::<SystemVariables>(variables("/var/log/mysql/error.log"))
    };
    let logged = |errors, crashes, cut| {
        let place = "/var/log/mysql/error.log".to_owned();
        let newest = (errors > 0).then(|| (Duration::from_secs(9), "InnoDB: '..' is full".to_owned()));
        Ok(Logged { place, errors, warnings: 7, crashes, newest, cut })
    };
    let nowhere = |log: &str| file(Err(Unseen::Unsaid("log_error"))).with::<SystemVariables>(variables(log));
    let grant = Unreadable::Denied { grant: "GRANT SELECT ON performance_schema.*".into() };
    let mut text = String::new();
    for facts in [
        file(logged(0, 0, false)),
        file(logged(3, 0, false)),
        file(logged(0, 1, false)),
        file(logged(2, 3, true)),
        file(Err(Unseen::Missing("/var/log/mysql/error.log".to_owned()))),
        file(Err(Unseen::Elsewhere("db1:3306".to_owned()))),
        nowhere(""),
        nowhere("stderr"),
        facts.clone().with::<ErrorLog>(Err(grant.into())),
    ] {
        writeln!(text, "{}", line("errorlog", &facts)).expect("fits");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn memory_is_a_share_of_the_ram_or_of_a_limit() {
    let (_, status, variables) = SERVERS[0];
    let of = |memory: Result<Memory, Unseen>, ram: Option<u64>| {
        let facts = facts(status, variables).with::<Memory>(memory.map_err(Into::into));
        let settings = Settings { ram, ..Settings::default() };
        let check = checks::find("memory").expect("a check");
        let found = (check.measure)(&Input { facts: &facts, before: None, settings: &settings });
        nagios::plugin(&judge(found, &Thresholds::default()), true)
    };
    let seen = |limit| Ok(Memory { ram: 4 << 30, limit, resident: None });
    let mut text = String::new();
    for (memory, ram) in [
        (seen(None), None),
        (seen(Some(1 << 30)), None),
        (seen(Some(64 << 30)), None),
        (seen(None), Some(2 << 30)),
        (Err(Unseen::Elsewhere("db1:3306".to_owned())), Some(2 << 30)),
        (Err(Unseen::Elsewhere("db1:3306".to_owned())), None),
        (Err(Unseen::Late(Duration::from_secs(9))), None),
    ] {
        writeln!(text, "{}", of(memory, ram)).expect("fits");
    }
    insta::assert_snapshot!(text);
}
