//! A variable that a person names, without saying whether it is a status or a system variable.

use super::finding::Cannot;
use super::input::Input;

/// A status or system variable.
#[derive(Debug, Clone, Copy)]
pub struct Variable<'a> {
    /// Its value as the server wrote it.
    pub text: &'a str,
    /// Its value as a number, if it is one.
    pub number: Option<f64>,
    /// Whether it is a system variable.
    pub is_setting: bool,
}

impl<'a> Input<'a> {
    /// The system variable of this name, or else the status variable, as with the original plugins, which read one
    /// list after the other. But MySQL has a system variable `ssl_session_cache_mode` and a status variable
    /// `Ssl_session_cache_mode`: a name that begins with a capital letter is first looked for among the status
    /// variables.
    ///
    /// # Errors
    /// When they could not be read, or there is no such variable.
    pub fn named(&self, name: &str) -> Result<Variable<'a>, Cannot> {
        let mut lists = [(self.variable_values()?, true), (self.status_values()?, false)];
        if name.starts_with(|c: char| c.is_ascii_uppercase()) {
            lists.reverse();
        }
        let found = lists.into_iter().find_map(|(values, is_setting)| {
            Some(Variable { text: values.text(name)?, number: values.number(name), is_setting })
        });
        found.ok_or_else(|| Cannot::Missing { name: format!("variable {name}").into() })
    }
}
