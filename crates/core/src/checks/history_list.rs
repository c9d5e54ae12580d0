use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::{Fact as _, InnodbCounters};
use crate::reading::counted;

metrics! {
    HISTORY_LIST_LENGTH: "history_list_length", None, "transactions whose undo logs are not yet purged";
}

pub(super) const CHECK: Check = Check {
    name: "history-list",
    topic: Topic::Innodb,
    about: "transactions whose old row versions InnoDB has not purged yet",
    why: "InnoDB keeps old row versions as long as any open transaction might still read them. A list that grows for \
        hours means a transaction that stays open (see `oldest-transaction`), or a purge that cannot keep up. Every \
        read gets slower, and the undo space grows.",
    formula: "status variable `Innodb_history_list_length` (MariaDB), `trx_rseg_history_len` of \
        `information_schema.innodb_metrics` (MySQL)",
    metrics: METRICS,
    warning: "1000000",
    critical: "5000000",
    named: "",
    needs: &[InnodbCounters::NEED],
    servers: "all with InnoDB",
    modes: &[],
    measure: |input| {
        let length = input.innodb("Innodb_history_list_length")?;
        let text = format!(
            "the old row versions of {} to be purged",
            counted(length, "transaction wait", "transactions wait")
        );
        Ok(Finding::new(text, vec![HISTORY_LIST_LENGTH.reading(length).between(0.0, None)]))
    },
};
