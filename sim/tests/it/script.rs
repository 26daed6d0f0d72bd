//! Scenarios, as the program plays them.

use std::{fs, path::Path, time::Duration};

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{
    program::{Running, output},
    *,
};

const HIKERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hikers.yaml");

impl Running {
    async fn get(&self, path: &str) -> Value {
        Answered::from(CLIENT.get(format!("{}{path}", self.url))).await.json(200)
    }

    /// The texts that a session has received so far.
    async fn received(&self) -> Vec<String> {
        let events = self.get("/__sim/events").await;
        let received = events.as_array().unwrap().iter().filter(|event| event["event"] == "message");
        received.map(|event| event["payload"]["body"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until what a test wants to see is there.
    async fn until(&self, what: impl AsyncFn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !what(self).await {
            assert!(Instant::now() < deadline, "{:?}", self.received().await);
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A script in a file of its own, which is removed again.
struct Script(std::path::PathBuf);

impl Script {
    fn new(name: &str, text: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

#[tokio::test]
async fn the_example_happens_as_it_is_written() {
    let program = Running::start(&["--script", HIKERS]);
    program.until(async |program| program.received().await.iter().filter(|text| *text == "Hello?").count() == 3).await;
    assert_eq!(program.received().await[0], "When does the train leave?");
    let events = program.get("/__sim/events").await;
    let reaction = events.as_array().unwrap().iter().find(|event| event["event"] == "message.reaction").unwrap();
    assert_eq!(reaction["payload"]["reaction"]["text"], "🚆");
    program.until(async |program| program.get("/api/sessions/shop").await["status"] == "WORKING").await;
    let group = program.get("/api/default/groups/120363000000000001@g.us").await;
    assert!(group.to_string().contains("Hikers"), "{group}");

    let send = |text: &str| {
        let body = json!({ "session": "default", "chatId": "11111111111@c.us", "text": text });
        CLIENT.post(format!("{}/api/sendText", program.url)).json(&body).send()
    };
    assert!(send("ping").await.is_err(), "the answer to the first text is lost");
    program.until(async |program| program.received().await.contains(&"pong".to_owned())).await;
    let image = json!({ "session": "default", "chatId": "11111111111@c.us", "file": { "url": "http://a.b/c.png" } });
    let limited = program.post("/api/sendImage", image).await.json(500);
    assert!(limited.to_string().contains("rate-overlimit"), "{limited}");
    for (question, answer) in [("When?", "You asked: When?"), ("At noon", "I see")] {
        assert_eq!(send(question).await.unwrap().status(), 201);
        program.until(async |program| program.received().await.contains(&answer.to_owned())).await;
    }
}

#[tokio::test]
async fn an_entry_that_fails_is_in_the_log_with_its_line_and_the_reason() {
    let script = Script::new(
        "fails.yaml",
        "timeline:\n  - at: 0\n    receive: { session: none, from: 1, text: Hi }\n  - at: 0\n    \
         react: { session: none, from: 1, message: $last, text: Hi }\n",
    );
    let mut program = Running::start(&["--script", script.path()]);
    assert_eq!(program.line(), "failed SCRIPT line 2: receive (Session not found)");
    assert_eq!(program.line(), "failed SCRIPT line 4: react (Session not found)");
}

#[tokio::test]
async fn the_newest_message_of_the_account_can_be_meant() {
    let script = Script::new(
        "last.yaml",
        "sessions: { default: WORKING }\npeople: [{ id: 1 }]\ntimeline:\n  - at: 0\n    \
         write_on_phone: { session: default, chat: 1, text: Tea? }\n  - at: 0\n    \
         react: { session: default, from: 1, message: $last, text: 👍 }\n",
    );
    let mut program = Running::start(&["--script", script.path()]);
    assert_eq!(program.line(), "ok SCRIPT line 4: write_on_phone");
    assert_eq!(program.line(), "ok SCRIPT line 6: react");
    let events = program.get("/__sim/events").await;
    let reaction = events.as_array().unwrap().iter().find(|event| event["event"] == "message.reaction").unwrap();
    assert!(reaction["payload"]["reaction"]["messageId"].as_str().unwrap().starts_with("true_1@c.us_"), "{reaction}");
}

#[test]
fn a_script_that_is_wrong_is_refused_with_its_name_and_the_line() {
    let script = Script::new("wrong.yaml", "people:\n  - id: 11111111111\n    nmae: Ada\n");
    for (arguments, reason) in [
        (&["--script", script.path()][..], format!("{}:3: ", script.path())),
        (&["--script", "none.yaml"], "none.yaml: cannot be read".to_owned()),
        (&["--script", HIKERS, "--script", HIKERS], "only one script".to_owned()),
    ] {
        let output = output(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(&reason), "{error}");
    }
}
