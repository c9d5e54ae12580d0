//! What cannot be read is named with its fix; what is lost is counted once; nothing is counted twice.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use healthd_core::samples::minute::Span;

use crate::support::node::{COUNTER, Node};
use crate::support::{Dir, copytruncate, gzip, gzipped, line};

fn fault(node: &mut Node) -> String {
    node.try_poll().expect_err("a fault").to_string()
}

#[test]
fn what_is_not_a_log_is_named() {
    let mut node = Node::new();
    node.start();
    let missing = fault(&mut node);
    assert!(missing.contains("mail.log: it does not exist") && missing.contains("journal = "), "{missing}");
    fs::create_dir(&node.live).expect("files of the test");
    assert!(fault(&mut node).contains("it is a directory"));
    fs::remove_dir(&node.live).expect("files of the test");
    let fifo = std::process::Command::new("mkfifo").arg(&node.live).status().expect("mkfifo");
    assert!(fifo.success());
    assert!(fault(&mut node).contains("a FIFO"));
    fs::remove_file(&node.live).expect("files of the test");
    let _socket = std::os::unix::net::UnixListener::bind(&node.live).expect("files of the test");
    assert!(fault(&mut node).contains("a socket"));
    fs::remove_file(&node.live).expect("files of the test");
    node.writer().lines(0..10);
    node.settle();
    node.assert_exact(10);
}

#[test]
fn a_directory_without_permission_to_list_is_named() {
    let mut node = Node::with(Dir::new(), Path::new("/proc/1/nothing/mail.log").to_path_buf());
    node.start();
    assert!(fault(&mut node).contains("cannot read /proc/1/nothing/mail.log"));
}

#[test]
fn a_missing_file_is_a_fault_only_when_it_stays_away() {
    let mut node = Node::new();
    let mut old = node.writer();
    old.lines(0..10);
    node.start();
    node.poll();
    node.rename("mail.log", "mail.log.1");
    node.poll();
    old.lines(10..20);
    node.poll();
    node.now += 60;
    old.lines(20..30);
    node.poll();
    assert!(fault(&mut node).contains("does not exist"));
    assert_eq!(node.store.wrong(COUNTER, 30), (vec![], vec![]), "the old file is read nevertheless");
    node.writer().lines(30..40);
    node.settle();
    node.assert_exact(40);
}

#[test]
fn unread_lines_that_vanish_are_one_gap() {
    let mut node = Node::new();
    node.writer().lines(0..10);
    node.start();
    node.poll();
    // Half a line was seen, and is gone with the file.
    node.writer().write("half");
    node.poll();
    fs::write(&node.live, "").expect("files of the test");
    node.writer().lines(10..20);
    node.settle();
    node.settle();
    node.stop();
    node.settle();
    node.assert_exact_with_gaps(20, 1);
    // Everything was read before this one.
    fs::write(&node.live, "").expect("files of the test");
    node.writer().lines(20..30);
    node.settle();
    node.assert_exact_with_gaps(30, 1);
}

#[test]
fn a_gap_begins_a_new_span() {
    let mut node = Node::new();
    let (begin, now) = (node.now - 500, node.now);
    node.writer().write(format!("line 0 time {begin} x\n"));
    node.start();
    node.poll();
    assert_eq!(node.store.covered, [Span { from: begin, to: now + 1 }]);
    node.stop();
    fs::remove_file(&node.live).expect("files of the test");
    node.now += 1000;
    node.writer().write(format!("line 1 time {} x\n", now + 900));
    node.start();
    node.polls(6);
    node.now += 60;
    node.poll();
    assert!(node.store.covered.len() > 1, "{:?}", node.store.covered);
    // The first line after the gap says when it ended.
    assert_eq!(node.store.covered[1].from, now + 900, "{:?}", node.store.covered);
}

#[test]
fn a_generation_that_was_read_and_deleted_is_no_gap() {
    let mut node = Node::new();
    let mut next = 0;
    node.writer();
    node.start();
    for _ in 0..10 {
        node.poll();
        node.writer().lines(next..next + 10);
        next += 10;
        node.poll();
        node.rename("mail.log", "mail.log.1");
        node.writer();
        node.poll();
        fs::remove_file(node.path("mail.log.1")).expect("files of the test");
        node.poll();
        // Also not for a process that was not there.
        node.stop();
        node.start();
    }
    node.settle();
    node.assert_exact(next);
}

#[test]
fn a_damaged_compressed_file_is_named_and_then_given_up() {
    for from_whole in [0, 12, 2] {
        let mut node = Node::new();
        node.writer().lines(0..5000);
        node.start();
        node.poll();
        node.stop();
        node.writer().lines(5000..10_000);
        node.rename("mail.log", "mail.log.1");
        gzip(&node.path("mail.log.1"));
        let path = node.path("mail.log.1.gz");
        let whole = fs::read(&path).expect("files of the test");
        fs::write(&path, &whole[..whole.len() * from_whole / 16]).expect("files of the test");
        node.writer().lines(10_000..10_010);
        node.start();
        let message = (0..3).find_map(|_| node.try_poll().err()).expect("a fault").to_string();
        assert!(message.contains("cannot decompress") && message.contains("mail.log.1.gz"), "{message}");
        for _ in 0..70 {
            drop(node.try_poll());
        }
        node.settle();
        let (missing, twice) = node.store.wrong(COUNTER, 10_010);
        assert!(twice.is_empty(), "{from_whole}: {twice:?}");
        assert!(missing.iter().all(|number| (5000..10_000).contains(number)), "{from_whole}: {missing:?}");
        assert!(!missing.is_empty(), "{from_whole}");
        assert_eq!(node.store.tally.gaps, 1, "{from_whole}: {:#?}", node.store.rows());
        // If somebody restores it, a backfill counts the rest.
        fs::write(&path, &whole).expect("files of the test");
        node.backfill(&path);
        assert_eq!(node.store.wrong(COUNTER, 10_010), (vec![], vec![]), "{from_whole}");
        node.settle();
        node.stop();
        node.settle();
        assert_eq!(node.store.wrong(COUNTER, 10_010), (vec![], vec![]), "{from_whole}");
    }
}

#[test]
fn one_file_with_two_names_is_read_once() {
    let mut node = Node::new();
    node.writer().lines(0..100);
    node.start();
    node.poll();
    node.stop();
    node.writer().lines(100..200);
    node.rename("mail.log", "mail.log.1");
    node.writer().lines(200..300);
    node.rename("mail.log", "mail.log-20261201");
    // Names of two kinds are in the order of their times.
    for (name, age) in [("mail.log.1", 100), ("mail.log-20261201", 50)] {
        let file = fs::File::options().append(true).open(node.path(name)).expect("files of the test");
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).expect("files of the test");
    }
    // Hard links, symbolic links, copies, compressed copies.
    fs::hard_link(node.path("mail.log.1"), node.path("mail.log.2")).expect("files of the test");
    symlink(node.path("mail.log-20261201"), node.path("mail.log.3")).expect("files of the test");
    fs::copy(node.path("mail.log-20261201"), node.path("mail.log.4")).expect("files of the test");
    fs::write(node.path("mail.log.5.gz"), gzipped((0..200).map(line).collect::<String>().as_bytes()))
        .expect("files of the test");
    fs::write(node.path("mail.log-20261201.gz"), "in work").expect("files of the test");
    node.writer().lines(300..400);
    symlink("mail.log", node.path("mail.log.0")).expect("files of the test");
    node.settle();
    node.stop();
    node.settle();
    node.assert_exact(400);
}

#[test]
fn a_symbolic_link_is_followed_and_rotations_on_both_sides_are_found() {
    for beside_the_link in [false, true] {
        let dir = Dir::new();
        fs::create_dir_all(dir.path("data")).expect("files of the test");
        let (link, target) = (dir.path("mail.log"), dir.path("data/real.log"));
        fs::write(&target, "").expect("files of the test");
        symlink(&target, &link).expect("files of the test");
        let mut node = Node::with(dir, link);
        node.writer().lines(0..10);
        node.start();
        node.polls(2);
        node.stop();
        node.writer().lines(10..20);
        if beside_the_link {
            copytruncate(&target, &node.path("mail.log.1"));
        } else {
            node.rename("data/real.log", "data/real.log.1");
            gzip(&node.path("data/real.log.1"));
            fs::write(&target, "").expect("files of the test");
        }
        node.writer().lines(20..30);
        node.settle();
        node.assert_exact(30);
        // The link is switched to another file.
        let next = node.path("data/next.log");
        fs::write(&next, "").expect("files of the test");
        fs::remove_file(&node.live).expect("files of the test");
        symlink(&next, &node.live).expect("files of the test");
        node.writer().lines(30..40);
        node.settle();
        node.assert_exact(40);
    }
}

#[test]
fn an_unreadable_rotated_file_waits_for_its_permission() {
    if rustix::process::geteuid().is_root() {
        // Root may read everything; the suite in tests/ does this with another account.
        return;
    }
    let mut node = Node::new();
    node.writer().lines(0..10);
    node.start();
    node.poll();
    node.stop();
    node.writer().lines(10..20);
    node.rename("mail.log", "mail.log.1");
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    set(&node.path("mail.log.1"), 0o000);
    node.writer().lines(20..30);
    node.start();
    assert!((0..20).filter_map(|_| node.try_poll().err()).any(|error| error.to_string().contains("usermod")));
    set(&node.path("mail.log.1"), 0o600);
    node.settle();
    node.assert_exact(30);
}

#[test]
fn the_same_batch_is_offered_until_it_is_stored() {
    let mut node = Node::new();
    node.writer().lines(0..10);
    node.start();
    let now = node.now;
    let collector = node.collector.as_mut().expect("started");
    let batch = collector.read(now).expect("readable");
    assert!(batch.is_some());
    crate::support::Writer::open(&node.live).lines(10..20);
    for later in 1..5 {
        assert_eq!(collector.read(now + later).expect("readable"), batch, "nothing further is read");
    }
    node.settle();
    node.assert_exact(20);
}

#[test]
fn an_idle_log_is_stored_once_a_minute() {
    let mut node = Node::new();
    node.writer().lines(0..10);
    node.start();
    node.polls(2);
    let before = node.store.commits;
    node.polls(300);
    assert_eq!(node.store.commits - before, 5);
    let spans = &node.store.covered;
    assert!(spans.windows(2).all(|two| two[0].to == two[1].from), "{spans:?}");
}

#[test]
fn files_that_were_rotated_before_the_first_start_are_for_a_backfill() {
    let mut node = Node::new();
    for name in ["mail.log.1", "mail.log-20261101", "mail.log.7"] {
        fs::write(node.path(name), "line 9999 is old\n").expect("files of the test");
    }
    fs::write(node.path("mail.log.2.gz"), gzipped(b"line 9998 is old\n")).expect("files of the test");
    node.writer().lines(0..10);
    node.settle();
    node.stop();
    node.settle();
    node.assert_exact(10);
}
