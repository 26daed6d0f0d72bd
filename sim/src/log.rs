//! A line for each request, for those who want to read along.

use std::{fmt, sync::Arc};

use crate::{request_log::Recorded, time};

/// Where the lines go, if anywhere.
#[derive(Clone, Default)]
pub(crate) struct Log(Option<Arc<Write>>);

type Write = dyn Fn(&str) + Send + Sync;

impl Log {
    pub(crate) fn to(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(write)))
    }

    /// The time, what was asked and what was answered, and in what the request is not as the document has it.
    pub(crate) fn request(&self, now: u64, request: &Recorded, status: &str) {
        let Some(write) = &self.0 else { return };
        let Recorded { method, path_and_query, operation, violations, .. } = request;
        let mut line = format!("{} {status} {method} {}", time::iso8601(now), without_key(path_and_query));
        if let Some(operation) = operation {
            line.push_str(&format!("  {operation}"));
        }
        for violation in violations {
            line.push_str(&format!("\n    not as the document has it: {violation}"));
        }
        write(&line);
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Log" } else { "no log" })
    }
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
    fn a_key_in_the_query_is_not_shown() {
        assert_eq!(without_key("/ws?a=1&X-Api-Key=secret"), "/ws?a=1&X-Api-Key=***");
        assert_eq!(without_key("/ping"), "/ping");
    }
}
