//! What is done to a message: `waha react`, `edit`, `delete` and `forward`.

use clap::Args;
use waha::{ChatId, MessageId, views::SentMessage};

use super::{lines, sent_value, view, write_sent};
use crate::{Context, exit::Failure, plan::Plan};

/// React to a message
#[derive(Args, Debug)]
pub struct React {
    /// Full id of the message, such as false_11111111111@c.us_AAAAAAAAAAAAAAAAAAAA
    message: MessageId,
    /// One emoji; an empty text takes the reaction away
    emoji: String,
}

/// Change the text of a message that you have sent
#[derive(Args, Debug)]
pub struct Edit {
    /// Full id of the message, such as true_11111111111@c.us_AAAAAAAAAAAAAAAAAAAA
    message: MessageId,
    /// The new text; - reads it from stdin
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// Id of the chat, if the message's id does not tell
    #[arg(long)]
    chat: Option<ChatId>,
}

/// Delete a message for everybody
#[derive(Args, Debug)]
pub struct Delete {
    /// Full id of the message, such as true_11111111111@c.us_AAAAAAAAAAAAAAAAAAAA
    message: MessageId,
    /// Id of the chat, if the message's id does not tell
    #[arg(long)]
    chat: Option<ChatId>,
}

/// Forward a message to a chat
#[derive(Args, Debug)]
pub struct Forward {
    /// Full id of the message, such as false_11111111111@c.us_AAAAAAAAAAAAAAAAAAAA
    message: MessageId,
    /// Phone number, or id of the chat that gets it
    chat: ChatId,
}

/// Reacts to a message.
///
/// # Errors
///
/// As for any call.
pub async fn react(context: &Context, args: React) -> Result<(), Failure> {
    let plan = context.plan("chatting_set_reaction")?.set("messageId", args.message.as_str());
    let people = match args.emoji.is_empty() {
        true => format!("took the reaction away from {}", args.message),
        false => format!("reacted to {}", args.message),
    };
    change(context, &plan.set("reaction", args.emoji), &people).await
}

/// Changes the text of a message.
///
/// # Errors
///
/// As for any call.
pub async fn edit(context: &Context, args: Edit) -> Result<(), Failure> {
    let chat = chat_of(&args.message, args.chat)?;
    let plan = context.plan("chats_edit_message")?.param("chatId", chat.as_str());
    let plan = plan.param("messageId", args.message.as_str()).set("text", lines::text(&args.text)?);
    change(context, &plan, &format!("edited {}", args.message)).await
}

/// Deletes a message.
///
/// # Errors
///
/// As for any call.
pub async fn delete(context: &Context, args: Delete) -> Result<(), Failure> {
    let chat = chat_of(&args.message, args.chat)?;
    let plan = context.plan("chats_delete_message")?.param("chatId", chat.as_str());
    let plan = plan.param("messageId", args.message.as_str());
    change(context, &plan, &format!("deleted {}", args.message)).await
}

/// Forwards a message.
///
/// # Errors
///
/// As for any call.
pub async fn forward(context: &Context, args: Forward) -> Result<(), Failure> {
    let plan = context.plan("chatting_forward_message")?.set("messageId", args.message.as_str());
    match context.run(&plan.set("chatId", args.chat.as_str())).await? {
        Some(answer) => write_sent(context, &view::<SentMessage>(&answer)?),
        None => Ok(()),
    }
}

/// Sends what changes a message, and tells people what was done.
async fn change(context: &Context, plan: &Plan, people: &str) -> Result<(), Failure> {
    let Some(answer) = context.run(plan).await? else { return Ok(()) };
    context.output.either(people, &sent_value(&view::<SentMessage>(&answer)?))
}

/// The chat of a message: a full id tells.
fn chat_of(message: &MessageId, given: Option<ChatId>) -> Result<ChatId, Failure> {
    given.or_else(|| message.chat_id()).ok_or_else(|| {
        Failure::usage("the id of the message does not tell the chat").hint("add --chat, or use the full id")
    })
}
