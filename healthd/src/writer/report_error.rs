//! Why there is no report from the peer.

use healthd_client::StatusCode;

use super::wire::VERSION;

/// Why there is no report from the peer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReportError {
    #[error(transparent)]
    NoAnswer(#[from] healthd_client::Error),
    #[error("it refuses this node: {0}")]
    Refused(String),
    #[error("it answers {status}: {text}")]
    Status { status: StatusCode, text: String },
    #[error("its report is not understood")]
    NotUnderstood,
    #[error("its report has the format {0}, this healthd knows {VERSION}: install the same release")]
    OtherFormat(u32),
}
