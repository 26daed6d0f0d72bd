//! Connections that can be told to go wrong.

use std::{
    io,
    net::Shutdown,
    pin::Pin,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// What is done to a connection instead of answering as HTTP has it.
#[derive(Debug)]
pub(crate) enum Step {
    Write(Vec<u8>),
    Pause(Duration),
    /// Ends it in good order.
    Close,
    /// Ends it with a reset.
    Reset,
}

/// A connection, held by the HTTP server and by the request that came over it.
#[derive(Debug, Clone)]
pub(crate) struct Wire(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    stream: TcpStream,
    /// Nothing more is written.
    is_cut: AtomicBool,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        // Small answers are not to wait for more; a connection that cannot be told so works as well.
        let _ = stream.set_nodelay(true);
        Self(Arc::new(Inner { stream, is_cut: AtomicBool::new(false) }))
    }

    /// What ends the connection, as long as there is one.
    pub(crate) fn end(&self) -> End {
        End(Arc::downgrade(&self.0))
    }

    /// Does one thing after the other, and leaves nothing to be written by anybody else.
    pub(crate) async fn play(&self, steps: Vec<Step>) {
        self.0.is_cut.store(true, Ordering::Relaxed);
        for step in steps {
            let done = match step {
                Step::Write(bytes) => self.write(&bytes).await,
                Step::Pause(pause) => {
                    tokio::time::sleep(pause).await;
                    Ok(())
                }
                Step::Close => SockRef::from(&self.0.stream).shutdown(Shutdown::Write),
                // The reset is sent when the last one lets go of the connection.
                Step::Reset => SockRef::from(&self.0.stream).set_linger(Some(Duration::ZERO)),
            };
            if done.is_err() {
                // The client has gone away first.
                return;
            }
        }
    }

    async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.0.stream.writable().await?;
            match self.0.stream.try_write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
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

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.stream.poll_read_ready(cx))?;
            match self.0.stream.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
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
            match self.0.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.0.is_cut.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(SockRef::from(&self.0.stream).shutdown(Shutdown::Write))
    }
}
