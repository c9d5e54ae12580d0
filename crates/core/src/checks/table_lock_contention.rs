use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::share::{Proportion, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    TABLE_LOCK_CONTENTION_NOW: "table_lock_contention_now", Percent, "since the previous run";
    TABLE_LOCK_CONTENTION: "table_lock_contention", Percent, "since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "table-lock-contention",
    topic: Topic::Locks,
    about: "table locks that had to wait, in percent",
    why: "InnoDB seldom locks whole tables: this is MyISAM, Aria, `LOCK TABLES`, or a statement that alters a table. \
        While it lasts, `SHOW PROCESSLIST` shows which connection holds the lock.",
    formula: of_enough!(
        "100 · `Table_locks_waited` / (`Table_locks_waited` + `Table_locks_immediate`), since the previous run"
    ),
    metrics: METRICS,
    warning: "1",
    critical: "2",
    named: "",
    needs: &[Need::Status(&["Table_locks_immediate", "Table_locks_waited"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["table-lock-contention"],
        warning: "1",
        critical: "2",
        labels: &[
            Label::new(TABLE_LOCK_CONTENTION, "tablelock_contention", Unit::Percent, 2),
            Label::new(TABLE_LOCK_CONTENTION_NOW, "tablelock_contention_now", Unit::Percent, 2),
        ],
        divisor: 1.0,
        // According to the original plugin, old servers count wrongly for this long.
        settles_in: Duration::from_secs(10_800),
    }],
    measure: |input| {
        found(
            input,
            Proportion {
                part: &["Table_locks_waited"],
                whole: &["Table_locks_waited", "Table_locks_immediate"],
                misses: false,
                now: TABLE_LOCK_CONTENTION_NOW,
                lifetime: TABLE_LOCK_CONTENTION,
                what: "of the table locks had to wait",
            },
        )
    },
};
