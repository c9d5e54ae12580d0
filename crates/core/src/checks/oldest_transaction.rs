use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::{Fact as _, Transactions};
use crate::reading;
use crate::text::duration::short;

metrics! {
    OLDEST_TRANSACTION: "oldest_transaction", Seconds, "age of the oldest open transaction";
    TRANSACTIONS: "transactions", None, "open transactions";
}

/// The check `oldest-transaction`.
pub const CHECK: Check = Check {
    name: "oldest-transaction",
    topic: Topic::Innodb,
    about: "age of the oldest open transaction",
    why: "An old transaction may hold locks, and keeps every row version since it began. It need not be running a \
        statement: a client that forgot to commit shows as `Sleep` in the process list, under the connection number \
        that `-v` prints. `KILL` rolls it back.",
    formula: "now − the oldest `trx_started` of `information_schema.innodb_trx`; the number of open transactions is \
        shown too",
    metrics: METRICS,
    warning: "600",
    critical: "3600",
    named: "",
    needs: &[Transactions::NEED],
    servers: "all with InnoDB",
    modes: &[],
    measure: |input| {
        let mut open: Vec<_> = input.get::<Transactions>()?.iter().collect();
        open.sort_by_key(|transaction| std::cmp::Reverse(transaction.age));
        let oldest = open.first().map_or(0.0, |transaction| transaction.age.as_secs_f64());
        let text = match open.first() {
            Some(first) => {
                let count = open.len();
                format!(
                    "the oldest of {count} open transactions is {} old (connection {})",
                    short(first.age),
                    first.thread
                )
            }
            None => "no open transaction".to_owned(),
        };
        let details = open.iter().take(20).map(|transaction| {
            let waits = if transaction.waits { ", waits for a lock" } else { "" };
            format!("connection {}: {}{waits}", transaction.thread, short(transaction.age))
        });
        let count = reading::count(open.len());
        let readings =
            vec![OLDEST_TRANSACTION.reading(oldest).between(0.0, None), TRANSACTIONS.reading(count).between(0.0, None)];
        Ok(Finding { details: details.collect(), ..Finding::new(text, readings) })
    },
};
