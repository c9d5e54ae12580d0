use crate::check::expression::{Of, Operator};
use crate::check::{Cannot, Check, Finding, Input, Topic, metrics};
use crate::facts::Need;
use crate::reading::outcome::Outcome;
use crate::reading::{Reading, Unit, number};

metrics! {
    VALUE: "value", None, "the value; its label is the expression";
}

/// The check `status`.
pub const CHECK: Check = Check {
    name: "status",
    topic: Topic::Queries,
    about: "any status or system variable, or a ratio of two",
    why: "For values that have no check of their own. `--name Threads_connected/max_connections%` is a share in \
        percent. With `--rate`, a status variable counts as its growth per second since the previous run. `--name \
        binlog_format=ROW` is CRITICAL unless the variable has that value.",
    formula: "`VARIABLE`, or `VARIABLE / VARIABLE` (also `*`, `+`, `-`; `%` at the end multiplies by 100) from `SHOW \
        GLOBAL STATUS` and `SHOW GLOBAL VARIABLES`. If both lists have the name, an initial capital letter selects \
        the status variable",
    metrics: METRICS,
    warning: "",
    critical: "",
    named: "EXPRESSION: a variable, or two variables with an operator",
    needs: &[Need::Named, Need::Before],
    servers: "all",
    modes: &[],
    measure,
};

fn measure(input: &Input<'_>) -> Result<Finding, Cannot> {
    let expression = input.settings.expression.as_ref();
    let expression = expression.ok_or_else(|| {
        Cannot::Usage("no variable given: use --name, such as --name Threads_connected/max_connections%".to_owned())
    })?;
    let text_of = |name: &str| Ok(input.named(name)?.text);
    let number_of = |name: &str| {
        let variable = input.named(name)?;
        let number = variable.number.ok_or_else(|| {
            let text = short(variable.text);
            Cannot::Usage(format!("{name} is `{text}`, which is not a number"))
        })?;
        if input.settings.rate && !variable.is_setting { Ok(input.rate(&[name])?.per_second()) } else { Ok(number) }
    };
    let (value, unit) = match &expression.of {
        Of::Is { text, wanted } => {
            let is = text_of(&expression.first)?;
            let (fits, relation) =
                ((is.trim() == text) == *wanted, if *wanted { "should be" } else { "should not be" });
            let shown = format!("{} is `{}`", expression.first, short(is));
            let (shown, least) = if fits {
                (shown, Outcome::Ok)
            } else {
                (format!("{shown}, but {relation} `{}`", short(text)), Outcome::Critical)
            };
            return Ok(Finding::new(shown, Vec::new()).at_least(least));
        }
        Of::Number if input.settings.rate && input.named(&expression.first)?.is_setting => {
            return Err(Cannot::Usage(format!(
                "{} is a system variable, which has no rate: remove --rate",
                expression.first
            )));
        }
        Of::Number => (number_of(&expression.first)?, Unit::None),
        Of::With { operator, second, percent } => {
            let (first, second_value) = (number_of(&expression.first)?, number_of(second)?);
            if *operator == Operator::Divide && second_value == 0.0 {
                return Err(Cannot::Usage(format!("{second} is 0, so the ratio is undefined")));
            }
            let value = operator.apply(first, second_value);
            let is_share = *percent && *operator == Operator::Divide;
            (if *percent { value * 100.0 } else { value }, if is_share { Unit::Percent } else { Unit::None })
        }
    };
    let per_second = if input.settings.rate { "/s" } else { "" };
    let text = format!("{expression} is {}{}{per_second}", number(value), unit.symbol());
    Ok(Finding::new(text, vec![Reading { label: expression.to_string().into(), unit, ..VALUE.reading(value) }]))
}

fn short(text: &str) -> String {
    crate::text::clean::one_line(text, 80)
}
