//! Why the peer gave no report.

use std::io;

use hyper::StatusCode;

use super::wire::VERSION;

/// Why the peer gave no report.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReportError {
    #[error("no answer in time")]
    Timeout,
    #[error("the name {0} has no address")]
    NoAddress(String),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{0}")]
    Http(String),
    #[error("it refuses this node: {0}")]
    Refused(String),
    #[error("it answers {status}: {text}")]
    Status { status: StatusCode, text: String },
    #[error("its report is not understood")]
    NotUnderstood,
    #[error("its report has the format {0}, this healthd knows {VERSION}: install the same release")]
    OtherFormat(u32),
}

impl From<hyper::Error> for ReportError {
    fn from(error: hyper::Error) -> ReportError {
        ReportError::Http(error.to_string())
    }
}
