//! The task behind a stream: it keeps a connection open, and fills the buffer.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::future::{Either, select};
use tokio::{
    sync::oneshot,
    task::yield_now,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    backoff::Backoff,
    buffer::Buffer,
    heartbeat::{Heartbeat, Pulse},
    listener::{Settings, WhenFull},
    received::Gap,
    socket::{Ended, Incoming, Socket, Target, lost},
    trace,
};
use crate::{Client, Error, ErrorKind, operation::EVENTS};

/// How long the server may take to agree that a connection is closed.
const CLOSING_TIME: Duration = Duration::from_secs(2);

/// How long writing a few bytes may take.
const WRITING_TIME: Duration = Duration::from_secs(5);

pub(super) struct Driver {
    client: Client,
    target: Target,
    settings: Arc<Settings>,
    buffer: Arc<Buffer>,
    backoff: Backoff,
    socket: Option<Socket>,
}

impl Driver {
    pub(super) fn new(
        client: Client,
        target: Target,
        settings: Arc<Settings>,
        buffer: Arc<Buffer>,
        socket: Socket,
    ) -> Self {
        let backoff = Backoff::new(settings.min_delay, settings.max_delay);
        Self { client, target, settings, buffer, backoff, socket: Some(socket) }
    }

    /// Runs until the stream ends, or until `closing` says that nobody wants it any longer.
    pub(super) async fn run(mut self, closing: oneshot::Receiver<()>) {
        // Whatever happens to this task, the consumer must not wait for ever.
        let _end = EndOnDrop(self.buffer.clone());
        let ended = {
            let stay_up = pin!(self.stay_up());
            let first = select(stay_up, closing).await;
            match first {
                Either::Left((error, _)) => Some(error),
                Either::Right(_) => None,
            }
        };
        if let Some(error) = ended {
            trace::ended(&error);
            self.buffer.end(Some(error));
        } else if let Some(socket) = &mut self.socket {
            let _ = timeout(CLOSING_TIME, socket.close()).await;
        }
    }

    /// Listens, and opens the connection again whenever it is lost; returns why that is no longer possible.
    async fn stay_up(&mut self) -> Error {
        loop {
            let Some(socket) = &mut self.socket else { return lost("there is no connection") };
            let opened = Instant::now();
            let ended = listen(socket, &self.client, &self.settings, &self.buffer).await;
            let since = moment(socket.last_read());
            self.buffer.disconnected();
            self.socket = None;
            let cause = match ended {
                Ended::Refused(error) => return error,
                Ended::OnlyAllSessions(error) if self.target.session.is_none() => return error,
                Ended::OnlyAllSessions(error) => {
                    // The stream leaves out the other sessions' events anyway.
                    self.target.session = None;
                    error
                }
                Ended::Lost(error) => error,
            };
            // A server that accepts connections and drops them at once is not up again.
            if opened.elapsed() >= self.settings.max_delay {
                self.backoff.reset();
            }
            match self.reconnect(&cause).await {
                Ok((socket, attempts)) => {
                    self.socket = Some(socket);
                    trace::reconnected(attempts);
                    self.buffer.reconnected(Gap::new(since, SystemTime::now(), attempts, cause));
                }
                Err(error) => return error,
            }
        }
    }

    /// Opens a new connection; returns it with the number of attempts.
    async fn reconnect(&mut self, cause: &Error) -> Result<(Socket, u64), Error> {
        let start = Instant::now();
        let mut attempts = 0;
        let mut last: Option<Error> = None;
        loop {
            let reason = last.as_ref().unwrap_or(cause);
            let delay = self.backoff.next(reason.retry_after());
            if self.settings.give_up_after.is_some_and(|limit| start.elapsed().saturating_add(delay) > limit) {
                let hint = format!(
                    "the connection was lost, and could not be opened again in {attempts} attempts \
                     (`EventListener::give_up_after`)"
                );
                return Err(last.unwrap_or_else(|| lost(cause.message())).with_hint(hint));
            }
            trace::disconnected(reason, delay);
            sleep(delay).await;
            attempts += 1;
            match Socket::open(&self.client, &self.target).await {
                Ok(socket) => return Ok((socket, attempts)),
                Err(error) if is_final(error.kind()) => return Err(error),
                Err(error) => last = Some(error),
            }
        }
    }
}

/// Ends the stream when the task ends, for whatever reason.
struct EndOnDrop(Arc<Buffer>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end(None);
    }
}

/// Whether an attempt to open a connection failed in a way that time does not mend.
fn is_final(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::Configuration | ErrorKind::InvalidRequest
    )
}

/// Reads one connection until it ends.
async fn listen(socket: &mut Socket, client: &Client, settings: &Settings, buffer: &Buffer) -> Ended {
    let mut heartbeat = Heartbeat::new(settings.heartbeat);
    let mut alarm = pin!(sleep_until(socket.last_read() + settings.heartbeat));
    loop {
        // The alarm is only looked at when nothing comes, and only set again when it has rung.
        let read = poll_fn(|context| match socket.poll_next(context, client.redactor()) {
            Poll::Ready(read) => Poll::Ready(Some(read)),
            Poll::Pending => alarm.as_mut().poll(context).map(|()| None),
        });
        let result = match read.await {
            Some(Ok(Incoming::Frame(frame))) => match buffer.push(frame) {
                Ok(()) => Ok(()),
                Err(frame) => push_when_full(frame, socket, settings, buffer, &heartbeat).await,
            },
            Some(Ok(Incoming::Ping)) => {
                heartbeat.note_ping(Instant::now());
                Ok(())
            }
            Some(Ok(Incoming::Other)) => Ok(()),
            Some(Err(ended)) => Err(ended),
            None => match heartbeat.check(Instant::now(), socket.last_read()) {
                Pulse::Wait(until) => {
                    alarm.as_mut().reset(until);
                    Ok(())
                }
                Pulse::Ask => written(socket.ping()).await,
                Pulse::Gone(silent) => {
                    Err(Ended::Lost(lost(&format!("the server has been silent for {} s", silent.as_secs()))))
                }
            },
        };
        if let Err(ended) = result {
            return ended;
        }
    }
}

/// Puts a frame into a full buffer, as the caller has chosen.
async fn push_when_full(
    frame: Bytes,
    socket: &mut Socket,
    settings: &Settings,
    buffer: &Buffer,
    heartbeat: &Heartbeat,
) -> Result<(), Ended> {
    // On a runtime of one thread, the consumer had no chance to take anything since this task began to read.
    yield_now().await;
    let Err(frame) = buffer.push(frame) else { return Ok(()) };
    match settings.when_full {
        WhenFull::Wait => wait_for_room(frame, socket, buffer, heartbeat).await,
        WhenFull::DropOldest => {
            buffer.push_over_oldest(frame);
            Ok(())
        }
        WhenFull::End => {
            let why = format!(
                "the buffer is full with {} events ({} bytes), and the next one was lost",
                buffer.stats().buffered,
                buffer.stats().buffered_bytes
            );
            let hint = "handle events faster, or choose another size or `WhenFull`";
            Err(Ended::Refused(Error::new(ErrorKind::Other, why).with_hint(hint).with_operation(&EVENTS)))
        }
    }
}

/// Reads nothing until there is room. The server cannot be heard meanwhile, so that it is told without being asked that this
/// client is there.
async fn wait_for_room(
    mut frame: Bytes,
    socket: &mut Socket,
    buffer: &Buffer,
    heartbeat: &Heartbeat,
) -> Result<(), Ended> {
    loop {
        while timeout(heartbeat.unasked_interval(), buffer.room()).await.is_err() {
            written(socket.pong()).await?;
        }
        match buffer.push(frame) {
            Ok(()) => break,
            Err(same) => frame = same,
        }
    }
    socket.excuse_silence();
    Ok(())
}

/// Bounds how long it may take to write: the connection may be stuck.
async fn written(write: impl Future<Output = Result<(), Ended>>) -> Result<(), Ended> {
    match timeout(WRITING_TIME, write).await {
        Ok(result) => result,
        Err(_) => Err(Ended::Lost(lost("nothing can be written to the connection"))),
    }
}

/// Returns the time of day of a moment in the past.
fn moment(instant: Instant) -> SystemTime {
    let now = SystemTime::now();
    now.checked_sub(instant.elapsed()).unwrap_or(now)
}
