//! A program that is tested with mocks: for each call the request that is expected, and the answer to give.
//!
//! Mocks suit a single call. Where a test needs a conversation, events or failures, take the stand-in: see the example
//! `stand_in`.
//!
//! ```text
//! $ cargo test --example mocks --features httpmock
//! running 2 tests
//! test tests::nobody_is_greeted_while_the_session_is_not_ready ... ok
//! test tests::only_those_on_whatsapp_are_greeted ... ok
//!
//! test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in …s
//! ```

use waha::{Client, ContactId, Session};

/// Says good morning to those who are on WhatsApp, and returns the others.
async fn greet(session: &Session, people: &[ContactId]) -> Result<Vec<ContactId>, waha::Error> {
    let mut absent = Vec::new();
    for person in people {
        let contact = session.contact(person)?;
        match contact.exists().await?.number_exists {
            true => drop(contact.send_text("Good morning!").await?),
            false => absent.push(person.clone()),
        }
    }
    Ok(absent)
}

#[tokio::main]
async fn main() -> Result<(), waha::Error> {
    let people: Result<Vec<_>, _> = std::env::args().skip(1).map(|number| number.parse()).collect();
    for person in greet(&Client::from_env()?.default_session(), &people?).await? {
        println!("{person} is not on WhatsApp");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use httpmock::MockServer;
    use waha::{ErrorKind, Json, RequestOptions, Retry, mocks::MockServerExt};

    use super::*;

    fn json<T: serde::de::DeserializeOwned>(text: &str) -> T {
        let json: Json = text.parse().expect("JSON");
        json.parse().expect("an answer of this type")
    }

    fn session(server: &MockServer) -> Session {
        let options = RequestOptions::new().retry(Retry::never());
        Client::builder(server.base_url()).options(options).build().expect("a client").default_session()
    }

    #[tokio::test]
    async fn only_those_on_whatsapp_are_greeted() {
        let server = MockServer::start_async().await;
        for (number, exists) in [("11111111111", true), ("22222222222", false)] {
            server.contacts_check_exists(|when, then| {
                when.phone(number);
                then.success(200, &json(&format!(r#"{{"numberExists": {exists}}}"#)));
            });
        }
        let sending = server.chatting_send_text(|_, then| {
            then.success(201, &json(r#"{"id": "true_11111111111@c.us_AAAA"}"#));
        });
        let people = ["11111111111", "22222222222"].map(|number| number.parse().expect("a number"));
        assert_eq!(greet(&session(&server), &people).await.expect("a list"), people[1..]);
        sending.assert(); // once
    }

    #[tokio::test]
    async fn nobody_is_greeted_while_the_session_is_not_ready() {
        let server = MockServer::start_async().await;
        server.contacts_check_exists(|_, then| {
            then.client_error(422, &json(r#"{"error": "...", "session": "default", "status": "STARTING"}"#));
        });
        let people = ["11111111111".parse().expect("a number")];
        let error = greet(&session(&server), &people).await.expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::SessionNotReady);
    }
}
