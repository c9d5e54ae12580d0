//! What is wrong with the imports.

use std::collections::{BTreeMap, VecDeque};

use crate::order::Crate;
use crate::tree::{Import, Tree};

/// An import that the list of exceptions allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exception {
    /// The file that imports, or the beginning of its name and `*`.
    pub(crate) from: String,
    /// The file that has the item, or the beginning of its name and `*`.
    pub(crate) to: String,
    /// The line in the list.
    pub(crate) line: usize,
}

impl Exception {
    fn covers(&self, from: &str, to: &str) -> bool {
        let is_meant = |pattern: &str, name: &str| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == pattern,
        };
        is_meant(&self.from, from) && is_meant(&self.to, to)
    }
}

/// Reads the list of exceptions: lines `FROM -> TO: REASON`, `#` comments, empty lines.
pub(crate) fn exceptions(text: &str) -> Result<Vec<Exception>, String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let parts = line.split_once(" -> ").and_then(|(from, rest)| Some((from, rest.split_once(':')?)));
        match parts {
            Some((from, (to, reason))) if !reason.trim().is_empty() => {
                found.push(Exception { from: from.trim().to_owned(), to: to.trim().to_owned(), line: number + 1 })
            }
            _ => return Err(format!("line {}: not `FROM -> TO: REASON`: {line}", number + 1)),
        }
    }
    Ok(found)
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What is wrong, a sentence each.
    pub(crate) wrong: Vec<String>,
    /// Exceptions that are not needed, a sentence each.
    pub(crate) unneeded: Vec<String>,
    /// The imports that would have to be exceptions.
    pub(crate) offending: Vec<Import>,
}

/// Checks every import of `tree`.
pub(crate) fn check(crates: &[Crate], tree: &Tree, exceptions: &[Exception]) -> Report {
    let mut report = Report::default();
    for file in &tree.files {
        if !crates[file.of].rooms.contains(&file.room()) {
            report.wrong.push(format!(
                "{}: `{}` has no place in the order of rooms: add it to crates/layers/src/order.rs",
                file.name,
                file.room()
            ));
        }
    }
    let mut used = vec![false; exceptions.len()];
    let mut kept = Vec::new();
    let all = tree.imports();
    for import in all.iter().cloned() {
        let (from, to) = (&tree.files[import.from].name, &tree.files[import.to].name);
        let excused = exceptions.iter().position(|one| one.covers(from, to));
        if let Some(number) = excused {
            used[number] |= upward(crates, tree, &import).is_some() || leads(import.to, import.from, &all);
            continue;
        }
        match upward(crates, tree, &import) {
            Some(why) => {
                report.wrong.push(format!("{from}:{}: imports {} from {to}: {why}", import.line, import.path));
                report.offending.push(import);
            }
            None => kept.push(import),
        }
    }
    while let Some(cycle) = shortest_cycle(tree.files.len(), &kept) {
        let lines = cycle.iter().map(|import| {
            let (from, to) = (&tree.files[import.from].name, &tree.files[import.to].name);
            format!("\n    {from}:{}: imports {} from {to}", import.line, import.path)
        });
        let lines: String = lines.collect();
        report.wrong.push(format!("cycle of {} files, remove one of these imports:{lines}", cycle.len()));
        let last = cycle.into_iter().max_by_key(|import| tree.files[import.from].module.len());
        let Some(last) = last else { break };
        kept.retain(|import| *import != last);
        report.offending.push(last);
    }
    for (exception, used) in exceptions.iter().zip(used) {
        if !used {
            report.unneeded.push(format!(
                "crates/layers/exceptions.txt:{}: {} may import from {} or no longer does: remove the line",
                exception.line, exception.from, exception.to
            ));
        }
    }
    report
}

/// Why an import goes up.
fn upward(crates: &[Crate], tree: &Tree, import: &Import) -> Option<String> {
    let (from, to) = (&tree.files[import.from], &tree.files[import.to]);
    let own = &crates[from.of];
    if from.of != to.of {
        let other = crates[to.of].name;
        let is_allowed = own.below.contains(&other) || from.room() == "main";
        return (!is_allowed).then(|| match own.below {
            [] => format!("`{}` imports no other crate", own.name),
            below => format!("`{}` imports only from {}", own.name, below.join(", ")),
        });
    }
    let place = |room: &str| own.rooms.iter().position(|one| *one == room);
    let (mine, theirs) = (place(from.room())?, place(to.room())?);
    (theirs > mine)
        .then(|| format!("`{}` is below `{}`; from the ground up: {}", from.room(), to.room(), own.rooms.join(", ")))
}

/// Whether a file imports from another, also through files between them.
fn leads(from: usize, to: usize, imports: &[Import]) -> bool {
    let mut reached = vec![from];
    let mut next = 0;
    while let Some(file) = reached.get(next).copied() {
        if file == to {
            return true;
        }
        for import in imports.iter().filter(|import| import.from == file) {
            if !reached.contains(&import.to) {
                reached.push(import.to);
            }
        }
        next += 1;
    }
    false
}

/// One of the shortest cycles of imports.
fn shortest_cycle(files: usize, imports: &[Import]) -> Option<Vec<Import>> {
    let mut from: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, import) in imports.iter().enumerate() {
        from.entry(import.from).or_default().push(number);
    }
    let mut shortest: Option<Vec<Import>> = None;
    for start in from.keys() {
        // Breadth first: `came[file]` is the import that first led there.
        let mut came: Vec<Option<usize>> = vec![None; files];
        let mut queue = VecDeque::from([*start]);
        while let Some(file) = queue.pop_front() {
            if file == *start && came[file].is_some() {
                break;
            }
            for number in from.get(&file).into_iter().flatten() {
                let to = imports[*number].to;
                if came[to].is_none() {
                    came[to] = Some(*number);
                    queue.push_back(to);
                }
            }
        }
        let mut cycle = Vec::new();
        let mut at = *start;
        while let Some(number) = came[at] {
            cycle.insert(0, imports[number].clone());
            at = imports[number].from;
            if at == *start {
                break;
            }
        }
        let is_shorter = shortest.as_ref().is_none_or(|other| cycle.len() < other.len());
        if !cycle.is_empty() && at == *start && is_shorter {
            shortest = Some(cycle);
        }
    }
    shortest
}
