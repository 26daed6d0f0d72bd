//! Is the server there, which one is it, and how is it doing?

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Answer, Handler};
use crate::{Engine, call::Call, error::Error, reply, sample};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("observability_ping", ping),
        ("observability_check_health", health),
        ("observability_get_version", version),
        ("observability_get_version_deprecated", version),
        ("observability_get_status", status),
        ("observability_get_environment", environment),
        ("observability_stop", stop),
        ("observability_get_cpu_profile", cpu_profile),
        ("observability_get_heap_snapshot", heap_snapshot),
        ("observability_get_browser_trace", browser_trace),
    ]
}

fn ping(_: &Call) -> Answer {
    Ok(reply::json(StatusCode::OK, &json!({ "message": "pong" })))
}

/// Bad health is no error, and has the same shape as good health.
fn health(call: &Call) -> Answer {
    let (is_healthy, body) = call.world().condition.health();
    let status = if is_healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(reply::json(status, &body))
}

fn version(call: &Call) -> Answer {
    Ok(reply::json(StatusCode::OK, &call.app.version()))
}

fn status(call: &Call) -> Answer {
    let started = call.world().condition.restarted.unwrap_or(call.app.started);
    let body = json!({
        "startTimestamp": started,
        "uptime": call.now().saturating_sub(started),
        "worker": { "id": null },
    });
    Ok(reply::json(StatusCode::OK, &body))
}

/// The variables that a server like this one would have. Those of the stand-in's own process are nobody's business.
fn environment(call: &Call) -> Answer {
    let of_server = [
        ("WAHA_API_KEY", call.app.api_key.clone()),
        ("WAHA_APPS_ENABLED", Some("true".to_owned())),
        ("WAHA_DEBUG_MODE", call.world().condition.debug.then(|| "true".to_owned())),
        ("WHATSAPP_API_PORT", Some("3000".to_owned())),
        ("WHATSAPP_DEFAULT_ENGINE", Some(call.engine().to_string())),
    ];
    let of_process = [("NODE_ENV", Some("production".to_owned())), ("TZ", Some("UTC".to_owned()))];
    let of_process = of_process.into_iter().filter(|_| call.query.flag("all"));
    let variables = of_server.into_iter().chain(of_process);
    let body: Map<_, _> = variables.filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
    Ok(reply::json(StatusCode::OK, &Value::Object(body)))
}

fn stop(call: &Call) -> Answer {
    call.world().stop_server();
    Ok(reply::json(StatusCode::CREATED, &json!({ "stopping": true })))
}

fn cpu_profile(call: &Call) -> Answer {
    require_debug_mode(call)?;
    let mut answer = reply::bytes(StatusCode::OK, "application/json", "{}");
    sample::mark(&mut answer);
    Ok(answer)
}

fn heap_snapshot(call: &Call) -> Answer {
    require_debug_mode(call)?;
    call.sample()
}

fn browser_trace(call: &Call) -> Answer {
    require_debug_mode(call)?;
    call.working(&mut call.world())?;
    call.only(&[Engine::Webjs])?;
    call.sample()
}

fn require_debug_mode(call: &Call) -> Result<(), Error> {
    match call.world().condition.debug {
        true => Ok(()),
        false => Err(Error::not_found("WAHA_DEBUG_MODE is disabled")),
    }
}
