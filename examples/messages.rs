//! Sends a message of every kind, and says of each how it went: not every engine can send all of them.
//!
//! Without `WAHA_BASE_URL` it talks to a stand-in for the server. With it (and `WAHA_API_KEY` and `WAHA_SESSION`, where they
//! are needed) it talks to yours, and writes to the number in `WAHA_TO`; then put addresses of your own into `VIDEO` and
//! `VOICE`, which the server downloads.
//!
//! ```text
//! $ cargo run --example messages
//! text         true_11111111111@c.us_3EB09A45CD888D59F0D601
//! link         true_11111111111@c.us_3EB05A4743E1B9B624EDD3
//! image        true_11111111111@c.us_3EB078210FEF152139354C
//! video        true_11111111111@c.us_3EB0DBFA98709B87888364
//! voice        true_11111111111@c.us_3EB0C4B2694C67D34CFD8D
//! document     true_11111111111@c.us_3EB0B3A93323913F95A67F
//! location     true_11111111111@c.us_3EB09D7CB22DAA252E025E
//! contact      true_11111111111@c.us_3EB0D28FAD81670BEDEE26
//! poll         true_11111111111@c.us_3EB0D28461A76F6DC27CF8
//! list         true_11111111111@c.us_3EB03E38739918D572B2EF
//! event        true_11111111111@c.us_3EB0291DA4155799B6DF9E
//! reply        true_11111111111@c.us_3EB031CEA780A7AE77B7B5
//! reaction     true_11111111111@c.us_3EB064490C65A24D33F169
//! edit         true_11111111111@c.us_3EB09A45CD888D59F0D601
//! forward      chatting_forward_message: HTTP 501: The method is not implemented by the 'GOWS' engine
//! pin          chats_pin_message: HTTP 501: The method is not implemented by the 'GOWS' engine
//! deletion     true_11111111111@c.us_3EB03C79321D1AD312C475
//! status       true_status@broadcast_3EB0DAFCB04E382630268A
//! ```

use std::{env, error::Error, fmt::Display, time::Duration};

use waha::{
    Chat, Client, Media,
    types::{EventMessage, ListMessage, ListRow, ListSection},
};

const VIDEO: &str = "https://example.org/cat.mp4";
const VOICE: &str = "https://example.org/hello.ogg";
const IMAGE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async fn send_all(chat: &Chat) -> Result<(), waha::Error> {
    let text = chat.send_text("Lunch?").await?;
    println!("{:<12} {text}", "text");
    report("link", chat.send_link("The menu: https://example.org/").await);

    // A file is a path, a URL that the server downloads, a data URI, or bytes.
    report("image", chat.send_image(IMAGE).caption("The place").await);
    report("video", chat.send_video(VIDEO).await);
    report("voice", chat.send_voice(VOICE).convert(true).await);
    let prices = Media::bytes("dish,price\nsoup,4\n").filename("prices.csv");
    report("document", chat.send_document(prices).await);

    report("location", chat.send_location(52.5163, 13.3777, "Brandenburg Gate").await);
    report("contact", chat.send_contact(("Bob", "+1 222 222 2222")).await);
    report("poll", chat.send_poll(("Where?", ["Here", "There"])).await);
    let rows = ["Soup", "Salad"].map(|dish| ListRow::builder().row_id(dish).title(dish));
    let section = ListSection::builder().title("Today").rows(rows);
    let list = ListMessage::builder().title("Menu").button("Choose").sections([section]);
    report("list", chat.send_list(list).await);
    let lunch = EventMessage::builder().name("Lunch").start_time(1_800_000_000);
    let event = chat.session().event_messages().send().chat_id(chat.id()).event(lunch).await;
    report("event", event.map(|event| event.id));

    // What is done with a message takes its id, which not every engine tells.
    if let Some(id) = &text.id {
        report("reply", chat.reply(id, "At noon").await);
        report("reaction", chat.react(id, "👍").await);
        report("edit", chat.edit(id, "Lunch!").await);
        report("forward", chat.forward(id).await);
        report("pin", chat.pin(id, Duration::from_secs(86_400)).await.map(|()| "for a day"));
        report("deletion", chat.delete_for_everyone(id).await);
    }
    report("status", chat.session().post_status("Having lunch").await);
    Ok(())
}

fn report(what: &str, result: Result<impl Display, waha::Error>) {
    match result {
        Ok(sent) => println!("{what:<12} {sent}"),
        Err(error) => println!("{what:<12} {error}"),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        let session = Client::from_env()?.default_session();
        return Ok(send_all(&session.chat(env::var("WAHA_TO")?)?).await?);
    }
    let server = waha_sim::Server::builder().session("default").person("11111111111@c.us", |ada| ada).start().await?;
    let session = Client::builder(server.url()).build()?.default_session();
    Ok(send_all(&session.chat("+1 111 111 1111")?).await?)
}
