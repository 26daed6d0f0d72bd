//! The shapes of the answers about sessions, their pairing and API keys, held against those that were recorded.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use waha_sim::{Engine, Server, SessionStatus};

use super::{
    recorded::{self, Collected},
    *,
};

/// What was recorded and cannot come about here, with the reason for which it was recorded.
const NOT_MODELLED: [(&str, &str); 6] = [
    ("auth_get_passkey_challenge", "A challenge without extensions that any passkey may sign."),
    ("sessions_get", "A session that waits for a passkey, which only this engine knows."),
    ("sessions_get", "A stopped session of which nothing but the status is known."),
    ("sessions_get", "An engine that does not answer for itself."),
    ("sessions_list", "Sessions in every status, from all that is known about one to the least."),
    ("sessions_list", "The apps of each session, after `expand`."),
];

/// A server and what it has answered, by operation.
struct Scene {
    engine: Engine,
    server: Server,
    collected: Vec<Collected>,
}

impl Scene {
    async fn take(&mut self, operation: &'static str, request: RequestBuilder) -> Value {
        let answered = Answered::from(request).await;
        let value = serde_json::from_slice(&answered.bytes).unwrap_or_default();
        self.collected.push(Collected { operation, engine: self.engine, answered });
        value
    }

    async fn get(&mut self, operation: &'static str, path: &str) -> Value {
        let request = request(&self.server, Method::GET, path);
        self.take(operation, request).await
    }

    async fn send(&mut self, operation: &'static str, method: Method, path: &str, body: Value) -> Value {
        let request = request(&self.server, method, path).json(&body);
        self.take(operation, request).await
    }

    async fn post(&mut self, operation: &'static str, path: &str, body: Value) -> Value {
        self.send(operation, Method::POST, path, body).await
    }

    async fn put(&mut self, operation: &'static str, path: &str, body: Value) -> Value {
        self.send(operation, Method::PUT, path, body).await
    }

    async fn delete(&mut self, operation: &'static str, path: &str) {
        let request = request(&self.server, Method::DELETE, path);
        self.take(operation, request).await;
    }

    async fn life(&mut self) {
        let app = json!({ "app": "calls", "session": "shop", "enabled": false, "config": {
            "dm": { "reject": true, "message": "Later.", "waitBeforeDecline": 1.5, "waitBeforeResponse": 0 },
            "group": { "reject": false },
        } });
        self.get("sessions_list", "/api/sessions").await;
        self.post("sessions_create", "/api/sessions", json!({})).await;
        self.post("sessions_create", "/api/sessions", json!({ "name": "shop", "apps": [app] })).await;
        self.get("sessions_get", "/api/sessions/shop?expand=apps").await;
        self.get("sessions_get", "/api/sessions/shop").await;
        self.put("sessions_update", "/api/sessions/shop", json!({})).await;
        self.put("sessions_update", "/api/sessions/shop", json!({ "apps": [app], "config": { "debug": true } })).await;
        self.put("sessions_update", "/api/sessions/shop", json!({ "apps": [app] })).await;
        self.post("sessions_logout", "/api/sessions/shop/logout", json!({})).await;
        self.delete("sessions_delete", "/api/sessions/shop").await;
        self.post("sessions_stop", "/api/sessions/shop/stop", json!({})).await;
        self.post("sessions_create", "/api/sessions", json!({ "name": "shop", "start": true })).await;
        self.get("sessions_get_me", "/api/sessions/shop/me").await;
        self.pairing().await;
        self.server.set_status("shop", SessionStatus::Working);
        self.post("", "/api/shop/presence", json!({ "presence": "online" })).await;
        self.post("", "/api/sendText", json!({ "session": "shop", "chatId": "1", "text": "Hi" })).await;
        self.get("screenshot_get", "/api/screenshot?session=shop").await;
        for limited in [false, true] {
            if limited {
                self.server.set_timelock("shop", "BIZ_QUALITY", Some(1_790_086_400));
                self.server.set_capping("shop", 250, 231);
            }
            self.get("sessions_get_message_capping", "/api/sessions/shop/capping").await;
            self.get("sessions_get_reachout_timelock", "/api/sessions/shop/timelock").await;
            self.get("sessions_get_me", "/api/sessions/shop/me").await;
            self.get("sessions_get", "/api/sessions/shop").await;
            self.get("sessions_list", "/api/sessions?all=true").await;
            self.get("sessions_list", "/api/sessions?all=true&expand=apps").await;
        }
        self.server.set_timelock("shop", "WEB_COMPANION_ONLY", None);
        self.get("sessions_get_reachout_timelock", "/api/sessions/shop/timelock").await;
        self.put("sessions_update", "/api/sessions/shop", json!({})).await;
        self.post("sessions_restart", "/api/sessions/shop/restart", json!({})).await;
        self.post("sessions_stop", "/api/sessions/shop/stop", json!({})).await;
        self.post("sessions_start", "/api/sessions/shop/start", json!({})).await;
        self.post("sessions_logout", "/api/sessions/shop/logout", json!({})).await;
        self.post("sessions_stop_by_name", "/api/sessions/stop", json!({ "name": "shop" })).await;
        self.post("sessions_start_by_name", "/api/sessions/start", json!({ "name": "shop" })).await;
        self.post("sessions_logout_by_name", "/api/sessions/logout", json!({ "name": "shop" })).await;
    }

    async fn pairing(&mut self) {
        self.get("auth_get_qr", "/api/shop/auth/qr").await;
        self.get("auth_get_qr", "/api/shop/auth/qr?format=raw").await;
        self.get("screenshot_get", "/api/screenshot?session=shop").await;
        self.post("auth_request_code", "/api/shop/auth/request-code", json!({ "phoneNumber": "1" })).await;
        self.server.pair("shop");
        self.get("sessions_get", "/api/sessions/shop").await;
        self.get("auth_get_passkey_challenge", "/api/shop/auth/passkey/challenge").await;
        let response = json!({ "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA" });
        let assertion = json!({ "id": "a2V5", "rawId": "a2V5", "type": "public-key", "response": response });
        self.post("auth_submit_passkey", "/api/shop/auth/passkey", assertion).await;
        self.get("auth_get_passkey_confirmation", "/api/shop/auth/passkey/confirmation").await;
        self.post("auth_confirm_passkey", "/api/shop/auth/passkey/confirm", json!({})).await;
    }

    async fn keys(&mut self) {
        let actions =
            json!({ "read": true, "send": true, "control": false, "setting": false, "app": false, "delete": false });
        self.get("api_keys_list", "/api/keys").await;
        self.post("api_keys_create", "/api/keys", json!({ "isAdmin": true })).await;
        let key = self.post("api_keys_create", "/api/keys", json!({ "session": "own", "actions": actions })).await;
        self.post("api_keys_create", "/api/keys", json!({ "session": "own", "actions": { "read": true } })).await;
        self.post("api_keys_create_control", "/api/keys/control", json!({ "session": "own" })).await;
        self.post("api_keys_create_media", "/api/keys/media", json!({ "session": "own" })).await;
        let path = format!("/api/keys/{}", key["id"].as_str().unwrap());
        self.put("api_keys_update", &path, json!({ "session": "own", "isActive": false, "actions": actions })).await;
        self.get("api_keys_list", "/api/keys").await;
        self.put("api_keys_update", &path, json!({ "session": "own" })).await;
        self.get("api_keys_list", "/api/keys").await;
        self.delete("api_keys_delete", &path).await;
    }
}

#[tokio::test]
async fn answers_have_the_shapes_that_were_recorded() {
    let mut collected = Vec::new();
    for engine in ENGINES {
        let builder = Server::builder().engine(engine).passkey().session_in("own", SessionStatus::Stopped);
        let mut scene = Scene { engine, server: builder.start().await.unwrap(), collected: Vec::new() };
        scene.life().await;
        scene.keys().await;
        collected.append(&mut scene.collected);
    }
    recorded::check(&["api_keys", "auth", "screenshot", "sessions"], &collected, &NOT_MODELLED);
}
