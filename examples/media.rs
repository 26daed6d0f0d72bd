//! Files: sends one, and saves those that were received.
//!
//! By itself it talks to a stand-in that it starts in the same process: `cargo run --example media`. With `WAHA_BASE_URL`
//! and `WAHA_CONTACT` set (`WAHA_API_KEY` and `WAHA_SESSION` where they are needed) it talks to that server instead: it
//! sends the file `WAHA_FILE` if that is set, and saves the files of the last messages from that contact.

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
};

use waha::{Chat, Client, Media};

const CONTACT: &str = "11111111111@c.us";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("waha-media-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    if env::var_os("WAHA_BASE_URL").is_some() {
        let chat = Client::from_env()?.default_session().chat(env::var("WAHA_CONTACT")?.as_str())?;
        if let Some(path) = env::var_os("WAHA_FILE") {
            send(&chat, Media::path(PathBuf::from(path))).await?;
        }
        receive(&chat, &folder).await?;
        return Ok(());
    }
    println!("WAHA_BASE_URL is not set: starting a stand-in for WAHA in this process\n");
    let server = waha_sim::Server::builder().api_key("secret").session("default");
    let server = server.contact(CONTACT, |ada| ada.name("Ada")).start().await?;
    let client = Client::builder(server.url()).api_key("secret").build()?;
    let chat = client.default_session().chat(CONTACT)?;
    send(&chat, Media::bytes("day,visitors\nMonday,11\n").filename("visitors.csv")).await?;

    let note = b"Thank you!\n";
    let file = waha_sim::Incoming::file(CONTACT, "text/plain", note.as_slice()).name("note.txt");
    server.receive("default", file);
    let saved = receive(&chat, &folder).await?;
    let is_the_note = |path: &PathBuf| std::fs::read(path).is_ok_and(|bytes| bytes == note);
    let is_right = saved.len() == 1 && saved.iter().all(is_the_note);
    std::fs::remove_dir_all(&folder)?;
    if is_right { Ok(()) } else { Err("another file came".into()) }
}

/// Sends a file, whatever it is, as a document.
async fn send(chat: &Chat, file: Media) -> Result<(), waha::Error> {
    let sent = chat.send_file(file).caption("As promised").await?;
    println!("sent      {sent}");
    Ok(())
}

/// Saves the files of the last messages from the other side, each under a safe name.
async fn receive(chat: &Chat, folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut saved = Vec::new();
    let messages = chat.messages().limit(10).filter_from_me(false).download_media(true).await?;
    for message in messages.iter().filter(|message| message.has_media()) {
        // The server keeps a file for three minutes.
        match chat.session().save_media(message, folder).await {
            Ok(file) => {
                println!("received  {} ({} bytes)", file.path.display(), file.size);
                saved.push(file.path);
            }
            Err(error) if error.kind() == waha::ErrorKind::NotFound => println!("missing   {error}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(saved)
}
