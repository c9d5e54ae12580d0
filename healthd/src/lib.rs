//! The daemon `healthd` and its command line. See ARCHITECTURE.md for the map.

mod cli;
mod command;
mod config;
mod counters;
mod http;
mod log;
mod logs;
mod metrics;
mod name;
mod net;
mod node;
mod serve;
mod supervise;
mod switches;
mod systemd;
mod token;
mod watch;
mod witness;
mod writer;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use cli::{Cli, Command, MarkAction, ServeArgs, WitnessAction};
use command::{Exit, say_error};
use http::OrderName;

/// Everything from the arguments to the exit code.
pub fn main_impl() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to stdout, errors to stderr; a closed one is not an error.
            drop(error.print());
            let asked_check = std::env::args().nth(1).is_some_and(|argument| argument == "check");
            return match (error.kind(), asked_check) {
                (ErrorKind::DisplayHelp | ErrorKind::DisplayVersion, _) => ExitCode::SUCCESS,
                (_, true) => Exit::CheckUnknown.into(),
                (_, false) => Exit::Usage.into(),
            };
        }
    };
    match cli.command {
        None => serve(&cli.serve),
        Some(Command::Serve(args)) => serve(&args),
        Some(Command::Check(args)) => command::check::run(&args),
        Some(Command::Maintenance(args)) => command::maintenance::run(&args.action),
        Some(Command::Switchover(args)) => command::writer::run(&args, OrderName::Switchover, None),
        Some(Command::Failback(args)) => command::writer::run(&args, OrderName::Failback, None),
        Some(Command::Takeover { args, .. }) => command::writer::run(&args, OrderName::Takeover, None),
        Some(Command::AcceptLoss(args)) => command::writer::run(&args, OrderName::AcceptLoss, None),
        Some(Command::Mark { action: MarkAction::Drop(args) }) => {
            command::writer::run(&args, OrderName::MarkDrop, None)
        }
        Some(Command::Witness { action: WitnessAction::Remove { args, witness } }) => {
            command::writer::run(&args, OrderName::WitnessRemove, Some(&witness))
        }
        Some(Command::Lint(args)) => command::lint::run(&args),
        Some(Command::Logs(args)) => command::logs::run(&args.action),
        Some(Command::Config(args)) => command::config::run(&args.action),
        Some(Command::Completions { shell }) => command::generate::completions(shell),
        Some(Command::Man { dir }) => command::generate::man(&dir),
    }
    .into()
}

fn serve(args: &ServeArgs) -> Exit {
    let _log = log::start(args.log);
    let config = match config::load(&args.source, &args.listen) {
        Ok(config) => config,
        Err(error) => return say_error(Exit::Usage, &error),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return say_error(Exit::Failure, &error),
    };
    let ended = runtime.block_on(serve::serve(args, config));
    // A thread that waits for a dead resolver must not hold the process.
    runtime.shutdown_background();
    match ended {
        Ok(()) => Exit::Success,
        Err(error) => say_error(Exit::Failure, &error),
    }
}
