//! Which requests go through a proxy of the environment, tried in processes of their own.

use std::{env, process::Command};

use waha::{Client, RequestOptions};

use crate::support::{Reply, Server};

/// Tells the process that it is to send a request to this server.
const TARGET: &str = "WAHA_TEST_PROXY_TARGET";

/// The proxy and the exceptions that the process sets by its options.
const PROXY: &str = "WAHA_TEST_PROXY";
const NO_PROXY_FOR: &str = "WAHA_TEST_NO_PROXY_FOR";

const VARIABLES: [&str; 9] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "REQUEST_METHOD",
];

/// Variables, the server's address, and whether a request to it goes through the proxy.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, bool);

/// Sends a request as the variables say.
async fn send(target: &str) {
    let mut options = RequestOptions::new();
    if let Ok(proxy) = env::var(PROXY) {
        options = options.proxy(&proxy).unwrap();
    }
    if let Ok(hosts) = env::var(NO_PROXY_FOR) {
        options = options.no_proxy_for(hosts);
    }
    let client = Client::builder(target).options(options).build().unwrap();
    assert_eq!(client.observability().ping().await.unwrap().message, "pong");
}

#[tokio::test]
async fn hosts_that_bypass_a_proxy_bypass_that_of_the_environment_too() {
    if let Ok(target) = env::var(TARGET) {
        return send(&target).await;
    }
    let pong = || Reply::json(200, r#"{"message": "pong"}"#);
    let (server, proxy) = (Server::start(pong()).await, Server::start(pong()).await);
    let port = server.url().rsplit(':').next().unwrap();
    let (by_address, by_name) = (server.url().to_owned(), format!("http://localhost:{port}"));
    let proxy_url = proxy.url();
    let without_scheme = proxy_url.strip_prefix("http://").unwrap();
    let cases: [Case<'_>; 19] = [
        (&[], &by_address, false),
        (&[("HTTP_PROXY", proxy_url)], &by_address, true),
        (&[("http_proxy", without_scheme)], &by_name, true),
        (&[("ALL_PROXY", proxy_url)], &by_address, true),
        (&[("HTTPS_PROXY", proxy_url)], &by_address, false),
        (&[("HTTP_PROXY", proxy_url), ("REQUEST_METHOD", "GET")], &by_address, false),
        (&[("HTTP_PROXY", "not an address"), ("ALL_PROXY", "::")], &by_address, false),
        (&[("HTTP_PROXY", proxy_url), ("NO_PROXY", "*")], &by_address, false),
        (&[("HTTP_PROXY", proxy_url), ("no_proxy", "example.org, *")], &by_name, false),
        (&[("HTTP_PROXY", proxy_url), ("NO_PROXY", "127.0.0.0/8")], &by_address, false),
        (&[("HTTP_PROXY", proxy_url), ("NO_PROXY", "example.org")], &by_address, true),
        (&[("HTTP_PROXY", proxy_url), (NO_PROXY_FOR, "*")], &by_address, false),
        (&[("HTTP_PROXY", proxy_url), (NO_PROXY_FOR, "localhost")], &by_name, false),
        (&[("ALL_PROXY", proxy_url), (NO_PROXY_FOR, "127.0.0.1")], &by_address, false),
        (&[("HTTP_PROXY", proxy_url), (NO_PROXY_FOR, "example.org")], &by_address, true),
        // The option replaces the variable.
        (&[("HTTP_PROXY", proxy_url), ("NO_PROXY", "*"), (NO_PROXY_FOR, "")], &by_address, true),
        (&[(PROXY, proxy_url), ("NO_PROXY", "*")], &by_address, false),
        (&[(PROXY, proxy_url), ("NO_PROXY", "*"), (NO_PROXY_FOR, "example.org")], &by_address, true),
        (&[(PROXY, proxy_url), (NO_PROXY_FOR, "*")], &by_address, false),
    ];
    for (variables, target, is_proxied) in cases {
        let name = "proxy::hosts_that_bypass_a_proxy_bypass_that_of_the_environment_too";
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", name]).env(TARGET, target);
        for variable in VARIABLES {
            command.env_remove(variable);
        }
        command.envs(variables.iter().copied());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains("1 passed"), "{variables:?}: {said}");
        let arrived = (proxy.take_requests().len(), server.take_requests().len());
        assert_eq!(arrived, if is_proxied { (1, 0) } else { (0, 1) }, "{variables:?} {target}");
    }
}
