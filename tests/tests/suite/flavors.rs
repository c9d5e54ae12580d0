//! A test for every server that is here.

use healthd_tests::Flavor;

/// Calls `each` for one that may not be here.
pub(crate) fn one(flavor: Flavor, test: &str, each: impl Fn(Flavor)) {
    if flavor.or_skip(test) {
        each(flavor);
    }
}

/// Calls `each` for MariaDB 10.11, which is always here, and for the others where they were fetched.
pub(crate) fn every(others: &[Flavor], test: &str, each: impl Fn(Flavor)) {
    each(Flavor::MariaDb);
    others.iter().copied().filter(|flavor| flavor.or_skip(test)).for_each(each);
}
