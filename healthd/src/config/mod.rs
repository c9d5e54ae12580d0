//! The validated configuration.

mod access;
mod canary;
mod contradiction;
mod daemon;
mod directories;
mod error;
mod file;
mod instance;
mod instances;
mod listen;
mod load;
mod log_error;
mod logs;
mod option_files;
mod peering;
mod probing;
mod raw;
mod raw_logs;
mod show;
mod show_logs;
mod text;
mod writer;

pub(crate) use canary::CanaryConfig;
pub(crate) use daemon::Config;
pub(crate) use directories::SYSTEM_RUNTIME_DIR;
pub(crate) use error::ConfigError;
pub(crate) use instance::InstanceConfig;
pub(crate) use load::load;
pub(crate) use logs::{LogsConfig, RatioConfig};
pub(crate) use show::show;
pub(crate) use writer::WriterConfig;
