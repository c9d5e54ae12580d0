//! A connection that stays open, with everything that it has locked.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// What a session prints after each text, to show that it is done.
const MARK: &str = "end of this text";

/// An open connection of root, idle between its statements. Dropping it closes the connection, and the server rolls
/// back. It also ends with the test, whose end closes its input.
#[derive(Debug)]
pub struct Session {
    client: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Session {
    pub(crate) fn open(socket: &Path) -> Session {
        let mut client = Command::new("mariadb")
            .args(["--no-defaults", "--skip-ssl", "--connect-timeout=10", "--batch", "--skip-column-names"])
            .args(["--unbuffered", "--user=root", "--socket"])
            .arg(socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the mariadb client starts");
        let output = BufReader::new(client.stdout.take().expect("it is a pipe")).lines();
        Session { client, output }
    }

    /// Runs statements and returns when they are done.
    ///
    /// # Panics
    /// When a statement fails: the client ends then.
    pub fn run(&mut self, sql: &str) {
        let input = self.client.stdin.as_mut().expect("it is a pipe");
        writeln!(input, "{sql}; SELECT '{MARK}';").and_then(|()| input.flush()).expect("the client reads");
        let seen = self.output.by_ref().map_while(Result::ok).any(|line| line == MARK);
        assert!(seen, "{sql}: it failed");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The client may have ended already.
        self.client.kill().ok();
        self.client.wait().ok();
    }
}
