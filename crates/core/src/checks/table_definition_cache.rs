use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::reading::number;

/// Below this fill level, the cache has room: new definitions replace none.
const FULL: f64 = 0.95;

metrics! {
    OPENED_DEFINITIONS_PER_SECOND: "opened_definitions_per_second", None, "definitions loaded, per second";
    OPEN_TABLE_DEFINITIONS: "open_table_definitions", None, "definitions in the cache now";
    TABLE_DEFINITION_CACHE: "table_definition_cache", None, "size of the cache, in definitions";
}

pub(super) const CHECK: Check = Check {
    name: "table-definition-cache",
    topic: Topic::Caches,
    about: "table definitions that had to be loaded into the cache, per second",
    why: "If the definition of a table is not in the cache, every connection that opens the table must load it \
        first. If more tables are in use than `table_definition_cache`, this never ends: raise the variable. While \
        the cache has room it only fills, as after a start, and nothing is judged. The check does not count the \
        tables, because counting them would fill the cache.",
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
            "{} table definitions loaded per second; the cache holds {} of at most {}{}",
            number(per_second),
            number(open),
            number(size),
            if has_room { ", so it has room left" } else { "" }
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
