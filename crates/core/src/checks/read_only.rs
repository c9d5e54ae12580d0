use crate::check::{Cannot, Check, Finding, Input, Topic, metrics};
use crate::facts::Need;
use crate::reading::outcome::Outcome;

metrics! {
    READ_ONLY: "read_only", None, "1: read-only, 0: accepts writes";
}

pub(super) const CHECK: Check = Check {
    name: "read-only",
    topic: Topic::Replication,
    about: "whether the server accepts writes, as it should or should not",
    why: "A replica that accepts writes diverges from its source, which stays unnoticed until a failover. A primary \
        that came up read-only after a restart fails every write. Give the expected state: `--name on` for a \
        replica, `--name off` for a primary.",
    formula: "`read_only`, `super_read_only` and `innodb_read_only`; the server is read-only if one of them is on",
    metrics: METRICS,
    warning: "",
    critical: "",
    named: "on or off: the expected state; the other one is CRITICAL",
    needs: &[Need::Variables(&["read_only", "super_read_only", "innodb_read_only"])],
    servers: "all",
    modes: &[],
    measure: |input| {
        let on = switched_on(input)?;
        let expected = match input.settings.name.as_deref() {
            None => None,
            Some("on") => Some(true),
            Some("off") => Some(false),
            Some(_) => {
                return Err(Cannot::Usage("--name must be on or off, the expected state of read-only".to_owned()));
            }
        };
        let is = !on.is_empty();
        let state = if is { format!("read-only ({})", on.join(", ")) } else { "accepts writes".to_owned() };
        let (text, least) = match expected {
            Some(expected) if expected != is => {
                let wanted = if expected { "read-only" } else { "writable" };
                (format!("{state}, but it should be {wanted}"), Outcome::Critical)
            }
            _ => (state, Outcome::Ok),
        };
        let reading = READ_ONLY.reading(f64::from(u8::from(is))).between(0.0, 1.0);
        Ok(Finding::new(text, vec![reading]).at_least(least))
    },
};

/// Which of the switches that forbid writes are on.
pub(super) fn switched_on(input: &Input<'_>) -> Result<Vec<&'static str>, Cannot> {
    let values = input.variable_values()?;
    let mut on = Vec::new();
    for name in ["read_only", "super_read_only", "innodb_read_only"] {
        // MariaDB 12 has more than two values: every value but OFF forbids some writes.
        match values.text(name) {
            None if name == "read_only" => return Err(Cannot::Missing { name: "read_only".into() }),
            None | Some("OFF" | "0") => {}
            Some(_) => on.push(name),
        }
    }
    Ok(on)
}
