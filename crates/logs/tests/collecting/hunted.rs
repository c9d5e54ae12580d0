//! Faults that other followers had, each tried on ours. The links are to their reports.

use std::fs;

use crate::support::node::{COUNTER, Node};
use crate::support::{Writer, copytruncate, gzip, line};

/// An editor writes the file anew, under a new inode, and leaves the old one under another name:
/// <https://github.com/bgreenlee/pygtail/issues/19>.
#[test]
fn a_log_that_was_edited_is_not_read_again() {
    for lines in [3, 500] {
        for down in [false, true] {
            let mut node = Node::new();
            node.writer().lines(0..lines);
            node.settle();
            if down {
                node.stop();
            }
            let text = fs::read(&node.live).expect("files of the test");
            node.rename("mail.log", "mail.log~");
            fs::write(&node.live, text).expect("files of the test");
            node.writer().lines(lines..lines + 5);
            node.settle();
            node.assert_exact(lines + 5);
        }
    }
}

/// The first and the last of the files have the same inode:
/// <https://github.com/logstash-plugins/logstash-input-file/issues/109>,
/// <https://github.com/vectordotdev/vector/issues/18342>.
#[test]
fn inodes_go_round() {
    for down in [false, true] {
        let mut node = Node::new();
        let mut next = 0;
        for round in 0..8 {
            node.writer().lines(next..next + 20 + round);
            next += 20 + round;
            if node.collector.is_none() {
                node.start();
            }
            node.polls(2);
            if down {
                node.stop();
            }
            drop(fs::remove_file(node.path("mail.log.2")));
            if node.path("mail.log.1").exists() {
                node.rename("mail.log.1", "mail.log.2");
            }
            node.rename("mail.log", "mail.log.1");
            node.writer();
        }
        node.settle();
        node.assert_exact(next);
    }
}

/// Half a line at the end of the old file is not put before the first line of the new one:
/// <https://github.com/coroot/coroot-node-agent/pull/315>.
#[test]
fn half_a_line_stays_in_its_file() {
    for copied in [false, true] {
        let mut node = Node::new();
        let mut writer = node.writer();
        writer.lines(0..3);
        node.start();
        node.poll();
        writer.write("stale prefix");
        node.poll();
        if copied {
            copytruncate(&node.live, &node.path("mail.log.1"));
        } else {
            node.rename("mail.log", "mail.log.1");
        }
        node.writer().lines(3..6);
        node.settle();
        node.assert_exact(6);
        let collector = node.collector.as_ref().expect("started");
        assert_eq!(collector.counting().others, [b"stale prefix\n".to_vec()], "{copied}");
    }
}

/// A new file with the header of one that has vanished is not that one:
/// <https://github.com/elastic/beats/pull/50566>.
#[test]
fn a_shared_header_is_no_identity() {
    for header in [10, 300, 5000] {
        for down in [false, true] {
            let mut node = Node::new();
            let header = format!("{}\n", "#".repeat(header));
            node.writer().write(&header);
            node.writer().lines(0..20);
            node.start();
            node.polls(2);
            if down {
                node.stop();
            }
            fs::remove_file(&node.live).expect("files of the test");
            node.writer().write(&header);
            node.writer().lines(20..60);
            node.settle();
            node.assert_exact_with_gaps(60, u64::from(down));
        }
    }
}

/// A rotated file that is appended to while it waits is not begun a second time:
/// <https://github.com/fluent/fluentd/pull/5499>.
#[test]
fn a_rotated_file_that_grows_is_not_begun_again() {
    let mut node = Node::new();
    let mut old = node.writer();
    old.lines(0..10);
    node.start();
    node.poll();
    node.rename("mail.log", "mail.log.1");
    node.writer();
    for second in 0..30 {
        old.lines(10 + second..11 + second);
        node.poll();
        node.now += 5;
    }
    node.settle();
    node.assert_exact(40);
    assert_eq!(node.store.rows().len(), 2);
}

/// The position never leaves the file, however often it is truncated:
/// <https://github.com/elastic/beats/issues/36541>,
/// and a copy is not read again: <https://github.com/elastic/beats/issues/39731>.
#[test]
fn positions_stay_inside_their_files() {
    let mut node = Node::new();
    let mut writer = node.writer();
    writer.lines(0..1);
    node.start();
    for number in 1..20 {
        node.poll();
        copytruncate(&node.live, &node.path("mail.log.1"));
        writer.lines(number..number + 1);
        node.poll();
        let length = fs::metadata(&node.live).expect("files of the test").len();
        let live = node.store.rows().last().expect("a row").position;
        assert!(live <= length, "{live} of {length}");
        if number % 5 == 0 {
            node.stop();
            node.start();
        }
    }
    node.settle();
    node.assert_exact(20);
}

/// A file that is compressed while it is read is read to its end, once:
/// <https://github.com/vectordotdev/vector/issues/7990>.
#[test]
fn a_file_may_be_compressed_at_any_moment() {
    let mut node = Node::new();
    let mut writer = node.writer();
    writer.lines(0..1000);
    node.start();
    node.poll();
    writer.lines(1000..2000);
    node.rename("mail.log", "mail.log.1");
    node.writer().lines(2000..2010);
    let half = fs::read(node.path("mail.log.1")).expect("files of the test");
    // gzip has written a part, and not removed the file yet.
    fs::write(node.path("mail.log.1.gz"), &half[..100]).expect("files of the test");
    node.poll();
    gzip(&node.path("mail.log.1"));
    node.settle();
    node.stop();
    node.settle();
    node.assert_exact(2010);
}

/// Two files of one log with the same first line are two files:
/// <https://github.com/vectordotdev/vector/discussions/17520>.
#[test]
fn files_with_the_same_first_line_are_two() {
    let mut node = Node::new();
    let first = "Dec  1 02:46:56 mx1 syslogd: restart\n";
    for (number, name) in ["mail.log", "mail.log", "mail.log"].iter().enumerate() {
        let number = u64::try_from(number).expect("a number");
        node.rename_if_there(name, &format!("mail.log.{}", 3 - number));
        node.writer().write(first);
        node.writer().lines(number * 10..number * 10 + 10);
        node.start();
        node.polls(2);
        node.stop();
    }
    node.settle();
    node.assert_exact(30);
}

/// A file without a newline is not read until it has one, and then at once:
/// <https://github.com/vectordotdev/vector/issues/11537>.
#[test]
fn a_small_file_without_a_newline_waits_for_it() {
    let mut node = Node::new();
    let mut writer = node.writer();
    writer.write(line(0).trim_end());
    node.start();
    node.polls(3);
    assert_eq!(node.store.wrong(COUNTER, 1).0, [0]);
    writer.write("\n");
    node.poll();
    node.assert_exact(1);
}

/// A position beyond the end, because the file was truncated while nobody looked, is not waited for:
/// <https://github.com/vectordotdev/vector/issues/23076>.
#[test]
fn a_position_beyond_the_end_is_not_waited_for() {
    let mut node = Node::new();
    node.writer().lines(0..1000);
    node.start();
    node.poll();
    node.stop();
    Writer::open(&node.live);
    fs::write(&node.live, "").expect("files of the test");
    node.writer().lines(1000..1003);
    node.settle();
    // What was written before the truncation and after the stop is not known.
    node.assert_exact_with_gaps(1003, 1);
}
