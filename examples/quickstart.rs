//! A first look: what server is this, is its session ready, and what does a contact look like?
//!
//! By itself it talks to a stand-in that it starts in the same process, so that it needs neither a phone nor a server:
//! `cargo run --example quickstart`. With `WAHA_BASE_URL` set (and `WAHA_API_KEY`, `WAHA_SESSION` and `WAHA_CONTACT` where
//! they are needed) it talks to that server instead.

use std::{env, error::Error};

use waha::{Client, ContactId};

const CONTACT: &str = "11111111111@c.us";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        let contact = env::var("WAHA_CONTACT").unwrap_or_else(|_| CONTACT.to_owned());
        return Ok(tour(&Client::from_env()?, contact.parse()?, || ()).await?);
    }
    println!("WAHA_BASE_URL is not set: starting a stand-in for WAHA in this process\n");
    let server = waha_sim::Server::builder().api_key("secret").session("default");
    let server =
        server.contact(CONTACT, |ada| ada.name("Ada").picture("https://pps.example/ada-2025.jpg")).start().await?;
    let client = Client::builder(server.url()).api_key("secret").build()?;
    let new_picture = || server.set_picture("default", CONTACT, Some("https://pps.example/ada-2026.jpg"));
    Ok(tour(&client, CONTACT.parse()?, new_picture).await?)
}

/// Walks through the calls; `meanwhile` is what happens on WhatsApp between two of them.
async fn tour(client: &Client, contact: ContactId, meanwhile: impl Fn()) -> Result<(), waha::Error> {
    let version = client.observability().get_version().send().await?;
    println!("server     WAHA {} with the engine {} at {}", version.version, version.engine, client.base_url());

    let session = client.default_session();
    let info = session.sessions().get().send().await?;
    let account = info.me.as_ref().map_or("nobody", |me| &me.id);
    println!("session    {} is {}, as {account}", info.name, info.status);

    let contact = session.contact(contact)?;
    let picture = contact.picture().await?;
    println!("cached     {}", describe(&picture));
    meanwhile();
    let picture = contact.picture().await?;
    println!("cached     {}", describe(&picture));
    let picture = contact.picture().refresh().await?;
    println!("refreshed  {}", describe(&picture));

    let unknown = client.session("no-such-session")?;
    match unknown.contact(contact.id())?.picture().await {
        Ok(picture) => println!("unknown    {}", describe(&picture)),
        Err(error) => println!("unknown    {:?}: {error}", error.kind()),
    }
    Ok(())
}

fn describe(picture: &waha::handles::ProfilePicture) -> String {
    let url = picture.profile_picture_url.as_deref().unwrap_or("no picture");
    format!("{url} of {} (refreshed: {})", picture.contact_id, picture.refreshed)
}
