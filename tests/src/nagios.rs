//! The real Nagios: how it judges a configuration, and what it shows for a service.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::account::Account;
use crate::family::Family;
use crate::process::{Process, Signal};
use crate::wait::{try_wait_for, wait_for};
use crate::workdir::Workdir;

const PROGRAM: &str = "/usr/sbin/nagios4";
const FIRST_RESULT: Duration = Duration::from_secs(30);
const END: Duration = Duration::from_secs(5);
/// The address of the only host, which is never checked itself.
pub const ADDRESS: &str = "127.0.0.1";

/// Everything that Nagios needs before it accepts a service.
const OBJECTS: &str = "\
define timeperiod {
    timeperiod_name always
    alias           always
    monday          00:00-24:00
    tuesday         00:00-24:00
    wednesday       00:00-24:00
    thursday        00:00-24:00
    friday          00:00-24:00
    saturday        00:00-24:00
    sunday          00:00-24:00
}
define command {
    command_name    tell_nobody
    command_line    /bin/true
}
define contact {
    contact_name                    nobody
    host_notification_period        always
    service_notification_period     always
    host_notification_commands      tell_nobody
    service_notification_commands   tell_nobody
}
";

/// A configuration in its own directory. Nagios is not started yet.
#[derive(Debug)]
pub struct Config {
    workdir: Workdir,
    included: String,
    objects: String,
}

/// A running Nagios, ended on drop.
#[derive(Debug)]
pub struct Nagios {
    process: Process,
    family: Family,
    workdir: Workdir,
}

/// What the status file has about a service. The texts are as in the file, with `\
/// ` for a line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// 0 is OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
    pub state: u8,
    /// The first line up to its `|`, with `:` in place of each `;`.
    pub output: String,
    /// The other lines.
    pub long_output: String,
    /// Everything after `|`, of all lines.
    pub performance_data: String,
}

impl Default for Config {
    fn default() -> Config {
        Config::new()
    }
}

impl Config {
    /// One host without services.
    pub fn new() -> Config {
        let host = format!(
            "{OBJECTS}define host {{\n    host_name db1\n    address {ADDRESS}\n    max_check_attempts 1\n    \
             active_checks_enabled 0\n    check_period always\n    notification_period always\n    contacts \
             nobody\n}}\n"
        );
        Config { workdir: Workdir::new("nagios"), included: String::new(), objects: host }
    }

    /// Adds a file of objects, or a directory of such files.
    #[must_use]
    pub fn include(mut self, path: &Path) -> Config {
        let kind = if path.is_dir() { "cfg_dir" } else { "cfg_file" };
        writeln!(self.included, "{kind}={}", path.display()).expect("a string takes all");
        self
    }

    /// Adds a command.
    #[must_use]
    pub fn command(mut self, name: &str, line: &str) -> Config {
        let object = format!("define command {{\n    command_name {name}\n    command_line {line}\n}}\n");
        self.objects.push_str(&object);
        self
    }

    /// Adds a service that is checked every second, by a command with its arguments: `NAME!FIRST!SECOND`.
    #[must_use]
    pub fn service(mut self, description: &str, check_command: &str) -> Config {
        let object = format!(
            "define service {{\n    host_name db1\n    service_description {description}\n    \
             check_command {check_command}\n    check_interval 1\n    retry_interval 1\n    max_check_attempts 1\n    \
             check_period always\n    notification_period always\n    contacts nobody\n}}\n"
        );
        self.objects.push_str(&object);
        self
    }

    /// The output of `nagios4 -v`.
    pub fn check(&self) -> Output {
        self.write();
        let mut command = self.command_with(&["-v"]);
        command.stdin(Stdio::null()).output().expect("nagios4 is installed (scripts/setup)")
    }

    /// Starts Nagios.
    ///
    /// # Panics
    /// When Nagios is not installed.
    #[track_caller]
    pub fn start(self) -> Nagios {
        self.write();
        let mut command = self.command_with(&[]);
        let family = Family::founded_by(&mut command, self.workdir.path());
        let process = Process::spawn(&command, &self.workdir.join("nagios.out"));
        let process = process.expect("nagios4 is installed (scripts/setup)");
        Nagios { process, family, workdir: self.workdir }
    }

    /// Options after the file would be ignored.
    fn command_with(&self, options: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(options).arg(self.workdir.join("nagios.cfg"));
        command
    }

    /// An interval of 1 is a second here, not a minute, and the state is written every second.
    fn write(&self) {
        let dir = self.workdir.path().display();
        let names = Account::Current.names().expect("an account has a name");
        let main = format!(
            "cfg_file={dir}/objects.cfg\n{}log_file={dir}/nagios.log\nstatus_file={dir}/status.dat\n\
             object_cache_file={dir}/objects.cache\nprecached_object_file={dir}/objects.precache\n\
             lock_file={dir}/nagios.pid\ntemp_file={dir}/nagios.tmp\ntemp_path={dir}\nquery_socket={dir}/query.sock\n\
             check_result_path={dir}\nstate_retention_file={dir}/retention.dat\nretain_state_information=0\n\
             nagios_user={}\nnagios_group={}\ncheck_external_commands=0\nevent_broker_options=0\nuse_syslog=0\n\
             check_for_updates=0\nenable_notifications=0\ncheck_workers=1\ninterval_length=1\n\
             status_update_interval=1\nservice_inter_check_delay_method=n\n\
             illegal_object_name_chars=`~!$%^&*|'\"<>?,()=\nillegal_macro_output_chars=`~$&|'\"<>\n",
            self.included, names.user, names.group
        );
        fs::write(self.workdir.join("nagios.cfg"), main).expect("the work directory is writable");
        fs::write(self.workdir.join("objects.cfg"), &self.objects).expect("the work directory is writable");
    }
}

impl Nagios {
    /// Waits until a service was checked with a result that `wanted` accepts.
    ///
    /// # Panics
    /// When there is none. The message has the last result.
    #[track_caller]
    pub fn await_shown(&self, description: &str, wanted: impl Fn(&Shown) -> bool) -> Shown {
        wait_for(&format!("a result of {description}"), FIRST_RESULT, || {
            assert!(self.process.is_alive(), "nagios ended: {}", self.process.log_tail());
            let status = fs::read_to_string(self.workdir.join("status.dat")).map_err(|error| error.to_string())?;
            let shown = shown(&status, description).ok_or_else(|| "not checked yet".to_owned())?;
            if wanted(&shown) { Ok(shown) } else { Err(format!("{shown:?}")) }
        })
    }

    /// The main process.
    pub fn process(&self) -> &Process {
        &self.process
    }
}

impl Drop for Nagios {
    fn drop(&mut self) {
        self.process.signal(Signal::TERM);
        try_wait_for(END, || self.process.exit_status()).ok();
        self.family.end();
    }
}

fn shown(status: &str, description: &str) -> Option<Shown> {
    status.split("servicestatus {").skip(1).find_map(|rest| {
        let block = rest.split("\n\t}").next()?;
        let fields: HashMap<&str, &str> = block.lines().filter_map(|line| line.trim_start().split_once('=')).collect();
        let text = |name| fields.get(name).copied().unwrap_or_default().to_owned();
        let checked = text("service_description") == description && text("has_been_checked") == "1";
        checked.then(|| Shown {
            state: text("current_state").parse().unwrap_or(u8::MAX),
            output: text("plugin_output"),
            long_output: text("long_plugin_output"),
            performance_data: text("performance_data"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::processes_of;
    use crate::script::script;

    #[test]
    fn a_service_shows_what_its_plugin_printed_and_changes_with_it() {
        let dir = Workdir::new("plugin");
        let plugin = script(&dir.join("plugin"), "echo 'a text | a=1;2;3'\necho 'more | b=5s'\nexit 1");
        let nagios = Config::new().command("plugin", &plugin.display().to_string()).service("s", "plugin").start();
        let shown = nagios.await_shown("s", |_| true);
        assert_eq!((shown.state, shown.output.as_str()), (1, "a text"));
        assert_eq!(shown.long_output.trim_end(), "more");
        assert_eq!(shown.performance_data.split_whitespace().collect::<Vec<_>>(), ["a=1;2;3", "b=5s"]);
        script(&dir.join("next"), "echo 'another text'\nexit 2");
        fs::rename(dir.join("next"), &plugin).expect("the plugin can be replaced");
        let shown = nagios.await_shown("s", |shown| shown.state != 1);
        assert_eq!((shown.state, shown.output.as_str(), shown.performance_data.as_str()), (2, "another text", ""));
    }

    #[test]
    fn nothing_is_left_of_it_and_of_a_plugin_that_hangs() {
        let dir = Workdir::new("plugin");
        let plugin = script(&dir.join("hangs"), "while :; do sleep 0.1; done");
        let config = Config::new().command("hangs", &plugin.display().to_string()).service("s", "hangs");
        let own = config.workdir.path().to_owned();
        let nagios = config.start();
        wait_for("the plugin", FIRST_RESULT, || (!processes_of(dir.path()).is_empty()).then_some(()));
        drop(nagios);
        wait_for("the end of all", END, || {
            let left = [processes_of(dir.path()), processes_of(&own)].concat();
            if left.is_empty() { Ok(()) } else { Err(left.join("\n")) }
        });
    }
}
