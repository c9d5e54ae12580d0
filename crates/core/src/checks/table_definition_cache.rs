use crate::check::{Cannot, Check, Finding, Metric, Need, Topic};
use crate::reading::{Reading, Unit};

pub(super) const CHECK: Check = Check {
    name: "table-definition-cache",
    topic: Topic::Caches,
    about: "tables, in per cent of what the cache of their definitions holds",
    why: "A table whose definition is not in the cache has to be looked up first, by every connection that comes to it. With more tables \
        than `table_definition_cache` that goes on for ever; raise it. Where most of the tables are never used it does no harm.",
    formula: "100 · base tables outside the system schemas / `table_definition_cache`",
    metrics: &[
        Metric { label: "table_definitions_share", unit: Unit::Percent, about: "tables, of the cache's size" },
        Metric { label: "tables", unit: Unit::None, about: "tables" },
        Metric { label: "table_definition_cache", unit: Unit::None, about: "so many definitions are kept" },
        Metric { label: "open_table_definitions", unit: Unit::None, about: "so many are in it now" },
    ],
    warning: "100",
    critical: "",
    needs: &[Need::Tables, Need::Variables(&["table_definition_cache"]), Need::Status(&["Open_table_definitions"])],
    servers: "all; tables that the account has no privilege on are not seen",
    modes: &[],
    measure: |input| {
        let tables = f64::from(u32::try_from(input.tables()?.len()).unwrap_or(u32::MAX));
        let (size, open) = (input.variable("table_definition_cache")?, input.status("Open_table_definitions")?);
        if size <= 0.0 {
            return Err(Cannot::Usage("the cache of table definitions has no size".to_owned()));
        }
        let share = 100.0 * tables / size;
        let text = format!(
            "{tables} tables are {share:.2} % of the {size} that table_definition_cache holds, {open} are in it"
        );
        Ok(Finding::new(
            text,
            vec![
                Reading::new("table_definitions_share", share, Unit::Percent).between(0.0, None),
                Reading::new("tables", tables, Unit::None).between(0.0, None),
                Reading::new("table_definition_cache", size, Unit::None).between(0.0, None),
                Reading::new("open_table_definitions", open, Unit::None).between(0.0, None),
            ],
        ))
    },
};
