//! `waha send-file`.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    pin::pin,
};

use clap::{Args, ValueEnum};
use futures_util::FutureExt;
use indicatif::ProgressBar;
use waha::{Chat, ChatId, Error, Media, MessageId, views::SentMessage};

use super::{sent_value, write_sent};
use crate::{
    Context,
    exit::{Code, Failure},
    generated, output,
};

/// Send files
#[derive(Args, Debug)]
pub struct SendFile {
    /// Phone number, or id of the chat
    chat: ChatId,
    /// Paths or addresses; each becomes a message
    #[arg(required = true, value_name = "FILE|URL")]
    files: Vec<OsString>,
    /// Text below the first file
    #[arg(long, allow_hyphen_values = true)]
    caption: Option<String>,
    /// How to send them [default: by the media type; what is no picture and no video is a document]
    #[arg(long, value_name = "KIND")]
    r#as: Option<Kind>,
    /// Id of the message to quote, by the first file
    #[arg(long, value_name = "ID")]
    reply_to: Option<MessageId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Image,
    Video,
    Voice,
    Document,
}

impl Kind {
    /// What a file is sent as by its name.
    fn of(file: &OsStr) -> Self {
        let name = file.to_string_lossy();
        let path = match is_url(file) {
            true => name.split(['?', '#']).next().unwrap_or(&name),
            false => &name,
        };
        let guessed = mime_guess::from_path(path).first();
        match guessed.as_ref().map(|mime| (mime.type_().as_str(), mime.subtype().as_str())) {
            Some(("image", "jpeg" | "png" | "webp" | "gif")) => Self::Image,
            Some(("video", "mp4")) => Self::Video,
            _ => Self::Document,
        }
    }

    fn operation(self) -> &'static str {
        match self {
            Self::Image => "chatting_send_image",
            Self::Video => "chatting_send_video",
            Self::Voice => "chatting_send_voice",
            Self::Document => "chatting_send_file",
        }
    }
}

/// Sends files, one after the other.
///
/// # Errors
///
/// As for any call; or Ctrl-C. What was sent before is written all the same.
pub async fn run(context: &Context, args: SendFile) -> Result<(), Failure> {
    let mut files = Vec::new();
    for file in &args.files {
        // All of them are there before the first is sent.
        let path = Path::new(file);
        let name = path.display();
        if !is_url(file) && path.is_dir() {
            return Err(Failure::usage(format!("`{name}` is a folder")).hint(format!("its files: {name}/*")));
        }
        if !is_url(file) && !path.is_file() {
            return Err(Failure::usage(format!("the file `{name}` does not exist")));
        }
        if !is_url(file) && path.metadata().is_ok_and(|file| file.len() == 0) {
            return Err(Failure::usage(format!("the file `{name}` is empty: nothing would be sent")));
        }
        files.push((file.as_os_str(), args.r#as.unwrap_or_else(|| Kind::of(file))));
    }
    if context.global.dry_run {
        return files.iter().enumerate().try_for_each(|(position, (file, kind))| {
            let mut plan = context.plan(kind.operation())?.set("chatId", args.chat.as_str());
            let value = generated::set_file(&mut plan, "/file", file, true)?;
            plan = plan.set("file", value);
            if let Some(caption) = args.caption.as_ref().filter(|_| position == 0 && *kind != Kind::Voice) {
                plan = plan.set("caption", caption.clone());
            }
            plan.show(&context.settings, &context.output)
        });
    }
    let chat = context.settings.session()?.chat(&args.chat)?;
    let bar = match files.len() {
        0..2 => ProgressBar::hidden(),
        several => context.output.bar(Some(several), "{pos}/{len} {bar} {wide_msg}"),
    };
    let mut interrupt = pin!(output::interrupted());
    for (position, (file, kind)) in files.iter().enumerate() {
        let name = Path::new(file).display().to_string();
        // What is not begun is certainly not sent.
        if interrupt.as_mut().now_or_never().is_some() {
            return Err(stopped(position, files.len(), None));
        }
        bar.set_message(name.clone());
        let (caption, reply_to) = match position {
            0 => (args.caption.as_deref(), args.reply_to.as_ref()),
            _ => (None, None),
        };
        let result = tokio::select! {
            biased;
            result = send(&chat, file, *kind, caption, reply_to) => result,
            () = &mut interrupt => return Err(stopped(position, files.len(), Some(&name))),
        };
        let sent = result.map_err(|error| {
            let failure = Failure::from(error);
            if position == 0 {
                return failure;
            }
            let code = if failure.code == Code::MaybeSent { Code::MaybeSent } else { Code::Partial };
            Failure::new(code, format!("`{name}` (after {position} were sent): {failure}"))
        })?;
        bar.inc(1);
        bar.suspend(|| match context.output.is_by_line() {
            true => context.output.item(&sent_value(&sent)),
            false => write_sent(context, &sent),
        })?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Says how far it came before Ctrl-C, and which file was under way.
fn stopped(sent: usize, all: usize, under_way: Option<&str>) -> Failure {
    let (how_far, hint) = match under_way {
        None => (format!("{sent} of {all} were sent"), "the others were not"),
        Some(name) if all == 1 => (format!("`{name}` may have been sent"), MAYBE),
        Some(name) => (format!("{sent} of {all} were sent, and `{name}` may have been"), MAYBE),
    };
    Failure::new(Code::Interrupted, format!("stopped: {how_far}")).hint(hint)
}

const MAYBE: &str = "look at the chat before you send it again";

fn is_url(file: &OsStr) -> bool {
    file.to_str().is_some_and(|file| file.starts_with("http://") || file.starts_with("https://"))
}

/// Sends one file, which is read while it is sent.
async fn send(
    chat: &Chat,
    file: &OsStr,
    kind: Kind,
    caption: Option<&str>,
    reply_to: Option<&MessageId>,
) -> Result<SentMessage, Error> {
    let media = match file.to_str().filter(|_| is_url(file)) {
        Some(url) => Media::url(url),
        None => Media::path(file),
    };
    /// The builders differ in their types alone.
    macro_rules! with {
        ($call:expr, $($setter:ident = $value:expr),*) => {{
            let mut call = $call;
            $(if let Some(value) = $value { call = call.$setter(value); })*
            call.await
        }};
    }
    match kind {
        Kind::Image => with!(chat.send_image(media), caption = caption, reply_to = reply_to),
        Kind::Video => with!(chat.send_video(media), caption = caption, reply_to = reply_to),
        Kind::Voice => with!(chat.send_voice(media), reply_to = reply_to),
        Kind::Document => with!(chat.send_file(media), caption = caption, reply_to = reply_to),
    }
}
