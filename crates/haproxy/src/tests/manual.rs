//! The table of docs/lint.md comes from the rules. `UPDATE_DOCS=1` writes it; the text around it is written by hand.

use std::fs;

use crate::rule::Rule;

const BEGIN: &str =
    "<!-- The rules: generated from crates/haproxy/src/rule.rs, UPDATE_DOCS=1 cargo test -p healthd-haproxy -->\n";
const END: &str = "<!-- End of the rules -->\n";

/// The rules as a table.
fn table() -> String {
    let row = |rule: &Rule| {
        let entry = rule.entry();
        format!("| `{}` | {} | {} | {} |\n", entry.name, entry.severity, entry.reason, entry.fix)
    };
    let rows: String = Rule::ALL.iter().map(row).collect();
    format!("\n| rule | severity | why | fix |\n| --- | --- | --- | --- |\n{rows}\n")
}

#[test]
fn the_documentation_has_every_rule_as_its_entry_says() {
    let path = super::repository().join("docs/lint.md");
    let mut text = fs::read_to_string(&path).expect("the rules are documented");
    let begin = text.find(BEGIN).expect("the mark before the table") + BEGIN.len();
    let end = text.find(END).expect("the mark after the table");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        text.replace_range(begin..end, &table());
        fs::write(&path, text).expect("docs is writable");
        return;
    }
    assert!(
        text[begin..end] == table(),
        "docs/lint.md differs from the rules: UPDATE_DOCS=1 cargo test -p healthd-haproxy"
    );
}
