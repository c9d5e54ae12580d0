//! `/maintenance` on the control socket: maintenance by operators.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use healthd_core::text::clean::one_line;
use healthd_core::verdict::maintenance::{Maintenance, Mode};
use hyper::body::Incoming;
use hyper::{Method, Request};
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::request;
use super::respond::{Content, Rejection};
use crate::node::Node;

/// The body of `POST /maintenance`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MaintenanceOrder {
    /// Name or port; every instance if it is left out.
    pub(crate) instance: Option<String>,
    /// On with this mode, or off.
    pub(crate) mode: Option<Mode>,
    /// How long; no end if it is left out.
    pub(crate) seconds: Option<u64>,
    /// Why.
    pub(crate) reason: String,
}

/// The answer of `/maintenance`: what is in force.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MaintenanceState {
    /// By instance.
    pub(crate) instances: BTreeMap<String, Maintenance>,
}

/// Lists the entries; a `POST` changes them first.
pub(super) async fn maintenance(
    request: Request<Incoming>,
    client: &Client,
    node: &Arc<Node>,
) -> Result<Content, Rejection> {
    let Client::Control(user) = client else {
        return Err(Rejection::forbidden("use `healthd maintenance` on this machine"));
    };
    let now = SystemTime::now();
    if *request.method() == Method::POST {
        let order: MaintenanceOrder = request::order(request).await?;
        switch(&order, user, node, now).await?;
    }
    Ok(Content::json(&MaintenanceState { instances: node.switches.maintenance.all(now) }))
}

async fn switch(order: &MaintenanceOrder, user: &str, node: &Arc<Node>, now: SystemTime) -> Result<(), Rejection> {
    let names = named_in(order, node, now)?;
    if order.seconds == Some(0) {
        return Err(Rejection::BadRequest("refused: a maintenance lasts at least 1 s\n".to_owned()));
    }
    let entry = order.mode.map(|mode| Maintenance {
        mode,
        owner: user.to_owned(),
        reason: one_line(&order.reason, 200),
        since: now,
        until: order.seconds.and_then(|seconds| now.checked_add(Duration::from_secs(seconds))),
    });
    // On another thread, because a saturated disk must not delay a check.
    let (switches, written, changed) = (Arc::clone(&node.switches), entry.clone(), names.clone());
    let writing = tokio::task::spawn_blocking(move || switches.maintenance.set(&changed, written.as_ref(), now));
    writing.await.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(|error| {
        Rejection::Failed(format!("nothing was changed, the state directory cannot be written: {error}\n"))
    })?;
    for instance in names {
        match &entry {
            Some(Maintenance { mode, owner, reason, .. }) => {
                tracing::info!(instance, ?mode, owner, reason, "maintenance on");
            }
            None => tracing::info!(instance, owner = user, "maintenance off"),
        }
    }
    Ok(())
}

/// The instances that a command names. Maintenance can be ended even for one that is no longer configured.
fn named_in(order: &MaintenanceOrder, node: &Node, now: SystemTime) -> Result<Vec<String>, Rejection> {
    let fleet = node.fleet();
    let stored = node.switches.maintenance.all(now);
    let Some(wanted) = &order.instance else {
        let configured = fleet.instances.iter().map(|instance| instance.config.name.clone());
        let forgotten = stored.into_keys().filter(|_| order.mode.is_none());
        return Ok(configured.chain(forgotten).collect());
    };
    if order.mode.is_none() && fleet.named(wanted).is_none() && stored.contains_key(wanted) {
        return Ok(vec![wanted.clone()]);
    }
    Ok(vec![request::instance(&fleet, wanted)?.config.name.clone()])
}
