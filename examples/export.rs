//! Exports a chat: its messages as lines of JSON, and beside them its files, each under a safe name.
//!
//! Without `WAHA_BASE_URL` it talks to a stand-in for the server. With it (and `WAHA_API_KEY` and `WAHA_SESSION`, where they
//! are needed) it talks to yours, and exports the chat in `WAHA_CHAT`, the number of a person or the id of a group.
//!
//! ```text
//! $ cargo run --example export
//! Ada: Here is the menu.
//! Ada: [application/pdf] For Monday
//!   saved as 3EB0A932A25A24E3239E56-menu.pdf, 8 bytes
//! Ada: [location]
//! me: Thank you!
//! messages: 4, files: 1
//! ```

use std::{env, error::Error, fs, io::Write as _, path::Path};

use futures_util::TryStreamExt as _;
use waha::{Chat, Client, ErrorKind};

async fn export(chat: &Chat, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut lines = fs::File::create(folder.join("messages.jsonl"))?;
    let mut messages = chat.messages().sort_order("asc").download_media(true).pages().items();
    let (mut count, mut files) = (0, 0);
    while let Some(message) = messages.try_next().await? {
        println!("{message}");
        writeln!(lines, "{}", message.raw)?; // as the server told it
        count += 1;
        if message.has_media() {
            match chat.session().save_media(&message, folder).await {
                Ok(file) => {
                    files += 1;
                    let name = file.path.file_name().unwrap_or_default().display().to_string();
                    println!("  saved as {name}, {} bytes", file.size);
                }
                // WhatsApp does not keep files for ever.
                Err(error) if error.kind() == ErrorKind::NotFound => println!("  gone: {error}"),
                Err(error) => return Err(error.into()),
            }
        }
    }
    println!("messages: {count}, files: {files}");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        let chat = Client::from_env()?.default_session().chat(env::var("WAHA_CHAT")?)?;
        return export(&chat, Path::new("export")).await;
    }
    const ADA: &str = "11111111111@c.us";
    let server = waha_sim::Server::builder().session("default");
    let server = server.person(ADA, |ada| ada.contact(|it| it.push_name("Ada"))).start().await?;
    server.receive("default", waha_sim::Incoming::text(ADA, "Here is the menu."));
    let menu = waha_sim::Incoming::file(ADA, "application/pdf", *b"%PDF-1.7").name("../menu.pdf").caption("For Monday");
    server.receive("default", menu);
    server.receive("default", waha_sim::Incoming::location(ADA, 52.5163, 13.3777));
    let chat = Client::builder(server.url()).build()?.default_session().chat(ADA)?;
    chat.send_text("Thank you!").await?;
    let folder = env::temp_dir().join(format!("waha-export-{}", std::process::id()));
    let result = export(&chat, &folder).await;
    fs::remove_dir_all(folder)?;
    result
}
