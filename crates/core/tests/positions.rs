//! Sets of transactions: their laws, their texts, and the same with sets of plain numbers.

use std::collections::BTreeSet;

use healthd_core::position::gtids::{Gtids, Notation};
use healthd_core::position::history::History as _;
use healthd_core::position::origin::{Origin, Uuid};
use healthd_core::position::text::GtidError;
use proptest::prelude::*;

const A: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const B: &str = "b8c0bafc-e722-11f1-be18-02fc00000001";

fn mariadb(text: &str) -> Gtids {
    Gtids::parse(Notation::MariaDb, text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn mysql(text: &str) -> Gtids {
    Gtids::parse(Notation::MySql, text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn file(server_id: u32, name: &str, offset: u64) -> Gtids {
    Gtids::before(server_id, name, offset).unwrap_or_else(|error| panic!("{name} {offset}: {error}"))
}

fn united(a: &Gtids, b: &Gtids) -> Gtids {
    let mut both = a.clone();
    both.merge(b);
    both
}

#[test]
fn what_servers_print_is_read_and_printed_again() {
    for text in ["", "0-1-8", "0-1-8,0-2-23", "1-1-106,2-2-2000", "4294967295-4294967295-18446744073709551615"] {
        assert_eq!(mariadb(text).print(Notation::MariaDb), text);
    }
    for (text, normal) in [
        (String::new(), String::new()),
        (format!("{A}:1"), format!("{A}:1")),
        (format!("{A}:1-5:7"), format!("{A}:1-5:7")),
        (format!("{A}:1-5,\n{B}:7-9"), format!("{A}:1-5,\n{B}:7-9")),
        (format!("{A}:1-5:tag:1-3:tag2:4"), format!("{A}:1-5:tag:1-3:tag2:4")),
        (format!("{A}:tag2:4:tag:1-3,{A}:1-5"), format!("{A}:1-5:tag:1-3:tag2:4")),
        (format!(" {} : 1 - 5 : TAG : 7 ,\n\n {B}:3:2:1,,", A.to_uppercase()), format!("{A}:1-5:tag:7,\n{B}:1-3")),
        (format!("{B}:1:_x:2,{A}:9223372036854775806"), format!("{A}:9223372036854775806,\n{B}:1:_x:2")),
    ] {
        assert_eq!(mysql(&text).print(Notation::MySql), normal, "{text:?}");
    }
}

#[test]
fn a_text_that_is_wrong_says_what_and_where() {
    for (text, error) in [
        ("1-1", GtidError::Gtid { at: 0 }),
        ("1-1-1, 1-1-1-1", GtidError::Gtid { at: 7 }),
        ("1-1-1,x-1-1", GtidError::Number { at: 6 }),
        ("1-1-", GtidError::Number { at: 4 }),
        ("1-1-+1", GtidError::Number { at: 4 }),
        ("1-4294967296-1", GtidError::Number { at: 2 }),
        ("1-1-18446744073709551616", GtidError::Number { at: 4 }),
        ("1-1-7..6", GtidError::Interval { at: 4 }),
        ("1-1-0..6", GtidError::Interval { at: 4 }),
        ("1-1-1..2..3", GtidError::Interval { at: 4 }),
    ] {
        assert_eq!(Gtids::parse(Notation::MariaDb, text), Err(error), "{text:?}");
    }
    for (rest, error) in [
        ("", GtidError::Interval { at: 36 }),
        (":", GtidError::Tag { at: 37 }),
        (":tag", GtidError::Interval { at: 40 }),
        (":tag:tag2:1", GtidError::Interval { at: 41 }),
        (":0", GtidError::Interval { at: 37 }),
        (":0-5", GtidError::Interval { at: 37 }),
        (":5-4", GtidError::Interval { at: 37 }),
        (":1-2-3", GtidError::Interval { at: 37 }),
        (":1-", GtidError::Number { at: 39 }),
        (":1x", GtidError::Number { at: 37 }),
        (":t-g:1", GtidError::Tag { at: 37 }),
        (":a23456789012345678901234567890123:1", GtidError::Tag { at: 37 }),
        (":1,\nx:1", GtidError::Uuid { at: 40 }),
    ] {
        assert_eq!(Gtids::parse(Notation::MySql, &format!("{A}{rest}")), Err(error), "{rest:?}");
    }
    for text in ["1", "1:2", "1:2:3:4", "1:16777216:1", "1:1:1099511627776", "1:0:0..0:1"] {
        assert!(Gtids::parse(Notation::File, text).is_err(), "{text:?}");
    }
    for name in ["", "bin", "bin.", "bin.x", "bin.16777216", "bin.18446744073709551616"] {
        assert!(Gtids::before(1, name, 4).is_err(), "{name:?}");
    }
    // A position before the first transaction.
    assert!(mariadb("0-1-0").is_empty());
}

#[test]
fn file_positions_are_ordered_over_files() {
    let [early, late, next] =
        [file(3, "bin.000009", 4_000_000_000), file(3, "bin.000009", 4_000_000_001), file(3, "x.y.000010", 4)];
    assert!(late.contains(&early) && next.contains(&late) && !late.contains(&next) && !early.contains(&late));
    assert_eq!(next.print(Notation::File), "3:10:4");
    assert_eq!(next.minus(&late).print(Notation::File), "3:9:4000000002..10:4");
    assert!(!file(4, "bin.000010", 4).contains(&early), "another server's");
    // Bytes are not counted.
    assert_eq!(next.minus(&late).count(), 1);
}

#[test]
fn own_transactions_are_distinguished() {
    let all =
        united(&united(&mariadb("1-1-5,2-2-6,7-1-8"), &mysql(&format!("{A}:1-5:tag:1,{B}:2"))), &file(1, "b.1", 4));
    let own = |origin: Origin| {
        let own = all.of(&origin);
        [Notation::MariaDb, Notation::MySql, Notation::File].map(|kind| own.print(kind))
    };
    assert_eq!(own(Origin::MariaDb { domain: 1, server_id: 1 }), ["1-1-5,7-1-8", "", "1:1:4"]);
    assert_eq!(own(Origin::MariaDb { domain: 1, server_id: 2 }), ["2-2-6", "", ""]);
    let uuid = Uuid::parse(A).expect("a UUID");
    assert_eq!(own(Origin::MySql { uuid }), ["", &format!("{A}:1-5:tag:1"), ""]);
    assert_eq!(own(Origin::File { server_id: 1 }), ["1-1-5,7-1-8", "", "1:1:4"]);
    assert_eq!(own(Origin::File { server_id: 9 }), ["", "", ""]);
}

#[test]
fn a_domain_that_several_servers_write_is_named() {
    for (text, shared) in
        [("", vec![]), ("1-1-5,2-2-6", vec![]), ("1-1-5,2-1-6", vec![]), ("0-1-8,0-2-23,5-1-1,7-1-1,7-2-2", vec![0, 7])]
    {
        assert_eq!(mariadb(text).shared_domains(), shared, "{text}");
    }
    assert_eq!(mysql(&format!("{A}:1,{B}:1")).shared_domains(), [0; 0]);
}

#[test]
fn a_position_of_mariadb_is_ahead_by_numbers_of_a_domain_whichever_server_wrote_them() {
    let set = |text: &str| Gtids::parse(Notation::MariaDb, text).expect("a position");
    for (received, executed, ahead) in [
        ("", "", 0),
        ("0-1-20", "0-1-20", 0),
        ("0-1-20", "0-1-15", 5),
        ("0-1-20", "", 20),
        ("0-1-15", "0-1-20", 0),
        // The source has changed in between.
        ("0-2-20", "0-1-18", 2),
        ("0-1-20,5-2-7", "5-2-4,0-1-19", 4),
        // Its own transactions, back from the other master.
        ("0-9-20,5-2-7", "5-2-4", 3),
    ] {
        assert_eq!(set(received).ahead_of(&set(executed), 9), ahead, "{received} of {executed}");
    }
}

#[test]
fn limits_do_not_overflow() {
    let all = mariadb("0-1-18446744073709551615");
    assert_eq!(all.count(), u64::MAX);
    assert_eq!(united(&all, &mariadb("0-2-18446744073709551615")).count(), u64::MAX);
    assert_eq!(
        all.minus(&mariadb("0-1-18446744073709551614")).print(Notation::MariaDb),
        "0-1-18446744073709551615..18446744073709551615"
    );
    assert!(mariadb("0-1-1").minus(&all).is_empty());
    assert_eq!(united(&all, &mariadb("0-1-5..7")), all);
    let end = mysql(&format!("{A}:18446744073709551615:5"));
    assert_eq!((end.count(), united(&end, &end)), (2, end));
}

#[test]
fn people_read_the_first_ranges() {
    let set = united(&mariadb("1-1-168..467,2-2-9,3-3-4..4"), &mysql(&format!("{A}:168-467:tag:7")));
    for (limit, text) in [
        (200, "1-1-168..467, 2-2-1..9, 3-3-4, 3e11fa47…:168-467, 3e11fa47…:tag:7"),
        (64, "1-1-168..467, 2-2-1..9, 3-3-4, 3e11fa47…:168-467 and 1 more"),
        (30, "1-1-168..467 and 4 more"),
        (22, "5 ranges"),
        (3, "5 r"),
    ] {
        assert_eq!(set.brief(limit), text, "{limit}");
    }
    assert_eq!(Gtids::default().brief(40), "none");
    // The last range may be shorter than the words for leaving it out.
    assert_eq!(mariadb("1-1-1..1,2-2-1..1").brief(12), "1-1-1, 2-2-1");
    assert_eq!(mariadb("1-1-168..467").brief(9), "1 range");
    assert_eq!(file(1, "bin.000012", 4567).brief(40), "1:..12:4567");
    assert_eq!(file(1, "bin.000012", 4567).minus(&file(1, "bin.000012", 4500)).brief(40), "1:12:4501..12:4567");
}

#[test]
fn json_is_a_text_for_each_kind_and_an_unknown_kind_is_an_error() {
    let set = united(&mariadb("1-1-168..467,2-2-9"), &file(3, "bin.000012", 4567));
    let json = serde_json::to_string(&set).expect("it serializes");
    assert_eq!(json, r#"{"mariadb":"1-1-168..467,2-2-9","file":"3:12:4567"}"#);
    assert_eq!(serde_json::from_str::<Gtids>("{}").ok(), Some(Gtids::default()));
    for bad in
        [r#"{"oracle":"1-1-1"}"#, r#"{"mariadb":"1-1"}"#, r#"{"mysql":"1-1-1"}"#, r#""1-1-1""#, "{\"file\":\"x\"}"]
    {
        assert!(serde_json::from_str::<Gtids>(bad).is_err(), "{bad}");
    }
}

/// A few numbers near each other, and the ends of all numbers.
fn any_number() -> impl Strategy<Value = u64> {
    prop_oneof![20 => 1_u64..40, 1 => Just(u64::MAX), 1 => Just(u64::MAX - 1), 1 => any::<u64>().prop_map(|n| n.max(1))]
}

fn any_span() -> impl Strategy<Value = (u64, u64)> {
    (any_number(), any_number()).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

/// An own range notation of MariaDB, which shows more than the server's.
fn any_mariadb() -> impl Strategy<Value = Gtids> {
    let gtid = (0_u32..3, 1_u32..4, any_span()).prop_map(|(domain, id, (a, b))| format!("{domain}-{id}-{a}..{b}"));
    proptest::collection::vec(gtid, 0..6).prop_map(|list| mariadb(&list.join(",")))
}

fn any_mysql() -> impl Strategy<Value = Gtids> {
    let tag = prop_oneof![3 => Just(""), 1 => Just("tag:"), 1 => Just("_t2:")];
    let item =
        (prop_oneof![Just(A), Just(B)], tag, any_span()).prop_map(|(uuid, tag, (a, b))| format!("{uuid}:{tag}{a}-{b}"));
    proptest::collection::vec(item, 0..6).prop_map(|list| mysql(&list.join(",")))
}

fn any_file() -> impl Strategy<Value = Gtids> {
    let position =
        (1_u32..3, 1_u64..4, 4_u64..9).prop_map(|(id, index, offset)| file(id, &format!("bin.{index}"), offset));
    proptest::collection::vec(position, 0..3)
        .prop_map(|list| list.iter().fold(Gtids::default(), |all, next| united(&all, next)))
}

fn any_set() -> impl Strategy<Value = Gtids> {
    (any_mariadb(), any_mysql(), any_file()).prop_map(|(a, b, c)| united(&united(&a, &b), &c))
}

proptest! {
    #[test]
    fn a_union_is_one(a in any_set(), b in any_set(), c in any_set()) {
        prop_assert_eq!(united(&a, &a), a.clone());
        prop_assert_eq!(united(&a, &b), united(&b, &a));
        prop_assert_eq!(united(&united(&a, &b), &c), united(&a, &united(&b, &c)));
        prop_assert_eq!(united(&a, &Gtids::default()), a.clone());
        let both = united(&a, &b);
        prop_assert!(both.contains(&a) && both.contains(&b));
        prop_assert_eq!(a.contains(&b), both == a);
    }

    #[test]
    fn a_difference_is_one(a in any_set(), b in any_set(), c in any_set()) {
        let left = a.minus(&b);
        let common = a.minus(&left);
        prop_assert_eq!(united(&left, &common), a.clone());
        prop_assert!(left.minus(&common) == left && a.contains(&left) && b.contains(&common));
        prop_assert_eq!(left.minus(&b), left.clone());
        prop_assert_eq!(b.contains(&a), left.is_empty());
        prop_assert_eq!(united(&left, &b), united(&a, &b));
        prop_assert_eq!(left.minus(&c), a.minus(&united(&b, &c)));
        prop_assert!(a.minus(&a).is_empty());
        prop_assert_eq!(a.is_empty(), a == Gtids::default());
    }

    #[test]
    fn a_superset_of_a_superset_is_one(a in any_set(), b in any_set(), c in any_set()) {
        prop_assert!(a.contains(&a) && a.contains(&Gtids::default()));
        if a.contains(&b) && b.contains(&c) {
            prop_assert!(a.contains(&c));
        }
        if a.contains(&b) && b.contains(&a) {
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn what_is_printed_is_read_as_the_same(set in any_set()) {
        for kind in [Notation::MariaDb, Notation::MySql, Notation::File] {
            let text = set.print(kind);
            let read = Gtids::parse(kind, &text).expect("our own text");
            prop_assert_eq!(read.print(kind), text);
            prop_assert!(set.contains(&read));
        }
        let json = serde_json::to_string(&set).expect("it serializes");
        prop_assert_eq!(serde_json::from_str::<Gtids>(&json).expect("our own text"), set);
    }

    #[test]
    fn no_text_breaks_it(text in r"[0-9a-f:,. \n+T_-]{0,60}|\PC{0,40}", number in any::<u64>()) {
        for kind in [Notation::MariaDb, Notation::MySql, Notation::File] {
            if let Ok(set) = Gtids::parse(kind, &text) {
                prop_assert_eq!(&Gtids::parse(kind, &set.print(kind)).expect("our own text"), &set);
                prop_assert!(set.count() > 0 || set.is_empty());
            }
            let tail = Gtids::parse(kind, &format!("{A}:{text}"));
            drop(tail);
        }
        drop(Gtids::before(1, &text, number));
    }

    #[test]
    fn an_origin_s_part_is_a_part(set in any_set(), id in 1_u32..4) {
        let uuid = Uuid::parse(A).expect("a UUID");
        let maria = Origin::MariaDb { domain: 0, server_id: id };
        for origin in [maria, Origin::File { server_id: id }, Origin::MySql { uuid }] {
            let own = set.of(&origin);
            prop_assert!(set.contains(&own) && own.of(&origin) == own);
            prop_assert!(set.minus(&own).of(&origin).is_empty());
        }
    }

    #[test]
    fn a_brief_text_fits_and_is_whole_where_there_is_room(set in any_set(), limit in 0_usize..120) {
        let brief = set.brief(limit);
        prop_assert!(brief.chars().count() <= limit, "{}", brief);
        prop_assert!(!set.brief(10_000).contains("more"));
    }

    /// The same operations on plain numbers.
    #[test]
    fn ranges_are_sets_of_numbers(
        a in proptest::collection::vec((1_u64..60, 0_u64..9), 0..8),
        b in proptest::collection::vec((1_u64..60, 0_u64..9), 0..8),
    ) {
        let text = |list: &[(u64, u64)]| {
            let interval = |(first, more): &(_, _)| format!("{A}:{first}-{}", first + more);
            let intervals: Vec<String> = list.iter().map(interval).collect();
            intervals.join(",")
        };
        let model = |list: &[(u64, u64)]| -> BTreeSet<u64> {
            list.iter().flat_map(|(first, more)| *first..=first + more).collect()
        };
        let numbers = |set: &BTreeSet<u64>| {
            mysql(&set.iter().map(|number| format!("{A}:{number}")).collect::<Vec<_>>().join(","))
        };
        let (set_a, set_b) = (mysql(&text(&a)), mysql(&text(&b)));
        let (model_a, model_b) = (model(&a), model(&b));
        prop_assert_eq!(&set_a, &numbers(&model_a));
        prop_assert_eq!(set_a.count(), model_a.len() as u64);
        prop_assert_eq!(set_a.contains(&set_b), model_a.is_superset(&model_b));
        prop_assert_eq!(united(&set_a, &set_b), numbers(&(&model_a | &model_b)));
        prop_assert_eq!(set_a.minus(&set_b), numbers(&(&model_a - &model_b)));
    }
}
