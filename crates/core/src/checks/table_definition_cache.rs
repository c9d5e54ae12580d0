use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::reading::number;

/// A cache with less of its room taken is not full: definitions come in, and none has to go for them.
const FULL: f64 = 0.95;

metrics! {
    OPENED_DEFINITIONS_PER_SECOND: "opened_definitions_per_second", None, "definitions looked up, per second";
    OPEN_TABLE_DEFINITIONS: "open_table_definitions", None, "so many are in the cache now";
    TABLE_DEFINITION_CACHE: "table_definition_cache", None, "so many are kept";
}

pub(super) const CHECK: Check = Check {
    name: "table-definition-cache",
    topic: Topic::Caches,
    about: "table definitions that had to be looked up, per second",
    why: "A table whose definition is not in the cache has to be looked up first, by every connection that comes to it. With more tables in \
        use than `table_definition_cache` that goes on for ever; raise it. While the cache has room left it only fills, as after a start, \
        and nothing is alerted on. The tables are not counted here: to count them would fill the cache with them.",
    formula: "growth of `Opened_table_definitions` since the previous run, per second",
    metrics: METRICS,
    warning: "10",
    critical: "",
    named: "",
    needs: &[
        Need::Variables(&["table_definition_cache"]),
        Need::Status(&["Open_table_definitions", "Opened_table_definitions"]),
        Need::Before,
    ],
    servers: "all",
    modes: &[],
    measure: |input| {
        let (size, open) = (input.variable("table_definition_cache")?, input.status("Open_table_definitions")?);
        let per_second = input.rate(&["Opened_table_definitions"])?.per_second();
        let has_room = open < size * FULL;
        let text = format!(
            "{} table definitions are looked up per second; {} of at most {} are in the cache{}",
            number(per_second),
            number(open),
            number(size),
            if has_room { ", which has room left" } else { "" }
        );
        let finding = Finding::new(
            text,
            vec![
                OPENED_DEFINITIONS_PER_SECOND.reading(per_second).between(0.0, None),
                OPEN_TABLE_DEFINITIONS.reading(open).between(0.0, None),
                TABLE_DEFINITION_CACHE.reading(size).between(0.0, None),
            ],
        );
        Ok(if has_room { Finding { value: None, ..finding } } else { finding })
    },
};
