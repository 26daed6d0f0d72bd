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
        "timestamps": { "activity": null },
    });
    for path in ["/api/sessions", "/api/sessions?all=false&foo=1"] {
        assert_eq!(get(&server, path).await.json(200), json!([working]));
    }
    for path in ["/api/sessions?all=true", "/api/sessions?all=1"] {
        assert_eq!(get(&server, path).await.json(200), json!([working, stopped]));
    }
    get(&server, "/api/sessions?expand=apps").await.json(501);
}

#[tokio::test]
async fn one_session_comes_with_its_engine() {
    for (engine, expected) in [
        (Engine::Gows, json!({ "engine": "GOWS", "grpc": { "client": "READY", "stream": "READY" } })),
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
        "timestamps": { "activity": null },
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
        (json!({ "name": 5 }), vec!["name must be a string", length, letters]),
        (json!({ "name": "a", "start": "yes" }), vec!["start must be a boolean value"]),
        (json!({ "name": "a", "config": "x" }), vec!["nested property config must be either object or array"]),
        (json!({ "name": "a", "config": { "debug": "x" } }), vec!["config.debug must be a boolean value"]),
    ] {
        let answer = post(&server, "/api/sessions", request).await.json(400);
        assert_eq!(answer["message"], json!(messages));
    }
    let apps = json!({ "name": "a", "apps": [] });
    post(&server, "/api/sessions", apps).await.json(501);
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
    assert_eq!(cleared["config"], json!({}));
}

#[tokio::test]
async fn a_stop_keeps_the_phone_and_a_logout_does_not() {
    let server = server(Engine::Gows).await;
    let stopped = post(&server, "/api/sessions/default/stop", json!({})).await.json(201);
    assert_eq!(stopped["status"], "STOPPED");
    assert_eq!((&stopped["me"], &stopped["engine"]), (&me(), &json!({})));
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
