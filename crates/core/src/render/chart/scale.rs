//! The vertical axis: from 0 to a round number.

use super::Chart;
use crate::reading::count_of;

/// Marks on the axis above 0, at most.
const MARKS: f64 = 4.0;
/// A limit that is this much higher than every count is not drawn: the curve would be flat.
const FAR: f64 = 2.5;

/// The vertical axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    /// Its upper end, in counts.
    pub(super) top: f64,
    /// The distance of its marks.
    pub(super) mark: f64,
}

impl Scale {
    /// The axis for a chart.
    pub(super) fn of(chart: &Chart) -> Scale {
        let counts = chart.columns.iter().flat_map(|column| [column.count, column.before]).flatten();
        let highest = count_of(counts.max().unwrap_or(0));
        let limits = chart.limits.iter().map(|limit| limit.height);
        let near = limits.filter(|height| highest == 0.0 || *height <= highest * FAR);
        Scale::to(near.fold(highest, f64::max))
    }

    /// The axis that reaches this value.
    fn to(value: f64) -> Scale {
        let least = value.max(1.0) / MARKS;
        let power = 10_f64.powf(least.log10().floor());
        let mark = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|mark| *mark >= least);
        // A count is whole.
        let mark = mark.unwrap_or(10.0 * power);
        let mark = if mark < 1.0 || (mark.fract() > 0.0 && mark < 10.0) { mark.ceil() } else { mark };
        Scale { top: (value.max(1.0) / mark).ceil() * mark, mark }
    }

    /// The marks, from 0 on.
    pub(super) fn marks(self) -> impl Iterator<Item = f64> {
        (0_u32..=10).map(move |number| f64::from(number) * self.mark).take_while(move |mark| *mark <= self.top)
    }

    /// Whether a value is on the axis.
    pub(super) fn has(self, value: f64) -> bool {
        (0.0..=self.top).contains(&value)
    }
}

/// A number of the axis: `750`, `1.5k`, `20k`, `3M`.
pub(super) fn short(value: f64) -> String {
    let (value, unit) = match value {
        v if v >= 1e9 => (v / 1e9, "G"),
        v if v >= 1e6 => (v / 1e6, "M"),
        v if v >= 1e3 => (v / 1e3, "k"),
        v => (v, ""),
    };
    format!("{}{unit}", (value * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_axis_ends_at_a_round_number() {
        for (value, top, mark) in [
            (0.0, 1.0, 1.0),
            (1.0, 1.0, 1.0),
            (3.0, 3.0, 1.0),
            (5.0, 6.0, 2.0),
            (9.0, 9.0, 3.0),
            (40.0, 40.0, 10.0),
            (41.0, 60.0, 20.0),
            (321.0, 400.0, 100.0),
            (99_000.0, 100_000.0, 25_000.0),
        ] {
            assert_eq!(Scale::to(value), Scale { top, mark }, "{value}");
        }
    }

    #[test]
    fn numbers_of_the_axis_are_short() {
        for (value, text) in [(0.0, "0"), (750.0, "750"), (1500.0, "1.5k"), (25_000.0, "25k"), (3e6, "3M"), (2e9, "2G")]
        {
            assert_eq!(short(value), text);
        }
    }

    proptest! {
        #[test]
        fn every_count_is_on_its_axis_with_few_marks(value in any::<u64>()) {
            let value = count_of(value);
            let scale = Scale::to(value);
            prop_assert!(scale.has(value) && scale.top <= value.max(1.0) * 2.0 + 1.0);
            prop_assert!((2..=5).contains(&scale.marks().count()), "{scale:?}");
        }
    }
}
