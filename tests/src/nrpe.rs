//! The real NRPE: its daemon with a file of commands, and `check_nrpe`, which asks the daemon from the monitoring
//! machine.

use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::account::Account;
use crate::family::{Family, VARIABLE};
use crate::ports::free_port;
use crate::process::{Process, Signal};
use crate::sudo::Sudoers;
use crate::wait::{try_wait_for, wait_for};
use crate::workdir::Workdir;

const DAEMON: &str = "/usr/sbin/nrpe";
const CLIENT: &str = "/usr/lib/nagios/plugins/check_nrpe";
const START: Duration = Duration::from_secs(15);
const END: Duration = Duration::from_secs(5);

/// A running NRPE daemon, ended on drop.
#[derive(Debug)]
pub struct Nrpe {
    process: Process,
    family: Family,
    port: u16,
    _workdir: Workdir,
}

/// The version of NRPE's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packets {
    /// The newest version that both sides know.
    Newest,
    /// What old monitoring machines send: the output of a plugin is limited to 1023 bytes.
    V2,
}

/// The answer of `check_nrpe`, which is all that Nagios gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The exit code: that of the plugin if all went well.
    pub code: Option<i32>,
    /// The output without the last line end.
    pub text: String,
}

impl Nrpe {
    /// Starts a daemon with these lines in its file, `command[NAME]=LINE`, and waits until it answers.
    ///
    /// If root runs the tests, NRPE runs as the account of the servers, since it refuses to be root. That account must
    /// be able to read the plugins.
    ///
    /// # Panics
    /// When the daemon does not start. The message has its output.
    #[track_caller]
    pub fn start(commands: &str) -> Nrpe {
        Nrpe::start_with(commands, None)
    }

    /// [`Nrpe::start`] with these sudoers lines in force.
    ///
    /// # Panics
    /// As [`Nrpe::start`].
    #[track_caller]
    pub fn start_with(commands: &str, sudoers: Option<&Sudoers>) -> Nrpe {
        let workdir = Workdir::new("nrpe");
        let account = Account::reaching(workdir.path());
        let port = free_port();
        let names = account.names().expect("an account has a name");
        let dir = workdir.path().display();
        let text = format!(
            "server_address=127.0.0.1\nserver_port={port}\nallowed_hosts=127.0.0.1\n\
             nrpe_user={}\nnrpe_group={}\npid_file={dir}/nrpe.pid\nlog_file={dir}/nrpe.log\n\
             dont_blame_nrpe=0\ndebug=1\nkeep_env_vars={VARIABLE}\n{commands}\n",
            names.user, names.group
        );
        fs::write(workdir.join("nrpe.cfg"), text).expect("the work directory is writable");
        account.own(workdir.path()).expect("the directory can be given away");
        let mut command = Command::new(DAEMON);
        command.arg("-c").arg(workdir.join("nrpe.cfg")).arg("-f");
        let family = Family::founded_by(&mut command, workdir.path());
        let log = workdir.join("nrpe.log");
        let process = match sudoers {
            // Only root can mount the sudoers file, so the change of account comes after that.
            Some(sudoers) => Process::spawn(&sudoers.wrap(&account.wrap(&command)), &log),
            None => Process::spawn_as(account, &command, &log),
        };
        let process = process.expect("nrpe is installed (scripts/setup)");
        let nrpe = Nrpe { process, family, port, _workdir: workdir };
        wait_for("an answer of nrpe", START, || {
            assert!(nrpe.process.is_alive(), "nrpe ended: {}", nrpe.log());
            let answer = Answer::from(nrpe.client(Packets::Newest));
            if answer.code == Some(0) { Ok(()) } else { Err(answer.text) }
        });
        nrpe
    }

    /// The answer of the command with this name.
    pub fn ask(&self, command: &str, packets: Packets) -> Answer {
        let mut client = self.client(packets);
        client.args(["-c", command]);
        Answer::from(client)
    }

    /// The process of the daemon.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Everything that the daemon has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.process.log()).unwrap_or_default()
    }

    /// Without a command, `check_nrpe` asks for the daemon's version.
    fn client(&self, packets: Packets) -> Command {
        let mut client = Command::new(CLIENT);
        client.args(["-H", "127.0.0.1", "-p", &self.port.to_string()]);
        if packets == Packets::V2 {
            client.arg("-2");
        }
        client
    }
}

impl From<Command> for Answer {
    /// `check_nrpe` gives up by itself, after 10 seconds.
    fn from(mut client: Command) -> Answer {
        let output = client.stdin(Stdio::null()).output().expect("check_nrpe is installed (scripts/setup)");
        let Output { status, stdout, stderr: _ } = output;
        Answer { code: status.code(), text: String::from_utf8_lossy(&stdout).trim_end_matches('\n').to_owned() }
    }
}

impl Drop for Nrpe {
    fn drop(&mut self) {
        self.process.signal(Signal::TERM);
        try_wait_for(END, || self.process.exit_status()).ok();
        self.family.end();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::process::processes_of;
    use crate::script::script;

    /// A plugin that exits with its first argument and prints as many bytes as its second.
    fn says(dir: &Path) -> String {
        let text = "printf 'STATE %s - %0*d | a=1\\n' \"$1\" $(($2 - 16)) 0; exit \"$1\"";
        script(&dir.join("says"), text).display().to_string()
    }

    #[test]
    fn every_state_and_a_long_line_come_through_in_both_versions() {
        let dir = Workdir::new("plugin");
        let says = says(dir.path());
        let commands: String = (0..4).map(|code| format!("command[code{code}]={says} {code} 900\n")).collect();
        let nrpe = Nrpe::start(&commands);
        for packets in [Packets::Newest, Packets::V2] {
            for code in 0..4 {
                let answer = nrpe.ask(&format!("code{code}"), packets);
                assert_eq!(answer.code, Some(code), "{packets:?}: {answer:?}");
                assert_eq!(answer.text.len(), 900, "{packets:?}: {answer:?}");
                assert!(answer.text.starts_with(&format!("STATE {code} - 0")) && answer.text.ends_with(" | a=1"));
            }
        }
    }

    #[test]
    fn an_old_client_loses_what_is_over_its_packet() {
        let dir = Workdir::new("plugin");
        let nrpe = Nrpe::start(&format!("command[long]={} 0 1500", says(dir.path())));
        assert_eq!(nrpe.ask("long", Packets::Newest).text.len(), 1500);
        assert_eq!(nrpe.ask("long", Packets::V2).text.len(), 1023);
    }

    #[test]
    fn a_command_that_is_not_there_is_unknown() {
        let nrpe = Nrpe::start("command[there]=/bin/true");
        let answer = nrpe.ask("absent", Packets::Newest);
        assert_eq!((answer.code, answer.text.as_str()), (Some(3), "NRPE: Command 'absent' not defined"));
    }

    #[test]
    fn nothing_is_left_of_it_and_of_a_plugin_that_hangs() {
        let dir = Workdir::new("plugin");
        let hangs = script(&dir.join("hangs"), "while :; do sleep 0.1; done");
        let nrpe = Nrpe::start(&format!("command[hangs]={}", hangs.display()));
        let mut client = nrpe.client(Packets::Newest);
        client.args(["-c", "hangs"]);
        let client = Process::spawn(&client, &dir.join("client.log")).expect("check_nrpe starts");
        wait_for("the plugin", START, || (!processes_of(dir.path()).is_empty()).then_some(()));
        drop(client);
        drop(nrpe);
        wait_for("the plugin's end", END, || {
            let left = processes_of(dir.path());
            if left.is_empty() { Ok(()) } else { Err(left.join("\n")) }
        });
    }
}
