//! healthd's own metric families, in Prometheus' text format.

mod scrape;
mod writer;

pub(crate) use scrape::render;
