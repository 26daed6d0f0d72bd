//! `waha messages`.

use clap::Args;
use time::{OffsetDateTime, macros::format_description};
use waha::{ChatIdOrAll, views::Message};

use super::view;
use crate::{Context, exit::Failure, generated::Pages, output, table::Paging, text};

/// Show the latest messages of a chat
#[derive(Args, Debug)]
pub struct Messages {
    /// Phone number, or id of the chat; `all` for those of all chats, on GOWS and NOWEB
    chat: ChatIdOrAll,
    /// How many messages at most
    #[arg(long, short = 'n', default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..), value_name = "N")]
    limit: u64,
}

/// How many messages are asked for at once.
const PAGE: u64 = 100;

/// Shows the latest messages, the oldest of them first.
///
/// # Errors
///
/// As for any call.
pub async fn run(context: &Context, args: Messages) -> Result<(), Failure> {
    let plan = context.plan("chats_list_messages")?.param("chatId", args.chat.as_str()).query("downloadMedia", "false");
    if context.global.dry_run {
        let plan = plan.query("limit", args.limit.min(PAGE).to_string());
        return plan.show(&context.settings, &context.output);
    }
    let client = context.settings.client()?;
    let mut pages = Pages::new(plan, Paging::Offset, args.limit.min(PAGE));
    let mut messages = Vec::new();
    while (messages.len() as u64) < args.limit
        && let Some(mut page) = pages.next(&client).await?
    {
        messages.append(&mut page);
    }
    messages.truncate(usize::try_from(args.limit).unwrap_or(usize::MAX));
    messages.reverse();
    if !context.output.is_for_people() {
        return context.output.value(&messages.into());
    }
    for message in &messages {
        let message = view::<Message>(message)?;
        output::print(&text::line(&format!("{}  {message}", time(message.timestamp()))))?;
    }
    if messages.is_empty() {
        context.output.note("no messages");
    }
    Ok(())
}

/// A time as people read it, in UTC.
pub fn time(seconds: Option<i64>) -> String {
    let time = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    time.and_then(|time| time.format(&format).ok()).unwrap_or_else(|| "(no time)".to_owned())
}
