//! `/metrics` of the log counters.

use healthd_tests::wait_for;

use super::support::{SOON, counting};
use crate::turn;

#[test]
fn totals_survive_a_restart_and_an_unknown_one_is_absent() {
    let _turn = turn::shared();
    let (mut healthd, log) = counting("");
    log.append("sent mx1", 3);
    log.append("nothing", 2);
    log.await_sum(&healthd, "lines", "", 3);
    let log_label = format!("{{log=\"{}\"}}", log.name());
    let values = |healthd: &healthd_tests::Healthd| {
        [
            "healthd_log_counter_total{counter=\"lines\",host=\"mx1\"}".to_owned(),
            "healthd_log_unmatched_total{counter=\"lines\"}".to_owned(),
            format!("healthd_log_lines_total{log_label}"),
            format!("healthd_log_gaps_total{log_label}"),
            format!("healthd_log_fault{log_label}"),
            "healthd_log_store_fault".to_owned(),
        ]
        .map(|series| healthd.metric(&series))
    };
    let expected = [3.0, 0.0, 5.0, 0.0, 0.0, 0.0].map(Some);
    assert_eq!(values(&healthd), expected, "{}", healthd.get("/metrics").body);
    let length = std::fs::metadata(&log.path).expect("it is there").len();
    let position = healthd.metric(&format!("healthd_log_position_bytes{log_label}"));
    assert_eq!(position.map(|position| position.to_string()), Some(length.to_string()));
    healthd.restart();
    wait_for("the same values", SOON, || {
        let found = values(&healthd);
        if found == expected { Ok(()) } else { Err(format!("{found:?}")) }
    });
    let age = wait_for("an age", SOON, || healthd.metric(&format!("healthd_log_read_age_seconds{log_label}")));
    assert!((0.0..5.0).contains(&age), "{age}");
}
