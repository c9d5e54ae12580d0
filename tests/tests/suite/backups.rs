//! `check_my backup-age` on real backups of mariadb-backup.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use healthd_tests::account::Account;
use healthd_tests::plugin::{Answered, answer, executable, plugin};
use healthd_tests::sudo::Sudoers;
use healthd_tests::{Flavor, Process, Server, Workdir, wait_for};

use crate::turn;

/// A server with some data, and a directory for its backups.
struct Site {
    server: Server,
    dir: Workdir,
}

impl Site {
    fn new() -> Site {
        let site = Site { server: Server::builder(Flavor::MariaDb).start(), dir: Workdir::new("backups") };
        site.server.sql(
            "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO shop.t VALUES \
             (1)",
        );
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Runs mariadb-backup as a nightly job does. A directory that the arguments name must not exist yet.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("mariadb-backup");
        // Fourteen hours ahead of UTC: without a time zone, the times in the files prove nothing.
        command.args(["--no-defaults", "--backup", "--user=root"]).env("TZ", "AHEAD-14");
        command.arg(format!("--socket={}", self.server.socket().display())).args(words).stdin(Stdio::null());
        command
    }

    fn back_up(&self, name: &str, words: &[&str]) -> PathBuf {
        let path = self.path(name);
        run(self.command(&[&[format!("--target-dir={}", path.display()).as_str()], words].concat()));
        path
    }

    fn asked(&self, name: &str, words: &[&str]) -> Answered {
        asked(&self.path(name), words)
    }
}

fn asked(path: &Path, words: &[&str]) -> Answered {
    let path = path.display().to_string();
    let answered = plugin("check_my", &[&["backup-age", "--name", &path], words].concat(), &Workdir::new("state"));
    assert_eq!(answered.stderr, "", "{answered:?}");
    answered
}

fn run(mut command: Command) -> Vec<u8> {
    let output = command.output().expect("mariadb-backup is installed (scripts/setup)");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn copy(from: &Path, to: &Path) {
    let mut command = Command::new("cp");
    command.arg("-r").arg(from).arg(to);
    run(command);
}

/// Sets the time of a file, in a form that `date` understands.
fn touch(path: &Path, when: &str) {
    let mut command = Command::new("touch");
    command.args(["-d", when]).arg(path);
    run(command);
}

/// The age in the perfdata, in seconds.
fn age(answered: &Answered) -> f64 {
    let age = answered.perfdata().strip_prefix("backup_age=").and_then(|rest| rest.split_once('s'));
    age.and_then(|(age, _)| age.parse().ok()).unwrap_or_else(|| panic!("{answered:?}"))
}

#[test]
fn a_backup_is_as_old_as_its_data_after_copies_and_prepares() {
    let _turn = turn::shared();
    let site = Site::new();
    let begun = Instant::now();
    let full = site.back_up("full", &[]);
    let young = |answered: Answered, kind: &str| {
        assert_eq!(answered.code, Some(0), "{answered:?}");
        assert!(age(&answered) <= begun.elapsed().as_secs_f64() + 1.0, "{answered:?}");
        assert!(answered.line.contains(&format!(" {kind} backup ")), "{answered:?}");
        answered
    };
    let answered = young(site.asked("full", &[]), "full");
    let version = site.server.sql("SELECT @@version");
    let version = version.split("-MariaDB").next().expect("a version");
    let binlog = fs::read_to_string(full.join("xtrabackup_binlog_info")).expect("a position");
    let binlog = binlog.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(answered.line.contains(&format!("mariadb-backup {version}-MariaDB, {binlog}, ")), "{answered:?}");
    assert!(answered.line.contains(", the only one |") && answered.line.contains(" backups=1;"), "{answered:?}");

    // Neither a copy, a touch nor the time zone of the job changes the age.
    let info = fs::read_to_string(full.join("xtrabackup_info")).expect("an info file");
    copy(&full, &site.path("copied"));
    touch(&site.path("copied/xtrabackup_info"), "3 days ago");
    young(site.asked("copied", &[]), "full");
    touch(&site.path("copied/xtrabackup_info"), "tomorrow");
    young(site.asked("copied", &[]), "full");
    // Without the UUID, only the time of the file is known.
    fs::write(site.path("copied/xtrabackup_info"), info.replace("uuid = ", "uuid = x")).expect("it is ours");
    touch(&site.path("copied/xtrabackup_info"), "3 days ago");
    let old = site.asked("copied", &[]);
    assert!(old.code == Some(2) && old.line.contains(" is 3d00h old"), "{old:?}");

    // The names of newer versions.
    copy(&full, &site.path("renamed"));
    for name in ["info", "checkpoints", "binlog_info"] {
        let name = |prefix: &str| site.path("renamed").join(format!("{prefix}_{name}"));
        fs::rename(name("xtrabackup"), name("mariadb_backup")).expect("it is ours");
    }
    young(site.asked("renamed", &[]), "full");

    let base = format!("--incremental-basedir={}", full.display());
    let part = site.back_up("part", &[&base]);
    let answered = young(site.asked("part", &[]), "incremental");
    assert!(answered.line.contains("no full one here"), "{answered:?}");

    // A prepared backup, and one to which an increment was applied: it has the info file of the increment.
    let prepare = |words: &[&str]| {
        let mut command = Command::new("mariadb-backup");
        command.args(["--no-defaults", "--prepare", &format!("--target-dir={}", full.display())]).args(words);
        run(command);
    };
    prepare(&[]);
    assert!(young(site.asked("full", &[]), "full").line.contains(" old, prepared, "));
    prepare(&[&format!("--incremental-dir={}", part.display())]);
    assert!(young(site.asked("full", &[]), "full").line.contains(" old, prepared, "));

    // A backup in an archive, with its small files next to it, and one with compressed files.
    let stream = format!("--extra-lsndir={}", site.path("stream").display());
    fs::create_dir(site.path("stream")).expect("it is ours");
    let archive = run(site.command(&["--stream=mbstream", &stream]));
    fs::write(site.path("stream/backup.mb"), &archive).expect("it is ours");
    let answered = young(site.asked("stream", &[]), "full");
    let size: usize = answered
        .perfdata()
        .split_once("backup_size=")
        .expect("a size")
        .1
        .split_once('B')
        .expect("B")
        .0
        .parse()
        .expect("bytes");
    assert!((archive.len()..archive.len() + 4_096).contains(&size), "{answered:?}");
    site.back_up("packed", &["--compress"]);
    young(site.asked("packed", &[]), "full");
}

#[test]
fn an_unfinished_backup_neither_hides_a_finished_one_nor_counts() {
    let _turn = turn::shared();
    let site = Site::new();
    let all = |words: &[&str]| asked(site.dir.path(), words);
    let none = all(&[]);
    assert!(none.code == Some(2) && none.line.contains("no finished backup in "), "{none:?}");

    let killed = site.path("killed");
    let slow = ["--throttle=1", &format!("--target-dir={}", killed.display())];
    let log = Workdir::new("log");
    let job = Process::spawn(&site.command(&slow), &log.join("log")).expect("it is installed");
    wait_for("the backup is under way", Duration::from_secs(30), || {
        fs::exists(killed.join("ib_logfile0")).unwrap_or_default().then_some(())
    });
    job.stop();
    assert!(!killed.join("xtrabackup_info").exists(), "it was too fast: {}", job.log_tail());
    let under_way = all(&[]);
    assert!(under_way.code == Some(2) && under_way.line.contains("1 unfinished (killed)"), "{under_way:?}");
    job.kill9();
    assert_eq!(all(&[]).line, under_way.line);
    let alone = site.asked("killed", &[]);
    assert!(alone.code == Some(2) && alone.perfdata().starts_with("backups=0;"), "{alone:?}");

    let full = site.back_up("full", &[]);
    let answered = all(&[]);
    assert!(answered.code == Some(0) && answered.line.contains("full backup full is "), "{answered:?}");
    assert!(answered.line.contains("the only one, 1 unfinished (killed)"), "{answered:?}");
    let judged = |words: &[&str]| all(words).code;
    assert_eq!((judged(&["-w", "@0:900"]), judged(&["-c", "@0:900"])), (Some(1), Some(2)));

    // Newer than the full backup, and smaller, which is normal for an increment.
    site.back_up("part", &[&format!("--incremental-basedir={}", full.display())]);
    let answered = all(&["-v"]);
    assert!(answered.code == Some(0) && answered.line.contains("incremental backup part is "), "{answered:?}");
    assert!(answered.line.contains("2 backups, the last full one is "), "{answered:?}");
    assert_eq!(answered.stdout.lines().count(), 4, "{answered:?}");

    // A full backup that lost most of its data is a WARNING.
    let second = site.back_up("second", &[]);
    let before = all(&[]);
    assert!(before.code == Some(0) && before.line.contains("backup_size_change="), "{before:?}");
    fs::remove_file(second.join("ibdata1")).expect("it is ours");
    let shrunk = all(&[]);
    assert!(shrunk.code == Some(1) && shrunk.line.contains("less than half of the "), "{shrunk:?}");
}

#[test]
fn a_partial_backup_does_not_hide_an_old_complete_one() {
    let _turn = turn::shared();
    let site = Site::new();
    let all = |words: &[&str]| asked(site.dir.path(), words);
    site.back_up("some", &["--databases=shop"]);
    let only = all(&[]);
    assert!(only.code == Some(0) && only.line.contains("partial backup some is "), "{only:?}");
    let full = site.back_up("full", &[]);
    let info = fs::read_to_string(full.join("xtrabackup_info")).expect("an info file");
    fs::write(full.join("xtrabackup_info"), info.replace("uuid = ", "uuid = x")).expect("it is ours");
    touch(&full.join("xtrabackup_info"), "9 days ago");
    site.back_up("again", &["--databases=shop"]);
    let old = all(&[]);
    assert!(old.code == Some(2) && old.line.contains("full backup full is 9d00h old"), "{old:?}");
    assert!(old.line.contains(", 3 backups, 2 of them partial"), "{old:?}");
}

#[test]
fn other_directories_are_skipped_and_unreadable_ones_are_unknown() {
    let _turn = turn::shared();
    let site = Site::new();
    let full = site.back_up("full", &[]);
    let elsewhere = Workdir::new("elsewhere");
    copy(&full, &elsewhere.join("later"));
    // Links lead elsewhere, a pipe never answers, and huge or hostile texts are not backups.
    symlink(elsewhere.join("later"), site.path("latest")).expect("it is ours");
    fs::create_dir(site.path("lost+found")).expect("it is ours");
    let text = |name: &str, file: &str, text: &[u8]| {
        fs::create_dir_all(site.path(name)).expect("it is ours");
        fs::write(site.path(name).join(file), text).expect("it is ours");
    };
    text("huge", "xtrabackup_info", &vec![b'='; 8 << 20]);
    text("binary", "xtrabackup_info", &[0, 159, 146, 150, b'\n', b'=', 255]);
    text("huge", "xtrabackup_checkpoints", b"\n");
    text("notes", "readme", b"end_time = 2026-11-25 17:40:08\n");
    fs::create_dir(site.path("pipe")).expect("it is ours");
    let mut pipe = Command::new("mkfifo");
    pipe.arg(site.path("pipe/xtrabackup_info"));
    run(pipe);
    fs::create_dir(site.path("linked")).expect("it is ours");
    symlink("/etc/passwd", site.path("linked/xtrabackup_info")).expect("it is ours");
    let answered = asked(site.dir.path(), &[]);
    assert!(
        answered.code == Some(0) && answered.line.contains("the only one, 2 unfinished (binary, huge) |"),
        "{answered:?}"
    );
    // The directory that an administrator names may be a link.
    assert_eq!(site.asked("latest", &[]).code, Some(0));

    for (path, expected) in [(site.path("none"), " does not exist"), (site.path("notes/readme"), "is not a directory")]
    {
        let answered = asked(&path, &[]);
        assert!(answered.code == Some(3) && answered.line.contains(expected), "{answered:?}");
    }
    let unnamed = plugin("check_my", &["backup-age"], &site.dir);
    assert!(unnamed.code == Some(3) && unnamed.line.contains("--name /var/backups/mysql"), "{unnamed:?}");
    // The check asks no server, and there may be none. Backups of another machine are not those of this one.
    let nowhere = site.asked("full", &["-H", "127.0.0.1", "-P", "1", "--defaults-file", "/nonexistent"]);
    assert_eq!(nowhere.code, Some(0), "{nowhere:?}");
    let elsewhere = site.asked("full", &["-H", "192.0.2.1"]);
    assert!(elsewhere.code == Some(3) && elsewhere.line.contains("not of 192.0.2.1"), "{elsewhere:?}");
}

#[test]
fn an_unreadable_directory_is_unknown_and_the_printed_sudo_line_works() {
    let _turn = turn::shared();
    if !Sudoers::or_skip("sudo of backups") {
        return;
    }
    let site = Site::new();
    let full = site.back_up("full", &[]);
    assert_eq!(fs::metadata(&full).expect("it is there").uid(), 0);
    let mut command = Command::new(executable());
    command.args(["check_my", "backup-age", "-w", "0:90", "--name"]).arg(site.dir.path());
    let closed = answer(&mut Account::Mysql.wrap(&command));
    assert!(closed.code == Some(3) && closed.line.contains("/full cannot be read"), "{closed:?}");
    let (_, line) = closed.line.split_once("add to sudoers: ").unwrap_or_else(|| panic!("{closed:?}"));
    let sudoers = Sudoers::new(line);
    let sudo = |command: &Command| {
        let mut sudo = Command::new("/usr/bin/sudo");
        sudo.arg("-n").arg(command.get_program()).args(command.get_args());
        answer(&mut sudoers.wrap(&Account::Mysql.wrap(&sudo)))
    };
    let opened = sudo(&command);
    assert!(opened.code == Some(0) && opened.line.contains("full backup full is "), "{opened:?}");
    // The printed sudoers line allows exactly this command.
    let other = sudo(command.arg("-v"));
    assert!(other.code == Some(1) && other.stdout.is_empty(), "{other:?}");
    // The directory of the backups itself.
    fs::set_permissions(site.dir.path(), fs::Permissions::from_mode(0o700)).expect("it is ours");
    let mut command = Command::new(executable());
    command.args(["check_my", "backup-age", "--password", "secret", "--name"]).arg(site.dir.path());
    let closed = answer(&mut Account::Mysql.wrap(&command));
    assert!(closed.code == Some(3) && !closed.stdout.contains("secret"), "{closed:?}");
    assert!(closed.line.ends_with(&format!(" check_my backup-age --name {}", site.dir.path().display())), "{closed:?}");
}
