//! `check_mail_queue`: the queue of Postfix or Exim on this machine: how many messages, for whom, how old.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory as _, Parser};
use healthd_core::mail_queue::{MailSystem, QueueLimits, judge};
use healthd_core::reading::number;
use healthd_core::reading::range::{Range, Thresholds};

use super::options::{self, Defaults, InvalidValue};
use super::shared_args::{OutputArgs, ThresholdArgs, TimeoutArgs};
use crate::local::mail_queue::{self, QueueRequest};
use crate::output::Plugin;

pub(super) const NAME: &str = "check_mail_queue";

const EXAMPLES: &str = "\
Examples:
  check_mail_queue -w 100 -c 500
  check_mail_queue -w 100 -c 500 -W 50 -C 200
  check_mail_queue --age-warning 1h --age-critical 3d
  check_mail_queue --config-dir /etc/postfix-out -c 1000
  check_mail_queue --mta exim --sudo -c 500 -v

Postfix: postqueue -j; before 3.1 postqueue -p. Exim: exim -bp. The age is that
of messages that are to be delivered: those on hold and frozen do not count.
Ranges: 100 (alert above 100), 10:100 (also below 10).
Exit codes: 0 OK, 1 WARNING, 2 CRITICAL (also if Postfix is down), 3 UNKNOWN.";

/// Check the queue of Postfix or Exim: how many messages wait, for which domain, and for how long.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = EXAMPLES, max_term_width = 80)]
struct Arguments {
    #[command(flatten)]
    thresholds: ThresholdArgs,
    /// Alert with WARNING if the messages for one domain are outside of this range
    #[arg(short = 'W', long, visible_alias = "warning-domain", value_name = "RANGE", allow_hyphen_values = true)]
    domain_warning: Option<String>,
    /// Alert with CRITICAL if the messages for one domain are outside of this range
    #[arg(short = 'C', long, visible_alias = "critical-domain", value_name = "RANGE", allow_hyphen_values = true)]
    domain_critical: Option<String>,
    /// Alert with WARNING if a message is older than this
    #[arg(long, value_name = "TIME", value_parser = options::time)]
    age_warning: Option<Duration>,
    /// Alert with CRITICAL if a message is older than this
    #[arg(long, value_name = "TIME", value_parser = options::time)]
    age_critical: Option<Duration>,
    /// Set the mail system: postfix or exim [default: the one that is installed]
    #[arg(short = 'M', long, visible_alias = "mailserver", value_name = "NAME", value_parser = system)]
    mta: Option<MailSystem>,
    /// Path of Postfix' postqueue
    #[arg(long, value_name = "PATH", conflicts_with = "exim")]
    postqueue: Option<PathBuf>,
    /// Path of Exim
    #[arg(long, value_name = "PATH")]
    exim: Option<PathBuf>,
    /// Configuration directory of a further instance of Postfix
    #[arg(short = 'd', long, visible_alias = "configdir", value_name = "DIR", conflicts_with = "exim")]
    config_dir: Option<PathBuf>,
    /// Run the program as root by sudo, which must allow exactly its command
    #[arg(short = 's', long)]
    sudo: bool,
    #[command(flatten)]
    timeout: TimeoutArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn command() -> clap::Command {
    Arguments::command()
}

pub(super) fn run(arguments: Vec<OsString>) -> Plugin {
    let arguments = match options::parse::<Arguments>(arguments) {
        Ok(arguments) => arguments,
        Err(plugin) => return plugin,
    };
    let plugin = ask(&arguments).unwrap_or_else(|plugin| plugin);
    let instance = arguments.config_dir.as_ref().map(|dir| format!(" {}", dir.display())).unwrap_or_default();
    arguments.output.of(plugin).of_check(NAME, format!("{NAME}{instance}"))
}

fn ask(arguments: &Arguments) -> Result<Plugin, Plugin> {
    let limits = limits(arguments)?;
    let request = request(arguments)?;
    let read = mail_queue::read(&request, arguments.timeout.timeout);
    let answer = judge(read.system, &read.queue, read.fault.as_ref(), &limits);
    let plugin = arguments.output.plugin(&answer);
    let text = format!("MAIL QUEUE {}", plugin.text);
    Ok(plugin.in_words(text))
}

fn limits(arguments: &Arguments) -> Result<QueueLimits, Plugin> {
    let domain = |text: &Option<String>| options::thresholds(text.as_deref(), None, Defaults::default());
    let older = |time: Option<Duration>| time.and_then(|time| number(time.as_secs_f64()).parse::<Range>().ok());
    Ok(QueueLimits {
        total: arguments.thresholds.over(Defaults::default())?,
        domain: Thresholds {
            warning: domain(&arguments.domain_warning)?.warning,
            critical: domain(&arguments.domain_critical)?.warning,
        },
        age: Thresholds { warning: older(arguments.age_warning), critical: older(arguments.age_critical) },
    })
}

fn request(arguments: &Arguments) -> Result<QueueRequest, Plugin> {
    let (named, program) = match (&arguments.postqueue, &arguments.exim) {
        (Some(program), _) => (Some(MailSystem::Postfix), Some(program)),
        (None, Some(program)) => (Some(MailSystem::Exim), Some(program)),
        // A directory of a configuration is one of Postfix.
        (None, None) => (arguments.config_dir.as_ref().map(|_| MailSystem::Postfix), None),
    };
    if let (Some(named), Some(mta)) = (named, arguments.mta)
        && named != mta
    {
        let option = if arguments.exim.is_some() { "--exim" } else { "--postqueue and --config-dir" };
        return Err(Plugin::usage(format!("{option} does not apply to {}", mta.name())));
    }
    Ok(QueueRequest {
        system: named.or(arguments.mta),
        program: program.cloned(),
        config_dir: arguments.config_dir.clone(),
        sudo: arguments.sudo,
    })
}

/// Parses the name of a mail system.
fn system(text: &str) -> Result<MailSystem, InvalidValue> {
    match text.to_ascii_lowercase().as_str() {
        "postfix" => Ok(MailSystem::Postfix),
        "exim" | "exim4" => Ok(MailSystem::Exim),
        _ => Err(InvalidValue("postfix or exim")),
    }
}
