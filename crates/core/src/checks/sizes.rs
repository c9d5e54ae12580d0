use std::collections::BTreeMap;

use crate::check::kept::size;
use crate::check::{Cannot, Check, Finding, Input, Topic, metrics};
use crate::facts::{Fact as _, Need, Table, Tables};
use crate::reading::{self, approximate_bytes, bytes, counted};
use crate::text::duration::short;

const DAY: f64 = 86_400.0;
/// How many schemas or tables are listed.
const LISTED: usize = 20;

metrics! {
    SIZE: "size", Bytes, "data and indexes";
    DATA_SIZE: "data_size", Bytes, "data only";
    INDEX_SIZE: "index_size", Bytes, "indexes only";
    TABLES: "tables", None, "tables";
    GROWTH_PER_DAY: "growth_per_day", Bytes, "growth of data and indexes; negative if they shrink";
}

pub(super) const CHECK: Check = Check {
    name: "sizes",
    topic: Topic::Tables,
    about: "total size of the tables, and its growth per day",
    why: "For planning the next disk, and for noticing when a copy of everything is loaded. `-v` lists the largest \
        schemas. With `--schema NAME` the check covers one schema, and `-v` lists its tables; `--name TABLE` is one \
        table.\n\n\
        The growth is measured against the run of a day before, or the oldest known run, and converted to one day. \
        Only runs on the same server with the same privileges are compared. InnoDB files grow by several MiB at \
        once, so the growth means little in the first hours.",
    formula: "sum of `DATA_LENGTH` + `INDEX_LENGTH` of the base tables outside the system schemas, or of one schema \
        or table. The engine reports these sizes: InnoDB's are estimates, without free space in the files",
    metrics: METRICS,
    warning: "",
    critical: "",
    named: "TABLE or SCHEMA.TABLE: only this table",
    // Any status variable comes with the uptime, with which counters are stored; the variables identify the server.
    needs: &[
        Tables::NEED,
        Need::Status(&["Uptime"]),
        Need::Variables(&["server_uuid", "hostname", "port"]),
        Need::DayBefore,
    ],
    servers: "all; tables for which the account has no privilege are not seen, and the output says so",
    modes: &[],
    measure,
};

#[expect(clippy::cast_precision_loss, reason = "no disk has 2^53 bytes")]
fn measure(input: &Input<'_>) -> Result<Finding, Cannot> {
    let (schema, name) = (input.settings.schema.as_deref(), input.settings.name.as_deref());
    let tables = input.asked_tables()?;
    let sum = |of: fn(&Table) -> u64| tables.iter().fold(0_u64, |sum, table| sum.saturating_add(of(table)));
    let (size, count) = (size(&tables), reading::count(tables.len()));
    let whose = match (tables.as_slice(), name) {
        ([table], Some(_)) => format!("table {}.{}", table.schema, table.name),
        (_, Some(name)) => format!("{} named {name}", counted(count, "table", "tables")),
        (_, None) => {
            let whose = schema.map_or_else(String::new, |schema| format!(" of schema {schema}"));
            format!("{}{whose}", counted(count, "table", "tables"))
        }
    };
    let mut text = format!("{whose}: {} of data and indexes", bytes(size));
    let mut readings = vec![
        SIZE.reading(size as f64).between(0.0, None),
        DATA_SIZE.reading(sum(|table| table.data) as f64).between(0.0, None),
        INDEX_SIZE.reading(sum(|table| table.index) as f64).between(0.0, None),
        TABLES.reading(count).between(0.0, None),
    ];
    match input.size_before() {
        Some((age, earlier)) if !age.is_zero() => {
            let growth = (size as f64 - earlier) * DAY / age.as_secs_f64();
            let shown = approximate_bytes(growth.abs());
            let way = if growth < 0.0 { "less" } else { "more" };
            text = format!("{text}, {shown} {way} per day (over the last {})", short(age));
            readings.push(GROWTH_PER_DAY.reading(growth.round()));
        }
        // There is no earlier run, or it is of another server or of an account that saw other tables.
        _ => text.push_str("; growth not known yet"),
    }
    let called: fn(&Table) -> String = match (schema, name) {
        (Some(_), _) => |table| table.name.clone(),
        (None, Some(_)) => |table| format!("{}.{}", table.schema, table.name),
        (None, None) => |table| table.schema.clone(),
    };
    Ok(Finding { details: listed(&tables, called), ..Finding::new(text, readings) })
}

/// The largest schemas or tables, by name.
fn listed(tables: &[&Table], called: fn(&Table) -> String) -> Vec<String> {
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for table in tables {
        let size = sizes.entry(called(table)).or_default();
        *size = size.saturating_add(table.size());
    }
    let mut sizes: Vec<_> = sizes.into_iter().collect();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    sizes.into_iter().take(LISTED).map(|(name, size)| format!("{name}: {}", bytes(size))).collect()
}
