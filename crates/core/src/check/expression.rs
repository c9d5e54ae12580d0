//! The expression of the check `status`: one variable, two with an operator, or a text that a variable should have.

use std::fmt;
use std::str::FromStr;

/// An operator for two variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The first divided by the second; division by 0 gives 0.
    Divide,
    /// Their product.
    Multiply,
    /// Their sum.
    Add,
    /// The first minus the second.
    Subtract,
}

impl Operator {
    /// The operator with this sign.
    pub fn of(sign: char) -> Option<Operator> {
        Some(match sign {
            '/' => Operator::Divide,
            '*' => Operator::Multiply,
            '+' => Operator::Add,
            '-' => Operator::Subtract,
            _ => return None,
        })
    }

    /// Its sign.
    pub fn sign(self) -> char {
        match self {
            Operator::Divide => '/',
            Operator::Multiply => '*',
            Operator::Add => '+',
            Operator::Subtract => '-',
        }
    }

    /// Applies the operator.
    pub fn apply(self, first: f64, second: f64) -> f64 {
        match self {
            Operator::Divide if second == 0.0 => 0.0,
            Operator::Divide => first / second,
            Operator::Multiply => first * second,
            Operator::Add => first + second,
            Operator::Subtract => first - second,
        }
    }
}

/// An expression of status and system variables, whose names ignore case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The first variable.
    pub first: String,
    /// What to do with it.
    pub of: Of,
}

/// What to do with a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// Its number.
    Number,
    /// Combine its number with that of another variable.
    With {
        /// The operator.
        operator: Operator,
        /// The other variable.
        second: String,
        /// Whether to multiply by 100.
        percent: bool,
    },
    /// Compare it with this text.
    Is {
        /// The text.
        text: String,
        /// Whether it should have this text, or should not.
        wanted: bool,
    },
}

/// The text is not an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected VARIABLE, VARIABLE / VARIABLE (or *, +, -; a final % gives percent), VARIABLE=TEXT or \
     VARIABLE!=TEXT; a name has letters, digits, _ and ."
)]
pub struct ExpressionError;

impl Expression {
    /// The variables in the expression.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let second = match &self.of {
            Of::With { second, .. } => Some(second.as_str()),
            Of::Number | Of::Is { .. } => None,
        };
        std::iter::once(self.first.as_str()).chain(second)
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Expression, ExpressionError> {
        if let Some((name, wanted)) = text.split_once('=') {
            let (name, is) = match name.strip_suffix('!') {
                Some(name) => (name, false),
                None => (name, true),
            };
            return Ok(Expression {
                first: variable(name)?,
                of: Of::Is { text: wanted.trim().to_owned(), wanted: is },
            });
        }
        let (text, percent) = match text.trim_end().strip_suffix('%') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let of = |at: usize, sign: char| {
            let operator = Operator::of(sign)?;
            Some((at, sign.len_utf8(), operator))
        };
        match text.char_indices().find_map(|(at, sign)| of(at, sign)) {
            Some((at, length, operator)) => {
                let second = variable(&text[at + length..])?;
                Ok(Expression { first: variable(&text[..at])?, of: Of::With { operator, second, percent } })
            }
            None if percent => Err(ExpressionError),
            None => Ok(Expression { first: variable(text)?, of: Of::Number }),
        }
    }
}

/// Checks the name of a variable, which becomes part of a statement.
///
/// # Errors
/// When the text is not a name.
pub fn variable(text: &str) -> Result<String, ExpressionError> {
    let name = text.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if !name.is_empty() && name.len() <= 128 && name.chars().all(plain) {
        Ok(name.to_owned())
    } else {
        Err(ExpressionError)
    }
}

/// The expression as it was given, without blanks. This is the label in perfdata.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.of {
            Of::With { operator, second, .. } => write!(f, "{}{}{second}", self.first, operator.sign()),
            Of::Number | Of::Is { .. } => f.write_str(&self.first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_one_variable_two_or_a_text() {
        let with = |first: &str, operator, second: &str, percent| {
            Ok(Expression { first: first.to_owned(), of: Of::With { operator, second: second.to_owned(), percent } })
        };
        let is = |first: &str, text: &str, wanted| {
            Ok(Expression { first: first.to_owned(), of: Of::Is { text: text.to_owned(), wanted } })
        };
        for (text, expected) in [
            ("Threads_running", Ok(Expression { first: "Threads_running".to_owned(), of: Of::Number })),
            (
                "Threads_connected/max_connections%",
                with("Threads_connected", Operator::Divide, "max_connections", true),
            ),
            (" a + b ", with("a", Operator::Add, "b", false)),
            ("a-b", with("a", Operator::Subtract, "b", false)),
            ("binlog_format=ROW", is("binlog_format", "ROW", true)),
            ("slave_exec_mode != IDEMPOTENT", is("slave_exec_mode", "IDEMPOTENT", false)),
            ("init_connect=", is("init_connect", "", true)),
            ("", Err(ExpressionError)),
            ("a%", Err(ExpressionError)),
            ("a/", Err(ExpressionError)),
            ("/b", Err(ExpressionError)),
            ("a/b/c", Err(ExpressionError)),
            ("a' OR 1", Err(ExpressionError)),
            ("x') UNION", Err(ExpressionError)),
        ] {
            assert_eq!(text.parse::<Expression>(), expected, "{text:?}");
        }
    }

    #[test]
    fn division_by_zero_is_zero() {
        for (operator, expected) in [
            (Operator::Divide, [2.0, 0.0]),
            (Operator::Multiply, [8.0, 0.0]),
            (Operator::Add, [6.0, 4.0]),
            (Operator::Subtract, [2.0, 4.0]),
        ] {
            assert_eq!([operator.apply(4.0, 2.0), operator.apply(4.0, 0.0)], expected);
            assert_eq!(Operator::of(operator.sign()), Some(operator));
        }
    }
}
