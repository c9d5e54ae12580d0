//! Our applets of Percona's plugins that look at the server's machine, next to the original plugins.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::Command;

use healthd_tests::account::Account;
use healthd_tests::plugin::{Answered, answer, executable, plugin};
use healthd_tests::skip::skipped;
use healthd_tests::{Flavor, Server, Workdir};

use crate::originals_pmp::{Beside, original_path, originals_are_here};
use crate::{flavors, turn};

const PID_FILE: &str = "pmp-check-mysql-pidfile";
const OWNERS: &str = "pmp-check-mysql-file-privs";
const DELETED: &str = "pmp-check-mysql-deleted-files";

#[test]
fn a_missing_pid_file_matches_the_original() {
    let _turn = turn::shared();
    if !originals_are_here("pidfile beside Percona's plugin") {
        return;
    }
    let both = Beside::new(Server::builder(Flavor::MariaDb).start());
    let every = [&[][..], &["-w", "1"], &["-c", "1"], &["-c", ""]];
    for words in every {
        both.same(PID_FILE, words, 0);
    }
    let path = both.server.sql("SELECT @@pid_file");
    let content = fs::read_to_string(&path).expect("the tests may");
    for broken in ["", "99999999\n"] {
        fs::write(&path, broken).expect("the tests may");
        both.differs(PID_FILE, &[], (0, 1), "a pid file without a running process");
    }
    fs::remove_file(&path).expect("the tests may");
    for (words, code) in every.into_iter().zip([1, 1, 2, 1]) {
        both.same(PID_FILE, words, code);
    }
    fs::write(&path, content).expect("the tests may");
    both.same(PID_FILE, &[], 0);
    both.same_code(PID_FILE, &["-u", "mysql"], 3);
    let elsewhere = ["-S", "", "-H", "192.0.2.1", "--timeout", "1"];
    let away = plugin(PID_FILE, &elsewhere, &both.state);
    assert_eq!(away.code, Some(2), "{away:?}");
    both.server.kill9();
    both.differs(PID_FILE, &[], (3, 2), "a server that is down");
}

#[test]
fn files_of_another_account_or_group_match_the_original() {
    let _turn = turn::shared();
    if !originals_are_here("file-privs beside Percona's plugin") {
        return;
    }
    let both = Beside::new(Server::builder(Flavor::MariaDb).start());
    let datadir = both.server.datadir();
    let owner = fs::metadata(datadir.join("mysql")).expect("it is there");
    let (user, group) = (owner.uid().to_string(), owner.gid().to_string());
    let (user, group) = (&*user, &*group);
    let named = ["-u", user, "-g", group];
    both.same(OWNERS, &named, 0);
    both.same(OWNERS, &["-u", "12345", "-g", group], 1);
    both.same(OWNERS, &["-u", "12345", "-g", group, "-c", "1"], 2);
    both.same(OWNERS, &["-u", user, "-g", "12345"], 1);
    both.same_code(OWNERS, &["-u", "no-such-account"], 3);
    both.same_code(OWNERS, &["-g", "no-such-group"], 3);
    both.same_code(OWNERS, &["-z"], 3);
    if Account::reaching(both.state.path()) != Account::Mysql {
        skipped("file-privs beside Percona's plugin", "only root gives files away");
        return;
    }
    // The server runs as mysql here, which is the default of both plugins.
    both.same(OWNERS, &[], 0);
    let restored = datadir.join("mysql").join("restored.ibd");
    fs::write(&restored, "").expect("root may");
    both.same(OWNERS, &[], 1);
    both.same(OWNERS, &["-w", "1"], 1);
    both.same(OWNERS, &["-c", "1"], 2);
    both.same(OWNERS, &named, 1);
    chown(&restored, Some(owner.uid()), Some(0)).expect("root may");
    both.same(OWNERS, &[], 1);
    let ours = both.ask(OWNERS, &[]).1;
    assert!(ours.line.contains("does not belong to mysql:mysql: mysql/restored.ibd (mysql:root)"), "{}", ours.line);
    chown(&restored, Some(owner.uid()), Some(owner.gid())).expect("root may");
    both.same(OWNERS, &[], 0);
    fs::write(datadir.join("debian-10.11.flag"), "").expect("root may");
    both.differs(OWNERS, &[], (1, 0), "files that packages leave as root are harmless");
    let nobody = |applet: &str, path: &std::path::Path| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "nobody", "--clear-groups", "--"]).arg(path);
        if path == executable() {
            command.arg(applet);
        }
        answer(
            command
                .args(["-l", "mon", "-S"])
                .arg(both.server.socket())
                .args(["--defaults-file"])
                .arg(both.state.join("my.cnf")),
        )
    };
    fs::write(both.state.join("my.cnf"), "[client]\npassword=mon\n").expect("it is ours");
    fs::set_permissions(both.state.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
    for applet in [OWNERS, DELETED] {
        let denied = nobody(applet, &executable());
        let sudo = format!("nobody ALL=(root) NOPASSWD: {} {applet} -l mon -S", executable().display());
        assert!(denied.code == Some(3) && denied.line.contains(&sudo), "{denied:?}");
    }
    assert_eq!(nobody(OWNERS, &original_path(OWNERS)).code, Some(3));
}

/// The original plugin as on a machine with only this server. It finds processes that are called mysqld.
fn original_alone(server: &Server, bin: &Workdir, words: &[&str]) -> Answered {
    original_among(server, "", bin, words)
}

/// The original plugin as on a machine that also has the processes `others`.
fn original_among(server: &Server, others: &str, bin: &Workdir, words: &[&str]) -> Answered {
    let pidof = bin.join("pidof");
    fs::write(&pidof, format!("#!/bin/sh\necho {} {others}\n", server.pid())).expect("it is ours");
    fs::set_permissions(&pidof, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let path = format!("{}:/usr/bin:/bin", bin.path().display());
    let mut command = Command::new(original_path(DELETED));
    answer(command.env("PATH", path).args(["-S"]).arg(server.socket()).args(["-l", "root"]).args(words))
}

#[test]
fn deleted_files_match_the_original() {
    let _turn = turn::shared();
    if !originals_are_here("deleted-files beside Percona's plugin") {
        return;
    }
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "deleted files beside Percona's plugin", |flavor| {
        // A directory whose path does not occur in that of the data directory, wherever the repository is: the original
        // plugin skips every path that contains it.
        let temporary = Workdir::new("temporary");
        fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o777)).expect("it is ours");
        let config = format!("tmpdir={}", temporary.path().display());
        let both = Beside::new(Server::builder(flavor).config(&config).start());
        let bin = Workdir::new("bin");
        let same = |words: &[&str], code: i32| {
            let theirs = original_alone(&both.server, &bin, words);
            let ours = both.ask(DELETED, words).1;
            let name = format!("{flavor:?} {words:?}\n{}\n{}", theirs.stdout, ours.stdout);
            assert_eq!((theirs.code, ours.code), (Some(code), Some(code)), "{name}");
        };
        let every = [&[][..], &["-w", "1"], &["-c", "1"], &["-t", "/tmp"], &["-w", ""]];
        for words in every {
            same(words, 0);
        }
        fs::remove_file(both.server.datadir().join("ibdata1")).expect("the tests may");
        for (words, code) in every.into_iter().zip([2, 1, 2, 2, 2]) {
            same(words, code);
        }
        assert_eq!(both.ask(DELETED, &["-z"]).1.code, Some(3));
        // With several processes, it takes the line of all their numbers for one number.
        let among = original_among(&both.server, &std::process::id().to_string(), &bin, &[]);
        assert_eq!(among.code, Some(3), "{among:?}");
    });
    // The original plugin skips every path that contains the directory for temporary files.
    let both = Beside::new(Server::builder(Flavor::MariaDb).start());
    fs::remove_file(both.server.datadir().join("ibdata1")).expect("the tests may");
    let theirs = original_alone(&both.server, &Workdir::new("bin"), &[]);
    assert_eq!((theirs.code, both.ask(DELETED, &[]).1.code), (Some(0), Some(2)), "{theirs:?}");
}
