//! The table, and the same as JSON.

use serde_json::{Value, json};

/// The values of a number in all rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

/// The goal for a row's ratio, or for its value if there is no ratio.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// At least.
    AtLeast(f64),
    /// At most.
    AtMost(f64),
    /// Below.
    Below(f64),
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    /// The title over the rows of one group.
    pub(crate) group: String,
    /// What was measured, with its unit.
    pub(crate) what: &'static str,
    /// The value of healthd.
    pub(crate) healthd: Spread,
    /// The value of the program that it is compared with.
    pub(crate) bare: Option<Spread>,
    /// The ratio of the two, for each round.
    pub(crate) ratio: Option<Spread>,
    /// The goal.
    pub(crate) goal: Option<Goal>,
}

impl Spread {
    /// A number that was measured once.
    pub(crate) fn once(value: f64) -> Spread {
        Spread { median: value, least: value, most: value }
    }

    /// The median and the range of some values.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Spread {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        Spread { median: at(values.len() / 2), least: at(0), most: at(values.len().saturating_sub(1)) }
    }

    /// The median.
    pub(crate) fn median(self) -> f64 {
        self.median
    }

    fn json(self) -> Value {
        json!({ "median": self.median, "min": self.least, "max": self.most })
    }
}

impl Goal {
    fn met_by(self, value: f64) -> bool {
        match self {
            Goal::AtLeast(bound) => value >= bound,
            Goal::AtMost(bound) => value <= bound,
            Goal::Below(bound) => value < bound,
        }
    }

    fn text(self) -> String {
        match self {
            Goal::AtLeast(bound) => format!("≥ {bound}"),
            Goal::AtMost(bound) => format!("≤ {bound}"),
            Goal::Below(bound) => format!("< {bound}"),
        }
    }
}

impl Row {
    /// Whether the goal is met, if there is one.
    fn met(&self) -> Option<bool> {
        Some(self.goal?.met_by(self.ratio.unwrap_or(self.healthd).median))
    }

    fn text(&self) -> String {
        let bare = self.bare.map(|bare| number(bare.median)).unwrap_or_default();
        let ratio = self.ratio.map(|ratio| format!("{:.2} ({:.2}..{:.2})", ratio.median, ratio.least, ratio.most));
        let goal = match (self.goal, self.met()) {
            (Some(goal), Some(met)) => format!("{:<7}{}", goal.text(), if met { '✓' } else { '✗' }),
            _ => String::new(),
        };
        let line = format!(
            "  {:<16}{:>10}{:>12}   {:<19}{goal}",
            self.what,
            number(self.healthd.median),
            bare,
            ratio.unwrap_or_default(),
        );
        line.trim_end().to_owned()
    }

    fn json(&self) -> Value {
        json!({
            "group": self.group,
            "what": self.what,
            "healthd": self.healthd.json(),
            "bare_hyper": self.bare.map(Spread::json),
            "ratio": self.ratio.map(Spread::json),
            "goal": self.goal.map(Goal::text),
            "met": self.met(),
        })
    }
}

/// The table for people.
pub(crate) fn table(rows: &[Row], method: &str, machine: &str) -> String {
    let mut lines = vec![format!("{:<18}{:>10}{:>12}   {:<19}goal", "", "healthd", "beside", "ratio (range)")];
    let mut group = "";
    for row in rows {
        if row.group != group {
            group = &row.group;
            lines.push(group.to_owned());
        }
        lines.push(row.text());
    }
    let goals: Vec<bool> = rows.iter().filter_map(Row::met).collect();
    let met = goals.iter().filter(|met| **met).count();
    lines.push(String::new());
    lines.push(format!("{met} of {} goals met. {method}", goals.len()));
    lines.push(machine.to_owned());
    lines.join("\n")
}

/// The table as JSON.
pub(crate) fn json(rows: &[Row], method: &str, machine: &str) -> Value {
    let rows: Vec<Value> = rows.iter().map(Row::json).collect();
    json!({ "machine": machine, "method": method, "rows": rows })
}

/// Formats a number with three significant digits.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_asked_of_the_ratio_where_there_is_one() {
        let row = |ratio: Option<f64>, goal| Row {
            group: String::new(),
            what: "",
            healthd: Spread::once(0.5),
            bare: None,
            ratio: ratio.map(Spread::once),
            goal: Some(goal),
        };
        assert_eq!(row(Some(0.85), Goal::AtLeast(0.85)).met(), Some(true));
        assert_eq!(row(Some(1.21), Goal::AtMost(1.2)).met(), Some(false));
        assert_eq!(row(None, Goal::Below(0.5)).met(), Some(false));
        assert_eq!(row(Some(f64::NAN), Goal::Below(2.0)).met(), Some(false), "what was not measured is not good");
    }

    #[test]
    fn a_spread_is_the_median_and_both_ends() {
        let spread = Spread::of([3.0, 1.0, 2.0].into_iter());
        assert_eq!((spread.median, spread.least, spread.most), (2.0, 1.0, 3.0));
    }
}
