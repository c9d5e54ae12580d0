//! Parts of a generation, for a backfill.

use super::track::{End, Track};
use crate::error::LogError;
use crate::progress::Progress;
use crate::sink::Sink;

/// Hands the lines before offset `to` to `sink`. The generation's row stays as it is.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn count(
    track: &mut Track,
    to: u64,
    now: i64,
    sink: &mut impl Sink,
    progress: &mut Progress,
) -> Result<(), LogError> {
    let text = track.text.take();
    let mut copy = Track::new(track.row.id, track.file(), now);
    (copy.text, copy.path, copy.limit) = (text, track.path.clone(), Some(to));
    sink.generation();
    let mut budget = u64::MAX;
    let result = copy.read(&mut budget, now, sink, progress, &|_| Ok(()));
    let position = copy.row.position;
    track.text = copy.text;
    match result? {
        End::Replaced | End::CopyOf(_) => Err(LogError::Read { path: track.path.clone(), error: replaced() }),
        _ if position < to => Err(LogError::Read { path: track.path.clone(), error: replaced() }),
        _ => Ok(()),
    }
}

/// Hands the lines from the row's position on to `sink`, about `part` bytes at most, and moves the position. At the end
/// the generation is complete, unless it is `live`. Whether the end was reached.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn rest(
    track: &mut Track,
    part: u64,
    live: bool,
    now: i64,
    sink: &mut impl Sink,
    progress: &mut Progress,
) -> Result<bool, LogError> {
    let mut budget = part;
    sink.generation();
    let end = match track.read(&mut budget, now, sink, progress, &|_| Ok(()))? {
        End::Replaced | End::CopyOf(_) => return Err(LogError::Read { path: track.path.clone(), error: replaced() }),
        end => end,
    };
    let done = end == End::Reached;
    if done && !live {
        track.complete(now, sink, progress)?;
    }
    // A part of a file is complete as far as the follower is concerned: it would look for the rest.
    track.row.complete = !live;
    Ok(done)
}

fn replaced() -> std::io::Error {
    std::io::Error::other("it was replaced or cut off while it was read")
}
