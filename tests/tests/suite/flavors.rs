//! Runs a test for every server that is installed.

use std::thread;

use healthd_tests::Flavor;

/// Calls `each` for a server that may not be installed.
pub(crate) fn one(flavor: Flavor, test: &str, each: impl Fn(Flavor)) {
    if flavor.or_skip(test) {
        each(flavor);
    }
}

/// Calls `each` for MariaDB 10.11, which is always installed, and for each other server that was fetched.
pub(crate) fn every(others: &[Flavor], test: &str, each: impl Fn(Flavor)) {
    each(Flavor::MariaDb);
    others.iter().copied().filter(|flavor| flavor.or_skip(test)).for_each(each);
}

/// As [`every`], all at the same time: for a test that waits most of its time.
pub(crate) fn at_once(others: &[Flavor], test: &str, each: impl Fn(Flavor) + Sync) {
    let others = others.iter().copied().filter(|flavor| flavor.or_skip(test));
    thread::scope(|scope| {
        // A thread that panics fails the test when the scope ends.
        for flavor in std::iter::once(Flavor::MariaDb).chain(others) {
            let each = &each;
            scope.spawn(move || each(flavor));
        }
    });
}
