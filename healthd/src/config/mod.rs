//! The validated configuration.

mod access;
mod canary;
mod daemon;
mod error;
mod instance;
mod load;
mod option_files;
mod peer;
mod raw;
mod show;
mod writer;

pub(crate) use canary::CanaryConfig;
pub(crate) use daemon::Config;
pub(crate) use instance::InstanceConfig;
pub(crate) use load::{SYSTEM_RUNTIME_DIR, load};
pub(crate) use peer::Peer;
pub(crate) use show::show;
pub(crate) use writer::WriterConfig;
