//! Of which release the server is, as far as it was asked.

use std::{future::Future, time::Duration};

use tokio::{sync::Mutex, time::Instant};

/// How long an answer counts: a server is updated now and then.
const KEPT: Duration = Duration::from_secs(60);

/// What the server last said of its release. Clones and views of a client share it.
#[derive(Default)]
pub(crate) struct ServerRelease(Mutex<Option<Said>>);

struct Said {
    at: Instant,
    /// `None` if it did not say.
    release: Option<String>,
}

impl ServerRelease {
    /// Returns the release of the server, for which `ask` is run if nothing is known. Callers at the same time wait for one
    /// answer.
    pub(crate) async fn get_or(&self, ask: impl Future<Output = Option<String>>) -> Option<String> {
        let mut said = self.0.lock().await;
        if let Some(Said { release, .. }) = said.as_ref().filter(|said| said.at.elapsed() < KEPT) {
            return release.clone();
        }
        let release = ask.await;
        *said = Some(Said { at: Instant::now(), release: release.clone() });
        release
    }
}
