use crate::check::{Cannot, Check, Finding, Metric, Topic};
use crate::facts::Need;
use crate::reading::{Reading, Unit, bytes};

pub(super) const CHECK: Check = Check {
    name: "buffer-pool-size",
    topic: Topic::Innodb,
    about: "data and indexes of InnoDB, in per cent of the buffer pool",
    why: "Up to 100 % all of it fits into memory. Above that it depends on what is used: a pool of a tenth can be enough for tables of which \
        only the newest rows are read, which [bufferpool-hitrate](bufferpool-hitrate.md) tells. So nothing is alerted on unless \
        asked: it is a number for the plan of the next machine. Below 50 % a pool is larger than what it is for.",
    formula: "100 · sum of `DATA_LENGTH` + `INDEX_LENGTH` of the InnoDB tables outside the system schemas / `innodb_buffer_pool_size`",
    metrics: &[
        Metric { label: "innodb_share", unit: Unit::Percent, about: "data and indexes, of the pool" },
        Metric { label: "innodb_size", unit: Unit::Bytes, about: "data and indexes" },
        Metric { label: "buffer_pool_size", unit: Unit::Bytes, about: "the pool" },
    ],
    warning: "",
    critical: "",
    named: "",
    needs: &[Need::Tables, Need::Variables(&["innodb_buffer_pool_size"])],
    servers: "all with InnoDB; tables that the account has no privilege on are not seen, and the line says so",
    modes: &[],
    measure: |input| {
        let tables = input.tables()?.iter().filter(|table| table.engine == "InnoDB");
        let size = tables.fold(0_u64, |sum, table| sum.saturating_add(table.size()));
        let pool = input.variable("innodb_buffer_pool_size")?;
        if pool <= 0.0 {
            return Err(Cannot::Usage("innodb_buffer_pool_size is 0".to_owned()));
        }
        #[expect(clippy::cast_precision_loss, reason = "no disk has 2^53 bytes")]
        let data = size as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size, for people")]
        let shown = bytes(pool as u64);
        let share = 100.0 * data / pool;
        let fits = if share <= 100.0 { "all of it fits" } else { "not all of it fits" };
        let text =
            format!("InnoDB has {} of data and indexes, {share:.2} % of its pool of {shown}: {fits}", bytes(size));
        Ok(Finding::new(
            text,
            vec![
                Reading::new("innodb_share", share, Unit::Percent).between(0.0, None),
                Reading::new("innodb_size", data, Unit::Bytes).between(0.0, None),
                Reading::new("buffer_pool_size", pool, Unit::Bytes).between(0.0, None),
            ],
        ))
    },
};
