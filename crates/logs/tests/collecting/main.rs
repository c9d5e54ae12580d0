//! A collector that reads real files and the real journal.

mod backfills;
mod faults;
mod hunted;
mod laws;
mod rotations;
mod support;
