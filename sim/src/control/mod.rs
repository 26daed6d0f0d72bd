//! `/__sim/…`: what [`Server`](crate::Server) can do, for those who cannot reach into the process.

mod commands;
mod described;
mod params;

use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

pub(crate) use self::commands::{COMMANDS, ReadChange, Run};

use self::params::params;
pub(crate) use self::{
    described::{DescribedGroup, DescribedPerson},
    params::Seconds,
};
use crate::{
    auth::{self, Access},
    dump,
    error::Error,
    reply,
    request_log::Recorded,
    state::{App, whatsapp::Sent},
    time::millis,
};

/// Where the control API is.
const ROOT: &str = "/__sim/";

/// Whether a connection begins with a call of the control API.
pub(crate) fn is_asked_by(head: &[u8]) -> bool {
    let path = head.iter().position(|byte| *byte == b' ').and_then(|end| head.get(end + 1..));
    path.is_some_and(|path| path.starts_with(b"/__sim"))
}

pub(crate) fn router(app: &App) -> Router<App> {
    Router::new()
        .route("/__sim", get(help))
        .route(ROOT, get(help))
        .route("/__sim/state", get(state))
        .route("/__sim/requests", get(requests))
        .route("/__sim/events", get(events))
        .route("/__sim/sent", get(sent))
        .route("/__sim/{*command}", axum::routing::any(run))
        .layer(from_fn_with_state(App::clone(app), admins_only))
}

/// Wants the key of the server, like the API, and writes a line to the log.
async fn admins_only(State(app): State<App>, request: Request, next: Next) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    let answer = match auth::of(&app, request.uri(), request.headers()) {
        Ok(Access::Admin) => next.run(request).await,
        Ok(Access::Session { .. }) => Error::Forbidden.brief(),
        Err(error) => error.brief(),
    };
    app.log.control(app.clock.now(), answer.status().as_str(), &line);
    answer
}

async fn help() -> Response {
    let mut text =
        "The control API of waha-sim. Parameters are members of a JSON object in the body, or of the query.\n\n\
                    GET    /__sim/state\n           all that the server knows\n\
                    GET    /__sim/requests\n           the requests so far\n\
                    GET    /__sim/events\n           the events so far\n\
                    GET    /__sim/sent\n           what other people have got from the bot so far\n\
                    Of these lists:\n           - since: how many to leave out from the start, such as those that are known\n\
                    \x20          - wait: for how many seconds to wait at most until there is one more than these\n"
            .to_owned();
    for command in COMMANDS {
        text.push_str(&format!("{:<6} {ROOT}{}\n           {}\n", command.method, command.name, command.about));
        for parameter in command.parameters {
            text.push_str(&format!("           - {parameter}\n"));
        }
    }
    reply::bytes(StatusCode::OK, "text/plain; charset=utf-8", text)
}

async fn state(State(app): State<App>) -> Response {
    reply::json(StatusCode::OK, &dump::of(&app).await)
}

/// Which part of a list is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    #[serde(default, deserialize_with = "params::count")]
    since: usize,
    wait: Option<Seconds>,
}

/// Answers with a list from where it is wanted on, as soon as there is something or the time is over.
async fn list(uri: &Uri, all: impl Fn() -> Vec<Value>) -> Response {
    const PAUSE: Duration = Duration::from_millis(5);
    let part = params(uri, &HeaderMap::new(), &[]).and_then(params::read::<Part>);
    let Part { since, wait } = match part {
        Ok(part) => part,
        Err(error) => return error.brief(),
    };
    let begun = Instant::now();
    loop {
        let items = all();
        if items.len() > since || wait.is_none_or(|Seconds(wait)| begun.elapsed() >= wait) {
            return reply::json(StatusCode::OK, &items.into_iter().skip(since).collect());
        }
        sleep(PAUSE).await;
    }
}

async fn requests(State(app): State<App>, uri: Uri) -> Response {
    list(&uri, || app.requests.all().iter().map(told).collect()).await
}

fn told(request: &Recorded) -> Value {
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]));
    json!({
        "method": request.method.as_str(),
        "path": request.path_and_query,
        "headers": headers.collect::<Vec<_>>(),
        "body": String::from_utf8_lossy(&request.body),
        "operation": request.operation,
        "violations": request.violations,
    })
}

async fn events(State(app): State<App>, uri: Uri) -> Response {
    list(&uri, || app.world().hub.log.clone()).await
}

async fn sent(State(app): State<App>, uri: Uri) -> Response {
    let told =
        |Sent { session, chat, id, text }: &Sent| json!({ "session": session, "chat": chat, "id": id, "text": text });
    list(&uri, || app.world().whatsapp.sent().iter().map(told).collect()).await
}

async fn run(
    State(app): State<App>,
    Path(name): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let by_name = COMMANDS.iter().filter(|command| command.name == name);
    let Some(command) = by_name.clone().find(|command| command.method == method.as_str()) else {
        let methods: Vec<_> = by_name.map(|command| command.method).collect();
        let message = match methods.as_slice() {
            [] => format!("Cannot {method} {ROOT}{name}. GET {ROOT} lists what there is"),
            methods => format!("Cannot {method} {ROOT}{name}, but {}", methods.join(" and ")),
        };
        return Error::not_found(message).brief();
    };
    let answer = params(&uri, &headers, &body).and_then(|params| match command.run {
        Run::Change(read) => read(params)?(&mut app.world()),
        Run::Advance => {
            let time = commands::time_to_advance(params)?;
            app.run_until(app.clock.now().saturating_add(millis(time)));
            Ok(Value::Null)
        }
    });
    // What a fault or another person has set off happens before the answer, as it does in the API.
    app.run_until(app.clock.now());
    match answer {
        Ok(Value::Null) => reply::empty(StatusCode::OK),
        Ok(value) => reply::json(StatusCode::OK, &value),
        Err(error) => error.brief(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_and_every_parameter_is_in_the_readme() {
        let readme = include_str!("../../README.md");
        let readme = readme.split("## The control API").nth(1).expect("a chapter");
        for command in COMMANDS {
            let row =
                readme.lines().find(|line| line.starts_with("| `") && line.contains(&format!("`{}`", command.name)));
            let row = row.unwrap_or_else(|| panic!("the README does not name {}", command.name));
            for parameter in command.parameters {
                let name = parameter.split([':', ' ', ',']).next().unwrap_or_default();
                let is_told = row.contains(&format!("`{name}`")) || row.contains("see below");
                assert!(is_told, "the README does not name {name} of {}", command.name);
            }
        }
    }
}
