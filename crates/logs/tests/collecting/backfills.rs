//! Old files are counted once, however often, and whatever the follower has counted.

use std::fs;

use healthd_core::samples::minute::Span;
use healthd_logs::spec::SourceSpec;

use crate::support::ids::{self, Ids};
use crate::support::node::{COUNTER, Node};
use crate::support::{copytruncate, gzip, gzipped, line};

fn text(numbers: std::ops::Range<u64>) -> String {
    numbers.map(line).collect()
}

#[test]
fn an_old_file_is_counted_once_whatever_its_name_and_form() {
    let mut node = Node::new();
    fs::write(node.path("mail.log.2.gz"), gzipped(text(0..100).as_bytes())).expect("files of the test");
    fs::write(node.path("mail.log.1"), text(100..200)).expect("files of the test");
    fs::write(&node.live, text(200..300)).expect("files of the test");
    node.start();
    node.poll();
    assert_eq!(node.store.wrong(COUNTER, 300).0.len(), 200, "at first, only the live file is read");
    for name in ["mail.log.2.gz", "mail.log.1", "mail.log"] {
        let part = node.backfill(&node.path(name));
        assert!(part.done);
        assert_eq!(part.lines, if name == "mail.log" { 0 } else { 100 }, "{name}");
    }
    node.assert_exact(300);
    // The collector goes on although its version is stale now.
    node.writer().lines(300..310);
    node.settle();
    fs::copy(node.path("mail.log.1"), node.path("copy")).expect("files of the test");
    gzip(&node.path("mail.log.1"));
    fs::write(node.path("mail.txt"), text(0..100)).expect("files of the test");
    for name in ["copy", "mail.log.1.gz", "mail.log.2.gz", "mail.txt", "mail.log"] {
        let part = node.backfill(&node.path(name));
        assert_eq!((part.lines, part.done), (0, true), "{name}");
    }
    node.settle();
    node.stop();
    node.settle();
    node.assert_exact(310);
    assert_eq!(node.store.tally.lines, 310);
}

#[test]
fn a_backfill_before_the_first_start_leaves_nothing_to_count() {
    let mut node = Node::new();
    fs::write(node.path("mail.log.1"), text(0..100)).expect("files of the test");
    fs::write(&node.live, text(100..200)).expect("files of the test");
    for name in ["mail.log", "mail.log.1", "mail.log"] {
        node.backfill(&node.path(name));
    }
    node.assert_exact(200);
    node.settle();
    node.writer().lines(200..210);
    node.settle();
    node.assert_exact(210);
}

#[test]
fn a_counter_that_was_configured_later_counts_what_it_has_not() {
    let mut node = Node::new();
    fs::write(node.path("mail.log.1"), text(0..100)).expect("files of the test");
    node.writer().lines(100..200);
    node.start();
    node.poll();
    node.backfill(&node.path("mail.log.1"));
    node.assert_exact(200);
    // A second counter, from the middle of the live file on.
    node.spec = ids::spec(SourceSpec::File(node.live.clone()), &[COUNTER, "later"]);
    node.start();
    node.writer().lines(200..250);
    node.settle();
    assert_eq!(node.store.wrong("later", 250), ((0..200).collect(), vec![]));
    for _ in 0..2 {
        node.backfill(&node.path("mail.log.1"));
        node.backfill(&node.path("mail.log"));
    }
    assert_eq!(node.store.wrong("later", 250), (vec![], vec![]));
    node.settle();
    node.assert_exact(250);
    assert_eq!(node.store.tally.lines, 250, "lines that were read again are no new lines");
    // A third one, after a rotation, with the first one gone.
    node.spec = ids::spec(SourceSpec::File(node.live.clone()), &["third"]);
    copytruncate(&node.live, &node.path("mail.log.0"));
    node.stop();
    node.writer().lines(250..260);
    node.settle();
    for name in ["mail.log.0", "mail.log.1", "mail.log", "mail.log.0"] {
        node.backfill(&node.path(name));
    }
    assert_eq!(node.store.wrong("third", 260), (vec![], vec![]));
    assert_eq!(node.store.wrong(COUNTER, 260).0, (250..260).collect::<Vec<_>>());
}

#[test]
fn a_lost_generation_is_counted_when_it_is_found_again() {
    let mut node = Node::new();
    node.writer().lines(0..100);
    node.start();
    node.poll();
    node.stop();
    node.writer().lines(100..150);
    node.rename("mail.log", "elsewhere");
    node.writer().lines(150..200);
    node.settle();
    node.settle();
    assert_eq!(node.store.wrong(COUNTER, 200).0, (100..150).collect::<Vec<_>>());
    assert_eq!(node.store.tally.gaps, 1, "a gap is counted once");
    let part = node.backfill(&node.path("elsewhere"));
    assert_eq!(part.lines, 50);
    node.settle();
    node.assert_exact_with_gaps(200, 1);
}

#[test]
fn an_early_copy_is_not_counted_again() {
    let mut node = Node::new();
    node.writer().lines(0..100);
    fs::copy(&node.live, node.path("noon.log")).expect("files of the test");
    node.writer().lines(100..200);
    node.settle();
    let make = |spec: &_, _: &_| Ok::<_, std::convert::Infallible>(Ids::new(spec));
    for vanished in [false, true] {
        if vanished {
            fs::remove_file(&node.live).expect("files of the test");
        }
        let refused =
            healthd_logs::collector::backfill(&node.path("noon.log"), &node.spec, &node.store.saved, node.now, make);
        let message = refused.expect_err("a fault").to_string();
        assert!(message.contains("early copy"), "{message}");
    }
}

#[test]
fn a_file_that_only_begins_like_a_counted_one_is_counted() {
    let mut node = Node::new();
    let header = format!("{}\n", "#".repeat(600));
    node.writer().write(&header);
    node.writer().lines(0..100);
    node.start();
    node.settle();
    fs::write(node.path("old.log"), format!("{header}{}", text(100..120))).expect("files of the test");
    for lines in [21, 0] {
        assert_eq!(node.backfill(&node.path("old.log")).lines, lines);
    }
    node.assert_exact(120);
}

#[test]
fn a_backfill_covers_the_time_of_its_lines() {
    let mut node = Node::new();
    let now = node.now;
    fs::write(node.path("old"), format!("line 0 time {} x\nline 1 time {} x\n", now - 9000, now - 5000))
        .expect("files of the test");
    node.backfill(&node.path("old"));
    assert_eq!(node.store.covered, [Span { from: now - 9000, to: now - 4999 }]);
}

#[test]
fn a_damaged_file_is_named() {
    let node = Node::new();
    let whole = gzipped(text(0..5000).as_bytes());
    let make = |spec: &_, _: &_| Ok::<_, std::convert::Infallible>(Ids::new(spec));
    for cut in [whole.len() / 2, 5, 12] {
        fs::write(node.path("cut.gz"), &whole[..cut]).expect("files of the test");
        let refused =
            healthd_logs::collector::backfill(&node.path("cut.gz"), &node.spec, &node.store.saved, node.now, make);
        let message = refused.expect_err("a fault").to_string();
        assert!(message.contains("cannot decompress") && message.contains("cut.gz"), "{message}");
    }
}
