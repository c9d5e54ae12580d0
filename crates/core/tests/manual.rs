//! The documentation of checks is what the table says. `UPDATE_DOCS=1` writes it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use healthd_core::checks;
use healthd_core::render::manual;

#[test]
fn each_check_has_its_page_and_no_page_is_of_a_check_that_is_gone() {
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
