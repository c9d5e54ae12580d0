//! The one SQLite file of a node: positions in logs, counts by minute and hour, and the time that was collected.
//!
//! [`Store`] has one thread that writes. A [`Batch`](healthd_core::samples::batch::Batch) is one transaction: the new
//! position of a log, its counts and its coverage are stored together or not at all. [`Reader`] has a connection and a
//! thread of its own, so that a slow query does not delay a commit, nor a commit a query.
//!
//! Nothing here is on the path of a health check. A file that cannot be used is a [`StoreError`] of the call; the next
//! call tries again, so that everything goes on by itself when the cause is gone.
//!
//! A damaged file is never deleted or moved by healthd. The error names the command that moves it away. A failing disk
//! or memory can make a good file look damaged, and the file has two years of counts.

mod commit;
mod coverage;
mod current;
mod error;
mod gauge;
mod load;
mod place;
mod position;
mod query;
mod reader;
mod retention;
mod rows;
mod schema;
mod selection;
mod settings;
mod store;
mod window;
mod writer;

#[cfg(test)]
mod tests;

pub use error::{CommitError, StoreError};
pub use gauge::{GaugeSample, Level};
pub use query::{Bucket, LogState, Total};
pub use reader::Reader;
pub use selection::{Selection, Step, WindowQuery};
pub use settings::Settings;
pub use store::Store;
