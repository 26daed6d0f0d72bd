//! `waha export`: a chat with its files, in a folder.

mod folder;

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use waha::{Batching, ChatId, Session, views::Message};

use self::folder::Folder;
use super::view;
use crate::{
    Context,
    exit::{Code, Failure},
    generated::Pages,
    output,
    plan::Plan,
    table::Paging,
};

/// Save the messages of a chat and their files in a folder
///
/// messages.jsonl has a message on each line, the oldest first; files are in media/, and media.jsonl says which
/// belongs to which message. Run it again to go on after an interruption, or to add what is new: what is there is not
/// fetched again.
#[derive(Args, Debug)]
pub struct Export {
    /// Phone number, or id of the chat
    chat: ChatId,
    /// The folder, which is created if it does not exist
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Save no files
    #[arg(long)]
    no_media: bool,
    /// How many files to fetch at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=32))]
    parallel: u64,
}

/// How many messages are asked for at once.
const PAGE: u64 = 100;

/// Exports the chat.
///
/// # Errors
///
/// As for any call; the folder cannot be written; some files could not be fetched; or Ctrl-C.
pub async fn run(context: &Context, args: Export) -> Result<(), Failure> {
    // Messages that come while the list is read are added at its end, where nothing moves.
    let plan = context.plan("chats_list_messages")?.param("chatId", args.chat.as_str());
    let plan = plan.query("downloadMedia", "false").query("sortOrder", "asc");
    if context.global.dry_run {
        return plan.query("limit", PAGE.to_string()).show(&context.settings, &context.output);
    }
    let session = context.settings.session()?;
    let mut folder = Folder::open(&args.to, session.name().as_str(), args.chat.as_str())?;
    let known = folder.len();
    let mut files = Files::default();
    let work = async {
        list(context, &session, plan, &mut folder).await?;
        folder.sort()?;
        if !args.no_media {
            media(context, &session, &mut folder, args.parallel, &mut files).await?;
        }
        Ok::<_, Failure>(())
    };
    let is_stopped = tokio::select! {
        biased;
        result = work => result.map(|()| false)?,
        () = output::interrupted() => true,
    };
    folder.flush()?;
    let added = folder.len() - known;
    let people =
        format!("{} messages ({added} new) and {} files in {}", folder.len(), folder.files(), args.to.display());
    if folder.len() == 0 && !is_stopped {
        context.output.note("the server has no messages of this chat: waha chats list shows the chats that it has");
    }
    let Files { left, failed } = files;
    let value = json!({ "messages": folder.len(), "new": added, "files": folder.files(), "failedFiles": failed });
    context.output.either(&people, &value)?;
    if is_stopped {
        let left =
            left.map_or_else(|| "not all messages were read".to_owned(), |left| format!("{left} files are left"));
        return Err(Failure::new(Code::Interrupted, format!("stopped: {left}")).hint("run it again to go on"));
    }
    match failed {
        0 => Ok(()),
        failed => Err(Failure::new(Code::Partial, format!("{failed} files could not be saved: see media.jsonl"))
            .hint("run it again to try them again")),
    }
}

/// How far it has come with the files.
#[derive(Default)]
struct Files {
    /// How many have not been asked for; `None` before all messages are known.
    left: Option<usize>,
    /// How many could not be saved.
    failed: usize,
}

async fn list(context: &Context, session: &Session, plan: Plan, folder: &mut Folder) -> Result<(), Failure> {
    let bar = context.output.bar(None, "{spinner} {pos} messages");
    let mut pages = Pages::new(plan, Paging::Offset, PAGE);
    while let Some(page) = pages.next(session.client()).await? {
        page.iter().try_for_each(|message| folder.add(message))?;
        folder.flush()?;
        bar.inc(page.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Saves the files that are not there yet.
async fn media(
    context: &Context,
    session: &Session,
    folder: &mut Folder,
    parallel: u64,
    files: &mut Files,
) -> Result<(), Failure> {
    let mut wanted: Vec<Message> = Vec::new();
    for message in folder.without_file()? {
        wanted.push(view::<Message>(&message)?);
    }
    let bar = context.output.bar(Some(wanted.len()), "{bar} {pos}/{len} files");
    let left = files.left.insert(wanted.len());
    let place = folder.media();
    let batching = Batching::none().max_in_flight(usize::try_from(parallel).unwrap_or(1));
    let mut saved = session.batch(wanted).batching(batching).run(|session, message| {
        let place = place.clone();
        async move { session.save_media(&message, place).await }
    });
    while let Some((message, result)) = saved.next_with_item().await {
        *left = left.saturating_sub(1);
        match result {
            Ok(saved) => folder.has_file(message.id().as_str(), &saved.path, saved.size)?,
            Err(error) => {
                files.failed += 1;
                folder.lacks_file(message.id().as_str(), &error.to_string())?;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}
