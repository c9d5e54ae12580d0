//! Checks that read the files and the process of a server on this machine.

use std::fs;
use std::process::Command;

use healthd_tests::account::Account;
use healthd_tests::plugin::{Answered, answer, executable, plugin};
use healthd_tests::{Flavor, Server, Workdir};

use crate::plugins::check_my;
use crate::{flavors, turn};

const OTHERS: [Flavor; 3] = [Flavor::MariaDb118, Flavor::MySql97, Flavor::MySql56];

/// Runs a check as the account of the server, or as an account that is neither root nor that.
fn asked_as(account: &str, check: &str, server: &Server) -> Answered {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", account, "--clear-groups", "--"]).arg(executable());
    command.args(["check_my", check, "-u", "mon", "-pmon", "-S"]).arg(server.socket());
    answer(&mut command)
}

/// Whether the tests can run a plugin as another account.
pub(crate) fn is_root() -> bool {
    Account::reaching(Workdir::new("root").path()) == Account::Mysql
}

#[test]
fn a_missing_or_wrong_pid_file_is_a_warning() {
    let _turn = turn::shared();
    flavors::every(&OTHERS, "pid files of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        let asked = |words: &[&str]| check_my(&server, &state, &[&["pidfile"], words].concat());
        let there = asked(&[]);
        assert!(there.code == Some(0) && there.line.contains(&format!("process {} ", server.pid())), "{there:?}");
        let path = server.sql("SELECT @@pid_file");
        let [own, another] = [server.pid(), std::process::id()].map(|pid| format!("{pid}\n"));
        for (content, code) in
            [("", 1), ("text\n", 1), ("-1\n", 1), ("99999999\n", 1), (another.as_str(), 1), (own.as_str(), 0)]
        {
            fs::write(&path, content).expect("the tests may");
            let answered = asked(&[]);
            assert_eq!(answered.code, Some(code), "{flavor:?} {content:?}: {answered:?}");
        }
        fs::remove_file(&path).expect("the tests may");
        let missing = asked(&[]);
        assert!(
            missing.code == Some(1) && missing.line.contains(&format!("the pid file {path} is missing")),
            "{missing:?}"
        );
        assert_eq!(asked(&["-c", "1:"]).code, Some(2));
    });
}

#[test]
fn the_process_of_another_server_is_not_mistaken_for_this_one() {
    let _turn = turn::shared();
    let (server, other) = (Server::builder(Flavor::MariaDb).start(), Server::builder(Flavor::MySql56).start());
    let state = Workdir::new("plugins");
    let own_file = server.sql("SELECT @@pid_file");
    fs::write(&own_file, format!("{}\n", other.pid())).expect("the tests may");
    let by_socket = check_my(&server, &state, &["pidfile"]);
    let told = format!("process {}, another server: this one is process {}", other.pid(), server.pid());
    assert!(by_socket.code == Some(1) && by_socket.line.contains(&told), "{by_socket:?}");
    // The process is found by the socket, whatever the pid file says.
    let held = check_my(&server, &state, &["deleted-files", "-v"]);
    assert!(held.code == Some(0) && held.line.contains(&format!("process {}", server.pid())), "{held:?}");
    let port = server.port().to_string();
    let over_tcp = |check| plugin("check_my", &[check, "-H", "127.0.0.1", "-P", &port, "-u", "mon", "-pmon"], &state);
    let by_port = over_tcp("pidfile");
    assert!(by_port.code == Some(1) && by_port.line.contains("a server with another data directory"), "{by_port:?}");
    let held = over_tcp("deleted-files");
    assert!(held.code == Some(3) && held.line.contains("a server with another data directory"), "{held:?}");
    fs::write(&own_file, format!("{}\n", server.pid())).expect("the tests may");
    assert_eq!([over_tcp("pidfile").code, over_tcp("deleted-files").code], [Some(0); 2]);
}

#[test]
fn a_process_is_found_through_a_linked_socket_and_not_across_pid_namespaces() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    let link = state.join("link");
    std::os::unix::fs::symlink(server.socket().parent().expect("a directory"), &link).expect("it is ours");
    let socket = link.join(server.socket().file_name().expect("a name")).display().to_string();
    fs::remove_file(server.sql("SELECT @@pid_file")).expect("the tests may");
    let held = plugin("check_my", &["deleted-files", "-S", &socket, "-u", "mon", "-pmon"], &state);
    assert!(held.code == Some(0) && held.line.contains(&format!("process {}", server.pid())), "{held:?}");
    if !is_root() {
        return;
    }
    // In another process namespace the plugin does not see the server's process, and must not say that it is gone.
    fs::write(server.sql("SELECT @@pid_file"), format!("{}\n", server.pid())).expect("the tests may");
    let apart = |check: &str| {
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork", "--mount-proc"]).arg(executable());
        command.args(["check_my", check, "-u", "mon", "-pmon", "-S"]).arg(server.socket());
        answer(&mut command)
    };
    let file = apart("pidfile");
    assert!(file.code == Some(0) && file.line.contains("the server is in another container"), "{file:?}");
    let held = apart("deleted-files");
    assert!(held.code == Some(3) && held.line.contains("in another container"), "{held:?}");
}

#[test]
fn a_pid_file_must_be_a_regular_file() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    let path = server.sql("SELECT @@pid_file");
    fs::remove_file(&path).expect("the tests may");
    std::os::unix::fs::symlink("/etc/passwd", &path).expect("the tests may");
    let link = check_my(&server, &state, &["pidfile"]);
    assert!(link.code == Some(1) && link.line.contains("is not a regular file"), "{link:?}");
    fs::remove_file(&path).expect("the tests may");
    fs::create_dir(&path).expect("the tests may");
    let directory = check_my(&server, &state, &["pidfile"]);
    assert!(directory.code == Some(1) && directory.line.contains("is not a regular file"), "{directory:?}");
}

#[test]
fn files_of_another_account_are_named_except_those_of_packages() {
    let _turn = turn::shared();
    flavors::every(&OTHERS, "owners of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        let asked = |words: &[&str]| check_my(&server, &state, &[&["datadir-owner"], words].concat());
        let fine = asked(&[]);
        assert!(fine.code == Some(0) && fine.perfdata().starts_with("foreign_files=0;0;;0 files="), "{fine:?}");
        if !is_root() {
            return;
        }
        let datadir = server.datadir();
        for name in ["debian-10.11.flag", "mysql_upgrade_info"] {
            fs::write(datadir.join(name), "").expect("root may");
        }
        std::os::unix::fs::symlink("/etc/passwd", datadir.join("link")).expect("root may");
        assert_eq!(asked(&[]).code, Some(0));
        fs::write(datadir.join("mysql").join("restored.ibd"), "").expect("root may");
        let strange = asked(&[]);
        assert!(strange.code == Some(1) && strange.line.contains("mysql/restored.ibd (root)"), "{strange:?}");
        // The account of the server's process counts, not that of the directory.
        std::os::unix::fs::chown(&datadir, Some(0), None).expect("root may");
        let moved = asked(&[]);
        assert!(moved.code == Some(1) && moved.line.contains("do not belong to mysql: "), "{moved:?}");
        std::os::unix::fs::chown(&datadir, Some(fs_owner(&datadir.join("mysql"))), None).expect("root may");
    });
}

fn fs_owner(path: &std::path::Path) -> u32 {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata(path).expect("it is there"))
}

#[test]
fn deleted_files_are_critical_except_the_servers_temporary_files() {
    let _turn = turn::shared();
    flavors::every(&OTHERS, "deleted files of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        let asked = |words: &[&str]| check_my(&server, &state, &[&["deleted-files"], words].concat());
        let fds = || {
            let directory = fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("the tests may");
            let links = directory.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
            links.filter(|target| target.to_string_lossy().ends_with(" (deleted)")).count()
        };
        // Every server has some files open that it has deleted itself.
        assert!(fds() > 0, "{flavor:?}");
        let fine = asked(&[]);
        assert_eq!(fine.code, Some(0), "{flavor:?} {fine:?}");
        fs::remove_file(server.datadir().join("ibdata1")).expect("the tests may");
        let held = asked(&[]);
        assert!(held.code == Some(2) && held.line.contains("/data/ibdata1"), "{flavor:?} {held:?}");
        assert!(held.perfdata().starts_with("deleted_files=1;;0;0 deleted_size="), "{flavor:?} {held:?}");
    });
}

#[test]
fn local_checks_are_unknown_without_privilege_or_for_another_machine() {
    let _turn = turn::shared();
    let state = Workdir::new("plugins");
    let server = Server::builder(Flavor::MariaDb).start();
    for check in ["pidfile", "datadir-owner", "deleted-files"] {
        let port = server.port().to_string();
        let over_tcp = |host| plugin("check_my", &[check, "-H", host, "-P", &port, "-u", "mon", "-pmon"], &state);
        assert_eq!(over_tcp("127.0.0.1").code, Some(0), "{check}");
        if !is_root() {
            continue;
        }
        let own = asked_as("mysql", check, &server);
        assert_eq!(own.code, Some(0), "{own:?}");
        let other = asked_as("nobody", check, &server);
        // Every account may read the pid files of the tests.
        assert_eq!(other.code, Some(if check == "pidfile" { 0 } else { 3 }), "{other:?}");
        if check != "pidfile" {
            let executable = executable();
            let begin = format!("nobody ALL=(root) NOPASSWD: {} check_my {check} -u mon -S /", executable.display());
            assert!(other.line.contains(&begin), "{other:?}");
            assert!(
                other.line.contains("with the password in /root/.my.cnf") && !other.line.contains("-pmon"),
                "{other:?}"
            );
        }
    }
}
