//! Why a queue could not be read, or not to its end.

use std::fmt;
use std::time::Duration;

use super::MailSystem;
use crate::reading::outcome::Outcome;
use crate::text::clean::one_line;
use crate::text::duration::short;

/// How much of a program's own words is shown.
const SHOWN: usize = 160;

/// Why a queue could not be read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueFault {
    /// The mail system does not run.
    Down {
        /// Which.
        system: MailSystem,
        /// Whether its queue could be read even so: root can.
        read: bool,
    },
    /// There is no such program.
    Missing {
        /// What was looked for.
        programs: String,
    },
    /// This account may not see the queue, or may not start the program.
    Denied {
        /// Which mail system.
        system: MailSystem,
        /// This account.
        account: String,
        /// The program's own words.
        words: String,
        /// The command, for sudo.
        command: String,
    },
    /// The program of Postfix has lost the group that may ask.
    Powerless {
        /// The program.
        program: String,
        /// Its own words.
        words: String,
    },
    /// sudo does not allow the command.
    SudoDenied {
        /// This account.
        account: String,
        /// The command.
        command: String,
    },
    /// Postfix does not know this directory of a further instance.
    UnknownInstance {
        /// The directory.
        directory: String,
    },
    /// It took too long.
    Late {
        /// The program.
        program: String,
        /// The deadline.
        within: Duration,
    },
    /// The program failed.
    Failed {
        /// The program.
        program: String,
        /// Its own words, or how it ended.
        words: String,
    },
    /// The output is not a list of a queue.
    NotAQueue {
        /// The program.
        program: String,
        /// The beginning of it.
        words: String,
    },
}

impl QueueFault {
    /// Whether all of the queue was read.
    pub(super) fn was_read(&self) -> bool {
        matches!(self, QueueFault::Down { read: true, .. })
    }

    /// A mail system that is down is CRITICAL; what could not be read is UNKNOWN.
    pub fn outcome(&self) -> Outcome {
        match self {
            QueueFault::Down { .. } => Outcome::Critical,
            _ => Outcome::Unknown,
        }
    }
}

impl fmt::Display for QueueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Icinga expands $ in an output; quotes of a program are not ours.
        let clean = |words: &str| one_line(&words.replace('$', ""), SHOWN);
        match self {
            QueueFault::Down { system, .. } => {
                let name = system.name();
                write!(f, "{name} is down: start it, and see its log for why it ended")
            }
            QueueFault::Missing { programs } => write!(
                f,
                "no {programs} on this machine: install the mail system, or name the program with --postqueue or --exim"
            ),
            QueueFault::Denied { system, account, words, command } => {
                let remedy = match system {
                    MailSystem::Postfix => format!("add {account} to authorized_mailq_users in Postfix' main.cf"),
                    MailSystem::Exim => format!(
                        "set queue_list_requires_admin = false in Exim's configuration, add {account} to Exim's group, \
                         or use --sudo with `{account} ALL=(root) NOPASSWD: {command}` in sudoers"
                    ),
                };
                write!(f, "{account} may not see the queue of {} ({}): {remedy}", system.name(), clean(words))
            }
            QueueFault::Powerless { program, words } => write!(
                f,
                "{program} cannot ask Postfix ({}): it lacks its set-group-ID bit (run postfix set-permissions), or \
                 the unit of this check has NoNewPrivileges=yes",
                clean(words)
            ),
            QueueFault::SudoDenied { account, command } => {
                write!(f, "sudo does not allow this: add `{account} ALL=(root) NOPASSWD: {command}` to sudoers")
            }
            QueueFault::UnknownInstance { directory } => write!(
                f,
                "Postfix does not know the instance {directory}: list it in multi_instance_directories or \
                 alternate_config_directories of the main instance's main.cf"
            ),
            QueueFault::Late { program, within } => {
                write!(f, "{program} did not end within {}: the queue is very large, or the disk hangs", short(*within))
            }
            QueueFault::Failed { program, words } => write!(f, "{program} failed: {}", clean(words)),
            QueueFault::NotAQueue { program, words } => {
                write!(f, "{program} printed no list of a queue: {}", clean(words))
            }
        }
    }
}
