//! Output as in the original plugin: its labels, `--negate`, `--report`.

use std::fmt::Write as _;

use healthd_core::check::{Answer, Mode};
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::{Reading, Unit};

use super::arguments::Arguments;
use super::morphs::Morphs;
use crate::output::Plugin;

/// `--labelformat groundwork`: labels of at most 19 characters, for round-robin files.
const SHORT: [(&str, &str); 19] = [
    ("bufferpool_free_waits_rate", "bp_freewaits"),
    ("bufferpool_hitrate", "bp_hitrate"),
    ("bufferpool_hitrate_now", "bp_hitrate_now"),
    ("clients_aborted_per_sec", "clnt_abrt_per_s"),
    ("connects_aborted_per_sec", "conn_abrt_per_s"),
    ("innodb_log_waits_rate", "inno_log_waits"),
    ("keycache_hitrate", "kc_hitrate"),
    ("keycache_hitrate_now", "kc_hitrate_now"),
    ("pct_tmp_table_on_disk", "tmptab_on_disk"),
    ("pct_tmp_table_on_disk_now", "tmptab_on_disk_now"),
    ("qcache_lowmem_prunes_rate", "qc_lowm_prnsrate"),
    ("slow_queries_rate", "slow_q_rate"),
    ("tablecache_fillrate", "tac_fillrate"),
    ("tablecache_hitrate", "tac_hitrate"),
    ("tablelock_contention", "tl_contention"),
    ("tablelock_contention_now", "tl_contention_now"),
    ("thread_cache_hitrate", "tc_hitrate"),
    ("thread_cache_hitrate_now", "tc_hitrate_now"),
    ("threads_created_per_sec", "thrds_creat_per_s"),
];

/// A mode's values, in the order and with the labels of the original plugin. Values that were not found are left out.
pub(super) fn relabelled(readings: &[Reading], mode: &Mode, name: Option<&str>) -> Vec<Reading> {
    let shown = mode.labels.iter().filter_map(|label| {
        let reading = readings.iter().find(|reading| reading.label == label.ours)?;
        let theirs = match (label.theirs.contains("{name}"), name) {
            (true, None) => return None,
            (true, Some(name)) => label.theirs.replace("{name}", name).into(),
            (false, _) => label.theirs.into(),
        };
        // Only percent has limits by itself; those of the original plugin differ from value to value.
        let (min, max) = if label.unit == Unit::Percent { (reading.min, reading.max) } else { (None, None) };
        Some(Reading { label: theirs, unit: label.unit, decimals: Some(label.decimals), min, max, ..reading.clone() })
    });
    shown.collect()
}

/// The answer with labels, states and texts rewritten.
pub(super) fn plugin(mut answer: Answer, arguments: &Arguments, morphs: &Morphs) -> Plugin {
    if arguments.labelformat == "groundwork" {
        for reading in &mut answer.readings {
            if let Some((_, short)) = SHORT.iter().find(|(long, _)| *long == reading.label) {
                reading.label = (*short).into();
            }
        }
    }
    morphs.values(&mut answer);
    let without_effect = arguments.without_effect();
    if !without_effect.is_empty() {
        answer.details.push(format!("options without effect: {}", without_effect.join(" ")));
    }
    let text = answer.text.clone();
    if arguments.report != "long" && answer.outcome == Outcome::Ok {
        "no problems".clone_into(&mut answer.text);
    }
    let found = answer.outcome;
    answer.outcome = negated(found, &arguments.negate);
    if arguments.isvalidtime.as_deref() == Some("0") {
        answer.outcome = Outcome::Ok;
        answer.text = format!("not the time for this check (--isvalidtime 0), or {found}: {}", answer.text);
    }
    let word = morphs.message(&mut answer);
    let mut plugin = if arguments.multiline { Plugin::answer(&answer, true) } else { arguments.output.plugin(&answer) };
    if !word {
        let line = plugin.text.trim_start_matches(answer.outcome.word()).trim_start_matches(" - ").to_owned();
        plugin = plugin.in_words(line);
    }
    if arguments.report == "html" {
        let text = healthd_core::text::clean::one_line(&text, 600);
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        write!(plugin.text, "\n<table><tr><td class=\"service{}\">{text}</td></tr></table>", found.word())
            .expect("a String takes it");
    }
    plugin
}

/// The state after `--negate`. An invalid pair changes nothing, as in the original plugin.
fn negated(found: Outcome, pairs: &[String]) -> Outcome {
    let pair = pairs.iter().filter_map(|pair| pair.split_once('='));
    let mut states = pair.filter_map(|(from, to)| Some((Outcome::parse(from)?, Outcome::parse(to)?)));
    states.find(|(from, _)| *from == found).map_or(found, |(_, to)| to)
}
