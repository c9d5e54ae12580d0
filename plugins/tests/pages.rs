//! What is made of the command lines: helps, manual pages, completions.

#[path = "../examples/pages/pages.rs"]
mod pages;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use healthd_core::checks;
use healthd_core::render::manual;
use healthd_plugins::applets;

/// A terminal's width, which every help keeps to.
const COLUMNS: usize = 80;

fn help(applet: &applets::Applet) -> String {
    (applet.run)([applet.name, "--help"].map(OsString::from).to_vec()).text
}

/// The lines below `Examples:`, without what explains them.
fn examples(help: &str) -> Vec<&str> {
    let below = help.split("Examples:\n").nth(1).unwrap_or_default();
    let lines = below.lines().take_while(|line| line.starts_with("  "));
    lines.map(|line| line.trim().split("   ").next().unwrap_or_default()).collect()
}

/// What bash proposes at the end of this line.
fn completed(scripts: &Path, line: &str) -> Vec<String> {
    let applet = line.split(' ').next().unwrap_or_default();
    let (last, before) = (line.split(' ').count() - 1, line.split(' ').rev().nth(1).unwrap_or_default());
    let current = line.rsplit(' ').next().unwrap_or_default();
    let words = line.split(' ').map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let script = format!(
        "source {}; COMP_WORDS=({words}); COMP_CWORD={last}; _{applet} {applet} '{current}' '{before}'; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        scripts.join(applet).display()
    );
    let bash = Command::new("bash").args(["-c", &script]).output().expect("bash runs");
    assert!(bash.stderr.is_empty(), "{line}: {bash:?}");
    String::from_utf8_lossy(&bash.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn every_help_fits_a_terminal_and_its_examples_are_understood() {
    for applet in applets::ALL {
        let help = help(&applet);
        let wide: Vec<&str> = help.lines().filter(|line| line.chars().count() > COLUMNS).collect();
        assert!(wide.is_empty(), "{}: {wide:?}", applet.name);
        let examples = examples(&help);
        assert!(!examples.is_empty(), "{} has no example: {help}", applet.name);
        for example in examples {
            let words = example.replace('\'', "");
            let quoted = example.split('\'').collect::<Vec<_>>();
            // Of a shell's quotes no more is needed: words, and texts between single ones.
            let words: Vec<String> = match quoted.as_slice() {
                [_] => words.split_whitespace().map(str::to_owned).collect(),
                parts => parts
                    .iter()
                    .enumerate()
                    .flat_map(|(at, part)| match at % 2 {
                        0 => part.split_whitespace().map(str::to_owned).collect(),
                        _ => vec![(*part).to_owned()],
                    })
                    .collect(),
            };
            assert_eq!(words.first().map(String::as_str), Some(applet.name), "{example}");
            if words.iter().any(|word| word == "--help") {
                continue;
            }
            // `--extra-opts` is taken out before.
            let words = words.into_iter().filter(|word| !word.starts_with("--extra-opts"));
            let parsed = applet.command().try_get_matches_from(words);
            assert!(parsed.is_ok(), "{example}: {parsed:?}");
        }
    }
}

#[test]
fn every_check_has_a_page_in_short_that_fits_a_terminal() {
    let check_my = applets::find("check_my").expect("an applet");
    for check in checks::ALL {
        let asked = ["check_my", check.name, "--help"].map(OsString::from).to_vec();
        let page = (check_my.run)(asked).text;
        assert_eq!(page, manual::help(check));
        // Only a name or an address is never broken.
        let breaks = |line: &&str| line.split_whitespace().count() > 1 && line.chars().count() > COLUMNS;
        let wide: Vec<&str> = page.lines().filter(breaks).collect();
        assert!(wide.is_empty(), "{wide:?}");
        for part in [check.name, check.about, "WARNING", "Privileges", check.metrics[0].label] {
            let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(part), "{}: {part}: {page}", check.name);
        }
    }
}

#[test]
fn every_name_has_a_manual_page_with_the_examples_of_its_help_and_a_completion() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("pages-{}", std::process::id()));
    pages::write(&directory).expect("the directory is writable");
    let read =
        |name: String| fs::read_to_string(directory.join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    for applet in applets::ALL {
        // roff writes these two so that they stay what they are.
        let page =
            read(format!("man/{}.1", applet.name)).replace("\\-", "-").replace("\\*(Aq", "'").replace("\\'", "'");
        for example in examples(&help(&applet)) {
            assert!(page.contains(example), "{}: {example}: {page}", applet.name);
        }
        let script = directory.join("bash").join(applet.name);
        let asked = format!("source {} && complete -p {}", script.display(), applet.name);
        let bash = Command::new("bash").args(["-c", &asked]).output().expect("bash runs");
        assert!(bash.status.success() && bash.stderr.is_empty(), "{}: {bash:?}", applet.name);
        let (zsh, fish) = (read(format!("zsh/_{}", applet.name)), read(format!("fish/{}.fish", applet.name)));
        assert!(zsh.starts_with(&format!("#compdef {}\n", applet.name)), "{}: {zsh}", applet.name);
        assert!(fish.contains(&format!("complete -c {} ", applet.name)), "{}: {fish}", applet.name);
    }
    for (line, words) in [
        ("check_my threads-r", &["threads-running"][..]),
        ("check_my heal", &["health"]),
        ("check_my sq", &["sql"]),
        ("check_my ping --output ", &["nagios", "json", "checkmk"]),
        ("check_mysql_health --mode bufferpool-", &["bufferpool-hitrate", "bufferpool-wait-free"]),
    ] {
        assert_eq!(completed(&directory.join("bash"), line), words, "{line}");
    }
    let first = |name: &str| format!("complete -c check_my -n __fish_is_first_token -f -a {name}\n");
    let fish = read("fish/check_my.fish".to_owned());
    assert!(fish.contains(&first("threads-running")) && fish.contains(&first("health")), "{fish}");
    let check_my = read("bash/check_my".to_owned());
    for name in checks::ALL.iter().map(|check| check.name).chain(["health", "--output", "checkmk"]) {
        assert!(check_my.contains(name), "{name}");
    }
    let health = read("bash/check_mysql_health".to_owned());
    for name in checks::ALL.iter().flat_map(|check| check.modes).flat_map(|mode| mode.names).chain([&"sql", &"encode"])
    {
        assert!(health.contains(name), "{name}");
    }
    fs::remove_dir_all(&directory).expect("it is ours");
}
