//! Runs a program that lists a queue, with a deadline.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process_group};

use super::list::List;

/// A longer line is a message with very many recipients: the rest of it is skipped.
const LONGEST_LINE: u64 = 16 << 20;
/// What is kept of a program's stderr.
const STDERR: u64 = 8 << 10;

/// What a program printed and how it ended.
#[derive(Debug)]
pub(super) struct Run {
    /// The list, as far as it was read.
    pub(super) list: List,
    /// How the program ended.
    pub(super) ended: Ended,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// By itself.
    By {
        /// With exit code 0.
        success: bool,
        /// The first line of stderr, or the exit code.
        words: String,
    },
    /// Not before the deadline; it was killed.
    Late,
    /// It could not be started.
    NotStarted {
        /// There is no such file.
        missing: bool,
        /// This account may not start it.
        denied: bool,
        /// The system's words.
        words: String,
    },
}

/// Runs a program and reads its list until the deadline.
pub(super) fn run(words: &[OsString], list: List, until: Instant) -> Run {
    let Some((program, arguments)) = words.split_first() else {
        let words = "no program".to_owned();
        return Run { list, ended: Ended::NotStarted { missing: true, denied: false, words } };
    };
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, to kill what a wrapper has started as well.
    let spawned = command.process_group(0).spawn();
    let (mut child, stdout, stderr) = match spawned {
        Ok(mut child) => match (child.stdout.take(), child.stderr.take()) {
            (Some(stdout), Some(stderr)) => (child, stdout, stderr),
            _ => return Run { list, ended: not_started(&io::Error::other("no pipe")) },
        },
        Err(error) => return Run { list, ended: not_started(&error) },
    };
    let group = Pid::from_child(&child);
    let shared = Arc::new(Mutex::new(list));
    let (sender, ended) = mpsc::sync_channel(1);
    let reading = Arc::clone(&shared);
    thread::spawn(move || {
        let said = thread::spawn(move || beginning(stderr));
        let read = read_lines(BufReader::with_capacity(64 << 10, stdout), &reading);
        let ended = child.wait().and_then(|status| read.map(|()| status));
        let said = said.join().unwrap_or_default();
        sender.send(ended.map(|status| (status, said))).ok();
    });
    let ended = match ended.recv_timeout(until.saturating_duration_since(Instant::now())) {
        Ok(Ok((status, said))) => Ended::By { success: status.success(), words: in_words(&said, status) },
        Ok(Err(error)) => Ended::By { success: false, words: error.to_string() },
        Err(_) => {
            // A program of another account cannot be killed; it ends when nobody reads its output.
            kill_process_group(group, Signal::KILL).ok();
            Ended::Late
        }
    };
    let list = std::mem::take(&mut *shared.lock().unwrap_or_else(PoisonError::into_inner));
    Run { list, ended }
}

fn not_started(error: &io::Error) -> Ended {
    let kind = error.kind();
    let words = error.to_string();
    Ended::NotStarted {
        missing: kind == io::ErrorKind::NotFound,
        denied: kind == io::ErrorKind::PermissionDenied,
        words,
    }
}

/// Reads lines into a list; the memory is that of the longest line.
fn read_lines(mut reader: impl BufRead, list: &Mutex<List>) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(());
        }
        let is_cut = line.last() != Some(&b'\n') && u64::try_from(length).is_ok_and(|length| length == LONGEST_LINE);
        if is_cut {
            reader.skip_until(b'\n')?;
        }
        list.lock().unwrap_or_else(PoisonError::into_inner).line(line.trim_ascii_end());
    }
}

/// The beginning of a text; the rest is read, so that the program does not wait.
fn beginning(mut source: impl Read) -> String {
    let mut text = Vec::new();
    (&mut source).take(STDERR).read_to_end(&mut text).ok();
    io::copy(&mut source, &mut io::sink()).ok();
    String::from_utf8_lossy(&text).into_owned()
}

/// What a program says of its end. Postfix says why at the beginning and may repeat it.
fn in_words(said: &str, status: ExitStatus) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if !lines.is_empty() {
        return lines.join(" / ");
    }
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "no exit code".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::list::Format;
    use super::*;

    fn sh(script: &str, within: Duration) -> Run {
        let words = ["sh", "-c", script].map(OsString::from);
        run(&words, List::new(Format::PostfixJson { now: 1_000 }), Instant::now() + within)
    }

    const SOON: Duration = Duration::from_secs(60);
    const MESSAGE: &str = r#"{"queue_name":"deferred","arrival_time":900,"recipients":[{"address":"a@b.example"}]}"#;

    #[test]
    fn what_was_read_before_the_deadline_counts_and_the_program_is_killed() {
        let begun = Instant::now();
        // A child that outlives the shell holds the pipe open.
        let late = sh(&format!("echo '{MESSAGE}'; echo '{MESSAGE}'; sleep 1000 & wait"), Duration::from_secs(2));
        assert!(begun.elapsed() < Duration::from_secs(30));
        assert_eq!(late.ended, Ended::Late);
        assert_eq!(late.list.finish().0.total, 2);
    }

    #[test]
    fn a_program_is_heard_to_its_end() {
        let flood = sh("yes noise | head -c 1000000 >&2; echo; exit 7", SOON);
        let Ended::By { success: false, words } = flood.ended else { panic!("{flood:?}") };
        assert!(words.starts_with("noise / noise") && words.len() < 20_000);
        for (script, words) in [("exit 3", "exit code 3"), ("kill -9 $$", "ended by signal 9"), ("echo no >&2", "no")] {
            let ended = sh(script, SOON).ended;
            assert!(matches!(&ended, Ended::By { words: said, .. } if said == words), "{script}: {ended:?}");
        }
        let missing = run(&["/nonexistent/postqueue".into()], List::new(Format::Exim), Instant::now() + SOON);
        assert!(matches!(missing.ended, Ended::NotStarted { missing: true, .. }), "{missing:?}");
        let denied = run(&["/etc/passwd".into()], List::new(Format::Exim), Instant::now() + SOON);
        assert!(matches!(denied.ended, Ended::NotStarted { denied: true, .. }), "{denied:?}");
    }

    #[test]
    fn a_line_that_is_too_long_is_one_message() {
        let script =
            format!("echo '{MESSAGE}'; printf '{{'; head -c 40000000 /dev/zero | tr '\\0' x; echo; echo '{MESSAGE}'");
        let (queue, is_whole, odd) = sh(&script, SOON).list.finish();
        assert_eq!((queue.total, queue.not_understood, is_whole, odd), (3, 1, true, None));
    }
}
