use std::{
    fmt::{self, Display},
    sync::Arc,
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    Error, PhoneNumber, Session, builder,
    ids::Checked,
    types::{SessionInfo, SessionStatus},
};

/// The life of a session, from its creation to its end. What changes it is answered with what it is then, except that
/// the answer to a stop or a deletion may be empty.
///
/// ```no_run
/// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
/// use waha::types::SessionStatus;
///
/// let session = client.session("shop")?;
/// session.create().start(true).await?;
/// let shown = session.clone();
/// session
///     .wait_until_working()
///     .on_status(move |status| {
///         if *status == SessionStatus::ScanQrCode {
///             let session = shown.clone();
///             tokio::spawn(async move {
///                 if let Ok(code) = session.qr_code().await {
///                     println!("{code}");
///                 }
///             });
///         }
///     })
///     .await?;
/// # Ok(())
/// # }
/// ```
impl Session {
    /// Begins to create the session, and to start it: `start(false)` leaves it stopped. The server leaves it stopped as
    /// well where it is not told, whatever its documentation says.
    ///
    /// `POST /api/sessions`
    pub fn create(&self) -> builder::SessionsCreate {
        self.sessions().create().start(true)
    }

    /// Begins to start the session.
    ///
    /// `POST /api/sessions/{session}/start`
    pub fn start(&self) -> builder::SessionsStart {
        self.sessions().start()
    }

    /// Begins to stop the session. The pairing stays.
    ///
    /// `POST /api/sessions/{session}/stop`
    pub fn stop(&self) -> builder::SessionsStop {
        self.sessions().stop()
    }

    /// Begins to stop the session and to start it again.
    ///
    /// `POST /api/sessions/{session}/restart`
    pub fn restart(&self) -> builder::SessionsRestart {
        self.sessions().restart()
    }

    /// Begins to log the account out: the pairing is lost.
    ///
    /// `POST /api/sessions/{session}/logout`
    pub fn logout(&self) -> builder::SessionsLogout {
        self.sessions().logout()
    }

    /// Begins to ask what the session is, its status among it.
    ///
    /// `GET /api/sessions/{session}`
    pub fn get(&self) -> builder::SessionsGet {
        self.sessions().get()
    }

    /// Begins to delete the session with all that belongs to it.
    ///
    /// `DELETE /api/sessions/{session}`
    pub fn delete(&self) -> builder::SessionsDelete {
        self.sessions().delete()
    }

    /// Begins to ask for a code that is typed into the phone with this number, instead of scanning.
    ///
    /// `POST /api/{session}/auth/request-code`
    pub fn request_pairing_code(
        &self,
        phone_number: impl TryInto<PhoneNumber, Error: Display>,
    ) -> builder::AuthRequestCode {
        self.auth().request_code().phone_number(Checked::new(phone_number))
    }

    /// Begins to wait until the session is `WORKING`, by asking again and again.
    pub fn wait_until_working(&self) -> WaitUntilWorking {
        WaitUntilWorking {
            session: self.clone(),
            deadline: WaitUntilWorking::DEFAULT_DEADLINE,
            interval: WaitUntilWorking::DEFAULT_INTERVAL,
            on_status: None,
        }
    }
}

/// Waits for a session: what [`Session::wait_until_working`] gives. Awaited, it gives what the session is then.
#[derive(Clone)]
#[must_use = "nothing is waited for before it is awaited"]
pub struct WaitUntilWorking {
    session: Session,
    deadline: Duration,
    interval: Duration,
    on_status: Option<Arc<OnStatus>>,
}

type OnStatus = dyn Fn(&SessionStatus) + Send + Sync;

impl WaitUntilWorking {
    /// How long it waits by default: somebody may have to find a phone.
    pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(120);

    /// The time between two questions, by default.
    pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);

    /// More often helps nobody.
    const LEAST_INTERVAL: Duration = Duration::from_millis(10);

    /// How long to wait at the most. Default: 120 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The time between two questions, 10 ms at the least. Default: 1 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Is called with the first status, and whenever it has changed: to show a QR code, say.
    pub fn on_status(mut self, callback: impl Fn(&SessionStatus) + Send + Sync + 'static) -> Self {
        self.on_status = Some(Arc::new(callback));
        self
    }

    /// Waits; the same as awaiting.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::SessionNotReady`](crate::ErrorKind::SessionNotReady): it has `FAILED`, is `STOPPED` and was not started, or the deadline has passed;
    ///   [`session_status`](Error::session_status) tells which status it had last
    /// - [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): there is no such session
    /// - else as for any call
    pub async fn send(self) -> Result<SessionInfo, Error> {
        let Self { session, deadline, interval, on_status } = self;
        let end = Instant::now().checked_add(deadline);
        let mut last = None;
        loop {
            let left = end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
            let info = match (timeout(left, session.get().send()).await, &last) {
                (Ok(info), _) => info?.into_inner(),
                (Err(_), Some(SessionStatus::ScanQrCode)) => {
                    let why = "was not paired in time; show its `qr_code` to a phone, or `request_pairing_code`";
                    return Err(not_working(&session, &SessionStatus::ScanQrCode, why));
                }
                (Err(_), Some(status)) => return Err(not_working(&session, status, "was not ready in time")),
                (Err(_), None) => return Err(Error::from_timeout(deadline, false).with_operation_id(GET)),
            };
            if last.as_ref() != Some(&info.status) {
                on_status.iter().for_each(|callback| callback(&info.status));
            }
            let refuse = |why: &str| Err(not_working(&session, &info.status, why));
            match &info.status {
                SessionStatus::Working => return Ok(info),
                SessionStatus::Failed => {
                    return refuse("has failed; the server's log says why, and `restart` tries again");
                }
                SessionStatus::Stopped => return refuse("is stopped; `start` starts it"),
                _ => last = Some(info.status),
            }
            let left = end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
            sleep(interval.max(Self::LEAST_INTERVAL).min(left)).await;
        }
    }
}

/// The operation that asks.
const GET: &str = "sessions_get";

fn not_working(session: &Session, status: &SessionStatus, why: &str) -> Error {
    let message = format!("the session {} {why}", session.name());
    Error::from_session(message, status, SessionStatus::Working).with_operation_id(GET)
}

impl fmt::Debug for WaitUntilWorking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitUntilWorking")
            .field("session", &self.session)
            .field("deadline", &self.deadline)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

impl std::future::IntoFuture for WaitUntilWorking {
    type Output = Result<SessionInfo, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
