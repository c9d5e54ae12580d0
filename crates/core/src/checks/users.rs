use crate::check::{Check, Finding, Metric, Topic, metrics};
use crate::facts::{Account, Need};
use crate::reading;

/// How many are told in the line.
const TOLD: usize = 3;

metrics! {
    OPEN_ACCOUNTS: "open_accounts", None, "without a name or without a password";
    ANY_HOST: "any_host", None, "for every host (`%`)";
    OLD_PLUGIN: "old_plugin", None, "with a plugin that is on its way out";
    ACCOUNTS: "accounts", None, "all that can log in";
}

pub(super) const CHECK: Check = Check {
    name: "users",
    topic: Topic::Operations,
    about: "accounts without a name or without a password, and others that are not good",
    why: "Whoever can reach the server is in. `DROP USER ''@'localhost'` where an old installation has left one, `ALTER USER … IDENTIFIED BY \
        …` for the others, or a plugin that needs no password because it knows who asks (`unix_socket`, `auth_socket`). Accounts \
        for every host, and those with a plugin that is on its way out, are counted and not alerted on; `-v` lists all of them. The \
        names of accounts are in the answer: keep it among those who may know them.",
    formula: "accounts of `mysql.user` with an empty `User`, or an empty password and a plugin that wants one; roles, and on MySQL 5.7 and \
        later accounts that are locked, do not count. Old: `mysql_old_password`, on MySQL 8 and later also `mysql_native_password` and \
        `sha256_password`",
    metrics: METRICS,
    warning: "0",
    critical: "",
    named: "",
    needs: &[Need::Accounts],
    servers: "all",
    modes: &[],
    measure: |input| {
        let accounts = input.accounts()?;
        let count = |of: fn(&Account) -> bool| reading::count(accounts.iter().filter(|account| of(account)).count());
        let open: Vec<String> = accounts.iter().filter(|account| account.is_open()).map(faults).collect();
        let (hosts, old, all) = (count(Account::is_anywhere), count(|account| account.old_plugin), count(|_| true));
        let about = match open.as_slice() {
            [] => format!("none of {all} accounts is without a name or a password"),
            open => {
                let first = open.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join("; ");
                let more = if open.len() > TOLD { "; and others" } else { "" };
                format!("{} of {all} accounts let anybody in: {first}{more}", open.len())
            }
        };
        let text = format!("{about}; {hosts} are for every host, {old} have an old plugin");
        let reading = |metric: Metric, value| metric.reading(value).between(0.0, None);
        let readings = vec![
            reading(OPEN_ACCOUNTS, count(Account::is_open)),
            reading(ANY_HOST, hosts),
            reading(OLD_PLUGIN, old),
            reading(ACCOUNTS, all),
        ];
        let wrong = accounts.iter().filter(|account| account.is_open() || account.is_anywhere() || account.old_plugin);
        Ok(Finding { details: wrong.map(faults).take(100).collect(), ..Finding::new(text, readings) })
    },
};

/// An account and what is wrong with it.
fn faults(account: &Account) -> String {
    let faults = [
        (account.user.is_empty(), "no name"),
        (account.no_password, "no password"),
        (account.is_anywhere(), "every host"),
        (account.old_plugin, "an old plugin"),
    ];
    let faults: Vec<&str> = faults.into_iter().filter(|(is, _)| *is).map(|(_, fault)| fault).collect();
    format!("'{}'@'{}' ({})", account.user, account.host, faults.join(", "))
}
