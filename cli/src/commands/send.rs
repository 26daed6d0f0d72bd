//! `waha send`.

use clap::Args;
use waha::{ChatId, Mention, MessageId, views::SentMessage};

use super::{lines, view, write_sent};
use crate::{Context, exit::Failure};

/// Send a text
#[derive(Args, Debug)]
pub struct Send {
    /// Phone number, or id of the chat: 11111111111, 11111111111@c.us, 111111111111111111@g.us
    chat: ChatId,
    /// The text; - reads it from stdin
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// Id of the message to quote
    #[arg(long, value_name = "ID")]
    reply_to: Option<MessageId>,
    /// Id of a person to mention, or `all`; may be repeated
    #[arg(long, value_name = "ID")]
    mention: Vec<Mention>,
    /// Show no preview of a link in the text
    #[arg(long)]
    no_preview: bool,
}

/// Sends a text.
///
/// # Errors
///
/// As for any call.
pub async fn run(context: &Context, args: Send) -> Result<(), Failure> {
    let text = lines::text(&args.text)?;
    if text.is_empty() {
        return Err(Failure::usage("the text is empty: nothing would be sent"));
    }
    let mut plan = context.plan("chatting_send_text")?.set("chatId", args.chat.as_str()).set("text", text);
    if let Some(id) = args.reply_to {
        plan = plan.set("reply_to", id.as_str());
    }
    if !args.mention.is_empty() {
        plan = plan.set("mentions", args.mention.iter().map(Mention::as_str).collect::<Vec<_>>());
    }
    if args.no_preview {
        plan = plan.set("linkPreview", false);
    }
    match context.run(&plan).await? {
        Some(answer) => write_sent(context, &view::<SentMessage>(&answer)?),
        None => Ok(()),
    }
}
