//! Accounts and groups of this machine, from `/etc/passwd` and `/etc/group`.

/// The name of the account that runs this process, under which MySQL's clients log in by default.
///
/// NRPE and systemd leave the environment empty, so `/etc/passwd` comes first. An account that is not in it (LDAP,
/// SSSD) has its name in the environment only: the system's own lookup could hang.
pub(crate) fn own_name() -> Option<String> {
    let uid = rustix::process::geteuid();
    if uid.is_root() {
        return Some("root".to_owned());
    }
    let known = std::fs::read_to_string("/etc/passwd").ok().and_then(|text| name_of(&text, uid.as_raw()));
    let named = || std::env::var("USER").ok().or_else(|| std::env::var("LOGNAME").ok());
    known.or_else(named).filter(|name| !name.is_empty())
}

/// The name of an account or group by its number, in the text of `/etc/passwd` or `/etc/group`.
pub(crate) fn name_of(list: &str, number: u32) -> Option<String> {
    let of = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let found = fields.nth(1)?.parse() == Ok(number);
        found.then(|| name.to_owned())
    };
    list.lines().find_map(of)
}

/// The number of an account or group by its name, in the text of `/etc/passwd` or `/etc/group`. A number is itself.
pub(crate) fn number_of(list: &str, name: &str) -> Option<u32> {
    let of = |line: &str| {
        let mut fields = line.split(':');
        if fields.next()? == name { fields.nth(1)?.parse().ok() } else { None }
    };
    list.lines().find_map(of).or_else(|| name.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n# broken\nnagios:x:108:115::/var/lib/nagios:\n";
        for (uid, name) in [(0, Some("root")), (108, Some("nagios")), (115, None)] {
            assert_eq!(name_of(passwd, uid).as_deref(), name, "{uid}");
        }
        for (name, uid) in [("root", Some(0)), ("nagios", Some(108)), ("999", Some(999)), ("nobody", None), ("", None)]
        {
            assert_eq!(number_of(passwd, name), uid, "{name}");
        }
    }
}
