//! A bot: looks for new messages and answers those that it understands, with the read and typing signs.
//!
//! By itself it talks to a stand-in that it starts in the same process, where Ada writes to it: `cargo run --example bot`.
//! With `WAHA_BASE_URL` set (`WAHA_API_KEY` and `WAHA_SESSION` where they are needed) it answers what people write to that
//! server's session, until it is ended.
//!
//! The end of this file is its test, without a phone and without a server: `cargo test --example bot`.

use std::{collections::HashMap, env, error::Error, time::Duration};

use waha::{Chat, ChatId, ChatKind, Client, ErrorKind, Session, views::Message};

/// Returns the answer to a text, if the bot understands it.
fn answer(text: &str) -> Option<&'static str> {
    match text.trim().to_lowercase().as_str() {
        "ping" => Some("pong"),
        "help" => Some("I know two words: ping and help."),
        _ => None,
    }
}

struct Bot {
    session: Session,
    /// The last message of each chat that has been looked at.
    last: HashMap<ChatId, Message>,
}

impl Bot {
    /// How many chats and messages it looks at.
    const LIMIT: i64 = 20;

    /// Creates a bot that ignores messages that were written before.
    async fn new(session: Session) -> Result<Self, waha::Error> {
        let chats = session.chats().list_overview().limit(Self::LIMIT).await?;
        let newest = chats.into_iter().filter_map(|chat| Message::try_from(chat.last_message?).ok());
        let last = newest.map(|message| (message.chat_id().clone(), message)).collect();
        Ok(Self { session, last })
    }

    /// Answers new messages, and returns the number of answers. Without new messages this takes a single request.
    async fn poll(&mut self) -> Result<usize, waha::Error> {
        let mut answers = 0;
        for chat in self.session.chats().list_overview().limit(Self::LIMIT).await? {
            let Some(Ok(newest)) = chat.last_message.map(Message::try_from) else { continue };
            let id = newest.chat_id();
            let is_with_a_person = matches!(id.kind(), ChatKind::Contact | ChatKind::Lid);
            if is_with_a_person && self.last.get(id).is_none_or(|last| last.id() != newest.id()) {
                answers += self.catch_up(self.session.chat(id)?).await?;
            }
        }
        Ok(answers)
    }

    /// Answers what is new in a chat, in the order in which it was written.
    async fn catch_up(&mut self, chat: Chat) -> Result<usize, waha::Error> {
        let messages = chat.messages().limit(Self::LIMIT).await?;
        let Some(newest) = messages.first() else { return Ok(0) };
        // Remembered before anything is answered: better no answer than two.
        let last = self.last.insert(chat.id().clone(), newest.clone());
        // By the time as well: somebody may have deleted the last one.
        let is_new = |message: &&Message| {
            last.as_ref().is_none_or(|last| message.id() != last.id() && message.timestamp() >= last.timestamp())
        };
        let news: Vec<_> = messages.iter().take_while(is_new).filter(|message| !message.is_from_me()).collect();
        let mut answers = 0;
        for message in news.into_iter().rev() {
            answers += usize::from(reply(&chat, message).await?);
        }
        Ok(answers)
    }
}

/// Answers a message, if there is an answer, and shows that it was read and that the bot is typing.
async fn reply(chat: &Chat, message: &Message) -> Result<bool, waha::Error> {
    let text = message.text().unwrap_or_default();
    let Some(answer) = answer(text) else { return Ok(false) };
    println!("{message}");
    chat.mark_read().await?;
    // A language model would take longer.
    chat.typing_while(tokio::time::sleep(Duration::from_millis(50))).await;
    chat.reply(message.id(), answer).await?;
    println!("{}: {answer}", chat.session().name());
    Ok(true)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        let mut bot = Bot::new(Client::from_env()?.default_session()).await?;
        loop {
            match bot.poll().await {
                Ok(_) => {}
                // Temporary errors. A failed answer is not repeated, so that no message is sent twice.
                Err(error)
                    if matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::RateLimited) =>
                {
                    eprintln!("{error}");
                    tokio::time::sleep(error.retry_after().unwrap_or_default()).await;
                }
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
    }
    println!("WAHA_BASE_URL is not set: starting a stand-in for WAHA in this process\n");
    let server = waha_sim::Server::builder().real_time().session("default").person("11111111111@c.us", |ada| {
        ada.writes("default", "Ping", Duration::from_millis(300)).replies("pong", "help")
    });
    let server = server.start().await?;
    let mut bot = Bot::new(Client::builder(server.url()).build()?.default_session()).await?;
    let talk = async {
        let mut answers = 0;
        while answers < 2 {
            answers += bot.poll().await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok::<_, waha::Error>(())
    };
    tokio::time::timeout(Duration::from_secs(10), talk).await??;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use waha_sim::{Engine, Fault, Incoming, Server};

    const ADA: &str = "11111111111@c.us";
    const GROUP: &str = "111111111111111111@g.us";

    /// A bot, and a server with Ada, who has written before the bot came.
    async fn bot(engine: Engine) -> (Server, Bot) {
        let server = Server::builder().engine(engine).session("default").group(GROUP, |group| group.member(ADA));
        let server = server.person(ADA, |ada| ada.replies("pong", "help")).start().await.expect("a free port");
        server.receive("default", Incoming::text(ADA, "ping"));
        let session = Client::builder(server.url()).build().expect("a client").default_session();
        (server, Bot::new(session).await.expect("a bot"))
    }

    /// The messages that the bot has sent, the latest first.
    async fn said(bot: &Bot) -> Vec<String> {
        let chat = bot.session.chat(ADA).expect("an id");
        let messages = chat.messages().filter_from_me(true).await.expect("messages");
        messages.iter().filter_map(|message| message.text().map(str::to_owned)).collect()
    }

    #[tokio::test]
    async fn the_bot_answers_on_every_engine() {
        for engine in [Engine::Gows, Engine::Noweb, Engine::Webjs, Engine::Wpp] {
            let (server, mut bot) = bot(engine).await;
            assert_eq!(bot.poll().await.expect("a look"), 0, "{engine}: an old message was answered");
            server.receive("default", Incoming::text(ADA, "ping"));
            // Ada's answer to the answer may come before the bot has looked at all of it.
            let answers = bot.poll().await.expect("a look") + bot.poll().await.expect("a look");
            assert_eq!(answers, 2, "{engine}");
            assert_eq!(said(&bot).await, ["I know two words: ping and help.", "pong"], "{engine}");
            assert_eq!(bot.poll().await.expect("a look"), 0, "{engine}: something was answered twice");
        }
    }

    #[tokio::test]
    async fn the_bot_answers_every_question_once_and_ignores_the_rest() {
        let (server, mut bot) = bot(Engine::Gows).await;
        for text in ["ping", "what?", " HELP "] {
            server.receive("default", Incoming::text(ADA, text));
        }
        server.receive("default", Incoming::text(ADA, "ping").in_group(GROUP));
        server.receive("default", Incoming::location(ADA, 52.5, 13.4));
        assert_eq!(bot.poll().await.expect("a look"), 2);
        assert_eq!(said(&bot).await, ["I know two words: ping and help.", "pong"]);
    }

    #[tokio::test]
    async fn an_answer_that_may_have_arrived_is_not_sent_again() {
        let (server, mut bot) = bot(Engine::Gows).await;
        server.fault(Fault::on("chatting_send_text").times(1).reset_before_answer());
        server.receive("default", Incoming::text(ADA, "help"));
        let error = bot.poll().await.expect_err("the connection is lost");
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert_eq!(bot.poll().await.expect("a look"), 0);
        assert_eq!(said(&bot).await.len(), 1);
    }
}
