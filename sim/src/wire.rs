//! Connections that faults can write to and end beside the HTTP server.

use std::{
    io,
    net::Shutdown,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::control;

/// What is done to a connection instead of answering as HTTP has it.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Write(Vec<u8>),
    /// Writes so many spaces.
    Spaces(u64),
    Pause(Duration),
    /// Ends it in good order.
    Close,
    /// Ends it with a reset.
    Reset,
    /// Ends it in both directions: what the client sends after that is lost.
    HangUp,
}

/// A connection, held by the HTTP server and by the request that came over it.
#[derive(Debug, Clone)]
pub(crate) struct Wire(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    stream: TcpStream,
    /// Nothing more is written.
    is_cut: AtomicBool,
    /// After how many more bytes it is reset, if it is.
    left: Option<AtomicU64>,
    /// Whether it is known what it begins with.
    has_begun: AtomicBool,
    after_answer: Mutex<Option<AfterAnswer>>,
    /// How many requests are under way, or WebSockets open.
    in_use: AtomicUsize,
    /// When something was last read or written; none before the first answer.
    active: Mutex<Option<Instant>>,
}

/// What happens on a connection once an answer has been written by the HTTP server.
#[derive(Debug)]
pub(crate) struct AfterAnswer {
    /// How many bytes have to be written first, at least.
    bytes: usize,
    pause: Duration,
    steps: Vec<Step>,
}

impl AfterAnswer {
    /// For an answer with a body of so many bytes.
    pub(crate) fn new(body: usize, pause: Duration, steps: Vec<Step>) -> Self {
        Self { bytes: body + 1, pause, steps }
    }
}

/// Keeps a connection from being closed as an idle one.
#[derive(Debug)]
pub(crate) struct InUse(Wire);

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.0.touch();
        self.0.0.in_use.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Inner {
    /// How many of so many bytes may pass.
    ///
    /// # Errors
    ///
    /// None of them: the connection is reset.
    fn allow(&self, bytes: usize) -> io::Result<usize> {
        let Some(left) = &self.left else { return Ok(bytes) };
        match usize::try_from(left.load(Ordering::Relaxed)).unwrap_or(usize::MAX) {
            0 => {
                self.is_cut.store(true, Ordering::Relaxed);
                // The reset is sent when the last one lets go of the connection.
                let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
                Err(io::ErrorKind::ConnectionReset.into())
            }
            left => Ok(bytes.min(left)),
        }
    }

    /// So many bytes have been read or written.
    fn note_activity(&self, bytes: usize) {
        if let Some(left) = &self.left {
            let less = |left: u64| Some(left.saturating_sub(bytes as u64));
            let _ = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if active.is_some() {
            *active = Some(Instant::now());
        }
    }

    fn touch(&self) {
        *self.active.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// How long nothing has happened on it; none while it is in use, or before the first answer.
    fn idle(&self) -> Option<Duration> {
        let active = *self.active.lock().unwrap_or_else(PoisonError::into_inner);
        active.filter(|_| self.in_use.load(Ordering::Relaxed) == 0).map(|active| active.elapsed())
    }
}

impl Wire {
    /// A connection, which is reset after so many bytes.
    pub(crate) fn new(stream: TcpStream, bytes: Option<u64>) -> Self {
        // Small answers are not to wait for more; a connection that cannot be told so works as well.
        let _ = stream.set_nodelay(true);
        Self(Arc::new(Inner {
            stream,
            is_cut: AtomicBool::new(false),
            left: bytes.map(AtomicU64::new),
            has_begun: AtomicBool::new(false),
            after_answer: Mutex::default(),
            in_use: AtomicUsize::new(0),
            active: Mutex::default(),
        }))
    }

    /// Keeps it open as long as the result lives.
    pub(crate) fn in_use(&self) -> InUse {
        self.0.in_use.fetch_add(1, Ordering::Relaxed);
        InUse(self.clone())
    }

    /// Lets something happen once the answer to the request under way has been written.
    pub(crate) fn after_answer(&self, then: AfterAnswer) {
        *self.0.after_answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(then);
    }

    /// What ends the connection, as long as there is one.
    pub(crate) fn end(&self) -> End {
        End(Arc::downgrade(&self.0))
    }

    /// Does one thing after the other, and leaves nothing to be written by anybody else.
    pub(crate) async fn play(&self, steps: Vec<Step>) {
        self.0.is_cut.store(true, Ordering::Relaxed);
        self.run(steps).await;
    }

    /// Does one thing after the other beside the HTTP server, which has to be at rest meanwhile.
    pub(crate) async fn run(&self, steps: Vec<Step>) {
        for step in steps {
            let done = match step {
                Step::Write(bytes) => self.write(&bytes).await,
                Step::Spaces(count) => self.write_spaces(count).await,
                Step::Pause(pause) => {
                    tokio::time::sleep(pause).await;
                    Ok(())
                }
                Step::Close => SockRef::from(&self.0.stream).shutdown(Shutdown::Write),
                // The reset is sent when the last one lets go of the connection.
                Step::Reset => SockRef::from(&self.0.stream).set_linger(Some(Duration::ZERO)),
                Step::HangUp => {
                    self.end().now();
                    Ok(())
                }
            };
            if done.is_err() {
                // The client has gone away first.
                return;
            }
        }
    }

    async fn write_spaces(&self, mut count: u64) -> io::Result<()> {
        static PIECE: [u8; 65_536] = [b' '; 65_536];
        while count > 0 {
            let length = usize::try_from(count).unwrap_or(PIECE.len()).min(PIECE.len());
            self.write(PIECE.get(..length).unwrap_or(&PIECE)).await?;
            count -= length as u64;
        }
        Ok(())
    }

    async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.0.stream.writable().await?;
            let allowed = self.0.allow(bytes.len())?;
            match self.0.stream.try_write(bytes.get(..allowed).unwrap_or(bytes)) {
                Ok(written) => {
                    self.0.note_activity(written);
                    bytes = bytes.get(written..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Ends a connection from outside.
#[derive(Debug)]
pub(crate) struct End(Weak<Inner>);

impl End {
    pub(crate) fn is_over(&self) -> bool {
        self.0.strong_count() == 0
    }

    pub(crate) fn now(&self) {
        if let Some(inner) = self.0.upgrade() {
            inner.is_cut.store(true, Ordering::Relaxed);
            // The client may have ended it first.
            let _ = SockRef::from(&inner.stream).shutdown(Shutdown::Both);
        }
    }
}

/// Closes a connection, as Node's server does, once nothing has happened on it for some time since the last answer.
pub(crate) async fn close_when_idle(connection: End, limit: Duration) {
    loop {
        let idle = match connection.0.upgrade() {
            None => return,
            Some(inner) => inner.idle().unwrap_or_default(),
        };
        match limit.checked_sub(idle) {
            None | Some(Duration::ZERO) => return connection.now(),
            Some(left) => tokio::time::sleep(left).await,
        }
    }
}

impl Wire {
    /// Waits for the begin of the first request where the connection is to be reset: one of the control API is not, so that
    /// whoever has connections cut can end that.
    fn poll_begin(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(left) = self.0.left.as_ref().filter(|_| !self.0.has_begun.load(Ordering::Relaxed)) else {
            return Poll::Ready(Ok(()));
        };
        let mut begin = [0; 16];
        let mut begin = ReadBuf::new(&mut begin);
        ready!(self.0.stream.poll_peek(cx, &mut begin))?;
        self.0.has_begun.store(true, Ordering::Relaxed);
        if control::is_asked_by(begin.filled()) {
            left.store(u64::MAX, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_begin(cx))?;
        loop {
            let allowed = self.0.allow(buffer.remaining())?;
            ready!(self.0.stream.poll_read_ready(cx))?;
            match self.0.stream.try_read(buffer.initialize_unfilled_to(allowed)) {
                Ok(read) => {
                    buffer.advance(read);
                    self.0.note_activity(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            if self.0.is_cut.load(Ordering::Relaxed) {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            ready!(self.0.stream.poll_write_ready(cx))?;
            let allowed = self.0.allow(bytes.len())?;
            match self.0.stream.try_write(bytes.get(..allowed).unwrap_or(bytes)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => {
                    self.0.note_activity(written.as_ref().copied().unwrap_or(0));
                    if let Some(then) = self.0.after_answer.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                        then.bytes = then.bytes.saturating_sub(written.as_ref().copied().unwrap_or(0));
                    }
                    return Poll::Ready(written);
                }
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut after_answer = self.0.after_answer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(AfterAnswer { pause, mut steps, .. }) = after_answer.take_if(|then| then.bytes == 0) {
            steps.insert(0, Step::Pause(pause));
            let wire = self.clone();
            tokio::spawn(async move { wire.run(steps).await });
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.0.is_cut.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(SockRef::from(&self.0.stream).shutdown(Shutdown::Write))
    }
}
