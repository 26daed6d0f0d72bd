use std::{
    fmt::{self, Display},
    future::pending,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::{BoxFuture, Either, select};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    Error, ErrorKind, Operation, PhoneNumber, Session, builder,
    handles::QrCode,
    text,
    types::{PairingCode, SessionInfo, SessionStatus},
};

/// The code.
impl Display for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&text::line(&self.code))
    }
}

/// The name and the status, and the account where there is one.
impl Display for SessionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", text::line(&self.name), text::line(self.status.as_str()))?;
        match &self.me {
            Some(me) => write!(f, " ({})", text::line(&me.id)),
            None => Ok(()),
        }
    }
}

/// What a caller wants to be told, as often as there is something to tell.
pub(super) type Callback<T> = Arc<Mutex<dyn FnMut(&T) + Send>>;

pub(super) fn callback<T>(callback: impl FnMut(&T) + Send + 'static) -> Callback<T> {
    Arc::new(Mutex::new(callback))
}

pub(super) fn call<T>(callback: &Mutex<dyn FnMut(&T) + Send>, value: &T) {
    // A callback that has panicked before is called all the same: what it keeps is its own.
    callback.lock().unwrap_or_else(PoisonError::into_inner)(value);
}

/// What a phone is shown while the session waits for one.
#[derive(Clone)]
pub(super) enum Codes {
    /// Each new QR code.
    Qr(Callback<QrCode>),
    /// A code to type in, for the phone with this number.
    Number(PhoneNumber, Callback<PairingCode>),
}

/// The lifecycle of a session, from its creation to its deletion. The calls that change a session return its new state;
/// the answer to a stop or a deletion may be empty.
///
/// ```no_run
/// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
/// let session = client.session("shop")?;
/// session.pair(|qr| println!("{qr}")).await?;
/// session.restart().await?;
/// session.wait_until_working().await?;
/// # Ok(())
/// # }
/// ```
///
/// Step by step:
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// session.create().await?;
/// println!("{}", session.get().await?.status);
/// println!("{}", session.request_pairing_code("+1 111 111 1111").await?.code);
/// session.stop().await?;
/// session.start().await?;
/// session.logout().await?;
/// session.delete().await?;
/// # Ok(())
/// # }
/// ```
impl Session {
    /// Begins to create and start the session; `start(false)` creates it without starting it. This method always sends
    /// `start`: without it, the server does not start the session, although its documentation says otherwise. Awaited:
    /// `Option<SessionInfo>`.
    ///
    /// It fails with [`ErrorKind::AlreadyExists`] if the session exists; [`pair`](Self::pair) creates it only if it does not.
    ///
    /// `POST /api/sessions`
    pub fn create(&self) -> builder::SessionsCreate {
        self.sessions().create().start(true)
    }

    /// Begins to start the session. Awaited: `SessionInfo`.
    ///
    /// `POST /api/sessions/{session}/start`
    pub fn start(&self) -> builder::SessionsStart {
        self.sessions().start()
    }

    /// Begins to stop the session. The pairing with the account is kept. Awaited: `Option<SessionInfo>`.
    ///
    /// `POST /api/sessions/{session}/stop`
    pub fn stop(&self) -> builder::SessionsStop {
        self.sessions().stop()
    }

    /// Begins to stop the session and start it again. Awaited: `SessionInfo`.
    ///
    /// `POST /api/sessions/{session}/restart`
    pub fn restart(&self) -> builder::SessionsRestart {
        self.sessions().restart()
    }

    /// Begins to log the account out, which ends the pairing. Awaited: `SessionInfo`.
    ///
    /// `POST /api/sessions/{session}/logout`
    pub fn logout(&self) -> builder::SessionsLogout {
        self.sessions().logout()
    }

    /// Begins to get the session's status, configuration and account. Awaited: `SessionInfo`.
    ///
    /// `GET /api/sessions/{session}`
    pub fn get(&self) -> builder::SessionsGet {
        self.sessions().get()
    }

    /// Begins to delete the session with all its data. Awaited: nothing.
    ///
    /// `DELETE /api/sessions/{session}`
    pub fn delete(&self) -> builder::SessionsDelete {
        self.sessions().delete()
    }

    /// Begins to request a code that is typed into the phone with this number, instead of scanning a QR code.
    /// Awaited: `PairingCode`.
    ///
    /// `POST /api/{session}/auth/request-code`
    pub fn request_pairing_code(
        &self,
        phone_number: impl TryInto<PhoneNumber, Error: Display>,
    ) -> builder::AuthRequestCode {
        self.auth().request_code().phone_number(phone_number)
    }

    /// Begins to wait until the session is `WORKING`, by polling its status. Awaited: `SessionInfo`.
    pub fn wait_until_working(&self) -> WaitUntilWorking {
        WaitUntilWorking {
            session: self.clone(),
            deadline: WaitUntilWorking::DEFAULT_DEADLINE,
            interval: WaitUntilWorking::DEFAULT_INTERVAL,
            on_status: None,
            codes: None,
        }
    }
}

/// A wait for a session to be `WORKING`; returned by [`Session::wait_until_working`]. Awaiting it returns the session's
/// state.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// let info = session
///     .wait_until_working()
///     .on_status(|status| println!("the session is {status}"))
///     .deadline(Duration::from_secs(30))
///     .interval(Duration::from_millis(500))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is waited for before it is awaited"]
pub struct WaitUntilWorking {
    session: Session,
    deadline: Duration,
    interval: Duration,
    on_status: Option<Callback<SessionStatus>>,
    codes: Option<Codes>,
}

impl WaitUntilWorking {
    /// How long to wait by default: 120 s, since a person may have to scan a QR code.
    pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(120);

    /// The time between two requests for the status by default: 1 s.
    pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);

    /// How long a session may be `STOPPED` before the wait fails: 3 s. A session that restarts is `STOPPED` for a
    /// moment.
    pub const SETTLING_TIME: Duration = Duration::from_secs(3);

    const MIN_INTERVAL: Duration = Duration::from_millis(10);

    /// Sets how long to wait at most, including callbacks and requests for QR codes. Default: 120 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the time between two requests for the status, and between two requests for the QR code; less than 10 ms
    /// counts as 10 ms. Default: 1 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets a callback for the session's status: called with the first status, and whenever the status has changed.
    pub fn on_status(mut self, callback: impl FnMut(&SessionStatus) + Send + 'static) -> Self {
        self.on_status = Some(self::callback(callback));
        self
    }

    /// Sets a callback for QR codes: called with each new code while the session is in `SCAN_QR_CODE`. The first code
    /// is valid for 60 s, each further one for 20 s. Default: no QR code is requested.
    ///
    /// If a code is temporarily unavailable, it is requested again. The wait fails if no code can be read at all, for
    /// example because the API key is not allowed to.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// let info = session.wait_until_working().on_qr_code(|code| println!("{code}")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_qr_code(self, callback: impl FnMut(&QrCode) + Send + 'static) -> Self {
        self.show(Codes::Qr(self::callback(callback)))
    }

    /// Shows codes while the session waits for a phone.
    pub(super) fn show(mut self, codes: Codes) -> Self {
        self.codes = Some(codes);
        self
    }

    /// Waits; the same as awaiting.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::SessionNotReady`]: the session has `FAILED`, has been `STOPPED` for
    ///   [`SETTLING_TIME`](Self::SETTLING_TIME), or the deadline has passed; [`session_status`](Error::session_status)
    ///   returns the last status
    /// - [`ErrorKind::Timeout`]: the deadline passed before the first status was received
    /// - [`ErrorKind::NotFound`]: the session does not exist
    /// - otherwise as for any call
    pub async fn send(self) -> Result<SessionInfo, Error> {
        let mut last = None;
        if let Ok(result) = timeout(self.deadline, self.poll(&mut last)).await {
            return result;
        }
        Err(match &last {
            Some(status @ SessionStatus::ScanQrCode) => {
                let why = "was not paired in time; show its `qr_code` to a phone, or `request_pairing_code`";
                self.not_working(status, why)
            }
            Some(status) => self.not_working(status, "was not ready in time"),
            None => Error::from_timeout(self.deadline, false).with_operation(Operation::SESSIONS_GET),
        })
    }

    /// Requests the status until it is final, and stores each one in `last`.
    async fn poll(&self, last: &mut Option<SessionStatus>) -> Result<SessionInfo, Error> {
        let interval = self.interval.max(Self::MIN_INTERVAL);
        let mut stopped_since = None;
        let mut codes: BoxFuture<'_, Error> = Box::pin(pending());
        let mut pause = Duration::ZERO;
        loop {
            let next = async {
                if !pause.is_zero() {
                    sleep(pause).await;
                }
                self.session.get().send().await
            };
            // QR codes are requested at the same time, since the server may take some seconds to answer with one.
            let info = match select(Box::pin(next), &mut codes).await {
                Either::Left((info, _)) => info?.into_inner(),
                Either::Right((error, _)) => return Err(error),
            };
            pause = interval;
            let status = &info.status;
            if last.as_ref() != Some(status) {
                if let Some(callback) = &self.on_status {
                    call(callback, status);
                }
                codes = match (status, &self.codes) {
                    (SessionStatus::ScanQrCode, Some(Codes::Qr(callback))) => {
                        Box::pin(self.poll_qr_codes(callback, interval))
                    }
                    (SessionStatus::ScanQrCode, Some(Codes::Number(number, callback))) => {
                        Box::pin(self.show_pairing_code(number, callback, interval))
                    }
                    _ => Box::pin(pending()),
                };
                *last = Some(status.clone());
            }
            match status {
                SessionStatus::Working => return Ok(info),
                SessionStatus::Failed => {
                    let why = "has failed; the server's log says why, and `restart` tries again";
                    return Err(self.not_working(status, why));
                }
                SessionStatus::Stopped => {
                    let stopped_for = stopped_since.get_or_insert_with(Instant::now).elapsed();
                    if stopped_for >= Self::SETTLING_TIME {
                        return Err(self.not_working(status, "is stopped; `start` starts it"));
                    }
                    pause = interval.min(Self::SETTLING_TIME - stopped_for);
                }
                _ => stopped_since = None,
            }
        }
    }

    /// Calls `callback` with each new QR code; returns the error that means that no code can be read.
    async fn poll_qr_codes(&self, callback: &Callback<QrCode>, interval: Duration) -> Error {
        let mut shown = None;
        loop {
            match self.session.qr_code().await {
                Ok(code) if !code.value().is_empty() && shown.as_ref() != Some(&code) => {
                    call(callback, &code);
                    shown = Some(code);
                }
                Ok(_) => {}
                Err(error) => match error.kind() {
                    ErrorKind::Unauthorized
                    | ErrorKind::Forbidden
                    | ErrorKind::NotFound
                    | ErrorKind::NotSupported
                    | ErrorKind::Configuration => return error,
                    // Either the status has changed or the server has a problem; the status requests show which.
                    _ => {}
                },
            }
            sleep(interval).await;
        }
    }

    /// Calls `callback` with a code for a phone; returns the error that means that there is none.
    async fn show_pairing_code(
        &self,
        number: &PhoneNumber,
        callback: &Callback<PairingCode>,
        interval: Duration,
    ) -> Error {
        loop {
            match self.session.request_pairing_code(number).await {
                Ok(code) => {
                    call(callback, &code);
                    return pending().await;
                }
                // The status has changed; the next request for it shows to which.
                Err(error) if error.kind() == ErrorKind::SessionNotReady => sleep(interval).await,
                // Others are not repeated: WhatsApp limits how many codes it gives.
                Err(error) => return error,
            }
        }
    }

    fn not_working(&self, status: &SessionStatus, why: &str) -> Error {
        let message = format!("the session {} {why}", self.session.name());
        Error::from_session(message, status, SessionStatus::Working).with_operation(Operation::SESSIONS_GET)
    }
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
