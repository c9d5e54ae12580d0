//! What the reader reports besides the options. The crate's `tests/option_files.rs` compares the options with the real
//! client.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const MAIN: &str = "main.cnf";

/// A directory of option files, readable by all. `@` in a file stands for the directory.
struct Files(PathBuf);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let unique = format!("healthd-reader-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let this = Self(std::env::temp_dir().join(unique));
        fs::create_dir_all(this.path("d")).expect("the temporary directory is writable");
        for (name, content) in files {
            fs::write(this.path(name), this.located(content)).expect("the temporary directory is writable");
            this.set_mode(name, 0o644);
        }
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn located(&self, text: &str) -> String {
        text.replace('@', self.0.to_str().expect("the temporary directory is UTF-8"))
    }

    fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).expect("the file is ours");
    }

    fn read(&self) -> OptionFiles {
        read_defaults_file(&self.path(MAIN), &CLIENT_GROUPS, Some(&self.0)).expect("a good file")
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // Errors are ignored: a temporary directory that stays does no harm.
        drop(fs::remove_dir_all(&self.0));
    }
}

fn arguments(found: &OptionFiles) -> Vec<String> {
    found.options().iter().map(OptionEntry::argument).collect()
}

#[test]
fn options_keep_the_order_and_the_place_in_which_they_were_read() {
    let files = Files::new(&[
        (MAIN, "[client-healthd]\nuser=a\n!include ~/a.cnf\nuser=b\n[client]\nuser=c\n[mysqld]\nuser=d\n"),
        ("a.cnf", "\n[Client-MariaDB]\nuser=e\n[client-server]\nssl\n"),
    ]);
    let found = files.read();
    assert_eq!(arguments(&found), ["--user=a", "--user=e", "--ssl", "--user=b", "--user=c"]);
    let places: Vec<_> = found.options().iter().map(|option| option.location().to_string()).collect();
    assert_eq!(
        places,
        ["@/main.cnf:2", "@/a.cnf:3", "@/a.cnf:5", "@/main.cnf:4", "@/main.cnf:6"].map(|at| files.located(at))
    );
}

#[test]
fn missing_default_files_are_skipped_and_a_missing_explicit_one_is_an_error() {
    let files = Files::new(&[(MAIN, "[client]\nuser=a\n")]);
    let found =
        read_default_files(&[files.path("missing.cnf"), files.path(MAIN)], &CLIENT_GROUPS, None).expect("good file");
    assert_eq!((arguments(&found), found.warnings()), (vec!["--user=a".to_owned()], &[][..]));
    for name in ["missing.cnf", "d"] {
        let error = read_defaults_file(&files.path(name), &CLIENT_GROUPS, None).expect_err("no such file").to_string();
        assert!(error.starts_with(&format!("cannot read option file {}: ", files.path(name).display())), "{error}");
    }
}

#[test]
fn world_writable_files_are_ignored_with_a_warning() {
    let files = Files::new(&[(MAIN, "[client]\na=1\n!include @/a.cnf\n"), ("a.cnf", "[client]\nb=1\n")]);
    for (name, expected) in [("a.cnf", &["--a=1"][..]), (MAIN, &[])] {
        files.set_mode(name, 0o646);
        let found = files.read();
        assert_eq!(arguments(&found), expected);
        let warning = format!("{} is world-writable and ignored", files.path(name).display());
        assert!(found.warnings().iter().any(|text| text.contains(&warning)), "{:?}", found.warnings());
    }
}

#[test]
fn what_the_client_loses_is_warned_of_by_line_and_without_content() {
    for (main, expected) in [
        ("[client]\n!include @/a.cnf", "@/main.cnf:2: the last character of its path is dropped"),
        ("\n!include @/hunter2\n", "included at @/main.cnf:2: "),
        ("!hunter2\n", "unknown directive ignored at @/main.cnf:1"),
        ("!include @/main.cnf\n", "directive ignored at @/main.cnf:1: files are included 10 deep"),
        ("!include @/a.cnf\n", "group name is not closed at @/a.cnf:2; add the missing ']' (the rest"),
    ] {
        let files = Files::new(&[(MAIN, main), ("a.cnf", "[client]\n[hunter2\n")]);
        let warnings = files.read().warnings().join("\n");
        assert!(warnings.contains(&files.located(expected)), "{expected}: {warnings}");
        assert!(!warnings.contains("hunter2"), "{warnings}");
    }
}

#[test]
fn a_password_that_others_may_read_is_reported_with_its_line() {
    for (main, mode, line) in [
        ("[client]\nuser=a\npassword=hunter2\n", 0o644, Some(3)),
        ("[client-healthd]\nloose_pass=hunter2\n[client]\npassword=\n", 0o604, Some(2)),
        ("[client]\npassword=hunter2\n", 0o640, None),
        ("[client]\npassword=\npassword\nskip-password\n[mysqld]\npassword=hunter2\n", 0o644, None),
    ] {
        let files = Files::new(&[(MAIN, main)]);
        files.set_mode(MAIN, mode);
        let exposed = files.read().check_secrecy().err();
        assert_eq!(exposed.as_ref().map(|secret| secret.line), line, "{main}");
        assert!(exposed.is_none_or(|secret| secret.mode == mode && secret.file == files.path(MAIN)));
    }
}

#[test]
fn errors_name_the_line_and_what_to_do_without_content() {
    for (main, expected) in [
        ("\n[hunter2\n", "group name is not closed at @/main.cnf:2; add the missing ']'"),
        ("password=hunter2\n", "option outside of any group at @/main.cnf:1; put a group such as [client] before it"),
        ("\u{feff}[client]\n", "remove a byte order mark if the file begins with one"),
        ("[client]\n!include \n", "include directive without a path at @/main.cnf:2; name a file"),
        ("[client]\n!includedir @/hunter2\n", "cannot list the directory of the !includedir at @/main.cnf:2: "),
        ("[client]\npassword=hunter2à\n", "option is not valid UTF-8 at @/main.cnf:2; save the file as UTF-8"),
    ] {
        let files = Files::new(&[(MAIN, main)]);
        let error = read_defaults_file(&files.path(MAIN), &CLIENT_GROUPS, None).expect_err("a bad file").to_string();
        assert!(error.contains(&files.located(expected)), "{expected}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
