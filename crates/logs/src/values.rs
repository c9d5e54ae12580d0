//! What was captured in a line, by the place of its name.

/// The most captures that a counter can have.
pub(crate) const MOST: usize = 16;

/// The captures of a line. Those that are not set are empty.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Values<'a>([&'a [u8]; MOST]);

impl<'a> Values<'a> {
    /// Sets the capture at a place; one beyond [`MOST`] is dropped.
    pub(crate) fn set(&mut self, place: usize, value: &'a [u8]) {
        if let Some(slot) = self.0.get_mut(place) {
            *slot = value;
        }
    }

    /// The capture at a place.
    pub(crate) fn get(&self, place: usize) -> &'a [u8] {
        self.0.get(place).copied().unwrap_or_default()
    }
}
