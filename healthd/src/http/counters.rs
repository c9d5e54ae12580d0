//! Log counters: the page `/logs`, and `/api/window`, `/api/series` and `/api/logs` for programs. Everything is read
//! and rendered off the thread that answers checks.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::Request;
use hyper::body::Incoming;

use super::access::check_reader;
use super::client::Client;
use super::respond::{Content, Rejection};
use crate::logs::answers::{self, NoRows};
use crate::logs::counts::NoCounts;
use crate::logs::page::{Surroundings, page};
use crate::logs::query::{Format, Parameters, QueryError, What};
use crate::logs::reading::{Kind, NotRead};
use crate::logs::rows;
use crate::logs::snapshot::NoCounter;
use crate::node::Node;

/// The paths.
pub(super) const PAGE: &str = "/logs";
pub(super) const WINDOW: &str = "/api/window";
pub(super) const SERIES: &str = "/api/series";
pub(super) const OVERVIEW: &str = "/api/logs";

/// Answers a request for one of the paths.
pub(super) async fn counters(request: &Request<Incoming>, client: &Client, node: &Node) -> Result<Content, Rejection> {
    check_reader(request, client, node)?;
    let parameters = Parameters::new(request.uri().query().unwrap_or_default());
    match request.uri().path() {
        WINDOW => window(&parameters, node).await,
        SERIES => series(&parameters, node).await,
        OVERVIEW => overview(node).await,
        _ => logs_page(&parameters, node).await,
    }
}

async fn window(parameters: &Parameters, node: &Node) -> Result<Content, Rejection> {
    let ask = parameters.window()?;
    let logs = Arc::clone(&node.fleet().logs);
    let snapshot = logs.snapshot();
    let now = now();
    match ask.what.clone() {
        What::Counter(name) => {
            let (log, counter) = snapshot.counter(name.as_deref())?;
            let (log, counter) = (log.clone(), counter.clone());
            let counts = logs.counts();
            let work = move || answers::window(&counts, &log, &counter, &ask, now);
            Ok(Content::json(&logs.reading().read(Kind::Window, work).await?))
        }
        What::Ratio(name) => {
            let (ratio, min) = snapshot.ratio(&name)?;
            let counts = logs.counts();
            let work = move || answers::ratio(&counts, &snapshot, &ratio, min, &ask, now);
            let answer = logs.reading().read(Kind::Window, work).await?;
            answer.as_ref().map(Content::json).ok_or_else(|| NoCounter::None.into())
        }
    }
}

async fn series(parameters: &Parameters, node: &Node) -> Result<Content, Rejection> {
    let now = now();
    let ask = parameters.series(now)?;
    let logs = Arc::clone(&node.fleet().logs);
    let chosen: Vec<String> =
        logs.snapshot().chosen(&ask.counters)?.into_iter().map(|(_, counter)| counter.name.clone()).collect();
    let counts = logs.chart_counts();
    let work = move || {
        let rows = answers::rows(&counts, &chosen, &ask, now)?;
        Ok::<_, NoRows>(match ask.format {
            Format::Json => Content::Json(rows::json(&rows)),
            Format::Csv => Content::Csv(rows::csv(&rows)),
        })
    };
    Ok(logs.reading().read(Kind::Chart, work).await??)
}

async fn overview(node: &Node) -> Result<Content, Rejection> {
    let logs = Arc::clone(&node.fleet().logs);
    let (snapshot, counts, now) = (logs.snapshot(), logs.chart_counts(), now());
    let work = move || answers::overview(&counts, &snapshot, now).map(|overview| Content::json(&overview));
    Ok(logs.reading().read(Kind::Chart, work).await??)
}

async fn logs_page(parameters: &Parameters, node: &Node) -> Result<Content, Rejection> {
    let ask = parameters.page()?;
    let logs = Arc::clone(&node.fleet().logs);
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let around = Surroundings { host, snapshot: logs.snapshot(), now: now() };
    let counts = logs.chart_counts();
    let work = move || page(&counts, &ask, &around);
    Ok(Content::Page(logs.reading().read(Kind::Chart, work).await??))
}

/// Seconds of Unix time.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

impl From<QueryError> for Rejection {
    fn from(error: QueryError) -> Rejection {
        Rejection::bad_request(error)
    }
}

impl From<NoCounter> for Rejection {
    fn from(error: NoCounter) -> Rejection {
        match error {
            NoCounter::Query(_) | NoCounter::Several(_) => Rejection::bad_request(error),
            NoCounter::Unknown { .. } | NoCounter::UnknownRatio { .. } | NoCounter::None => {
                Rejection::NotFound(format!("refused: {error}\n"))
            }
        }
    }
}

impl From<NotRead> for Rejection {
    fn from(error: NotRead) -> Rejection {
        let text = format!("refused: {error}\n");
        match error {
            NotRead::Busy => Rejection::TooMany(text),
            NotRead::Late => Rejection::NotReady(text),
            NotRead::Failed => Rejection::Failed(text),
        }
    }
}

impl From<NoCounts> for Rejection {
    fn from(error: NoCounts) -> Rejection {
        Rejection::NotReady(format!("refused: {error}\n"))
    }
}

impl From<NoRows> for Rejection {
    fn from(error: NoRows) -> Rejection {
        match error {
            NoRows::Counts(error) => error.into(),
            NoRows::TooMany => Rejection::bad_request(error),
        }
    }
}
