use std::time::Duration;

use crate::check::{Cannot, Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::Need;
use crate::reading::Unit;

/// A cache with room left is large enough, whatever its rate.
const FULL: f64 = 95.0;

metrics! {
    TABLECACHE_HITRATE: "tablecache_hitrate", Percent, "open tables, of all that were opened";
    TABLECACHE_FILLRATE: "tablecache_fillrate", Percent, "how full the cache is";
}

pub(super) const CHECK: Check = Check {
    name: "tablecache-hitrate",
    topic: Topic::Caches,
    about: "open tables, in percent of all that were ever opened, once the cache is full",
    why: "A cache that is full closes one table to open another. Raise `table_open_cache`, and the limit of open files with it. While \
        there is room left nothing is wrong, and nothing is alerted on.",
    formula: "100 · `Open_tables` / `Opened_tables`, where `Open_tables` fill 95 % of `table_open_cache`",
    metrics: METRICS,
    warning: "20:",
    critical: "10:",
    named: "",
    needs: &[
        Need::Status(&["Open_tables", "Opened_tables"]),
        // Its name before MySQL 5.1.3 was the second.
        Need::Variables(&["table_open_cache", "table_cache"]),
    ],
    servers: "all",
    modes: &[Mode {
        names: &["tablecache-hitrate"],
        warning: "99:",
        critical: "95:",
        labels: &[
            Label::new(TABLECACHE_HITRATE, "tablecache_hitrate", Unit::Percent, 2),
            Label::new(TABLECACHE_FILLRATE, "tablecache_fillrate", Unit::Percent, 2),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let (open, opened) = (input.status("Open_tables")?, input.status("Opened_tables")?);
        let size = input.variable("table_open_cache").or_else(|_| input.variable("table_cache"))?;
        if size <= 0.0 {
            return Err(Cannot::Usage("the table cache has no size".to_owned()));
        }
        // FLUSH STATUS sets the second to nothing, not the first.
        let rate = if opened > 0.0 { (100.0 * open / opened).min(100.0) } else { 100.0 };
        let fill = 100.0 * open / size;
        let finding = Finding::new(
            format!("{rate:.2} % of the tables that were opened are still open, the cache is {fill:.2} % full"),
            vec![
                TABLECACHE_HITRATE.reading(rate).between(0.0, 100.0),
                TABLECACHE_FILLRATE.reading(fill).between(0.0, 100.0),
            ],
        );
        Ok(if fill < FULL { Finding { value: None, ..finding } } else { finding })
    },
};
