//! What happens to every request, in order.

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri},
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
    fault::{self, Outcome},
    pipe,
    query::Query,
    reply,
    request_log::Recorded,
    routes::{self, Answer},
    sample,
    state::App,
    validate::{self, Violation},
    wire::Wire,
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Takes a request down, answers it, and lets happen what it has set off, unless there is a fault in the way.
pub(crate) async fn handle(State(app): State<App>, ConnectInfo(wire): ConnectInfo<Wire>, request: Request) -> Response {
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
    let fault = app.world().fault(recorded.operation);
    let answer = async {
        let answer = answer(&app, &uri, &recorded, found, body).await;
        app.run_until(app.clock.now());
        answer
    };
    let outcome = match fault {
        None => Outcome::Answer(finish(answer.await, &app, &recorded, number).await),
        Some(fault) => {
            // First of all it is carried out: a client that goes away meanwhile does not change that.
            let answer = if fault.performs() { Some(answer.await) } else { None };
            fault.wait().await;
            let answer = fault.refusal(app.engine).or(answer).unwrap_or_else(|| Ok(fault::bad_gateway()));
            fault.spoil(finish(answer, &app, &recorded, number).await).await
        }
    };
    match outcome {
        Outcome::Answer(answer) => {
            app.log.request(app.clock.now(), &recorded, answer.status().as_str());
            answer
        }
        Outcome::Bytes(steps) => {
            app.log.request(app.clock.now(), &recorded, "cut");
            wire.play(steps).await;
            reply::empty(StatusCode::OK)
        }
    }
}

/// The answer as a server of its age writes it.
async fn finish(answer: Answer, app: &App, request: &Recorded, number: usize) -> Response {
    let mut answer = answer.unwrap_or_else(|error| error.respond(app, request));
    cors::allow(&mut answer);
    // W3C Trace Context: the request is a trace of its own.
    let trace = format!("00-{number:032x}-{number:016x}-01");
    answer.headers_mut().extend(HeaderValue::try_from(trace).map(|trace| (TRACEPARENT, trace)));
    match app.age {
        Age::Current => answer,
        age => reply::rewrite(answer, |value| age.written(value)).await,
    }
}

/// From the outside in: a request is parsed, has to show its key, and only then is looked at.
async fn answer(app: &App, uri: &Uri, request: &Recorded, found: Found, body: Result<Value, Error>) -> Answer {
    let body = body?;
    let access = auth::check(app, uri, &request.headers)?;
    let (operation, path) = match found {
        Found::Operation(operation, path) => (operation, path),
        Found::BadEscape => return Err(Error::bad_request(format!("Failed to decode param '{}'", uri.path()))),
        Found::Nothing => return undocumented(app, uri, request, &access),
    };
    let (mut query, mut body) = (Query::of(uri), members(body));
    let is_piped = pipe::is_on(operation);
    if is_piped {
        pipe::default_session(operation, &mut query, &mut body);
    }
    let violations = validate::violations(operation, &path, &query, &body);
    let complaints = if is_piped { pipe::complaints(&violations) } else { Vec::new() };
    if is_piped {
        body = pipe::known_members(body, operation);
    }
    let violation = violations.into_iter().find(Violation::is_fatal);
    let (app, headers) = (App::clone(app), request.headers.clone());
    let call = Call { app, operation, path, query, body, headers, access, violation };
    call.access.check(auth::needed(&operation.id, operation.method == Method::GET), call.session_name())?;
    if !complaints.is_empty() {
        return Err(Error::Invalid(complaints));
    }
    patiently(&call, routes::handler(&operation.id).unwrap_or(sample::answer)).await
}

/// What the document does not have: files of messages, a few paths which the server has nevertheless, or nothing.
fn undocumented(app: &App, uri: &Uri, request: &Recorded, access: &Access) -> Answer {
    let session = uri.path().strip_prefix("/api/files/").and_then(|path| path.split('/').next());
    access.check(Action::Nothing, session)?;
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
