//! Rows to values. Pure: rows are (column, text) pairs, and NULL stays `None`. The decoders of facts are next to their
//! entries in `read::facts`.

pub(crate) mod abilities;
pub(crate) mod channels;
pub(crate) mod cluster;
pub(crate) mod columns;
pub(crate) mod receiver;
pub(crate) mod standing;

#[cfg(test)]
mod tests;
