//! The files for Nagios, NRPE and sudo: the real programs accept them next to those of the distribution, and call our
//! plugins with the arguments that the files promise.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use healthd_core::checks::STANDARD;
use healthd_tests::haproxy::{replace_all, repository_file};
use healthd_tests::nrpe::{Nrpe, Packets};
use healthd_tests::script::recorders;
use healthd_tests::sudo::Sudoers;
use healthd_tests::{Workdir, nagios};

use crate::turn;

/// Where our plugins are installed.
pub(crate) const PLUGINS: &str = "/usr/lib/healthd/plugins";
const OF_THE_DISTRIBUTION: &str = "/etc/nagios-plugins/config";
/// The words before an NRPE command that runs as root.
pub(crate) const SUDO: &str = "/usr/bin/sudo -n ";
pub(crate) const OPTION_FILE: &str = "/etc/healthd/monitoring.cnf";

pub(crate) fn text(file: &str) -> String {
    fs::read_to_string(repository_file(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

/// A directory with programs in place of the plugins, which print how they were called.
pub(crate) fn plugins() -> Workdir {
    let dir = Workdir::new("plugins");
    let of_servers = ["check_my", "check_mysql", "check_mysql_query", "check_mysql_health", "sudo"];
    let of_logs = ["check_mail_volume", "check_log_counter", "check_mail_queue"];
    recorders(dir.path(), &[&of_servers[..], &of_logs].concat());
    dir
}

/// A file of ours, for plugins in another directory and a `check_nrpe` that only prints how it was called.
fn nagios_file(dir: &Workdir) -> PathBuf {
    recorders(dir.path(), &["check_nrpe"]);
    let here = dir.path().display().to_string();
    let file = dir.join("healthd.cfg");
    let text =
        replace_all(&text("packaging/nagios/healthd.cfg"), &[(PLUGINS, &here), ("/usr/lib/nagios/plugins", &here)]);
    fs::write(&file, text).expect("the directory is writable");
    file
}

fn names_of_commands(file: &str) -> Vec<String> {
    let names = file.lines().filter_map(|line| line.trim().strip_prefix("command_name"));
    names.map(|name| name.trim().to_owned()).collect()
}

#[test]
fn nagios_accepts_our_commands_next_to_the_distributions() {
    let _turn = turn::shared();
    let file = repository_file("packaging/nagios/healthd.cfg");
    let names = names_of_commands(&text("packaging/nagios/healthd.cfg"));
    assert!(names.len() >= 10 && names.iter().all(|name| name.starts_with("healthd_")), "{names:?}");
    let mut config = nagios::Config::new().include(Path::new(OF_THE_DISTRIBUTION)).include(&file);
    for name in &names {
        config = config.service(name, &format!("{name}!a!b!c!d"));
    }
    let output = config.check();
    let said = said(&output);
    assert!(output.status.success() && said.contains("Total Warnings: 0"), "{said}");
    assert!(said.contains(&format!("Checked {} services", names.len())), "{said}");
}

#[test]
fn nagios_rejects_duplicate_and_missing_command_names() {
    let _turn = turn::shared();
    let file = repository_file("packaging/nagios/healthd.cfg");
    let config = || nagios::Config::new().include(Path::new(OF_THE_DISTRIBUTION)).include(&file);
    for taken in ["check_mysql", "healthd_check_my"] {
        let output = config().command(taken, "/bin/true").check();
        let said = said(&output);
        assert!(!output.status.success() && said.contains("Duplicate definition"), "{taken}: {said}");
    }
    let output = config().service("s", "healthd_nonsense!a").check();
    assert!(!output.status.success() && said(&output).contains("healthd_nonsense"), "{}", said(&output));
}

#[test]
fn nagios_runs_the_plugins_as_the_comments_in_the_file_say() {
    let _turn = turn::shared();
    let dir = plugins();
    let host = format!("[-H] [{}]", nagios::ADDRESS);
    let ours = format!("{host} [--defaults-file] [{OPTION_FILE}]");
    let theirs = format!("check_mysql {host}");
    let calls = [
        (
            "healthd_check_my!threads-running -w 20 -c 50",
            format!("check_my [threads-running] [-w] [20] [-c] [50] {ours}"),
        ),
        ("healthd_check_my!health --defaults-group db7", format!("check_my [health] [--defaults-group] [db7] {ours}")),
        (
            "healthd_check_my_socket!/run/mysqld/mysqld.sock!health",
            format!("check_my [health] [--socket] [/run/mysqld/mysqld.sock] [--defaults-file] [{OPTION_FILE}]"),
        ),
        ("healthd_health", format!("check_my [health] {ours}")),
        ("healthd_health_by_daemon", format!("check_my [health] [--daemon] [http://{}:31337]", nagios::ADDRESS)),
        (
            "healthd_health_by_daemon!-P 3306 --role reader --max-lag 30s",
            format!(
                "check_my [health] [--daemon] [http://{}:31337] [-P] [3306] [--role] [reader] [--max-lag] [30s]",
                nagios::ADDRESS
            ),
        ),
        ("healthd_connection_time", format!("check_my [connection-time] {ours}")),
        ("healthd_connections!-w 70", format!("check_my [connections] {ours} [-w] [70]")),
        ("healthd_threads_running!-w 20 -c 50", format!("check_my [threads-running] {ours} [-w] [20] [-c] [50]")),
        (
            "healthd_threads_running!-w 20 -c 50 -P 3307",
            format!("check_my [threads-running] {ours} [-w] [20] [-c] [50] [-P] [3307]"),
        ),
        (
            "healthd_replica_lag!--channel dc2 -w 30 -c 300",
            format!("check_my [replica-lag] {ours} [--channel] [dc2] [-w] [30] [-c] [300]"),
        ),
        (
            "healthd_mail_volume!-w 100:5000 -c 10:20000",
            format!("check_mail_volume [--daemon] [http://{}:31337] [-w] [100:5000] [-c] [10:20000]", nagios::ADDRESS),
        ),
        (
            "healthd_log_counter!--counter http_5xx -w 10 -c 100 --window 5m",
            format!(
                "check_log_counter [--daemon] [http://{}:31337] [--counter] [http_5xx] [-w] [10] [-c] [100] [--window] \
                 [5m]",
                nagios::ADDRESS
            ),
        ),
        (
            "healthd_log_counter!--ratio http_5xx_share -w 1 -c 5",
            format!(
                "check_log_counter [--daemon] [http://{}:31337] [--ratio] [http_5xx_share] [-w] [1] [-c] [5]",
                nagios::ADDRESS
            ),
        ),
        (
            "healthd_mail_queue!-w 100 -c 500 --age-critical 3d",
            "check_mail_queue [-w] [100] [-c] [500] [--age-critical] [3d]".to_owned(),
        ),
        ("healthd_nrpe!healthd_mail_queue", format!("check_nrpe {host} [-t] [15] [-c] [healthd_mail_queue]")),
        ("healthd_nrpe!healthd_health", format!("check_nrpe {host} [-t] [15] [-c] [healthd_health]")),
        ("healthd_nrpe!healthd_backup_age", format!("check_nrpe {host} [-t] [15] [-c] [healthd_backup_age]")),
        ("healthd_check_mysql", format!("{theirs} [-f] [{OPTION_FILE}]")),
        ("healthd_check_mysql!-d shop", format!("{theirs} [-f] [{OPTION_FILE}] [-d] [shop]")),
        ("healthd_check_mysql!-S -w 30 -c 300", format!("{theirs} [-f] [{OPTION_FILE}] [-S] [-w] [30] [-c] [300]")),
        (
            "healthd_check_mysql_query!SELECT COUNT(*) FROM shop.orders!-w 100 -c 500",
            format!(
                "check_mysql_query {host} [-f] [{OPTION_FILE}] [-q] [SELECT COUNT(*) FROM shop.orders] [-w] [100] [-c] \
                 [500]"
            ),
        ),
        (
            "healthd_check_mysql_health!threads-connected!--warning 100 --critical 200",
            format!(
                "check_mysql_health [--hostname] [{}] [--mycnf] [{OPTION_FILE}] [--mode] [threads-connected] \
                 [--warning] [100] [--critical] [200]",
                nagios::ADDRESS
            ),
        ),
        ("healthd_check_mysql_cmdlinecred!USER!PASSWORD", format!("{theirs} [-u] [USER] [-p] [PASSWORD]")),
        (
            "healthd_check_mysql_database!USER!PASSWORD!DATABASE",
            format!("{theirs} [-u] [USER] [-p] [PASSWORD] [-d] [DATABASE]"),
        ),
        (
            "healthd_check_mysql_slave!USER!PASSWORD!-w 30 -c 300",
            format!("{theirs} [-u] [USER] [-p] [PASSWORD] [-S] [-w] [30] [-c] [300]"),
        ),
        // As the comment at the top of the file says.
        ("healthd_connections!-w '@0:5'", format!("check_my [connections] {ours} [-w] [@0:5]")),
        ("healthd_check_my!threads-running -w '~:10'", format!("check_my [threads-running] [-w] [~:10] {ours}")),
        (
            "healthd_check_mysql_query!SELECT \"a\\!\\;$$\"",
            format!("check_mysql_query {host} [-f] [{OPTION_FILE}] [-q] [SELECT \"a!;$\"]"),
        ),
    ];
    let file = text("packaging/nagios/healthd.cfg");
    for name in names_of_commands(&file) {
        let tried = calls.iter().any(|(call, _)| call.split('!').next() == Some(&name));
        assert!(tried, "{name} is not tried");
    }
    let mut config = nagios::Config::new().include(&nagios_file(&dir));
    for (number, (call, _)) in calls.iter().enumerate() {
        let promised = number + 3 >= calls.len() || file.contains(call);
        assert!(promised, "`{call}` is not an example of the file");
        config = config.service(&format!("s{number}"), call);
    }
    let nagios = config.start();
    for (number, (call, expected)) in calls.iter().enumerate() {
        let shown = nagios.await_shown(&format!("s{number}"), |_| true);
        assert_eq!(shown.output, expected.replace(';', ":"), "{call}");
    }
}

/// The commands of a file for NRPE, with their names.
pub(crate) fn nrpe_commands(file: &str) -> Vec<(String, String)> {
    let commands = file.lines().filter_map(|line| line.strip_prefix("command[")?.split_once("]="));
    commands.map(|(name, line)| (name.to_owned(), line.to_owned())).collect()
}

#[test]
fn nrpe_runs_every_command_of_our_file_without_arguments() {
    let _turn = turn::shared();
    let dir = plugins();
    let here = dir.path().display().to_string();
    let file = text("packaging/nrpe/healthd.cfg");
    assert!(!nrpe_commands(&file).iter().any(|(_, line)| line.contains('$')), "{file}");
    // This test does not check who becomes root.
    let file = replace_all(&file, &[(SUDO, ""), (PLUGINS, &here)]);
    let commands = nrpe_commands(&file);
    let local = ["health", "pidfile", "backup-age", "datadir-owner", "deleted-files", "errorlog"];
    for check in STANDARD.iter().map(|check| check.name).chain(local) {
        let name = format!("healthd_{}", check.replace('-', "_"));
        assert!(commands.iter().any(|(there, _)| *there == name), "{name} is missing");
    }
    let nrpe = Nrpe::start(&file);
    for (name, line) in commands {
        assert!(name.starts_with("healthd_"), "{name}");
        let (program, words) = line.split_once(' ').expect("a program and its words");
        let program = program.rsplit('/').next().unwrap_or_default();
        let words: Vec<&str> = words.split(' ').collect();
        let answer = nrpe.ask(&name, Packets::V2);
        assert_eq!((answer.code, answer.text), (Some(0), format!("{program} [{}]", words.join("] ["))), "{name}");
    }
}

#[test]
fn sudo_allows_exactly_the_commands_of_the_nrpe_file() {
    let commands = nrpe_commands(&text("packaging/nrpe/healthd.cfg"));
    let with_sudo: Vec<&str> = commands.iter().filter_map(|(_, line)| line.strip_prefix(SUDO)).collect();
    let sudoers = text("packaging/sudoers/healthd");
    Sudoers::checked(&sudoers);
    let aliases = sudoers.lines().filter_map(|line| line.strip_prefix("Cmnd_Alias ")?.split_once(" = "));
    let (names, admitted): (Vec<&str>, Vec<&str>) = aliases.unzip();
    assert_eq!(with_sudo, admitted);
    assert!(admitted.iter().all(|command| !command.contains(['*', '?', '\\'])), "{admitted:?}");
    let rule = format!("HEALTHD_MONITORING ALL=(root) NOPASSWD: {}", names.join(", "));
    let rules = sudoers.lines().filter(|line| !(line.is_empty() || line.starts_with(['#', 'C', 'U'])));
    assert_eq!(rules.collect::<Vec<_>>(), [rule]);
}
