//! HAProxy's agent protocol: at most one line in, one line out, closed.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use healthd_core::render::agent::{Admin, line, refusal};
use healthd_core::verdict::Cause;
use healthd_core::verdict::Verdict;
use healthd_core::verdict::reason::Reason;
use healthd_core::verdict::role::Role;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::node::Node;
use crate::node::ask::{Ask, AskError, Asker, CheckAnswer, Protocol};

/// The deadline for a line: `agent-send` is sent right after the connect, and without it nothing ever arrives.
const LINE_WITHIN: Duration = Duration::from_millis(80);
/// The deadline for sending the answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// The longest line.
const LONGEST_LINE: usize = 512;

/// Serves one connection.
pub(crate) async fn answer(mut stream: TcpStream, client: IpAddr, node: Arc<Node>) {
    let line = read_line(&mut stream).await;
    // An empty line is a question only if there is a single instance.
    let several = node.fleet().instances.len() > 1;
    let Some(line) = line.filter(|line| !(several && line.is_empty())) else {
        // A late or partial question must not be answered like a whole one. HAProxy ignores a missing answer, and its
        // HTTP check decides.
        node.counters.count_agent_check("default", "incomplete");
        return;
    };
    let ready = line.split_ascii_whitespace().any(|word| word == "ready");
    let (role, text) = match verdict(&line, ready, client, &node).await {
        Ok(answer) if is_not_checked(&answer.verdict) && answer.instance.writer.awaits_checks() => {
            // HAProxy ignores a missing answer, and its next HTTP check decides.
            node.counters.count_agent_check(answer.role.name(), "too-early");
            return;
        }
        Ok(answer) => (answer.role.name(), words(&answer, ready)),
        Err(AskError::BadRequest(text) | AskError::UnknownInstance(text)) => ("default", refusal(&text)),
    };
    node.counters.count_agent_check(role, text.split_once(" #").map_or(text.trim_end(), |(words, _)| words));
    // HAProxy may have disconnected meanwhile.
    drop(timeout(ANSWER_WITHIN, async { (stream.write_all(text.as_bytes()).await, stream.shutdown().await) }).await);
}

async fn verdict(line: &str, ready: bool, client: IpAddr, node: &Node) -> Result<CheckAnswer, AskError> {
    let ask = Ask::from_pairs(line.split_ascii_whitespace().filter_map(|word| word.split_once('=')))?;
    if !node.fleet().config.access.allows_checks(client) {
        return Err(AskError::BadRequest("this address is not in `allow`".to_owned()));
    }
    let asker = Asker {
        address: Some(client),
        state: None,
        witness: None,
        arrived: Instant::now(),
        open: &|| true,
        protocol: Protocol::Agent { ready },
    };
    ask.answer(node, &asker).await
}

/// The line for a verdict; with `ready` it also sets HAProxy's administrative state.
fn words(answer: &CheckAnswer, ready: bool) -> String {
    let admin = match (ready, answer.role) {
        (false, _) => Admin::Operators,
        (true, Role::Writer) if answer.instance.writer.witnessed() => Admin::Witness,
        (true, _) => Admin::Ours,
    };
    line(&answer.verdict, admin)
}

/// Whether the writer role is refused only because no HTTP check of this HAProxy was heard.
fn is_not_checked(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Down(Reason::Writer(refused)) if refused.cause == Cause::NoHttpCheck)
}

/// The first line; empty if nothing arrived in time, as without `agent-send`. `None` for a part of a line.
async fn read_line(stream: &mut TcpStream) -> Option<String> {
    let mut line = Vec::with_capacity(64);
    let reading = async {
        while line.len() < LONGEST_LINE && !line.contains(&b'\n') {
            match stream.read_buf(&mut line).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
    };
    // Without agent-send, the deadline always passes.
    drop(timeout(LINE_WITHIN, reading).await);
    match line.iter().position(|byte| *byte == b'\n') {
        Some(end) => Some(String::from_utf8_lossy(&line[..end]).into_owned()),
        None => line.is_empty().then(String::new),
    }
}
