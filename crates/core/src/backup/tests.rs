use super::*;

/// Written by mariadb-backup 10.11.19, two hours east of UTC.
const REAL: &str = "uuid = 41f0923c-e8f7-11f1-8d1f-02fc00000001\nname = \ntool_name = mariadb-backup\n\
    tool_command = --backup --target-dir=b/full --password=...\ntool_version = 10.11.19-MariaDB\n\
    start_time = 2026-11-25 19:40:07\nend_time = 2026-11-25 19:40:08\nlock_time = 0\n\
    binlog_pos = filename 'binlog.000001', position '603', GTID of the last change '0-3-2'\n\
    innodb_from_lsn = 0\nincremental = N\nformat = file\ncompressed = N\n";
const FULL: &str = "backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 44404\nlast_lsn = 46628\n";
const END: i64 = 1_795_628_408;
const COPIED: i64 = END + 90_000;

fn files(info: Option<&str>, checkpoints: &str) -> Files {
    Files {
        info: info.map(|text| (InfoFile::Plain(text.into()), COPIED)),
        checkpoints: Some(checkpoints.into()),
        binlog: None,
        data: true,
    }
}

fn finished(files: &Files) -> Backup {
    match state(files) {
        State::Finished(backup) => backup,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_finished_backup_says_what_it_is_and_a_copy_is_not_younger() {
    let backup = finished(&files(Some(REAL), FULL));
    let expected = Backup {
        kind: BackupType::Full,
        partial: false,
        prepared: false,
        packed: false,
        ended: END,
        tool: "mariadb-backup 10.11.19-MariaDB".to_owned(),
        binlog: "binlog.000001 603 0-3-2".to_owned(),
    };
    assert_eq!(backup, expected);
    let with_file = Files { binlog: Some(b"binlog.000002\t4\t0-3-2\n".to_vec()), ..files(Some(REAL), FULL) };
    assert_eq!(finished(&with_file).binlog, "binlog.000002 4 0-3-2");
    let archive = Files { data: false, ..files(Some(REAL), FULL) };
    assert_eq!(finished(&archive), Backup { packed: true, ..backup });
}

#[test]
fn the_end_is_the_time_of_the_uuid_and_that_of_the_file_where_there_is_none() {
    let without = REAL.replace("uuid = ", "name = ");
    let random = REAL.replace("-11f1-", "-41f1-");
    let elsewhen = REAL.replace("2026-11-25 19:40:08", "2026-11-27 19:40:08");
    let west = REAL.replace("2026-11-25 19:40:08", "2026-11-25 05:40:08");
    for (name, text, expected) in [
        ("two hours east", REAL, END),
        ("twelve hours west", &west, END),
        ("no UUID", &without, COPIED),
        ("a random UUID", &random, COPIED),
        ("a UUID of another day", &elsewhen, COPIED),
    ] {
        assert_eq!(finished(&files(Some(text), FULL)).ended, expected, "{name}");
    }
}

#[test]
fn a_backup_is_finished_with_its_last_file_and_not_before() {
    let cut = |text: &'static str, until: &str| &text[..text.find(until).expect("there")];
    let trace = |data| Files { data, ..Files::default() };
    let only_info = Files { checkpoints: None, ..files(Some(REAL), "") };
    let unfinished = [
        ("killed while copying", trace(true)),
        ("killed before the info file", files(None, FULL)),
        ("an empty info file, for the disk was full", files(Some(""), FULL)),
        ("half an info file", files(Some(cut(REAL, "end_time")), FULL)),
        ("no checkpoints", only_info),
        ("half of the checkpoints", files(Some(REAL), cut(FULL, "to_lsn"))),
        ("binary rubbish", files(Some("\u{0}\u{1}end_time\u{fffd}"), FULL)),
    ];
    for (name, files) in unfinished {
        assert_eq!(state(&files), State::Unfinished, "{name}");
    }
    assert_eq!(state(&trace(false)), State::NoBackup);
}

#[test]
fn full_incremental_and_prepared_are_recognized_by_the_checkpoints() {
    // After an increment was applied, the info file of the full backup is that of the increment.
    let applied = REAL.replace("incremental = N", "incremental = Y");
    for (kind, from, expected) in [
        ("full-backuped", 0, (BackupType::Full, false)),
        ("log-applied", 0, (BackupType::Full, true)),
        ("full-prepared", 0, (BackupType::Full, true)),
        ("incremental", 44_404, (BackupType::Incremental, false)),
        ("something-new", 44_404, (BackupType::Incremental, false)),
        ("something-new", 0, (BackupType::Full, false)),
    ] {
        let checkpoints = format!("backup_type = {kind}\nfrom_lsn = {from}\nto_lsn = 44420\n");
        let backup = finished(&files(Some(&applied), &checkpoints));
        assert_eq!((backup.kind, backup.prepared), expected, "{kind}");
    }
    let packed = Files { info: Some((InfoFile::Packed, COPIED)), ..files(None, FULL) };
    let packed = finished(&packed);
    assert_eq!((packed.packed, packed.ended, packed.tool.as_str()), (true, COPIED, ""));
}

#[test]
fn the_newest_finished_one_comes_first_and_is_compared_with_its_like() {
    let of = |ended, kind, packed| {
        let plain = finished(&files(Some(REAL), FULL));
        State::Finished(Backup { ended, kind, packed, ..plain })
    };
    let found = vec![
        ("b".to_owned(), of(20, BackupType::Incremental, false)),
        ("a".to_owned(), of(10, BackupType::Full, false)),
        ("d".to_owned(), State::Unfinished),
        ("c".to_owned(), of(30, BackupType::Full, false)),
        ("x".to_owned(), State::NoBackup),
        ("p".to_owned(), of(25, BackupType::Full, true)),
    ];
    let mut backups = Backups::new("/b".to_owned(), 40, found);
    let names: Vec<&str> = backups.finished.iter().map(|stored| stored.name.as_str()).collect();
    assert_eq!((names, backups.unfinished.clone()), (vec!["c", "p", "b", "a"], vec!["d".to_owned()]));
    assert_eq!(backups.before(), Some(3));
    backups.finished.remove(3);
    assert_eq!(backups.before(), None);
    assert_eq!(Backups::default().before(), None);
}

#[test]
fn a_backup_of_some_tables_stands_for_no_whole_one() {
    let partial = REAL.replace("innodb_from_lsn = 0\n", "innodb_from_lsn = 0\npartial = Y\n");
    let whole = REAL.replace("innodb_from_lsn = 0\n", "innodb_from_lsn = 0\npartial = N\n");
    let stored = |name: &str, text: &str| (name.to_owned(), state(&files(Some(text), FULL)));
    let found = vec![stored("a-part", &partial), stored("b-whole", &whole), stored("c-part", &partial)];
    let backups = Backups::new("b".to_owned(), END, found);
    let names: Vec<(&str, bool)> =
        backups.finished.iter().map(|stored| (stored.name.as_str(), stored.backup.partial)).collect();
    assert_eq!(names, [("b-whole", false), ("c-part", true), ("a-part", true)]);
    assert_eq!(backups.before(), None, "no other whole one");
    let only = Backups::new("b".to_owned(), END, vec![stored("a", &partial), stored("b", &partial)]);
    assert_eq!(only.before(), Some(1));
}
