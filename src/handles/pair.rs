use std::{
    fmt::{self, Display},
    future::IntoFuture,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::time::{Instant, timeout};

use crate::{
    Error, ErrorKind, Operation, PhoneNumber, Session,
    handles::{
        QrCode, WaitUntilWorking,
        session_lifecycle::{Codes, call, callback},
    },
    types::{PairingCode, SessionInfo, SessionStatus},
};

impl Session {
    /// Begins to pair the session with a phone: creates the session unless it exists, starts it unless it runs, calls
    /// `show` with each new QR code, and waits until the session is `WORKING`.
    ///
    /// It can be run again at any time. A session that is paired already is started if necessary, and `show` is not called.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// session.pair(|qr| println!("{qr}")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Instead of a QR code, a phone also takes a code of eight characters: see [`pair_by_phone`](Self::pair_by_phone).
    pub fn pair(&self, show: impl FnMut(&QrCode) + Send + 'static) -> Pair {
        self.pair_by(Ok(Codes::Qr(callback(show))))
    }

    /// Begins to pair the session with the phone that has this number, without a camera: as [`pair`](Self::pair), but calls
    /// `show` with a code of eight characters, which is typed into the phone under *Linked devices*, *Link with phone number
    /// instead*. A further code is shown only when the session has to be restarted, since WhatsApp limits how many it gives.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// let info = session.pair_by_phone("+1 111 111 1111", |code| println!("type {code}")).await?;
    /// println!("{info}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn pair_by_phone(
        &self,
        phone_number: impl TryInto<PhoneNumber, Error: Display>,
        show: impl FnMut(&PairingCode) + Send + 'static,
    ) -> Pair {
        let number = phone_number.try_into().map_err(|error| error.to_string());
        self.pair_by(number.map(|number| Codes::Number(number, callback(show))))
    }

    fn pair_by(&self, codes: Result<Codes, String>) -> Pair {
        Pair { wait: self.wait_until_working(), session: self.clone(), codes, deadline: Pair::DEFAULT_DEADLINE }
    }
}

/// Pairs a session with a phone; returned by [`Session::pair`] and [`Session::pair_by_phone`]. Awaited: [`SessionInfo`].
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// let info = session
///     .pair(|qr| println!("{qr}"))
///     .on_status(|status| println!("the session is {status}"))
///     .deadline(Duration::from_secs(120))
///     .interval(Duration::from_secs(2))
///     .await?;
/// println!("{:?}", info.me);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is sent before it is awaited"]
pub struct Pair {
    session: Session,
    wait: WaitUntilWorking,
    /// What the phone is shown, or why that is not possible.
    codes: Result<Codes, String>,
    deadline: Duration,
}

impl Pair {
    /// How long to wait by default: 5 minutes.
    pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(300);

    /// Sets how long to wait at most for the phone, including all requests. The server's codes expire after less than three
    /// minutes; within the deadline the session is then restarted, which makes new ones. Default: 5 minutes.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the time between two requests for the status, and between two requests for the QR code. Default: 1 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.wait = self.wait.interval(interval);
        self
    }

    /// Sets a callback for the session's status: called with the first status, and whenever the status has changed.
    pub fn on_status(mut self, callback: impl FnMut(&SessionStatus) + Send + 'static) -> Self {
        self.wait = self.wait.on_status(callback);
        self
    }

    /// Pairs; the same as awaiting.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidRequest`]: the phone number is none
    /// - [`ErrorKind::SessionNotReady`]: the session has `FAILED` without showing a code, or the deadline has passed;
    ///   [`session_status`](Error::session_status) returns the last status
    /// - [`ErrorKind::Timeout`]: the deadline has passed before the session was started
    /// - otherwise as for any call
    pub async fn send(self) -> Result<SessionInfo, Error> {
        let codes = self.codes.clone().map_err(|why| Error::new(ErrorKind::InvalidRequest, why))?;
        let begin = Instant::now();
        let Ok(started) = timeout(self.deadline, self.start()).await else {
            return Err(Error::from_timeout(self.deadline, false).with_operation(Operation::SESSIONS_START));
        };
        started?;
        loop {
            let is_shown = Arc::new(AtomicBool::new(false));
            let wait = self.wait.clone().deadline(self.deadline.saturating_sub(begin.elapsed()));
            match wait.show(codes.noted_in(&is_shown)).send().await {
                // All codes have expired.
                Err(error)
                    if error.session_status() == Some(SessionStatus::Failed) && is_shown.load(Ordering::Relaxed) =>
                {
                    let left = self.deadline.saturating_sub(begin.elapsed());
                    match timeout(left, self.session.restart()).await {
                        Ok(restarted) => drop(restarted?),
                        Err(_) => return Err(error),
                    }
                }
                result => return result,
            }
        }
    }

    /// Creates or starts the session, whatever is necessary.
    async fn start(&self) -> Result<(), Error> {
        let status = match self.session.get().await {
            Ok(info) => info.status,
            Err(error) if error.kind() == ErrorKind::NotFound => match self.session.create().await {
                Ok(_) => return Ok(()),
                // Somebody else has created it in the meantime.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => self.session.get().await?.status,
                Err(error) => return Err(error),
            },
            Err(error) => return Err(error),
        };
        match status {
            SessionStatus::Stopped => drop(self.session.start().await?),
            SessionStatus::Failed => drop(self.session.restart().await?),
            _ => {}
        }
        Ok(())
    }
}

impl Codes {
    /// The same codes; that one was shown is noted.
    fn noted_in(&self, is_shown: &Arc<AtomicBool>) -> Self {
        let is_shown = is_shown.clone();
        match self.clone() {
            Self::Qr(show) => Self::Qr(callback(move |code| {
                is_shown.store(true, Ordering::Relaxed);
                call(&show, code);
            })),
            Self::Number(number, show) => Self::Number(
                number,
                callback(move |code| {
                    is_shown.store(true, Ordering::Relaxed);
                    call(&show, code);
                }),
            ),
        }
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("session", &self.session).field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl IntoFuture for Pair {
    type Output = Result<SessionInfo, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
