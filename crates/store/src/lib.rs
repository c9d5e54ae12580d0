//! The one SQLite file of a node: positions in logs, counts by minute and hour, and the time that was collected.
//!
//! [`Store`] has one thread that writes. A [`Batch`](healthd_core::samples::batch::Batch) is one transaction: the new
//! position of a log, its counts and its coverage are stored together or not at all. [`Reader`] has a connection and a
//! thread of its own, so that a slow query does not delay a commit, nor a commit a query.
//!
//! Nothing here is on the path of a health check. A file that cannot be used is a [`StoreError`] of the call; the next
//! call tries again, so that everything goes on by itself when the cause is gone.

mod commit;
mod coverage;
mod error;
mod load;
mod position;
mod query;
mod reader;
mod retention;
mod rows;
mod schema;
mod store;

#[cfg(test)]
mod tests;

pub use error::{CommitError, StoreError};
pub use query::{Bucket, LogState, Selection, Step, Total, WindowQuery};
pub use reader::Reader;
pub use retention::Settings;
pub use store::Store;
