//! Checks of our own door that no other plugin has.

use healthd_tests::plugin::plugin;
use healthd_tests::{Flavor, Server, Workdir};

use crate::plugins::check_my;
use crate::{flavors, turn};

#[test]
fn a_statement_of_ones_own_is_judged_by_its_first_cell() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "sql of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        server.sql("CREATE DATABASE shop; CREATE TABLE shop.stock (id INT PRIMARY KEY, n INT, k TEXT); INSERT INTO shop.stock VALUES (1, 7, 'x'), (2, NULL, 'y')");
        for (words, code, line) in [
            (&["--query", "SELECT COUNT(*) FROM shop.stock", "-w", "1", "-c", "9"][..], 1, "| count=2;1;9"),
            (&["--query", "SELECT n, id AS `Row Id`, k FROM stock WHERE id = 1", "--schema", "shop"], 0, "| n=7 row_id=1"),
            (&["--query", "SELECT%20n%20FROM%20shop.stock%20WHERE%20id%3d1", "-c", "5"], 2, "returned 7 | n=7;;5"),
            (&["--query", "SELECT n FROM shop.stock WHERE id = 2"], 3, "returned NULL, which is not a number"),
            (&["--query", "SELECT k FROM shop.stock WHERE id = 2"], 3, "returned `y`, which is not a number"),
            (&["--query", "SELECT n FROM shop.stock WHERE id = 3"], 3, "returned no row"),
            (&["--query", "SELECT n FROM shop.stock WHERE id = 3", "--no-row", "ok"], 0, "returned no row"),
            (&["--query", "SELECT n FROM shop.none", "--no-row", "ok"], 3, "error 1146"),
            (&["--query", "SELECT 1; DROP TABLE shop.stock"], 3, "error 1064"),
            (&["--query", "DO 1"], 3, "is a statement without a result"),
            (&["--query", "SELECT SLEEP(5)", "-t", "1"], 2, "no answer to the query within 1.0s"),
            (&[], 3, "which statement?"),
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
        let denied = plugin("check_my", &asked, &state);
        assert!(denied.code == Some(3) && denied.line.contains("GRANT it TO"), "{flavor:?} {denied:?}");
        let other = check_my(&server, &state, &["uptime", "--query", "SELECT 1"]);
        assert!(other.code == Some(3) && other.line.contains("--query means nothing to uptime"), "{other:?}");
    });
}

#[test]
fn tmp_crash_logs() {
    for flavor in Flavor::ALL {
        let server = Server::builder(flavor).config("log-error=../log\n").start();
        println!("==== {flavor} log_error {}", server.sql("SELECT @@log_error"));
        if flavor == Flavor::MySql97 {
            println!("{}", server.sql("SELECT * FROM performance_schema.error_log ORDER BY LOGGED DESC LIMIT 12"));
        }
        server.kill9();
        println!("{}", server.log());
        let before = server.log().len();
        server.restart();
        println!("==== after kill9\n{}", server.log().get(before..).unwrap_or_default());
        let before = server.log().len();
        server.terminate();
        server.restart();
        println!("==== after terminate\n{}", server.log().get(before..).unwrap_or_default());
        if flavor == Flavor::MySql97 {
            println!("{}", server.sql("SELECT * FROM performance_schema.error_log ORDER BY LOGGED LIMIT 100"));
        }
    }
}
