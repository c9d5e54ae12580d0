//! The files of the crates and where a path leads.

use std::collections::BTreeMap;

use crate::order::Crate;
use crate::source::{Source, Written};

/// How many re-exports a path may go through.
const LONGEST_CHAIN: usize = 12;

/// One file.
#[derive(Debug)]
pub(crate) struct File {
    /// Its name, from the root of the repository.
    pub(crate) name: String,
    /// The number of its crate.
    pub(crate) of: usize,
    /// Its module, `["verdict", "gate"]`; empty for the crate's root.
    pub(crate) module: Vec<String>,
    /// What it says.
    pub(crate) source: Source,
}

impl File {
    /// The room that it belongs to: the first segment of its path below `src`.
    pub(crate) fn room(&self) -> &str {
        match self.module.first() {
            Some(room) => room,
            None if self.name.ends_with("/main.rs") => "main",
            None => "lib",
        }
    }
}

/// One file imports from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// The number of the file that imports.
    pub(crate) from: usize,
    /// The number of the file that has the item.
    pub(crate) to: usize,
    /// The line of the first such import.
    pub(crate) line: usize,
    /// The path as it is written.
    pub(crate) path: String,
}

/// Where a path leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// To a module as such.
    Module(usize),
    /// To something inside a file.
    Item(usize),
}

/// Every file of every crate.
#[derive(Debug)]
pub(crate) struct Tree {
    crates: &'static [Crate],
    /// The files, without those that are compiled for tests only.
    pub(crate) files: Vec<File>,
    modules: BTreeMap<(usize, Vec<String>), usize>,
}

impl Tree {
    /// Reads `texts`: names of files from the root of the repository, and what is in them.
    pub(crate) fn new(crates: &'static [Crate], texts: &[(String, String)]) -> Self {
        let mut files: Vec<File> = Vec::new();
        for (name, text) in texts {
            let Some(of) = crates.iter().position(|one| name.starts_with(&format!("{}/", one.dir))) else { continue };
            let below = &name[crates[of].dir.len() + 1..];
            let mut module: Vec<String> = below.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            if module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
                module.pop();
            }
            files.push(File { name: name.clone(), of, module, source: Source::read(text) });
        }
        let for_tests: Vec<(usize, Vec<String>)> = files
            .iter()
            .flat_map(|file| {
                let tests = file.source.test_modules.iter();
                tests.map(|test| (file.of, file.module.iter().chain([test]).cloned().collect()))
            })
            .collect();
        files.retain(|file| !for_tests.iter().any(|(of, test)| *of == file.of && file.module.starts_with(test)));
        // `main.rs` shares its module with `lib.rs`, which other files mean.
        let modules = files
            .iter()
            .enumerate()
            .filter(|(_, file)| file.room() != "main")
            .map(|(number, file)| ((file.of, file.module.clone()), number))
            .collect();
        Tree { crates, files, modules }
    }

    /// Every import from one file to another, once for each pair, in the order of files and lines.
    pub(crate) fn imports(&self) -> Vec<Import> {
        let mut found: Vec<Import> = Vec::new();
        for (from, file) in self.files.iter().enumerate() {
            let of_file = found.len();
            let Source { uses, paths, names, .. } = &file.source;
            let uses = uses.iter().filter(|one| !one.is_public || names.contains(&one.name));
            for written in uses.chain(paths) {
                let Some(Place::Item(to)) = self.resolve(from, &written.segments, LONGEST_CHAIN) else { continue };
                if to != from && !found[of_file..].iter().any(|import| import.to == to) {
                    found.push(Import { from, to, line: written.line, path: written.segments.join("::") });
                }
            }
            found[of_file..].sort_by_key(|import| import.line);
        }
        found
    }

    /// Where `segments` lead when they stand in the file `from`.
    fn resolve(&self, from: usize, segments: &[String], chain: usize) -> Option<Place> {
        let chain = chain.checked_sub(1)?;
        let file = &self.files[from];
        let (first, rest) = segments.split_first()?;
        match first.as_str() {
            "crate" => self.descend(file.of, &[], rest, chain),
            "self" => self.descend(file.of, &file.module, rest, chain),
            "super" => {
                let parents = segments.iter().take_while(|segment| *segment == "super").count();
                let depth = file.module.len().checked_sub(parents)?;
                self.descend(file.of, &file.module[..depth], &segments[parents..], chain)
            }
            name => {
                if let Some(of) = self.crates.iter().position(|one| one.name == name) {
                    return self.descend(of, &[], rest, chain);
                }
                let child: Vec<String> = file.module.iter().chain([first]).cloned().collect();
                if self.modules.contains_key(&(file.of, child)) {
                    return self.descend(file.of, &file.module, segments, chain);
                }
                // A module that a `use` brought in; a type is known by that `use` alone.
                let import = file.source.uses.iter().find(|one| one.name == name && one.segments != segments)?;
                match self.resolve(from, &import.segments, chain)? {
                    Place::Module(module) if !rest.is_empty() => {
                        let file = &self.files[module];
                        self.descend(file.of, &file.module, rest, chain)
                    }
                    place => Some(place),
                }
            }
        }
    }

    /// Where `rest` leads below a module.
    fn descend(&self, of: usize, module: &[String], rest: &[String], chain: usize) -> Option<Place> {
        let mut module = module.to_vec();
        let mut here = *self.modules.get(&(of, module.clone()))?;
        let mut rest = rest;
        while let Some((first, more)) = rest.split_first() {
            module.push(first.clone());
            match self.modules.get(&(of, module.clone())) {
                Some(child) => (here, rest) = (*child, more),
                None => return Some(self.item(here, rest, chain).unwrap_or(Place::Item(here))),
            }
        }
        Some(Place::Module(here))
    }

    /// Where the item `rest[0]` of a file comes from: the file itself, or what it re-exports.
    fn item(&self, here: usize, rest: &[String], chain: usize) -> Option<Place> {
        let name = rest.first()?;
        let source = &self.files[here].source;
        if source.items.contains(name) {
            return Some(Place::Item(here));
        }
        let continued = |written: &Written| -> Option<Place> {
            let segments: Vec<String> = written.segments.iter().chain(&rest[1..]).cloned().collect();
            self.resolve(here, &segments, chain)
        };
        if let Some(written) = source.uses.iter().find(|one| one.name == *name) {
            return continued(written);
        }
        source.uses.iter().filter(|one| one.name == "*").find_map(|glob| {
            match self.resolve(here, &glob.segments[..glob.segments.len() - 1], chain)? {
                Place::Module(module) if module != here => self.item(module, rest, chain.checked_sub(1)?),
                _ => None,
            }
        })
    }
}
