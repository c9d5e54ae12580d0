//! Every sentence that we print, and HAProxy's requirements for it.

use std::fmt::Write as _;

use healthd_core::observed::channel::ChannelFault;
use healthd_core::render::agent::{self, Admin};
use healthd_core::render::body;
use healthd_core::render::page::{Header, page};
use healthd_core::render::table::{Paint, table};
use healthd_core::verdict::Verdict;
use healthd_core::verdict::lag::Lag;
use healthd_core::verdict::maintenance::Mode;
use healthd_core::verdict::note::Note;
use healthd_core::verdict::reason::Reason;
use healthd_core::verdict::role::Role;
use healthd_core::verdict::{Cause, Condition, Judged, Names, WriterReason, WriterView};
use proptest::prelude::*;

mod support;

use support::{
    DENIED, SYNCED, Situation, alone, channel, condition, every, galera, lagging, maintenance, millis, names, replica,
    seconds,
};

/// The verdicts that a reason can be part of.
fn refusals(reason: &Reason) -> Vec<Verdict> {
    match reason {
        Reason::Maintenance { mode: Mode::Drain, .. } => {
            vec![Verdict::Drain(reason.clone()), Verdict::Down(reason.clone())]
        }
        _ => vec![Verdict::Down(reason.clone())],
    }
}

/// The most hostile names that a server or a person can give.
fn hostile() -> Vec<String> {
    let pieces =
        ["up ", "x", "ä", "🦭", "| a=1 ", "\n", "\u{1b}[31m", "\r\nup ready 100%\r\n", "# ", ",ready,", "\u{202e}"];
    let mut texts: Vec<String> = pieces.iter().map(|piece| piece.repeat(200)).collect();
    texts.push("Upgrade, duplicate group backup".to_owned());
    texts.push(String::new());
    texts
}

fn hostile_reasons() -> Vec<Reason> {
    let limit = seconds(10);
    let mut reasons = Vec::new();
    for text in hostile() {
        let t = || text.clone();
        for mode in [Mode::Down, Mode::Drain] {
            reasons.push(Reason::Maintenance { mode, owner: t(), why: t(), remaining: Some(seconds(9_999_999)) });
            reasons.push(Reason::Maintenance { mode, owner: "root".to_owned(), why: t(), remaining: None });
        }
        reasons.push(Reason::Channel { channel: t(), fault: ChannelFault::ApplierError { code: 1062 } });
        reasons.push(Reason::Lag { channel: t(), lag: seconds(9_999_999), limit });
        reasons.push(Reason::Delayed { channel: t(), delay: seconds(9_999_999), limit });
        reasons.extend(
            every::role::causes()
                .into_iter()
                .map(|cause| every::role::writer(names_of(&text), hostile_cause(cause, &text))),
        );
    }
    reasons
}

fn names_of(text: &str) -> Names {
    Names { instance: text.to_owned(), node: text.to_owned(), peer: text.to_owned() }
}

/// The same cause with this text, if it contains a foreign text.
fn hostile_cause(cause: Cause, text: &str) -> Cause {
    match cause {
        Cause::TakeoverNotSaved { .. } => Cause::TakeoverNotSaved { why: text.to_owned() },
        Cause::WitnessesDisagree { .. } => Cause::WitnessesDisagree { witness: text.to_owned() },
        other => other,
    }
}

fn check_line(line: &str) {
    let text = line.strip_suffix('\n').unwrap_or_else(|| panic!("no line end: {line:?}"));
    assert!(line.len() < 200, "{} bytes: {line}", line.len());
    assert!(!text.is_empty() && !text.contains(char::is_control), "{line:?}");
    assert!(!text.contains(['|', '\u{202e}']), "{line:?}");
}

fn check_failing_body(line: &str) {
    check_line(line);
    assert!(!line.contains("up"), "{line}");
}

/// HAProxy splits words at blanks, tabs and commas. A `#` begins the reason only after one of them.
fn check_agent(line: &str, words: &[&str]) {
    check_line(line);
    let (before, reason) = line.split_once(" #").unwrap_or_else(|| panic!("no reason: {line}"));
    let said: Vec<&str> = before.split([' ', '\t', ',']).collect();
    assert_eq!(said, words, "{line}");
    assert!(!reason.trim().is_empty() && !reason.contains("up"), "{line}");
}

fn check_refusal(verdict: &Verdict) {
    check_failing_body(&body::body(verdict, "m0", Role::Reader, Some(millis(200))));
    let ours = agent::line(verdict, Admin::Ours);
    let operators = agent::line(verdict, Admin::Operators);
    match verdict {
        Verdict::Drain(_) => {
            check_agent(&ours, &["up", "drain"]);
            check_agent(&operators, &["up"]);
        }
        Verdict::Down(Reason::Maintenance { mode: Mode::Down, .. }) => {
            check_agent(&ours, &["maint"]);
            check_agent(&operators, &["down"]);
        }
        _ => {
            check_agent(&ours, &["down"]);
            check_agent(&operators, &["down"]);
        }
    }
}

#[test]
fn every_refusal_is_one_short_line_that_cannot_be_taken_for_success() {
    for reason in every::reasons().iter().chain(&hostile_reasons()) {
        refusals(reason).iter().for_each(check_refusal);
    }
    for text in hostile() {
        check_failing_body(&body::refusal(&text));
        check_agent(&agent::refusal(&text), &["down"]);
    }
}

#[test]
fn our_own_sentences_need_no_disguise_and_are_not_cut() {
    for reason in every::reasons() {
        let sentence = reason.to_string();
        assert!(!sentence.contains("up"), "{sentence}");
        assert!(sentence.is_ascii() && !sentence.contains("  "), "{sentence}");
        let code = reason.code().name();
        assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') && !code.contains("up"), "{code}");
        for verdict in refusals(&reason) {
            let line = body::body(&verdict, "m0", Role::Reader, None);
            assert!(line.ends_with(&format!("{sentence}\n")), "{line}");
        }
    }
}

#[test]
fn the_writer_s_longest_sentences_are_whole() {
    for cause in every::role::longest_causes() {
        let reason = every::role::writer(names_of(&"n".repeat(40)), cause);
        let sentence = reason.to_string();
        let line = body::body(&Verdict::Down(reason), "m0", Role::Writer, None);
        assert!(line.ends_with(&format!("{sentence}\n")), "{} bytes: {sentence}", sentence.len());
    }
}

#[test]
fn a_peer_without_a_name_leaves_no_hole() {
    for cause in every::role::causes() {
        let names = Names { instance: "m0".to_owned(), node: String::new(), peer: String::new() };
        let sentence = every::role::writer(names, cause).to_string();
        assert!(!sentence.contains("  ") && !sentence.starts_with(' ') && !sentence.contains(" ,"), "{sentence}");
    }
}

#[test]
fn the_cause_survives_a_long_name() {
    for name in ["x".repeat(65), "ä".repeat(64), "🦭".repeat(64)] {
        let fault = ChannelFault::ApplierError { code: 1062 };
        let verdict = Verdict::Down(Reason::Channel { channel: name, fault });
        for line in [body::body(&verdict, "m0", Role::Reader, None), agent::line(&verdict, Admin::Operators)] {
            assert!(line.ends_with("...: the SQL thread stopped on error 1062\n"), "{line}");
        }
    }
}

#[test]
fn a_long_maintenance_reason_is_cut_between_characters_and_says_so() {
    for why in ["x".repeat(200), "ä".repeat(200), "🦭".repeat(200)] {
        let reason =
            Reason::Maintenance { mode: Mode::Down, owner: "root".to_owned(), why, remaining: Some(seconds(60)) };
        let line = body::body(&Verdict::Down(reason), "m0", Role::Any, None);
        assert!(line.starts_with("down maintenance: by root, ends in 1m00s: ") && line.ends_with("...\n"), "{line}");
    }
}

#[test]
fn success_says_what_and_how_fresh() {
    let mut list = String::new();
    for note in [None].into_iter().chain(every::notes().into_iter().map(Some)) {
        let verdict = Verdict::Up(note);
        let line = body::body(&verdict, "m0", Role::Writer, Some(millis(200)));
        check_line(&line);
        list += &line;
        assert_eq!(agent::line(&verdict, Admin::Operators), "up\n");
        assert_eq!(agent::line(&verdict, Admin::Ours), "up ready 100%\n");
    }
    insta::assert_snapshot!(list, @r"
    up m0 as writer, answered 200ms ago
    up overloaded m0 as writer, answered 200ms ago
    up channel-ignored m0 as writer, answered 200ms ago
    up donor-allowed m0 as writer, answered 200ms ago
    up no-witness m0 as writer, answered 200ms ago
    up not-required m0 as writer, answered 200ms ago
    up weaker-guarantee m0 as writer, answered 200ms ago
    up state-not-saved m0 as writer, answered 200ms ago
    ");
    for name in hostile() {
        let line = body::body(&Verdict::Up(None), &name, Role::Any, Some(millis(200)));
        check_line(&line);
        assert!(line.starts_with("up "), "{line}");
    }
}

proptest! {
    #[test]
    fn any_text_makes_a_sound_line(owner in any::<String>(), why in any::<String>(), channel in "\\PC{0,90}") {
        for mode in [Mode::Down, Mode::Drain] {
            let reason = Reason::Maintenance { mode, owner: owner.clone(), why: why.clone(), remaining: None };
            refusals(&reason).iter().for_each(check_refusal);
        }
        check_refusal(&Verdict::Down(Reason::Channel { channel, fault: ChannelFault::LagUnknown }));
        check_failing_body(&body::refusal(&why));
        check_agent(&agent::refusal(&why), &["down"]);
    }
}

/// Every sentence, for a reviewer. Each must say what is wrong to a tired person at 3 a.m.
#[test]
fn every_sentence() {
    let mut list = String::new();
    for reason in every::reasons() {
        for verdict in refusals(&reason) {
            list += &body::body(&verdict, "m0", Role::Reader, None);
            let (ours, operators) = (agent::line(&verdict, Admin::Ours), agent::line(&verdict, Admin::Operators));
            list += "        ";
            list += &operators;
            if ours != operators {
                write!(list, "  ready {ours}").expect("a String takes everything");
            }
        }
    }
    insta::assert_snapshot!(list);
}

fn tables(name: &str, situation: &Situation, role: Role) -> String {
    table(&situation.instance_json(name), &situation.json(role), Paint::Plain)
}

/// One broken channel of three, one that is ignored, a member of a cluster, a stale heartbeat.
fn much_at_once() -> Situation {
    let mut broken = lagging("east", seconds(45));
    broken.applier = healthd_core::observed::channel::Applier::Stopped;
    broken.lag = None;
    broken.applier_error = support::error(1062);
    let mut ignored = broken.clone();
    ignored.name = "west".to_owned();
    let channels = vec![channel(""), broken, ignored, lagging("a channel with a long name", seconds(12))];
    galera(SYNCED).channels(Ok(channels)).ignoring("west").heartbeat(Ok(seconds(75)))
}

#[test]
fn tables_for_people() {
    let overloaded = alone().failed(healthd_core::observed::failure::Failure::TooManyConnections, seconds(3), true);
    let list = [
        tables("m0", &alone(), Role::Any),
        tables("m0", &replica(channel("")).worst_lag(Lag::Known(seconds(45))), Role::Reader),
        tables("m0", &much_at_once(), Role::Reader),
        tables("m0", &galera(SYNCED).maintenance(Mode::Drain), Role::Reader),
        tables("m0", &alone().channels(Err(DENIED)), Role::Reader),
        tables("m0", &overloaded, Role::Any),
        tables(
            "m0",
            &alone().failed(healthd_core::observed::failure::Failure::Refused, seconds(3), true),
            Role::Galera,
        ),
    ];
    insta::assert_snapshot!(list.join("\n----\n"));
}

#[test]
fn colors_are_only_added() {
    let situation = much_at_once();
    let (instance, verdict) = (situation.instance_json("m0"), situation.json(Role::Reader));
    let colored = table(&instance, &verdict, Paint::Color);
    assert!(colored.contains("\u{1b}[1;31mfail  \u{1b}[0m"), "{colored}");
    let mut plain = colored;
    for code in ["\u{1b}[1;31m", "\u{1b}[1;32m", "\u{1b}[1;33m", "\u{1b}[0m"] {
        plain = plain.replace(code, "");
    }
    assert_eq!(plain, table(&instance, &verdict, Paint::Plain));
}

/// A name that would run as a script, or close the attribute or element that contains it.
const SCRIPT: &str = "<script>alert('1')</script>\"&";

fn scripted() -> Situation {
    let mut situation = replica(lagging(SCRIPT, seconds(60)));
    let mut entry = maintenance(Mode::Down, SCRIPT);
    entry.owner = SCRIPT.to_owned();
    situation.maintenance = Some((entry, None));
    situation
}

#[test]
fn the_page_escapes_whatever_it_is_given() {
    let mut instance = scripted().instance_json(SCRIPT);
    instance.server = Some(SCRIPT.to_owned());
    let header =
        Header { host: SCRIPT, version: SCRIPT, uptime: seconds(3700), reload_error: Some(SCRIPT), logs: None };
    let html = page(&header, &[instance]);
    assert!(!html.contains("<script") && !html.contains("alert('"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;"), "{html}");
}

#[test]
fn the_page() {
    let mut drained = galera(SYNCED).maintenance(Mode::Drain).instance_json("m1");
    drained.port = None;
    let mut unknown = alone().probe(support::Probe::Starting).instance_json("m2");
    (unknown.server, unknown.age_seconds) = (None, None);
    let header = Header { host: "db101", version: "0.1.0", uptime: seconds(3700), reload_error: None, logs: None };
    let instances = [much_at_once().instance_json("m0"), drained, unknown];
    let html = page(&header, &instances).replace("<tr>", "\n  <tr>").replace("<h2>", "\n\n<h2>");
    let (head, rest) = html.split_once("<style>").expect("a style");
    let (_, rest) = rest.split_once("</style>").expect("its end");
    insta::assert_snapshot!(format!("{head}{rest}"));
}

#[test]
fn the_page_has_the_worst_in_its_title() {
    let header = Header { host: "db101", version: "0.1.0", uptime: seconds(3700), reload_error: None, logs: None };
    let well = || alone().instance_json("m0");
    let ill = || alone().stopping().instance_json("m1");
    for (instances, expected) in [
        (vec![well(), well()], "<title>ok: db101 healthd</title>"),
        (vec![well(), ill()], "<title>1 of 2 not up: db101 healthd</title>"),
    ] {
        let html = page(&header, &instances);
        assert!(html.contains(expected), "{html}");
    }
}

/// The part of the page about one role.
fn row(situation: &Situation, default_role: Role) -> (String, String) {
    let header = Header { host: "db101", version: "0.1.0", uptime: seconds(3700), reload_error: None, logs: None };
    let mut instance = situation.instance_json("m0");
    instance.default_role = default_role.to_string();
    let html = page(&header, &[instance]);
    let title = html.split("<title>").nth(1).and_then(|rest| rest.split(" db101").next()).expect("a title").to_owned();
    let row = html.split("<tr><th>").find(|row| row.starts_with("writer")).expect("the writer's row");
    let row = row.split("<summary").next().expect("a beginning").to_owned();
    (title, row)
}

#[test]
fn the_page_tells_who_holds_the_writer_role_and_a_standby_is_no_alarm() {
    let role = |measured: &str, judged| {
        let found = Condition { measured: measured.to_owned(), ..condition("role", judged) };
        alone().writer(Some(WriterView { conditions: vec![found], epoch: None }))
    };
    let refused = |measured, cause| role(measured, Judged::Fail(WriterReason { names: names(), cause }));
    let mut list = String::new();
    for situation in [
        role("held here, epoch 7", Judged::Pass),
        role("no witness: two writers are not excluded", Judged::Noted(Note::NoWitness)),
        refused("held by db2, epoch 7", Cause::Standby { epoch: 7 }),
        refused("held here, epoch 7", Cause::Suspended),
        refused("unknown", Cause::StateBeingSaved),
        role("held here, epoch 7", Judged::Pass).maintenance(Mode::Down),
        role("<script>", Judged::Pass),
    ] {
        let (title, row) = row(&situation, Role::Writer);
        writeln!(list, "{title} {row}").expect("a String takes everything");
    }
    insta::assert_snapshot!(list);
}

#[test]
fn the_json() {
    let mut instance = much_at_once().instance_json("m0");
    instance.verdicts.retain(|verdict| verdict.role != "any" && verdict.role != "writer");
    insta::assert_debug_snapshot!(instance);
}

#[test]
fn a_table_and_json_have_no_control_characters_of_a_server() {
    let mut situation = replica(lagging("a\u{1b}[2Jb\nc", seconds(60)));
    let mut entry = maintenance(Mode::Drain, "x\u{7}\ny");
    entry.owner = "o\u{1b}c".to_owned();
    situation.maintenance = Some((entry, None));
    let text = tables("m0", &situation, Role::Reader);
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    assert!(text.contains("a [2Jb c"), "{text}");
}
