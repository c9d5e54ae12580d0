//! Counts over time: which minute, which labels, how many, and which time was watched at all.
//!
//! A *counter* is a named count, such as `mail_sent`. Its *series* are its label sets. A *bucket* is one series in one
//! minute. *Coverage* says for which time the counter was collected: without it, "0 messages" and "nobody counted" look
//! the same.

pub mod batch;
pub mod labels;
pub mod minute;
pub mod source;
pub mod volume;
pub mod window;
