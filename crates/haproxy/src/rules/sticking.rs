//! Stickiness that is used to remember the writer.

use crate::candidate::Candidates;
use crate::pool::Pool;
use crate::rule::Rule;

pub(super) fn check(pool: &Pool<'_>, candidates: &mut Candidates) {
    let Some(table) = pool.last(&["stick-table"]) else { return };
    if !pool.sticks() {
        return;
    }
    let has = |word: &str| table.words.iter().any(|have| have == word);
    let size = table.words.iter().position(|word| word == "size").and_then(|at| table.words.get(at + 1));
    if has("nopurge") && size.is_some_and(|size| size == "1") {
        candidates.add(Rule::StickTableNopurge, pool, table.place, "size 1 nopurge");
    }
    if !has("peers") {
        candidates.add(Rule::StickTableAlone, pool, table.place, "");
    }
}
