//! `check_mail_volume`, `check_maillogs` and `check_log_counter` about what the real healthd has counted.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use healthd_tests::mail::{Exim, Postfix, Sink, or_skip, script, send};
use healthd_tests::plugin::{Answered, answer, executable, plugin};
use healthd_tests::{Healthd, Workdir, wait_for};

use crate::documents::blocks;
use crate::turn;

/// How long healthd may take to read a log of a test.
const SOON: Duration = Duration::from_secs(20);

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs()
}

/// A time of a log: RFC 3339 in UTC.
fn stamp(second: u64) -> String {
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_secs(second)).to_string()
}

/// Lines of a Postfix that delivered `each` messages in every minute of the last `minutes`, of which two hosts are.
fn mail(minutes: u64, each: u64) -> String {
    let begin = now() / 60 * 60 - minutes * 60;
    let line = |number: u64| {
        let (at, host) = (begin + number * 60 / each, if number.is_multiple_of(4) { "mx2" } else { "mx1" });
        format!(
            "{} {host} postfix/smtp[2149]: 4jY0zt4RYfz1Sd{number:04}: to=<u{number}@example.org>, \
             relay=127.0.0.1[127.0.0.1]:2526, delay=0.04, delays=0.01/0.02/0/0.01, dsn=2.0.0, status=sent (250 2.0.0 \
             Ok)\n",
            stamp(at)
        )
    };
    // The first line says since when the log is known, the last that it is read to its end.
    let quiet = |at: u64| format!("{} mx1 postfix/master[1]: daemon started\n", stamp(at));
    let lines: String = (0..minutes * each).map(line).collect();
    format!("{}{lines}{}", quiet(begin), quiet(now()))
}

/// Lines of nginx: so many requests a minute, every `bad`th of them a 502.
fn requests(minutes: u64, each: u64, bad: u64) -> String {
    let begin = now() / 60 * 60 - minutes * 60;
    let line = |number: u64| {
        let at = stamp(begin + number * 60 / each);
        let (date, time) = at.trim_end_matches('Z').split_once('T').expect("a date and a time");
        let parts: Vec<&str> = date.split('-').collect();
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = parts[1].parse::<usize>().ok().and_then(|month| months.get(month - 1)).expect("a month");
        let code = if number.is_multiple_of(bad) { 502 } else { 200 };
        format!(
            "192.0.2.1 - - [{}/{month}/{}:{time} +0000] \"GET /a?b=c HTTP/1.1\" {code} 612 \"-\" \"curl/7.88.1\"\n",
            parts[2], parts[0]
        )
    };
    (0..minutes * each).map(line).collect()
}

/// A healthd that counts these logs, and reads `[[log]]` tables in which `DIR` is their directory.
fn counting(dir: &Workdir, toml: &str) -> Healthd {
    Healthd::builder().logs(&toml.replace("DIR", &dir.path().display().to_string())).start()
}

const MAIL: &str = "[[log]]\nfile = \"DIR/mail.log\"\n[[log.counter]]\nname = \"mail_sent\"\npreset = \
                    \"postfix-delivered\"\nwhere = { status = \"sent\" }\nlabels = [\"host\"]\n";
const NGINX: &str = "[[log]]\nfile = \"DIR/access.log\"\n[[log.counter]]\nname = \"http_requests\"\npreset = \
                     \"nginx-combined\"\nlabels = [\"class\"]\n[[log.counter]]\nname = \"http_5xx\"\npreset = \
                     \"nginx-combined\"\nwhere = { class = \"5xx\" }\nlabels = [\"code\"]\n[[ratio]]\nname = \
                     \"http_5xx_share\"\nof = \"http_5xx\"\nto = \"http_requests\"\nmin = 100\n";

fn ask(healthd: &Healthd, applet: &str, words: &str) -> Answered {
    let socket = healthd.file("state/query.sock").display().to_string();
    let words: Vec<&str> = words.split_whitespace().chain(["--daemon", &socket]).collect();
    plugin(applet, &words, &Workdir::new("asking"))
}

/// Waits for this exit code with these words.
#[track_caller]
fn await_said(healthd: &Healthd, applet: &str, arguments: &str, code: i32, words: &str) -> Answered {
    wait_for(&format!("{applet} {arguments}: {code} with `{words}`"), SOON, || match ask(healthd, applet, arguments) {
        answered if answered.code == Some(code) && answered.line.contains(words) => Ok(answered),
        other => Err(other.line),
    })
}

#[test]
fn a_mail_log_is_judged_by_what_is_in_it() {
    let _turn = turn::shared();
    let dir = Workdir::new("maillog");
    fs::write(dir.join("mail.log"), mail(120, 4)).expect("it is ours");
    let healthd = counting(&dir, MAIL);
    let line =
        "MAIL VOLUME OK - 240 messages in the last 60 min | messages=240;100:5000;10:20000;0 coverage=100%;;;0;100";
    await_said(&healthd, "check_mail_volume", "-w 100:5000 -c 10:20000", 0, line);
    for (arguments, code, words) in [
        ("", 0, "240 messages in the last 60 min"),
        ("-w 241: -c 10:", 1, "240 messages in the last 60 min (at least 241)"),
        ("-c 241:", 2, "(at least 241)"),
        ("-c 239", 2, "(at most 239)"),
        ("-c :239", 2, "(at most 239)"),
        ("--window 10m -c 40:40", 0, "40 messages in the last 10 min"),
        ("--host mx2 -c 60:60", 0, "60 messages of host=mx2 in the last 60 min"),
        ("--label host=mx1 -c 180:180", 0, "180 messages of host=mx1 in the last 60 min"),
        ("--host mx9 -c 1:", 2, "0 messages of host=mx9 in the last 60 min (at least 1)"),
        ("--host mx9 --silence 30m", 2, "nothing counted for 2 h, since "),
        ("--label relay=x -c 1:", 3, "mail_sent has no label relay, only host"),
        ("--silence 30m", 0, "240 messages"),
        ("--window 3h -c 1:", 3, "was collected for 12"),
        ("--window 3h -c 100", 2, "480 messages in the last 3 h (at most 100); "),
        ("--baseline 30%:300%", 0, "no baseline yet: 0 of the last weeks"),
        ("--counter mail_send -c 1:", 3, "mail_sent"),
        ("--ratio mail_sent/mail_in", 3, "mail_in"),
        ("--window 90s", 3, "whole minutes"),
    ] {
        let answered = ask(&healthd, "check_mail_volume", arguments);
        assert_eq!(answered.code, Some(code), "{arguments}: {answered:?}");
        assert!(answered.line.contains(words), "{arguments}: {}", answered.line);
    }
    // The name of 2010, the other formats, and over HTTP.
    let answered = ask(&healthd, "check_maillogs", "-w :100 -c :5000");
    assert!(answered.code == Some(1) && answered.line.starts_with("MAILLOGS WARNING - 240 messages"), "{answered:?}");
    let json = ask(&healthd, "check_log_counter", "--counter mail_sent --output json");
    assert!(
        json.line.starts_with("{\"check\":\"check_log_counter\",\"outcome\":\"OK\",\"text\":\"240 matches of"),
        "{json:?}"
    );
    let url = format!("http://{}", healthd.http);
    let by_http = plugin("check_mail_volume", &["--daemon", &url, "-c", "240:240", "-v"], &dir);
    assert!(by_http.code == Some(0) && by_http.stdout.contains("collected: 100 % of the window"), "{by_http:?}");
    // A log that cannot be read any more is named. A missing one would count as rotated for a minute.
    fs::rename(dir.join("mail.log"), dir.join("elsewhere")).expect("it is ours");
    fs::create_dir(dir.join("mail.log")).expect("it is ours");
    let gone = await_said(&healthd, "check_mail_volume", "-c 10:", 3, "mail.log");
    assert!(gone.line.contains("at least "), "{gone:?}");
    let still = ask(&healthd, "check_mail_volume", "-c :100");
    assert!(still.code == Some(2) && still.line.contains("(at most 100); "), "{still:?}");
    drop(healthd);
    let nobody = plugin("check_mail_volume", &["--daemon", &url, "-c", "10:"], &dir);
    assert!(nobody.code == Some(3) && nobody.line.contains("no healthd answers"), "{nobody:?}");
    assert!(nobody.perfdata().starts_with("messages=U;;10:;0 coverage=U;;;0;100 age=U;;;0 usual=U"), "{nobody:?}");
}

#[test]
fn the_last_hour_is_compared_with_the_same_hour_of_the_weeks_before() {
    let _turn = turn::shared();
    let dir = Workdir::new("weeks");
    let minutes = 30 * 24 * 60;
    let last_hour = now() / 60 * 60 - 3_600;
    // One message a minute for 30 days, and one in five minutes in the last hour.
    let all = mail(minutes, 1);
    let few = all.lines().enumerate().filter(|(number, line)| {
        let recent = line.split(' ').next().is_some_and(|at| at >= stamp(last_hour).as_str());
        !recent || number.is_multiple_of(5) || line.contains("master")
    });
    let text: String = few.map(|(_, line)| format!("{line}\n")).collect();
    fs::write(dir.join("mail.log"), text).expect("it is ours");
    let healthd = counting(&dir, MAIL);
    // The minute in which it is asked may differ from the one in which the log was written.
    let unusual = await_said(&healthd, "check_mail_volume", "--baseline 30%:300%", 1, ", usually 60 at this time: 2");
    assert!(unusual.line.contains(" % of it (at least 30 %)"), "{unusual:?}");
    assert!(unusual.perfdata().contains(" usual=60;;;0 of_usual=2"), "{unusual:?}");
    for (arguments, code) in [("--baseline 10%:300%", 0), ("--baseline-critical 30%:", 2), ("-c 1:", 0)] {
        let answered = ask(&healthd, "check_mail_volume", arguments);
        assert!(answered.code == Some(code) && answered.line.contains("usually 60"), "{arguments}: {answered:?}");
    }
    let details = ask(&healthd, "check_mail_volume", "-v").stdout;
    assert!(details.contains("the weeks before, the newest first: 60, 60, 60, 60"), "{details}");
}

#[test]
fn counters_of_a_web_server_and_their_ratio() {
    let _turn = turn::shared();
    let dir = Workdir::new("access");
    fs::write(dir.join("access.log"), requests(90, 20, 50)).expect("it is ours");
    let healthd = counting(&dir, NGINX);
    await_said(
        &healthd,
        "check_log_counter",
        "--counter http_requests -c 1200:1200",
        0,
        "1200 matches of http_requests",
    );
    for (arguments, code, words) in [
        ("--ratio http_5xx_share -w 1 -c 5", 1, "2 % (at most 1 %): 24 http_5xx of 1200 http_requests"),
        ("--ratio http_5xx/http_requests -c 1", 2, "2 % (at most 1 %)"),
        ("--ratio http_5xx/http_requests -c 3", 0, "LOG COUNTER OK - 2 %: 24 http_5xx"),
        ("--ratio http_5xx_share -c 1 --window 2m", 0, "too few http_requests to judge (40, at least 100 are needed)"),
        ("--ratio http_5xx_share -c 1 --window 2m --min 10", 0, "% : "),
        ("--ratio http_6xx_share -c 1", 3, "http_5xx_share"),
        ("-c 1", 3, "http_5xx"),
        ("--counter http_5xx --label code=502 -c 24:24", 0, "24 matches of http_5xx of code=502"),
    ] {
        let answered = ask(&healthd, "check_log_counter", arguments);
        // How many bad ones two minutes have depends on the second.
        let two_minutes = arguments.ends_with("--min 10") && answered.line.contains("http_requests in the last 2 min");
        assert!(answered.code == Some(code) || two_minutes, "{arguments}: {answered:?}");
        assert!(answered.line.contains(words) || two_minutes, "{arguments}: {}", answered.line);
    }
}

#[test]
fn mail_through_a_real_postfix_and_a_real_exim_is_counted_once() {
    let _turn = turn::shared();
    if !or_skip("mail through Postfix and Exim") {
        return;
    }
    let sink = Sink::start();
    let (postfix, exim) = (Postfix::relaying_to(sink.port, ""), Exim::relaying_to(sink.port, ""));
    let counter = |name: &str, preset: &str, filter: &str| {
        format!("[[log.counter]]\nname = \"{name}\"\npreset = \"{preset}\"\nwhere = {{ {filter} }}\n")
    };
    let logs = [
        format!("[[log]]\nfile = \"{}\"\n", postfix.log().display()),
        counter("postfix_sent", "postfix-delivered", "status = \"sent\""),
        counter("postfix_in", "postfix-accepted", ""),
        counter("postfix_messages", "postfix-messages", ""),
        format!("[[log]]\nfile = \"{}\"\n", exim.log().display()),
        counter("exim_sent", "exim", "event = \"delivered\""),
    ];
    let healthd = Healthd::builder().logs(&logs.concat()).start();
    // The window of one minute must be wholly collected: it is the next one.
    let minute = now() / 60 + 1;
    wait_for("the next minute", Duration::from_secs(62), || if now() / 60 >= minute { Ok(()) } else { Err("not yet") });
    send(postfix.port, 30, "user@example.org");
    send(exim.port, 11, "user@example.org");
    postfix.await_logged("sent", 30);
    exim.await_logged("=>", 11);
    assert_eq!(now() / 60, minute, "it took less than a minute");
    let mut left = vec![("postfix_sent", 30), ("postfix_in", 30), ("postfix_messages", 30), ("exim_sent", 11)];
    // The window is over at the same moment for all; each is looked at until it was right once.
    wait_for("the counts of that minute", Duration::from_secs(115), || {
        left.retain(|(counter, count)| {
            let answered =
                ask(&healthd, "check_mail_volume", &format!("--window 1m -c {count}:{count} --counter {counter}"));
            !answered.line.contains(&format!("OK - {count} messages in the last 1 min | "))
        });
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    });
}

/// The names of the plugins, and of healthd with its configuration, as the documents call them.
fn names(healthd: &Healthd) -> Workdir {
    let bin = Workdir::new("bin");
    let socket = healthd.file("state/query.sock");
    for name in ["check_mail_volume", "check_maillogs", "check_log_counter"] {
        let (program, socket) = (executable(), socket.display());
        // An example may name a healthd of its own.
        let daemon = format!("case \" $* \" in *' --daemon '*) ;; *) set -- --daemon {socket} \"$@\" ;; esac");
        script(&bin.join(name), &format!("#!/bin/sh\n{daemon}\nexec {} {name} \"$@\"\n", program.display()));
    }
    let text = format!(
        "#!/bin/sh\nexec {} \"$@\" --config {}\n",
        healthd_tests::healthd::executable().display(),
        healthd.config().display()
    );
    script(&bin.join("healthd"), &text);
    bin
}

/// The logs that the document names, with what belongs there.
fn logs_of_the_document(dir: &Workdir) {
    fs::create_dir_all(dir.join("var/log/exim4")).expect("it is ours");
    fs::create_dir_all(dir.join("var/log/nginx")).expect("it is ours");
    let backup = format!("{} backup of shop finished\n", stamp(now() - 3_600));
    let begin = format!("{} begin\n", stamp(now() - 100_000));
    for (file, text) in [
        ("mail.log", mail(1_500, 4)),
        ("exim4/mainlog", String::new()),
        ("nginx/access.log", requests(120, 20, 400)),
        ("backup.log", format!("{begin}{backup}")),
    ] {
        fs::write(dir.join("var/log").join(file), text).expect("it is ours");
    }
}

#[test]
fn every_command_of_the_page_about_mail_and_logs_runs() {
    let _turn = turn::shared();
    const PAGE: &str = "docs/mail-and-logs.md";
    let dir = Workdir::new("page");
    logs_of_the_document(&dir);
    let here = |text: &str| text.replace("/var/log/", &format!("{}/var/log/", dir.path().display()));
    let tables = blocks(PAGE, "toml");
    assert!(tables.len() >= 4, "{tables:?}");
    // Postfix and the other logs in one configuration; Exim in one of its own, since its counter has the same name.
    let (exim, others): (Vec<&String>, Vec<&String>) = tables.iter().partition(|toml| toml.contains("exim"));
    let healthd = Healthd::builder().logs(&here(&exim.iter().map(|toml| toml.as_str()).collect::<String>())).start();
    let answered = ask(&healthd, "check_mail_volume", "-c 1:");
    assert!(answered.code == Some(3) && answered.line.contains("exim4/mainlog"), "{answered:?}");
    drop(healthd);
    let healthd = Healthd::builder().logs(&here(&others.iter().map(|toml| toml.as_str()).collect::<String>())).start();
    await_said(&healthd, "check_log_counter", "--counter backup_done --window 26h -c 1:", 0, "1 match");
    await_said(&healthd, "check_mail_volume", "--counter mail_sent --window 24h", 0, "5760 messages");
    let bin = names(&healthd);
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap_or_default());
    let mut run = 0;
    for line in blocks(PAGE, "sh").iter().flat_map(|block| block.lines()) {
        // The queue of this machine has a test of its own.
        if line.starts_with("check_mail_queue ") {
            continue;
        }
        // The page begins with one counter, and this configuration has all of them.
        let only = line.starts_with("check_mail") && !line.contains("--counter");
        let command = if only { format!("{line} --counter mail_sent") } else { line.to_owned() };
        let answered = answer(Command::new("bash").args(["-c", &here(&command)]).env("PATH", &path));
        assert!(matches!(answered.code, Some(0..=2)), "{command}: {answered:?}");
        run += 1;
    }
    assert!(run >= 14, "{run}");
}

#[test]
fn every_example_of_the_helps_is_a_command_that_is_understood() {
    let _turn = turn::shared();
    let dir = Workdir::new("examples");
    fs::write(dir.join("mail.log"), mail(10, 2)).expect("it is ours");
    let healthd = counting(&dir, MAIL);
    let bin = names(&healthd);
    script(&bin.join("postqueue"), "#!/bin/sh\nexit 0\n");
    let queue = format!("#!/bin/sh\nexec {} check_mail_queue \"$@\"\n", executable().display());
    script(&bin.join("check_mail_queue"), &queue);
    let path = format!("{}:/usr/bin:/bin", bin.path().display());
    for applet in ["check_mail_volume", "check_maillogs", "check_log_counter", "check_mail_queue"] {
        let help = plugin(applet, &["--help"], &dir).stdout;
        let below = help.split("Examples:\n").nth(1).unwrap_or_default();
        let examples: Vec<&str> = below.lines().take_while(|line| line.starts_with("  ")).collect();
        assert!(!examples.is_empty(), "{help}");
        for example in examples {
            let example = example.trim().split("   ").next().unwrap_or_default();
            let answered = answer(Command::new("bash").args(["-c", example]).env("PATH", &path));
            assert!(!answered.line.contains("--help shows the options"), "{example}: {answered:?}");
            assert!(answered.line.starts_with("MAIL") || answered.line.starts_with("LOG"), "{example}: {answered:?}");
        }
    }
    assert!(Path::new(&bin.path().join("healthd")).exists());
}
