//! Profiles, and the key, which nobody sees.

use waha_sim::{Server, SessionStatus};

use crate::support::{CHAT, KEY, Person, until};

/// Somebody who has saved the key of a server that demands one.
async fn person() -> Person {
    let person = Person::with(Server::builder().api_key(KEY).session("default")).await;
    person.run_with(["login", "--key-stdin", "--no-pair"], &format!("{KEY}\n")).ok();
    person
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_key_is_used_and_in_a_file_of_its_owner() {
    let person = person().await;
    person.run(["status"]).ok();
    let list = person.run(["config", "list"]);
    assert_eq!((&list.json()[0]["profile"], &list.json()[0]["key"]), (&"default".into(), &"in a file".into()));
    assert!(!list.out.contains(KEY));
    assert!(!person.read("config/waha/config.toml").contains(KEY));
    assert!(person.read("config/waha/keys.toml").contains(KEY));
    #[cfg(unix)]
    for file in ["config.toml", "keys.toml"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(person.path("config/waha").join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    person.run(["config", "remove", "default"]).ok();
    assert!(!person.read("config/waha/keys.toml").contains(KEY));
    person.run(["status"]).fails(4, "WAHA_API_KEY");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_goes_to_the_server_of_its_profile_only() {
    let person = person().await;
    let other = Server::builder().session("default").start().await.unwrap();
    person.run(["status", "--server", other.url()]).ok();
    assert!(!other.requests()[0].headers.contains_key("x-api-key"));
    // Nor after the profile has got another server.
    person.run(["login", "--no-pair", "--server", other.url()]).ok();
    person.run(["status", "--server", other.url()]).ok();
    assert!(other.requests().iter().all(|request| !request.headers.contains_key("x-api-key")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_is_not_saved() {
    let person = Person::with(Server::builder().api_key(KEY).session("default")).await;
    person.run_with(["login", "--key-stdin", "--no-pair"], "wrong-key\n").fails(4, "error");
    assert!(!person.path("config/waha/keys.toml").exists());
    person.run_with(["login", "--key-stdin", "--no-pair"], "").fails(2, "stdin has no key");
    person.run(["status", "--profile", "none"]).fails(2, "no profile `none`");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_keeps_a_login_from_its_end_is_told_with_what_to_do() {
    let person = Person::with(Server::builder().session_in("default", SessionStatus::ScanQrCode)).await;
    let late = person.run(["login", "--deadline", "0.5"]);
    late.fails(5, "error: the session was not paired in time");
    assert!(late.err.contains("--deadline SECONDS") && !late.err.contains("qr_code"), "{}", late.err);
    for address in ["localhost:3000", "localhost"] {
        let wrong = person.run(["login", "--server", address]);
        wrong.fails(2, "hint: an address looks like http://localhost:3000");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profiles_are_told_apart() {
    let person = person().await;
    let other = Server::builder().session("shop").start().await.unwrap();
    let mut login = person.command(["login", "--no-pair", "--profile", "shop", "--session", "shop", "--server"]);
    assert!(login.arg(other.url()).status().unwrap().success());
    let session = |args: &[&str]| {
        let mut command = person.command([args, &["status", "--query", "/session"]].concat());
        command.env_remove("WAHA_BASE_URL");
        String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
    };
    assert_eq!(session(&[]), "default");
    assert_eq!(session(&["--profile", "shop"]), "shop");
    person.run(["config", "use", "shop"]).ok();
    assert_eq!(session(&[]), "shop");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_is_in_no_output_of_any_command() {
    let mut person = person().await;
    person.key = Some(KEY);
    for line in [
        vec!["status", "-vv"],
        vec!["status", "--dry-run"],
        vec!["doctor", "-vv"],
        vec!["config", "list"],
        vec!["send", CHAT, "Hi", "-vv"],
        vec!["raw", "GET", "/api/none", "-vv"],
        vec!["status", "--session", "none", "-vv"],
        vec!["listen", "--count", "0", "-vv"],
        vec!["help", "exit-codes"],
    ] {
        let run = person.run(&line);
        assert!(!run.out.contains(KEY) && !run.err.contains(KEY), "{line:?}: {}{}", run.out, run.err);
    }
    assert!(person.run(["status", "-v"]).err.contains("sessions_get"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_paired_by_qr_code_and_by_a_code_to_type() {
    for args in [&["login", "--deadline", "60"][..], &["login", "--deadline", "60", "--phone", "11111111111"]] {
        let person = Person::with(Server::builder().real_time().session_in("default", SessionStatus::ScanQrCode)).await;
        let login = person.start(args);
        let pairing = if args.contains(&"--phone") { "auth_request_code" } else { "auth_get_qr" };
        until("the code", || person.asked().contains(&pairing)).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        person.server().pair("default");
        let run = Person::end(login);
        assert!(
            run.ok().contains(if args.contains(&"--phone") { "Link with phone number" } else { "█" }),
            "{}",
            run.out
        );
        assert!(run.out.contains("WORKING"), "{}", run.out);
        // Once more: nothing is shown, and nothing changes.
        assert!(!person.run(args).ok().contains('█'));
    }
}
