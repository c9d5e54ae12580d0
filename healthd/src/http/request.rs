//! The parts of a request besides its path: parameters, and the body of a command.

use std::sync::Arc;

use healthd_core::text::clean::one_line;
use http_body_util::{BodyExt as _, Limited};
use hyper::Request;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use super::respond::Rejection;
use crate::node::Fleet;
use crate::node::instance::Instance;

/// The maximum size of a command in bytes.
const LARGEST_ORDER: usize = 16 * 1024;

/// The first parameter of this name, decoded.
pub(super) fn parameter<B>(request: &Request<B>, wanted: &str) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find_map(|(key, value)| (key == wanted).then(|| value.into_owned()))
}

/// Parses a command from the body.
pub(super) async fn order<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, Rejection> {
    let body = Limited::new(request.into_body(), LARGEST_ORDER).collect().await.map_err(Rejection::bad_request)?;
    serde_json::from_slice(&body.to_bytes()).map_err(Rejection::bad_request)
}

/// The instance that a command names, by name or port.
pub(super) fn instance<'a>(fleet: &'a Fleet, wanted: &str) -> Result<&'a Arc<Instance>, Rejection> {
    fleet.named(wanted).ok_or_else(|| {
        let known: Vec<_> = fleet.instances.iter().map(|instance| instance.config.name.as_str()).collect();
        let (wanted, known) = (one_line(wanted, 40), known.join(", "));
        Rejection::NotFound(format!("`{wanted}` is not an instance here: {known}\n"))
    })
}
