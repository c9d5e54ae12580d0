//! The documents say what is so: commands run, files are valid, every reason is explained.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use healthd_tests::healthd::executable;
use healthd_tests::{Flavor, Healthd, Server, Workdir};

use crate::turn;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is a member of the workspace").to_owned()
}

fn text(file: &str) -> String {
    fs::read_to_string(repository().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The lines of every fenced block of a kind.
fn blocks(file: &str, kind: &str) -> Vec<String> {
    let text = text(file);
    let fence = format!("```{kind}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

fn shell(command: &str, path: &Path) -> Output {
    let path = format!("{}:{}", path.display(), std::env::var("PATH").unwrap_or_default());
    Command::new("bash").args(["-c", command]).env("PATH", path).output().expect("bash runs")
}

#[test]
fn every_shell_command_of_the_documents_runs() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    // `healthd` as the documents call it.
    let bin = Workdir::new("bin");
    let wrapper =
        format!("#!/bin/sh\nexec {} \"$@\" --config {}\n", executable().display(), healthd.config().display());
    fs::write(bin.join("healthd"), wrapper).expect("the directory is writable");
    fs::set_permissions(bin.join("healthd"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    let mut commands = 0;
    for file in ["README.md", "docs/operations.md", "docs/configuration.md", "CONTRIBUTING.md"] {
        for line in blocks(file, "sh").iter().flat_map(|block| block.lines()) {
            let command = line.split("    #").next().unwrap_or_default().trim();
            if let Some(target) = command.strip_prefix("make ") {
                let shown = Command::new("make").arg("--dry-run").arg(target.trim()).current_dir(repository()).output();
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
fn the_readmes_block_for_haproxy_is_the_file_that_is_tested() {
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

#[test]
fn the_grants_of_the_documents_are_enough() {
    let _turn = turn::shared();
    let blocks = blocks("docs/configuration.md", "sql");
    for (flavor, block) in [(Flavor::MariaDb, &blocks[0]), (Flavor::MySql97, &blocks[1])] {
        if !flavor.or_skip("grants of the documents") {
            continue;
        }
        let server = Server::builder(flavor).start();
        server.sql(&block.replace('…', "p").replace("@localhost", "@'127.0.0.1'"));
        let credentials = "[client]\nuser=healthd\npassword=p\n";
        let healthd = Healthd::builder().client_cnf(credentials).instance("m0", server.port(), "").start();
        healthd.await_status("name=m0&role=reader", 200, Duration::from_secs(3));
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
    // Keys that are commented out are keys all the same.
    let uncommented: String = text("packaging/healthd.toml")
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| rest.contains(" = ")).unwrap_or(line))
        .filter(|line| !line.starts_with("defaults_file"))
        .collect::<Vec<_>>()
        .join("\n");
    fs::write(dir.join("all.toml"), uncommented).expect("the directory is writable");
    let all = show(&["--config", &dir.join("all.toml").display().to_string()]);
    for line in ["allow_donor = true", "extra_port = 3307", "heartbeat_query = ", "ignore_channels = [\"backup\"]"] {
        assert!(all.contains(line), "{line}: {all}");
    }
}

#[test]
fn every_reason_code_is_explained() {
    let _turn = turn::shared();
    let explained = text("docs/reasons.md");
    let files = ["reason.rs", "failure.rs", "writer/reason.rs"].map(|file| text(&format!("crates/core/src/{file}")));
    let quoted = files.iter().flat_map(|source| source.split('"').skip(1).step_by(2));
    let is_code = |text: &&str| {
        let mut letters = text.chars();
        text.len() > 2 && letters.all(|c| c.is_ascii_lowercase() || c == '-')
    };
    let codes: Vec<&str> = quoted.filter(is_code).collect();
    assert!(codes.len() > 70 && codes.contains(&"lost-own-commits"), "{codes:?}");
    for code in codes {
        assert!(explained.contains(&format!("| `{code}` |")), "`{code}` is not in docs/reasons.md");
    }
}
