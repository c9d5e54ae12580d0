//! The output of `--output json`.

use healthd_core::check::Answer;
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_core::reading::{Reading, Unit};
use healthd_core::render::answered::{AnswerJson, PluginReport, report};

fn written(of: &PluginReport) -> String {
    let json = serde_json::to_string(&report(of)).expect("it is JSON");
    assert!(!json.contains('\n'), "{json}");
    let read: AnswerJson = serde_json::from_str(&json).expect("it can be read again");
    assert_eq!(read, report(of));
    json
}

#[test]
fn an_answer_is_one_object_with_what_perfdata_has() {
    let thresholds = Thresholds { warning: "10".parse().ok(), critical: "~:20".parse().ok() };
    let readings = vec![
        Reading { thresholds, ..Reading::new("threads_running", 30.0, Unit::None).between(0.0, 151.0) },
        Reading::new("lag", 0.1 + 0.2, Unit::Seconds),
        Reading::new("nothing", f64::NAN, Unit::Percent),
    ];
    let details = vec!["\u{1b}[31mfurther | line\n".to_owned()];
    let running = Answer { readings, details, ..Answer::plain(Outcome::Critical, "30 threads \"run\"\n a statement") };
    let of = |answer: Answer| PluginReport {
        check: Some("threads-running".to_owned()),
        server: Some("db1:3306".to_owned()),
        answer,
        parts: Vec::new(),
    };
    let health = PluginReport {
        check: Some("health".to_owned()),
        parts: vec![("threads-running", running.clone()), ("ping", Answer::plain(Outcome::Ok, "fine"))],
        ..of(Answer::plain(Outcome::Critical, "1 of 2 checks"))
    };
    let usage = PluginReport { check: None, server: None, ..of(Answer::plain(Outcome::Unknown, "no such option")) };
    insta::assert_snapshot!([written(&of(running)), written(&health), written(&usage)].join("\n"));
}
