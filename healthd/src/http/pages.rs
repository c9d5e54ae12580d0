//! Pages for people and programs: the status page, `/instances`, `/metrics`, and whether the daemon is ready.

use healthd_core::render::page::{Header, page};
use healthd_core::verdict::role::Role;
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::{Method, Request};

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
    // A bare `option httpchk` asks `OPTIONS /`: a page would make every server healthy for it.
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Rejection::WrongMethod("GET, HEAD"));
    }
    check_access(request, client, node)?;
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
                logs: None,
            };
            Content::Page(page(&header, &node.describe(None, max_lag).await))
        }
    })
}

/// Whether this client may read pages, and under this name.
fn check_access(request: &Request<Incoming>, client: &Client, node: &Node) -> Result<(), Rejection> {
    let Some(address) = client.address() else {
        return Ok(());
    };
    let fleet = node.fleet();
    let access = &fleet.config.access;
    if !access.allows_pages(address) {
        return Err(Rejection::forbidden("this address is not in `allow_read`"));
    }
    let host = request.headers().get(HOST).map(|host| host.to_str().unwrap_or_default());
    if host.is_some_and(|host| !access.knows_host(host)) {
        let why = "refused: this Host is not an address, not localhost and not in `server_names`\n";
        return Err(Rejection::ForeignHost(why.to_owned()));
    }
    Ok(())
}
