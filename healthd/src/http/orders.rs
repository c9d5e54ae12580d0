//! `POST /writer` on the control socket: an operator's orders to the writer role.

use std::sync::Arc;

use healthd_core::position::gtids::Gtids;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::Client;
use super::routes::{LARGEST_ORDER, json, method_not_allowed, text};
use crate::node::Node;
use crate::witness::Witness;
use crate::writer::Order;

/// The body of `POST /writer`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WriterOrder {
    /// Name or port.
    pub(crate) instance: String,
    /// What to do.
    pub(crate) order: OrderName,
    /// Which witness to remove.
    pub(crate) witness: Option<Witness>,
    /// The loss to accept: what the plan has shown.
    pub(crate) loss: Option<Gtids>,
    /// Do it; without, only say what would stop being true.
    pub(crate) carry_out: bool,
}

/// The orders by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OrderName {
    /// Give the role to the peer.
    Switchover,
    /// Get it from the peer.
    Failback,
    /// Take it from a dead peer.
    Takeover,
    /// Give up what is missing.
    AcceptLoss,
    /// Forget what was received.
    MarkDrop,
    /// Wait for a witness no longer.
    WitnessRemove,
}

/// The answer: what the order would mean, or what was done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct WriterPlan {
    /// What the order does, and what stops being true, a sentence a line.
    pub(crate) sentences: Vec<String>,
    /// The loss that the sentences speak of, to be sent back with `accept-loss`.
    pub(crate) loss: Option<Gtids>,
    /// What was done; nothing for a plan.
    pub(crate) done: Option<String>,
}

/// Answers an order.
pub(super) async fn writer(request: Request<Incoming>, client: &Client, node: &Arc<Node>) -> Response<Full<Bytes>> {
    let Client::Control(user) = client else {
        return text(StatusCode::FORBIDDEN, "refused: the writer role is commanded by healthd, on this machine\n");
    };
    if *request.method() != Method::POST {
        return method_not_allowed("POST");
    }
    let body = match Limited::new(request.into_body(), LARGEST_ORDER).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return text(StatusCode::BAD_REQUEST, format!("refused: {error}\n")),
    };
    let order: WriterOrder = match serde_json::from_slice(&body) {
        Ok(order) => order,
        Err(error) => return text(StatusCode::BAD_REQUEST, format!("refused: {error}\n")),
    };
    let fleet = node.fleet();
    let Some(instance) = fleet.named(&order.instance) else {
        let known: Vec<_> = fleet.instances.iter().map(|instance| instance.config.name.as_str()).collect();
        let wanted = healthd_core::text::clean::one_line(&order.instance, 40);
        let known = known.join(", ");
        return text(StatusCode::NOT_FOUND, format!("`{wanted}` is not an instance here: {known}\n"));
    };
    let wanted = match (order.order, order.witness) {
        (OrderName::Switchover, _) => Order::Switchover,
        (OrderName::Failback, _) => Order::Failback,
        (OrderName::Takeover, _) => Order::Takeover,
        (OrderName::AcceptLoss, _) => match order.loss {
            Some(shown) => Order::AcceptLoss(shown),
            None if !order.carry_out => Order::AcceptLoss(instance.writer.loss()),
            None => return text(StatusCode::BAD_REQUEST, "refused: which loss? the one that the plan has shown\n"),
        },
        (OrderName::MarkDrop, _) => Order::MarkDrop,
        (OrderName::WitnessRemove, Some(witness)) => Order::WitnessRemove(witness),
        (OrderName::WitnessRemove, None) => {
            return text(StatusCode::BAD_REQUEST, "refused: which witness? an address or a name of `[witness]`\n");
        }
    };
    let sentences = match instance.writer.plan(&wanted) {
        Ok(sentences) => sentences,
        Err(why) => return text(StatusCode::CONFLICT, format!("{why}\n")),
    };
    let loss = match &wanted {
        Order::AcceptLoss(shown) => Some(shown.clone()),
        _ => None,
    };
    if !order.carry_out {
        return json(&WriterPlan { sentences, loss, done: None });
    }
    match instance.writer.order(wanted.clone(), user.clone()).await {
        Ok(done) => {
            tracing::warn!(instance = %instance.config.name, owner = user, order = wanted.words(), done, "the writer role is commanded");
            json(&WriterPlan { sentences, loss, done: Some(done) })
        }
        Err(why) => text(StatusCode::CONFLICT, format!("{why}\n")),
    }
}
