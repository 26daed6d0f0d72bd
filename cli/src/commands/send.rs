//! `waha send`.

use clap::Args;
use waha::{ChatId, Mention, MessageId};

use super::{lines, write_sent};
use crate::{Context, args::Lost, exit::Failure, plan::Plan};

/// Send a text
///
/// It is sent once: if the answer is lost, the server is asked whether it has the message. The exit code 8 says that it
/// stayed open.
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
    #[command(flatten)]
    lost: Lost,
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
    if context.global.dry_run {
        return plan(context, &args, text)?.show(&context.settings, &context.output);
    }
    let mut message = context.settings.session()?.chat(&args.chat)?.send_text(text);
    if let Some(id) = &args.reply_to {
        message = message.reply_to(id);
    }
    if !args.mention.is_empty() {
        message = message.mentions(args.mention);
    }
    if args.no_preview {
        message = message.link_preview(false);
    }
    write_sent(context, &message.once().settle_time(args.lost.settle_time()).await?)
}

/// The request, to be shown.
fn plan(context: &Context, args: &Send, text: String) -> Result<Plan, Failure> {
    let mut plan = context.plan("chatting_send_text")?.set("chatId", args.chat.as_str()).set("text", text);
    if let Some(id) = &args.reply_to {
        plan = plan.set("reply_to", id.as_str());
    }
    if !args.mention.is_empty() {
        plan = plan.set("mentions", args.mention.iter().map(Mention::as_str).collect::<Vec<_>>());
    }
    if args.no_preview {
        plan = plan.set("linkPreview", false);
    }
    Ok(plan)
}
