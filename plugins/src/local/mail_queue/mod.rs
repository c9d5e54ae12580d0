//! The queue of the mail system on this machine, as its own program lists it: `postqueue -j` (before Postfix 3.1
//! `postqueue -p`), `exim -bp`.
//!
//! The list is read line by line while the program runs, so a queue of any size takes little memory, and what was read
//! before the deadline counts.

mod exim;
mod list;
mod message;
mod postfix;
mod program;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use healthd_core::mail_queue::{MailQueue, MailSystem, QueueFault};

use super::accounts::own_name;
use list::{Format, List};
use program::{Ended, Run};

/// The share of the time that the programs may take; the rest is for the answer.
const PROGRAMS: f64 = 0.9;
/// Where the programs of mail systems are, besides the `PATH`.
const DIRECTORIES: [&str; 5] = ["/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/bin", "/opt/zimbra/common/sbin"];

/// Which queue to read.
#[derive(Debug, Clone, Default)]
pub struct QueueRequest {
    /// Which mail system; `None`: the one that is there.
    pub system: Option<MailSystem>,
    /// The path of its program; `None`: where packages put it.
    pub program: Option<PathBuf>,
    /// The configuration directory of a further instance of Postfix.
    pub config_dir: Option<PathBuf>,
    /// Run the program by sudo.
    pub sudo: bool,
}

/// What was read of a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueRead {
    /// Which mail system; `None` if there is none.
    pub system: Option<MailSystem>,
    /// The queue, as far as it was read.
    pub queue: MailQueue,
    /// Why it was not read to its end, or that the mail system is down.
    pub fault: Option<QueueFault>,
}

/// Reads a queue. `within` is for everything.
pub fn read(request: &QueueRequest, within: Duration) -> QueueRead {
    let until = Instant::now() + within.mul_f64(PROGRAMS);
    let Some((system, program)) = find(request) else {
        let programs = match (request.system, &request.program) {
            (_, Some(program)) => program.display().to_string(),
            (Some(MailSystem::Postfix), None) => "postqueue".to_owned(),
            (Some(MailSystem::Exim), None) => "exim4 or exim".to_owned(),
            (None, None) => "postqueue, exim4 or exim".to_owned(),
        };
        let fault = Some(QueueFault::Missing { programs });
        return QueueRead { system: request.system, queue: MailQueue::default(), fault };
    };
    let asking = Asking { request, system, program, until, within };
    let (queue, fault) = match system {
        MailSystem::Postfix => asking.postfix(),
        MailSystem::Exim => asking.run(&["-bp"], Format::Exim),
    };
    QueueRead { system: Some(system), queue, fault }
}

/// The mail system and its program.
fn find(request: &QueueRequest) -> Option<(MailSystem, PathBuf)> {
    let names: [(MailSystem, &str); 3] =
        [(MailSystem::Postfix, "postqueue"), (MailSystem::Exim, "exim4"), (MailSystem::Exim, "exim")];
    if let (Some(system), Some(program)) = (request.system, &request.program) {
        return program.exists().then(|| (system, program.clone()));
    }
    let wanted = names.into_iter().filter(|(system, _)| request.system.is_none_or(|wanted| wanted == *system));
    wanted.into_iter().find_map(|(system, name)| Some((system, installed(name)?)))
}

/// The path of a program. The directories for programs of the system may not be in the `PATH` of a monitoring account.
fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = std::env::split_paths(&path).filter(|directory| directory.is_absolute());
    let usual = DIRECTORIES.iter().map(PathBuf::from);
    own.chain(usual).map(|directory| directory.join(name)).find(|file| file.is_file())
}

/// One reading of a queue.
struct Asking<'a> {
    request: &'a QueueRequest,
    system: MailSystem,
    program: PathBuf,
    until: Instant,
    within: Duration,
}

impl Asking<'_> {
    fn postfix(&self) -> (MailQueue, Option<QueueFault>) {
        let instance = self.request.config_dir.as_ref().map(|dir| [OsString::from("-c"), dir.clone().into()]);
        let with =
            |option: &str| -> Vec<OsString> { instance.iter().flatten().cloned().chain([option.into()]).collect() };
        let (queue, fault, old) = self.ask(&with("-j"), Format::PostfixJson { now: now() });
        if !old {
            return (queue, fault);
        }
        let (queue, fault, _) = self.ask(&with("-p"), Format::PostfixText { now: postfix::local_now() });
        (queue, fault)
    }

    fn run(&self, options: &[&str], format: Format) -> (MailQueue, Option<QueueFault>) {
        let options: Vec<OsString> = options.iter().map(OsString::from).collect();
        let (queue, fault, _) = self.ask(&options, format);
        (queue, fault)
    }

    /// Runs the program; the last is whether it does not know the option.
    fn ask(&self, options: &[OsString], format: Format) -> (MailQueue, Option<QueueFault>, bool) {
        let mut words: Vec<OsString> = Vec::new();
        if self.request.sudo {
            words.extend(["sudo", "-n"].map(OsString::from));
        }
        words.push(self.program.clone().into());
        words.extend(options.iter().cloned());
        let Run { list, ended } = program::run(&words, List::new(format), self.until);
        let (queue, is_whole, odd) = list.finish();
        let old = matches!(&ended, Ended::By { success: false, words } if queue.total == 0 && is_usage(words));
        let fault = self.fault(&words, &ended, is_whole, odd, queue.total);
        (queue, fault, old)
    }

    fn fault(
        &self,
        words: &[OsString],
        ended: &Ended,
        is_whole: bool,
        odd: Option<String>,
        total: u64,
    ) -> Option<QueueFault> {
        let system = self.system;
        let program = self.program.display().to_string();
        let account = || own_name().unwrap_or_else(|| "this account".to_owned());
        let skipped = if self.request.sudo { 2 } else { 0 };
        let command = || {
            let words: Vec<String> =
                words.iter().skip(skipped).map(|word| word.to_string_lossy().into_owned()).collect();
            words.join(" ")
        };
        let denied = |words: &str| QueueFault::Denied {
            system,
            account: account(),
            words: words.to_owned(),
            command: command(),
        };
        let lower = |words: &str| words.to_lowercase();
        match ended {
            Ended::Late => Some(QueueFault::Late { program, within: self.within }),
            Ended::NotStarted { missing: true, .. } => Some(QueueFault::Missing {
                programs: if self.request.sudo { format!("sudo or {program}") } else { program },
            }),
            Ended::NotStarted { denied: true, .. } => Some(denied(&format!("{program} may not be started"))),
            Ended::NotStarted { words, .. } => Some(QueueFault::Failed { program, words: words.clone() }),
            Ended::By { success, words } if lower(words).contains("mail system is down") => {
                Some(QueueFault::Down { system, read: *success && is_whole })
            }
            Ended::By { success: true, .. } => match odd {
                Some(words) if total == 0 => Some(QueueFault::NotAQueue { program, words }),
                _ if !is_whole => {
                    let words = "the list has no end: it was cut off".to_owned();
                    Some(QueueFault::Failed { program, words })
                }
                _ => None,
            },
            Ended::By { words, .. } if self.request.sudo && words.starts_with("sudo:") => {
                Some(QueueFault::SudoDenied { account: account(), command: command() })
            }
            Ended::By { words, .. } if words.contains("not allowed to view the mail queue") => Some(denied(words)),
            Ended::By { words, .. } if lower(words).contains("showq service: permission denied") => {
                Some(QueueFault::Powerless { program, words: words.clone() })
            }
            Ended::By { words, .. } if system == MailSystem::Exim && lower(words).contains("permission denied") => {
                Some(denied(words))
            }
            Ended::By { words, .. } if words.contains("unauthorized configuration directory") => {
                let directory = self.request.config_dir.as_deref().unwrap_or(Path::new("")).display().to_string();
                Some(QueueFault::UnknownInstance { directory })
            }
            Ended::By { words, .. } => Some(QueueFault::Failed { program, words: words.clone() }),
        }
    }
}

/// Whether a program does not know an option.
fn is_usage(words: &str) -> bool {
    let words = words.to_lowercase();
    ["usage:", "invalid option", "illegal option", "unrecognized option"].iter().any(|part| words.contains(part))
}

/// Unix time in seconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
