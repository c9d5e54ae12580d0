//! Reading the store for a request: off the thread that answers checks, with a deadline, and only a few at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

/// What a request reads. Each kind has its own places: charts never keep a check of the counters waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `/api/window`: monitoring waits for it.
    Window,
    /// Pages and rows.
    Chart,
    /// `/metrics`.
    Scrape,
}

/// How many requests read at once, and how many more may wait.
const PLACES: usize = 2;
const WAITING: usize = 16;
/// After this time a request is answered without what it wanted. A scrape has more to tell than the log counters.
const WITHIN: Duration = Duration::from_secs(5);
const SCRAPE_WITHIN: Duration = Duration::from_secs(1);

/// The places of the requests.
#[derive(Debug)]
pub(crate) struct Reading {
    window: Places,
    chart: Places,
    scrape: Places,
}

#[derive(Debug)]
struct Places {
    all: Arc<Semaphore>,
    reading: Arc<Semaphore>,
}

/// Why a request has read nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotRead {
    /// Too many wait already.
    #[error("too many requests for counters at once: ask less often")]
    Busy,
    /// It took too long.
    #[error("the store of the log counters is slow: no answer yet, ask for a shorter time or fewer counters")]
    Late,
    /// The work has panicked.
    #[error("internal error: please report it, healthd's log says where it happened")]
    Failed,
}

impl Default for Reading {
    fn default() -> Reading {
        let places =
            || Places { all: Arc::new(Semaphore::new(PLACES + WAITING)), reading: Arc::new(Semaphore::new(PLACES)) };
        Reading { window: places(), chart: places(), scrape: places() }
    }
}

impl Reading {
    /// Does blocking work on another thread. Work that has begun holds its place until it ends, also if nobody waits
    /// for it any more: a hung disk stops a few threads, not more with every request.
    ///
    /// # Errors
    /// When there is no place, or the work takes too long.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        kind: Kind,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotRead> {
        let (places, within) = match kind {
            Kind::Window => (&self.window, WITHIN),
            Kind::Chart => (&self.chart, WITHIN),
            Kind::Scrape => (&self.scrape, SCRAPE_WITHIN),
        };
        let waiting = Arc::clone(&places.all).try_acquire_owned().map_err(|_| NotRead::Busy)?;
        let reading = Arc::clone(&places.reading);
        let all = async move {
            let place = reading.acquire_owned().await.map_err(|_| NotRead::Failed)?;
            let done = tokio::task::spawn_blocking(move || {
                let _held = (place, waiting);
                work()
            });
            done.await.map_err(|_| NotRead::Failed)
        };
        timeout(within, all).await.unwrap_or(Err(NotRead::Late))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn work_that_hangs_takes_the_places_of_its_kind_alone() {
        let reading = Arc::new(Reading::default());
        let (release, hung) = mpsc::channel::<()>();
        let hung = Arc::new(std::sync::Mutex::new(hung));
        let (begun, has_begun) = mpsc::channel::<()>();
        let mut tasks = Vec::new();
        for _ in 0..PLACES + WAITING {
            let (reading, hung, begun) = (Arc::clone(&reading), Arc::clone(&hung), begun.clone());
            let work = move || {
                begun.send(()).ok();
                drop(hung.lock().map(|hung| hung.recv()));
            };
            tasks.push(tokio::spawn(async move { reading.read(Kind::Chart, work).await }));
        }
        tokio::task::yield_now().await;
        for _ in 0..PLACES {
            has_begun.recv().expect("work begins");
        }
        // Work that has begun still holds its place.
        tokio::task::yield_now().await;
        assert!(has_begun.try_recv().is_err(), "no more begins");
        assert_eq!(reading.read(Kind::Chart, || 1).await, Err(NotRead::Busy));
        assert_eq!(reading.read(Kind::Window, || 2).await, Ok(2));
        assert_eq!(reading.read(Kind::Scrape, || 3).await, Ok(3));
        drop(release);
        for task in tasks {
            assert_eq!(task.await.expect("it ends"), Ok(()));
        }
        assert_eq!(reading.read(Kind::Chart, || 4).await, Ok(4));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_of_one_request() {
        let reading = Reading::default();
        assert_eq!(reading.read(Kind::Chart, || panic!("on purpose")).await, Err::<(), _>(NotRead::Failed));
        assert_eq!(reading.read(Kind::Chart, || 1).await, Ok(1));
    }
}
