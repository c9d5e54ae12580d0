//! Laws of spans and batches.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn coverage_is_the_union_of_its_spans(spans in prop::collection::vec((0_i64..60, 0_i64..12), 1..20)) {
        let dir = Dir::new();
        let connection = schema::open(&dir.file()).expect("it can be opened");
        let mut truth = [false; 80];
        for (from, length) in spans {
            let span = Span { from, to: from + length };
            coverage::add(&connection, 1, span).expect("stored");
            (span.from..span.to).filter_map(|at| usize::try_from(at).ok()).for_each(|at| truth[at] = true);
        }
        let found = coverage::within(&connection, &[1], Span { from: 0, to: 80 }).expect("read");
        prop_assert!(found.windows(2).all(|pair| pair[0].to < pair[1].from), "{:?}", found);
        for (at, covered) in (0..).zip(truth) {
            prop_assert_eq!(found.iter().any(|span| span.from <= at && at < span.to), covered, "{}", at);
        }
    }

    #[test]
    fn counts_are_those_of_a_map_whatever_is_lost_on_the_way(
        steps in prop::collection::vec((prop::collection::vec((0_usize..3, 0_i64..5, 1_u64..9), 0..6), 0_u8..4), 1..12),
    ) {
        let dir = Dir::new();
        let base = base();
        let mut store = Store::open(&dir.file(), Settings::default());
        let mut truth: BTreeMap<i64, u64> = BTreeMap::new();
        let mut version = 0;
        for (counts, fate) in steps {
            let named = |(status, at, n): &(usize, i64, u64)| (["a", "b", "c"][*status], base + at, *n);
            let counts: Vec<_> = counts.iter().map(named).collect();
            match fate {
                // A crash before the commit: the reader begins again from what is stored.
                0 => {
                    drop(store);
                    store = Store::open(&dir.file(), Settings::default());
                    prop_assert_eq!(store.load("/var/log/mail.log").map(|saved| saved.version), Ok(version));
                    continue;
                }
                // A batch that was offered twice, because its answer was lost.
                1 => {
                    let unique: Vec<_> = counts.iter().take(1).copied().collect();
                    prop_assert_eq!(store.commit(batch(version, &unique, None)), Ok(version + 1));
                    prop_assert_eq!(store.commit(batch(version, &unique, None)), Err(CommitError::Moved));
                    unique.iter().for_each(|(_, at, n)| *truth.entry(*at).or_default() += n);
                }
                _ => {
                    let mut unique: BTreeMap<(&str, i64), u64> = BTreeMap::new();
                    counts.iter().for_each(|(status, at, n)| *unique.entry((status, *at)).or_default() += n);
                    let counts: Vec<_> = unique.iter().map(|((status, at), n)| (*status, *at, *n)).collect();
                    prop_assert_eq!(store.commit(batch(version, &counts, None)), Ok(version + 1));
                    counts.iter().for_each(|(_, at, n)| *truth.entry(*at).or_default() += n);
                }
            }
            version += 1;
        }
        if version > 0 {
            let all = Span { from: 0, to: (base + 100) * 60 };
            let found = store.reader().buckets(&of("sent", &[]), all, Step::of_minutes(1)).expect("read");
            let found: BTreeMap<i64, u64> = found.iter().map(|bucket| (bucket.from / 60, bucket.count)).collect();
            prop_assert_eq!(found, truth);
        }
    }
}
