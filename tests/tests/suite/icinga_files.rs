//! The file for Icinga 2: the real Icinga 2 accepts it next to its own template library, and calls our plugins with
//! every variable in it.

use std::fs;
use std::time::Duration;

use healthd_tests::haproxy::repository_file;
use healthd_tests::plugin::plugin;
use healthd_tests::ports::free_port;
use healthd_tests::{icinga2, wait_for};

use crate::nagios_files::{plugins, said, text};
use crate::turn;

const SOON: Duration = Duration::from_secs(30);

/// The example at the top of the file, without the comment marks.
fn icinga_example() -> String {
    let example: String = text("packaging/icinga2/healthd.conf")
        .lines()
        .filter_map(|line| line.strip_prefix("//# "))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(example.contains("apply Service"), "{example}");
    example
}

const ICINGA_HOST: &str = "object Host \"db1\" {\n address = \"127.0.0.1\"\n check_command = \"dummy\"\n \
                           enable_active_checks = false\n vars.mysql_replica = true\n}\n";

#[test]
fn icinga_accepts_our_commands_next_to_its_template_library() {
    let _turn = turn::shared();
    let file = icinga2::Config::include(&repository_file("packaging/icinga2/healthd.conf"));
    let objects = format!("{file}{ICINGA_HOST}{}", icinga_example());
    let output = icinga2::Config::new(&objects).check();
    let said_of_it = said(&output);
    assert!(output.status.success() && said_of_it.contains("Instantiated 1 Service"), "{said_of_it}");
    assert!(!said_of_it.contains("warning/"), "{said_of_it}");
    // Invalid variants must be refused. Otherwise this test would prove nothing.
    for (wrong, complaint) in [
        ("object CheckCommand \"healthd_mysql\" { command = [ \"a\" ] }\n", "re-defined"),
        ("object CheckCommand \"a\" {\n import \"healthd_nonsense\"\n command = [ \"a\" ]\n}\n", "unknown template"),
    ] {
        let output = icinga2::Config::new(&format!("{objects}{wrong}")).check();
        assert!(!output.status.success() && said(&output).contains(complaint), "{complaint}: {}", said(&output));
    }
}

#[test]
fn icinga_calls_the_plugins_with_every_variable() {
    let _turn = turn::shared();
    let dir = plugins();
    let (port, options, state) = (free_port().to_string(), dir.join("other.cnf"), dir.join("state"));
    fs::write(&options, "[client]\n").expect("the directory is writable");
    let every = [
        ("port", port.as_str(), "-P"),
        ("defaults_file", options.to_str().expect("a plain path"), "--defaults-file"),
        ("defaults_group", "db7", "--defaults-group"),
        ("warning", "~:10", "-w"),
        ("critical", "@10:20", "-c"),
        ("timeout", "5", "-t"),
        ("name", "m 0", "--name"),
        ("channel", "c1", "--channel"),
        ("not_replica", "ok", "--not-replica"),
        ("auth_state", "unknown", "--auth-state"),
        ("warm_up", "5m", "--warm-up"),
        ("tag", "hourly", "--tag"),
        ("state_dir", state.to_str().expect("a plain path"), "--state-dir"),
    ];
    let vars: String = every.iter().map(|(name, value, _)| format!(" vars.healthd_{name} = \"{value}\"\n")).collect();
    let service = |name: &str, command: &str, vars: &str| {
        format!(
            "object Service \"{name}\" {{\n host_name = \"db1\"\n check_command = \"{command}\"\n check_interval = 1s\n\
             {vars}}}\n"
        )
    };
    let objects = [
        format!("const HealthdPluginDir = \"{0}\"\nconst HealthdSudo = \"{0}/sudo\"\n", dir.path().display()),
        icinga2::Config::include(&repository_file("packaging/icinga2/healthd.conf")),
        ICINGA_HOST.to_owned(),
        icinga_example().replace("check_interval = 30s", "check_interval = 1s"),
        service(
            "all",
            "healthd_check_my",
            &format!(
                " vars.healthd_check = \"all\"\n vars.healthd_lifetime = true\n vars.healthd_verbose = true\n{vars}"
            ),
        ),
        service("socket", "healthd_check_my", " vars.healthd_check = \"socket\"\n vars.healthd_socket = \"/run/s\"\n"),
        service(
            "daemon",
            "healthd_check_my",
            " vars.healthd_check = \"daemon\"\n vars.healthd_daemon = \"http://db1:31337\"\n \
             vars.healthd_defaults_file = \"/f\"\n vars.healthd_defaults_group = \"g\"\n vars.healthd_socket = \
             \"/run/s\"\n",
        ),
        service(
            "role",
            "healthd_check_my",
            " vars.healthd_check = \"role\"\n vars.healthd_daemon = \"/run/healthd\"\n vars.healthd_role = \
             \"reader\"\n \
             vars.healthd_max_lag = \"30s\"\n",
        ),
        service("volume", "healthd_mail_volume", " vars.healthd_critical = \"10:\"\n"),
        service(
            "counter",
            "healthd_log_counter",
            " vars.healthd_daemon = \"/run/healthd\"\n vars.healthd_ratio = \"a/b\"\n vars.healthd_label = [ \"k=v\", \
             \"l=w\" ]\n",
        ),
        service(
            "queue",
            "healthd_mail_queue",
            " vars.healthd_domain_critical = \"9\"\n vars.healthd_age_critical = \"3d\"\n vars.healthd_sudo = true\n",
        ),
        service("backups", "healthd_backup_age", ""),
        service("weekly", "healthd_backup_age", " vars.healthd_name = \"/b\"\n vars.healthd_critical = \"700000\"\n"),
        service("mysql", "healthd_mysql", " vars.mysql_file = \"/f\"\n vars.mysql_check_slave = true\n"),
        service("query", "healthd_mysql_query", " vars.mysql_query_execute = \"SELECT 1\"\n"),
        service("health", "healthd_mysql_health", " vars.mysql_health_mode = \"uptime\"\n"),
    ]
    .concat();
    let icinga = icinga2::Config::new(&objects).start();
    let call = |beginning: &str| {
        wait_for(&format!("a call of {beginning}"), SOON, || {
            assert!(icinga.process().is_alive(), "icinga2 ended: {}", icinga.process().log_tail());
            let calls = fs::read_to_string(dir.join("calls")).unwrap_or_default();
            // The last line may be incomplete.
            let mut whole = calls.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            whole.find(|line| line.starts_with(beginning)).map(str::to_owned).ok_or(calls.clone())
        })
    };
    // The check comes first, the options in any order. An option without a value is not followed by one.
    let mut wanted: Vec<String> = every.iter().map(|(_, value, option)| format!("{option}] [{value}")).collect();
    wanted.extend(["-H] [127.0.0.1", "--lifetime", "-v"].map(str::to_owned));
    wanted.sort();
    let all = call("check_my [all] [-");
    let words = all.strip_prefix("check_my [all] [-").and_then(|rest| rest.strip_suffix(']')).expect("some options");
    let mut given: Vec<String> = words.split("] [-").map(|word| format!("-{word}")).collect();
    given.sort();
    assert_eq!(given, wanted, "{all}");
    // The real plugin understands all options: it fails because nothing listens there, not because of its command line.
    // The lag has no name here.
    let of_lag = given.iter().filter(|option| !option.starts_with("--name]"));
    let arguments: Vec<&str> = of_lag.flat_map(|option| option.split("] [")).collect();
    let answered = plugin("check_my", &[&["replica-lag"], arguments.as_slice()].concat(), &dir);
    assert!(answered.code == Some(2) && answered.line.contains("refused"), "{answered:?}");
    assert_eq!(call("check_my [socket]"), "check_my [socket] [--socket] [/run/s]");
    // Without an account and other ways to reach a server, because the plugin refuses them with --daemon.
    assert_eq!(call("check_my [daemon]"), "check_my [daemon] [--daemon] [http://db1:31337]");
    let role = call("check_my [role]");
    for words in ["[--daemon] [/run/healthd]", "[--role] [reader]", "[--max-lag] [30s]"] {
        assert!(role.contains(words), "{role}");
    }
    for (beginning, words) in [
        ("check_mail_volume", &["[--daemon] [http://127.0.0.1:31337]", "[-c] [10:]"][..]),
        ("check_log_counter", &["[--daemon] [/run/healthd]", "[--ratio] [a/b]", "[--label] [k=v] [--label] [l=w]"]),
        ("check_mail_queue", &["[-C] [9]", "[--age-critical] [3d]", "[--sudo]"]),
    ] {
        let called = call(beginning);
        assert!(words.iter().all(|words| called.contains(words)), "{called}");
        // The real plugin understands all of it.
        let words: Vec<&str> =
            called.split_once(" [").map_or("", |(_, words)| words).trim_end_matches(']').split("] [").collect();
        let answered = plugin(beginning, &words, &dir);
        assert!(!answered.line.contains("--help shows the options"), "{called}: {answered:?}");
    }
    let backups = |more: &str| format!("sudo [-n] [{}] [backup-age] {more}", dir.join("check_my").display());
    // The command that sudoers/healthd allows.
    let (usual, weekly) = (backups("[--name] [/var/backups/mysql]"), backups("[--name] [/b] [-c] [700000]"));
    assert_eq!((call(&usual), call(&weekly)), (usual.clone(), weekly.clone()));
    let example = call("check_my [replica-lag]");
    assert!(example.contains("[-w] [30]") && example.contains("[-c] [300]"), "{example}");
    assert_eq!(call("check_mysql "), "check_mysql [-H] [127.0.0.1] [-S] [-f] [/f]");
    assert_eq!(call("check_mysql_query"), "check_mysql_query [-H] [127.0.0.1] [-q] [SELECT 1]");
    assert_eq!(call("check_mysql_health"), "check_mysql_health [--hostname] [127.0.0.1] [--mode] [uptime]");
}
