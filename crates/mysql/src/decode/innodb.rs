//! The counters of InnoDB.

use healthd_core::facts::{InnodbCounters, Still};
use healthd_core::observed::section::Section;

use super::columns::{TextRow, cell};
use crate::statements::INNODB_COUNTERS;

/// Reads [`crate::statements::innodb_counters`]; `never` is MySQL's name of one whose number is not to be believed, be it read or not.
pub(crate) fn counters(read: Section<Vec<TextRow>>, never: Option<&str>) -> InnodbCounters {
    let of_never = INNODB_COUNTERS.iter().filter(|(_, theirs)| never == Some(theirs));
    let mut still: Vec<_> = of_never.map(|(ours, _)| (*ours, Still::NeverCounts)).collect();
    let rows = match read {
        Ok(rows) => rows,
        Err(why) => return InnodbCounters { counted: Err(why), still },
    };
    let mut counted = Vec::new();
    for row in &rows {
        let known = |(ours, theirs): &&(&'static str, &'static str)| {
            cell(row, 0).is_some_and(|name| name.eq_ignore_ascii_case(ours) || name == *theirs)
        };
        let Some((ours, theirs)) = INNODB_COUNTERS.iter().find(known) else { continue };
        match cell(row, 2) {
            _ if never == Some(theirs) => {}
            // MariaDB has no third column, and always counts.
            None | Some("enabled") => counted.push((*ours, cell(row, 1).unwrap_or_default())),
            Some(_) => still.push((*ours, Still::SwitchedOff(theirs))),
        }
    }
    InnodbCounters { counted: Ok(counted.into_iter().collect()), still }
}

#[cfg(test)]
mod tests {
    use healthd_core::observed::section::Unreadable;

    use super::*;

    #[test]
    fn a_counter_that_stands_still_has_no_number() {
        let row = |cells: &[&str]| -> TextRow {
            cells.iter().map(|cell| (String::new(), Some((*cell).to_owned()))).collect()
        };
        let off = Still::SwitchedOff("lock_deadlocks");
        for (rows, never, deadlocks, still) in [
            (vec![row(&["Innodb_deadlocks", "3"])], None, Some(3.0), None),
            (vec![row(&["lock_deadlocks", "3", "enabled"])], None, Some(3.0), None),
            (vec![row(&["lock_deadlocks", "3", "disabled"])], None, None, Some(off)),
            (vec![row(&["lock_deadlocks", "0", "enabled"])], Some("lock_deadlocks"), None, Some(Still::NeverCounts)),
            (vec![row(&["other", "3", "enabled"])], None, None, None),
            (vec![], None, None, None),
        ] {
            let counters = counters(Ok(rows.clone()), never);
            let counted = counters.counted.as_ref().expect("they were read");
            let found = (counted.number("Innodb_deadlocks"), counters.still("Innodb_deadlocks"));
            assert_eq!(found, (deadlocks, still), "{rows:?}");
        }
        // A privilege on what does not count would help nobody.
        let denied = Unreadable::Denied { grant: "GRANT PROCESS ON *.*".into() };
        let counters = counters(Err(denied.clone()), Some("lock_deadlocks"));
        assert_eq!(counters.still("Innodb_deadlocks"), Some(Still::NeverCounts));
        assert_eq!(counters.counted, Err(denied));
    }
}
