//! One part of a snapshot: the answer to one statement, or the reason why it is missing.

use std::borrow::Cow;

/// Why a section could not be read although the server answered the probe's query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// The account lacks a privilege; `grant` is the statement that would give it.
    Denied {
        /// What to grant, without the account: `GRANT REPLICATION CLIENT ON *.*`; several with `; ` between them.
        grant: Cow<'static, str>,
    },
    /// The server refused the statement for another reason.
    Refused {
        /// The server's error number.
        code: u16,
    },
    /// A statement hangs in a server that answers other statements: another session holds a lock.
    NoAnswer {
        /// Which statement hangs; this section is it, or comes after it.
        hanging: &'static str,
    },
    /// The answer was not what this statement returns.
    NotUnderstood {
        /// The column or value that was not understood.
        what: &'static str,
    },
}

/// One part of a snapshot: the answer to one statement, or the reason why it is missing.
pub type Section<T> = Result<T, Unreadable>;
