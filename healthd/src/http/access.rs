//! Who may read pages, JSON and metrics.

use hyper::header::HOST;
use hyper::{Method, Request};

use super::client::Client;
use super::respond::Rejection;
use crate::node::Node;

/// Whether this request may read a page: a method that reads, a client that is allowed, a name that is ours.
///
/// # Errors
/// When it may not.
pub(super) fn check_reader<B>(request: &Request<B>, client: &Client, node: &Node) -> Result<(), Rejection> {
    // A bare `option httpchk` asks `OPTIONS /`: a page would make every server healthy for it.
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Rejection::WrongMethod("GET, HEAD"));
    }
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
