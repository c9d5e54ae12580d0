//! Checks of `check_my` that no other plugin has.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use healthd_mysql::connection::limits::Limits;
use healthd_mysql::login::address::Address;
use healthd_mysql::login::credentials::{Credentials, Secret};
use healthd_mysql::read::query::{self, Bounds, Ran};
use healthd_tests::cgroup::ControlGroup;
use healthd_tests::plugin::{answer, executable, plugin};
use healthd_tests::{Flavor, Server, Workdir, wait_for};

use tokio::runtime::Builder;

use crate::local_files::is_root;
use crate::plugins::check_my;
use crate::{flavors, turn};

#[test]
fn sql_judges_the_first_cell_of_the_result() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "sql of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        server.sql(
            "CREATE DATABASE shop; CREATE TABLE shop.stock (id INT PRIMARY KEY, n INT, k TEXT); INSERT INTO \
                    shop.stock VALUES (1, 7, 'x'), (2, NULL, 'y')",
        );
        for (words, code, line) in [
            (&["--query", "SELECT COUNT(*) FROM shop.stock", "-w", "1", "-c", "9"][..], 1, "| count=2;1;9"),
            (
                &["--query", "SELECT n, id AS `Row Id`, k FROM stock WHERE id = 1", "--schema", "shop"],
                0,
                "| n=7 row_id=1",
            ),
            (&["--query", "SELECT%20n%20FROM%20shop.stock%20WHERE%20id%3d1", "-c", "5"], 2, "returned 7 | n=7;;5"),
            (&["--query", "SELECT n FROM shop.stock WHERE id = 2"], 3, "returned NULL, which is not a number"),
            (&["--query", "SELECT k FROM shop.stock WHERE id = 2"], 3, "returned `y`, which is not a number"),
            (&["--query", "SELECT n FROM shop.stock WHERE id = 3"], 3, "returned no row"),
            (&["--query", "SELECT n FROM shop.stock WHERE id = 3", "--no-row", "ok"], 0, "returned no row"),
            (&["--query", "SELECT n FROM shop.none", "--no-row", "ok"], 3, "error 1146"),
            (&["--query", "SELECT 1; DROP TABLE shop.stock"], 3, "error 1064"),
            // A cell may be as large as a server sends one.
            (&["--query", "SELECT 7 AS n, REPEAT('x', 3000000) AS big", "-c", "5"], 2, "| n=7;;5"),
            (&["--query", "SELECT REPEAT('7', 3000000)"], 3, "returned `7777777"),
            (&["--query", "SELECT 1", "--schema", "nosuch"], 3, "there is no schema nosuch"),
            (&["--query", "DO 1"], 3, "is a statement without a result"),
            (&["--query", "SELECT SLEEP(5)", "-t", "1"], 2, "no answer to the query within 1.0s"),
            (&[], 3, "no statement: add --query"),
            (&["--query", "SELECT 1", "-w", "x"], 3, "-w"),
        ] {
            let answered = check_my(&server, &state, &[&["sql"], words].concat());
            assert_eq!(answered.code, Some(code), "{flavor:?} {words:?} {answered:?}");
            assert!(answered.line.contains(line), "{flavor:?} {words:?} {answered:?}");
        }
        assert_eq!(server.sql("SELECT COUNT(*) FROM shop.stock"), "2", "{flavor:?}");
        server.sql("CREATE USER watch@localhost IDENTIFIED BY 'p'");
        let socket = server.socket().display().to_string();
        let asked = ["sql", "--query", "SELECT n FROM shop.stock", "-S", &socket, "-u", "watch", "-pp"];
        let elsewhere = plugin("check_my", &[&asked[..], &["--schema", "shop"]].concat(), &state);
        assert!(elsewhere.code == Some(3) && elsewhere.line.contains("may not use schema shop"), "{elsewhere:?}");
        let denied = plugin("check_my", &asked, &state);
        assert!(denied.code == Some(3) && denied.line.contains("GRANT it TO"), "{flavor:?} {denied:?}");
        for (words, told) in [
            (["uptime", "--query", "SELECT 1"], "--query does not apply to uptime"),
            (["uptime", "--no-row", "ok"], "--no-row does not apply to uptime"),
            (["uptime", "--name", "x"], "--name does not apply to uptime"),
            (["health", "--role", "writer"], "--role needs --daemon"),
        ] {
            let other = check_my(&server, &state, &words);
            assert!(other.code == Some(3) && other.line.contains(told), "{other:?}");
        }
    });
}

#[test]
fn a_row_above_the_size_limit_is_reported() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "large rows of plugins", |flavor| {
        let server = Server::builder(flavor).start();
        let credentials =
            Credentials { user: Some("mon".to_owned()), password: Some(Secret::new("mon")), ..Credentials::default() };
        let bounds = Bounds { rows: 1, row: 1 << 20, bytes: 1 << 20 };
        let limits = Limits::together(Duration::from_secs(20));
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let address = Address::Unix(server.socket());
        let asked = |sql: &str| runtime.block_on(query::run(&address, &credentials, sql, bounds, limits));
        // The driver has no public type for this error. If an update words it differently, this test notices.
        assert_eq!(asked("SELECT REPEAT('x', 3000000)"), Ok(Ran::TooLarge), "{flavor:?}");
        assert!(matches!(asked("SELECT REPEAT('x', 1000)"), Ok(Ran::Rows(_))), "{flavor:?}");
    });
}

/// Starts the server again with its errors in a file, which the harness does not read.
pub(crate) fn logging(server: &Server) {
    server.relaunch_with(&["--log-error=error.log"]);
    wait_for("the server", Duration::from_secs(60), || server.try_sql("SELECT 1"));
}

#[test]
fn errorlog_finds_a_crash_and_an_error_on_every_server() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MariaDb118, Flavor::MySql97, Flavor::MySql56], "error logs of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        let asked = |words: &[&str]| check_my(&server, &state, &[&["errorlog"], words].concat());
        let first = asked(&["-v"]);
        if flavor == Flavor::MySql97 {
            assert!(first.code == Some(0) && first.line.contains("performance_schema.error_log"), "{first:?}");
        } else {
            assert!(first.code == Some(3) && first.line.contains("journalctl"), "{first:?}");
        }
        logging(&server);
        let fine = asked(&[]);
        assert_eq!(fine.code, Some(0), "{flavor:?} {fine:?}");
        assert!(fine.perfdata().starts_with("errors=0;0;;0 warnings=") && fine.line.contains("crashes=0"), "{fine:?}");
        server.terminate();
        logging(&server);
        assert_eq!(asked(&[]).code, Some(0), "{flavor:?}: an orderly stop is no crash");
        server.kill9();
        logging(&server);
        let killed = asked(&[]);
        assert!(killed.code == Some(2) && killed.line.contains("crashes=1"), "{flavor:?} {killed:?}");
        assert!(killed.line.contains("crashed or was killed once"), "{flavor:?} {killed:?}");
        // Both ends of the window follow the times in the log, whatever their time zone is.
        wait_for("a quiet second", Duration::from_secs(20), || match asked(&["--within", "1"]) {
            quiet if quiet.code == Some(0) => Ok(()),
            other => Err(other.line),
        });
        let signal = Command::new("kill").args(["-SEGV", &server.pid().to_string()]).status().expect("kill");
        assert!(signal.success());
        wait_for("its end", Duration::from_secs(60), || if server.is_alive() { Err("alive") } else { Ok(()) });
        logging(&server);
        let crashed = asked(&[]);
        assert!(crashed.code == Some(2) && crashed.line.contains("crashes=2"), "{flavor:?} {crashed:?}");
        if flavor == Flavor::MySql97 {
            return;
        }
        let log = server.datadir().join("error.log");
        if is_root() {
            fs::set_permissions(&log, fs::Permissions::from_mode(0o640)).expect("root may");
            let mut other = Command::new("setpriv");
            other.args(["--reuid", "nobody", "--clear-groups", "--"]).arg(executable());
            other.args(["check_my", "errorlog", "-u", "mon", "-pmon", "-S"]).arg(server.socket());
            let denied = answer(&mut other);
            assert!(denied.code == Some(3) && denied.line.contains("nobody ALL=(root) NOPASSWD: "), "{denied:?}");
        }
        fs::write(&log, "nothing of a server\n").expect("the tests may");
        assert_eq!(asked(&[]).code, Some(3), "{flavor:?}");
        fs::remove_file(&log).expect("the tests may");
        assert_eq!(asked(&[]).code, Some(3), "{flavor:?}");
    });
}

#[test]
fn memory_needs_the_database_host_or_a_given_ram() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "memory of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        let asked = |words: &[&str]| check_my(&server, &state, &[&["memory"], words].concat());
        let own = asked(&[]);
        assert!(own.line.contains(" resident=") && own.line.contains(" ram="), "{flavor:?} {own:?}");
        let small = asked(&["--ram", "64M"]);
        assert!(small.code == Some(2) && small.line.contains("ram=67108864B"), "{flavor:?} {small:?}");
        assert_eq!(asked(&["--ram", "64G"]).code, Some(0), "{flavor:?}");
        assert_eq!(asked(&["--ram", "x"]).code, Some(3), "{flavor:?}");
    });
}

#[test]
fn a_cgroup_limit_counts_as_the_ram() {
    let _turn = turn::shared();
    let Some(group) = ControlGroup::or_skip("memory in a control group", 2 << 30) else { return };
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    group.take(server.pid()).expect("root may");
    let limited = check_my(&server, &state, &["memory"]);
    assert!(limited.line.contains("of 2.0 GiB (control group limit)"), "{limited:?}");
    assert!(limited.perfdata().contains(" ram=2147483648B;"), "{limited:?}");
    drop(server);
}

#[test]
fn sizes_reports_the_size_and_growth_of_the_tables() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "sizes of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        let asked = |words: &[&str]| check_my(&server, &state, words);
        server.sql(
            "CREATE DATABASE shop; CREATE DATABASE other; CREATE TABLE other.t (id INT PRIMARY KEY) ENGINE=InnoDB; \
             CREATE TABLE shop.stock (id INT PRIMARY KEY AUTO_INCREMENT, n INT, k VARCHAR(200), KEY by_n (n), KEY by_k \
             (k)) \
             ENGINE=InnoDB; INSERT INTO shop.stock (n, k) VALUES (1, REPEAT('x', 200)), (2, REPEAT('y', 200))",
        );
        let first = asked(&["sizes", "--schema", "shop", "-v"]);
        assert!(first.code == Some(0) && first.line.contains("growth not known yet"), "{flavor:?} {first:?}");
        assert!(first.line.contains("tables=1") && first.stdout.contains("stock: "), "{flavor:?} {first:?}");
        for _ in 0..12 {
            server.sql("INSERT INTO shop.stock (n, k) SELECT n, k FROM shop.stock");
        }
        server.sql("ANALYZE TABLE shop.stock");
        let grown = wait_for("a second has passed", Duration::from_secs(10), || match asked(&["sizes", "-v"]) {
            answered if answered.line.contains("growth_per_day=") => Ok(answered),
            other => Err(other.line),
        });
        assert!(grown.line.contains("tables=2;") && grown.stdout.contains("other: "), "{flavor:?} {grown:?}");
        let one = asked(&["sizes", "--schema", "shop"]);
        assert!(one.line.contains(" more per day (") && one.line.contains("of schema shop"), "{flavor:?} {one:?}");
        assert_eq!(asked(&["sizes", "--schema", "none"]).code, Some(3), "{flavor:?}");
        // A server says nothing about tables that the account may not see.
        server.sql("CREATE USER part@localhost IDENTIFIED BY 'part'; GRANT SELECT ON shop.* TO part@localhost");
        let as_part = |words: &[&str]| {
            let socket = server.socket().display().to_string();
            plugin("check_my", &[words, &["-S", &socket, "-u", "part", "-p", "part"]].concat(), &state)
        };
        for (words, of_all) in [
            (&["sizes"][..], false),
            (&["sizes", "--schema", "shop"], true),
            (&["no-primary-key"], false),
            (&["no-primary-key", "--schema", "shop"], true),
            (&["auto-increment"], false),
        ] {
            let answered = as_part(words);
            let told = answered.line.contains("[of the tables that this account may see]");
            assert_eq!((answered.code, told), (Some(0), !of_all), "{flavor:?} {answered:?}");
        }
        // For another account that sees other tables, the difference to the first run is not growth.
        assert!(as_part(&["sizes"]).line.contains("growth not known yet"), "{flavor:?}");
        server.sql("GRANT INSERT ON *.* TO part@localhost");
        let all = as_part(&["sizes"]);
        assert!(all.line.contains("tables=2;") && !all.line.contains("[of the tables"), "{flavor:?} {all:?}");
        assert!(all.line.contains("growth not known yet"), "{flavor:?} {all:?}");
        for (words, value) in [(&["auto-increment"][..], "auto_increment_columns=1;"), (&["no-primary-key"], "=0;0;")] {
            let answered = as_part(words);
            assert!(answered.line.contains(value) && !answered.line.contains("[of the"), "{flavor:?} {answered:?}");
        }
        // With DELETE, the server lists the table, but not its columns.
        server.sql("REVOKE ALL, GRANT OPTION FROM part@localhost; GRANT DELETE ON *.* TO part@localhost");
        let blind = as_part(&["auto-increment"]);
        assert!(blind.code == Some(3) && blind.line.contains("GRANT SELECT ON *.* TO"), "{flavor:?} {blind:?}");
        let table = asked(&["sizes", "--name", "shop.stock"]);
        assert!(table.line.starts_with("OK - table shop.stock: ") && table.line.contains("tables=1;"), "{table:?}");
        let pool = asked(&["buffer-pool-size", "-w", "0"]);
        assert!(pool.code == Some(1) && !pool.line.contains("innodb_size=0B"), "{flavor:?} {pool:?}");
        let definitions = wait_for("two runs", Duration::from_secs(10), || match asked(&["table-definition-cache"]) {
            answered if answered.line.contains("first run") => Err(answered.line),
            other => Ok(other),
        });
        assert!(definitions.line.contains(" open_table_definitions="), "{flavor:?} {definitions:?}");
        // Only the present version is checked: the end of support of a series depends on the date.
        let version = asked(&["version", "-w", ""]);
        assert!(
            version.code == Some(0) && version.line.contains(&server.sql("SELECT @@version")),
            "{flavor:?} {version:?}"
        );
        assert_eq!(asked(&["version"]).code, Some(if flavor == Flavor::MySql56 { 1 } else { 0 }), "{flavor:?}");
    });
}

#[test]
fn with_partial_revokes_names_in_grants_are_not_patterns() {
    let _turn = turn::shared();
    if !Flavor::MySql97.or_skip("partial revokes") {
        return;
    }
    let server = Server::builder(Flavor::MySql97).config("partial_revokes=ON").start();
    let state = Workdir::new("plugins");
    server.sql(
        "CREATE DATABASE my_shop; CREATE TABLE my_shop.t (id INT PRIMARY KEY); CREATE TABLE my_shop.u (id INT); \
         CREATE USER part@localhost IDENTIFIED BY 'part'; GRANT SELECT ON `%`.* TO part@localhost; \
         GRANT SELECT ON my_shop.t TO part@localhost",
    );
    let socket = server.socket().display().to_string();
    let asked =
        |words: &[&str]| plugin("check_my", &[words, &["-S", &socket, "-u", "part", "-p", "part"]].concat(), &state);
    let some = asked(&["no-primary-key"]);
    assert!(some.line.contains("[of the tables that this account may see]"), "{some:?}");
    server.sql("REVOKE SELECT ON my_shop.t FROM part@localhost");
    let none = asked(&["no-primary-key", "--schema", "my_shop"]);
    assert!(none.code == Some(3) && none.line.contains("GRANT SELECT ON `my_shop`.* TO"), "{none:?}");
    server.sql("GRANT SELECT ON `my_shop`.* TO part@localhost");
    let all = asked(&["no-primary-key", "--schema", "my_shop"]);
    assert!(all.code == Some(1) && !all.line.contains("[of the"), "{all:?}");
}

#[test]
fn names_match_in_any_case_if_the_server_ignores_case() {
    let _turn = turn::shared();
    // MySQL 8 and later accept this only when the data directory is created, and the tests' servers share a template.
    flavors::every(&[Flavor::MariaDb118, Flavor::MySql56], "case of names of plugins", |flavor| {
        let server = Server::builder(flavor).config("lower_case_table_names=1").start();
        let state = Workdir::new("plugins");
        server.sql(
            "CREATE DATABASE MyShop; CREATE TABLE MyShop.Stock (id INT PRIMARY KEY AUTO_INCREMENT, n INT, KEY by_n \
             (n)); \
             CREATE USER part@localhost IDENTIFIED BY 'part'; GRANT SELECT ON MyShop.* TO part@localhost",
        );
        let socket = server.socket().display().to_string();
        let login = ["-S", &socket, "-u", "part", "-p", "part"];
        for words in [
            &["sizes", "--schema", "MyShop"][..],
            &["sizes", "--name", "MYSHOP.Stock"],
            &["auto-increment", "--schema", "MyShop", "--name", "STOCK"],
            &["no-primary-key", "--name", "Stock"],
            &["table-fragmentation", "--name", "Stock"],
        ] {
            let answered = plugin("check_my", &[words, &login].concat(), &state);
            let told = answered.line.contains("[of the tables that this account may see]");
            let whole = words.contains(&"--schema") || words.iter().any(|word| word.contains('.'));
            assert_eq!((answered.code, told), (Some(0), !whole), "{flavor:?} {words:?} {answered:?}");
        }
        let missing = plugin("check_my", &[&["sizes", "--name", "Stok"][..], &login].concat(), &state);
        assert!(
            missing.code == Some(3)
                && missing.line.contains("there is no table of Stok that this account may see, and it does not"),
            "{missing:?}"
        );
    });
}

#[test]
fn joins_sorts_and_large_transactions_are_counted() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "counters of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        let asked = |check: &str| check_my(&server, &state, &[check, "-w", "0", "-c", "", "--warm-up", "1ms"]);
        server.sql(
            "CREATE DATABASE shop; CREATE TABLE shop.stock (id INT PRIMARY KEY AUTO_INCREMENT, n INT, k VARCHAR(2000)) \
             ENGINE=InnoDB; INSERT INTO shop.stock (n, k) VALUES (1, REPEAT('x', 2000)), (2, REPEAT('y', 2000))",
        );
        for check in ["joins", "sorts", "binlog-cache", "aria"] {
            assert_eq!(asked(check).code, Some(0), "{flavor:?} {check} {}", asked(check).line);
        }
        for _ in 0..8 {
            server.sql("INSERT INTO shop.stock (n, k) SELECT n, k FROM shop.stock");
        }
        server.sql("SELECT COUNT(*) FROM shop.stock a JOIN shop.stock b ON a.n = b.n + 9");
        // Fewer than a hundred events prove nothing about a ratio.
        let several = |statement: &str| vec![statement; 110].join("; ");
        let sort = several("SELECT id FROM shop.stock ORDER BY LEFT(k, 300), n DESC");
        server.sql(&format!("SET sort_buffer_size = 32768; {sort}"));
        server.sql(&several("INSERT INTO shop.stock (n) VALUES (9)"));
        server.sql("UPDATE shop.stock SET k = REVERSE(k), n = n + 1");
        for check in ["joins", "sorts", "binlog-cache"] {
            wait_for(check, Duration::from_secs(10), || match asked(check) {
                answered if answered.code == Some(1) => Ok(()),
                other => Err(other.line),
            });
        }
        let aria = asked("aria");
        assert_eq!(aria.line.contains("only MariaDB does"), !flavor.is_mariadb(), "{flavor:?} {aria:?}");
    });
}

#[test]
fn unused_indexes_and_open_accounts_are_named() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "indexes of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        let asked = |words: &[&str]| check_my(&server, &state, words);
        if flavor.is_mariadb() {
            let off = asked(&["unused-indexes"]);
            assert!(off.code == Some(3) && off.line.contains("SET GLOBAL userstat = ON"), "{off:?}");
            server.sql("SET GLOBAL userstat = ON");
        }
        server.sql(
            "CREATE DATABASE shop; CREATE TABLE shop.stock (id INT PRIMARY KEY, n INT, k INT, u INT, KEY by_n (n), \
             KEY by_k (k), UNIQUE KEY by_u (u)) ENGINE=InnoDB; INSERT INTO shop.stock VALUES (1, 1, 1, 1), (2, 2, 2, \
             2); \
             SELECT * FROM shop.stock FORCE INDEX (by_n) WHERE n = 1",
        );
        let unused = asked(&["unused-indexes", "-v"]);
        assert!(unused.code == Some(0) && unused.line.contains("shop.stock.by_k"), "{flavor:?} {unused:?}");
        assert!(!unused.stdout.contains("by_n") && !unused.stdout.contains("by_u"), "{flavor:?} {unused:?}");
        server.sql("CREATE TABLE shop.plain (id INT PRIMARY KEY)");
        for (words, code, needle) in [
            (&["--schema", "shop"][..], 0, "1 unused index"),
            (&["--name", "shop.stock"], 0, "unused_indexes=1"),
            (&["--name", "plain"], 0, "unused_indexes=0"),
            (&["--schema", "other"], 3, "there is no table in schema other"),
            (&["--name", "stok"], 3, "there is no table of stok"),
        ] {
            let answered = asked(&[&["unused-indexes"], words].concat());
            assert!(answered.code == Some(code) && answered.line.contains(needle), "{flavor:?} {answered:?}");
        }
        let empty = match flavor.is_mariadb() {
            true => "CREATE USER 'empty'@'%'; CREATE ROLE reader",
            false => "CREATE USER 'empty'@'%'",
        };
        server.sql(&format!("{empty}; CREATE USER 'good'@'localhost' IDENTIFIED BY 'p'"));
        let users = asked(&["users", "-v"]);
        assert!(users.code == Some(1) && users.stdout.contains("'empty'@'%' (no password, every host)"), "{users:?}");
        assert!(!users.stdout.contains("'good'") || flavor == Flavor::MySql97, "{flavor:?} {users:?}");
        assert!(!users.stdout.contains("reader") && !users.stdout.contains("mysql.sys"), "{flavor:?} {users:?}");
    });
}
