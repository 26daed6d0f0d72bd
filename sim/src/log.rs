//! A log with a line for each request, delivery, WebSocket, control call and entry of a script.

use std::{fmt, sync::Arc};

use crate::{request_log::Recorded, time, webhook::Delivery};

/// Where the lines go, if anywhere.
#[derive(Clone, Default)]
pub(crate) struct Log(Option<Arc<Write>>);

type Write = dyn Fn(&str) + Send + Sync;

impl Log {
    pub(crate) fn to(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(write)))
    }

    /// The time, what was asked and what was answered, and in what the request is differs from the document.
    pub(crate) fn request(&self, now: u64, request: &Recorded, status: &str) {
        let Some(write) = &self.0 else { return };
        let Recorded { method, path_and_query, operation, violations, .. } = request;
        let mut line = format!("{} {status} {method} {}", time::iso8601(now), without_key(path_and_query));
        if let Some(operation) = operation {
            line.push_str(&format!("  {operation}"));
        }
        for violation in violations {
            line.push_str(&format!("\n    differs from the document: {violation}"));
        }
        write(&printable(&line));
    }
}

impl Log {
    /// An attempt to send an event to a webhook, and what came of it.
    pub(crate) fn delivery(&self, now: u64, delivery: &Delivery, result: &str) {
        let Delivery { webhook, event, .. } = delivery;
        self.line(now, result, &format!("WEBHOOK {event} -> {}", webhook.url));
    }

    /// A WebSocket has connected, or is gone.
    pub(crate) fn websocket(&self, now: u64, what: &str, path_and_query: &str) {
        self.line(now, what, &format!("WEBSOCKET {}", without_key(path_and_query)));
    }

    /// A call of the control API.
    pub(crate) fn control(&self, now: u64, status: &str, call: &str) {
        self.line(now, status, &format!("{}  control", without_key(call)));
    }

    /// An entry of a script, and what came of it.
    pub(crate) fn script(&self, now: u64, result: &str, what: &str, line: u64) {
        self.line(now, result, &format!("SCRIPT line {line}: {what}"));
    }

    fn line(&self, now: u64, result: &str, what: &str) {
        if let Some(write) = &self.0 {
            write(&printable(&format!("{} {result} {what}", time::iso8601(now))));
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Log" } else { "no log" })
    }
}

/// Escapes what could steer a terminal.
fn printable(line: &str) -> String {
    let escape = |c: char| match c {
        '\n' => c.to_string(),
        c if c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
        {
            c.escape_default().to_string()
        }
        c => c.to_string(),
    };
    line.chars().map(escape).collect()
}

/// Logs are read by people who need not know the key.
fn without_key(path_and_query: &str) -> String {
    let Some((path, query)) = path_and_query.split_once('?') else { return path_and_query.to_owned() };
    let hide = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if name.eq_ignore_ascii_case(crate::auth::NAME) => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    let pairs: Vec<_> = query.split('&').map(hide).collect();
    format!("{path}?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_client_cannot_steer_a_terminal() {
        assert_eq!(printable("\u{1b}[2J\u{202e}a\r"), "\\u{1b}[2J\\u{202e}a\\r");
    }

    #[test]
    fn a_key_in_the_query_is_not_shown() {
        assert_eq!(without_key("/ws?a=1&X-Api-Key=secret"), "/ws?a=1&X-Api-Key=***");
        assert_eq!(without_key("/ping"), "/ping");
    }
}
