//! Option files are read as the real clients read them: compares with `my_print_defaults` and `mariadb`, both of which
//! are in the package mariadb-client-core. Without them these tests fail.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use healthd_mysql::login::credentials::{Credentials, TlsMode};
use healthd_mysql::option_file::{ClientEnvironment, OptionFileError, OptionFiles, default_files, read_defaults_file};
use proptest::prelude::*;

const GROUPS: [&str; 2] = ["client", "client-healthd"];
const MAIN: &str = "main.cnf";

/// A directory of option files. `@` in a file stands for the directory, so that includes do not depend on where the
/// test runs.
struct Files(PathBuf);

impl Files {
    fn new(files: &[(&str, &[u8])]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let unique = format!("healthd-options-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let this = Self(std::env::temp_dir().join(unique));
        for directory in ["d/directory.cnf", "bad"] {
            fs::create_dir_all(this.path(directory)).expect("the temporary directory is writable");
        }
        for (name, content) in files {
            let root = this.0.as_os_str().as_encoded_bytes();
            let parts: Vec<_> = content.split(|&byte| byte == b'@').collect();
            fs::write(this.path(name), parts.join(root)).expect("the temporary directory is writable");
            this.set_mode(name, 0o644);
        }
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).expect("the file is ours");
    }

    fn read(&self) -> Result<OptionFiles, OptionFileError> {
        read_defaults_file(&self.path(MAIN), &GROUPS, Some(&self.0))
    }

    /// Runs a client program with an environment that has nothing but these variables and the search path.
    fn run(&self, program: &str, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
        let path = std::env::var_os("PATH").expect("PATH is set");
        Command::new(program)
            .env_clear()
            .env("PATH", path)
            .envs(environment.iter().copied())
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("cannot run {program}: {error}; install mariadb-client-core"))
    }

    /// Reads the main file with `my_print_defaults`.
    fn client(&self) -> Output {
        let home = self.0.to_str().expect("the temporary directory is UTF-8");
        let file = format!("--defaults-file={home}/{MAIN}");
        self.run("my_print_defaults", &[("HOME", home)], &[&[file.as_str()], &GROUPS[..]].concat())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // Errors are ignored: a temporary directory that stays does no harm.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Our options as `my_print_defaults` would print them.
fn printed(found: &OptionFiles) -> String {
    found.options().iter().map(|option| option.argument() + "\n").collect()
}

/// The line number at the end of the client's last error message.
fn blamed_line(stderr: &str) -> Option<usize> {
    let message = stderr.lines().rev().find(|line| line.starts_with("error: "))?;
    message.rsplit(' ').next()?.parse().ok()
}

/// Fails unless we and the client find the same options, or fail at the same line.
fn compare(files: &Files) -> Result<(), String> {
    let output = files.client();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let ours = files.read();
    let same = match &ours {
        Ok(found) => output.status.success() && printed(found).as_bytes() == output.stdout,
        // Only in our reader; see the module's documentation.
        Err(OptionFileError::NotUtf8(_)) => {
            !output.status.success() || String::from_utf8(output.stdout.clone()).is_err()
        }
        Err(OptionFileError::IncludeDirUnreadable { .. }) => {
            !output.status.success() && stderr.contains("Can't read dir of")
        }
        Err(
            OptionFileError::UnclosedGroup(at)
            | OptionFileError::OptionOutsideGroup(at)
            | OptionFileError::IncludeWithoutPath(at),
        ) => {
            // After a line that was too long, the client's line numbers are wrong.
            let cut = fs::read(&at.file).is_ok_and(|text| text.split(|&b| b == b'\n').any(|line| line.len() > 4000));
            !output.status.success() && (cut || blamed_line(&stderr) == Some(at.line))
        }
        Err(OptionFileError::Unreadable { .. }) => false,
    };
    if same {
        return Ok(());
    }
    let main = fs::read(files.path(MAIN)).unwrap_or_default();
    let ours = ours.as_ref().map(printed);
    Err(format!(
        "{}\nours: {ours:?}\nclient: {:?}\n{stderr}",
        main.escape_ascii(),
        output.stdout.escape_ascii().to_string()
    ))
}

#[test]
fn nasty_files_read_as_the_client_reads_them() {
    let long = |length: usize| [b"[client]\na=", "x".repeat(length).as_bytes(), b"#[!=tail\nb=1\n"].concat();
    let table = [
        &b""[..],
        b"[CLIENT]\nuser=a\n[ client]\nuser=b\n[client\t] junk\nuser=c\n[client]]\nuser=d\n[[client]\nuser=e\n",
        b"[client,x]\na=1\n[client=x]\nb=1\n[client x]\nc=1\n[]\nd=1\n[CLIENT-HealthD]\ne=1\n[client_healthd]\nf=1\n",
        b"\n#c\n[client\nuser=a\n",
        b"\nuser=a\n[client]\n",
        b"\xef\xbb\xbf[client]\nuser=a\n",
        b"[client]\r\nuser=a\r\npassword=\"x\"\r\nssl\r\n",
        b"[client]\na b = c\nfoo = \nbar=\nfoo # c\nfoo#c=1\n -- x=1\n--user=b\n\\\n]\n\"q\"=1\n'd=#1\ne=#1\n\"f#\"=1",
        b"[client]\na=\"b\\\\\"#c\nd=\\\"b#c\"\ne='\\\\'#'\npassword=a#b\nx=\"a#b\"#c\ny=it's#x\n\
          z=\"a\\\"#b\"\nw=a\\#b\nv='a\\'#b'#c\n",
        b"[client]\na=\\b\\t\\n\\r\\\\\\s\\x\\q\\\"\\'\nb=x\\\nc=\"x\\\"\nd=\"\nf=\"\"\ng='a\"\nh=\"a\" b\ni=\" a \"\n",
        "[client]\npassword=voilà\n".as_bytes(),
        "[client]\npassword='voilà'\nüser=é\n".as_bytes(),
        b"[client]\n\xa0user=a\xa0\n[client\xa0]\nb=1\n[mysqld]\nc=\xff\n",
        b"[client]\na=1\x002\nb=2\n[c\x00]\n",
        b"[client]\n!foo\n! include  @/a.cnf \nb=1\n!include\n",
        b"[client]\n!include @/missing.cnf\n!include @/d\n!include @/a.cnf # comment\n!include \"@/a.cnf\"\nb=1\n",
        b"[client]\n!include @/a.cnf",
        b"[client]\n!include @/a.cnfx",
        b"[client]\n!include x",
        b"[client]\n!include",
        b"[client]\n!include ~/a.cnf\n!include ~\n",
        b"[client]\n!includedir ~/d\n",
        b"[client]\n!includedir @/missing\n",
        b"[client]\n!includedir @/d/ \r\nlast=1\n",
        b"[client]\n!includedir @/bad\nlast=1\n",
        b"[client]\nlevel=1\n!include @/main.cnf\nback=1\n",
    ];
    for main in table.map(<[u8]>::to_vec).into_iter().chain([4000, 4091, 4092, 4093, 4094, 4095, 9000].map(long)) {
        let files = Files::new(&[
            (MAIN, &main),
            ("a.cnf", b"[client]\nincluded=a\n[client-healthd]\nincluded=b\n"),
            ("d/b.cnf", b"[client]\nfile=b\n"),
            ("d/B.cnf", b"[client]\nfile=B\n"),
            ("d/9.cnf", b"[client]\nfile=9\n"),
            ("d/10.cnf", b"[client]\nfile=10\n"),
            ("d/.cnf", b"[client]\nfile=hidden\n"),
            ("d/b.b.cnf", b"[client]\nfile=b.b\n"),
            ("d/c.ini", b"[client]\nfile=ini\n"),
            ("d/c.CNF", b"[client]\nfile=CNF\n"),
            ("d/c.cnf.bak", b"[client]\nfile=bak\n"),
            ("bad/1.cnf", b"[client]\nkept=1\n[bad\nlost=1\n"),
            ("bad/2.cnf", b"no group\n"),
            ("bad/3.cnf", b"[client]\nread=1\n"),
            ("bad/4.cnf", b"[client]\nignored=1\n"),
        ]);
        files.set_mode("bad/4.cnf", 0o646);
        if let Err(difference) = compare(&files) {
            panic!("{difference}");
        }
    }
}

/// Pieces of text that the parser treats specially. None ends in byte `a0`. An `=` never begins a line, because the
/// client would read outside its buffer.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "a", "B", " ", "\t", "#", ";", "\"", "'", "\\", "\\n", "\\s", "\\x", "\\\"", "=", "[", "]", "!", "-", "_", "é",
        "\r", "\x0b", "\0",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..8).prop_map(|pieces| pieces.concat())
}

fn line(directives: &'static [&'static str]) -> impl Strategy<Value = String> {
    let names = ["user", "pass_word", "A", "loose-x", "a b", "it's", "\"q", "é"];
    let groups = ["[client]", "[CLIENT-healthd ]", " [client] x", "[mysqld]", "[ client]", "[]", "[client,x]"];
    let option = (prop::sample::select(names.to_vec()), prop::sample::select(vec!["=", " = ", "\t=", " "]), text())
        .prop_map(|(name, equals, value)| format!("{name}{equals}{value}"));
    let quoted =
        (prop::sample::select(vec!["'", "\""]), text()).prop_map(|(quote, text)| format!("q={quote}{text}{quote}"));
    prop_oneof![
        8 => option,
        6 => quoted,
        3 => text().prop_map(|text| format!("x{text}")),
        5 => prop::sample::select(groups.to_vec()).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["", " ", "# c", ";c", " \t#'", "!foo x", "! foo"]).prop_map(str::to_owned),
        3 => prop::sample::select(directives).prop_map(str::to_owned),
        1 => (4080_usize..4100, text())
            .prop_map(|(length, text)| format!("l={}{}", "x".repeat(length), text.replace('=', ""))),
    ]
}

fn file(directives: &'static [&'static str]) -> impl Strategy<Value = String> {
    let first = prop_oneof![9 => Just("[client]\n"), 1 => Just("")];
    let end = prop_oneof![6 => Just("\n"), 1 => Just("\r\n"), 1 => Just(" \n")];
    let last = prop_oneof![2 => Just("\n"), 1 => Just("")];
    let broken = prop_oneof![9 => Just(""), 1 => Just("[client\n"), 1 => Just("!include \n")];
    (first, prop::collection::vec((line(directives), end), 0..10), broken, line(directives), last).prop_map(
        |(first, lines, broken, final_line, last)| {
            let lines: String = lines.into_iter().flat_map(|(line, end)| [line, end.to_owned()]).collect();
            format!("{first}{lines}{broken}{final_line}{last}")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// The included files do not include each other: the reading time would grow exponentially.
    #[test]
    fn generated_files_read_as_the_client_reads_them(
        main in file(&[
            "!include @/a.cnf", "!includedir @/d", " ! include\t~/a.cnf ", "!include @/missing", "!include",
        ]),
        a in file(&["!include @/d/1.cnf", "!includedir @/missing"]),
        first in file(&["!foo"]),
        second in file(&["!include /"]),
    ) {
        let files = Files::new(&[
            (MAIN, main.as_bytes()),
            ("a.cnf", a.as_bytes()),
            ("d/1.cnf", first.as_bytes()),
            ("d/2.cnf", second.as_bytes()),
        ]);
        compare(&files).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn default_files_are_those_that_the_client_lists() {
    let files = Files::new(&[]);
    for (mariadb_home, mysql_home) in [
        (None, None),
        (None, Some("/m")),
        (Some("/a"), Some("/m")),
        (Some(""), Some("/m")),
        (None, Some("")),
        (None, Some("/etc/")),
        (None, Some("/x/../etc")),
        (None, Some("/etc/mysql/.")),
        (None, Some("relative/")),
    ] {
        let mut variables = vec![("HOME", "/h")];
        variables.extend(mariadb_home.map(|value| ("MARIADB_HOME", value)));
        variables.extend(mysql_home.map(|value| ("MYSQL_HOME", value)));
        let help = String::from_utf8(files.run("my_print_defaults", &variables, &["--help"]).stdout).expect("UTF-8");
        let listed = help.lines().skip_while(|line| !line.starts_with("Default options are read")).nth(1);
        let listed = listed.expect("the files are listed").replace('~', "/h");
        let environment = ClientEnvironment {
            home: Some(PathBuf::from("/h")),
            mariadb_home: mariadb_home.map(PathBuf::from),
            mysql_home: mysql_home.map(PathBuf::from),
        };
        let expected: Vec<_> = listed.split_whitespace().map(PathBuf::from).collect();
        assert_eq!(default_files(&environment), expected, "{variables:?}");
    }
}

/// The value that the client shows for a variable.
fn shown<'a>(help: &'a str, name: &str) -> &'a str {
    let variables = help.lines().skip_while(|line| !line.starts_with("Variables ("));
    let mut values = variables.filter_map(|line| line.split_once(' ').filter(|(shown, _)| *shown == name));
    values.next().unwrap_or_else(|| panic!("the client shows no {name}")).1.trim()
}

#[test]
fn tls_is_on_and_off_as_in_the_mariadb_client() {
    const CASES: &str = "ssl|ssl=0|SSL=off|ssl=True|skip-ssl|skip-ssl=0|skip-ssl=1|disable_ssl|enable-ssl|enable-ssl=0|\
        loose-ssl=0|loose_skip-ssl|ssl=0;skip-loose-ssl|ssl=0;skip-enable-ssl|ssl=0;ssl-ca=/x|ssl-ca=/x;ssl=0|\
        ssl=0;ssl-ca=|ssl=0;ssl-cert=/x|ssl=0;ssl-key=/x|ssl=0;ssl-cipher=x|ssl=0;ssl-verify-server-cert=1|\
        ssl=0;tls-version=TLSv1.3|ssl-ca=/x;ssl_ca=/y|ssl;user=a;USER=b c # d|ssl;loose-user='x'";
    for options in CASES.split('|') {
        let files = Files::new(&[(MAIN, format!("[client]\n{}\n", options.replace(';', "\n")).as_bytes())]);
        let argument = format!("--defaults-file={}", files.path(MAIN).display());
        let help = String::from_utf8(files.run("mariadb", &[], &[&argument, "--help"]).stdout).expect("UTF-8");
        let found = Credentials::from_options(files.read().expect("good file").options()).expect("good options");
        assert_eq!(found.tls.mode == TlsMode::Disabled, shown(&help, "ssl") == "FALSE", "{options}");
        let or_none = |text: Option<&str>| text.unwrap_or("(No default value)").to_owned();
        assert_eq!(or_none(found.user.as_deref()), shown(&help, "user"), "{options}");
        if let Some(ca) = found.tls.ca.as_deref().and_then(Path::to_str) {
            assert_eq!(ca, shown(&help, "ssl-ca"), "{options}");
        }
    }
}
