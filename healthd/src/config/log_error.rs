//! What is wrong with a log, a counter or a ratio of the configuration.

use std::path::PathBuf;

use healthd_logs::engine::SpecError;

/// What is wrong, in one sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogConfigError {
    /// No source, or two.
    #[error("[[log]] needs either `file` or `journal`, such as file = \"/var/log/mail.log\"")]
    FileOrJournal,
    /// A path that depends on where the daemon was started.
    #[error("`file` must be an absolute path, not `{}`", .0.display())]
    RelativeFile(PathBuf),
    /// A unit without a name.
    #[error("`journal` is empty: name the systemd unit, such as \"postfix@*\"")]
    EmptyUnit,
    /// A log is read once.
    #[error("two [[log]] read {0}: put their counters below one of them")]
    LogTwice(String),
    /// A log without a purpose.
    #[error("[[log]] {0} counts nothing: add [[log.counter]] with a `name` and a `preset` or a `regex`")]
    NoCounter(String),
    /// Names are unique across logs.
    #[error("two counters or ratios are named `{0}`: names must be unique across all logs")]
    NameTwice(String),
    /// No matcher, or two.
    #[error("counter {0} needs either `preset` or `regex`")]
    PresetOrRegex(String),
    /// An empty pattern matches every line.
    #[error("counter {0}: `regex` is empty; to count every line write '^'")]
    EmptyRegex(String),
    /// A ratio names a counter that does not exist.
    #[error("`{counter}` is not a counter: {known}")]
    UnknownCounter {
        /// The name.
        counter: String,
        /// Those that there are.
        known: String,
    },
    /// Two logs are never read to the same moment.
    #[error("ratio {0}: `of` and `to` must be counters of the same [[log]]")]
    RatioOfTwoLogs(String),
    /// A pattern, a label or a time zone is wrong.
    #[error(transparent)]
    Spec(#[from] SpecError),
}
