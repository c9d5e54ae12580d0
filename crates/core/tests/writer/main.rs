//! The parts of the writer role around its state machine: what is said, when time counts, what a node without a witness
//! answers. The rules themselves are explored by the model checker.

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
