//! Invalid configuration is refused with its position. Secrets are never shown. Environment and flags override the
//! file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use healthd_tests::healthd::{executable, secret_file};
use healthd_tests::{Flavor, Healthd, Server, Workdir};

use crate::turn;

fn run(dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(executable());
    command.args(arguments).current_dir(dir).env("HOME", dir).env_remove("MYSQL_HOME");
    command.envs(environment.iter().copied()).output().expect("healthd's command line runs")
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[test]
fn every_mistake_exits_2_with_file_line_and_column() {
    let _turn = turn::shared();
    let dir = Workdir::new("config");
    for (toml, expected) in [
        ("intervall = \"1s\"\n", "bad.toml:1:1: unknown field `intervall`, expected one of"),
        ("[mysql]\nquerry = \"x\"\n", "bad.toml:2:1: unknown field `querry`, expected `defaults_file` or `query`"),
        ("interval = 'soon'\n", "bad.toml:1:12: `soon` is not a duration"),
        ("\n\nlisten = \"here\"\n", "bad.toml:3:10: invalid type: string \"here\", expected a sequence"),
        ("listen = [\"nowhere\"]\n", "bad.toml:1:11: invalid socket address syntax"),
        ("interval = \"1s\n", "bad.toml:1:15: "),
        (
            "[[instance]]\naddress = \"127.0.0.1\"\n",
            "bad.toml:2:11: `127.0.0.1` is not an address: the port is missing",
        ),
        ("[[instance]]\naddress = \"127.0.0.1:3306\"\nport = 99999\n", "bad.toml:3:8: `99999` is not a port"),
        ("[[instance]]\nname = \"m0\"\n", "bad.toml:1:1: missing field `address`"),
        ("[[instance]]\naddress = \"127.0.0.1:1\"\nname = \"a b\"\n", "bad.toml:3:8: `a b` is not a name"),
        (
            "[[instance]]\naddress = \"127.0.0.1:1\"\ndefault_role = \"master\"\n",
            "bad.toml:3:16: `master` is not a role",
        ),
        ("allow = [\"10.0.0.0/33\"]\n", "bad.toml:1:10: `10.0.0.0/33` is not a network"),
        ("interval = \"1ms\"\n", "bad.toml:1:12: `1ms` is too short or too long: 10ms to 1h is possible"),
        ("[witness]\nnames = [\"lb1\"]\n", "bad.toml: `names` and `token_file` of [witness] need each other"),
        ("[witness]\nnames = [\"lb 1\"]\n", "bad.toml:2:10: `lb 1` is not a name"),
        ("[witness]\nfrom = [\"10.0.0.1\", \"10.0.0.1\"]\n", "bad.toml: 10.0.0.1 is listed twice in [witness]"),
        (
            "[witness]\nnames = [\"lb1\"]\ntoken_file = \"/nowhere/witness.token\"\n",
            "bad.toml: token_file `/nowhere/witness.token` cannot be read",
        ),
        (
            "[[instance]]\naddress = \"127.0.0.1:1\"\nwrite_canary = \" \"\n",
            "bad.toml:1:1: instance 1: `write_canary` is empty",
        ),
        (
            "[[instance]]\naddress = \"127.0.0.1:1\"\nwrite_canary_timeout = \"5s\"\n",
            "bad.toml:1:1: instance 1: `write_canary_timeout` needs a `write_canary`",
        ),
        (
            "[[instance]]\naddress = \"127.0.0.1:1\"\nwrite_canary = \"x\"\nwrite_canary_timeout = \"500ms\"\n",
            "bad.toml:1:1: instance 1: `write_canary_timeout` must be 1s to 60s",
        ),
        ("listen = [\"0.0.0.0:31338\"]\n", "bad.toml: 0.0.0.0:31338 is listed twice"),
        (
            "[[instance]]\nname = \"a\"\naddress = \"127.0.0.1:1\"\n[[instance]]\nname = \"a\"\naddress = \
             \"127.0.0.1:2\"\n",
            "bad.toml:4:1: two instances are named `a`",
        ),
        (
            "[[instance]]\nname = \"a\"\naddress = \"127.0.0.1:1\"\n[[instance]]\nname = \"b\"\naddress = \
             \"127.0.0.2:1\"\n",
            "bad.toml:4:1: two instances answer to port 1",
        ),
    ] {
        fs::write(dir.join("bad.toml"), toml).expect("the directory is writable");
        for command in [&["config", "check", "--config", "bad.toml"][..], &["serve", "--config", "bad.toml"]] {
            let output = run(dir.path(), command, &[]);
            let error = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{toml}: {error}");
            assert!(error.starts_with(&format!("healthd: {expected}")), "{toml}: {error}");
            assert_eq!(error.lines().count(), 1, "{toml}: {error}");
        }
    }
}

#[test]
fn secrets_are_never_shown_and_world_readable_files_are_refused() {
    let _turn = turn::shared();
    let dir = Workdir::new("config");
    let cnf = dir.join("client.cnf");
    secret_file(&cnf, "[client]\nuser=u\npassword=hunter2\n");
    fs::write(dir.join("good.toml"), "[mysql]\ndefaults_file = \"client.cnf\"\n").expect("the directory is writable");
    let output = run(dir.path(), &["config", "show", "--config", "good.toml"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(!text(&output.stdout).contains("hunter2"));
    fs::set_permissions(&cnf, fs::Permissions::from_mode(0o644)).expect("an own file's mode can be set");
    let output = run(dir.path(), &["config", "check", "--config", "good.toml"], &[]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("client.cnf:3") && error.contains("644") && error.contains("chmod 640"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    for toml in ["[mysql]\npassword = \"hunter2\"\n", "[mysql]\npassword = \"hunter2\n", "password = hunter2\n"] {
        fs::write(dir.join("bad.toml"), toml).expect("the directory is writable");
        let output = run(dir.path(), &["config", "check", "--config", "bad.toml"], &[]);
        assert_eq!(output.status.code(), Some(2), "{toml}");
        assert!(!text(&output.stderr).contains("hunter2"), "{}", text(&output.stderr));
    }
    secret_file(&cnf, "[client]\npassword\n  hunter2 = 'x\n[client\nhunter2\n");
    let output = run(dir.path(), &["config", "check", "--config", "good.toml"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("client.cnf:"), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("hunter2"), "{}", text(&output.stderr));
}

#[test]
fn the_environment_overrides_the_file_and_flags_override_both() {
    let _turn = turn::shared();
    let dir = Workdir::new("config");
    fs::write(dir.join("a.toml"), "interval = \"2s\"\nmax_age = \"5s\"\n[mysql]\nquery = \"SELECT 1\"\n")
        .expect("writable");
    let show = |arguments: &[&str], environment: &[(&str, &str)]| {
        let all = [&["config", "show", "--config", "a.toml"], arguments].concat();
        let output = run(dir.path(), &all, environment);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let shown = show(&[], &[]);
    for line in
        ["interval = \"2s\"", "query = \"SELECT 1\"", "address = \"127.0.0.1:3306\"", "name = \"3306\"", "port = 3306"]
    {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let environment = [
        ("HEALTHD__INTERVAL", "300ms"),
        ("HEALTHD__TIMEOUT", "2"),
        ("HEALTHD__MYSQL__QUERY", "SELECT 2"),
        ("HEALTHD__ALLOW", "10.0.0.0/8,192.0.2.7"),
    ];
    let shown = show(&["--instance", "m0=unix:/run/x.sock", "--instance", "3307"], &environment);
    for line in [
        "interval = \"300ms\"",
        "timeout = \"2s\"",
        "query = \"SELECT 2\"",
        "max_age = \"5s\"",
        "unix:/run/x.sock",
        "127.0.0.1:3307",
        "\"10.0.0.0/8\", \"192.0.2.7/32\"",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(!shown.contains("3306"), "{shown}");
    for (name, value, expected) in [
        ("HEALTHD__INTERVALL", "1s", "environment variable HEALTHD__INTERVALL: "),
        ("HEALTHD__INTERVAL", "soon", "environment variable HEALTHD__INTERVAL: "),
    ] {
        let output = run(dir.path(), &["config", "check", "--config", "a.toml"], &[(name, value)]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        let error = text(&output.stderr);
        assert!(error.starts_with(&format!("healthd: {expected}")), "{error}");
    }
    let output = run(dir.path(), &["config", "check", "--config", "missing.toml"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("healthd: cannot read `missing.toml`: "), "{}", text(&output.stderr));
}

#[test]
fn config_show_prints_a_valid_configuration() {
    let _turn = turn::shared();
    let dir = Workdir::new("config");
    let output = run(dir.path(), &["config", "show"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    fs::write(dir.join("shown.toml"), &output.stdout).expect("the directory is writable");
    let again = run(dir.path(), &["config", "show", "--config", "shown.toml"], &[]);
    assert_eq!(text(&again.stdout), text(&output.stdout), "{}", text(&again.stderr));
}

#[test]
fn option_files_are_read_as_by_the_mysql_clients() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    server.sql("CREATE USER o@'127.0.0.1' IDENTIFIED BY 'a\\'b #c'");
    let dir = Workdir::new("config");
    fs::create_dir(dir.join("conf.d")).expect("the directory is writable");
    secret_file(&dir.join("conf.d/b.cnf"), "[client-healthd]\nuser = o # not root\n");
    secret_file(&dir.join("secret.cnf"), "[client]\npassword = \"a'b #c\"\n");
    let include =
        format!("[client]\nuser=root\n!include {0}/secret.cnf\n!includedir {0}/conf.d\n", dir.path().display());
    let healthd = Healthd::builder().client_cnf(&include).instance("m0", server.port(), "").start();
    assert_eq!(healthd.check("name=m0").status, 200, "{}", healthd.check("name=m0").body);
    // Without a file of its own: ~/.my.cnf, as a new user has it.
    secret_file(&dir.join(".my.cnf"), "[client]\nuser=mon\npassword=mon\n");
    let instance = format!("m0=127.0.0.1:{}", server.port());
    let output = run(dir.path(), &["check", "m0", "--instance", &instance], &[]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    // A systemd credential takes the place of these files.
    secret_file(&dir.join("client.cnf"), "[client]\nuser=mon\npassword=wrong\n");
    let credentials = [("CREDENTIALS_DIRECTORY", dir.path().to_str().expect("a plain path"))];
    let output = run(dir.path(), &["check", "m0", "--instance", &instance], &credentials);
    assert_eq!(output.status.code(), Some(2), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("access-denied"), "{}", text(&output.stdout));
}
