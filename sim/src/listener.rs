//! A listener that can stop listening for a while, so that the system refuses connections.

use std::{
    io,
    net::SocketAddr,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::wire::{End, Wire, close_when_idle};

impl Connected<IncomingStream<'_, ControlledListener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, ControlledListener>) -> Self {
        stream.io().clone()
    }
}

/// Stops a listener and lets it go on.
#[derive(Debug, Clone)]
pub(crate) struct ListenerControl {
    is_listening: watch::Sender<bool>,
    connections: Arc<Mutex<Vec<End>>>,
    cuts: Arc<Mutex<Option<Cuts>>>,
}

/// After how many bytes connections are cut.
#[derive(Debug)]
struct Cuts {
    bytes: Range<u64>,
    random: fastrand::Rng,
}

impl ListenerControl {
    /// Refuses connections from now on, and ends those that are there.
    pub(crate) fn stop(&self) {
        self.is_listening.send_replace(false);
        for connection in self.connections.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            connection.now();
        }
    }

    /// Accepts connections again.
    pub(crate) fn resume(&self) {
        self.is_listening.send_replace(true);
    }

    /// Cuts connections that are accepted from now on.
    pub(crate) fn cut(&self, bytes: Range<u64>, seed: u64) {
        *self.cuts() = (!bytes.is_empty()).then(|| Cuts { bytes, random: fastrand::Rng::with_seed(seed) });
    }

    /// Cuts no more connections.
    pub(crate) fn spare(&self) {
        *self.cuts() = None;
    }

    /// After how many bytes the next connection is cut, if it is.
    fn next_cut(&self) -> Option<u64> {
        self.cuts().as_mut().map(|cuts| cuts.random.u64(cuts.bytes.clone()))
    }

    fn cuts(&self) -> MutexGuard<'_, Option<Cuts>> {
        self.cuts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, wire: &Wire) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.retain(|connection| !connection.is_over());
        connections.push(wire.end());
    }
}

/// Accepts connections until it is stopped, and again once it is resumed. In between its socket is closed, so that the
/// system refuses connections.
#[derive(Debug)]
pub(crate) struct ControlledListener {
    listener: Option<TcpListener>,
    address: SocketAddr,
    control: ListenerControl,
    should_listen: watch::Receiver<bool>,
    /// How long a connection may be idle, if there is a limit.
    keep_alive: Option<Duration>,
}

impl ControlledListener {
    pub(crate) async fn bind(address: SocketAddr, keep_alive: Option<Duration>) -> io::Result<(Self, ListenerControl)> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (is_listening, should_listen) = watch::channel(true);
        let control = ListenerControl { is_listening, connections: Arc::default(), cuts: Arc::default() };
        let listener = Self { listener: Some(listener), address, control: control.clone(), should_listen, keep_alive };
        Ok((listener, control))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connection; none if there is no listener or it was told to stop meanwhile.
    async fn next(&mut self) -> Option<(TcpStream, SocketAddr)> {
        let listener = self.listener.as_ref()?;
        tokio::select! {
            accepted = listener.accept() => accepted.ok(),
            _ = self.should_listen.changed() => None,
        }
    }

    /// Listens again, on the same port. Somebody else may hold it for a moment.
    async fn listen(&mut self) {
        const PAUSE: Duration = Duration::from_millis(10);
        match TcpListener::bind(self.address).await {
            Ok(listener) => self.listener = Some(listener),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

impl Listener for ControlledListener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            let should_listen = *self.should_listen.borrow_and_update();
            match (should_listen, &self.listener) {
                (false, _) => {
                    self.listener = None;
                    // The sender is held by the listener itself, so it is never gone.
                    let _ = self.should_listen.changed().await;
                }
                (true, None) => self.listen().await,
                (true, Some(_)) => {
                    if let Some((stream, peer)) = self.next().await {
                        let wire = Wire::new(stream, self.control.next_cut());
                        self.control.add(&wire);
                        if let Some(limit) = self.keep_alive {
                            tokio::spawn(close_when_idle(wire.end(), limit));
                        }
                        return (wire, peer);
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
