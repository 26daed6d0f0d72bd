//! The steps from a request to its answer.

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use serde_json::{Map, Value};

use crate::{
    Age,
    auth::{self, Access, Action},
    body,
    call::Call,
    cors,
    document::{self, Found},
    error::Error,
    fault::{self, Fault, Outcome, WebPage},
    query::Query,
    reply,
    request_log::Recorded,
    routes::{self, Answer},
    sample,
    state::App,
    validate::{self, Violation},
    validation_pipe,
    wire::Wire,
};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Records a request, answers it, and lets happen what it has set off, unless a fault interferes.
pub(crate) async fn handle(State(app): State<App>, ConnectInfo(wire): ConnectInfo<Wire>, request: Request) -> Response {
    let _in_use = wire.in_use();
    let uri = request.uri().clone();
    let Some(mut recorded) = Recorded::read(request).await else {
        // The client has gone away, so nobody will see this.
        return reply::empty(StatusCode::BAD_REQUEST);
    };
    if recorded.method == Method::OPTIONS {
        return cors::preflight(&recorded.headers);
    }
    let body = body::parse(&recorded.headers, &recorded.body);
    let found = document::find(&recorded.method, uri.path());
    recorded.look_up(&found, &uri, &body);
    let number = app.requests.add(recorded.clone());
    let fault = app.world().fault(&recorded);
    let mut query = Query::of(&uri);
    query.retain(|name| !fault.as_ref().is_some_and(|fault| fault.ignores(name)));
    let is_forgotten = fault.as_ref().is_some_and(Fault::forgets);
    let work = Work { app: App::clone(&app), uri, query, request: recorded.clone(), found, body, is_forgotten };
    let outcome = match fault {
        None => Outcome::Answer(finish(work.run().await, &app, &recorded, number).await),
        Some(fault) => faulty(fault, work, &app, &recorded, number).await,
    };
    send(outcome, &app, &wire, &recorded).await
}

/// Sends an answer, or what a fault has left of it.
pub(crate) async fn send(outcome: Outcome, app: &App, wire: &Wire, request: &Recorded) -> Response {
    let answer = match outcome {
        Outcome::Answer(answer) => answer,
        Outcome::AnswerThen(answer, then) => {
            wire.after_answer(then);
            answer
        }
        Outcome::Bytes(steps) => {
            app.log.request(app.clock.now(), request, "cut");
            wire.play(steps).await;
            return reply::empty(StatusCode::OK);
        }
    };
    app.log.request(app.clock.now(), request, answer.status().as_str());
    answer
}

/// What a fault answers to a WebSocket that connects; nothing if it lets it connect.
pub(crate) async fn refused(fault: &Fault, app: &App, request: &Recorded, number: usize) -> Option<Outcome> {
    let answer = match fault.replacement(app.engine) {
        Some(answer) => answer,
        None if fault.ends_connections() => Ok(reply::empty(StatusCode::OK)),
        None => return None,
    };
    Some(fault.spoil(finish(answer, app, request, number).await, request).await)
}

/// The outcome of a request that a fault happens to.
async fn faulty(fault: Fault, work: Work, app: &App, request: &Recorded, number: usize) -> Outcome {
    // The work comes first: a client that goes away meanwhile does not change that.
    let answer = match fault.work() {
        fault::Work::Before => Some(work.run().await),
        fault::Work::Never => None,
        fault::Work::After(delay) => {
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                drop(work.run().await);
            });
            Some(Ok(reply::empty(StatusCode::OK)))
        }
    };
    fault.wait().await;
    let answer = fault.replacement(app.engine).or(answer).unwrap_or_else(|| Ok(WebPage::Nginx(502).answer()));
    fault.spoil(finish(answer, app, request, number).await, request).await
}

/// A request that is to be carried out.
struct Work {
    app: App,
    uri: Uri,
    query: Query,
    request: Recorded,
    found: Found,
    body: Result<Value, Error>,
    is_forgotten: bool,
}

impl Work {
    async fn run(self) -> Answer {
        let app = App::clone(&self.app);
        let answer = self.answer().await;
        app.run_until(app.clock.now());
        answer
    }
}

/// The answer as a server of its age writes it.
async fn finish(answer: Answer, app: &App, request: &Recorded, number: usize) -> Response {
    let mut answer = answer.unwrap_or_else(|error| error.respond(app, request));
    cors::allow(&mut answer);
    let headers = answer.headers_mut();
    // W3C Trace Context: the request is a trace of its own.
    let trace = format!("00-{number:032x}-{number:016x}-01");
    headers.extend(HeaderValue::try_from(trace).map(|trace| (TRACEPARENT, trace)));
    if let Some(timeout) = app.keep_alive {
        headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
        let timeout = format!("timeout={}", timeout.as_secs());
        headers.extend(HeaderValue::try_from(timeout).map(|timeout| (KEEP_ALIVE, timeout)));
    }
    match app.age {
        Age::Current => answer,
        age => reply::rewrite(answer, |value| age.written(value)).await,
    }
}

impl Work {
    /// From the outside in: a request is parsed, has to show its key, and only then is looked at.
    async fn answer(self) -> Answer {
        let Self { app, uri, mut query, request, found, body, is_forgotten } = self;
        let body = body?;
        let access = auth::check(&app, &uri, &request.headers)?;
        let (operation, path) = match found {
            Found::Operation(operation, path) if app.age.has(operation) => (operation, path),
            Found::BadEscape => return Err(Error::bad_request(format!("Failed to decode param '{}'", uri.path()))),
            Found::Operation(..) | Found::Nothing => return undocumented(&app, &uri, &request, &access),
        };
        let mut body = members(body);
        let is_piped = validation_pipe::is_on(operation);
        if is_piped {
            validation_pipe::default_session(operation, &mut query, &mut body);
        }
        let violations = validate::violations(operation, &path, &query, &body);
        let complaints = if is_piped { validation_pipe::complaints(&violations) } else { Vec::new() };
        if is_piped {
            body = validation_pipe::known_members(body, operation);
        }
        let violation = violations.into_iter().find(Violation::is_fatal);
        let headers = request.headers;
        let call = Call { app, operation, path, query, body, headers, access, violation, is_forgotten };
        call.access.check(auth::needed(&operation.id, operation.method == Method::GET), call.session_name())?;
        if !complaints.is_empty() {
            return Err(Error::Invalid(complaints));
        }
        patiently(&call, routes::handler(&operation.id).unwrap_or(sample::answer)).await
    }
}

/// What the document does not have: files of messages, a few paths which the server has nevertheless, or nothing.
fn undocumented(app: &App, uri: &Uri, request: &Recorded, access: &Access) -> Answer {
    let session = uri.path().strip_prefix("/api/files/").and_then(|path| path.split('/').next());
    access.check(Action::Nothing, session)?;
    if uri.path() == "/-json" && request.method == Method::GET {
        return Ok(reply::bytes(StatusCode::OK, "application/json; charset=utf-8", document::TEXT));
    }
    match routes::file(app, &request.method, uri.path()) {
        Some(file) => Ok(file),
        None if routes::undocumented(uri.path()) => Err(Error::not_modelled(uri.path())),
        None => Err(Error::not_found(format!("Cannot {} {}", request.method, request.path_and_query))),
    }
}

/// Runs the handler, and again while it is refused for what may pass, as long as the server has patience.
async fn patiently(call: &Call, handler: routes::Handler) -> Answer {
    let deadline = call.now().saturating_add(call.app.patience);
    loop {
        let changed = call.app.changed.notified();
        match handler(call) {
            Err(error) if error.may_pass() && call.now() < deadline => tokio::select! {
                () = changed => {}
                () = call.app.clock.sleep_until(deadline) => {}
            },
            answer => return answer,
        }
    }
}

/// A list has no members that a handler could ask for.
fn members(body: Value) -> Map<String, Value> {
    match body {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
