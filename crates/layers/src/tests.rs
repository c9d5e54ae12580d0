//! Wrong imports are found, and right ones are not.

use crate::check::{Report, check, exceptions};
use crate::order::Crate;
use crate::tree::Tree;

const CRATES: &[Crate] = &[
    Crate { name: "ground", dir: "ground/src", below: &[], rooms: &["text", "verdict", "render", "lib"] },
    Crate { name: "top", dir: "top/src", below: &["ground"], rooms: &["lib", "main"] },
];

/// What is found in files of these names and texts, under this list of exceptions.
fn report(files: &[(&str, &str)], list: &str) -> Report {
    let texts: Vec<_> = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    check(CRATES, &Tree::new(CRATES, &texts), &exceptions(list).expect("a list that can be read"))
}

fn wrong(files: &[(&str, &str)], list: &str) -> Vec<String> {
    report(files, list).wrong
}

const DOWN: &[(&str, &str)] = &[
    ("ground/src/lib.rs", "pub mod text; pub mod verdict; pub mod render;"),
    ("ground/src/text.rs", "pub struct Text;"),
    ("ground/src/verdict/mod.rs", "mod gate; pub use gate::Gate; use crate::text::Text; pub struct Verdict(Text);"),
    ("ground/src/verdict/gate.rs", "use crate::text::Text; pub struct Gate(Text);"),
    ("ground/src/render.rs", "use crate::verdict::{self, Gate}; fn f(_: verdict::Verdict) {}"),
    ("top/src/lib.rs", "use ground::render; pub fn main_impl() { render::f(); }"),
    ("top/src/main.rs", "fn main() { top::main_impl() }"),
];

/// The files of [`DOWN`], one of them with another text.
fn with(name: &'static str, text: &'static str) -> Vec<(&'static str, &'static str)> {
    DOWN.iter().map(|file| if file.0 == name { (name, text) } else { *file }).collect()
}

#[test]
fn imports_that_go_down_are_right() {
    assert_eq!(wrong(DOWN, ""), [""; 0]);
}

#[test]
fn a_room_that_imports_from_a_higher_one_is_wrong() {
    let expected = "ground/src/text.rs:2: imports crate::render::f from ground/src/render.rs: \
                    `text` is below `render`; from the ground up: text, verdict, render, lib";
    assert_eq!(wrong(&with("ground/src/text.rs", "\nuse crate::render::f;"), ""), [expected]);
    assert_eq!(wrong(&with("ground/src/text.rs", "\nfn g() { crate::render::f() }"), ""), [expected]);
}

#[test]
fn a_crate_that_imports_from_a_higher_one_is_wrong() {
    assert_eq!(
        wrong(&with("ground/src/render.rs", "fn f() { top::main_impl() }"), ""),
        ["ground/src/render.rs:1: imports top::main_impl from top/src/lib.rs: `ground` imports no other crate"]
    );
}

#[test]
fn a_cycle_inside_a_room_is_wrong() {
    let found = wrong(&with("ground/src/verdict/gate.rs", "use super::Verdict; pub struct Gate;"), "");
    assert_eq!(found, [""; 0], "a re-export is not an import");
    let files = with("ground/src/verdict/mod.rs", "mod gate; pub use gate::Gate; pub struct Verdict(Gate);");
    let files: Vec<_> = files
        .into_iter()
        .map(|file| match file.0 {
            "ground/src/verdict/gate.rs" => (file.0, "use super::Verdict; pub struct Gate(Verdict);"),
            _ => file,
        })
        .collect();
    let found = wrong(&files, "");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("cycle of 2 files"), "{found:?}");
    assert!(found[0].contains("gate.rs:1: imports super::Verdict from ground/src/verdict/mod.rs"), "{found:?}");
}

#[test]
fn a_path_through_a_re_export_leads_to_the_file_that_has_the_item() {
    let files = with("ground/src/text.rs", "use crate::verdict::Gate;");
    assert!(wrong(&files, "")[0].contains("imports crate::verdict::Gate from ground/src/verdict/gate.rs"));
}

#[test]
fn tests_may_import_what_they_like() {
    let files = with("ground/src/text.rs", "#[cfg(test)] mod tests { use crate::render::f; }");
    assert_eq!(wrong(&files, ""), [""; 0]);
}

#[test]
fn an_exception_is_heeded_and_must_be_needed() {
    let list = "# why\nground/src/text.rs -> ground/src/render.rs: it is being moved\n";
    let files = with("ground/src/text.rs", "use crate::render::f;");
    assert_eq!(wrong(&files, list), [""; 0]);
    assert_eq!(wrong(&files, "ground/src/* -> ground/src/render.rs: it is being moved"), [""; 0]);
    assert_eq!(report(&files, list).unneeded, [""; 0]);
    assert!(report(DOWN, list).unneeded[0].contains("exceptions.txt:2: ground/src/text.rs may import"));
    let allowed = "ground/src/render.rs -> ground/src/verdict/gate.rs: it goes down";
    assert!(report(DOWN, allowed).unneeded[0].contains("remove the line"));
    assert!(exceptions("ground/src/text.rs -> ground/src/render.rs:").is_err(), "a reason is missing");
}

#[test]
fn a_room_without_a_place_is_wrong() {
    let files: Vec<_> = DOWN.iter().copied().chain([("ground/src/new.rs", "")]).collect();
    assert!(wrong(&files, "")[0].contains("ground/src/new.rs: `new` has no place"));
}
