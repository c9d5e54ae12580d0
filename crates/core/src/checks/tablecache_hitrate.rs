use std::time::Duration;

use crate::check::{Cannot, Check, Finding, Label, Metric, Mode, Topic};
use crate::facts::Need;
use crate::reading::{Reading, Unit};

/// A cache with room left is large enough, whatever its rate.
const FULL: f64 = 95.0;

pub(super) const CHECK: Check = Check {
    name: "tablecache-hitrate",
    topic: Topic::Caches,
    about: "open tables, in percent of all that were ever opened, once the cache is full",
    why: "A cache that is full closes one table to open another. Raise `table_open_cache`, and the limit of open files with it. While \
        there is room left nothing is wrong, and nothing is alerted on.",
    formula: "100 · `Open_tables` / `Opened_tables`, where `Open_tables` fill 95 % of `table_open_cache`",
    metrics: &[
        Metric { label: "tablecache_hitrate", unit: Unit::Percent, about: "open tables, of all that were opened" },
        Metric { label: "tablecache_fillrate", unit: Unit::Percent, about: "how full the cache is" },
    ],
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
            Label::new("tablecache_hitrate", "tablecache_hitrate", Unit::Percent, 2),
            Label::new("tablecache_fillrate", "tablecache_fillrate", Unit::Percent, 2),
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
                Reading::new("tablecache_hitrate", rate, Unit::Percent).between(0.0, 100.0),
                Reading::new("tablecache_fillrate", fill, Unit::Percent).between(0.0, 100.0),
            ],
        );
        Ok(if fill < FULL { Finding { value: None, ..finding } } else { finding })
    },
};
