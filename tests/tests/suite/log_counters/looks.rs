//! The pages in a real Chromium: nothing that the browser complains of, and nothing that is wider than a telephone.

use std::process::Command;

use healthd_tests::browser::{Browser, View};
use healthd_tests::skip::skipped;
use healthd_tests::workdir::target;

use super::support::counting;
use crate::turn;

#[test]
fn the_pages_fit_a_telephone_and_a_browser_has_no_complaint() {
    if !Browser::is_installed() {
        return skipped("the pages in a browser", "chromium is not installed");
    }
    let _turn = turn::shared();
    let (healthd, log) = counting("[[log.counter]]\nname = \"all\"\nregex = 'app'\n");
    for number in 0..30 {
        log.append(&format!("sent mail{number}exampleorgwithalongname"), 1 + number % 7);
    }
    log.await_sum(&healthd, "all", "", 115);
    let mut browser = Browser::start();
    for (width, dark) in [(1280, false), (1280, true), (360, false), (360, true)] {
        for target in ["/logs?range=hour&w=10:5000&c=5:", "/logs", "/logs?range=week", "/"] {
            browser.open(&format!("http://{}{target}", healthd.http), View { width, dark });
            let wide = browser.evaluate("document.documentElement.scrollWidth");
            assert!(wide.as_u64().is_some_and(|wide| wide <= u64::from(width)), "{target} at {width}: {wide}");
            // The stylesheet is in force: without it the page is white.
            let color = browser.evaluate("getComputedStyle(document.body).backgroundColor");
            assert_eq!(color, if dark { "rgb(13, 17, 23)" } else { "rgb(255, 255, 255)" }, "{target}");
            if target != "/" {
                let drawn =
                    "[...document.querySelectorAll('.chart')].filter(c => c.getBoundingClientRect().height > 150)";
                assert_eq!(browser.evaluate(&format!("{drawn}.length")), 2, "{target}");
                let named = "[...document.querySelectorAll('.chart')].every(c => document.getElementById(\
                             c.getAttribute('aria-labelledby').split(' ')[0]).textContent.includes('last '))";
                assert_eq!(browser.evaluate(named), true, "{target}: a chart has a name for a screen reader");
            }
        }
    }
    assert_eq!(browser.complaints(), [] as [&str; 0]);
    if std::env::var_os("HEALTHD_PICTURES").is_some() {
        for (width, dark, name) in [(1280, false, "wide"), (1280, true, "wide-dark"), (360, false, "narrow")] {
            browser.open(&format!("http://{}/logs?range=hour&w=10:5000&c=5:", healthd.http), View { width, dark });
            browser.picture(&target().join(format!("logs-{name}.png")));
        }
    }
}

#[test]
fn a_page_that_breaks_its_policy_is_noticed() {
    if !Browser::is_installed() {
        return skipped("a page with an error in a browser", "chromium is not installed");
    }
    let _turn = turn::shared();
    let mut browser = Browser::start();
    let page = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\"><style>body{color:red}</style>";
    browser.open(&format!("data:text/html,{}", page.replace(' ', "%20")), View { width: 360, dark: false });
    browser.evaluate("1");
    assert!(!browser.complaints().is_empty(), "a style that the policy does not allow");
}

#[test]
fn the_policy_names_the_stylesheet_of_every_page() {
    let _turn = turn::shared();
    let (healthd, _log) = counting("");
    for target in ["/", "/logs"] {
        let answer = healthd.get(target);
        let policy = &answer.headers["content-security-policy"];
        let (_, rest) = answer.body.split_once("<style>").expect("a stylesheet");
        let (style, _) = rest.split_once("</style>").expect("its end");
        let file = healthd.file("style.css");
        std::fs::write(&file, style).expect("the directory is writable");
        let script = "openssl dgst -sha256 -binary \"$0\" | openssl base64";
        let output = Command::new("sh").args(["-c", script]).arg(&file).output().expect("openssl runs");
        let hash = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(policy.contains(&format!("'sha256-{hash}'")), "{target}: {policy}, write sha256-{hash} in html.rs");
        assert!(!answer.body.contains("<script") && !answer.body.contains(" style=\""), "{target}");
    }
}
