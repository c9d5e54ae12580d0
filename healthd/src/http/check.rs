//! `/mysqlchk`: a verdict for HAProxy.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use healthd_core::render::body;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Method, Request, Response};

use super::client::Client;
use super::respond::{Content, Rejection, respond};
use crate::node::Node;
use crate::node::ask::{Ask, AskError, Asker, Protocol};

/// The path of checks.
pub(super) const PATH: &str = "/mysqlchk";

/// Answers a check and counts it.
pub(super) async fn check(request: &Request<Incoming>, client: &Client, node: &Arc<Node>) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return respond(Err(Rejection::WrongMethod("GET, HEAD, OPTIONS")));
    }
    let Answered { role, answer } = answer(request, client, node, Instant::now()).await;
    let response = respond(answer);
    node.counters.count_http_check(role, response.status().as_str());
    response
}

/// The answer to a check, and the role for counting.
struct Answered {
    role: &'static str,
    answer: Result<Content, Rejection>,
}

async fn answer(request: &Request<Incoming>, client: &Client, node: &Node, arrived: Instant) -> Answered {
    let refused = |role, refused| Answered { role, answer: Err(refused) };
    if let Some(address) = client.address()
        && !node.fleet().config.access.allows_checks(address)
    {
        return refused("default", Rejection::Forbidden(body::refusal("this address is not in `allow`")));
    }
    let ask = match ask(request) {
        Ok(ask) => ask,
        Err(refusal) => return refused("default", refusal.into()),
    };
    match ask.answer(node, &asker(request, client, arrived, &|| client.is_open())).await {
        Err(refusal) => refused(ask.role_name(), refusal.into()),
        Ok(answer) => {
            let line = body::body(&answer.verdict, &answer.instance.config.name, answer.role, answer.age);
            Answered { role: answer.role.name(), answer: Ok(Content::Verdict(answer.verdict.state(), line)) }
        }
    }
}

impl From<AskError> for Rejection {
    fn from(refusal: AskError) -> Rejection {
        match refusal {
            AskError::BadRequest(text) => Rejection::BadRequest(body::refusal(&text)),
            // A 404 would be a drain.
            AskError::UnknownInstance(text) => Rejection::Forbidden(body::refusal(&text)),
        }
    }
}

fn asker<'a>(
    request: &'a Request<Incoming>,
    client: &Client,
    arrived: Instant,
    open: &'a (dyn Fn() -> bool + Sync),
) -> Asker<'a> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let (state, witness) = (header("x-haproxy-server-state"), header(healthd_haproxy::WITNESS_HEADER));
    Asker { address: client.address(), state, witness, arrived, open, protocol: Protocol::Http }
}

fn ask(request: &Request<Incoming>) -> Result<Ask, AskError> {
    if !matches!(request.uri().path().strip_prefix(PATH), Some("" | "/")) {
        return Err(AskError::BadRequest("nothing is below /mysqlchk/: write /mysqlchk/?port=3306".to_owned()));
    }
    let query = request.uri().query().unwrap_or_default();
    let ask = Ask::from_pairs(form_urlencoded::parse(query.as_bytes()))?;
    if ask.names_no_instance() {
        return Err(AskError::BadRequest("port is missing: write /mysqlchk/?port=3306".to_owned()));
    }
    Ok(ask)
}
