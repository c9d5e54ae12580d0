//! The real Icinga 2 in directories of its own: how it judges a configuration, and which plugins it runs.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::account::Account;
use crate::family::Family;
use crate::process::Process;
use crate::workdir::Workdir;

const PROGRAM: &str = "/usr/sbin/icinga2";

/// What an installation has besides its own objects. Without listener and log, so that nothing of the machine is used.
const INSTALLATION: &str = "\
const PluginDir = \"/usr/lib/nagios/plugins\"
const PluginContribDir = \"/usr/lib/nagios/plugins\"
const NodeName = \"localhost\"
const ZoneName = NodeName
object Endpoint NodeName { host = NodeName }
object Zone ZoneName { endpoints = [ NodeName ] }
object CheckerComponent \"checker\" { }
include <itl>
include <plugins>
include <plugins-contrib>
";

/// A configuration in its own directory. Icinga 2 is not started yet.
#[derive(Debug)]
pub struct Config {
    workdir: Workdir,
}

/// A running Icinga 2, killed on drop.
#[derive(Debug)]
pub struct Icinga2 {
    process: Process,
    family: Family,
    _config: Config,
}

impl Config {
    /// The template library, then these objects.
    pub fn new(objects: &str) -> Config {
        let workdir = Workdir::new("icinga2");
        fs::write(workdir.join("icinga2.conf"), format!("{INSTALLATION}{objects}")).expect("the directory is writable");
        for part in ["data", "cache", "log", "run", "spool"] {
            fs::create_dir(workdir.join(part)).expect("the directory is writable");
        }
        Config { workdir }
    }

    /// The line that includes a file.
    pub fn include(file: &Path) -> String {
        format!("include \"{}\"\n", file.display())
    }

    /// The output of `icinga2 daemon -C`.
    pub fn check(&self) -> Output {
        self.command().arg("-C").output().expect("icinga2 is installed (scripts/setup)")
    }

    /// Starts Icinga 2.
    ///
    /// # Panics
    /// When Icinga 2 is not installed.
    #[track_caller]
    pub fn start(self) -> Icinga2 {
        let mut command = self.command();
        let family = Family::founded_by(&mut command, self.workdir.path());
        let process = Process::spawn(&command, &self.workdir.join("icinga2.out"));
        Icinga2 { process: process.expect("icinga2 is installed (scripts/setup)"), family, _config: self }
    }

    fn command(&self) -> Command {
        let names = Account::Current.names().expect("an account has a name");
        let place = |constant: &str, part: &str| format!("{constant}={}", self.workdir.join(part).display());
        let constants = [
            place("DataDir", "data"),
            place("CacheDir", "cache"),
            place("LogDir", "log"),
            place("InitRunDir", "run"),
            place("SpoolDir", "spool"),
            format!("RunAsUser={}", names.user),
            format!("RunAsGroup={}", names.group),
        ];
        let mut command = Command::new(PROGRAM);
        command.arg("daemon").arg("-c").arg(self.workdir.join("icinga2.conf")).stdin(Stdio::null());
        command.args(constants.iter().flat_map(|constant| ["-D", constant]));
        command
    }
}

impl Icinga2 {
    /// The main process. The others are in its process group.
    pub fn process(&self) -> &Process {
        &self.process
    }
}

impl Drop for Icinga2 {
    fn drop(&mut self) {
        // Killed, because SIGTERM does not always end it, and nothing can be lost.
        self.process.kill9();
        self.family.end();
    }
}
