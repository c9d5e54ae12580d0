//! What a preset is, and what it says of a line.

/// What can be told of a preset without a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Definition {
    /// The names of its captures, by place.
    pub(crate) captures: &'static [&'static str],
    /// Those that become labels without `labels`.
    pub(crate) labels: &'static [&'static str],
    /// Those that mean the same in capitals.
    pub(crate) lowercase: &'static [&'static str],
    /// Every line that it is about contains one of these.
    pub(crate) literals: &'static [&'static [u8]],
}

/// What a line is to a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// So many of what it counts.
    Match(u64),
    /// It looks like what the counter counts, but cannot be read.
    Resembles,
    /// Something else.
    Other,
}
