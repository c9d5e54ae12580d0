//! Resolves host names, also while the resolver is down. A server that has come back must not stay down because its
//! name, which has not changed, cannot be resolved.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

/// How long to wait for an answer before the last one is used.
const WITHIN: Duration = Duration::from_millis(300);

/// The last answer for each name.
static KNOWN: LazyLock<Mutex<HashMap<String, Vec<IpAddr>>>> = LazyLock::new(Mutex::default);

/// The addresses of a host: from the resolver, or its last answer. Empty if there has never been an answer.
pub async fn resolve(host: &str, port: u16) -> Vec<IpAddr> {
    let looked_up = async {
        let found = tokio::net::lookup_host((host, port)).await?;
        Ok(found.map(|address| address.ip()).collect())
    };
    answer(host, looked_up).await
}

async fn answer(host: &str, looked_up: impl Future<Output = io::Result<Vec<IpAddr>>>) -> Vec<IpAddr> {
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = known().get(host).cloned();
    let found = match before {
        // Without an earlier answer, the first one may take as long as a connect may.
        None => looked_up.await.ok(),
        Some(_) => timeout(WITHIN, looked_up).await.ok().and_then(Result::ok),
    };
    match found.filter(|found| !found.is_empty()) {
        Some(found) => {
            known().insert(host.to_owned(), found.clone());
            found
        }
        None => before.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Vec<IpAddr> {
        vec![text.parse().expect("an address")]
    }

    #[tokio::test]
    async fn without_a_resolver_the_last_answer_holds() {
        let failing = || async { Err(io::Error::other("no resolver")) };
        assert_eq!(answer("db.test", failing()).await, Vec::<IpAddr>::new());
        assert_eq!(answer("db.test", async { Ok(ip("192.0.2.1")) }).await, ip("192.0.2.1"));
        assert_eq!(answer("db.test", failing()).await, ip("192.0.2.1"));
        assert_eq!(answer("db.test", async { Ok(vec![]) }).await, ip("192.0.2.1"));
        assert_eq!(answer("db.test", std::future::pending()).await, ip("192.0.2.1"));
        assert_eq!(answer("db.test", async { Ok(ip("192.0.2.2")) }).await, ip("192.0.2.2"));
        assert_eq!(answer("other.test", failing()).await, Vec::<IpAddr>::new());
    }
}
