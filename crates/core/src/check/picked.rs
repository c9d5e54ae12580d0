//! Which tables are selected, by [`Settings::schema`](super::Settings::schema) and
//! [`Settings::name`](super::Settings::name).

use super::finding::Cannot;
use super::input::Input;
use crate::facts::tables::{Table, Tables};
use crate::text::clean::one_line;

/// A name as read from a server, with any characters: the name to be found must be cleaned in the same way.
pub fn shown_name(name: &str) -> String {
    one_line(name, 100)
}

impl<'a> Input<'a> {
    /// The items whose schema and table are selected; all items if no name is given. A name may be `schema.table`. The
    /// error mentions `what` the items are.
    ///
    /// # Errors
    /// The table that was named does not exist, perhaps because of a typing mistake.
    pub fn picked<'t, T>(&self, all: &'t [T], of: fn(&T) -> (&str, &str), what: &str) -> Result<Vec<&'t T>, Cannot> {
        let asked = match (&self.settings.schema, &self.settings.name) {
            (None, None) => return Ok(all.iter().collect()),
            (Some(schema), None) => format!("in schema {schema}"),
            (None, Some(name)) => format!("of {name}"),
            (Some(schema), Some(name)) => format!("of {name} in schema {schema}"),
        };
        let found = self.matching(all, of);
        match found.is_empty() {
            true => {
                let others = if self.facts.view.hides { ", and it does not see all of them" } else { "" };
                Err(Cannot::Usage(format!("there is no {what} {asked} that this account may see{others}")))
            }
            false => Ok(found),
        }
    }

    /// The same, but an empty result is not an error.
    pub fn matching<'t, T>(&self, all: &'t [T], of: fn(&T) -> (&str, &str)) -> Vec<&'t T> {
        let told = |text: &Option<String>| text.as_deref().map(|text| self.told(text));
        let (schema, name) = (told(&self.settings.schema), told(&self.settings.name));
        let wanted = |one: &&T| {
            let (of_schema, of_table) = of(one);
            let (own_schema, own_table) = (self.told(of_schema), self.told(of_table));
            let called = |name: &str| {
                name == own_table || name.split_once('.').is_some_and(|name| name == (&own_schema, &own_table))
            };
            schema.as_ref().is_none_or(|schema| *schema == own_schema) && name.as_deref().is_none_or(called)
        };
        all.iter().filter(wanted).collect()
    }

    /// The selected base tables.
    ///
    /// # Errors
    /// When they could not be read, or there is none.
    pub fn asked_tables(&self) -> Result<Vec<&'a Table>, Cannot> {
        self.picked(self.get::<Tables>()?, |table| (&table.schema, &table.name), "table")
    }

    /// A name in the form in which this server compares names.
    fn told(&self, name: &str) -> String {
        let shown = shown_name(name);
        if self.facts.view.ignores_case { shown.to_lowercase() } else { shown }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;
    use crate::facts::{Facts, View};

    #[test]
    fn a_table_is_found_by_the_name_that_it_has_whatever_is_in_it() {
        for (schema, name, ignores_case, expected) in [
            (None, None, false, true),
            (Some("pipe|d"), None, false, true),
            (Some("pipe|d"), Some("two  blanks"), false, true),
            (None, Some("pipe|d.two  blanks"), false, true),
            (Some("other"), None, false, false),
            (None, Some("two"), false, false),
            (Some("Pipe|d"), None, false, false),
            (Some("Pipe|d"), Some("TWO  blanks"), true, true),
            (None, Some("PIPE|d.two  BLANKS"), true, true),
            (Some("Pip"), None, true, false),
        ] {
            let text = |text: Option<&str>| text.map(str::to_owned);
            let settings = Settings { schema: text(schema), name: text(name), ..Settings::default() };
            let mut facts = Facts::default();
            facts.view = View { ignores_case, ..View::default() };
            let input = Input { facts: &facts, before: None, settings: &settings };
            let tables = [(shown_name("pipe|d"), shown_name("two  blanks"))];
            let found = input.picked(&tables, |(schema, table)| (schema, table), "table");
            assert_eq!(found.is_ok(), expected, "{schema:?} {name:?} {ignores_case}");
        }
    }
}
