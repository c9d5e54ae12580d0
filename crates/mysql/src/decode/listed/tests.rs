use super::*;

fn row(values: &[Option<&str>]) -> TextRow {
    values.iter().map(|value| (String::new(), value.map(str::to_owned))).collect()
}

#[test]
fn the_largest_value_of_a_column_is_that_of_its_type() {
    for (kind, expected) in [
        ("tinyint(4)", Some(127)),
        ("tinyint unsigned", Some(255)),
        ("smallint(6)", Some(32_767)),
        ("mediumint(8) unsigned", Some(16_777_215)),
        ("int", Some(2_147_483_647)),
        ("int(10) unsigned zerofill", Some(4_294_967_295)),
        ("bigint(20)", Some(9_223_372_036_854_775_807)),
        ("BIGINT UNSIGNED", Some(u64::MAX)),
        ("double", Some(9_007_199_254_740_992)),
        ("varchar(3)", None),
        ("", None),
    ] {
        assert_eq!(largest(kind), expected, "{kind}");
    }
}

#[test]
fn only_a_blocker_that_sleeps_is_idle() {
    let wait = |command, time| row(&[Some("9"), Some("4"), Some("8"), Some("app"), command, time]);
    for (command, time, idle) in [
        (Some("Sleep"), Some("61"), Some(61)),
        (Some("Query"), Some("61"), None),
        // XA PREPAREd, and its connection is gone.
        (None, None, None),
        (Some("Sleep"), Some("-1"), Some(0)),
    ] {
        let waits = lock_waits(&[wait(command, time)]).expect("understood");
        assert_eq!(waits[0].idle.map(|idle| idle.as_secs()), idle, "{command:?} {time:?}");
    }
    assert!(lock_waits(&[row(&[None, None])]).is_err(), "a row of something else");
}

#[test]
fn a_redo_log_is_what_the_status_says_or_the_report() {
    let status = |pairs: &[(&str, &str)]| pairs.iter().copied().collect::<Values>();
    let log = |age, capacity| Some(RedoLog { age, capacity });
    for (pairs, expected) in [
        (&[("Innodb_checkpoint_age", "356"), ("Innodb_checkpoint_max_age", "6077031")][..], log(356, 6_077_031)),
        (
            &[("Innodb_redo_log_logical_size", "512"), ("Innodb_redo_log_capacity_resized", "16777216")],
            log(512, 14_931_708),
        ),
        (&[("Innodb_checkpoint_age", "356")], None),
        (&[("Innodb_checkpoint_age", "356"), ("Innodb_checkpoint_max_age", "0")], None),
        (&[], None),
    ] {
        assert_eq!(redo_log(&status(pairs)), expected, "{pairs:?}");
    }
    let report = |text| [row(&[Some("InnoDB"), Some(""), Some(text)])];
    let files = status(&[("innodb_log_file_size", "8388608"), ("innodb_log_files_in_group", "2")]);
    let text = "---\nLOG\n---\nLog sequence number 1665409\nLast checkpoint at  1660000\n";
    assert_eq!(redo_log_by_report(&report(text), &files).ok(), log(5_409, 13_589_532));
    assert!(redo_log_by_report(&report("LOG\n"), &files).is_err());
    assert!(redo_log_by_report(&report(text), &Values::default()).is_err());
}
