//! A program that is tested with the stand-in: people who answer, every engine, and whatever can go wrong.
//!
//! ```text
//! $ cargo test --example stand_in
//! running 3 tests
//! test tests::a_session_that_is_not_paired_is_an_error ... ok
//! test tests::nobody_is_asked_twice_where_the_answer_is_lost ... ok
//! test tests::the_answer_is_found_on_every_engine ... ok
//!
//! test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in …s
//! ```

use std::time::Duration;

use tokio::time::sleep;
use waha::{Client, Session};

/// Asks somebody a question, and waits for the answer.
async fn ask(session: &Session, number: &str, question: &str) -> Result<Option<String>, waha::Error> {
    let chat = session.chat(number)?;
    match chat.send_text(question).await {
        // It may be there all the same: a second question would be worse than none.
        Err(error) if error.may_have_arrived() => eprintln!("{error}"),
        result => drop(result?),
    }
    for _ in 0..60 {
        let last = chat.messages().limit(1).await?;
        if let Some(answer) = last.first().filter(|message| !message.is_from_me()) {
            return Ok(answer.text().map(str::to_owned));
        }
        sleep(Duration::from_secs(1)).await;
    }
    Ok(None)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let number = std::env::var("WAHA_TO")?;
    println!("{:?}", ask(&Client::from_env()?.default_session(), &number, "Lunch?").await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use waha::ErrorKind;
    use waha_sim::{Engine, Fault, Server, SessionStatus};

    use super::*;

    const ADA: &str = "11111111111@c.us";

    async fn server(engine: Engine) -> (Server, Session) {
        let server = Server::builder().engine(engine).session("default");
        let server = server.person(ADA, |ada| ada.replies("Lunch?", "At noon!")).start().await.expect("a free port");
        let session = Client::builder(server.url()).build().expect("a client").default_session();
        (server, session)
    }

    #[tokio::test]
    async fn the_answer_is_found_on_every_engine() {
        for engine in [Engine::Gows, Engine::Noweb, Engine::Webjs, Engine::Wpp] {
            let (server, session) = server(engine).await;
            assert_eq!(ask(&session, ADA, "Lunch?").await.expect("it works").as_deref(), Some("At noon!"), "{engine}");
            let differences = server.requests().into_iter().flat_map(|request| request.violations);
            assert_eq!(differences.collect::<Vec<_>>(), [""; 0], "the requests are as the API documents them");
        }
    }

    #[tokio::test]
    async fn nobody_is_asked_twice_where_the_answer_is_lost() {
        let (server, session) = server(Engine::Gows).await;
        server.fault(Fault::on("chatting_send_text").performed().reset_before_answer());
        assert_eq!(ask(&session, ADA, "Lunch?").await.expect("it works").as_deref(), Some("At noon!"));
        let sent = server.requests().iter().filter(|it| it.operation == Some("chatting_send_text")).count();
        assert_eq!(sent, 1);
    }

    #[tokio::test]
    async fn a_session_that_is_not_paired_is_an_error() {
        let (server, session) = server(Engine::Gows).await;
        server.set_status("default", SessionStatus::ScanQrCode);
        let error = ask(&session, ADA, "Lunch?").await.expect_err("nobody can be asked");
        assert_eq!(error.kind(), ErrorKind::SessionNotReady);
    }
}
