//! Real mail systems on loopback, each with its own queue and log in its own directory: Postfix, Exim, and a server
//! that takes their mail. `scripts/servers` unpacks the programs; nothing is installed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::geteuid;

use crate::ports::free_port;
use crate::skip::skipped;
use crate::wait::try_wait_for;
use crate::workdir::target;
use crate::{Process, Workdir, wait_for};

/// How long a mail system may take to start.
const START: Duration = Duration::from_secs(30);
/// Accounts of every Debian machine that no program of the tests uses otherwise: Postfix wants one to itself, and a
/// group that may ask for the queue.
const OWNER: &str = "uucp";
/// The group that may ask for the queue.
pub const ASKING_GROUP: &str = "tape";

/// Whether tests with both mail systems can run here. If not, it is reported as skipped.
pub fn or_skip(what: &str) -> bool {
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mounts = unshare.status().is_ok_and(|status| status.success());
    let missing = ["postfix", "exim"].into_iter().find(|name| !home(name).join(".complete").exists());
    let why = match (geteuid().is_root() && mounts, missing) {
        (false, _) => "only root starts mail systems, with files of their own in the place of others".to_owned(),
        (true, Some(name)) => fs::read_to_string(target().join("servers").join(format!("{name}.unavailable")))
            .map_or_else(|_| format!("{name}: not fetched (make servers)"), |why| format!("{name}: {}", why.trim())),
        (true, None) => return true,
    };
    skipped(what, &why);
    false
}

fn home(name: &str) -> PathBuf {
    target().join("servers").join(name)
}

/// A program of Postfix' packages.
fn postfix_program(program: &str) -> Command {
    let mut command = Command::new(home("postfix").join("run"));
    command.arg(program).stdin(Stdio::null());
    command
}

/// Writes a script that everybody may run.
pub fn script(path: &Path, text: &str) {
    fs::write(path, text).expect("the directory is writable");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
}

/// Sends messages with `smtp-source`, one recipient each.
///
/// # Panics
/// When they are not accepted.
pub fn send(port: u16, count: usize, to: &str) {
    let mut command = postfix_program("smtp-source");
    command.args(["-m", &count.to_string(), "-s", "4", "-f", "sender@example.com", "-t", to]);
    let output = command.arg(format!("127.0.0.1:{port}")).output().expect("smtp-source runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A server that takes every message, `smtp-sink`.
#[derive(Debug)]
pub struct Sink {
    /// Its port.
    pub port: u16,
    _process: Process,
    _dir: Workdir,
}

impl Sink {
    /// Starts one.
    pub fn start() -> Sink {
        let dir = Workdir::new("sink");
        let port = free_port();
        let mut command = postfix_program("smtp-sink");
        command.args(["-u", OWNER, "-c", &format!("127.0.0.1:{port}"), "100"]);
        let process = Process::spawn(&command, &dir.join("log")).expect("smtp-sink starts");
        await_port(&process, port);
        Sink { port, _process: process, _dir: dir }
    }
}

fn await_port(process: &Process, port: u16) {
    let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).map(|_| ());
    if let Err(last) = try_wait_for(START, listens) {
        panic!("nothing listens on port {port}: {last}\n{}", process.log_tail());
    }
}

/// A Postfix with a queue and a log of its own.
#[derive(Debug)]
pub struct Postfix {
    /// Its port for SMTP.
    pub port: u16,
    process: Process,
    dir: Workdir,
}

impl Postfix {
    /// Starts one that hands every message to this port of 127.0.0.1; `more` is added to its main.cf.
    pub fn relaying_to(relay: u16, more: &str) -> Postfix {
        let dir = Workdir::new("postfix");
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
        let port = free_port();
        let (here, home) = (dir.path().display(), home("postfix"));
        let home = home.display();
        for directory in ["conf", "data", "spool", "spool/pid"] {
            fs::create_dir_all(dir.join(directory)).expect("the directory is writable");
        }
        let queues = "active bounce corrupt defer deferred flush hold incoming private saved trace";
        for (directory, mode) in
            queues.split(' ').map(|queue| (queue, 0o700)).chain([("maildrop", 0o730), ("public", 0o710)])
        {
            let directory = dir.join("spool").join(directory);
            fs::create_dir(&directory).expect("the directory is writable");
            own(&directory, &format!("{OWNER}:{ASKING_GROUP}"));
            fs::set_permissions(&directory, fs::Permissions::from_mode(mode)).expect("it is ours");
        }
        own(&dir.join("data"), OWNER);
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {here}/spool\ndata_directory = {here}/data\n\
             daemon_directory = {home}/usr/lib/postfix/sbin\ncommand_directory = {home}/usr/sbin\n\
             shlib_directory = {home}/usr/lib/postfix\nmeta_directory = {home}/etc/postfix\n\
             import_environment = MAIL_CONFIG LD_LIBRARY_PATH\nmail_owner = {OWNER}\nsetgid_group = {ASKING_GROUP}\n\
             maillog_file = {here}/mail.log\nmaillog_file_prefixes = {here}\ninet_interfaces = 127.0.0.1\n\
             inet_protocols = ipv4\nmynetworks = 127.0.0.0/8\nmyhostname = mx1.example.com\nmydestination =\n\
             relayhost = [127.0.0.1]:{relay}\nalias_maps =\nalias_database =\nsmtp_tls_security_level = none\n\
             smtpd_relay_restrictions = permit_mynetworks, reject\nsmtp_host_lookup = native\n\
             disable_dns_lookups = yes\n{more}"
        );
        fs::write(dir.join("conf/main.cf"), main).expect("the directory is writable");
        fs::write(dir.join("conf/master.cf"), master(port)).expect("the directory is writable");
        let mut command = postfix_program("master");
        command.arg("-c").arg(dir.join("conf")).arg("-d");
        let process = Process::spawn(&command, &dir.join("out")).expect("Postfix starts");
        let postfix = Postfix { port, process, dir };
        await_port(&postfix.process, port);
        script(&postfix.postqueue(), &format!("#!/bin/sh\nexec {home}/run postqueue \"$@\"\n"));
        postfix
    }

    /// Its mail log.
    pub fn log(&self) -> PathBuf {
        self.dir.join("mail.log")
    }

    /// Its configuration directory.
    pub fn config(&self) -> PathBuf {
        self.dir.join("conf")
    }

    /// A program that lists queues.
    pub fn postqueue(&self) -> PathBuf {
        self.dir.join("postqueue")
    }

    /// A file of its directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Runs one of Postfix' programs on its queue, such as `postsuper`.
    pub fn run(&self, program: &str, arguments: &[&str]) {
        let output = postfix_program(program).arg("-c").arg(self.config()).args(arguments).output();
        let output = output.expect("a program of Postfix runs");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// How many deliveries its log reports with this status.
    pub fn logged(&self, status: &str) -> usize {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        text.lines().filter(|line| line.contains(&format!(", status={status} ("))).count()
    }

    /// Waits until its log reports so many deliveries with this status.
    pub fn await_logged(&self, status: &str, count: usize) {
        wait_for(&format!("{count} deliveries with status={status}"), START, || match self.logged(status) {
            found if found >= count => Ok(()),
            found => Err(format!("{found}, and {}", self.process.log_tail())),
        });
    }

    /// The process of its master.
    pub fn process(&self) -> &Process {
        &self.process
    }
}

fn own(path: &Path, owner: &str) {
    let status = Command::new("chown").arg("-R").arg(owner).arg(path).status();
    assert!(status.is_ok_and(|status| status.success()), "chown {owner} {}", path.display());
}

/// The services of a Postfix that takes mail on this port and hands it on.
fn master(port: u16) -> String {
    let mut services = format!("127.0.0.1:{port} inet n - n - - smtpd\n");
    for service in [
        "pickup unix n - n 60 1 pickup",
        "cleanup unix n - n - 0 cleanup",
        "qmgr unix n - n 300 1 qmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce",
        "trace unix - - n - 0 bounce",
        "flush unix n - n 1000? 0 flush",
        "proxymap unix - - n - - proxymap",
        "smtp unix - - n - - smtp",
        "relay unix - - n - - smtp",
        "showq unix n - n - - showq",
        "error unix - - n - - error",
        "retry unix - - n - - error",
        "anvil unix - - n - 1 anvil",
        "scache unix - - n - 1 scache",
        "postlog unix-dgram n - n - 1 postlogd",
    ] {
        services.push_str(service);
        services.push('\n');
    }
    services
}

/// The directories with libraries that were unpacked, one on a line.
fn libraries(home: &Path) -> String {
    let parents = [home.join("usr/lib"), home.join("lib")];
    let directories = parents.iter().filter_map(|parent| fs::read_dir(parent).ok()).flatten().flatten();
    let paths = directories.map(|entry| entry.path().display().to_string());
    paths.filter(|path| path.ends_with("-linux-gnu")).map(|path| format!("{path}\n")).collect()
}

/// An Exim with a queue and a log of its own.
#[derive(Debug)]
pub struct Exim {
    /// Its port for SMTP.
    pub port: u16,
    process: Process,
    dir: Workdir,
}

impl Exim {
    /// Starts one that hands every message to this port of 127.0.0.1; `more` is added to its main options.
    pub fn relaying_to(relay: u16, more: &str) -> Exim {
        let dir = Workdir::new("exim");
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
        let port = free_port();
        let (here, unpacked) = (dir.path().display(), home("exim"));
        let home = unpacked.display();
        // Debian's Exim insists on its own account, which only its package makes: it gets one in a view of its own.
        for (file, line) in
            [("passwd", "Debian-exim:x:987:987::/nonexistent:/bin/false"), ("group", "Debian-exim:x:987:")]
        {
            let known = fs::read_to_string(format!("/etc/{file}")).expect("the accounts of this machine");
            fs::write(dir.join(file), format!("{known}{line}\n")).expect("the directory is writable");
        }
        // The program is set-user-ID: only the loader's own cache leads it to libraries that are not the system's.
        fs::write(dir.join("ld.so.conf"), format!("include /etc/ld.so.conf\n{}", libraries(&unpacked))).expect("ours");
        let mut ldconfig = Command::new("/sbin/ldconfig");
        ldconfig.arg("-X").arg("-C").arg(dir.join("ld.so.cache")).arg("-f").arg(dir.join("ld.so.conf"));
        assert!(ldconfig.status().is_ok_and(|status| status.success()), "{ldconfig:?}");
        for directory in ["spool", "log"] {
            fs::create_dir(dir.join(directory)).expect("the directory is writable");
            own(&dir.join(directory), "987:987");
        }
        let config = format!(
            "primary_hostname = mx2.example.com\nspool_directory = {here}/spool\nlog_file_path = {here}/log/%slog\n\
             pid_file_path = {here}/exim.pid\nlocal_interfaces = 127.0.0.1\ndaemon_smtp_ports = {port}\n\
             deliver_drop_privilege = true\nacl_smtp_rcpt = accept\nacl_smtp_data = accept\ntls_advertise_hosts =\n\
             keep_environment = LD_LIBRARY_PATH\nhost_lookup =\ndisable_ipv6 = true\nqualify_domain = example.com\n\
             {more}\nbegin routers\nout:\n  driver = manualroute\n  route_list = * \"127.0.0.1::{relay}\" byname\n  \
             transport = smtp\n  self = send\nbegin transports\nsmtp:\n  driver = smtp\n  hosts_avoid_tls = *\n  \
             hosts_try_dane =\nbegin retry\n* * F,2h,15m\n"
        );
        fs::write(dir.join("exim.conf"), config).expect("the directory is writable");
        script(
            &dir.join("exim"),
            &format!(
                "#!/bin/sh\nexec unshare --mount sh -c 'for file in passwd group ld.so.cache; do mount --bind \
                 {here}/$file /etc/$file || exit; done; exec $AS {home}/run exim4 -C {here}/exim.conf \"$@\"' \
                 exim \"$@\"\n"
            ),
        );
        let mut command = Command::new(dir.join("exim"));
        command.args(["-bdf", "-q1h"]);
        let process = Process::spawn(&command, &dir.join("out")).expect("Exim starts");
        let exim = Exim { port, process, dir };
        await_port(&exim.process, port);
        exim
    }

    /// Its main log.
    pub fn log(&self) -> PathBuf {
        self.dir.join("log/mainlog")
    }

    /// The program, which asks this Exim. The environment variable `AS` is a command that runs it as somebody else.
    pub fn program(&self) -> PathBuf {
        self.dir.join("exim")
    }

    /// Runs it, and returns what it prints.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new(self.program()).args(arguments).stdin(Stdio::null()).output().expect("exim runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Waits until its log has so many lines with this mark: `<=`, `=>`, `==`.
    pub fn await_logged(&self, mark: &str, count: usize) {
        let mark = format!(" {mark} ");
        wait_for(&format!("{count} lines with{mark}"), START, || {
            let text = fs::read_to_string(self.log()).unwrap_or_default();
            let found = text.lines().filter(|line| line.contains(&mark)).count();
            if found >= count { Ok(()) } else { Err(format!("{found}, and {}", self.process.log_tail())) }
        });
    }
}
