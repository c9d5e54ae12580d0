//! The only place that knows HTTP paths.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};

use super::check;
use super::client::Client;
use super::counters;
use super::maintenance::maintenance;
use super::orders;
use super::pages::{pages, ready};
use super::peer;
use super::respond::{Content, Rejection, respond};
use crate::node::Node;

/// Answers one request.
pub(super) async fn route(
    request: Request<Incoming>,
    client: &Client,
    node: &Arc<Node>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    let below = path.strip_prefix(check::PATH);
    if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return Ok(check::check(&request, client, node).await);
    }
    let answer = match path {
        "/-/healthy" => Ok(Content::Text("healthd runs\n".to_owned())),
        "/-/ready" => ready(node),
        // In boxes: they are rare, and would make the future of every check larger.
        "/maintenance" => Box::pin(maintenance(request, client, node)).await,
        "/writer" => Box::pin(orders::writer(request, client, node)).await,
        "/peer" => Box::pin(peer::report(&request, node)).await,
        counters::PAGE | counters::WINDOW | counters::SERIES | counters::OVERVIEW => {
            Box::pin(counters::counters(&request, client, node)).await
        }
        "/" | "/instances" | "/metrics" => Box::pin(pages(&request, client, node)).await,
        _ => Err(Rejection::NotFound(
            "not found: try /, /mysqlchk/?port=3306, /instances, /logs or /metrics\n".to_owned(),
        )),
    };
    let response = respond(answer);
    node.counters.count_page(response.status().as_str());
    Ok(response)
}
