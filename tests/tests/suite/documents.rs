//! The documents are true: their commands run, their files are valid, every reason is explained.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use clap::Parser as _;
use healthd_mysql::login::credentials::Credentials;
use healthd_mysql::login::target::Target;
use healthd_mysql::option_file::{CLIENT_GROUPS, read_defaults_file};
use healthd_mysql::write::act::{Act, act};
use healthd_tests::drill::Arguments;
use healthd_tests::healthd::{executable, secret_file};
use healthd_tests::{Flavor, Healthd, Server, Workdir, wait_for};
use tokio::runtime::Builder;

use crate::turn;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is a member of the workspace").to_owned()
}

fn text(file: &str) -> String {
    fs::read_to_string(repository().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The lines of every fenced block of this kind.
pub(crate) fn blocks(file: &str, kind: &str) -> Vec<String> {
    let text = text(file);
    let fence = format!("```{kind}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

fn shell(command: &str, path: &Path) -> Output {
    let path = format!("{}:{}", path.display(), std::env::var("PATH").unwrap_or_default());
    Command::new("bash").args(["-c", command]).env("PATH", path).output().expect("bash runs")
}

/// A directory in which `healthd` can be called as in the documents.
fn wrapper(config: &Path) -> Workdir {
    let bin = Workdir::new("bin");
    let text = format!("#!/bin/sh\nexec {} \"$@\" --config {}\n", executable().display(), config.display());
    fs::write(bin.join("healthd"), text).expect("the directory is writable");
    fs::set_permissions(bin.join("healthd"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    bin
}

#[test]
fn every_shell_command_of_the_documents_runs() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let bin = wrapper(&healthd.config());
    let mut commands = 0;
    for file in ["README.md", "docs/operations.md", "docs/configuration.md", "CONTRIBUTING.md"] {
        for line in blocks(file, "sh").iter().flat_map(|block| block.lines()) {
            let command = line.split("    #").next().unwrap_or_default().trim();
            if let Some(target) = command.strip_prefix("make ") {
                let shown = Command::new("make")
                    .arg("--dry-run")
                    .args(target.split_whitespace())
                    .current_dir(repository())
                    .output();
                assert!(shown.is_ok_and(|output| output.status.success()), "{file}: {command}");
            } else {
                let here = command.replace("3306", &server.port().to_string());
                let here = here.replace("127.0.0.1:31337", &healthd.http.to_string());
                let output = shell(&here, bin.path());
                assert!(output.status.success(), "{file}: {command}: {}", String::from_utf8_lossy(&output.stderr));
            }
            commands += 1;
        }
    }
    assert!(commands >= 10, "only {commands} commands were found");
    healthd.await_status("name=m0", 200, Duration::from_secs(3));
}

#[test]
fn the_drill_understands_every_command_of_its_document() {
    let lines = blocks("docs/drill.md", "sh").concat();
    let commands: Vec<&str> = lines.lines().filter_map(|line| line.split("  #").next()).map(str::trim).collect();
    assert!(commands.len() >= 4, "{commands:?}");
    for command in commands {
        // The command that make would run, split by a shell.
        let dry = format!("{command} --dry-run --no-print-directory | tail -n 1 | xargs -n 1 echo");
        let output = Command::new("bash").args(["-c", &dry]).current_dir(repository()).output().expect("bash runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let words: Vec<&str> = text.lines().collect();
        assert!(words.first().is_some_and(|program| program.ends_with("release/drill")), "{command}: {words:?}");
        let understood = Arguments::try_parse_from(words);
        assert!(understood.is_ok(), "{command}: {understood:?}");
    }
}

#[test]
fn the_readmes_haproxy_block_is_the_tested_file() {
    let _turn = turn::shared();
    let file = text("haproxy/modern.cfg");
    let tested: Vec<&str> = file.lines().map(str::trim).collect();
    let blocks = blocks("README.md", "haproxy");
    let lines: Vec<&str> = blocks.iter().flat_map(|block| block.lines()).map(str::trim).collect();
    assert!(lines.len() >= 10, "{lines:?}");
    for line in lines {
        assert!(tested.contains(&line), "`{line}` is not in haproxy/modern.cfg");
    }
}

/// The words of an output, with every number as `N`.
fn without_numbers(output: &str) -> Vec<&str> {
    output
        .split_whitespace()
        .map(|word| if word.starts_with(|c: char| c.is_ascii_digit()) { "N" } else { word })
        .collect()
}

#[test]
fn the_readmes_first_success_is_what_is_printed() {
    let _turn = turn::shared();
    let of_readme = |kind| blocks("README.md", kind).concat();
    let server = Server::builder(Flavor::MariaDb).start();
    server.sql(&of_readme("sql").replace("@localhost", "@'127.0.0.1'"));
    let healthd = Healthd::builder().client_cnf(&of_readme("ini")).instance("m0", server.port(), "").start();
    let bin = wrapper(&healthd.config());
    // The README's own configuration, except for the path of the credentials.
    let dir = Workdir::new("readme");
    secret_file(&dir.join("client.cnf"), &of_readme("ini"));
    let toml = of_readme("toml").replace("/etc/healthd", &dir.path().display().to_string());
    fs::write(dir.join("healthd.toml"), toml).expect("the directory is writable");
    let checked = shell("healthd config check", wrapper(&dir.join("healthd.toml")).path());
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let console = of_readme("console");
    let shown: Vec<_> = console.split("$ ").skip(1).filter_map(|text| text.split_once('\n')).collect();
    assert!(shown.len() >= 2, "{console}");
    for (command, expected) in shown {
        let here = command.replace("3306", &server.port().to_string());
        let output = shell(&here.replace("127.0.0.1:31337", &healthd.http.to_string()), bin.path());
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(without_numbers(&printed), without_numbers(expected), "{command}");
    }
}

#[test]
fn the_grants_of_the_documents_are_enough() {
    let _turn = turn::shared();
    let blocks = blocks("docs/configuration.md", "sql");
    // The account, and the additional privileges for features that change something.
    for (flavor, account, changes) in
        [(Flavor::MariaDb, &blocks[0], &blocks[2]), (Flavor::MySql97, &blocks[1], &blocks[3])]
    {
        if !flavor.or_skip("grants of the documents") {
            continue;
        }
        let server = Server::builder(flavor).start();
        let here = |block: &str| block.replace('…', "p").replace("@localhost", "@'127.0.0.1'");
        server.sql(&here(account));
        let credentials = "[client]\nuser=healthd\npassword=p\n";
        let healthd = Healthd::builder().client_cnf(credentials).instance("m0", server.port(), "").start();
        healthd.await_status("name=m0&role=reader", 200, Duration::from_secs(3));
        healthd.await_status("name=m0&role=writer", 200, Duration::from_secs(3));
        server.sql(&here(changes));
        if !flavor.is_mariadb() {
            server.sql("INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'");
        }
        let dir = Workdir::new("grants");
        secret_file(&dir.join("client.cnf"), credentials);
        let options = read_defaults_file(&dir.join("client.cnf"), &CLIENT_GROUPS, None).expect("an option file");
        let target = Target {
            address: format!("127.0.0.1:{}", server.port()).parse().expect("an address"),
            extra_port: None,
            credentials: Credentials::from_options(options.options()).expect("credentials"),
            query: String::new(),
            heartbeat_query: None,
            positions: false,
        };
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        for change in [Act::SemiSyncSource { on: true }, Act::SemiSyncSource { on: false }, Act::Fence, Act::Unfence] {
            let done = runtime.block_on(act(&target, change, Instant::now() + Duration::from_secs(5)));
            assert_eq!(done, Ok(()), "{flavor}");
        }
    }
}

#[test]
fn the_write_canary_of_the_documents_works() {
    let _turn = turn::shared();
    let sql = blocks("docs/configuration.md", "sql");
    let toml = blocks("docs/configuration.md", "toml").concat();
    let lines: Vec<&str> = toml.lines().filter(|line| line.starts_with("write_canary")).collect();
    let (logged, quiet) =
        (lines.join("\n"), lines.join("\n").replace("REPLACE", "SET SESSION sql_log_bin = 0; REPLACE"));
    for (flavor, account, admin) in
        [(Flavor::MariaDb, &sql[0], "BINLOG ADMIN"), (Flavor::MySql97, &sql[1], "SESSION_VARIABLES_ADMIN")]
    {
        if !flavor.or_skip("the write canary of the documents") {
            continue;
        }
        let server = Server::builder(flavor).start();
        let here = |block: &str| block.replace('…', "p").replace("@localhost", "@'127.0.0.1'");
        server.sql(&here(account));
        server.sql(&here(&sql[4]));
        server.sql(&format!("GRANT {admin} ON *.* TO healthd@'127.0.0.1'"));
        let position =
            || server.sql(if flavor.is_mariadb() { "SELECT @@gtid_binlog_pos" } else { "SELECT @@gtid_executed" });
        for (canary, grows) in [(&logged, true), (&quiet, false)] {
            server.sql("DELETE FROM healthd.canary");
            let before = position();
            let credentials = "[client]\nuser=healthd\npassword=p\n";
            let healthd = Healthd::builder().client_cnf(credentials).instance("m0", server.port(), canary).start();
            wait_for("a canary", Duration::from_secs(5), || {
                let body = healthd.check("name=m0&role=writer").body;
                healthd.metric("healthd_canaries_total{instance=\"m0\",result=\"written\"}").ok_or(body)
            });
            assert_eq!(server.sql("SELECT node FROM healthd.canary"), "db101", "{flavor}");
            assert_eq!(position() != before, grows, "{flavor} {canary}");
        }
    }
}

/// The same configuration, with tokens in files that exist.
fn with_tokens(dir: &Workdir, toml: &str) -> String {
    const NAMED: &str = "/etc/healthd/";
    let mut there = toml.to_owned();
    for file in ["peers.token", "witness.token"] {
        secret_file(&dir.join(file), &format!("a-token-of-the-tests/{file}\n"));
        there = there.replace(&format!("{NAMED}{file}"), &dir.join(file).display().to_string());
    }
    there
}

#[test]
fn the_examples_in_the_configuration_document_are_accepted() {
    let _turn = turn::shared();
    let dir = Workdir::new("configuration");
    let bin = wrapper(&dir.join("healthd.toml"));
    for toml in blocks("docs/configuration.md", "toml") {
        fs::write(dir.join("healthd.toml"), with_tokens(&dir, &toml)).expect("the directory is writable");
        let output = shell("healthd config check", bin.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_examples_in_the_failover_document_are_accepted() {
    let _turn = turn::shared();
    let file = "docs/failover.md";
    let dir = Workdir::new("failover");
    let bin = wrapper(&dir.join("healthd.toml"));
    let configurations = blocks(file, "toml");
    assert!(!configurations.is_empty());
    for toml in configurations {
        fs::write(dir.join("healthd.toml"), with_tokens(&dir, &toml)).expect("the directory is writable");
        let output = shell("healthd config check", bin.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    // Without a confirmation the commands do nothing. This test only checks that they are accepted.
    let commands = blocks(file, "sh").concat();
    assert!(commands.lines().count() > 6, "{commands}");
    for line in commands.lines() {
        assert!(line.starts_with("healthd ") && !line.contains("--yes"), "{line}");
        let error = String::from_utf8_lossy(&shell(line, bin.path()).stderr).into_owned();
        assert!(!error.contains("Usage:"), "{line}: {error}");
    }
    // The options of the servers and those of semi-sync, each for MariaDB and for MySQL.
    let options = blocks(file, "ini");
    assert_eq!(options.len(), 4);
    for (flavor, lines) in
        [(Flavor::MariaDb, [&options[0], &options[2]]), (Flavor::MySql97, [&options[1], &options[3]])]
    {
        if flavor.or_skip("option files of the documents") {
            let server = Server::builder(flavor).config(lines[0]).config(lines[1]).start();
            let side = if flavor.is_mariadb() { "slave" } else { "replica" };
            let shown = server.sql(&format!("SELECT @@rpl_semi_sync_{side}_enabled, @@server_id"));
            assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), ["1", "1"], "{shown}");
        }
    }
}

#[test]
fn the_example_configuration_has_every_key_with_its_default() {
    let _turn = turn::shared();
    let dir = Workdir::new("example");
    let show = |arguments: &[&str]| {
        let mut command = Command::new(executable());
        let output = command.args(["config", "show"]).args(arguments).env("HOME", dir.path()).output();
        let output = output.expect("healthd's command line runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let example = repository().join("packaging/healthd.toml").display().to_string();
    let ours = show(&["--config", &example]);
    assert_eq!(ours.replace("name = \"m0\"", "name = \"3306\""), show(&[]));
    // Keys that are commented out count too.
    let uncommented: String = text("packaging/healthd.toml")
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| rest.contains(" = ") || rest.starts_with('[')).unwrap_or(line))
        .filter(|line| !line.starts_with("defaults_file"))
        .collect::<Vec<_>>()
        .join("\n");
    let uncommented = with_tokens(&dir, &uncommented);
    let uncommented =
        uncommented.replace("from = []", "from = [\"10.10.10.9\"]").replace("names = []", "names = [\"lb1\"]");
    fs::write(dir.join("all.toml"), uncommented).expect("the directory is writable");
    let all = show(&["--config", &dir.join("all.toml").display().to_string()]);
    for line in [
        "allow_donor = true",
        "extra_port = 3307",
        "heartbeat_query = ",
        "ignore_channels = [\"backup\"]",
        "max_series = 500",
        "min = 100",
    ] {
        assert!(all.contains(line), "{line}: {all}");
    }
}

/// The text of every file with this ending below a directory.
fn texts_below(directory: &Path, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let (directories, files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
    let files = files.iter().filter(|file| file.extension().is_some_and(|found| found == ending));
    let here = files.map(|file| fs::read_to_string(file).unwrap_or_default());
    here.chain(directories.iter().flat_map(|below| texts_below(below, ending))).collect()
}

#[test]
fn every_test_that_a_decision_or_the_table_of_situations_names_exists() {
    let sources = ["crates", "healthd", "plugins", "tests"].map(|below| texts_below(&repository().join(below), "rs"));
    let sources = sources.concat().concat();
    let mut naming = texts_below(&repository().join("docs/decisions"), "md").concat();
    let situations = include_str!("situations.rs").lines();
    naming.extend(situations.take_while(|line| line.starts_with("//!")));
    let quoted = naming.split('`').skip(1).step_by(2);
    let tests: Vec<&str> = quoted.filter(|word| word.matches('_').count() >= 4 && !word.contains(' ')).collect();
    assert!(tests.len() >= 30, "{tests:?}");
    for test in tests.into_iter().filter_map(|path| path.split("::").last()) {
        assert!(sources.contains(&format!("fn {test}(")), "`{test}` is not a test any more");
    }
}
