//! Looking into the stand-in from a test, changing what goes on in it, and stopping it.

use std::{
    io,
    net::SocketAddr,
    ops::Range,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    extract::State,
    http::{
        HeaderValue,
        header::{DATE, Entry},
    },
    middleware,
    response::Response,
    routing,
};
use serde_json::Value;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    Builder, Fault, Recorded, SessionStatus, WebPage, control, dispatch, dump,
    listener::{ControlledListener, ListenerControl},
    state::{App, Shared, World, events::Frame, whatsapp::Sent},
    time::millis,
    webhook, websocket,
    wire::Wire,
};

/// The last moment that a date in a header can name, in milliseconds since 1970: the end of the year 9999.
const LATEST_DATE: u64 = 253_402_300_799_000;

/// A running server. It stops when it is dropped; requests under way are still answered.
#[derive(Debug)]
#[must_use = "the server stops when it is dropped"]
pub struct Server {
    url: String,
    pub(crate) app: App,
    listener: ListenerControl,
    /// Held for its drop, which is the signal to stop.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Returns a builder for a server that has no key, no sessions and no contacts yet.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) async fn listen(address: SocketAddr, app: App) -> io::Result<Self> {
        let (listener, control) = ControlledListener::bind(address, app.keep_alive).await?;
        let url = format!("http://{}{}", listener.address(), app.prefix);
        let (deliveries, waiting) = mpsc::unbounded_channel();
        {
            let mut world = app.world();
            world.url.clone_from(&url);
            world.hub.deliveries = Some(deliveries);
            world.listener = Some(control.clone());
        }
        let api = Router::new().route("/ws", routing::any(websocket::accept)).fallback(dispatch::handle);
        let api = match app.prefix.as_str() {
            "" => api,
            prefix => Router::new().nest(prefix, api).fallback(async || WebPage::Nginx(404).answer()),
        };
        let router = api.merge(control::router(&app)).with_state(Arc::clone(&app));
        let router = router.layer(middleware::map_response_with_state(Arc::clone(&app), dated));
        let (stop, stopped) = oneshot::channel::<()>();
        let (time, hooks) =
            (Arc::clone(&app), tokio::spawn(webhook::deliver(waiting, Arc::clone(&app.clock), app.log.clone())));
        let task = tokio::spawn(async move {
            let pass = tokio::spawn(async move { time.pass().await });
            let stopped = async { drop(stopped.await) };
            let service = router.into_make_service_with_connect_info::<Wire>();
            // It never fails: errors of single connections are taken care of inside.
            let _ = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
            pass.abort();
            hooks.abort();
        });
        Ok(Self { url, app, listener: control, stop, task })
    }

    /// Returns the base URL, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the requests so far, refused ones included, in the order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        self.app.requests.all()
    }

    /// Returns the events so far, as webhooks and WebSockets get them, whether anybody listens or not.
    pub fn events(&self) -> Vec<Value> {
        self.app.world().hub.log.clone()
    }

    /// Returns what other people have got from the accounts of its sessions, in the order in which it went out: messages
    /// that were sent through the API. A second message of the same chat and id is not among them: see
    /// [`Builder::shows_repeated_ids`].
    pub fn sent(&self) -> Vec<Sent> {
        self.app.world().whatsapp.sent().to_vec()
    }

    /// Returns all that it knows, as the answers of its own API.
    pub async fn state(&self) -> Value {
        dump::of(&self.app).await
    }

    /// Moves its clock forward. What is due meanwhile happens in order.
    pub fn advance(&self, by: Duration) {
        self.app.run_until(self.app.clock.now().saturating_add(millis(by)));
    }

    /// Sets a fault, from now on.
    pub fn fault(&self, fault: Fault) {
        self.app.world().faults.add(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.app.world().faults.clear();
    }

    /// Ends all connections and makes the system refuse new ones, as if the server were not running.
    pub fn refuse_connections(&self) {
        self.listener.stop();
    }

    /// Accepts connections again, after [`Server::refuse_connections`].
    pub fn accept_connections(&self) {
        self.listener.resume();
    }

    /// Resets every connection that is accepted from now on after a number of bytes, of requests and answers together, that
    /// is drawn for it from this range by the seed of the server: somewhere in the head or the body of a request, before it
    /// was received, or of an answer. Connections that begin with a call of the control API are not cut.
    pub fn cut_connections(&self, bytes: Range<u64>) {
        self.app.world().cut_connections(bytes);
    }

    /// Cuts no further connections, after [`Server::cut_connections`]; those that are open are still cut.
    pub fn spare_connections(&self) {
        self.app.world().spare_connections();
    }

    /// Drops all WebSockets without a close frame.
    pub fn drop_websockets(&self) {
        self.app.world().hub.feeds.clear();
    }

    /// Closes all WebSockets with a close frame, such as 1008 and `Unauthorized`, or 1012 and `Service Restart`.
    pub fn close_websockets(&self, code: u16, reason: impl Into<String>) {
        let frame = Frame::Close { code, reason: reason.into() };
        self.app.world().hub.tell_all(&frame);
    }

    /// Silences all WebSockets: they stay connected, and neither send events nor answer pings, as if the network had
    /// gone away. WebSockets that connect later are not affected.
    pub fn stall_websockets(&self) {
        self.app.world().hub.tell_all(&Frame::Stall);
    }

    /// Sends pings to all WebSockets, besides those of the heartbeat.
    pub fn ping_websockets(&self, count: usize) {
        let world = self.app.world();
        (0..count).for_each(|_| world.hub.tell_all(&Frame::Ping));
    }

    /// Returns how many WebSockets are connected, as far as the server knows.
    pub fn websockets(&self) -> usize {
        self.app.world().hub.feeds.iter().filter(|feed| !feed.frames.is_closed()).count()
    }

    /// Changes the URL that WhatsApp tells a session for a picture. The server keeps what it has in its cache until it
    /// is told to refresh it, or for 24 hours.
    pub fn set_picture(&self, session: &str, id: &str, url: Option<&str>) {
        self.app.world().whatsapp.set_picture(session, id, url.map(str::to_owned));
    }

    /// Returns how often WhatsApp has been asked for a picture.
    pub fn upstream_picture_fetches(&self) -> usize {
        self.app.world().whatsapp.picture_fetches()
    }

    /// Moves a session to another status, as a lost connection would. Does nothing if there is no such session.
    pub fn set_status(&self, session: &str, status: SessionStatus) {
        self.app.change(|world| world.move_to(session, status));
    }

    /// Makes a phone scan the QR code of a session, or type in its code. Does nothing to a session that does not wait
    /// for that.
    pub fn pair(&self, session: &str) {
        self.app.change(|world| world.pair(session));
    }

    /// Stops the server, and waits until the last request has been answered and the port is free.
    pub async fn shutdown(self) {
        let Self { stop, task, app, .. } = self;
        app.world().hub.feeds.clear();
        drop(stop);
        // It ends in an error only when the runtime is on its way down as well.
        let _ = task.await;
    }
}

/// Adds the time of an answer, by the clock of the server.
async fn dated(State(app): State<App>, mut response: Response) -> Response {
    let now = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(app.clock.now().min(LATEST_DATE)));
    let date = now.and_then(|now| HeaderValue::from_str(&httpdate::fmt_http_date(now)).ok());
    if let (Some(date), Entry::Vacant(place)) = (date, response.headers_mut().entry(DATE)) {
        place.insert(date);
    }
    response
}

impl Shared {
    /// Does something to the world, lets happen what it sets off, and tells who waits for a change.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let value = change(&mut self.world());
        self.run_until(self.clock.now());
        value
    }

    /// Lets happen what becomes due as time goes by.
    async fn pass(&self) {
        loop {
            let changed = self.changed.notified();
            let next = self.world().next_job();
            match next {
                Some(due) if due <= self.clock.now() => self.run_until(self.clock.now()),
                Some(due) => tokio::select! {
                    () = self.clock.sleep_until(due) => self.run_until(self.clock.now()),
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }
}
