mod series;

use series::Maker;

use crate::check::{Cannot, Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::reading::counted;
use crate::text::civil;
use crate::text::clean::one_line;

const DAY: f64 = 86_400.0;

metrics! {
    SUPPORT_LEFT: "support_left", Seconds,
        "time until the end of support; negative afterward; missing if unknown";
}

pub(super) const CHECK: Check = Check {
    name: "version",
    topic: Topic::Availability,
    about: "the server's version, and how long this series is still supported",
    why: "After its end of life a series gets no fixes, not even for known vulnerabilities. `-w 15552000:` warns \
        half a year before. If your distribution supports its package for longer, use `-w ''`. A series that this \
        release of the plugin does not know is OK, and the output says so.",
    formula: "end of support of the series − now, by a list in the plugin as of November 2026 \
        (<https://mariadb.org/about/#maintenance-policy>, <https://endoflife.date/mysql>, \
        <https://www.percona.com/services/policies/percona-software-support-lifecycle>)",
    metrics: METRICS,
    warning: "0:",
    critical: "",
    named: "",
    needs: &[Need::Variables(&["version", "version_comment"])],
    servers: "all",
    modes: &[],
    measure: |input| {
        let variables = input.variable_values()?;
        let version = variables.text("version").ok_or(Cannot::Missing { name: "version".into() })?;
        let maker = Maker::of(version, variables.text("version_comment").unwrap_or_default());
        let series: String = version.split('.').take(2).collect::<Vec<_>>().join(".");
        let (name, shown) = (maker.name(), one_line(version, 80));
        let Some(end) = maker.end(&series) else {
            let text = format!(
                "{name} {shown}; this plugin does not know the end of support of series {}: see {}",
                one_line(&series, 20),
                maker.source()
            );
            return Ok(Finding::new(text, Vec::new()));
        };
        // That day still has support.
        let until = civil::seconds(&format!("{end} 00:00:00")).ok_or(Cannot::Missing { name: "calendar".into() })?;
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a double")]
        let left = until as f64 + DAY - input.facts.read_at.as_secs_f64();
        let days = counted((left.abs() / DAY).floor(), "day", "days");
        let text = if left < 0.0 {
            format!(
                "{name} {shown}: series {series} has been unsupported since {end}, {days} ago; upgrade ({})",
                maker.source()
            )
        } else {
            format!("{name} {shown}: series {series} is supported until {end}, {days} from now")
        };
        Ok(Finding::new(text, vec![SUPPORT_LEFT.reading(left.round())]))
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_has_a_day_and_is_there_once() {
        for list in [series::MARIADB, series::MYSQL] {
            let mut known = std::collections::BTreeSet::new();
            for (series, end) in list {
                assert!(known.insert(series), "{series} twice");
                assert!(
                    civil::seconds(&format!("{end} 00:00:00")).is_some_and(|at| at > 1_400_000_000),
                    "{series}: {end}"
                );
                assert!(end.len() == 10, "{series}: {end}");
            }
        }
    }

    #[test]
    fn a_maker_is_known_by_its_texts() {
        for (version, comment, name) in [
            ("10.11.19-MariaDB-0+deb12u1-log", "Debian 12", "MariaDB"),
            ("10.11.6", "mariadb.org binary distribution", "MariaDB"),
            ("8.0.36-28", "Percona Server (GPL), Release 28", "Percona Server"),
            ("9.7.0", "MySQL Community Server - GPL", "MySQL"),
            ("5.6.24", "", "MySQL"),
        ] {
            assert_eq!(Maker::of(version, comment).name(), name, "{version}");
        }
    }
}
