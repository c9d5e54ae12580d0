//! Answers as HTTP responses: the only place that sets statuses.

use bytes::Bytes;
use healthd_core::render::html;
use healthd_core::verdict::State;
use http_body_util::Full;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};
use serde::Serialize;

const TEXT: &str = "text/plain; charset=utf-8";

/// An answer to a request.
#[derive(Debug)]
pub(super) enum Content {
    /// A verdict with its line.
    Verdict(State, String),
    /// A line of text.
    Text(String),
    /// JSON.
    Json(Vec<u8>),
    /// The metric families.
    Metrics(String),
    /// A page for browsers.
    Page(String),
    /// A table for spreadsheets.
    Csv(String),
}

impl Content {
    /// JSON for people and programs: indented.
    pub(super) fn json(value: &impl Serialize) -> Content {
        let mut text = serde_json::to_vec_pretty(value).expect("wire types are plain values");
        text.push(b'\n');
        Content::Json(text)
    }

    /// JSON for programs only: without spaces.
    pub(super) fn compact_json(value: &impl Serialize) -> Content {
        Content::Json(serde_json::to_vec(value).expect("wire types are plain values"))
    }
}

/// Why a request has no answer, with the text for the client. A text ends with a newline.
#[derive(Debug)]
pub(super) enum Rejection {
    /// The request is invalid.
    BadRequest(String),
    /// This client may not do that.
    Forbidden(String),
    /// There is nothing at this path.
    NotFound(String),
    /// The path supports only these methods.
    WrongMethod(&'static str),
    /// The `Host` is not one of this daemon's names.
    ForeignHost(String),
    /// The command is valid, but does not apply now.
    Conflict(String),
    /// Too many requests of this kind at once.
    TooMany(String),
    /// healthd is not ready to answer.
    NotReady(String),
    /// healthd could not carry out the command.
    Failed(String),
}

impl Rejection {
    /// A refusal with a text of one sentence.
    pub(super) fn forbidden(why: &str) -> Rejection {
        Rejection::Forbidden(format!("refused: {why}\n"))
    }

    /// An invalid request, with the reason.
    pub(super) fn bad_request(why: impl std::fmt::Display) -> Rejection {
        Rejection::BadRequest(format!("refused: {why}\n"))
    }
}

/// The response to a request.
pub(super) fn respond(answer: Result<Content, Rejection>) -> Response<Full<Bytes>> {
    match answer {
        Ok(Content::Verdict(state, line)) => typed(of_state(state), TEXT, line),
        Ok(Content::Text(line)) => typed(StatusCode::OK, TEXT, line),
        Ok(Content::Json(body)) => typed(StatusCode::OK, "application/json", body),
        Ok(Content::Metrics(body)) => typed(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", body),
        Ok(Content::Csv(body)) => typed(StatusCode::OK, "text/csv; charset=utf-8", body),
        Ok(Content::Page(body)) => {
            let mut response = typed(StatusCode::OK, "text/html; charset=utf-8", body);
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(html::POLICY));
            response
        }
        Err(Rejection::BadRequest(text)) => typed(StatusCode::BAD_REQUEST, TEXT, text),
        Err(Rejection::Forbidden(text)) => typed(StatusCode::FORBIDDEN, TEXT, text),
        Err(Rejection::NotFound(text)) => typed(StatusCode::NOT_FOUND, TEXT, text),
        Err(Rejection::ForeignHost(text)) => typed(StatusCode::MISDIRECTED_REQUEST, TEXT, text),
        Err(Rejection::Conflict(text)) => typed(StatusCode::CONFLICT, TEXT, text),
        Err(Rejection::TooMany(text)) => typed(StatusCode::TOO_MANY_REQUESTS, TEXT, text),
        Err(Rejection::NotReady(text)) => typed(StatusCode::SERVICE_UNAVAILABLE, TEXT, text),
        Err(Rejection::Failed(text)) => typed(StatusCode::INTERNAL_SERVER_ERROR, TEXT, text),
        Err(Rejection::WrongMethod(allowed)) => {
            let text = format!("refused: only {allowed} are allowed here\n");
            let mut response = typed(StatusCode::METHOD_NOT_ALLOWED, TEXT, text);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
            response
        }
    }
}

/// The only mapping of states to statuses. Never a redirect (HAProxy takes it for healthy); 404 only for a drain.
fn of_state(state: State) -> StatusCode {
    match state {
        State::Up => StatusCode::OK,
        State::Drain => StatusCode::NOT_FOUND,
        State::Down => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn typed(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let fixed: [(HeaderName, &'static str); 4] = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONNECTION, "close"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
