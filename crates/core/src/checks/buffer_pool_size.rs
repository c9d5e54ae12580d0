use crate::check::{Cannot, Check, Finding, Topic, metrics};
use crate::facts::{Fact as _, Need, Tables};
use crate::reading::bytes;

metrics! {
    INNODB_SHARE: "innodb_share", Percent, "data and indexes, in percent of the pool";
    INNODB_SIZE: "innodb_size", Bytes, "data and indexes";
    BUFFER_POOL_SIZE: "buffer_pool_size", Bytes, "size of the pool";
}

pub(super) const CHECK: Check = Check {
    name: "buffer-pool-size",
    topic: Topic::Innodb,
    about: "InnoDB data and indexes, in percent of the buffer pool",
    why: "Up to 100 %, everything fits into memory. Above that, it depends on which data are in use: a pool of a \
        tenth of the data can be enough if only the newest rows are read. \
        [bufferpool-hitrate](bufferpool-hitrate.md) shows whether it is. There is no default threshold; use the \
        number to plan the next machine. Below 50 %, the pool is larger than the data need.",
    formula: "100 · sum of `DATA_LENGTH` + `INDEX_LENGTH` of the InnoDB tables outside the system schemas / \
        `innodb_buffer_pool_size`",
    metrics: METRICS,
    warning: "",
    critical: "",
    named: "",
    needs: &[Tables::NEED, Need::Variables(&["innodb_buffer_pool_size"])],
    servers: "all with InnoDB; tables for which the account has no privilege are not seen, and the output says so",
    modes: &[],
    measure: |input| {
        let tables = input.get::<Tables>()?.iter().filter(|table| table.engine == "InnoDB");
        let size = tables.fold(0_u64, |sum, table| sum.saturating_add(table.size()));
        let pool = input.variable("innodb_buffer_pool_size")?;
        if pool <= 0.0 {
            return Err(Cannot::Usage("innodb_buffer_pool_size is 0, so there is no pool to compare with".to_owned()));
        }
        #[expect(clippy::cast_precision_loss, reason = "no disk has 2^53 bytes")]
        let data = size as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size, for people")]
        let shown = bytes(pool as u64);
        let share = 100.0 * data / pool;
        let fits = if share <= 100.0 { "all of it fits" } else { "not all of it fits" };
        let text = format!(
            "InnoDB has {} of data and indexes, {share:.2} % of the buffer pool of {shown}: {fits}",
            bytes(size)
        );
        Ok(Finding::new(
            text,
            vec![
                INNODB_SHARE.reading(share).between(0.0, None),
                INNODB_SIZE.reading(data).between(0.0, None),
                BUFFER_POOL_SIZE.reading(pool).between(0.0, None),
            ],
        ))
    },
};
