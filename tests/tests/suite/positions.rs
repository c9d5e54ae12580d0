//! Sets of transactions, compared with what real servers say about them. What a probe reads is tested in
//! `replication_positions`.

use std::time::Duration;

use healthd_core::position::gtids::{Gtids, Notation};
use healthd_core::position::history::History as _;
use healthd_tests::replication::replica_status;
use healthd_tests::{Flavor, Server, pair, wait_for};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::turn;

const SOON: Duration = Duration::from_secs(8);

fn parse(kind: Notation, text: &str) -> Gtids {
    Gtids::parse(kind, text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// Whether this version of MySQL supports tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tags {
    Known,
    Unknown,
}

/// A set in a form that a person might write: any order, overlaps, blanks, upper case.
fn any_text(tags: Tags) -> impl Strategy<Value = String> {
    const UUIDS: [&str; 3] = [
        "3e11fa47-71ca-11e1-9e33-c80aa9429562",
        "3E11FA47-71CA-11E1-9E33-C80AA9429563",
        "b8c0bafc-e722-11f1-be18-02fc00000001",
    ];
    let tag = match tags {
        Tags::Known => proptest::sample::select(vec!["", "", "", "tag:", "Tag_2 : ", "_a:", "t9:"]),
        Tags::Unknown => proptest::sample::select(vec![""]),
    };
    let number = prop_oneof![20 => 1_u64..30, 1 => 9_223_372_036_854_775_801_u64..9_223_372_036_854_775_806];
    let interval = (number.clone(), number, any::<bool>()).prop_map(|(a, b, one)| match one {
        true => a.to_string(),
        false => format!("{}-{}", a.min(b), a.max(b)),
    });
    let intervals = proptest::collection::vec(interval, 1..4).prop_map(|list| list.join(":"));
    let item = (proptest::sample::select(UUIDS.to_vec()), tag, intervals)
        .prop_map(|(uuid, tag, intervals)| format!("{uuid}:{tag}{intervals}"));
    proptest::collection::vec(item, 0..5).prop_map(|list| list.join(", "))
}

/// Compares our sets with the server for many pairs: normal form, subset, difference.
fn agrees_on_sets(flavor: Flavor, tags: Tags, pairs: usize) {
    if !flavor.or_skip("sets of GTIDs") {
        return;
    }
    let server = Server::builder(flavor).start();
    let mut runner = TestRunner::deterministic();
    let pair = || (any_text(tags), any_text(tags)).new_tree(&mut runner).expect("a pair").current();
    let pairs: Vec<(String, String)> = std::iter::repeat_with(pair).take(pairs).collect();
    let (mut subsets, mut parts) = (0, 0);
    // The kernel limits the length of an argument.
    for some in pairs.chunks(50) {
        let asked = some.iter().map(|(a, b)| {
            format!(
                "SELECT GTID_SUBTRACT('{a}', '') n, GTID_SUBSET('{a}', '{b}') s, GTID_SUBTRACT('{a}', '{b}') m, 1 e"
            )
        });
        let asked: Vec<String> = asked.collect();
        let said = server.try_rows(&asked.join(" UNION ALL ")).expect("it answers");
        assert_eq!(said.len(), some.len(), "{flavor}");
        for ((a, b), said) in some.iter().zip(said) {
            let said = |column: &str| said[column].replace("\\n", "\n");
            let (set_a, set_b) = (parse(Notation::MySql, a), parse(Notation::MySql, b));
            let ours = [set_a.print(Notation::MySql), set_a.minus(&set_b).print(Notation::MySql)];
            assert_eq!(ours, [said("n"), said("m")], "{flavor}: {a:?} and {b:?}");
            assert_eq!(set_b.contains(&set_a), said("s") == "1", "{flavor}: {a:?} in {b:?}");
            subsets += u32::from(said("s") == "1");
            parts += u32::from(!said("m").is_empty() && said("m") != said("n"));
        }
    }
    assert!(subsets > 5 && parts > 50, "{flavor}: {subsets} subsets and {parts} partial differences are no test");
}

#[test]
fn gtid_set_operations_agree_with_mysql() {
    let _turn = turn::shared();
    agrees_on_sets(Flavor::MySql97, Tags::Known, 400);
    agrees_on_sets(Flavor::MySql56, Tags::Unknown, 200);
}

/// The items of a MariaDB list, which the server gives in no fixed order.
fn sorted(list: &str) -> Vec<&str> {
    let mut items: Vec<&str> = list.split(',').filter(|item| !item.is_empty()).collect();
    items.sort_unstable();
    items
}

#[test]
fn commits_of_a_running_pair_are_counted_from_its_positions() {
    let _turn = turn::shared();
    for flavor in [Flavor::MariaDb, Flavor::MariaDb118] {
        if !flavor.or_skip("positions of a pair") {
            continue;
        }
        let (one, two) = pair(flavor);
        one.sql("CREATE DATABASE lab; CREATE TABLE lab.t(id INT PRIMARY KEY)");
        wait_for("the table", SOON, || two.try_sql("SELECT * FROM lab.t"));
        two.sql("INSERT INTO lab.t VALUES(0)");
        wait_for("both ways", SOON, || (one.sql("SELECT COUNT(*) FROM lab.t") == "1").then_some(()));
        let read = |server: &Server| {
            let both = server.sql("SELECT CONCAT_WS(';', @@gtid_binlog_state, @@gtid_slave_pos, 'end')");
            let received = replica_status(server, None).expect("a replica")["Gtid_IO_Pos"].clone();
            let mut texts = both.split(';').chain([&*received]).filter(|text| *text != "end");
            let mut next = || {
                let text = texts.next().expect("three positions").to_owned();
                let set = parse(Notation::MariaDb, &text);
                assert!(!set.is_empty(), "{flavor}: {both}; {received}");
                assert_eq!(sorted(&set.print(Notation::MariaDb)), sorted(&text), "{flavor}");
                set
            };
            [next(), next(), next()]
        };
        let before = [read(&one), read(&two)];
        for id in 1..=20 {
            one.sql(&format!("INSERT INTO lab.t VALUES({id})"));
        }
        wait_for("20 rows", SOON, || (two.sql("SELECT COUNT(*) FROM lab.t") == "21").then_some(()));
        let after = [read(&one), read(&two)];
        assert_eq!(after[0][0].minus(&before[0][0]).count(), 20, "{flavor}: the writer's own");
        for (now, then) in after[1].iter().zip(&before[1]) {
            assert_eq!(now.minus(then).count(), 20, "{flavor}: {now:?} {then:?}");
        }
    }
}
