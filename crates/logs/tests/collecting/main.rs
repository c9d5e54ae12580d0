//! A collector that reads real files and the real journal.

mod backfills;
mod faults;
mod laws;
mod rotations;
mod support;
