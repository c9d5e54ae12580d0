//! Every kind of rotation: each line is counted exactly once.

use std::fs;

use crate::support::node::Node;
use crate::support::{Writer, copytruncate, gzip, line};

#[test]
fn lines_before_the_first_start_are_counted() {
    let mut node = Node::new();
    let mut writer = node.writer();
    writer.lines(0..1000);
    node.start();
    node.poll();
    writer.lines(1000..1100);
    node.settle();
    node.assert_exact(1100);
    assert_eq!(node.store.tally.lines, 1100);
}

#[test]
fn lines_written_while_it_is_down_are_counted() {
    let mut node = Node::new();
    let mut writer = node.writer();
    writer.lines(0..100);
    node.start();
    node.poll();
    node.stop();
    writer.lines(100..200);
    node.start();
    node.poll();
    writer.lines(200..300);
    node.settle();
    node.assert_exact(300);
}

#[test]
fn a_writer_may_go_on_in_the_renamed_file() {
    for new_file_is_read_first in [false, true] {
        let mut node = Node::new();
        let mut old = node.writer();
        old.lines(0..200);
        node.start();
        node.poll();
        old.lines(200..220);
        node.rename("mail.log", "mail.log.1");
        let mut new = node.writer();
        new.lines(220..270);
        if new_file_is_read_first {
            node.polls(3);
        }
        old.lines(270..290);
        node.poll();
        // The 59th second of the grace.
        node.now += 56;
        old.lines(290..320);
        node.poll();
        new.lines(320..340);
        node.settle();
        node.assert_exact(340);
    }
}

#[test]
fn a_writer_that_was_never_told_to_open_the_new_file_is_followed_until_the_next_rotation() {
    let mut node = Node::new();
    let mut old = node.writer();
    old.lines(0..10);
    node.start();
    node.poll();
    node.rename("mail.log", "mail.log.1");
    fs::write(&node.live, "").expect("files of the test");
    for hour in 1..5 {
        node.settle();
        node.now += 3600;
        old.lines(hour * 10..hour * 10 + 10);
        node.poll();
    }
    node.assert_exact(50);
    // Also by a process that was started meanwhile.
    node.stop();
    old.lines(50..60);
    node.settle();
    old.lines(60..70);
    node.settle();
    node.assert_exact(70);
}

#[test]
fn rotations_while_it_is_down() {
    for (rotations, zip) in [(1, false), (1, true), (2, false), (2, true), (7, false), (7, true)] {
        for delay in [0, 1] {
            let mut node = Node::new();
            let mut writer = node.writer();
            writer.lines(0..100);
            node.start();
            node.polls(2);
            node.stop();
            let mut next = 100;
            for _ in 0..rotations {
                writer.lines(next..next + 50);
                next += 50;
                rotate(&node, zip, delay);
                writer = node.writer();
            }
            writer.lines(next..next + 50);
            node.settle();
            node.assert_exact(next + 50);
            // Nothing is read again when all of it is renamed and compressed further.
            for _ in 0..2 {
                rotate(&node, true, 0);
                node.writer();
                node.settle();
                node.stop();
            }
            node.assert_exact(next + 50);
        }
    }
}

/// Renames as logrotate does, and compresses those that are older than `delay`.
fn rotate(node: &Node, zip: bool, delay: u32) {
    for number in (1..20).rev() {
        for gz in ["", ".gz"] {
            let from = node.path(&format!("mail.log.{number}{gz}"));
            if from.exists() {
                fs::rename(from, node.path(&format!("mail.log.{}{gz}", number + 1))).expect("files of the test");
            }
        }
    }
    if node.live.exists() {
        node.rename("mail.log", "mail.log.1");
    }
    for number in delay + 1..20 {
        let file = node.path(&format!("mail.log.{number}"));
        if zip && file.exists() {
            gzip(&file);
        }
    }
}

#[test]
fn copytruncate_whatever_the_new_size_is() {
    // As many bytes as before, fewer, more, none.
    for written in [200, 50, 450, 0, 201] {
        for (down, unread) in [(false, 0), (false, 50), (true, 0), (true, 50)] {
            for zip in [false, true] {
                let mut node = Node::new();
                let mut writer = node.writer();
                writer.lines(1000..1200);
                node.start();
                node.polls(2);
                if down {
                    node.stop();
                }
                writer.lines(1200..1200 + unread);
                copytruncate(&node.live, &node.path("mail.log.1"));
                if zip {
                    gzip(&node.path("mail.log.1"));
                }
                let end = 1200 + unread + written;
                writer.lines(1200 + unread..end);
                node.settle();
                writer.lines(end..end + 10);
                node.settle();
                let (missing, twice) = node.store.wrong("lines", end + 10);
                let context = format!("{written} {down} {unread} {zip} {:#?}", node.store.rows());
                assert_eq!((missing, twice), ((0..1000).collect(), vec![]), "{context}");
                assert_eq!(node.store.tally.gaps, 0, "{context}");
            }
        }
    }
}

#[test]
fn a_second_file_with_the_same_inode_is_another_one() {
    for down in [false, true] {
        let mut node = Node::new();
        let mut writer = node.writer();
        writer.lines(0..200);
        node.start();
        node.polls(2);
        if down {
            node.stop();
        }
        // Truncating gives the same inode for certain, which deleting and creating does only sometimes.
        fs::write(&node.live, "").expect("files of the test");
        writer.lines(200..600);
        node.settle();
        // Nothing was unread; but a collector that was not there cannot know.
        node.assert_exact_with_gaps(600, u64::from(down));
    }
}

#[test]
fn a_deleted_and_created_file() {
    let mut node = Node::new();
    node.writer().lines(0..200);
    node.start();
    node.poll();
    node.writer().lines(200..210);
    fs::remove_file(&node.live).expect("files of the test");
    node.writer().lines(210..600);
    node.settle();
    node.assert_exact(600);
}

#[test]
fn a_line_in_three_pieces() {
    let mut node = Node::new();
    let mut writer = node.writer();
    writer.lines(0..205);
    node.start();
    node.poll();
    let last = line(205);
    for piece in [&last[..5], &last[5..40], &last[40..]] {
        writer.write(piece);
        node.poll();
    }
    node.settle();
    node.assert_exact(206);
    assert_eq!(node.store.tally.lines, 206);
}

#[test]
fn a_line_in_pieces_around_a_restart_and_a_rotation() {
    let mut node = Node::new();
    let mut writer = node.writer();
    writer.lines(0..5);
    writer.write(&line(5)[..38]);
    node.start();
    node.poll();
    node.stop();
    node.rename("mail.log", "mail.log.1");
    node.writer().lines(6..8);
    node.start();
    node.poll();
    writer.write(&line(5)[38..]);
    node.settle();
    node.assert_exact(8);
}

#[test]
fn a_last_line_without_a_newline_counts_when_its_file_is_complete() {
    for zip in [false, true] {
        let mut node = Node::new();
        let mut writer = node.writer();
        writer.lines(0..5);
        writer.write(line(5).trim_end());
        node.start();
        node.poll();
        node.rename("mail.log", "mail.log.1");
        if zip {
            node.stop();
            gzip(&node.path("mail.log.1"));
        }
        node.writer().lines(6..7);
        node.settle();
        node.assert_exact(7);
    }
}

#[test]
fn a_long_line_is_counted_by_its_beginning() {
    let mut node = Node::new();
    let mut writer = node.writer();
    writer.lines(0..100);
    node.start();
    node.poll();
    let long = [line(100).trim_end().as_bytes(), &vec![b'x'; 10_000_000]].concat();
    for piece in long.chunks(3_000_000) {
        writer.write(piece);
        node.poll();
        // The state inside the line is stored.
        node.stop();
        node.start();
    }
    writer.write("line 100 is in the rest\n");
    writer.lines(101..250);
    node.settle();
    node.assert_exact(250);
    assert_eq!((node.store.tally.long_lines, node.store.tally.lines), (1, 250));
}

#[test]
fn any_bytes_may_be_in_a_line() {
    let mut node = Node::new();
    let mut writer = node.writer();
    writer.lines(0..100);
    writer.write(b"\xff\xfe\xc3\x28\x00 line 100 \xff\n\r\n\n");
    writer.write(line(101).replace('\n', "\r\n"));
    writer.lines(102..251);
    node.settle();
    node.assert_exact(251);
    assert_eq!(node.store.tally.lines, 253);
}

#[test]
fn a_writer_without_o_append_leaves_nuls_after_a_truncation() {
    for (down, lines) in [(false, 20), (true, 20), (false, 5000), (true, 5000)] {
        let mut node = Node::new();
        let mut writer = Writer::without_append(&node.live);
        writer.lines(0..lines);
        node.start();
        node.polls(2);
        if down {
            node.stop();
        }
        writer.lines(lines..lines + 10);
        copytruncate(&node.live, &node.path("mail.log.1"));
        writer.lines(lines + 10..lines + 20);
        node.settle();
        writer.lines(lines + 20..lines + 30);
        node.settle();
        node.assert_exact(lines + 30);
    }
}

#[test]
fn the_steps_of_a_check_log_run() {
    // The matrix of peers in which a run follows each event.
    let mut node = Node::new();
    let mut counted = 0;
    let mut end = 0;
    let mut step = |node: &mut Node, expected: u64| {
        node.start();
        node.polls(7);
        node.stop();
        let lines = node.store.tally.lines;
        assert_eq!(lines - counted, expected, "after {counted}: {:#?}", node.store.rows());
        counted = lines;
    };
    let write = |node: &Node, end: &mut u64, lines: u64| {
        node.writer().lines(*end..*end + lines);
        *end += lines;
    };
    write(&node, &mut end, 10);
    step(&mut node, 10);
    write(&node, &mut end, 3);
    step(&mut node, 3);
    write(&node, &mut end, 4);
    node.rename("mail.log", "mail.log.1");
    write(&node, &mut end, 2);
    step(&mut node, 6);
    write(&node, &mut end, 5);
    rotate(&node, true, 1);
    write(&node, &mut end, 1);
    step(&mut node, 6);
    write(&node, &mut end, 5);
    rotate(&node, true, 0);
    write(&node, &mut end, 2);
    step(&mut node, 7);
    write(&node, &mut end, 6);
    fs::rename(node.path("mail.log.1.gz"), node.path("mail.log.9.gz")).expect("files of the test");
    copytruncate(&node.live, &node.path("mail.log.1"));
    write(&node, &mut end, 1);
    step(&mut node, 7);
    write(&node, &mut end, 3);
    copytruncate(&node.live, &node.path("mail.log.1"));
    write(&node, &mut end, 60);
    step(&mut node, 63);
    // The newest copy holds the end, and is complete: truncating the rest loses nothing.
    copytruncate(&node.live, &node.path("mail.log.1"));
    step(&mut node, 0);
    node.assert_exact(end);
    fs::remove_file(&node.live).expect("files of the test");
    node.start();
    assert!(node.try_poll().expect_err("a fault").to_string().contains("does not exist"));
}
