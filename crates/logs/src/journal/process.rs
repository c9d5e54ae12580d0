//! journalctl as a child process, read without waiting for it for long.

use std::ffi::OsString;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::error::LogError;

/// How much is read at once.
const PIECE: usize = 64 * 1024;
/// How much of its messages is kept.
const MESSAGES: usize = 4096;
/// How long one read waits.
const WAIT: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// A running journalctl. It is ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    stdout: ChildStdout,
    stderr: ChildStderr,
    messages: Vec<u8>,
    units: String,
}

/// What one read has given.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Output; more may be there.
    More,
    /// No output in time.
    Nothing,
    /// The end: everything was read.
    Ended,
}

impl Running {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(program: &Path, arguments: &[OsString], units: &str) -> Result<Running, LogError> {
        let mut command = Command::new(program);
        command.args(arguments).env("LC_ALL", "C").env_remove("SYSTEMD_PAGER");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| LogError::NoJournalctl { program: program.to_path_buf(), error })?;
        let missing = || LogError::Journal { units: units.to_owned(), why: "its output is not readable".to_owned() };
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let running = Running { child, stdout, stderr, messages: Vec::new(), units: units.to_owned() };
        for flags in [non_blocking(&running.stdout), non_blocking(&running.stderr)] {
            flags.map_err(|error| running.failed(&error))?;
        }
        Ok(running)
    }

    /// Reads once, and waits at most a second for something to read.
    ///
    /// # Errors
    /// When reading fails, or journalctl has ended with an error.
    pub(crate) fn read(&mut self, piece: &mut impl FnMut(&[u8])) -> Result<Output, LogError> {
        let mut buffer = vec![0; PIECE];
        for _ in 0..2 {
            self.read_messages()?;
            match self.stdout.read(&mut buffer) {
                Ok(0) => return self.end(),
                Ok(read) => {
                    piece(buffer.get(..read).unwrap_or_default());
                    return Ok(Output::More);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut fds = [PollFd::new(&self.stdout, PollFlags::IN)];
                    match poll(&mut fds, Some(&WAIT)) {
                        Ok(0) => return Ok(Output::Nothing),
                        Ok(_) | Err(rustix::io::Errno::INTR) => {}
                        Err(error) => return Err(self.failed(&io::Error::from(error))),
                    }
                }
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Ok(Output::Nothing)
    }

    fn read_messages(&mut self) -> Result<(), LogError> {
        let mut buffer = [0; MESSAGES];
        loop {
            match self.stderr.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => {
                    let room = MESSAGES.saturating_sub(self.messages.len()).min(read);
                    self.messages.extend_from_slice(buffer.get(..room).unwrap_or_default());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
    }

    /// Its output has ended, so it is ending.
    fn end(&mut self) -> Result<Output, LogError> {
        let status = self.child.wait().map_err(|error| self.failed(&error))?;
        self.read_messages()?;
        let messages = String::from_utf8_lossy(&self.messages).trim().to_owned();
        match fault(&self.units, &messages, status.success()) {
            None => Ok(Output::Ended),
            Some(fault) => Err(fault),
        }
    }

    fn failed(&self, error: &dyn std::error::Error) -> LogError {
        LogError::Journal { units: self.units.clone(), why: error.to_string() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn non_blocking(file: impl std::os::fd::AsFd) -> io::Result<()> {
    let flags = fcntl_getfl(&file)?;
    Ok(fcntl_setfl(&file, flags | OFlags::NONBLOCK)?)
}

/// What journalctl's messages and end mean. Without the permission it ends well, with a hint.
fn fault(units: &str, messages: &str, success: bool) -> Option<LogError> {
    let units = units.to_owned();
    let denied = ["insufficient permissions", "not seeing messages from", "Permission denied"];
    if denied.iter().any(|text| messages.contains(text)) {
        return Some(LogError::JournalDenied { units });
    }
    if messages.contains("No data available") || messages.contains("No journal files were found") {
        return Some(LogError::NoUnit { units });
    }
    // Of several lines, the last is the reason.
    let last = messages.lines().last().unwrap_or("it ended without a message").to_owned();
    (!success).then_some(LogError::Journal { units, why: last })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_journalctl_says_becomes_what_to_do() {
        let hint = "Hint: You are currently not seeing messages from other users and the system.\n      Users in \
            groups 'adm', 'systemd-journal' can see all messages. Pass -q to turn off this notice.";
        for (messages, success, expected) in [
            ("", true, None),
            ("some warning", true, None),
            (hint, true, Some("systemd-journal")),
            ("No journal files were opened due to insufficient permissions.", false, Some("systemd-journal")),
            ("Failed to add filter for units: No data available", false, Some("systemctl list-units")),
            ("No journal files were found.", true, Some("systemctl list-units")),
            ("a\nFailed to seek to cursor: Invalid argument", false, Some("Failed to seek to cursor")),
            ("", false, Some("without a message")),
        ] {
            let fault = fault("postfix@*", messages, success).map(|fault| fault.to_string());
            assert_eq!(fault.is_some(), expected.is_some(), "{messages}");
            let text = fault.unwrap_or_default();
            assert!(text.contains(expected.unwrap_or_default()), "{text}");
        }
    }
}
