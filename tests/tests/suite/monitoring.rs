//! The real NRPE, Nagios and Icinga 2 run the real plugins with our files against a real server.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use healthd_plugins::applets;
use healthd_tests::account::Account;
use healthd_tests::haproxy::replace_all;
use healthd_tests::nrpe::{Nrpe, Packets};
use healthd_tests::plugin::executable;
use healthd_tests::sudo::Sudoers;
use healthd_tests::{Flavor, Server, Workdir, nagios};

use crate::nagios_files::{OPTION_FILE, PLUGINS, SUDO, nrpe_commands, text};
use crate::native_checks::logging;
use crate::turn;

/// What an installation has: the plugins under their names, and an option file for the server.
fn installation(server: &Server) -> Workdir {
    let dir = Workdir::new("installation");
    for applets::Applet { name, .. } in applets::ALL {
        symlink(executable(), dir.join(name)).expect("the directory is writable");
    }
    let options = format!("[client]\nuser=root\nport={}\nsocket={}\n", server.port(), server.socket().display());
    fs::write(dir.join("monitoring.cnf"), options).expect("the directory is writable");
    fs::create_dir(dir.join("state")).expect("the directory is writable");
    Account::reaching(dir.path()).own(dir.path()).expect("the directory can be given away");
    dir
}

/// Replaces the option file in a command of `check_my`, and keeps the counters out of a real installation's directory.
fn login(dir: &Workdir) -> String {
    format!("{} --state-dir {}", dir.join("monitoring.cnf").display(), dir.join("state").display())
}

/// A backup that only root can read.
struct Backup {
    path: String,
    _dir: Workdir,
}

fn backup(server: &Server) -> Backup {
    let dir = Workdir::new("backups");
    let path = dir.join("full").display().to_string();
    let mut command = Command::new("mariadb-backup");
    command.args(["--no-defaults", "--backup", "--user=root", &format!("--target-dir={path}")]);
    command.arg(format!("--socket={}", server.socket().display()));
    let output = command.output().expect("mariadb-backup is installed (scripts/setup)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Backup { path, _dir: dir }
}

#[test]
fn every_command_of_our_nrpe_file_is_answered_by_the_real_plugin() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    logging(&server);
    let dir = installation(&server);
    let plugins = dir.path().display().to_string();
    let login = login(&dir);
    let file = text("packaging/nrpe/healthd.cfg");
    let backup = backup(&server);
    let changes = [(PLUGINS, plugins.as_str()), (OPTION_FILE, &login), ("/var/backups/mysql", &backup.path)];
    let sudoers = Sudoers::or_skip("sudo of nrpe").then(|| {
        let account = Account::reaching(dir.path()).names().expect("an account has a name").user;
        Sudoers::new(&replace_all(
            &text("packaging/sudoers/healthd"),
            &[&changes[..], &[("nagios, nrpe", &account)]].concat(),
        ))
    });
    let file = replace_all(&file, &changes);
    let file = if sudoers.is_some() { file } else { replace_all(&file, &[(SUDO, "")]) };
    let nrpe = Nrpe::start_with(&file, sudoers.as_ref());
    for (name, _) in nrpe_commands(&file) {
        let answer = nrpe.ask(&name, Packets::V2);
        // This machine has no healthd that counts mail, and perhaps no mail system.
        let expected = if name.starts_with("healthd_mail") { 0..=3 } else { 0..=2 };
        assert!(answer.code.is_some_and(|code| expected.contains(&code)), "{name}: {answer:?}");
        assert!(answer.text.len() < 1000 && answer.text.lines().count() == 1, "{name}: {answer:?}");
    }
    for check in ["backup_age", "datadir_owner", "deleted_files", "pidfile"] {
        let answer = nrpe.ask(&format!("healthd_{check}"), Packets::V2);
        assert_eq!(answer.code, Some(0), "{check}: {answer:?}");
    }
    let health = nrpe.ask("healthd_health", Packets::V2);
    assert!(health.text.contains(" | ") && health.text.contains("threads_running="), "{health:?}");
    // For a hung server, the plugin answers before check_nrpe gives up.
    server.stop();
    let stopped = nrpe.ask("healthd_connections", Packets::Newest);
    server.cont();
    assert!(stopped.code == Some(2) && stopped.text.contains("no answer"), "{stopped:?}");
}

#[test]
fn nagios_shows_the_line_and_the_perfdata_of_the_real_plugins() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    server.sql("CREATE USER monitoring@127.0.0.1 IDENTIFIED BY 'p'");
    let dir = installation(&server);
    let options = format!("[client]\nuser=monitoring\npassword=p\nport={}\n", server.port());
    fs::write(dir.join("monitoring.cnf"), options).expect("the directory is writable");
    let (plugins, option_file) = (dir.path().display().to_string(), dir.join("monitoring.cnf").display().to_string());
    let (theirs, here) = (format!("--defaults-file {OPTION_FILE}"), format!("--defaults-file {}", login(&dir)));
    let file = text("packaging/nagios/healthd.cfg");
    let file = replace_all(&file, &[(PLUGINS, &plugins), (&theirs, &here), (OPTION_FILE, &option_file)]);
    fs::write(dir.join("healthd.cfg"), file).expect("the directory is writable");
    let services = [
        ("healthd_threads_running!-w 1000 -c 2000", 0, "threads_running="),
        ("healthd_check_my!threads-running -w '@0:1000'", 1, "threads_running="),
        ("healthd_check_my!threads-running -w many", 3, ""),
        ("healthd_check_mysql", 0, "Connections="),
        ("healthd_check_mysql_health!threads-connected!--warning 1000 --critical 2000", 0, "threads_connected="),
        ("healthd_check_mysql_query!SELECT 41 + 1!-w 100 -c 200", 0, "result=42"),
        ("healthd_check_mysql_query!SELECT \"a\" = \"b\"!-w 1:", 1, "result=0"),
        ("healthd_check_mysql_cmdlinecred!monitoring!wrong", 2, ""),
    ];
    let mut config = nagios::Config::new().include(&dir.join("healthd.cfg"));
    for (number, (call, ..)) in services.iter().enumerate() {
        config = config.service(&format!("s{number}"), call);
    }
    let nagios = config.start();
    for (number, (call, state, perfdata)) in services.iter().enumerate() {
        let shown = nagios.await_shown(&format!("s{number}"), |_| true);
        assert_eq!(shown.state, *state, "{call}: {shown:?}");
        assert!(shown.performance_data.starts_with(perfdata), "{call}: {shown:?}");
        assert_eq!(shown.performance_data.is_empty(), perfdata.is_empty(), "{call}: {shown:?}");
    }
}
