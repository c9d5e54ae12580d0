//! Holds the project's imports to its layers: `scripts/layers`.
//!
//! It reads the `use` lines and the paths written out in the code of each crate and checks that
//!
//! - a crate imports only from the crates below it,
//! - inside a crate, a room imports only from itself and from rooms below it ([`order`]),
//! - no files import each other in a circle.
//!
//! A re-export is not an import: a path that goes through one leads to the file that has the item. What is compiled for
//! tests only is not read. `exceptions.txt` lists imports that may stay, each with its reason.
//!
//! `scripts/layers --exceptions` prints the lines that would have to be added there.

mod check;
mod order;
mod source;
#[cfg(test)]
mod tests;
mod token;
mod tree;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use order::CRATES;
use tree::Tree;

const EXCEPTIONS: &str = "crates/layers/exceptions.txt";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]
fn main() -> ExitCode {
    let lists_exceptions = std::env::args().nth(1).is_some_and(|argument| argument == "--exceptions");
    match run() {
        Ok(found) if lists_exceptions => {
            found.exceptions.iter().for_each(|line| println!("{line}"));
            ExitCode::SUCCESS
        }
        Ok(found) if found.wrong.is_empty() && found.unneeded.is_empty() => {
            println!("layers: {} files, {} imports, {} exceptions", found.files, found.imports, found.excused);
            ExitCode::SUCCESS
        }
        Ok(found) => {
            found.wrong.iter().chain(&found.unneeded).for_each(|line| eprintln!("{line}"));
            eprintln!(
                "layers: {} wrong. An import goes down (crates/layers/src/order.rs). What must stay as it is goes into \
                 {EXCEPTIONS}: `scripts/layers --exceptions` prints the lines, add the reasons.",
                found.wrong.len() + found.unneeded.len()
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("layers: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Found {
    files: usize,
    imports: usize,
    excused: usize,
    wrong: Vec<String>,
    unneeded: Vec<String>,
    exceptions: Vec<String>,
}

/// Reads the repository that is the current directory.
fn run() -> io::Result<Found> {
    let mut texts = Vec::new();
    for one in CRATES {
        for path in sources(Path::new(one.dir))? {
            texts.push((path.to_string_lossy().into_owned(), fs::read_to_string(&path)?));
        }
    }
    texts.sort();
    let list = fs::read_to_string(EXCEPTIONS)?;
    let list = check::exceptions(&list).map_err(|error| io::Error::other(format!("{EXCEPTIONS}, {error}")))?;
    let tree = Tree::new(CRATES, &texts);
    let check::Report { wrong, unneeded, offending } = check::check(CRATES, &tree, &list);
    let name = |number: usize| tree.files[number].name.as_str();
    let exceptions = offending.iter().map(|one| format!("{} -> {}: {}", name(one.from), name(one.to), one.path));
    Ok(Found {
        files: tree.files.len(),
        imports: tree.imports().len(),
        excused: list.len(),
        wrong,
        unneeded,
        exceptions: exceptions.collect(),
    })
}

/// The `.rs` files at any depth below `dir`.
fn sources(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}
