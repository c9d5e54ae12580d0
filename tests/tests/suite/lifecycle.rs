//! Start, reload and stop, and what healthd reports to systemd.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use healthd_tests::http::{connect_from, parse};
use healthd_tests::process::Signal;
use healthd_tests::{Flavor, Healthd, Server, wait_for};

use crate::turn;

const SECOND: Duration = Duration::from_secs(1);

/// Starts a daemon that cannot run. Returns its exit code and log.
fn failing(healthd: &Healthd) -> (Option<i32>, String) {
    let status = healthd.process().wait_exit(10 * SECOND);
    (status.code(), healthd.log())
}

#[test]
fn an_error_at_start_is_one_clear_line() {
    let _turn = turn::shared();
    let builder = Healthd::builder().instance("m0", 3306, "");
    let (port, _) = builder.ports();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
    let (code, log) = failing(&builder.launch());
    assert_eq!(code, Some(1), "{log}");
    let line = format!("healthd: cannot listen on 127.0.0.1:{port}: Address already in use");
    assert!(log.lines().any(|found| found.starts_with(&line)), "{log}");
    drop(taken);

    let unusable = Healthd::builder().instance("m0", 3306, "").argument("--state-dir=/proc/nothing");
    let (code, log) = failing(&unusable.launch());
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("healthd: cannot use the state directory /proc/nothing: "), "{log}");

    let foreign = Healthd::builder().instance("m0", 3306, "").argument("--listen=192.0.2.1:31337");
    let (code, log) = failing(&foreign.launch());
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("healthd: cannot listen on 192.0.2.1:31337: "), "{log}");

    let first = Healthd::builder().instance("m0", 3306, "").start();
    let state = format!("--state-dir={}", first.file("state").display());
    let (code, log) = failing(&Healthd::builder().instance("m0", 3306, "").argument(&state).launch());
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("healthd: another healthd answers on "), "{log}");
}

#[test]
fn sigterm_ends_within_a_second_and_leaves_no_connection() {
    let _turn = turn::alone();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    healthd.process().signal(Signal::TERM);
    let asked = Instant::now();
    let status = healthd.process().wait_exit(5 * SECOND);
    assert!(asked.elapsed() < SECOND, "{:?}", asked.elapsed());
    assert_eq!(status.code(), Some(0), "{}", healthd.log());
    let aborted = server
        .sql("SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'Aborted_clients'");
    assert_eq!(aborted.trim(), "0", "it said goodbye to the server");
    assert!(!healthd.file("state/query.sock").exists(), "the sockets are gone");
}

#[test]
fn an_answer_in_progress_is_finished_before_the_exit() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let mut under_way = connect_from(Ipv4Addr::LOCALHOST.into(), healthd.http).expect("a connection");
    under_way.write_all(b"GET /mysqlchk/?name=m0 HT").expect("half a request");
    // A later client was answered, so the half request has been accepted.
    assert_eq!(healthd.check("name=m0").status, 200);
    healthd.process().signal(Signal::TERM);
    wait_for("no new connections", SECOND, || TcpStream::connect(healthd.http).is_err().then_some(()));
    under_way.write_all(b"TP/1.0\r\n\r\n").expect("the other half");
    let mut answer = Vec::new();
    under_way.read_to_end(&mut answer).expect("an answer");
    let answer = parse(&answer, Duration::ZERO).expect("HTTP");
    assert_eq!(answer.status, 200, "{}", answer.body);
    healthd.process().wait_exit(5 * SECOND);
}

#[test]
fn a_hung_server_does_not_delay_the_exit() {
    let _turn = turn::alone();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    server.stop();
    healthd.await_reason("name=m0", "timeout", 3 * SECOND);
    healthd.process().signal(Signal::TERM);
    let asked = Instant::now();
    healthd.process().wait_exit(5 * SECOND);
    assert!(asked.elapsed() < SECOND, "{:?}", asked.elapsed());
}

#[test]
fn the_stop_grace_is_announced_on_both_protocols() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::builder().settings("stop_grace = \"2s\"").instance("m0", server.port(), "").start();
    healthd.process().signal(Signal::TERM);
    let asked = Instant::now();
    healthd.await_reason("name=m0", "stopping", SECOND);
    assert!(healthd.ask_agent("name=m0\n").starts_with("down #stopping: "));
    healthd.process().wait_exit(5 * SECOND);
    assert!(asked.elapsed() >= 2 * SECOND, "{:?}", asked.elapsed());
}

#[test]
fn a_good_reload_takes_effect_and_keeps_what_is_unchanged() {
    let _turn = turn::shared();
    let servers = [Server::builder(Flavor::MariaDb).start(), Server::builder(Flavor::MariaDb).start()];
    let healthd = Healthd::watching(&servers[0]);
    let connections = || servers[0].sql("SELECT id FROM information_schema.processlist WHERE user = 'mon'");
    let before = connections();
    let more = format!(
        "[[instance]]\nname = \"m1\"\naddress = \"127.0.0.1:{}\"\n[[instance]]\nname = \"m0\"",
        servers[1].port()
    );
    healthd.edit_config("[[instance]]\nname = \"m0\"", &more);
    assert_eq!(healthd.check("name=m1").status, 403);
    healthd.reload();
    wait_for("m1", 5 * SECOND, || (healthd.check("name=m1").status == 200).then_some(()));
    assert_eq!(healthd.check("name=m0").status, 200);
    assert_eq!(connections(), before, "m0 was not touched");
    let (old, new) = (healthd.http, healthd_tests::ports::free_port());
    healthd.edit_config(&format!("listen = [\"{old}\"]"), &format!("listen = [\"{old}\", \"127.0.0.1:{new}\"]"));
    healthd.reload();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, new));
    wait_for("the new address", 5 * SECOND, || {
        healthd_tests::http::try_request(Ipv4Addr::LOCALHOST.into(), address, "GET", "/mysqlchk/?name=m0")
    });
    assert_eq!(healthd.metric("healthd_config_last_reload_successful"), Some(1.0));
    // An instance that was removed leaves nothing behind.
    healthd.edit_config(&more, "[[instance]]\nname = \"m0\"");
    healthd.reload();
    wait_for("m1 gone", 5 * SECOND, || (healthd.check("name=m1").status == 403).then_some(()));
    let metrics = healthd.get("/metrics").body;
    assert!(!metrics.contains("instance=\"m1\""), "{metrics}");
    assert_eq!(connections(), before, "m0 was not touched");
    healthd.edit_config(&healthd.file("state").display().to_string(), "/elsewhere");
    healthd.reload();
    wait_for("a refused reload", 5 * SECOND, || {
        (healthd.metric("healthd_config_last_reload_successful") == Some(0.0)).then_some(())
    });
    healthd.await_log("another state_dir needs a restart");
}

#[test]
fn a_bad_reload_leaves_the_old_configuration_and_says_so() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    healthd.edit_config("[mysql]", "intervall = \"1s\"\n[mysql]");
    healthd.reload();
    wait_for("the metric", 5 * SECOND, || {
        (healthd.metric("healthd_config_last_reload_successful") == Some(0.0)).then_some(())
    });
    assert_eq!(healthd.check("name=m0").status, 200);
    let file = format!("{}:5:1: unknown field `intervall`", healthd.config().display());
    healthd.await_log(&file);
    assert!(healthd.get("/").body.contains("last reload was refused"));
    healthd.edit_config("intervall = \"1s\"\n", "");
    healthd.reload();
    wait_for("the metric", 5 * SECOND, || {
        (healthd.metric("healthd_config_last_reload_successful") == Some(1.0)).then_some(())
    });
}

#[test]
fn systemd_is_told_ready_reloading_watchdog_and_stopping() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let dir = healthd_tests::Workdir::new("notify");
    let socket = dir.join("notify.sock");
    let systemd = UnixDatagram::bind(&socket).expect("a socket");
    systemd.set_read_timeout(Some(5 * SECOND)).expect("a timeout");
    let builder = Healthd::builder().environment("NOTIFY_SOCKET", &socket.display().to_string());
    let builder = builder.environment("WATCHDOG_USEC", "1000000").instance("m0", server.port(), "");
    let healthd = builder.start();
    let hear = |wanted: &str| {
        wait_for(wanted, 10 * SECOND, || {
            let mut message = [0_u8; 1024];
            let length = systemd.recv(&mut message).map_err(|error| error.to_string())?;
            let text = String::from_utf8_lossy(&message[..length]).into_owned();
            if text.lines().any(|line| line.starts_with(wanted)) { Ok(text) } else { Err(text) }
        })
    };
    assert!(hear("READY=1").contains("STATUS=watching m0"));
    hear("WATCHDOG=1");
    healthd.reload();
    assert!(hear("RELOADING=1").contains("MONOTONIC_USEC="));
    hear("READY=1");
    // A hung server does not mean a hung daemon.
    server.stop();
    healthd.await_reason("name=m0", "timeout", 5 * SECOND);
    for _ in 0..4 {
        hear("WATCHDOG=1");
    }
    healthd.process().signal(Signal::TERM);
    hear("STOPPING=1");
}

#[test]
fn under_socket_activation_a_restart_loses_no_check() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let builder = Healthd::builder();
    let (port, _) = builder.ports();
    // Acts as systemd: opens the socket, and starts the daemon with it as descriptor 3.
    let script = "import os, signal, socket, subprocess, sys\n\
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n\
        s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(512)\n\
        stop = []\n\
        def start():\n\
        \x20   pid = os.fork()\n\
        \x20   if pid == 0:\n\
        \x20       os.dup2(s.fileno(), 3); os.set_inheritable(3, True)\n\
        \x20       os.environ['LISTEN_PID'] = str(os.getpid()); os.environ['LISTEN_FDS'] = '1'\n\
        \x20       os.execvp(sys.argv[2], sys.argv[2:])\n\
        \x20   return pid\n\
        pid = start()\n\
        def again(*_):\n\
        \x20   global pid\n\
        \x20   os.kill(pid, signal.SIGTERM); os.waitpid(pid, 0); pid = start()\n\
        def end(*_):\n\
        \x20   os.kill(pid, signal.SIGTERM); os.waitpid(pid, 0); os._exit(0)\n\
        signal.signal(signal.SIGUSR1, again); signal.signal(signal.SIGTERM, end)\n\
        while True: signal.pause()\n";
    let builder = builder.wrapped_in(&["python3", "-c", script, &port.to_string()]);
    let healthd = builder.settings("max_age = \"1s\"").instance("m0", server.port(), "").start();
    let started = Instant::now();
    let mut restarts = 0;
    let mut slow = 0;
    while started.elapsed() < 4 * SECOND {
        if started.elapsed() > (restarts + 1) * SECOND {
            healthd.process().signal(Signal::USR1);
            restarts += 1;
        }
        let answer = healthd.check("name=m0");
        slow += u32::from(answer.took > Duration::from_millis(400));
        assert_eq!(answer.status, 200, "after {restarts} restarts: {}", answer.body);
    }
    assert!(restarts >= 3 && slow <= restarts, "{restarts} restarts, {slow} slow checks");
    healthd.process().signal(Signal::TERM);
    healthd.process().wait_exit(5 * SECOND);
}
