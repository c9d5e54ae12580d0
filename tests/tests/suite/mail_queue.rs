//! `check_mail_queue` about the queue of a real Postfix and a real Exim, beside the original check_mailq.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use healthd_tests::mail::{ASKING_GROUP, Exim, Postfix, Sink, or_skip, script, send};
use healthd_tests::plugin::{Answered, answer, executable, plugin};
use healthd_tests::ports::free_port;
use healthd_tests::process::built;
use healthd_tests::sudo::Sudoers;
use healthd_tests::{Workdir, wait_for};

use crate::turn;

/// Where the Monitoring Plugins are.
const ORIGINALS: &str = "/usr/lib/nagios/plugins";

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Asks about a Postfix.
fn postfix(of: &Postfix, arguments: &[&str]) -> Answered {
    let (program, config) = (of.postqueue(), of.config());
    let place = ["--postqueue", text(&program), "--config-dir", text(&config)];
    plugin("check_mail_queue", &[&place, arguments].concat(), &Workdir::new("queue"))
}

fn exim(of: &Exim, arguments: &[&str]) -> Answered {
    let program = of.program();
    plugin("check_mail_queue", &[&["--exim", text(&program)], arguments].concat(), &Workdir::new("queue"))
}

/// What the original check_mailq says, with this program as its mailq.
fn original(mailq: &Path, arguments: &[&str]) -> Answered {
    let dir = Workdir::new("mailq");
    for file in ["check_mailq", "utils.pm"] {
        let text = fs::read_to_string(Path::new(ORIGINALS).join(file)).expect("the Monitoring Plugins (scripts/setup)");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for line in lines.iter_mut().filter(|line| line.starts_with("$PATH_TO_MAILQ")) {
            *line = format!("$PATH_TO_MAILQ = \"{}\";", mailq.display());
        }
        script(&dir.join(file), &lines.join("\n"));
    }
    answer(Command::new(dir.join("check_mailq")).args(arguments))
}

/// A Postfix whose next server does not listen, with messages that wait for it.
fn stuck() -> Postfix {
    let postfix = Postfix::relaying_to(free_port(), "");
    send(postfix.port, 20, "user@example.org");
    send(postfix.port, 5, "user@Example.NET");
    postfix.await_logged("deferred", 25);
    wait_for("all are deferred", Duration::from_secs(10), || {
        let answered = self::postfix(&postfix, &[]);
        if answered.line.contains("25 deferred") { Ok(()) } else { Err(answered.line) }
    });
    postfix
}

/// The values of perfdata, without limits and ages.
fn counts(answered: &Answered) -> Vec<String> {
    let items = answered.perfdata().split(' ').filter(|item| !item.starts_with("oldest"));
    items.filter_map(|item| item.split(';').next()).map(str::to_owned).collect()
}

#[test]
fn the_queue_of_a_postfix_is_counted_as_the_original_counts_it() {
    let _turn = turn::shared();
    if !or_skip("the queue of Postfix") {
        return;
    }
    let stuck = stuck();
    for (arguments, code, words) in [
        (&["-w", "25", "-c", "25"][..], 0, "MAIL QUEUE OK - 25 messages: 25 deferred; the oldest "),
        (&["-w", "24"], 1, "MAIL QUEUE WARNING - 25 messages (at most 24): 25 deferred"),
        (&["-c", "24"], 2, "MAIL QUEUE CRITICAL - 25 messages (at most 24): 25 deferred"),
        (&["-c", "100:"], 2, "25 messages (at least 100)"),
        (&["-W", "19", "-C", "20"], 1, "most for example.org: 20 (at most 19)"),
        (&["-W", "10", "-C", "19"], 2, "most for example.org: 20 (at most 19)"),
        (&["--age-warning", "1h", "--age-critical", "3d"], 0, "25 messages"),
    ] {
        let answered = postfix(&stuck, arguments);
        assert_eq!(answered.code, Some(code), "{arguments:?}: {answered:?}");
        assert!(answered.line.contains(words), "{arguments:?}: {}", answered.line);
    }
    wait_for("an age of more than a second", Duration::from_secs(10), || {
        let answered = postfix(&stuck, &["--age-critical", "1"]);
        let told = answered.code == Some(2) && answered.line.contains("s (at most 1.0s)");
        if told { Ok(()) } else { Err(answered.line) }
    });
    let expected = ["queue=25", "largest_domain=20", "active=0", "deferred=25", "hold=0", "incoming=0", "maildrop=0"];
    assert_eq!(counts(&postfix(&stuck, &[])), expected);
    let more = postfix(&stuck, &["-v"]);
    assert!(more.stdout.contains("\nfor example.org: 20\nfor example.net: 5\n"), "{}", more.stdout);
    // The original reads the list for people, by a program called mailq.
    let mailq = stuck.file("mailq");
    let home = stuck.postqueue();
    script(&mailq, &format!("#!/bin/sh\nexec {} -p -c {}\n", home.display(), stuck.config().display()));
    let theirs = original(&mailq, &["-M", "postfix", "-w", "10", "-c", "20"]);
    assert_eq!((theirs.code, theirs.perfdata()), (Some(2), "unsent=25;10;20;0"), "{theirs:?}");
    // What an administrator holds is counted, and its age is not alerted on.
    stuck.run("postsuper", &["-h", "ALL"]);
    let held = postfix(&stuck, &["--age-critical", "1", "-v"]);
    assert!(held.code == Some(0) && held.line.contains("25 messages: 25 hold | "), "{held:?}");
    assert!(held.stdout.contains("the oldest on hold or frozen: "), "{}", held.stdout);
}

#[test]
fn a_postfix_without_json_is_read_as_people_read_it() {
    let _turn = turn::shared();
    if !or_skip("the queue of an old Postfix") {
        return;
    }
    let stuck = stuck();
    let new = postfix(&stuck, &[]);
    // As Postfix 2.10 says it.
    let old = stuck.file("old");
    script(
        &old,
        &format!(
            "#!/bin/sh\ncase \"$*\" in *-j*) echo 'postqueue: invalid option -- j' >&2\necho 'postqueue: fatal: usage: \
             postqueue -f | postqueue -i queueid | postqueue -p | postqueue -s site' >&2; exit 69;; esac\nexec {} \
             \"$@\"\n",
            stuck.postqueue().display()
        ),
    );
    let arguments = ["--postqueue", text(&old), "--config-dir", text(&stuck.config()), "-v"].map(str::to_owned);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answered = plugin("check_mail_queue", &arguments, &Workdir::new("queue"));
    assert_eq!((answered.code, counts(&answered)), (Some(0), counts(&new)), "{answered:?}");
    let oldest = |answered: &Answered| {
        let item = answered.perfdata().split(' ').find_map(|item| item.strip_prefix("oldest=")).map(str::to_owned);
        item.and_then(|item| item.split('s').next()?.parse::<f64>().ok()).expect("an age")
    };
    // Both ask at nearly the same time; the stamp has whole seconds in local time.
    assert!((oldest(&answered) - oldest(&new)).abs() < 30.0, "{answered:?} {new:?}");
}

#[test]
fn a_postfix_that_is_down_hangs_or_refuses_is_not_an_empty_queue() {
    let _turn = turn::shared();
    if !or_skip("a Postfix that is down") {
        return;
    }
    let stuck = stuck();
    let as_nobody = |group: &str| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "nobody", "--regid", "nogroup", "--groups", group]).arg(executable());
        command.arg("check_mail_queue").arg("--postqueue").arg(stuck.postqueue());
        answer(command.arg("--config-dir").arg(stuck.config()).args(["-w", "30"]))
    };
    // Without the group of postqueue, which its set-group-ID bit gives.
    let answered = as_nobody("nogroup");
    assert!(answered.code == Some(3) && answered.line.contains("set-group-ID bit"), "{answered:?}");
    assert!(answered.perfdata().starts_with("queue=U;30"), "{answered:?}");
    let answered = as_nobody(ASKING_GROUP);
    assert!(answered.code == Some(0) && answered.line.contains("25 messages"), "{answered:?}");
    stuck.run("postconf", &["-e", "authorized_mailq_users=root"]);
    let answered = as_nobody(ASKING_GROUP);
    assert_eq!(answered.code, Some(3), "{answered:?}");
    assert!(answered.line.contains("add nobody to authorized_mailq_users"), "{answered:?}");
    stuck.run("postconf", &["-X", "authorized_mailq_users"]);
    // A master that hangs accepts no question.
    stuck.process().stop();
    let begun = Instant::now();
    let answered = postfix(&stuck, &["-t", "2"]);
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    assert!(answered.code == Some(3) && answered.line.contains("did not end within 2.0s"), "{answered:?}");
    stuck.process().cont();
    stuck.process().kill9();
    // Root reads the queue itself; everybody else is told nothing.
    let answered = postfix(&stuck, &[]);
    assert!(answered.code == Some(2) && answered.line.contains("Postfix is down"), "{answered:?}");
    assert!(answered.line.contains("; 25 messages: 25 deferred"), "{answered:?}");
    let answered = as_nobody(ASKING_GROUP);
    assert!(answered.code == Some(2) && answered.line.contains("Postfix is down"), "{answered:?}");
    assert!(answered.perfdata().contains("deferred=U"), "{answered:?}");
}

#[test]
fn a_queue_that_is_delivered_is_empty() {
    let _turn = turn::shared();
    if !or_skip("an empty queue") {
        return;
    }
    let sink = Sink::start();
    let postfix = Postfix::relaying_to(sink.port, "");
    send(postfix.port, 12, "user@example.org");
    postfix.await_logged("sent", 12);
    let answered = wait_for("an empty queue", Duration::from_secs(10), || {
        let answered = self::postfix(&postfix, &["-w", "0", "-c", "5"]);
        if answered.line.contains("empty") { Ok(answered) } else { Err(answered.line) }
    });
    assert_eq!(answered.code, Some(0));
    assert!(answered.line.starts_with("MAIL QUEUE OK - the queue is empty | queue=0;0;5;0 oldest=0s;"), "{answered:?}");
}

#[test]
fn the_queue_of_an_exim_is_counted_as_the_original_counts_it() {
    let _turn = turn::shared();
    if !or_skip("the queue of Exim") {
        return;
    }
    let stuck = Exim::relaying_to(free_port(), "");
    send(stuck.port, 7, "user@example.org");
    stuck.await_logged("==", 7);
    let answered = wait_for("seven wait", Duration::from_secs(10), || {
        let answered = exim(&stuck, &["-w", "5", "-c", "20", "-v"]);
        if answered.line.contains("7 waiting") { Ok(answered) } else { Err(answered.line) }
    });
    assert_eq!(answered.code, Some(1), "{answered:?}");
    assert!(answered.line.starts_with("MAIL QUEUE WARNING - 7 messages (at most 5): 7 waiting; the oldest "));
    assert!(answered.stdout.contains("\nfor example.org: 7\n"), "{answered:?}");
    let mailq = stuck.program().with_file_name("mailq");
    script(&mailq, &format!("#!/bin/sh\nexec {} -bp\n", stuck.program().display()));
    let theirs = original(&mailq, &["-M", "exim", "-w", "5", "-c", "20"]);
    assert_eq!((theirs.code, theirs.perfdata()), (Some(1), "unsent=7;5;20;0"), "{theirs:?}");
    let first = stuck.run(&["-bp"]).split_whitespace().nth(2).expect("an id").to_owned();
    stuck.run(&["-Mf", &first]);
    let frozen = exim(&stuck, &[]);
    assert!(frozen.line.contains("7 messages: 6 waiting, 1 frozen"), "{frozen:?}");
    assert!(frozen.perfdata().ends_with("waiting=6;;;0 frozen=1;;;0"), "{frozen:?}");
    // Another account than Exim's own and root's.
    let mut command = Command::new(executable());
    command.args(["check_mail_queue", "--exim", text(&stuck.program())]);
    let denied = answer(command.env("AS", "setpriv --reuid nobody --regid nogroup --clear-groups"));
    assert_eq!(denied.code, Some(3), "{denied:?}");
    assert!(denied.line.contains("may not see the queue of Exim") && denied.line.contains("--sudo"), "{denied:?}");
}

#[test]
fn the_queue_of_exim_is_read_by_sudo_if_sudoers_has_its_line() {
    let _turn = turn::shared();
    if !(or_skip("the queue of Exim by sudo") && Sudoers::or_skip("the queue of Exim by sudo")) {
        return;
    }
    let stuck = Exim::relaying_to(free_port(), "");
    send(stuck.port, 3, "user@example.org");
    stuck.await_logged("==", 3);
    let program = stuck.program();
    let asking = |sudoers: &Sudoers| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "mysql", "--regid", "mysql", "--clear-groups"]).arg(executable());
        command.args(["check_mail_queue", "--sudo", "--exim", text(&program)]);
        answer(&mut sudoers.wrap(&command))
    };
    let line = format!("mysql ALL=(root) NOPASSWD: {} -bp", program.display());
    let refused = asking(&Sudoers::new("nobody ALL=(root) NOPASSWD: /bin/false"));
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.line.contains(&format!("sudo does not allow this: add `{line}` to sudoers")), "{refused:?}");
    let allowed = asking(&Sudoers::new(&line));
    assert!(allowed.code == Some(0) && allowed.line.contains("3 messages: 3 waiting"), "{allowed:?}");
}

#[test]
fn where_the_original_is_wrong_ours_is_not() {
    let _turn = turn::shared();
    let dir = Workdir::new("wrong");
    let limits = ["-w", "1", "-c", "10"];
    // The ids of Exim 4.97 and later are longer.
    let exim = dir.join("exim");
    let list = " 5m  2.9K 1vPxyz-00000000abc-0Def <a@example.com>\n          b@example.org\n\n";
    script(&exim, &format!("#!/bin/sh\nfor i in 1 2 3; do printf '{list}'; done\n"));
    let theirs = original(&exim, &[&["-M", "exim"], &limits[..]].concat());
    assert_eq!((theirs.code, theirs.perfdata()), (Some(0), "unsent=0;1;10;0"), "{theirs:?}");
    let ours = plugin("check_mail_queue", &["--exim", text(&exim), "-w", "1", "-c", "10"], &dir);
    assert!(ours.code == Some(1) && ours.line.contains("3 messages (at most 1): 3 waiting"), "{ours:?}");
    // A refusal is an empty queue to the original.
    script(&exim, "#!/bin/sh\necho 'exim: permission denied' >&2\nexit 1\n");
    let ours = plugin("check_mail_queue", &["--exim", text(&exim), "-w", "1"], &dir);
    assert!(ours.code == Some(3) && ours.line.contains("may not see the queue of Exim"), "{ours:?}");
    // A Postfix that is down, asked by root: as Postfix 3.7 says it with -p and -j.
    let postqueue = dir.join("postqueue");
    let down = "echo 'postqueue: warning: Mail system is down -- accessing queue directly' >&2";
    let empty = "case \"$*\" in *-p*) echo 'Mail queue is empty' ;; esac";
    script(&postqueue, &format!("#!/bin/sh\n{down}\n{empty}\n"));
    let mailq = dir.join("mailq");
    script(&mailq, &format!("#!/bin/sh\nexec {} -p\n", postqueue.display()));
    let theirs = original(&mailq, &[&["-M", "postfix"], &limits[..]].concat());
    assert_eq!((theirs.code, theirs.perfdata()), (Some(0), "unsent=0;1;10;0"), "{theirs:?}");
    let ours = plugin("check_mail_queue", &["--postqueue", text(&postqueue)], &dir);
    assert!(ours.code == Some(2) && ours.line.contains("Postfix is down"), "{ours:?}");
    // A list that was cut off in the middle.
    script(&postqueue, "#!/bin/sh\nprintf '{\"queue_name\": \"active\", \"arrival_time\": 1, \"recip'; kill -9 $$\n");
    let ours = plugin("check_mail_queue", &["--postqueue", text(&postqueue)], &dir);
    assert!(ours.code == Some(3) && ours.line.contains("ended by signal 9; at least 1 message"), "{ours:?}");
}

#[test]
fn a_program_that_is_not_there_or_something_else_is_unknown() {
    let dir = Workdir::new("programs");
    let other = dir.join("other");
    script(&other, "#!/bin/sh\necho 'Welcome to the mail system'\n");
    script(&dir.join("broken"), "#!/bin/sh\necho 'cannot open $HOME/queue: |' >&2\nexit 75\n");
    fs::write(dir.join("file"), "#!/bin/sh\n").expect("it is ours");
    let path = |name: &str| dir.join(name).display().to_string();
    for (arguments, words) in [
        (vec!["--postqueue".to_owned(), path("nothing")], "/nothing on this machine"),
        (vec!["--exim".to_owned(), path("nothing")], "/nothing on this machine"),
        (vec!["--postqueue".to_owned(), path("file")], "/file may not be started"),
        (vec!["--postqueue".to_owned(), path("other")], "printed no list of a queue: Welcome to the mail system"),
        (vec!["--exim".to_owned(), path("other")], "printed no list of a queue: Welcome to the mail system"),
        // A $ would be a macro in Icinga, and | the begin of perfdata.
        (vec!["--postqueue".to_owned(), path("broken")], "/broken failed: cannot open HOME/queue: / | queue=U"),
        (vec!["--mta".to_owned(), "qmail".to_owned()], "postfix or exim"),
        (vec!["--exim".to_owned(), path("other"), "-M".to_owned(), "postfix".to_owned()], "does not apply to Postfix"),
        (vec!["--age-warning".to_owned(), "old".to_owned()], "seconds, or 500ms, 2m, 1h"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let answered = plugin("check_mail_queue", &arguments, &dir);
        assert_eq!(answered.code, Some(3), "{arguments:?}: {answered:?}");
        assert!(answered.line.contains(words) && !answered.line.contains('$'), "{arguments:?}: {}", answered.line);
    }
    // Not in the PATH, nor where packages put it.
    let mut command = Command::new(executable());
    let nowhere = answer(command.args(["check_mail_queue", "-M", "exim"]).env("PATH", dir.path()));
    assert!(nowhere.code == Some(3) && nowhere.line.contains("no exim4 or exim on this machine"), "{nowhere:?}");
}

#[test]
fn a_hundred_thousand_messages_take_little_memory_and_time() {
    let _turn = turn::shared();
    let dir = Workdir::new("many");
    let program = dir.join("postqueue");
    script(
        &program,
        "#!/bin/sh\nexec awk 'BEGIN { for (i = 0; i < 100000; i++) printf \"{\\\"queue_name\\\": \\\"deferred\\\", \
         \\\"queue_id\\\": \\\"4jY0zt%06d\\\", \\\"arrival_time\\\": 1480000000, \\\"message_size\\\": 371, \
         \\\"sender\\\": \\\"s@example.com\\\", \\\"recipients\\\": [{\\\"address\\\": \\\"u%d@d%d.example.org\\\", \
         \\\"delay_reason\\\": \\\"connect to 127.0.0.1[127.0.0.1]:25: Connection refused\\\"}]}\\n\", i, i, i % 5000 \
         }'\n",
    );
    let place = ["check_mail_queue", "--postqueue", text(&program)].map(str::to_owned);
    let answered = answer(Command::new(executable()).args(&place).args(["-w", "99999", "-W", "20"]));
    assert!(answered.code == Some(1) && answered.line.contains("100000 messages (at most 99999)"), "{answered:?}");
    assert!(answered.line.contains("most for d0.example.org: 20; ") || answered.line.contains("d0.example.org: 20 |"));
    let cost = Command::new(built("cost-of")).arg("1").arg(executable()).args(&place).output().expect("it runs");
    let numbers = String::from_utf8_lossy(&cost.stdout).into_owned();
    let kibibytes: u64 = numbers.split_whitespace().nth(2).and_then(|text| text.parse().ok()).expect("its memory");
    assert!(kibibytes < 40_000, "{numbers}");
}
