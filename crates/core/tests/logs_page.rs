//! The page with the log counters, and its charts.

use healthd_core::render::chart::{Chart, Column, Limit, Severity, Tick, svg};
use healthd_core::render::logs_page::{Collected, Counter, LogsPage, Range, Ratio, logs_page};
use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::Span;
use proptest::prelude::*;

/// 2026-12-01T00:00:00Z.
const MIDNIGHT: i64 = 1_796_083_200;
const SCRIPT: &str = "<script>alert('x')</script>&\"";

fn column(label: &str, count: Option<u64>, before: Option<u64>) -> Column {
    Column { label: label.to_owned(), count, before }
}

/// Six minutes: one of them not collected, the last one not over.
fn small() -> Chart {
    Chart {
        id: "mail_sent".to_owned(),
        title: "mail_sent, last hour".to_owned(),
        from: MIDNIGHT,
        step: 60,
        columns: vec![
            column("00:00", Some(3), Some(2)),
            column("00:01", Some(0), None),
            column("00:02", None, Some(4)),
            column("00:03", Some(1200), Some(4)),
            column("00:04", Some(7), Some(9)),
            column("00:05", Some(1), Some(8)),
        ],
        covered: vec![
            Span { from: MIDNIGHT - 9000, to: MIDNIGHT + 120 },
            Span { from: MIDNIGHT + 180, to: MIDNIGHT + 320 },
        ],
        now: MIDNIGHT + 330,
        limits: vec![Limit { height: 100.0, label: "at least 100".to_owned(), severity: Severity::Critical }],
        ticks: vec![
            Tick { at: MIDNIGHT + 120, label: "00:02".to_owned(), only_wide: false },
            Tick { at: MIDNIGHT + 240, label: "00:04".to_owned(), only_wide: true },
        ],
    }
}

fn counter(name: &str, chart: Chart) -> Counter {
    Counter {
        name: name.to_owned(),
        log: "/var/log/mail.log".to_owned(),
        hour: Collected { count: 1211, covered: 3000, of: 3600 },
        day: Collected { count: 20_000, covered: 86_400, of: 86_400 },
        total: 1_234_567,
        newest: Some("00:05".to_owned()),
        read: Some("1s ago".to_owned()),
        unmatched: 2,
        gaps: 1,
        chart,
        top: vec![
            ([("status", "sent")].into_iter().collect(), 1200),
            ([("status", "bounced")].into_iter().collect(), 9),
        ],
        further: (3, 2),
    }
}

fn page_with(counters: &[Counter], ratios: &[Ratio], faults: &[String]) -> String {
    logs_page(&LogsPage {
        host: "mx1",
        zone: "Europe/Berlin",
        made: "Tue 1 Dec 00:05:30",
        range: Range::Hour,
        kept: "&counter=mail_sent",
        reloads: true,
        faults,
        counters,
        ratios,
        configured: !counters.is_empty(),
    })
}

/// The page without its stylesheet, one element a line.
fn shown(page: &str) -> String {
    let (before, rest) = page.split_once("<style>").expect("a stylesheet");
    let (_, after) = rest.split_once("</style>").expect("its end");
    format!("{before}{after}").replace("><", ">\n<")
}

#[test]
fn the_page_with_one_counter() {
    let ratio = |name: &str, of, to| Ratio {
        name: name.to_owned(),
        of: ("http_5xx".to_owned(), of),
        to: ("http_requests".to_owned(), to),
        min: 100,
        collected: true,
    };
    let ratios = [ratio("http_5xx_share", 12, 3021), ratio("seldom", 1, 99)];
    let faults = ["/var/log/mail.log cannot be read: permission denied".to_owned()];
    insta::assert_snapshot!(shown(&page_with(&[counter("mail_sent", small())], &ratios, &faults)));
}

#[test]
fn a_chart_tells_zero_from_not_collected_and_marks_what_is_not_over() {
    let chart = small();
    assert_eq!(chart.gaps(), [Span { from: MIDNIGHT + 120, to: MIDNIGHT + 180 }]);
    insta::assert_snapshot!(svg(&chart).replace("><", ">\n<"));
}

#[test]
fn what_was_not_read_yet_is_no_gap_for_two_minutes() {
    for (covered_to, gap) in [(330, false), (215, false), (209, true), (0, true)] {
        let chart = Chart { covered: vec![Span { from: MIDNIGHT, to: MIDNIGHT + covered_to }], ..small() };
        assert_eq!(!chart.gaps().is_empty(), gap, "{covered_to}");
    }
}

#[test]
fn a_chart_of_nothing_says_so() {
    let columns = vec![column("00:00", None, None); 3];
    let chart = Chart { columns, covered: Vec::new(), now: MIDNIGHT + 180, ..small() };
    let svg = svg(&chart);
    assert!(svg.contains("Nothing was collected in this time."), "{svg}");
    assert!(!svg.contains("<path class=\"curve\""), "{svg}");
}

#[test]
fn a_limit_far_above_the_counts_does_not_flatten_them() {
    let limit = |height| Limit { height, label: "limit".to_owned(), severity: Severity::Warning };
    let quiet = vec![column("00:00", Some(10), None)];
    for (height, drawn) in [(5.0, true), (24.0, true), (2600.0, false)] {
        let chart = Chart { columns: quiet.clone(), limits: vec![limit(height)], ..small() };
        assert_eq!(svg(&chart).contains("class=\"warning\""), drawn, "{height}");
    }
}

#[test]
fn the_texts_of_limits_near_each_other_do_not_touch() {
    let limit = |height| Limit { height, label: format!("limit {height}"), severity: Severity::Warning };
    let limits = [1.0, 3.0, 2.0, 700.0, 0.0].map(limit).to_vec();
    let svg = svg(&Chart { limits, ..small() });
    let text_y = |text: &str| text.split("y=\"").nth(1).and_then(|rest| rest.split('"').next()?.parse::<f64>().ok());
    let mut heights: Vec<f64> = svg.split("<text class=\"lw\"").skip(1).filter_map(text_y).collect();
    heights.sort_by(f64::total_cmp);
    assert_eq!(heights.len(), 5);
    assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= 11.9), "{heights:?}");
}

#[test]
fn text_of_a_log_stays_text() {
    let mut hostile = counter(SCRIPT, Chart { id: "safe".to_owned(), title: SCRIPT.to_owned(), ..small() });
    hostile.log = SCRIPT.to_owned();
    hostile.top = vec![([("url", SCRIPT)].into_iter().collect::<Labels>(), 1)];
    hostile.chart.columns[0].label = SCRIPT.to_owned();
    hostile.chart.ticks[0].label = SCRIPT.to_owned();
    hostile.chart.limits[0].label = SCRIPT.to_owned();
    let page = page_with(&[hostile], &[], &[SCRIPT.to_owned()]);
    assert!(!page.contains("<script") && !page.contains("alert('"), "{page}");
    assert!(page.matches("&lt;script&gt;").count() >= 7);
}

/// A column's height in the path of the curve is what was counted.
fn heights(svg: &str) -> usize {
    let curve = svg.split("<path class=\"curve\"").nth(1).and_then(|rest| rest.split("d=\"").nth(1));
    curve.and_then(|path| path.split('"').next()).map_or(0, |path| path.matches("h1").count())
}

proptest! {
    #[test]
    fn every_collected_column_that_is_over_is_drawn_once(
        counts in proptest::collection::vec(proptest::option::of(0_u64..1_000_000_000_000), 1..200),
        over in 0_usize..220,
    ) {
        let columns: Vec<_> = counts.iter().map(|count| column("x", *count, None)).collect();
        let now = MIDNIGHT + 60 * i64::try_from(over).expect("small") + 1;
        let chart = Chart { columns, now, ..small() };
        let svg = svg(&chart);
        let expected = counts.iter().take(over).flatten().count();
        prop_assert_eq!(heights(&svg), expected);
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn gaps_and_collected_time_fill_the_chart(spans in proptest::collection::vec((0_i64..400, 0_i64..100), 0..9)) {
        let covered: Vec<_> = spans
            .iter()
            .map(|(from, length)| Span { from: MIDNIGHT + from, to: MIDNIGHT + from + length })
            .collect();
        let chart = Chart { covered: covered.clone(), now: MIDNIGHT + 360, ..small() };
        let gaps = chart.gaps();
        for second in MIDNIGHT..MIDNIGHT + 240 {
            let has = |spans: &[Span]| spans.iter().any(|span| (span.from..span.to).contains(&second));
            // The last two minutes may still be read.
            prop_assert!(has(&covered) != has(&gaps) || covered.iter().all(|span| span.to <= second), "{}", second);
        }
    }
}

#[test]
fn the_sums_of_a_chart_are_those_of_its_columns() {
    let sums = small().sums();
    let of: Vec<_> = sums.iter().map(|sum| (sum.label.as_str(), sum.count, sum.before)).collect();
    assert_eq!(of, [("00:00", Some(3), Some(2)), ("00:02", Some(1200), Some(8)), ("00:04", Some(8), Some(17))]);
}
