//! Pages for people and programs: the status page, `/instances`, `/metrics`, and whether the daemon is ready.

use healthd_core::render::page::{Header, LogsLine, page};
use healthd_core::verdict::role::Role;
use hyper::Request;
use hyper::body::Incoming;

use super::access::check_reader;
use super::client::Client;
use super::request::parameter;
use super::respond::{Content, Rejection};
use crate::metrics;
use crate::node::Node;

/// `/-/ready`.
pub(super) fn ready(node: &Node) -> Result<Content, Rejection> {
    let instances = &node.fleet().instances;
    match instances.iter().filter(|instance| instance.prober.health().probed_at().is_none()).count() {
        0 if instances.is_empty() => Ok(Content::Text("healthd is ready: no server is configured\n".to_owned())),
        0 => Ok(Content::Text("every instance has been probed\n".to_owned())),
        n => Err(Rejection::NotReady(format!("{n} instances have not been probed yet\n"))),
    }
}

/// The status page, `/instances` and `/metrics`.
pub(super) async fn pages(request: &Request<Incoming>, client: &Client, node: &Node) -> Result<Content, Rejection> {
    check_reader(request, client, node)?;
    let max_lag = parameter(request, "max_lag").map(|text| healthd_core::text::duration::parse(&text)).transpose();
    let max_lag = max_lag.map_err(Rejection::bad_request)?;
    let writer = parameter(request, "role").as_deref() == Some(Role::Writer.name());
    for instance in node.fleet().instances.iter().filter(|_| writer) {
        instance.use_the_writer_role().await;
    }
    Ok(match request.uri().path() {
        "/metrics" => Content::Metrics(metrics::render(node).await),
        "/instances" => Content::json(&node.describe(parameter(request, "name").as_deref(), max_lag).await),
        _ => {
            let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
            let reload = node.reload();
            let header = Header {
                host: &host,
                version: env!("CARGO_PKG_VERSION"),
                uptime: node.started.elapsed(),
                reload_error: reload.error.as_deref(),
                logs: logs_line(node),
            };
            Content::Page(page(&header, &node.describe(None, max_lag).await))
        }
    })
}

/// What the status page says of the logs.
fn logs_line(node: &Node) -> Option<LogsLine> {
    let snapshot = node.fleet().logs.snapshot();
    let faults = snapshot.logs.iter().filter(|log| log.fault.is_some()).count();
    (!snapshot.logs.is_empty()).then_some(LogsLine { logs: snapshot.logs.len(), faults })
}
