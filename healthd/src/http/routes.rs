//! The only place that knows HTTP paths and statuses.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use healthd_core::render::body;
use healthd_core::render::page::{Header, page};
use healthd_core::verdict::State;
use healthd_core::verdict::maintenance::{Maintenance, Mode};
use healthd_core::verdict::role::Role;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::{Client, orders};
use crate::metrics;
use crate::node::Node;
use crate::node::ask::{Ask, Asker, Protocol, Refusal};

const CHECK: &str = "/mysqlchk";
pub(super) const LARGEST_ORDER: usize = 16 * 1024;
/// How long the peer may wait for news.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// `POST /maintenance`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MaintenanceOrder {
    /// Name or port; all without.
    pub(crate) instance: Option<String>,
    /// On with this mode, or off.
    pub(crate) mode: Option<Mode>,
    /// How long.
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

/// Answers one request.
pub(crate) async fn respond(
    request: Request<Incoming>,
    client: &Client,
    node: &Arc<Node>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    let below = path.strip_prefix(CHECK);
    if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return Ok(check(&request, client, node).await);
    }
    let response = match path {
        "/-/healthy" => text(StatusCode::OK, "healthd runs\n"),
        "/-/ready" => ready(node),
        // In boxes: they are rare, and would make the future of every check larger.
        "/maintenance" => Box::pin(maintenance(request, client, node)).await,
        "/writer" => Box::pin(orders::writer(request, client, node)).await,
        "/peer" => Box::pin(peer(&request, node)).await,
        "/" | "/instances" | "/metrics" => Box::pin(pages(&request, client, node)).await,
        _ => text(StatusCode::NOT_FOUND, "not found: /, /mysqlchk/?port=3306, /instances and /metrics are here\n"),
    };
    node.counters.count_page(response.status().as_str());
    Ok(response)
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

async fn check(request: &Request<Incoming>, client: &Client, node: &Arc<Node>) -> Response<Full<Bytes>> {
    if !reads(request.method()) {
        return method_not_allowed("GET, HEAD, OPTIONS");
    }
    let arrived = Instant::now();
    if let Some(address) = client.address()
        && !node.fleet().config.access.allows_checks(address)
    {
        node.counters.count_check("http", "default", "403");
        return text(StatusCode::FORBIDDEN, body::refusal("this address is not in `allow`"));
    }
    let (status, line, role) = match ask(request) {
        Err(refusal) => (StatusCode::BAD_REQUEST, body::refusal(refusal_text(&refusal)), "default"),
        Ok(ask) => match ask.answer(node, &asker(request, client, arrived, &|| client.is_open())).await {
            Err(refusal) => (refusal_status(&refusal), body::refusal(refusal_text(&refusal)), ask.role_name()),
            Ok(answer) => {
                let line = body::body(&answer.verdict, &answer.instance.config.name, answer.role, answer.age);
                (status(answer.verdict.state()), line, answer.role.name())
            }
        },
    };
    node.counters.count_check("http", role, status.as_str());
    text(status, line)
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

/// The report for the other node. Whoever has the token may ask from anywhere; nobody else learns what is here.
async fn peer(request: &Request<Incoming>, node: &Arc<Node>) -> Response<Full<Bytes>> {
    if *request.method() != Method::GET {
        return method_not_allowed("GET");
    }
    let arrived = Instant::now();
    let fleet = node.fleet();
    let bearer = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let Some(known) = fleet.instances.iter().find_map(|instance| instance.writer.settings.token.as_ref()) else {
        return text(StatusCode::FORBIDDEN, "refused: no token_file in [peers] here\n");
    };
    if !known.is(token) {
        return text(StatusCode::FORBIDDEN, "refused: another token than in the token_file here\n");
    }
    let query = request.uri().query().unwrap_or_default();
    let parameter = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(key, value)| (key == wanted).then(|| value.into_owned()))
    };
    let name = parameter("name").unwrap_or_default();
    let port = parameter("port").and_then(|port| healthd_mysql::login::address::parse_port(&port));
    let Some(instance) = fleet.named(&name).or_else(|| fleet.by_port(port?)) else {
        let name = healthd_core::text::clean::one_line(&name, 40);
        return text(
            StatusCode::NOT_FOUND,
            format!("refused: no instance here has the name `{name}` or its port; give both the same `name`\n"),
        );
    };
    let seen = parameter("seen").and_then(|stamp| stamp.parse().ok());
    let wait = parameter("wait").and_then(|text| healthd_core::text::duration::parse(&text).ok()).unwrap_or_default();
    let report = instance.writer.report(seen, arrived + wait.min(LONGEST_WAIT)).await;
    // Compact: it goes five times a second.
    typed(StatusCode::OK, "application/json", serde_json::to_vec(&report).expect("wire types are plain values"))
}

/// The one mapping of states to statuses. Never a redirect (HAProxy takes it for healthy), 404 only for a drain.
fn status(state: State) -> StatusCode {
    match state {
        State::Up => StatusCode::OK,
        State::Drain => StatusCode::NOT_FOUND,
        State::Down => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn refusal_status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::BadRequest(_) => StatusCode::BAD_REQUEST,
        Refusal::UnknownInstance(_) => StatusCode::FORBIDDEN,
    }
}

fn refusal_text(refusal: &Refusal) -> &str {
    match refusal {
        Refusal::BadRequest(text) | Refusal::UnknownInstance(text) => text,
    }
}

fn ask(request: &Request<Incoming>) -> Result<Ask, Refusal> {
    if !matches!(request.uri().path(), "/mysqlchk" | "/mysqlchk/") {
        return Err(Refusal::BadRequest("nothing is below /mysqlchk/, such as /mysqlchk/?port=3306".to_owned()));
    }
    let query = request.uri().query().unwrap_or_default();
    let ask = Ask::from_pairs(form_urlencoded::parse(query.as_bytes()))?;
    if ask.names_nobody() {
        return Err(Refusal::BadRequest("port is missing, such as /mysqlchk/?port=3306".to_owned()));
    }
    Ok(ask)
}

fn ready(node: &Node) -> Response<Full<Bytes>> {
    let waiting =
        node.fleet().instances.iter().filter(|instance| instance.prober.health().probed_at().is_none()).count();
    match waiting {
        0 => text(StatusCode::OK, "every instance has been probed\n"),
        n => text(StatusCode::SERVICE_UNAVAILABLE, format!("{n} instances have not been probed yet\n")),
    }
}

async fn pages(request: &Request<Incoming>, client: &Client, node: &Node) -> Response<Full<Bytes>> {
    // A bare `option httpchk` asks `OPTIONS /`: a page would make every server healthy for it.
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return method_not_allowed("GET, HEAD");
    }
    let fleet = node.fleet();
    if let Some(address) = client.address() {
        let access = &fleet.config.access;
        if !access.allows_pages(address) {
            return text(StatusCode::FORBIDDEN, "refused: this address is not in `allow_read`\n");
        }
        let host = request.headers().get(HOST).map(|host| host.to_str().unwrap_or_default());
        if host.is_some_and(|host| !access.knows_host(host)) {
            return text(
                StatusCode::MISDIRECTED_REQUEST,
                "refused: this Host is not an address, localhost or in `server_names`\n",
            );
        }
    }
    let query = request.uri().query().unwrap_or_default();
    let parameter = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(key, value)| (key == wanted).then(|| value.into_owned()))
    };
    let max_lag = match parameter("max_lag").map(|text| healthd_core::text::duration::parse(&text)).transpose() {
        Ok(max_lag) => max_lag,
        Err(error) => return text(StatusCode::BAD_REQUEST, format!("refused: {error}\n")),
    };
    let writer = parameter("role").as_deref() == Some(Role::Writer.name());
    for instance in fleet.instances.iter().filter(|_| writer) {
        instance.use_the_writer_role().await;
    }
    match request.uri().path() {
        "/metrics" => typed(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", metrics::render(node).await),
        "/instances" => json(&node.describe(parameter("name").as_deref(), max_lag).await),
        _ => {
            let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
            let reload = node.reload();
            let header = Header {
                host: &host,
                version: env!("CARGO_PKG_VERSION"),
                uptime: node.started.elapsed(),
                reload_error: reload.error.as_deref(),
            };
            typed(StatusCode::OK, "text/html; charset=utf-8", page(&header, &node.describe(None, max_lag).await))
        }
    }
}

async fn maintenance(request: Request<Incoming>, client: &Client, node: &Arc<Node>) -> Response<Full<Bytes>> {
    let Client::Control(user) = client else {
        return text(
            StatusCode::FORBIDDEN,
            "refused: maintenance is switched by `healthd maintenance`, on this machine\n",
        );
    };
    let now = SystemTime::now();
    if *request.method() == Method::POST {
        let body = match Limited::new(request.into_body(), LARGEST_ORDER).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return text(StatusCode::BAD_REQUEST, format!("refused: {error}\n")),
        };
        let order: MaintenanceOrder = match serde_json::from_slice(&body) {
            Ok(order) => order,
            Err(error) => return text(StatusCode::BAD_REQUEST, format!("refused: {error}\n")),
        };
        if let Err((status, line)) = switch(&order, user, node, now).await {
            return text(status, line);
        }
    }
    json(&MaintenanceState { instances: node.switches.maintenance.all(now) })
}

async fn switch(
    order: &MaintenanceOrder,
    user: &str,
    node: &Arc<Node>,
    now: SystemTime,
) -> Result<(), (StatusCode, String)> {
    let names = named_in(order, node, now)?;
    if order.seconds == Some(0) {
        return Err((StatusCode::BAD_REQUEST, "maintenance must last at least 1 second\n".to_owned()));
    }
    let entry = order.mode.map(|mode| Maintenance {
        mode,
        owner: user.to_owned(),
        reason: healthd_core::text::clean::one_line(&order.reason, 200),
        since: now,
        until: order.seconds.and_then(|seconds| now.checked_add(Duration::from_secs(seconds))),
    });
    // Off this thread: a saturated disk must not delay a check.
    let (store, written, changed) = (Arc::clone(&node.switches), entry.clone(), names.clone());
    let writing = tokio::task::spawn_blocking(move || store.maintenance.set(&changed, written.as_ref(), now));
    writing.await.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(|error| {
        let state = "nothing was changed: the state directory cannot be written";
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{state}: {error}\n"))
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

/// The instances that an order means. One that is not configured any more can still be switched off.
fn named_in(order: &MaintenanceOrder, node: &Node, now: SystemTime) -> Result<Vec<String>, (StatusCode, String)> {
    let fleet = node.fleet();
    let configured = || fleet.instances.iter().map(|instance| instance.config.name.clone());
    let stored = node.switches.maintenance.all(now);
    let Some(wanted) = &order.instance else {
        let forgotten = stored.into_keys().filter(|_| order.mode.is_none());
        return Ok(configured().chain(forgotten).collect());
    };
    match fleet.named(wanted) {
        Some(instance) => Ok(vec![instance.config.name.clone()]),
        None if order.mode.is_none() && stored.contains_key(wanted) => Ok(vec![wanted.clone()]),
        None => {
            let known = configured().collect::<Vec<_>>().join(", ");
            let wanted = healthd_core::text::clean::one_line(wanted, 40);
            Err((StatusCode::NOT_FOUND, format!("`{wanted}` is not an instance here: {known}\n")))
        }
    }
}

pub(super) fn method_not_allowed(allowed: &'static str) -> Response<Full<Bytes>> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, format!("refused: {allowed} are answered here\n"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

pub(super) fn json(value: &impl Serialize) -> Response<Full<Bytes>> {
    let mut text = serde_json::to_string_pretty(value).expect("wire types are plain values");
    text.push('\n');
    typed(StatusCode::OK, "application/json", text)
}

pub(super) fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    typed(status, "text/plain; charset=utf-8", text)
}

fn typed(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
