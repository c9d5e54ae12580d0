use crate::check::{Check, Finding, Metric, Topic, metrics};
use crate::facts::{Account, Accounts, Fact as _};
use crate::reading;

/// How many accounts are named in the line.
const TOLD: usize = 3;

metrics! {
    OPEN_ACCOUNTS: "open_accounts", None, "accounts without a user name or without a password";
    ANY_HOST: "any_host", None, "accounts for every host (`%`)";
    OLD_PLUGIN: "old_plugin", None, "accounts with a deprecated plugin";
    ACCOUNTS: "accounts", None, "accounts that can log in";
}

pub(super) const CHECK: Check = Check {
    name: "users",
    topic: Topic::Operations,
    about: "accounts without a user name or password, and other risky accounts",
    why: "Every client that can reach the server can log in with such an account. `DROP USER ''@'localhost'` if an \
        old installation left one; `ALTER USER … IDENTIFIED BY …` for the others, or a plugin that identifies the \
        client without a password (`unix_socket`, `auth_socket`). Accounts for every host and accounts with a \
        deprecated plugin are counted but not judged. `-v` lists all of them. The output contains account names: \
        restrict who can see it.",
    formula: "accounts of `mysql.user` with an empty `User`, or with an empty password and a plugin that needs one. \
        Roles do not count, nor do locked accounts (MySQL 5.7 and later). Deprecated plugins: `mysql_old_password`; \
        on MySQL 8 and later also `mysql_native_password` and `sha256_password`",
    metrics: METRICS,
    warning: "0",
    critical: "",
    named: "",
    needs: &[Accounts::NEED],
    servers: "all",
    modes: &[],
    measure: |input| {
        let accounts = input.get::<Accounts>()?;
        let count = |of: fn(&Account) -> bool| reading::count(accounts.iter().filter(|account| of(account)).count());
        let open: Vec<String> = accounts.iter().filter(|account| account.is_open()).map(faults).collect();
        let (hosts, old, all) = (count(Account::is_anywhere), count(|account| account.old_plugin), count(|_| true));
        let about = match open.as_slice() {
            [] => format!("all {all} accounts have a user name and a password"),
            open => {
                let first = open.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join("; ");
                let more = if open.len() > TOLD { "; and others" } else { "" };
                format!("{} of {all} accounts allow anyone to log in: {first}{more}", open.len())
            }
        };
        let text = format!("{about}; {hosts} for every host, {old} with a deprecated plugin");
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

/// An account and its faults.
fn faults(account: &Account) -> String {
    let faults = [
        (account.user.is_empty(), "no user name"),
        (account.no_password, "no password"),
        (account.is_anywhere(), "every host"),
        (account.old_plugin, "deprecated plugin"),
    ];
    let faults: Vec<&str> = faults.into_iter().filter(|(is, _)| *is).map(|(_, fault)| fault).collect();
    format!("'{}'@'{}' ({})", account.user, account.host, faults.join(", "))
}
