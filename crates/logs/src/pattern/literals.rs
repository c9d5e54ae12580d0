//! Literals that every match of a pattern contains: what a whole block is searched for before any line is cut.

use regex_syntax::hir::literal::{Extractor, Seq};
use regex_syntax::hir::{Hir, HirKind};

/// More literals than this are not found faster than lines are cut.
const MOST: usize = 32;

/// How many parts of a concatenation are looked at: extraction from each is quadratic.
const PARTS: usize = 64;

/// Shorter ones are in nearly every line.
const SHORTEST: usize = 2;

/// More than this many have to be longer: one of them is in nearly every line.
const FEW: usize = 4;

/// Literals of which every match contains at least one; the best such set, if there is one worth looking for.
///
/// It is the beginning of some part of the pattern: extraction from every part on costs little at this size, and finds
/// literals in the middle, in alternatives, and without case.
pub(super) fn required(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let mut best: Option<(u32, Vec<Vec<u8>>)> = None;
    let mut offer = |hir: &Hir| {
        let found = beginning(hir).map(|literals| (score(&literals), literals));
        if let Some(found) = found
            && best.as_ref().is_none_or(|best| found.0 > best.0)
        {
            best = Some(found);
        }
    };
    walk(hir, &mut offer);
    best.map(|(_, literals)| literals)
}

/// Offers every part that each match goes through: of a concatenation, the rest from each element on.
fn walk(hir: &Hir, offer: &mut dyn FnMut(&Hir)) {
    offer(hir);
    match hir.kind() {
        HirKind::Capture(capture) => walk(&capture.sub, offer),
        HirKind::Repetition(repetition) if repetition.min > 0 => walk(&repetition.sub, offer),
        HirKind::Concat(parts) => {
            for (at, part) in parts.iter().enumerate().take(PARTS) {
                offer(&Hir::concat(parts.iter().skip(at).take(PARTS).cloned().collect()));
                walk(part, offer);
            }
        }
        _ => {}
    }
}

/// The literals with which each match of this part begins.
fn beginning(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let mut sequence: Seq = Extractor::new().limit_literal_len(40).extract(hir);
    sequence.optimize_for_prefix_by_preference();
    let literals: Vec<Vec<u8>> = sequence.literals()?.iter().map(|literal| literal.as_bytes().to_vec()).collect();
    let shortest = if literals.len() > FEW { SHORTEST + 1 } else { SHORTEST };
    let usable = |literal: &Vec<u8>| literal.len() >= shortest && !literal.contains(&b'\n');
    (!literals.is_empty() && literals.len() <= MOST && literals.iter().all(usable)).then_some(literals)
}

/// Long literals are rare, few are found fast, and a blank or a digit says little.
fn score(literals: &[Vec<u8>]) -> u32 {
    let rarity = |byte: &u8| if byte.is_ascii_digit() || matches!(byte, b' ' | b'.' | b':') { 1 } else { 2 };
    let worth = |literal: &Vec<u8>| literal.iter().map(rarity).sum::<u32>().min(30);
    let least = literals.iter().map(worth).min().unwrap_or_default();
    let many = literals.len().ilog2();
    (least + 1).saturating_sub(2 * many)
}
