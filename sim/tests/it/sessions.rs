use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use waha_sim::{Engine, Server, SessionStatus};

use super::*;

fn session_not_found() -> Value {
    json!({ "message": "Session not found", "error": "Not Found", "statusCode": 404 })
}

fn me() -> Value {
    json!({
        "id": "10000000001@c.us",
        "pushName": "Stand-in",
        "lid": "100000000000001@lid",
        "jid": "10000000001:1@s.whatsapp.net",
        "reachoutTimelock": null,
        "messageCapping": null,
    })
}

#[tokio::test]
async fn the_list_hides_stopped_sessions_unless_asked() {
    let builder = Server::builder().session("default");
    let server = builder.session_in("off", SessionStatus::Stopped).start().await.unwrap();
    let working = json!({
        "name": "default",
        "status": "WORKING",
        "config": {},
        "me": me(),
        "presence": null,
        "timestamps": { "activity": null },
    });
    let stopped = json!({
        "name": "off",
        "status": "STOPPED",
        "config": {},
        "me": null,
        "presence": null,
    });
    for path in ["/api/sessions", "/api/sessions?all=false&foo=1"] {
        assert_eq!(get(&server, path).await.json(200), json!([working]));
    }
    for path in ["/api/sessions?all=true", "/api/sessions?all=1"] {
        assert_eq!(get(&server, path).await.json(200), json!([working, stopped]));
    }
}

#[tokio::test]
async fn one_session_comes_with_its_engine() {
    for (engine, expected) in [
        (
            Engine::Gows,
            json!({
                "engine": "GOWS",
                "grpc": { "client": "READY", "stream": "READY" },
                "gows": { "found": true, "connected": true },
            }),
        ),
        (Engine::Noweb, json!({ "engine": "NOWEB" })),
        (Engine::Webjs, json!({ "engine": "WEBJS", "WWebVersion": "2.3000.0", "state": "CONNECTED" })),
        (Engine::Wpp, json!({ "engine": "WPP", "WWebVersion": "2.3000.0", "state": "CONNECTED" })),
    ] {
        let server = server(engine).await;
        let info = get(&server, "/api/sessions/default").await.json(200);
        assert_eq!(info["engine"], expected);
    }
}

#[tokio::test]
async fn an_unknown_session_is_not_found() {
    let server = server(Engine::Gows).await;
    assert_eq!(get(&server, "/api/sessions/other").await.json(404), session_not_found());
    assert_eq!(put(&server, "/api/sessions/other", json!({})).await.json(404), session_not_found());
    for action in ["start", "restart", "logout"] {
        let answer = post(&server, &format!("/api/sessions/other/{action}"), json!({})).await;
        assert_eq!(answer.json(404), session_not_found());
    }
    // These two see nothing wrong with it.
    post(&server, "/api/sessions/other/stop", json!({})).await.empty(201);
    delete(&server, "/api/sessions/other").await.empty(200);
}

#[tokio::test]
async fn a_session_is_created_started_paired_and_deleted() {
    let server = server(Engine::Gows).await;
    let config = json!({ "metadata": { "user": "1" }, "debug": false, "unknown": 1 });
    let kept = json!({ "metadata": { "user": "1" }, "debug": false });
    let request = json!({ "name": "new", "config": config });
    let created = post(&server, "/api/sessions", request).await.json(201);
    let expected = json!({
        "name": "new",
        "status": "STOPPED",
        "config": kept,
        "me": null,
        "presence": null,
        "engine": {},
    });
    assert_eq!(created, expected);

    let started = post(&server, "/api/sessions/new/start", json!({})).await.json(201);
    assert_eq!((&started["status"], &started["config"]), (&json!("STARTING"), &kept));
    let info = get(&server, "/api/sessions/new").await.json(200);
    assert_eq!(info["status"], "SCAN_QR_CODE");
    get(&server, "/api/sessions/new/me").await.empty(200);

    server.set_status("new", SessionStatus::Working);
    assert_eq!(get(&server, "/api/sessions/new/me").await.json(200), me());
    let again = post(&server, "/api/sessions/new/start", json!({})).await.json(201);
    assert_eq!(again["status"], "WORKING");

    delete(&server, "/api/sessions/new").await.empty(200);
    assert_eq!(get(&server, "/api/sessions/new").await.json(404), session_not_found());
}

#[tokio::test]
async fn a_session_can_start_as_it_is_created() {
    let server = server(Engine::Gows).await;
    let request = json!({ "name": "new", "start": true });
    let created = post(&server, "/api/sessions", request).await.json(201);
    assert_eq!((&created["status"], &created["config"]), (&json!("STARTING"), &json!({})));
}

#[tokio::test]
async fn a_session_without_a_name_gets_one() {
    let server = server(Engine::Gows).await;
    let nameless = [json!({}), json!({ "name": "" }), json!({ "name": null }), json!([1])];
    let mut names = Vec::new();
    for request in nameless {
        let created = post(&server, "/api/sessions", request).await.json(201);
        names.push(created["name"].as_str().unwrap().to_owned());
    }
    assert!(names.iter().all(|name| name.starts_with("session_") && name.len() == 34));
    names.dedup();
    assert_eq!(names.len(), 4);
    // No body at all is the same as an empty one.
    Answered::from(request(&server, Method::POST, "/api/sessions")).await.json(201);
}

#[tokio::test]
async fn a_name_is_given_out_once() {
    let server = server(Engine::Gows).await;
    let answer = post(&server, "/api/sessions", json!({ "name": "default" })).await.json(422);
    let expected = json!({
        "message": "Session 'default' already exists. Use PUT to update it.",
        "error": "Unprocessable Entity",
        "statusCode": 422,
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn the_body_of_a_session_is_checked() {
    let server = server(Engine::Gows).await;
    let letters = "Session name can only contain alphanumeric characters, hyphens, and \
                   underscores (a-z, A-Z, 0-9, -, _) or be empty";
    let length = "name must be shorter than or equal to 54 characters";
    for (request, messages) in [
        (json!({ "name": "a b" }), vec![letters]),
        (json!({ "name": "x".repeat(55) }), vec![length]),
        (json!({ "name": 5 }), vec!["name must be a string"]),
        (json!({ "name": "a", "start": "yes" }), vec!["start must be a boolean value"]),
        (json!({ "name": "a", "config": "x" }), vec!["nested property config must be either object or array"]),
        (json!({ "name": "a", "config": { "debug": "x" } }), vec!["config.debug must be a boolean value"]),
    ] {
        let answer = post(&server, "/api/sessions", request).await.json(400);
        assert_eq!(answer["message"], json!(messages));
    }
}

#[tokio::test]
async fn an_update_replaces_the_config_and_restarts() {
    let server = server(Engine::Gows).await;
    let config = json!({ "config": { "debug": true } });
    let updated = put(&server, "/api/sessions/default", config).await.json(200);
    assert_eq!(updated["config"], json!({ "debug": true }));
    assert_eq!(updated["status"], "STARTING");
    let info = get(&server, "/api/sessions/default").await.json(200);
    assert_eq!(info["status"], "WORKING");
    let cleared = put(&server, "/api/sessions/default", json!({})).await.json(200);
    assert!(cleared.get("config").is_none(), "{cleared}");
}

#[tokio::test]
async fn a_stop_keeps_the_phone_and_a_logout_does_not() {
    let server = server(Engine::Gows).await;
    let stopped = post(&server, "/api/sessions/default/stop", json!({})).await.json(201);
    assert_eq!(stopped["status"], "STOPPED");
    assert_eq!((&stopped["me"], &stopped["engine"]), (&Value::Null, &json!({})));
    let again = post(&server, "/api/sessions/default/stop", json!({})).await.json(201);
    assert_eq!(again, stopped);

    let restarted = post(&server, "/api/sessions/default/restart", json!({})).await.json(201);
    assert_eq!(restarted["status"], "STARTING");
    assert_eq!(get(&server, "/api/sessions/default").await.json(200)["status"], "WORKING");

    let left = post(&server, "/api/sessions/default/logout", json!({})).await.json(201);
    assert_eq!((&left["status"], &left["me"]), (&json!("STARTING"), &Value::Null));
    assert_eq!(get(&server, "/api/sessions/default").await.json(200)["status"], "SCAN_QR_CODE");
}

#[tokio::test]
async fn a_stopped_session_stays_so_when_logged_out() {
    let builder = Server::builder().session_in("off", SessionStatus::Stopped);
    let server = builder.start().await.unwrap();
    let answer = post(&server, "/api/sessions/off/logout", json!({})).await.json(201);
    assert_eq!(answer["status"], "STOPPED");
}

#[tokio::test]
async fn me_wants_a_session_that_runs() {
    let builder = Server::builder().session_in("off", SessionStatus::Stopped);
    let server = builder.start().await.unwrap();
    for name in ["off", "other"] {
        let answer = get(&server, &format!("/api/sessions/{name}/me")).await.json(404);
        let message = format!(
            "We didn't find a session with name '{name}'.\nPlease start it first by using POST \
             /api/sessions/{name}/start request"
        );
        assert_eq!(answer["message"], message);
    }
}

#[tokio::test]
async fn a_start_takes_as_long_as_it_is_told() {
    let builder = Server::builder().start_up(Duration::from_secs(4));
    let server = builder.session_in("off", SessionStatus::Stopped).start().await.unwrap();
    post(&server, "/api/sessions/off/start", json!({})).await.json(201);
    let status = async || get(&server, "/api/sessions/off").await.json(200)["status"].clone();
    server.advance(Duration::from_secs(3));
    assert_eq!(status().await, "STARTING");
    server.advance(Duration::from_secs(1));
    assert_eq!(status().await, "SCAN_QR_CODE");
}

#[tokio::test]
async fn the_deprecated_routes_say_less() {
    let server = Server::builder().start().await.unwrap();
    let started = post(&server, "/api/sessions/start", json!({ "name": "a" })).await.json(201);
    assert_eq!(started, json!({ "name": "a", "status": "STARTING" }));
    assert_eq!(post(&server, "/api/sessions/start", json!({ "name": "a" })).await.status, 422);
    post(&server, "/api/sessions/stop", json!({ "name": "a" })).await.empty(201);
    assert_eq!(get(&server, "/api/sessions/a").await.json(200)["status"], "STOPPED");
    post(&server, "/api/sessions/logout", json!({ "name": "a" })).await.empty(201);
    get(&server, "/api/sessions/a").await.json(404);
}

#[tokio::test]
async fn nothing_holds_an_account_back() {
    for engine in ENGINES {
        let server = server(engine).await;
        let (capping, timelock) = ("/api/sessions/default/capping", "/api/sessions/default/timelock");
        if engine == Engine::Wpp {
            get(&server, capping).await.json(501);
            get(&server, timelock).await.json(501);
        } else {
            assert_eq!(get(&server, capping).await.json(200)["cappingStatus"], "NONE");
            assert_eq!(get(&server, timelock).await.json(200)["isActive"], false);
        }
        get(&server, "/api/sessions/other/capping").await.json(404);
    }
}

#[tokio::test]
async fn limits_of_an_account_are_told() {
    let server = server(Engine::Gows).await;
    server.set_timelock("default", "BIZ_QUALITY", Some(1_795_500_000));
    server.set_capping("default", 250, 250);
    let timelock = get(&server, "/api/sessions/default/timelock").await.json(200);
    assert_eq!((&timelock["isActive"], &timelock["timeEnforcementEnds"]), (&json!(true), &json!(1_795_500_000)));
    let capping = get(&server, "/api/sessions/default/capping").await.json(200);
    assert_eq!(capping["cappingStatus"], "CAPPED");
    let me = get(&server, "/api/sessions/default/me").await.json(200);
    assert_eq!((&me["reachoutTimelock"], &me["messageCapping"]), (&timelock, &capping));
    let told: Vec<_> = server.events().iter().map(|event| event["payload"]["data"].clone()).collect();
    assert_eq!(told, [json!({ "reachoutTimelock": timelock }), json!({ "messageCapping": capping })]);
}

#[tokio::test]
async fn apps_come_and_go_with_their_session() {
    let server = Server::builder().start().await.unwrap();
    let app = json!({ "app": "calls", "session": "new", "enabled": true, "config": { "dm": { "reject": true }, "group": { "reject": false } } });
    let created = post(&server, "/api/sessions", json!({ "name": "new", "apps": [app] })).await.json(201);
    assert_eq!((&created["apps"][0]["app"], &created["apps"][0]["session"]), (&json!("calls"), &json!("new")));
    let told = get(&server, "/api/sessions/new?expand=apps").await.json(200);
    assert_eq!(told["apps"], created["apps"]);
    assert!(get(&server, "/api/sessions/new").await.json(200).get("apps").is_none());
    let listed = get(&server, "/api/sessions?all=true&expand=apps").await.json(200);
    assert_eq!(listed[0]["apps"], created["apps"]);
    let replaced = put(&server, "/api/sessions/new", json!({ "apps": [] })).await.json(200);
    assert_eq!(replaced["apps"], json!([]));
}
