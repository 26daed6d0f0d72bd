//! The Model Context Protocol, as far as it can be spoken without knowing WAHA's tools.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};

use super::{Answer, Handler};
use crate::{call::Call, reply, sample};

const NEWEST_PROTOCOL: &str = "2025-06-18";
const TOOL: &str = "send_text";

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![("mcp_call", call)]
}

fn call(call: &Call) -> Answer {
    if !accepts_both(call) {
        let message = "Not Acceptable: Client must accept both application/json and text/event-stream";
        return Ok(reply::json(StatusCode::NOT_ACCEPTABLE, &failure(&Value::Null, -32000, message)));
    }
    let Some(method) = call.optional_text("method") else {
        return Ok(reply::json(StatusCode::BAD_REQUEST, &failure(&Value::Null, -32700, "Parse error")));
    };
    // What asks for no response has no id.
    let Some(id) = call.body.get("id") else {
        return Ok(reply::empty(StatusCode::ACCEPTED));
    };
    let result = match method {
        "initialize" => initialize(call),
        "ping" => json!({}),
        "tools/list" => tools(),
        "tools/call" => tool_result(call),
        _ => return Ok(stream(&failure(id, -32601, "Method not found"))),
    };
    let mut answer = stream(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
    if method.starts_with("tools/") {
        sample::mark(&mut answer);
    }
    Ok(answer)
}

fn accepts_both(call: &Call) -> bool {
    let accept =
        call.headers.get(header::ACCEPT).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    accept.contains("application/json") && accept.contains("text/event-stream")
}

fn initialize(call: &Call) -> Value {
    let params = call.body.get("params").unwrap_or(&Value::Null);
    json!({
        "protocolVersion": params["protocolVersion"].as_str().unwrap_or(NEWEST_PROTOCOL),
        "capabilities": { "tools": { "listChanged": true } },
        "serverInfo": { "name": "waha", "version": call.app.version()["version"] },
    })
}

fn tools() -> Value {
    let text = json!({ "type": "string" });
    let schema = json!({ "type": "object", "properties": { "chatId": text, "text": text } });
    json!({ "tools": [{ "name": TOOL, "description": "A sample of a tool", "inputSchema": schema }] })
}

/// That a tool fails is a success for the protocol.
fn tool_result(call: &Call) -> Value {
    let name = call.body.get("params").and_then(|params| params["name"].as_str()).unwrap_or_default();
    let (text, is_error) = match name {
        TOOL => ("The stand-in has done nothing".to_owned(), false),
        name => (format!("Tool {name} not found"), true),
    };
    json!({ "content": [{ "type": "text", "text": text }], "isError": is_error })
}

fn failure(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "error": { "code": code, "message": message }, "id": id })
}

fn stream(message: &Value) -> Response {
    reply::bytes(StatusCode::OK, "text/event-stream", format!("event: message\ndata: {message}\n\n"))
}
