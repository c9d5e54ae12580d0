//! The real log, and other forms of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use healthd_core::samples::batch::Counted;
use healthd_logs::spec::{CounterSpec, LogSpec, Matcher, Preset, SourceSpec, TimeFormat};

/// 2026-12-01T03:00:00Z
pub(crate) const ARRIVAL: i64 = 1_796_094_000;

pub(crate) fn real_log() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/mail/postfix-real.log.gz");
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(File::open(path).expect("the fixture")).read_to_end(&mut text).expect("gzip");
    text
}

pub(crate) fn log(counters: Vec<CounterSpec>) -> LogSpec {
    let source = SourceSpec::File(PathBuf::from("mail.log"));
    LogSpec { source, time: TimeFormat::Auto, zone: Some("UTC".to_owned()), counters }
}

pub(crate) fn counter(name: &str, preset: Preset) -> CounterSpec {
    CounterSpec {
        name: name.to_owned(),
        matcher: Matcher::Preset(preset),
        filter: BTreeMap::new(),
        labels: None,
        max_series: 500,
        content_filters: Vec::new(),
    }
}

/// The sums over time, by labels.
pub(crate) fn sums(counted: &Counted) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for ((labels, _), count) in &counted.buckets {
        *sums.entry(labels.to_string()).or_default() += count;
    }
    sums
}

pub(crate) fn total(counted: &Counted) -> u64 {
    counted.buckets.values().sum()
}

/// How many bytes the whole lines take that begin in the first `size` bytes.
pub(crate) fn whole_lines(text: &[u8], size: usize) -> usize {
    let from = size.min(text.len());
    text[from..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| from + end + 1)
}

/// The log with another form of its times, made from the time of day.
pub(crate) fn with_times(text: &[u8], time: impl Fn(&str) -> String) -> Vec<u8> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines.flat_map(|line| [time(text_of(&line[7..15])).as_bytes(), &line[15..]].concat()).collect()
}

pub(crate) fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::new();
    let mut at = 0;
    for found in memchr::memmem::find_iter(text, from) {
        replaced.extend_from_slice(&text[at..found]);
        replaced.extend_from_slice(to);
        at = found + from.len();
    }
    replaced.extend_from_slice(&text[at..]);
    replaced
}

/// As rsyslog's `RSYSLOG_SyslogProtocol23Format` writes it.
pub(crate) fn rfc5424(text: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let clock = text_of(&line[7..15]);
        let mut words = line[16..].splitn(3, |byte| *byte == b' ');
        let mut word = || words.next().expect("host, tag and message");
        let (host, tag, message) = (word(), word(), word());
        let tag = text_of(tag).trim_end_matches("]:");
        let (program, pid) = tag.split_once('[').expect("a process number");
        lines.extend_from_slice(format!("<22>1 2026-11-23T{clock}.5Z ").as_bytes());
        lines.extend_from_slice(host);
        lines.extend_from_slice(format!(" {program} {pid} - - ").as_bytes());
        lines.extend_from_slice(message);
    }
    lines
}

fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("ASCII")
}
