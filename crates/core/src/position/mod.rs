//! Which transactions a server has executed, received or lost: sets, what one probe reads of them, and their texts.
//!
//! - [`gtids`]: sets of transactions of any server, compared without asking one; `ranges` what they are made of
//! - [`text`]: the servers' own notations, and ours for persisting and sending
//! - [`brief`]: the few words for people
//! - [`origin`]: distinguishes own transactions from replicated ones
//! - [`standing`]: what one probe reads about all that, [`boot`]: whether two probes reached the same process

pub mod boot;
pub mod brief;
pub mod gtids;
pub mod history;
pub mod origin;
mod ranges;
pub mod standing;
pub mod text;
