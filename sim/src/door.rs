//! Where connections come in, as long as anybody listens.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
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

use crate::wire::{End, Wire};

impl Connected<IncomingStream<'_, Door>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().clone()
    }
}

/// Whether anybody is let in, for the door and for those who open and shut it.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    open: watch::Sender<bool>,
    inside: Arc<Mutex<Vec<End>>>,
}

impl Gate {
    /// Refuses connections from now on, and ends those that are there.
    pub(crate) fn shut(&self) {
        self.open.send_replace(false);
        for connection in self.inside.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            connection.now();
        }
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    fn add(&self, wire: &Wire) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.retain(|connection| !connection.is_over());
        inside.push(wire.end());
    }
}

/// Lets connections in while its gate is open. While it is not, nobody listens and the system refuses them.
#[derive(Debug)]
pub(crate) struct Door {
    listener: Option<TcpListener>,
    address: SocketAddr,
    gate: Gate,
    is_open: watch::Receiver<bool>,
}

impl Door {
    pub(crate) async fn at(address: SocketAddr) -> io::Result<(Self, Gate)> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (open, is_open) = watch::channel(true);
        let gate = Gate { open, inside: Arc::default() };
        Ok((Self { listener: Some(listener), address, gate: gate.clone(), is_open }, gate))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connection; none if there is no listener or the gate was moved meanwhile.
    async fn next(&mut self) -> Option<(TcpStream, SocketAddr)> {
        let listener = self.listener.as_ref()?;
        tokio::select! {
            accepted = listener.accept() => accepted.ok(),
            _ = self.is_open.changed() => None,
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

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            let is_open = *self.is_open.borrow_and_update();
            match (is_open, &self.listener) {
                (false, _) => {
                    self.listener = None;
                    // The gate is held by the door itself, so it is never gone.
                    let _ = self.is_open.changed().await;
                }
                (true, None) => self.listen().await,
                (true, Some(_)) => {
                    if let Some((stream, peer)) = self.next().await {
                        let wire = Wire::new(stream);
                        self.gate.add(&wire);
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
