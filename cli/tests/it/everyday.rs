//! What people do all day.

use serde_json::json;
use waha_sim::{Fault, Incoming, Server};

use crate::support::{CHAT, GROUP, KEY, Person};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_sent_changed_and_shown() {
    let person = Person::new().await;
    let sent = person.run(["send", "+1 111 111 1111", "Lunch?", "-o", "json"]).json();
    assert_eq!(sent["chatId"], CHAT);
    let id = sent["id"].as_str().unwrap();
    assert_eq!(person.run(["send", CHAT, "-", "--query", "/chatId"]).code, 2);
    assert_eq!(person.run_with(["send", CHAT, "-", "--query", "/chatId"], "At noon\n").ok(), CHAT);
    assert_eq!(person.last_body()["text"], "At noon");
    person.run(["react", id, "👍"]).ok();
    assert_eq!(person.last_body(), json!({ "session": "default", "messageId": id, "reaction": "👍" }));
    assert_eq!(person.run(["edit", id, "Dinner?", "-o", "table"]).ok(), format!("edited {id}"));
    assert_eq!(person.run(["react", id, "", "-o", "table"]).ok(), format!("took the reaction away from {id}"));
    let messages = person.run(["messages", CHAT, "-o", "table"]);
    assert!(messages.ok().contains("me: Dinner?"), "{}", messages.out);
    assert_eq!(person.run(["messages", CHAT, "-n", "1"]).json().as_array().unwrap().len(), 1);
    person.run(["delete", id]).ok();
    assert_eq!(person.asked().last(), Some(&"chats_delete_message"));
    person.run(["delete", "AAAA"]).fails(2, "does not tell the chat");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_forwarded() {
    let person = Person::with(Server::builder().engine(waha_sim::Engine::Webjs).session("default")).await;
    let id = person.server().receive("default", Incoming::text("11111111111", "Hi"));
    person.run(["forward", &id, "22222222222"]).ok();
    assert_eq!(person.last_body()["chatId"], "22222222222@c.us");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_sent_each_as_what_it_is() {
    let person = Person::new().await;
    for name in ["a.jpg", "b.mp4", "c.pdf"] {
        person.write(name, name);
    }
    person.run(["send-file", CHAT, "a.jpg", "b.mp4", "c.pdf", "--caption", "Three"]).ok();
    assert_eq!(person.asked(), ["chatting_send_image", "chatting_send_video", "chatting_send_file"]);
    let first: serde_json::Value = serde_json::from_slice(&person.server().requests()[0].body).unwrap();
    assert_eq!((&first["caption"], &first["file"]["data"]), (&json!("Three"), &json!("YS5qcGc=")));
    assert_eq!(person.last_body()["caption"], json!(null));
    person.run(["send-file", CHAT, "a.jpg", "none.pdf"]).fails(2, "none.pdf");
    person.write("empty.pdf", "");
    person.run(["send-file", CHAT, "a.jpg", "empty.pdf"]).fails(2, "`empty.pdf` is empty");
    assert_eq!(person.asked().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_made_and_administered() {
    let builder = Server::builder().session("default").person(CHAT, |ada| ada);
    let person = Person::with(builder.person("22222222222@c.us", |bob| bob)).await;
    let group = person.run(["group", "create", "Hikers", "11111111111", "--query", "/id"]).ok().to_owned();
    let added = person.run(["group", "add", &group, "22222222222"]);
    assert_eq!(added.json()[0]["success"], true);
    person.run(["group", "promote", &group, "22222222222"]).ok();
    person.run(["group", "demote", &group, "22222222222"]).ok();
    let members = person.run(["group", "members", &group, "-o", "table"]);
    assert!(members.ok().contains("22222222222"), "{}", members.out);
    assert!(person.run(["group", "invite", &group, "-o", "table"]).ok().starts_with("https://chat.whatsapp.com/"));
    person.run(["group", "remove", &group, "22222222222"]).ok();
    person.run(["group", "add", &group, "33333333333"]).fails(4, "all of them were refused");
    person.run(["group", "add", &group, "22222222222", "33333333333"]).fails(12, "1 of 2 were refused");
    person.run(["group", "members", GROUP]).fails(11, "item-not-found");
    person.run(["group", "members", "nothing"]).fails(2, "@g.us");
    assert_eq!(person.run(["group", "list", "-o", "table"]).ok(), format!("Hikers ({group})"));
    assert_eq!(person.run(["group", "list"]).json().as_array().unwrap().len(), 1);
    assert_eq!(person.run(["group", "leave", &group, "-o", "table"]).ok(), format!("left {group}"));
    assert!(person.asked().contains(&"groups_leave"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_checked() {
    let person = Person::new().await;
    person.write("numbers.txt", "# people\n11111111111\n\n99999999999\n");
    let checked = person.run(["check", "numbers.txt", "-o", "table"]);
    assert!(checked.ok().contains("11111111111  yes  11111111111@c.us"), "{}", checked.out);
    assert_eq!(checked.out.lines().count(), 2);
    person.write("wrong.txt", "11111111111\nBob\n");
    person.run(["check", "wrong.txt"]).fails(2, "line 2 of `wrong.txt`");
    person.run(["check", "none.txt"]).fails(2, "there is no file `none.txt`");
    person.run(["check", "0111"]).fails(2, "the code of the country");
    // What fails for all is told once, and ends it.
    person.server().set_status("default", waha_sim::SessionStatus::Stopped);
    let stopped = person.run(["check", "11111111111", "22222222222", "-o", "table"]);
    stopped.fails(5, "waha login");
    assert_eq!((stopped.out.as_str(), stopped.err.matches("422").count()), ("", 1), "{}", stopped.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_answer_is_lost_is_looked_for() {
    for engine in [waha_sim::Engine::Gows, waha_sim::Engine::Noweb, waha_sim::Engine::Webjs, waha_sim::Engine::Wpp] {
        let person = Person::with(Server::builder().engine(engine).session("default")).await;
        let send = ["send", CHAT, "Hi", "--settle-time", "0.3", "-o", "json"];
        // It is there.
        person.server().fault(Fault::on("chatting_send_text").times(1).performed().reset_before_answer());
        assert_eq!(person.run(send).json()["chatId"], CHAT, "{engine:?}");
        assert_eq!(person.server().sent().len(), 1, "{engine:?}");
        // It is not there.
        person.server().fault(Fault::on("chatting_send_text").times(1).bad_gateway());
        let run = person.run(send);
        match engine {
            waha_sim::Engine::Gows | waha_sim::Engine::Noweb => drop(run.json()),
            _ => run.fails(8, "look before you repeat it"),
        }
        assert!(!run.err.contains("outcome_of"), "{}", run.err);
        let arrived = if run.code == 0 { 2 } else { 1 };
        assert_eq!(person.server().sent().len(), arrived, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_files_are_taken_as_people_have_them() {
    let person = Person::new().await;
    // As an editor of Windows writes it.
    person.write("list.txt", "\u{feff}+1 111 111 1111\r\n\r\n# Bob\r\n22222222222\r\n");
    assert_eq!(person.run(["check", "list.txt"]).json().as_array().unwrap().len(), 2);
    assert_eq!(person.run(["broadcast", "--to", "list.txt", "Hi", "--yes"]).json()["sent"], 2);
    person.write("body.json", "\u{feff}{\"session\": \"default\", \"chatId\": \"11111111111@c.us\", \"text\": \"Hi\"}");
    person.run(["raw", "POST", "/api/sendText", "--body", "@body.json"]).ok();
    person.write("wide.txt", [0xff, 0xfe, b'1', 0]);
    person.run(["check", "wide.txt"]).fails(2, "save it as UTF-8");
    person.run(["broadcast", "--to", "wide.txt", "Hi", "--yes"]).fails(2, "`wide.txt` is no text in UTF-8");
    person.run(["raw", "POST", "/api/sendText", "--body", "@wide.txt"]).fails(2, "no text in UTF-8");
    person.write("table.csv", "name,number\nAda,11111111111\n");
    person.run(["check", "table.csv"]).fails(2, "one number or id on each line");
    person.run(["broadcast", "--to", "table.csv", "Hi", "--yes"]).fails(2, "one number or id on each line");
    person.run(["send-file", CHAT, "."]).fails(2, "`.` is a folder");
    person.run(["export", CHAT, "--to", "list.txt"]).fails(2, "--to names a folder");
    let nothing = person.run(["export", "33333333333", "--to", "nothing"]);
    assert!(nothing.json()["messages"] == 0 && nothing.err.contains("no messages of this chat"), "{}", nothing.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_of_any_command_is_sent_with_its_type_and_name() {
    use base64::{Engine, engine::general_purpose::STANDARD};

    let person = Person::new().await;
    let bytes: Vec<u8> = (0..300_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    person.write("a cat.png", &bytes);
    let send = ["chatting", "send-image", "--chat-id", CHAT, "--file"];
    person.run([&send[..], &["a cat.png", "--caption", "A cat"]].concat()).ok();
    let body = person.last_body();
    assert_eq!((&body["caption"], &body["file"]["filename"]), (&"A cat".into(), &"a cat.png".into()));
    assert_eq!(body["file"]["mimetype"], "image/png");
    assert_eq!(STANDARD.decode(body["file"]["data"].as_str().unwrap()).unwrap(), bytes);
    person.run(["profile", "set-picture", "--file", "a cat.png"]).ok();
    assert_eq!(STANDARD.decode(person.last_body()["file"]["data"].as_str().unwrap()).unwrap(), bytes);
    person.run([&send[..], &["https://example.org/cat.png"]].concat()).ok();
    assert_eq!(person.last_body()["file"], serde_json::json!({ "url": "https://example.org/cat.png" }));
    person.run([&send[..], &["none.png"]].concat()).fails(2, "the file `none.png` cannot be read");
    person.run([&send[..], &["."]].concat()).fails(2, "`.` is a folder");
    let shown = person.run([&send[..], &["a cat.png", "--dry-run"]].concat()).json();
    assert!(shown["body"]["file"]["data"].as_str().unwrap().contains("300000 bytes of a cat.png"), "{shown}");
    // A name that is no text.
    #[cfg(target_os = "linux")]
    {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

        let name = OsStr::from_bytes(b"c\xffat.png");
        std::fs::write(person.home.path().join(name), &bytes).unwrap();
        person.run([OsStr::new("send-file"), OsStr::new(CHAT), name]).ok();
        assert_eq!(person.asked().last(), Some(&"chatting_send_image"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_to_convert_is_sent_without_its_type_and_name() {
    use base64::{Engine, engine::general_purpose::STANDARD};

    let person = Person::new().await;
    person.write("hello.mp3", "a recording");
    for action in ["convert-voice", "convert-video"] {
        let convert = ["media", action, "--out", "converted", "--file"];
        person.run([&convert[..], &["hello.mp3"]].concat()).ok();
        assert_eq!(person.last_body(), json!({ "data": STANDARD.encode("a recording") }));
        person.run([&convert[..], &["https://example.org/hello.mp3"]].concat());
        assert_eq!(person.last_body(), json!({ "url": "https://example.org/hello.mp3" }));
        person.run([&convert[..], &["none.mp3"]].concat()).fails(2, "the file `none.mp3` cannot be read");
        person.run([&convert[..], &["."]].concat()).fails(2, "`.` is a folder");
        let shown = person.run([&convert[..], &["hello.mp3", "--dry-run"]].concat()).json();
        assert_eq!(shown["body"], json!({ "data": "… (11 bytes of hello.mp3 in Base64)" }));
    }
}

/// The most memory that a command has taken until the server answers it, in KiB.
#[cfg(target_os = "linux")]
async fn peak(person: &Person, operation: &str, line: &[&str]) -> u64 {
    person.server().fault(waha_sim::Fault::on(operation).delay(std::time::Duration::from_secs(600)));
    let before = person.asked().len();
    let mut child = person.start(line);
    crate::support::until("the file", || person.asked().len() > before).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    person.server().clear_faults();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_takes_no_more_memory_than_a_small_one() {
    const SIZE: usize = 12 << 20;

    let person = Person::new().await;
    person.write("small", "small");
    person.write("large", vec![7; SIZE]);
    for (operation, line) in [
        ("media_convert_voice", &["media", "convert-voice", "--out", "converted", "--file"][..]),
        ("media_convert_video", &["media", "convert-video", "--out", "converted", "--file"]),
        ("chatting_send_file", &["chatting", "send-file", "--chat-id", CHAT, "--file"]),
        ("chatting_send_file", &["send-file", CHAT]),
    ] {
        let small = peak(&person, operation, &[line, &["small"]].concat()).await;
        let large = peak(&person, operation, &[line, &["large"]].concat()).await;
        assert!(person.server().requests().last().unwrap().body.len() > SIZE / 3 * 4, "{line:?}");
        assert!(large < small + 4096, "{line:?}: {small} KiB, {large} KiB");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_has_the_exit_code_of_its_kind() {
    let person = Person::new().await;
    let send = ["send", CHAT, "Hi", "--settle-time", "0.1"];
    let fault = |fault: Fault| {
        person.server().clear_faults();
        person.server().fault(fault);
        person.run(send)
    };
    fault(Fault::on("chatting_send_text").refused(404, "refused")).fails(3, "404");
    fault(Fault::on("chatting_send_text").refused(403, "refused")).fails(4, "403");
    fault(Fault::on("chatting_send_text").refused(429, "refused")).fails(6, "wait");
    fault(Fault::on("chatting_send_text").refused(501, "refused")).fails(10, "doctor");
    // A send that was cut off may have been done; a list that was cut off was not.
    fault(Fault::on("chatting_send_text").bad_gateway()).fails(8, "look before you repeat it");
    person.server().clear_faults();
    person.run(["send", CHAT, "Hi", "--session", "none"]).fails(3, "none");
    person.server().set_status("default", waha_sim::SessionStatus::Stopped);
    person.run(send).fails(5, "waha login");
    let mut person = Person::alone();
    person.run(["status", "--server", "http://127.0.0.1:9"]).fails(9, "waha doctor");
    person.run(["status", "--server", "nowhere"]).fails(2, "base URL");
    person = Person::with(Server::builder().api_key(KEY)).await;
    person.run(["status"]).fails(4, "WAHA_API_KEY");
    let codes = person.run(["help", "exit-codes"]);
    let readme = include_str!("../../README.md");
    for line in codes.ok().lines().skip(1) {
        let (code, meaning) = line.trim().split_once("  ").unwrap();
        assert!(readme.contains(&format!("| {code} | {meaning} |")), "{line} is not in the README");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_sends_nothing_and_masks_the_key() {
    let mut person = Person::with(Server::builder().api_key(KEY).session("default")).await;
    person.key = Some(KEY);
    person.write("cat.jpg", vec![0; 3000]);
    for line in [
        vec!["send", CHAT, "it's"],
        vec!["send-file", CHAT, "cat.jpg"],
        vec!["chats", "list", "--all"],
        vec!["group", "create", "Hikers"],
        vec!["raw", "POST", "/api/{session}/new", "--body", "{}"],
        vec![
            "sessions",
            "create",
            "--config",
            r#"{"webhooks": [{"url": "http://a", "events": ["*"], "hmac": {"key": "hush"}}]}"#,
        ],
    ] {
        let run = person.run([&line[..], &["--dry-run", "-o", "table"]].concat());
        assert!(run.ok().contains("X-Api-Key: ***") && run.out.contains("curl -X "), "{}", run.out);
        assert!(!run.out.contains("hush") && run.out.len() < 1500, "{}", run.out);
    }
    let shown = person.run(["send", CHAT, "it's", "--dry-run"]).json();
    assert_eq!((&shown["method"], &shown["body"]["text"]), (&json!("POST"), &json!("it's")));
    assert!(shown["curl"].as_str().unwrap().contains(r"it'\''s"));
    person.run(["listen", "--dry-run"]).fails(2, "--dry-run");
    assert_eq!(person.asked(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_what_is_wrong() {
    let mut person =
        Person::with(Server::builder().api_key(KEY).session_in("default", waha_sim::SessionStatus::ScanQrCode)).await;
    let found = |run: crate::support::Run, code: i32, words: &str| {
        assert_eq!(run.code, code, "{}{}", run.out, run.err);
        assert!(run.out.contains(words), "{words}: {}", run.out);
    };
    found(person.run(["doctor", "-o", "table"]), 4, "WAHA_API_KEY");
    person.key = Some(KEY);
    found(person.run(["doctor", "-o", "table"]), 5, "waha login");
    found(person.run(["doctor", "-o", "table", "--session", "none"]), 3, "waha login makes one");
    person.server().pair("default");
    found(person.run(["doctor", "-o", "table"]), 0, "ok  engine   GOWS");
    found(person.run(["doctor", "-o", "table", "--server", "http://127.0.0.1:9"]), 9, "start the server");
}
