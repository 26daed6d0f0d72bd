//! Construction: addresses, keys, sessions, timeouts, the environment.

use std::time::Duration;

use waha::{Client, ErrorKind, SessionName};

use crate::support::{Reply, Server};

#[tokio::test]
async fn base_urls_ignore_a_final_slash_and_keep_their_prefix() {
    let server = Server::start(Reply::json(200, r#"{"message": "pong"}"#)).await;
    for (suffix, path) in [
        ("", "/ping"),
        ("/", "/ping"),
        ("/waha", "/waha/ping"),
        ("/a/b//", "/a/b/ping"),
        ("/with%20space", "/with%20space/ping"),
    ] {
        let client = Client::builder(format!("{}{suffix}", server.url())).build().unwrap();
        client.observability().ping().send().await.unwrap();
        assert_eq!(server.only_request().target, path, "{suffix}");
    }
}

#[test]
fn invalid_base_urls_are_refused() {
    for (address, words) in [
        ("localhost", "has no scheme"),
        ("localhost:3000", "and not with http:// or https://"),
        ("ftp://localhost", "begins with ftp:"),
        ("http://", "cannot be read"),
        ("http://a b", "cannot be read"),
        ("", "has no scheme"),
        ("http://user:password@localhost", "has a user name or a password"),
        ("http://localhost/?a=b", "has a `?`"),
        ("http://localhost/#a", "has a `?` or a `#`"),
    ] {
        let error = Client::builder(address).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{address}");
        assert!(error.message().contains(words), "{address}: {error}");
        assert!(!format!("{error} {error:?}").contains("password@"), "{error:?}");
    }
}

#[test]
fn invalid_settings_are_refused_when_the_client_is_built() {
    let builder = || Client::builder("http://localhost:3000");
    for (builder, words) in [
        (builder().api_key("two\nlines"), "line feed"),
        (builder().session("a/b"), "not a session name"),
        (builder().timeout(Duration::ZERO), "timeout of zero"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.message().contains(words), "{error}");
    }
}

#[test]
fn session_names_are_checked_and_the_default_can_be_set() {
    let client = Client::builder("http://localhost:3000").build().unwrap();
    assert_eq!(client.default_session().name().as_str(), "default");
    assert_eq!(client.session("sales-2").unwrap().name().as_str(), "sales-2");
    let name: SessionName = "other".parse().unwrap();
    assert_eq!(client.session(name.clone()).unwrap().name(), &name);
    assert_eq!(client.session(&name).unwrap().name(), &name);
    let client = Client::builder("http://localhost:3000").session("sales").build().unwrap();
    assert_eq!(client.default_session().name().as_str(), "sales");
    for name in ["", "a b", "a/b", "..", "ä", "a\n", &"a".repeat(55)] {
        assert_eq!(client.session(name).unwrap_err().kind(), ErrorKind::InvalidRequest, "{name}");
    }
    assert!(client.session("a".repeat(54)).is_ok());
}

#[tokio::test]
async fn a_call_ends_at_its_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let client = Client::builder(address).timeout(Duration::from_millis(100)).build().unwrap();
    let error = client.observability().ping().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.to_string(), "observability_ping: no answer within 100ms");
}

/// Runs a test of this binary in a process with other environment variables. Changing those of this process would
/// affect other threads.
fn in_environment(test: &str, variables: &[(&str, &str)]) -> String {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--include-ignored"])
        .env_remove("WAHA_BASE_URL")
        .env_remove("WAHA_API_KEY")
        .env_remove("WAHA_SESSION")
        .env_remove("WAHA_TIMEOUT")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "a part of the test below, which runs it in environments of its own"]
fn print_from_env() {
    match Client::from_env() {
        Ok(client) => println!("[{} {} {client:?}]", client.base_url(), client.default_session().name()),
        Err(error) => println!("[{:?} {error}]", error.kind()),
    }
}

#[test]
fn from_env_reads_and_checks_every_variable() {
    let run = |variables: &[(&str, &str)]| in_environment("client::print_from_env", variables);
    let url = ("WAHA_BASE_URL", "http://localhost:3000/");
    let printed = run(&[url]);
    assert!(printed.contains("[http://localhost:3000/ default ") && printed.contains(" timeout: None"), "{printed}");
    let printed = run(&[url, ("WAHA_API_KEY", "marker"), ("WAHA_SESSION", "sales"), ("WAHA_TIMEOUT", "2.5")]);
    assert!(
        printed.contains("[http://localhost:3000/ sales ") && printed.contains(" timeout: Some(2.5s)"),
        "{printed}"
    );
    assert!(printed.contains("api_key: true") && !printed.contains("marker"), "{printed}");
    for (variables, name) in [
        (&[][..], "WAHA_BASE_URL"),
        (&[("WAHA_BASE_URL", "")], "WAHA_BASE_URL"),
        (&[("WAHA_BASE_URL", "localhost")], "WAHA_BASE_URL"),
        (&[url, ("WAHA_API_KEY", "a\nb")], "WAHA_API_KEY"),
        (&[url, ("WAHA_SESSION", "a b")], "WAHA_SESSION"),
        (&[url, ("WAHA_TIMEOUT", "soon")], "WAHA_TIMEOUT"),
        (&[url, ("WAHA_TIMEOUT", "0")], "WAHA_TIMEOUT"),
        (&[url, ("WAHA_TIMEOUT", "-1")], "WAHA_TIMEOUT"),
        (&[url, ("WAHA_TIMEOUT", "1e300")], "WAHA_TIMEOUT"),
    ] {
        let printed = run(variables);
        assert!(printed.contains(&format!("[Configuration the environment variable {name} is wrong: ")), "{printed}");
    }
}
