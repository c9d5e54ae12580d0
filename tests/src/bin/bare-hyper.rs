//! The server that `make bench` compares healthd with: hyper's hello world, with the same versions, build profile and
//! kind of runtime.
//!
//! One thread accepts connections. Each connection has a task that answers any request with `hello` and closes the
//! connection, as HTTP/1.0 demands. It has no limits, timers, routes or counters, and does not read the request.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::process::ExitCode;

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

fn main() -> ExitCode {
    let Some(port) = std::env::args().nth(1).and_then(|port| port.parse().ok()) else {
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    match runtime.block_on(serve(port)) {
        Ok(never) => match never {},
        Err(_) => ExitCode::FAILURE,
    }
}

async fn serve(port: u16) -> std::io::Result<Infallible> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let hello =
                service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"hello\n")))));
            // The client's reset after the answer is the normal end.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), hello).await);
        });
    }
}
