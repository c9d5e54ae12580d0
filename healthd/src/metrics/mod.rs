//! healthd's own metric families, in Prometheus' text format.

mod daemon;
mod gauge;
mod instance;
mod logs;
mod scrape;
mod writer;

pub(crate) use scrape::render;
