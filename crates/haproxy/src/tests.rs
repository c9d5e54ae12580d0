//! Whole files: the block of 2010, one file that breaks each rule, our own files, and random text.

mod manual;

use std::fs;
use std::path::{Path, PathBuf};

use healthd_core::render::table::Paint;
use proptest::prelude::*;

use crate::rule::Rule;
use crate::{ConfigFile, LintReport, lint, render};

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests").join(name)
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the package is in crates of the workspace")
}

/// The report for a file, which the report names without its directory.
fn found(file: &Path) -> LintReport {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let name = file.file_name().expect("a file has a name").to_string_lossy().into_owned();
    lint(&[ConfigFile { name, text }]).unwrap_or_else(|error| panic!("{error}"))
}

fn lint_text(text: &str) -> LintReport {
    lint(&[ConfigFile { name: "a.cfg".to_owned(), text: text.to_owned() }]).expect("a configuration")
}

fn names(report: &LintReport) -> Vec<&'static str> {
    report.pitfalls.iter().map(|pitfall| pitfall.rule.entry().name).collect()
}

#[test]
fn every_pitfall_of_the_block_of_2010_is_found() {
    insta::assert_snapshot!("2010", render::text(&found(&here("2010.cfg")), Paint::Plain));
}

#[test]
fn each_rule_has_a_file_that_breaks_it() {
    for rule in Rule::ALL {
        let name = rule.entry().name;
        let linted = found(&here("broken").join(format!("{name}.cfg")));
        assert!(names(&linted).contains(&name), "{name}: {:?}", names(&linted));
        insta::assert_snapshot!(name, render::text(&linted, Paint::Plain));
    }
    let files = fs::read_dir(here("broken")).expect("the directory is there").count();
    assert_eq!(files, Rule::ALL.len());
}

#[test]
fn a_good_file_and_our_own_have_no_pitfalls() {
    let ours = fs::read_dir(repository().join("haproxy")).expect("the directory is there");
    let ours =
        ours.map(|entry| entry.expect("listed").path()).filter(|file| file.extension().is_some_and(|e| e == "cfg"));
    let files: Vec<_> = ours.chain([here("good.cfg")]).collect();
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let linted = found(&file);
        assert!(linted.pitfalls.is_empty(), "{}: {}", file.display(), render::text(&linted, Paint::Plain));
        assert!(!linted.pools.is_empty(), "{}", file.display());
    }
}

#[test]
fn names_are_kebab_case_and_found_again() {
    for rule in Rule::ALL {
        let name = rule.entry().name;
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
        assert_eq!(Rule::named(name), Some(*rule));
    }
}

#[test]
fn the_json_has_the_same() {
    insta::assert_snapshot!("json", render::json(&found(&here("broken/sessions-stay.cfg"))));
    assert_eq!(render::json(&LintReport::default()), "[]\n");
}

#[test]
fn an_acceptance_is_for_its_section_only() {
    let good = fs::read_to_string(here("good.cfg")).expect("the file is there");
    let slow = good.replace("rise 1 fall 2", "rise 3 fall 3");
    let accepted = slow.replace("listen m0", "# healthd-lint: accept rise-fall a test\nlisten m0");
    assert_eq!(names(&lint_text(&slow)), ["rise-fall"]);
    let linted = lint(&[ConfigFile { name: "a.cfg".to_owned(), text: accepted }]).expect("a configuration");
    assert_eq!(render::text(&linted, Paint::Plain), "no pitfalls found in m0 (1 accepted)\n");
    let elsewhere = slow.replace("defaults\n", "# healthd-lint: accept rise-fall a test\ndefaults\n");
    assert_eq!(names(&lint_text(&elsewhere)), ["bad-acceptance", "rise-fall"]);
}

#[test]
fn conditions_are_read_for_old_and_new() {
    let good = fs::read_to_string(here("good.cfg")).expect("the file is there");
    let only_new = good.replace(
        "shutdown-sessions disabled\n",
        "shutdown-sessions\n.if version_atleast(3.1)\n    default-server init-state fully-down\n.endif\n",
    );
    let only_new = only_new.replace(" ready\\n", "\\n");
    assert_eq!(names(&lint_text(&only_new)), ["start-up-hole"], "nothing closes it before 3.1");
    let both = only_new
        .replace(".endif", ".else\n    default-server disabled agent-send \"port=3306 role=writer ready\\n\"\n.endif");
    assert_eq!(names(&lint_text(&both)), Vec::<&str>::new());
}

#[test]
fn files_are_one_configuration_and_other_servers_are_ignored() {
    let good = fs::read_to_string(here("good.cfg")).expect("the file is there");
    let (first, second) = good.split_at(good.find("listen").expect("a listen section"));
    let source = |name: &str, text: &str| ConfigFile { name: name.to_owned(), text: text.to_owned() };
    assert_eq!(
        lint(&[source("a", first), source("b", second)]),
        Ok(LintReport { pools: vec!["m0".to_owned()], pitfalls: Vec::new(), accepted: 0 })
    );
    let web = "defaults\n mode http\nbackend web\n option httpchk GET /\n server w1 10.0.0.1:80 check\n";
    let linted = lint(&[source("web", web)]).expect("a configuration");
    assert_eq!(render::text(&linted, Paint::Plain), "no section with MySQL or MariaDB servers in mode tcp\n");
}

proptest! {
    #[test]
    fn any_text_is_linted_or_refused(
        lines in prop::collection::vec(
            prop_oneof![
                Just("listen m0 from d".to_owned()),
                Just("defaults d from d".to_owned()),
                Just("backend b".to_owned()),
                Just("mode tcp".to_owned()),
                Just("option httpchk GET /mysqlchk/?port=3306&role=writer&up.a=%[srv_is_up(b/a".to_owned()),
                Just("http-check send uri-lf".to_owned()),
                Just("server a 1:3306 check agent-check agent-send \"role=x\" inter".to_owned()),
                Just("default-server port".to_owned()),
                Just(".if version_atleast(3.".to_owned()),
                Just(".endif".to_owned()),
                Just("# healthd-lint: accept".to_owned()),
                "(option|http-check|timeout|stick-table|server|no|retries|\\.elif)( [a-z0-9:%()\\[\\]/-]{0,12}){0,5}",
                "\\PC{0,40}",
            ],
            0..20,
        )
    ) {
        // It must end and must not panic.
        drop(lint(&[ConfigFile { name: "any".to_owned(), text: lines.join("\n") }]));
    }
}
