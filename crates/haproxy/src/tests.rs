//! Whole files: the block of 2010, one broken file a rule, our own, and anything.

use std::fs;
use std::path::{Path, PathBuf};

use healthd_core::render::table::Paint;
use proptest::prelude::*;

use super::rule::Rule;
use super::{Finding, Linted, Source, lint, render};

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests").join(name)
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the package is in crates of the workspace")
}

/// What is found in a file, which goes by its last name.
fn found(file: &Path) -> Linted {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let name = file.file_name().expect("a file has a name").to_string_lossy().into_owned();
    lint(&[Source { name, text }]).unwrap_or_else(|refused| panic!("{refused}"))
}

fn lint_text(text: &str) -> Vec<Finding> {
    lint(&[Source { name: "a.cfg".to_owned(), text: text.to_owned() }]).expect("a configuration").findings
}

fn names(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.text().name).collect()
}

#[test]
fn the_block_of_2010_gets_all_that_it_deserves() {
    insta::assert_snapshot!("2010", render::text(&found(&here("2010.cfg")), Paint::Plain));
}

#[test]
fn each_rule_has_a_file_that_breaks_it() {
    for rule in Rule::ALL {
        let name = rule.text().name;
        let linted = found(&here("broken").join(format!("{name}.cfg")));
        assert!(names(&linted.findings).contains(&name), "{name}: {:?}", names(&linted.findings));
        insta::assert_snapshot!(name, render::text(&linted, Paint::Plain));
    }
    let files = fs::read_dir(here("broken")).expect("the directory is there").count();
    assert_eq!(files, Rule::ALL.len());
}

#[test]
fn a_good_file_and_our_own_have_no_findings() {
    let ours = fs::read_dir(repository().join("haproxy")).expect("the directory is there");
    let ours =
        ours.map(|entry| entry.expect("listed").path()).filter(|file| file.extension().is_some_and(|e| e == "cfg"));
    let files: Vec<_> = ours.chain([here("good.cfg")]).collect();
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let linted = found(&file);
        assert!(linted.findings.is_empty(), "{}: {}", file.display(), render::text(&linted, Paint::Plain));
        assert!(!linted.pools.is_empty(), "{}", file.display());
    }
}

#[test]
fn every_rule_is_documented_with_its_reason_and_mend() {
    let documented = fs::read_to_string(repository().join("docs/lint.md")).expect("the rules are documented");
    for rule in Rule::ALL {
        let rule = rule.text();
        let row = format!("| `{}` | {} | {} | {} |", rule.name, rule.severity, rule.reason, rule.mend);
        assert!(documented.lines().any(|line| line == row), "docs/lint.md lacks this row:\n{row}");
    }
}

#[test]
fn names_are_kebab_case_and_found_again() {
    for rule in Rule::ALL {
        let name = rule.text().name;
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
        assert_eq!(Rule::named(name), Some(*rule));
    }
}

#[test]
fn programs_get_the_same() {
    insta::assert_snapshot!("json", render::json(&found(&here("broken/sessions-stay.cfg")).findings));
    assert_eq!(render::json(&[]), "[]\n");
}

#[test]
fn an_acceptance_is_for_its_section_only() {
    let good = fs::read_to_string(here("good.cfg")).expect("the file is there");
    let slow = good.replace("rise 1 fall 2", "rise 3 fall 3");
    let accepted = slow.replace("listen m0", "# healthd-lint: accept rise-fall a test\nlisten m0");
    assert_eq!(names(&lint_text(&slow)), ["rise-fall"]);
    let linted = lint(&[Source { name: "a.cfg".to_owned(), text: accepted }]).expect("a configuration");
    assert_eq!(render::text(&linted, Paint::Plain), "no traps found in m0 (1 accepted)\n");
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
fn files_are_one_configuration_and_what_is_not_mysqls_is_left_alone() {
    let good = fs::read_to_string(here("good.cfg")).expect("the file is there");
    let (first, second) = good.split_at(good.find("listen").expect("a listen section"));
    let source = |name: &str, text: &str| Source { name: name.to_owned(), text: text.to_owned() };
    assert_eq!(
        lint(&[source("a", first), source("b", second)]),
        Ok(Linted { pools: vec!["m0".to_owned()], findings: Vec::new(), accepted: 0 })
    );
    let web = "defaults\n mode http\nbackend web\n option httpchk GET /\n server w1 10.0.0.1:80 check\n";
    let linted = lint(&[source("web", web)]).expect("a configuration");
    assert_eq!(render::text(&linted, Paint::Plain), "nothing here has MySQL or MariaDB servers in mode tcp\n");
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
        // What counts is that it ends and does not panic.
        drop(lint(&[Source { name: "any".to_owned(), text: lines.join("\n") }]));
    }
}
