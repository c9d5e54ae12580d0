//! The documentation of checks and reasons matches their tables. `UPDATE_DOCS=1` writes it.

#![expect(clippy::disallowed_methods, reason = "a test may read the files that it compares")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use healthd_core::checks;
use healthd_core::render::{manual, reasons};
use healthd_core::verdict::code::ReasonCode;
use healthd_core::verdict::severity::Severity;

#[test]
fn each_check_has_a_page_and_each_page_a_check() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks");
    let pages = checks::ALL.iter().map(|check| (format!("{}.md", check.name), manual::page(check)));
    let pages: Vec<(String, String)> = pages.chain([("README.md".to_owned(), manual::index())]).collect();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::remove_dir_all(&directory).ok();
        fs::create_dir_all(&directory).expect("docs is writable");
        for (name, text) in &pages {
            fs::write(directory.join(name), text).expect("docs is writable");
        }
    }
    for (name, text) in &pages {
        let found = fs::read_to_string(directory.join(name)).unwrap_or_default();
        assert!(
            found == *text,
            "docs/checks/{name} is not what the table says: UPDATE_DOCS=1 cargo test -p healthd-core"
        );
    }
    let there = fs::read_dir(&directory).expect("docs/checks").map(|entry| entry.expect("an entry").file_name());
    let known: BTreeSet<_> = pages.iter().map(|(name, _)| name.into()).collect();
    assert_eq!(there.collect::<BTreeSet<std::ffi::OsString>>(), known);
}

/// Fails unless the file has this text.
fn check(name: &str, text: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let found = fs::read_to_string(&path).unwrap_or_default();
    let expected = text(&found);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, expected).expect("docs is writable");
    } else {
        let remedy = "UPDATE_DOCS=1 cargo test -p healthd-core --test manual";
        assert!(found == expected, "docs/{name} is not what the table of reasons says: {remedy}");
    }
}

#[test]
fn each_reason_code_is_documented() {
    check("reasons.md", |_| reasons::page());
}

#[test]
fn the_outcome_of_each_reason_is_documented() {
    check("nagios.md", |found| {
        let (before, rest) = found.split_once("<!-- outcomes -->\n").expect("the beginning of the table");
        let (_, after) = rest.split_once("<!-- end of outcomes -->\n").expect("the end of the table");
        format!("{before}<!-- outcomes -->\n{}<!-- end of outcomes -->\n{after}", reasons::severities())
    });
}

#[test]
fn codes_are_unique_and_each_severity_is_used() {
    let names: BTreeSet<&str> = ReasonCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), ReasonCode::ALL.len());
    for code in ReasonCode::ALL {
        assert_eq!(ReasonCode::parse(code.name()), Some(*code));
    }
    for severity in Severity::ALL {
        assert!(ReasonCode::ALL.iter().any(|code| code.severity() == severity), "{severity:?}");
    }
}
