//! `POST /writer` on the control socket: operators' commands for the writer role.

use healthd_core::position::gtids::Gtids;
use hyper::body::Incoming;
use hyper::{Method, Request};
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::request;
use super::respond::{Content, Rejection};
use crate::node::Node;
use crate::witness::Witness;
use crate::writer::{Order, OrderRefused};

/// The body of `POST /writer`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WriterOrder {
    /// Name or port.
    pub(crate) instance: String,
    /// What to do.
    pub(crate) order: OrderName,
    /// The witness to remove.
    pub(crate) witness: Option<Witness>,
    /// The loss to accept: what the plan has shown.
    pub(crate) loss: Option<Gtids>,
    /// Carry it out; otherwise only print the plan.
    pub(crate) carry_out: bool,
}

/// The commands by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OrderName {
    /// Give the role to the peer.
    Switchover,
    /// Get it from the peer.
    Failback,
    /// Take it from a dead peer.
    Takeover,
    /// Accept that transactions are missing, or keep errant ones.
    AcceptLoss,
    /// Forget the high-water mark of received transactions.
    MarkDrop,
    /// Stop waiting for a witness.
    WitnessRemove,
}

/// The answer: the plan, or what was done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct WriterPlan {
    /// What the command does and what it risks, one sentence per line.
    pub(crate) sentences: Vec<String>,
    /// The loss that the sentences describe, to be sent back with `accept-loss`.
    pub(crate) loss: Option<Gtids>,
    /// What was done; `None` for a plan.
    pub(crate) done: Option<String>,
}

/// Plans a command or carries it out.
pub(super) async fn writer(request: Request<Incoming>, client: &Client, node: &Node) -> Result<Content, Rejection> {
    let Client::Control(user) = client else {
        return Err(Rejection::forbidden("use the healthd commands on this machine to move the writer role"));
    };
    if *request.method() != Method::POST {
        return Err(Rejection::WrongMethod("POST"));
    }
    let WriterOrder { instance, order, witness, loss, carry_out } = request::order(request).await?;
    let fleet = node.fleet();
    let instance = request::instance(&fleet, &instance)?;
    let wanted = match (order, witness) {
        (OrderName::Switchover, _) => Order::Switchover,
        (OrderName::Failback, _) => Order::Failback,
        (OrderName::Takeover, _) => Order::Takeover,
        (OrderName::AcceptLoss, _) => match loss {
            Some(shown) => Order::AcceptLoss(shown),
            None if !carry_out => Order::AcceptLoss(instance.writer.loss()),
            None => return Err(Rejection::bad_request("`loss` is missing: send the one that the plan has shown")),
        },
        (OrderName::MarkDrop, _) => Order::MarkDrop,
        (OrderName::WitnessRemove, Some(witness)) => Order::WitnessRemove(witness),
        (OrderName::WitnessRemove, None) => {
            return Err(Rejection::bad_request("`witness` is missing: send an address or a name of `[witness]`"));
        }
    };
    let conflict = |why: OrderRefused| Rejection::Conflict(format!("{why}\n"));
    let sentences = instance.writer.plan(&wanted).map_err(conflict)?;
    let loss = match &wanted {
        Order::AcceptLoss(shown) => Some(shown.clone()),
        _ => None,
    };
    if !carry_out {
        return Ok(Content::json(&WriterPlan { sentences, loss, done: None }));
    }
    let done = instance.writer.order(wanted.clone(), user.clone()).await.map_err(conflict)?;
    let (instance, order) = (&instance.config.name, wanted.words());
    tracing::warn!(%instance, owner = user, order, done, "command for the writer role");
    Ok(Content::json(&WriterPlan { sentences, loss, done: Some(done) }))
}
