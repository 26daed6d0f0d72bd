//! Many calls at a limited pace: the profile pictures of a list of contacts.
//!
//! By itself it talks to a stand-in that it starts in the same process: `cargo run --example batch`. With `WAHA_BASE_URL`
//! and `WAHA_CONTACTS` set (numbers with a comma between them; `WAHA_API_KEY` and `WAHA_SESSION` where they are needed) it
//! talks to that server instead.

use std::{
    env,
    error::Error,
    time::{Duration, Instant},
};

use waha::{Batching, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        let contacts = env::var("WAHA_CONTACTS")?;
        let contacts: Vec<_> = contacts.split(',').collect();
        pictures(&Client::from_env()?, &contacts, Batching::default()).await;
        return Ok(());
    }
    println!("WAHA_BASE_URL is not set: starting a stand-in for WAHA in this process\n");
    let mut contacts: Vec<_> = (1..=9).map(|digit| format!("{digit}").repeat(11)).collect();
    let mut server = waha_sim::Server::builder().session("default");
    for contact in &contacts {
        server =
            server.contact(format!("{contact}@c.us"), |it| it.picture(format!("https://pps.example/{contact}.jpg")));
    }
    contacts.insert(4, "not a number".to_owned());
    let server = server.start().await?;
    let client = Client::builder(server.url()).build()?;
    let contacts: Vec<_> = contacts.iter().map(String::as_str).collect();
    pictures(&client, &contacts, Batching::new(4, Duration::from_millis(500))).await;
    Ok(())
}

async fn pictures(client: &Client, contacts: &[&str], batching: Batching) {
    let begin = Instant::now();
    let mut last = None;
    let mut pictures = client
        .default_session()
        .batch(contacts)
        .batching(batching)
        .on_progress(|progress| last = Some(progress))
        .run(|session, contact| async move { session.contact(*contact)?.picture().await });

    // Results come in the order of the contacts, while later calls are still running.
    while let Some((contact, picture)) = pictures.next_with_item().await {
        let time = begin.elapsed().as_secs_f32();
        match picture {
            Ok(picture) => println!("{time:.1} s  {contact}: {:?}", picture.profile_picture_url),
            Err(error) => println!("{time:.1} s  {contact}: {error}"),
        }
    }
    drop(pictures);
    if let Some(progress) = last {
        println!("\n{} done, {} of them failed", progress.done, progress.failed);
    }
}
