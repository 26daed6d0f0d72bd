//! Spans and events of `tracing`, and values that must not be in them.

use std::{
    io,
    sync::{Arc, Mutex, Once},
};

use tracing_subscriber::fmt::format::FmtSpan;

/// Everything that is traced and logged in this thread, as text, until it is dropped.
pub struct Traces {
    text: Text,
    _guard: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Traces {
    /// Begins to listen.
    pub fn capture() -> Self {
        static LOG: Once = Once::new();
        LOG.call_once(|| tracing_log::LogTracer::init().expect("nobody else listens to the log"));
        let text = Text::default();
        let writer = text.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .without_time()
            .with_writer(move || writer.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        // A place in the code that another thread met for the first time meanwhile may not know of this subscriber.
        tracing::callsite::rebuild_interest_cache();
        Self { text, _guard: guard }
    }

    /// What came since the last time.
    pub fn take(&self) -> String {
        let text = std::mem::take(&mut *self.text.0.lock().expect("not poisoned"));
        String::from_utf8(text).expect("UTF-8")
    }
}

#[cfg(feature = "tracing")]
mod with_the_feature {
    use std::time::Duration;

    use waha::{Client, Method, RequestOptions, Retry};

    use super::Traces;
    use crate::support::{Reply, Server};

    const CHAT: &str = "11111111111@c.us";

    /// The lines with the target `waha`.
    fn ours(traces: &Traces) -> Vec<String> {
        traces.take().lines().filter(|line| line.contains(" waha: ")).map(str::to_owned).collect()
    }

    #[track_caller]
    fn assert_has(line: &str, fields: &[&str]) {
        for field in fields {
            assert!(line.contains(field), "{field} is not in {line}");
        }
    }

    fn client(server: &Server) -> Client {
        let retry = Retry::new().max_retries(1).min_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(1));
        Client::builder(server.url()).api_key("secret").options(RequestOptions::new().retry(retry)).build().unwrap()
    }

    #[tokio::test]
    async fn a_call_is_a_span_without_ids_and_texts() {
        let server = Server::start(Reply::json(201, r#"{"id": "1"}"#)).await;
        let session = client(&server).default_session();
        let traces = Traces::capture();
        session.chatting().send_text().chat_id(CHAT).text("hello there").send().await.unwrap();
        let lines = ours(&traces);
        let [line] = lines.as_slice() else { panic!("{lines:#?}") };
        let port = format!("server.port={}", server.url().rsplit(':').next().unwrap());
        let expected = [
            " INFO waha.call{",
            r#"otel.name=POST /api/sendText"#,
            r#"otel.kind="client""#,
            r#"waha.operation="chatting_send_text""#,
            r#"http.request.method="POST""#,
            r#"url.template="/api/sendText""#,
            r#"server.address="127.0.0.1""#,
            &port,
            "http.response.status_code=201",
            "waha.attempts=1",
            "waha.duration_ms=",
        ];
        assert_has(line, &expected);
        for absent in ["error.type", "otel.status_code", "url.full", CHAT, "11111111111", "hello there", "secret"] {
            assert!(!line.contains(absent), "{absent} is in {line}");
        }
    }

    #[tokio::test]
    async fn a_retry_is_an_event_in_the_span() {
        let server = Server::start(Reply::json(200, r#"{"count": 7}"#)).await;
        let session = client(&server).default_session();
        let traces = Traces::capture();
        server.set_replies([Reply::json(503, "{}"), Reply::json(200, r#"{"count": 7}"#)]);
        session.lids().count().send().await.unwrap();
        let lines = ours(&traces);
        let [retry, call] = lines.as_slice() else { panic!("{lines:#?}") };
        let event = [
            "WARN waha.call{",
            "waha.operation=\"lids_count\"",
            "the request is sent again reason=\"HTTP 503\" delay_ms=1",
        ];
        assert_has(retry, &event);
        assert_has(call, &["waha.attempts=2", "http.response.status_code=200"]);

        // A broken connection has a reason of its own.
        server.set_reply(Reply::raw(""));
        session.lids().count().send().await.unwrap_err();
        let lines = ours(&traces);
        let [retry, call] = lines.as_slice() else { panic!("{lines:#?}") };
        assert_has(retry, &["reason=\"the connection broke\""]);
        assert_has(call, &["waha.attempts=2", "error.type=Connection", "otel.status_code=\"ERROR\""]);
        assert!(!call.contains("http.response.status_code"), "{call}");
    }

    #[tokio::test]
    async fn a_failure_is_traced_with_its_kind_and_without_values() {
        let server = Server::start(Reply::json(404, format!(r#"{{"message": "Chat {CHAT} not found"}}"#))).await;
        let session = client(&server).default_session();
        let traces = Traces::capture();
        let picture = || session.chats().get_picture().chat_id(CHAT);
        picture().send().await.unwrap_err();
        session
            .request(Method::GET, "/api/{session}/chats/{id}/new")
            .param("id", CHAT)
            .query("to", CHAT)
            .await
            .unwrap_err();
        session.request(Method::GET, format!("/api/default/chats/{CHAT}/picture")).await.unwrap_err();
        let text = traces.take();
        let lines: Vec<_> = text.lines().filter(|line| line.contains(" waha: ")).collect();
        let [known, unknown, written_out] = lines.as_slice() else { panic!("{text}") };
        let template = "url.template=\"/api/{session}/chats/{chatId}/picture\"";
        assert_has(known, &["error.type=NotFound", "http.response.status_code=404", template]);
        assert_has(unknown, &["url.template=\"/api/{session}/chats/{id}/new\"", "error.type=NotFound"]);
        assert!(!unknown.contains("waha.operation"), "{unknown}");
        assert_has(written_out, &["waha.operation=\"chats_get_picture\"", template]);
        // The id is not in the lines of other crates either.
        assert!(!text.contains("11111111111"), "{text}");

        let telling = session.with(|options| options.trace_values(true));
        telling.chats().get_picture().chat_id(CHAT).send().await.unwrap_err();
        telling.chatting().send_text().chat_id(CHAT).text("x".repeat(2000)).send().await.unwrap_err();
        let lines = ours(&traces);
        let [picture, text] = lines.as_slice() else { panic!("{lines:#?}") };
        let url = format!("url.full=\"{}/api/default/chats/11111111111%40c.us/picture\"", server.url());
        assert_has(picture, &[&url, "error.message=\"Chat 11111111111@c.us not found\""]);
        assert_has(text, &["waha.request.body=\"{", "11111111111@c.us", "xxx…\""]);
        assert!(text.len() < 1500, "{text}");
    }

    #[tokio::test]
    async fn a_timeout_ends_the_span() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::builder(url).timeout(Duration::from_millis(50)).build().unwrap();
        let traces = Traces::capture();
        client.observability().ping().send().await.unwrap_err();
        let lines = ours(&traces);
        assert_has(&lines[0], &["error.type=Timeout", "waha.attempts=1", "waha.duration_ms="]);
    }
}
