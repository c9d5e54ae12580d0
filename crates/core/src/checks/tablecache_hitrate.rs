use std::time::Duration;

use crate::check::{Cannot, Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::Need;
use crate::reading::Unit;

/// A cache that is less full than this is large enough, whatever its hit rate.
const FULL: f64 = 95.0;

metrics! {
    TABLECACHE_HITRATE: "tablecache_hitrate", Percent, "open tables, in percent of all tables opened";
    TABLECACHE_FILLRATE: "tablecache_fillrate", Percent, "how full the cache is";
}

pub(super) const CHECK: Check = Check {
    name: "tablecache-hitrate",
    topic: Topic::Caches,
    about: "open tables, in percent of all tables ever opened, once the cache is full",
    why: "A full cache closes one table to open another. Raise `table_open_cache`, and the limit on open files with \
        it. While the cache has room, the rate does not matter and is not judged.",
    formula: "100 · `Open_tables` / `Opened_tables`, if `Open_tables` fills 95 % of `table_open_cache`",
    metrics: METRICS,
    warning: "20:",
    critical: "10:",
    named: "",
    needs: &[
        Need::Status(&["Open_tables", "Opened_tables"]),
        // Before MySQL 5.1.3 it was called table_cache.
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
            return Err(Cannot::Usage("table_open_cache is 0, so there is no cache to judge".to_owned()));
        }
        // FLUSH STATUS resets Opened_tables, but not Open_tables.
        let rate = if opened > 0.0 { (100.0 * open / opened).min(100.0) } else { 100.0 };
        let fill = 100.0 * open / size;
        let finding = Finding::new(
            format!("{rate:.2} % of all opened tables are still open, the cache is {fill:.2} % full"),
            vec![
                TABLECACHE_HITRATE.reading(rate).between(0.0, 100.0),
                TABLECACHE_FILLRATE.reading(fill).between(0.0, 100.0),
            ],
        );
        Ok(if fill < FULL { Finding { value: None, ..finding } } else { finding })
    },
};
