//! The sudoers line that allows this account to run this command as root.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use healthd_core::facts::unseen::Sudoers;

use super::accounts;
use super::request::LocalRequest;

/// Characters with a special meaning for sudo in the words of a command.
const SPECIAL: &str = ",:=\\*?[]!#\"'";

/// The line for the command line of this process; `None` if it runs as root already, or if the words do not fit in one
/// line. A password is left out: it must move to an option file, as sudo allows exactly these words.
pub(super) fn line(request: &LocalRequest<'_>) -> Option<Sudoers> {
    if rustix::process::geteuid().is_root() {
        return None;
    }
    let mut words = std::env::args_os();
    let program = program(words.next()?.into())?;
    let given: Vec<String> = words.map(OsString::into_string).collect::<Result<_, _>>().ok()?;
    let given = match request.password {
        Some(password) => without(given, password)?,
        None => given,
    };
    if names_a_relative_path(&given) {
        return None;
    }
    let user = accounts::own_name().filter(|name| name != "root")?;
    let line = rule(&user, &program, request.applet, &given)?;
    // sudo does not pass the environment on.
    let from_environment = std::env::var_os("MYSQL_PWD").is_some();
    Some(Sudoers { line, without_password: request.password.is_some() || from_environment })
}

/// Whether an option file or a socket has a relative path: root would trust a file or socket in the caller's directory.
fn names_a_relative_path(words: &[String]) -> bool {
    const OPTIONS: [&str; 3] = ["--defaults-file", "--socket", "-S"];
    let is_relative = |path: &str| Path::new(path.trim_start_matches('=')).is_relative();
    let after = words.windows(2).any(|words| OPTIONS.contains(&words[0].as_str()) && is_relative(&words[1]));
    let within = |word: &String| {
        let path = OPTIONS.iter().find_map(|option| word.strip_prefix(option)).filter(|path| !path.is_empty());
        path.is_some_and(is_relative)
    };
    after || words.iter().any(within)
}

/// The words without the password and its option, which may be combined as `-vp`; `None` if the password is not found.
fn without(words: Vec<String>, password: &str) -> Option<Vec<String>> {
    let mut kept: Vec<String> = Vec::with_capacity(words.len());
    let mut found = false;
    for word in words {
        let option_before = kept.last().and_then(|option| before_password(option)).filter(|_| word == password);
        let option_within = word.strip_suffix(password).map(|option| option.trim_end_matches('='));
        let left = match (option_before, option_within.filter(|_| !password.is_empty()).and_then(before_password)) {
            (Some(left), _) => {
                kept.pop();
                Some(left)
            }
            (None, left) => left,
        };
        match left {
            Some(left) => {
                found = true;
                kept.extend(Some(left).filter(|left| !left.is_empty()));
            }
            None => kept.push(word),
        }
    }
    // A password that a later option overrides is still a secret.
    let is_password = |word: &String| word.starts_with("-p") || word.starts_with("--password");
    (found && !kept.iter().any(is_password)).then_some(kept)
}

/// What is left of an option word without the password option; `None` if it is another option.
fn before_password(option: &str) -> Option<String> {
    if option == "--password" {
        return Some(String::new());
    }
    let others = option.strip_prefix('-')?.strip_suffix('p')?;
    let all_verbose = others.chars().all(|c| c == 'v');
    all_verbose.then(|| if others.is_empty() { String::new() } else { format!("-{others}") })
}

/// The path of the program as it was called, because sudo compares the name of a link.
fn program(called: PathBuf) -> Option<String> {
    let path = if called.is_absolute() { called } else { std::env::current_exe().ok()? };
    path.to_str().map(str::to_owned)
}

fn rule(user: &str, program: &str, applet: &str, words: &[String]) -> Option<String> {
    let other = Path::new(program).file_name().is_none_or(|name| name != applet);
    let applet = (other && words.first().is_none_or(|word| word != applet)).then(|| applet.to_owned());
    let mut rule = format!("{} ALL=(root) NOPASSWD: {}", escaped(user)?, escaped(program)?);
    if applet.is_none() && words.is_empty() {
        // In sudoers, a command without arguments allows any arguments.
        rule.push_str(" \"\"");
    }
    for word in applet.iter().chain(words) {
        rule.push(' ');
        rule.push_str(&escaped(word)?);
    }
    Some(rule)
}

/// Escapes a word of a command; `None` for one with blanks or control characters, which sudo cannot express.
fn escaped(word: &str) -> Option<String> {
    if word.is_empty() || word.contains(|c: char| !c.is_ascii_graphic() || c == '|') {
        return None;
    }
    let mut escaped = String::with_capacity(word.len());
    for c in word.chars() {
        if SPECIAL.contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    Some(escaped)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_password_is_in_no_line() {
        for (words, kept) in [
            ("pidfile -u nagios -p s3cret -S /s", Some("pidfile -u nagios -S /s")),
            ("pidfile -ps3cret", Some("pidfile")),
            ("pidfile --password=s3cret -v", Some("pidfile -v")),
            ("pidfile --password s3cret", Some("pidfile")),
            ("pidfile -vp s3cret", Some("pidfile -v")),
            ("pidfile -vps3cret -S /s", Some("pidfile -v -S /s")),
            ("pidfile -u s3cret -p=s3cret", Some("pidfile -u s3cret")),
            ("pidfile -u s3cret", None),
            ("pidfile -p old -p s3cret", None),
            ("pidfile -pold --password=s3cret", None),
        ] {
            let words = words.split(' ').map(str::to_owned).collect();
            assert_eq!(super::without(words, "s3cret").map(|kept| kept.join(" ")).as_deref(), kept);
        }
    }

    #[test]
    fn a_file_that_is_another_one_elsewhere_is_in_no_line() {
        for (words, expected) in [
            ("pidfile --defaults-file /etc/healthd/monitoring.cnf", false),
            ("pidfile --defaults-file=/etc/healthd/monitoring.cnf", false),
            ("pidfile --defaults-file .my.cnf", true),
            ("pidfile --defaults-file=.my.cnf", true),
            ("pidfile -S /run/mysqld/mysqld.sock", false),
            ("pidfile -S/run/mysqld/mysqld.sock", false),
            ("pidfile --socket=/run/mysqld/mysqld.sock", false),
            ("pidfile -S sock", true),
            ("pidfile -Ssock", true),
            ("pidfile --socket=sock", true),
        ] {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            assert_eq!(super::names_a_relative_path(&words), expected, "{words:?}");
        }
    }

    #[test]
    fn the_line_is_exactly_the_command() {
        const PROGRAM: &str = "/usr/lib/healthd/plugins/check_my";
        let rule = |program: &str, words: &str| {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            super::rule("nagios", program, "check_my", &words)
        };
        let begin = "nagios ALL=(root) NOPASSWD: /usr/lib/healthd/plugins/";
        for (program, words, expected) in [
            (PROGRAM, "backup-age --name /var/backups/mysql", Some("check_my backup-age --name /var/backups/mysql")),
            (PROGRAM, "backup-age -w 0:9 --name=/b,c", Some("check_my backup-age -w 0\\:9 --name\\=/b\\,c")),
            (PROGRAM, "backup-age --name /b*", Some("check_my backup-age --name /b\\*")),
            ("/usr/lib/healthd/plugins/healthd-plugins", "check_my pidfile", Some("healthd-plugins check_my pidfile")),
            (PROGRAM, "backup-age --name /b\nALL", None),
            (PROGRAM, "backup-age --name /b|c", None),
            (PROGRAM, "backup-age --name ", None),
            (PROGRAM, "backup-age --name /bäckup", None),
        ] {
            let expected = expected.map(|end| format!("{begin}{end}"));
            assert_eq!(rule(program, words), expected, "{words}");
        }
        const OTHER: &str = "pmp-check-mysql-file-privs";
        for (program, words, expected) in [
            (OTHER, &["-u", "mysql"][..], "pmp-check-mysql-file-privs -u mysql"),
            ("healthd-plugins", &["pmp-check-mysql-file-privs"], "healthd-plugins pmp-check-mysql-file-privs"),
            (OTHER, &[], "pmp-check-mysql-file-privs \"\""),
        ] {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            let rule = super::rule("nagios", &format!("/usr/lib/healthd/plugins/{program}"), OTHER, &words);
            assert_eq!(rule, Some(format!("{begin}{expected}")));
        }
    }
}
