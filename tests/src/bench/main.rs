//! `make bench`: measures healthd as a whole process, next to a bare hyper server, and alone.
//!
//! This is a measurement, not a test: a missed goal is marked in the table and fails nothing. [`load`] makes the load,
//! [`mod@compare`] alternates between both servers, [`idle`] measures a daemon without requests, [`usage`] reads what
//! the processes use, [`report`] prints the results. Everything stays on loopback addresses. Load and servers share the
//! machine, so only the ratios of one run can be compared with other machines.
//!
//! The daemon is `healthd-under-test`, which has the whole library of the daemon under another name.

mod compare;
mod idle;
mod load;
mod machine;
mod plugins;
mod report;
mod usage;

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use healthd_tests::ports::free_port;
use healthd_tests::{Flavor, Healthd, Process, Server, Workdir, wait_for};

use compare::{CLIENTS, ROUND, ROUNDS, Subject, compare};
use healthd_tests::progress::Progress;
use report::{Goal, Row};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (only, file) = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => (false, None),
        ["--only-plugins"] => (true, None),
        ["--json", file] => (false, Some(PathBuf::from(file))),
        ["--only-plugins", "--json", file] => (true, Some(PathBuf::from(file))),
        _ => return usage_error(),
    };
    let rows = match if only { only_plugins() } else { measure() } {
        Ok(rows) => rows,
        Err(error) => return failed(&error),
    };
    let method = format!(
        "A new connection per request, HTTP/1.0; median of {ROUNDS} rounds of {ROUND:?} each, alternating; ratio of \
         each round, its range in brackets. Plugins: a process each time, the median of 20 in a round. Idle: {:?} \
         without a request.",
        idle::LENGTH
    );
    let machine = machine::description();
    #[expect(clippy::print_stdout, reason = "the table is what the bench is for")]
    {
        println!("{}", report::table(&rows, &method, &machine));
    }
    match file.map(|file| fs::write(file, format!("{:#}\n", report::json(&rows, &method, &machine)))) {
        Some(Err(error)) => failed(&error),
        _ => ExitCode::SUCCESS,
    }
}

#[expect(clippy::print_stderr, reason = "a usage line")]
fn usage_error() -> ExitCode {
    eprintln!("usage: bench [--only-plugins] [--json FILE]");
    ExitCode::from(2)
}

#[expect(clippy::print_stderr, reason = "why there is no table")]
fn failed(error: &io::Error) -> ExitCode {
    eprintln!("bench: {error}");
    ExitCode::FAILURE
}

fn only_plugins() -> io::Result<Vec<Row>> {
    let progress = Progress::new(u64::try_from(plugins::ROUNDS).unwrap_or_default());
    progress.say("plugins");
    let server = Server::builder(Flavor::MariaDb).start();
    plugins::plugins(&server, || progress.step())
}

/// A program that was built together with this one.
fn sibling(name: &str) -> io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

fn measure() -> io::Result<Vec<Row>> {
    let rounds = u64::try_from(CLIENTS.len() * ROUNDS + plugins::ROUNDS).unwrap_or_default();
    let progress = Progress::new(rounds + 5);
    let mut rows = Vec::new();

    progress.say("starting MariaDB, healthd and the bare hyper");
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let bare = Bare::start()?;
    progress.step();
    progress.say(&format!("one instance, {:?} without a request", idle::LENGTH));
    // Measured before the load, because memory that a burst once needed is another question.
    let idle_one = idle::idle(&healthd, "idle, 1 instance", Goal::AtMost(10.0), Goal::Below(0.2))?;
    progress.step();

    let asked = Subject {
        address: healthd.http,
        pid: healthd.process().pid(),
        request: format!("GET /mysqlchk/?port={} HTTP/1.0\r\n\r\n", server.port()),
    };
    let hello = Subject { address: bare.address, pid: bare.process.pid(), request: asked.request.clone() };
    for clients in CLIENTS {
        progress.say(&format!("{clients} at a time, {ROUNDS} rounds"));
        rows.extend(compare(&asked, &hello, clients, || progress.step())?);
    }
    rows.extend(idle_one);
    drop((healthd, bare));
    progress.say(&format!("one instance and one log, {:?} without a request", idle::LENGTH));
    rows.extend(idle::with_a_log(&server)?);
    progress.step();
    progress.say("plugins");
    rows.extend(plugins::plugins(&server, || progress.step())?);
    drop(server);

    progress.say(&format!("starting a healthd with {} instances", idle::MANY));
    let (server, healthd) = idle::many();
    progress.step();
    progress.say(&format!("{} instances, {:?} without a request", idle::MANY, idle::LENGTH));
    let group = format!("idle, {} instances", idle::MANY);
    rows.extend(idle::idle(&healthd, &group, Goal::Below(40.0), Goal::Below(5.0))?);
    progress.step();
    drop((healthd, server));
    Ok(rows)
}

/// The server that healthd is compared with.
struct Bare {
    // Dropped before the directory with its log.
    process: Process,
    address: SocketAddr,
    _workdir: Workdir,
}

impl Bare {
    fn start() -> io::Result<Bare> {
        let workdir = Workdir::new("bare-hyper");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut command = Command::new(sibling("bare-hyper")?);
        command.arg(address.port().to_string());
        let process = Process::spawn(&command, &workdir.join("log"))?;
        wait_for("the bare hyper", Duration::from_secs(5), || TcpStream::connect(address));
        Ok(Bare { process, address, _workdir: workdir })
    }
}
