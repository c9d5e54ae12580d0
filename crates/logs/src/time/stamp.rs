//! The time of a line, and how the line goes on after it.

/// The time of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Seconds of Unix time.
    pub second: i64,
    /// Whether the line says it; else it is the time of the read.
    pub known: bool,
    /// Where the rest of the line begins, and its form.
    pub head: Head,
}

/// How a line goes on after its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// From this offset on, with the host, in most logs.
    Plain(usize),
    /// From this offset on, with the fields of RFC 5424.
    Rfc5424(usize),
    /// The time stands inside the line.
    Inside,
    /// The line does not begin with a time.
    Unknown,
}

impl Head {
    /// Where the time ends that the line begins with; 0 if it begins with none.
    pub(crate) fn start(self) -> usize {
        match self {
            Head::Plain(start) | Head::Rfc5424(start) => start,
            Head::Inside | Head::Unknown => 0,
        }
    }
}
