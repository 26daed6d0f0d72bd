//! Pairs a session with a phone: shows the QR code in the terminal, and the next one when it has expired.
//!
//! Without `WAHA_BASE_URL` it talks to a stand-in for the server, where a phone scans the second code. With it (and
//! `WAHA_API_KEY` and `WAHA_SESSION`, where they are needed) it talks to yours. With `WAHA_PHONE`, the number of the phone,
//! it shows a code to type in instead. It can be run again: a session that is paired stays so.
//!
//! ```text
//! $ cargo run --example pair
//! On the phone: WhatsApp, Settings, Linked devices, Link a device
//! the session is SCAN_QR_CODE
//! █████████████████████████████████
//! █████████████████████████████████
//! ████ ▄▄▄▄▄ ██▄▄ ▀ ████ ▄▄▄▄▄ ████
//! ████ █   █ █▀▄  ▀▀█  █ █   █ ████
//! ████ █▄▄▄█ █▄▀ █▄█▀█▀█ █▄▄▄█ ████
//! …
//! █████████████████████████████████
//! ████ ▄▄▄▄▄ ██▄▄ ▀ ████ ▄▄▄▄▄ ████
//! ████ █   █ █▀▄  ▀▀█  █ █   █ ████
//! ████ █▄▄▄█ █▄▀ █ █▀█▀█ █▄▄▄█ ████
//! …
//! the session is WORKING
//! paired with 10000000001@c.us
//! ```

use std::{env, error::Error, time::Duration};

use tokio::time::sleep;
use waha::{Client, Session};

async fn pair(session: &Session) -> Result<(), waha::Error> {
    println!("On the phone: WhatsApp, Settings, Linked devices, Link a device");
    let pairing = session.pair(|qr| println!("{qr}")).on_status(|status| println!("the session is {status}"));
    let info = pairing.deadline(Duration::from_secs(180)).await?;
    println!("paired with {}", info.me.map_or("an account".to_owned(), |me| me.id));
    Ok(())
}

async fn pair_by_number(session: &Session, number: &str) -> Result<(), waha::Error> {
    let pairing = session.pair_by_phone(number, |code| println!("Link with phone number instead: {code}"));
    println!("{}", pairing.await?);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        let session = Client::from_env()?.default_session();
        match env::var("WAHA_PHONE") {
            Ok(number) => pair_by_number(&session, &number).await?,
            Err(_) => pair(&session).await?,
        }
        return Ok(());
    }
    let server = waha_sim::Server::builder().start().await?;
    let session = Client::builder(server.url()).build()?.default_session();
    let phone = async {
        sleep(Duration::from_millis(2500)).await;
        server.advance(Duration::from_secs(60)); // the first code expires
        sleep(Duration::from_millis(2500)).await;
        server.pair("default");
    };
    tokio::join!(pair(&session), phone).0?;
    Ok(())
}
