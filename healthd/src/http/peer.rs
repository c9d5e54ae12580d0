//! `/peer`: the report to the other node's healthd.

use std::time::{Duration, Instant};

use healthd_core::text::clean::one_line;
use healthd_mysql::login::address::parse_port;
use hyper::body::Incoming;
use hyper::header::AUTHORIZATION;
use hyper::{Method, Request};

use super::request::parameter;
use super::respond::{Content, Rejection};
use crate::node::Node;

/// How long the peer may wait for a change.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Answers the peer. A client with the token may ask from any address; any other client is refused.
pub(super) async fn report(request: &Request<Incoming>, node: &Node) -> Result<Content, Rejection> {
    if *request.method() != Method::GET {
        return Err(Rejection::WrongMethod("GET"));
    }
    let arrived = Instant::now();
    let fleet = node.fleet();
    let bearer = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let Some(known) = fleet.instances.iter().find_map(|instance| instance.writer.settings.token.as_ref()) else {
        return Err(Rejection::forbidden("this node has no token_file in [peers]"));
    };
    if !known.is(token) {
        return Err(Rejection::forbidden("the token differs from the one in the token_file of this node"));
    }
    let name = parameter(request, "name").unwrap_or_default();
    let port = parameter(request, "port").and_then(|port| parse_port(&port));
    let Some(instance) = fleet.named(&name).or_else(|| fleet.by_port(port?)) else {
        let name = one_line(&name, 40);
        return Err(Rejection::NotFound(format!(
            "refused: no instance here has the name `{name}` or its port: use the same `name` on both nodes\n"
        )));
    };
    let seen = parameter(request, "seen").and_then(|stamp| stamp.parse().ok());
    let wait = parameter(request, "wait").and_then(|text| healthd_core::text::duration::parse(&text).ok());
    let deadline = arrived + wait.unwrap_or_default().min(LONGEST_WAIT);
    // Compact, because it is sent five times a second.
    Ok(Content::compact_json(&instance.writer.report(seen, deadline).await))
}
