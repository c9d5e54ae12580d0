//! Log counters in the daemon: the threads that read the logs, and what is answered from the store.

pub(crate) mod answers;
pub(crate) mod calendar;
pub(crate) mod counts;
pub(crate) mod overview;
pub(crate) mod page;
pub(crate) mod query;
pub(crate) mod reading;
pub(crate) mod rows;
mod running;
pub(crate) mod snapshot;
mod status;
mod store;
mod store_faults;
mod worker;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub(crate) use running::{Logs, STORE_FILE};
