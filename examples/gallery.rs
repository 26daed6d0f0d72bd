//! Saves the profile pictures of contacts, as fresh as WhatsApp's patience allows.
//!
//! The server remembers a picture for a day. `refresh` asks WhatsApp, which refuses who asks too often; the client keeps
//! such requests within a budget, and takes the server's picture where the budget is spent.
//!
//! Without `WAHA_BASE_URL` it talks to a stand-in for the server. With it (and `WAHA_API_KEY` and `WAHA_SESSION`, where they
//! are needed) it talks to yours, and saves the pictures of the numbers in `WAHA_TO`, with a comma between them.
//!
//! ```text
//! $ cargo run --example gallery
//! 11111111111: 3 bytes from WhatsApp
//! 22222222222: 3 bytes from WhatsApp
//! 33333333333: 3 bytes from the server's memory
//! 44444444444: no picture, or none that this account may see
//! ```

use std::{env, error::Error, path::Path, time::Duration};

use waha::{Client, RefreshLimits, RequestOptions, Session};

async fn gallery(session: &Session, numbers: Vec<String>, folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let mut pictures =
        session.batch(numbers).run(|session, number| async move { session.contact(number)?.picture().refresh().await });
    while let Some((number, picture)) = pictures.next_with_item().await {
        let picture = match picture {
            Ok(picture) => picture,
            Err(error) => {
                println!("{number}: {error}");
                continue;
            }
        };
        let source = if picture.refreshed { "from WhatsApp" } else { "from the server's memory" };
        match picture.download(session.client()) {
            Some(download) => {
                let size = download.await?.save(folder.join(format!("{number}.jpg"))).await?;
                println!("{number}: {size} bytes {source}");
            }
            None => println!("{number}: no picture, or none that this account may see"),
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The default is ten a minute, and one in ten minutes of the same person.
    let options = RequestOptions::new().refreshes(RefreshLimits::new().per_session(2, Duration::from_secs(60)));
    if env::var_os("WAHA_BASE_URL").is_some() {
        let numbers = env::var("WAHA_TO")?.split(',').map(str::to_owned).collect();
        let session = Client::from_env()?.default_session().with(|_| options);
        return gallery(&session, numbers, Path::new("gallery")).await;
    }
    let numbers = ["11111111111", "22222222222", "33333333333", "44444444444"];
    let mut server = waha_sim::Server::builder().session("default");
    for number in numbers {
        server = server.contact(number, |it| it);
    }
    let server = server.start().await?;
    let session = Client::builder(server.url()).options(options).build()?.default_session();
    // A file that was received stands in for what WhatsApp keeps.
    server.receive("default", waha_sim::Incoming::file(numbers[0], "image/jpeg", *b"\xff\xd8\xff"));
    let file = session.chat(numbers[0])?.messages().download_media(true).await?.remove(0);
    for number in &numbers[..3] {
        server.set_picture("default", &format!("{number}@c.us"), file.media().and_then(|media| media.url.as_deref()));
    }
    let folder = env::temp_dir().join(format!("waha-gallery-{}", std::process::id()));
    let result = gallery(&session, numbers.map(str::to_owned).into(), &folder).await;
    std::fs::remove_dir_all(folder)?;
    result
}
