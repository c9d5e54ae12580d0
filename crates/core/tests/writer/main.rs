//! The parts of the writer role around its state machine: sentences, time limits, answers of a node without a witness.
//! The model checker explores the rules themselves.

#[path = "../support/mod.rs"]
mod support;

mod admission;
mod change;
mod clocks;
mod clocks_checks;
mod clocks_handover;
mod epoch;
mod explain;
mod giving;
mod lab;
mod laws;
mod timed;
mod unwitnessed;
