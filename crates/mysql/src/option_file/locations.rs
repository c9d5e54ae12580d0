//! The default files of the clients.

use std::path::{Component, Path, PathBuf};

const FILE_NAME: &str = "my.cnf";
const HOME_FILE_NAME: &str = ".my.cnf";

/// The environment variables that select option files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientEnvironment {
    /// `HOME`
    pub home: Option<PathBuf>,
    /// `MARIADB_HOME`: if it is set, even to nothing, `MYSQL_HOME` is ignored.
    pub mariadb_home: Option<PathBuf>,
    /// `MYSQL_HOME`
    pub mysql_home: Option<PathBuf>,
}

impl ClientEnvironment {
    /// Reads them from the environment of this process.
    #[must_use]
    pub fn from_process() -> Self {
        let path = |name| std::env::var_os(name).map(PathBuf::from);
        Self { home: path("HOME"), mariadb_home: path("MARIADB_HOME"), mysql_home: path("MYSQL_HOME") }
    }
}

/// The files that Debian's clients read, first to last, as `my_print_defaults --help` lists them.
///
/// A directory that the environment names again moves to its later place, so that no file is read twice.
#[must_use]
pub fn default_files(environment: &ClientEnvironment) -> Vec<PathBuf> {
    let mut directories = vec![PathBuf::from("/etc"), PathBuf::from("/etc/mysql")];
    let extra = environment.mariadb_home.as_ref().or(environment.mysql_home.as_ref());
    if let Some(extra) = extra.filter(|extra| !extra.as_os_str().is_empty()) {
        let extra = cleaned(extra);
        directories.retain(|directory| *directory != extra);
        directories.push(extra);
    }
    let mut files: Vec<PathBuf> = directories.iter().map(|directory| directory.join(FILE_NAME)).collect();
    if let Some(home) = environment.home.as_ref().filter(|home| !home.as_os_str().is_empty()) {
        files.push(home.join(HOME_FILE_NAME));
    }
    files
}

/// Resolves `.` and `..` by name only, as the clients do before they compare directories.
fn cleaned(directory: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in directory.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(clean.components().next_back(), Some(Component::Normal(_))) => {
                clean.pop();
            }
            Component::ParentDir if clean.has_root() => {}
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(home: Option<&str>, mariadb_home: Option<&str>, mysql_home: Option<&str>, expected: &[&str]) {
        let environment = ClientEnvironment {
            home: home.map(PathBuf::from),
            mariadb_home: mariadb_home.map(PathBuf::from),
            mysql_home: mysql_home.map(PathBuf::from),
        };
        let expected: Vec<_> = expected.iter().map(PathBuf::from).collect();
        assert_eq!(default_files(&environment), expected, "{environment:?}");
    }

    #[test]
    fn the_home_directories_come_after_the_system_files() {
        check(None, None, None, &["/etc/my.cnf", "/etc/mysql/my.cnf"]);
        check(Some("/h"), None, None, &["/etc/my.cnf", "/etc/mysql/my.cnf", "/h/.my.cnf"]);
        check(Some("/h"), None, Some("/m"), &["/etc/my.cnf", "/etc/mysql/my.cnf", "/m/my.cnf", "/h/.my.cnf"]);
        check(Some(""), None, None, &["/etc/my.cnf", "/etc/mysql/my.cnf"]);
    }

    #[test]
    fn mariadb_home_hides_mysql_home_even_if_empty() {
        check(None, Some("/a"), Some("/m"), &["/etc/my.cnf", "/etc/mysql/my.cnf", "/a/my.cnf"]);
        check(None, Some(""), Some("/m"), &["/etc/my.cnf", "/etc/mysql/my.cnf"]);
    }

    #[test]
    fn a_directory_named_again_moves_to_the_end() {
        for again in ["/etc", "/etc/", "/etc/.", "/etc/../etc", "/../etc"] {
            check(None, None, Some(again), &["/etc/mysql/my.cnf", "/etc/my.cnf"]);
        }
    }
}
