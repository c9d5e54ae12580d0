//! `--extra-opts=[section][@file]`: options from an ini file, as the Monitoring Plugins read them
//! (<https://www.monitoring-plugins.org/doc/extra-opts.html>). Options of the command line override them.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::output::Plugin;

const OPTION: &str = "--extra-opts";
/// File names to look for in each directory of `NAGIOS_CONFIG_PATH`.
const NAMES: [&str; 3] = ["monitoring-plugins.ini", "plugins.ini", "nagios-plugins.ini"];
/// Files to look for afterwards.
const USUAL: [&str; 10] = [
    "/usr/local/etc/monitoring-plugins/monitoring-plugins.ini",
    "/usr/local/etc/monitoring-plugins.ini",
    "/etc/monitoring-plugins/monitoring-plugins.ini",
    "/etc/monitoring-plugins.ini",
    "/etc/nagios/plugins.ini",
    "/usr/local/nagios/etc/plugins.ini",
    "/usr/local/etc/nagios/plugins.ini",
    "/etc/opt/nagios/plugins.ini",
    "/etc/nagios-plugins.ini",
    "/usr/local/etc/nagios-plugins.ini",
];
/// The largest ini file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// A section of an ini file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Locator {
    section: String,
    file: Option<PathBuf>,
}

/// Replaces `--extra-opts` in a command line by the options of its ini files.
///
/// # Errors
/// There is no such file or section, or a line is invalid. The message quotes nothing of the file.
pub(super) fn expand(arguments: Vec<OsString>, own_section: &str) -> Result<Vec<OsString>, Plugin> {
    let (locators, mut rest) = split(arguments, own_section);
    let mut options = Vec::new();
    for Locator { section, file } in locators {
        let wrong = |what: String| Plugin::usage(format!("{OPTION}: {what}"));
        let file = match file {
            Some(file) => file,
            None => {
                let path = std::env::var("NAGIOS_CONFIG_PATH").unwrap_or_default();
                let chosen = std::env::var_os("MP_CONFIG_FILE").map(PathBuf::from);
                let found = candidates(chosen, &path).into_iter().find(|file| file.exists());
                found.ok_or_else(|| wrong("no ini file in any of the usual places: write section@file".into()))?
            }
        };
        let text = read(&file).map_err(|error| wrong(format!("cannot read {}: {error}", file.display())))?;
        match parse(&text, &section) {
            Ok(Some(found)) => options.extend(found.into_iter().map(OsString::from)),
            Ok(None) => return Err(wrong(format!("{} has no section [{section}]", file.display()))),
            Err(line) => return Err(wrong(format!("{}, line {line} is not key=value", file.display()))),
        }
    }
    let own_name = rest.len().min(1);
    rest.splice(own_name..own_name, options);
    Ok(rest)
}

/// Splits a command line into the values of `--extra-opts` and the rest.
fn split(arguments: Vec<OsString>, own_section: &str) -> (Vec<Locator>, Vec<OsString>) {
    let (mut locators, mut rest) = (Vec::new(), Vec::new());
    let mut arguments = arguments.into_iter().peekable();
    rest.extend(arguments.next());
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if text == "--" {
            rest.push(argument);
            break;
        } else if text == OPTION {
            let value = arguments.next_if(|next| !next.to_string_lossy().starts_with('-'));
            locators.push(locator(&value.unwrap_or_default().to_string_lossy(), own_section));
        } else if let Some(value) = text.strip_prefix("--extra-opts=") {
            locators.push(locator(value, own_section));
        } else {
            rest.push(argument);
        }
    }
    rest.extend(arguments);
    (locators, rest)
}

fn locator(text: &str, own_section: &str) -> Locator {
    let (section, file) = match text.split_once('@') {
        Some((section, file)) => (section, Some(file)),
        None => (text, None),
    };
    let section = if section.is_empty() { own_section } else { section };
    Locator { section: section.to_owned(), file: file.filter(|file| !file.is_empty()).map(PathBuf::from) }
}

/// The files to look for, in order: `MP_CONFIG_FILE`, else the directories of `NAGIOS_CONFIG_PATH` and the usual files.
fn candidates(chosen: Option<PathBuf>, path: &str) -> Vec<PathBuf> {
    if let Some(chosen) = chosen {
        return vec![chosen];
    }
    let directories = path.split(':').filter(|directory| !directory.is_empty());
    let named = directories.flat_map(|directory| NAMES.map(|name| Path::new(directory).join(name)));
    named.chain(USUAL.map(PathBuf::from)).collect()
}

fn read(file: &Path) -> std::io::Result<String> {
    let mut text = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().take(LARGEST).read_to_end(&mut text)?;
    } else {
        // A pipe without a writer would block the plugin.
        if !std::fs::metadata(file)?.is_file() {
            return Err(std::io::Error::other("not a regular file"));
        }
        std::fs::File::open(file)?.take(LARGEST).read_to_end(&mut text)?;
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The options of a section as arguments; `None` if there is no such section. The error is the number of an invalid
/// line.
///
/// As in the Monitoring Plugins, `#` and quotes are part of a value, and a key without a value is a switch.
fn parse(text: &str, wanted: &str) -> Result<Option<Vec<String>>, usize> {
    let mut section = None;
    let mut found = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            let name = header.split(']').next().unwrap_or_default().trim();
            section = Some(name);
            if name == wanted {
                found.get_or_insert_with(Vec::new);
            }
            continue;
        }
        match section {
            None => return Err(number),
            Some(name) if name != wanted => continue,
            Some(_) => {}
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let key = key.trim();
        let value = value.trim();
        if key.is_empty() || key.contains(char::is_whitespace) || key.starts_with('-') {
            return Err(number);
        }
        found.get_or_insert_with(Vec::new).extend(argument(key, value));
    }
    Ok(found)
}

fn argument(key: &str, value: &str) -> Vec<String> {
    match (key.chars().count(), value) {
        (1, "") => vec![format!("-{key}")],
        (1, value) => vec![format!("-{key}"), value.to_owned()],
        (_, "") => vec![format!("--{key}")],
        (_, value) => vec![format!("--{key}={value}")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INI: &str = "# all of us\n; and more\n[check_mysql]\nusername = mon  \npassword=a b=c#\nP=3307\n\
        check-slave=\nl\n[ other ]\nhostname=db1\nbroken line\n[check_mysql]\nhostname=db2\n[empty]\n";

    #[test]
    fn a_section_becomes_options_in_its_order_and_goes_on_where_it_comes_again() {
        let expected = ["--username=mon", "--password=a b=c#", "-P", "3307", "--check-slave", "-l", "--hostname=db2"];
        assert_eq!(parse(INI, "check_mysql"), Ok(Some(expected.map(str::to_owned).to_vec())));
        assert_eq!(parse(INI, "empty"), Ok(Some(Vec::new())));
        assert_eq!(parse(INI, "Other"), Ok(None));
    }

    #[test]
    fn a_bad_line_is_told_by_its_number() {
        for (text, line) in
            [(INI, 11), ("a=b\n[other]\n", 1), ("[other]\n=b\n", 2), ("[other]\n\n--a=b", 3), ("[other]\na b=c", 2)]
        {
            assert_eq!(parse(text, "other"), Err(line), "{text}");
        }
    }

    #[test]
    fn the_option_is_taken_out_and_its_value_understood() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let at = |section: &str, file: Option<&str>| Locator { section: section.into(), file: file.map(PathBuf::from) };
        for (line, locators, rest) in [
            ("x -H a", vec![], "x -H a"),
            ("x --extra-opts -H a", vec![at("own", None)], "x -H a"),
            ("x --extra-opts=s -H a", vec![at("s", None)], "x -H a"),
            ("x -H a --extra-opts s@f", vec![at("s", Some("f"))], "x -H a"),
            ("x --extra-opts=@f --extra-opts=t@", vec![at("own", Some("f")), at("t", None)], "x"),
            ("x -- --extra-opts=s", vec![], "x -- --extra-opts=s"),
        ] {
            assert_eq!(split(words(line), "own"), (locators, words(rest)), "{line}");
        }
    }

    #[test]
    fn files_are_looked_for_where_the_environment_says_then_where_they_usually_are() {
        let found = candidates(None, ":/a::/b");
        assert_eq!(found[0], Path::new("/a/monitoring-plugins.ini"));
        assert_eq!(found[5], Path::new("/b/nagios-plugins.ini"));
        assert_eq!(found[6], Path::new(USUAL[0]));
        assert_eq!(candidates(None, "").len(), USUAL.len());
        assert_eq!(candidates(Some("/c.ini".into()), "/a"), [PathBuf::from("/c.ini")]);
    }
}
