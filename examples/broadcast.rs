//! Writes to many people at a limited pace, with a progress bar and a report.
//!
//! Without `WAHA_BASE_URL` it talks to a stand-in for the server, which loses an answer on the way. With it (and
//! `WAHA_API_KEY` and `WAHA_SESSION`, where they are needed) it talks to yours, and writes to the numbers in `WAHA_TO`, with
//! a comma between them. The progress bar is on standard error, where that is a terminal.
//!
//! ```text
//! $ cargo run --example broadcast
//! 11111111111: perhaps sent: chatting_send_text: the connection broke (…)
//! +2 222 222 2222: sent as true_22222222222@c.us_3EB05A4743E1B9B624EDD3
//! 33333333333: sent as true_33333333333@c.us_3EB078210FEF152139354C
//! 44444444444: not on WhatsApp
//! my sister: not sent: contacts_check_exists: phone cannot be sent: "my sister" is not a phone number: its number must be digits only
//! ```

use std::{env, error::Error, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use waha::{Batching, Client, Session};

async fn broadcast(session: &Session, numbers: Vec<String>, text: &str, pace: Batching) -> Result<(), Box<dyn Error>> {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len}, {msg}")?;
    let bar = ProgressBar::new(numbers.len() as u64).with_style(style);
    let results = session
        .batch(numbers)
        .batching(pace)
        .on_progress(|progress| {
            bar.set_message(format!("{} failed", progress.failed));
            bar.set_position(progress.done as u64);
        })
        .run(|session, number| {
            let text = text.to_owned();
            async move {
                // Writing to many numbers that do not exist can cost the account.
                match session.check_number(&number).await?.number_exists {
                    true => session.send_text(&number, text).await.map(Some),
                    false => Ok(None),
                }
            }
        })
        .collect()
        .await;
    bar.finish();
    for (number, result) in results {
        match result {
            Ok(Some(sent)) => println!("{number}: sent as {sent}"),
            Ok(None) => println!("{number}: not on WhatsApp"),
            // Nothing is sent twice by itself: whether to try again is for a person to say, who can look at the chat.
            Err(error) if error.may_have_arrived() => println!("{number}: perhaps sent: {error}"),
            Err(error) => println!("{number}: not sent: {error}"),
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    const TEXT: &str = "We are open on Monday.";
    if env::var_os("WAHA_BASE_URL").is_some() {
        let numbers = env::var("WAHA_TO")?.split(',').map(str::to_owned).collect();
        let pace = Batching::new(10, Duration::from_secs(60)).max_in_flight(1);
        return broadcast(&Client::from_env()?.default_session(), numbers, TEXT, pace).await;
    }
    let mut server = waha_sim::Server::builder().session("default");
    for id in ["11111111111@c.us", "22222222222@c.us", "33333333333@c.us"] {
        server = server.person(id, |person| person);
    }
    let server = server.start().await?;
    server.fault(waha_sim::Fault::on("chatting_send_text").times(1).performed().reset_before_answer());
    let numbers = ["11111111111", "+2 222 222 2222", "33333333333", "44444444444", "my sister"].map(str::to_owned);
    let session = Client::builder(server.url()).build()?.default_session();
    let pace = Batching::new(2, Duration::from_millis(500)).max_in_flight(1);
    broadcast(&session, numbers.into(), TEXT, pace).await
}
