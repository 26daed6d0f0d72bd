//! `waha broadcast`: one text to many chats.

mod report;

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use clap::Args;
use serde_json::json;
use waha::{Batching, ChatId, Error, ErrorKind, SentMessage, Session};

use self::report::{Begun, Outcome, Report};
use super::{fails_for_all, lines};
use crate::{
    Context,
    args::Lost,
    exit::{Code, Failure},
    output, text,
};

/// Send a text to many chats, at a pace
///
/// The report has a line for each chat, before and after its message is sent. With the same report the broadcast goes
/// on where it was stopped: who got the message does not get it again. Of who may have got it the server is asked first,
/// by the id of the message; where that stays open, only --retry-maybe sends again. Ctrl-C lets what is under way finish;
/// a second one ends at once.
#[derive(Args, Debug)]
pub struct Broadcast {
    /// File with a phone number or id of a chat on each line; - for stdin
    #[arg(long, value_name = "FILE")]
    to: String,
    /// The text; - reads it from stdin
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// How many messages to send in a batch
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
    batch: u64,
    /// How long to wait before the next batch, in seconds; WhatsApp blocks accounts that send too fast
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = crate::args::seconds)]
    every: f64,
    /// Where the report is [default: the file of the chats, with .report.jsonl at its end]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Send to those who may have got the message already without asking the server, which may send it a second time
    #[arg(long)]
    retry_maybe: bool,
    #[command(flatten)]
    lost: Lost,
    /// Do not ask before anything is sent
    #[arg(long, short)]
    yes: bool,
}

/// What the tasks of a broadcast share.
struct Shared {
    report: Mutex<Report>,
    /// Whether nothing more is to be begun.
    is_stopped: AtomicBool,
    /// How many messages were begun.
    begun: AtomicUsize,
    /// Whether the engine gives messages ids of its own.
    takes_no_ids: AtomicBool,
    /// Why the report could not be written, which stops everything.
    broken: Mutex<Option<Failure>>,
}

impl Shared {
    fn report(&self) -> std::sync::MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gets the id for a message; `None` if the engine takes none.
    async fn new_id(&self, session: &Session) -> Result<Option<String>, Error> {
        if self.takes_no_ids.load(Ordering::Relaxed) {
            return Ok(None);
        }
        match session.chatting().get_new_message_id().await {
            Ok(new) => Ok(Some(new.id)),
            Err(error) if error.kind() == ErrorKind::NotSupported => {
                self.takes_no_ids.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Sends a message, once. `None` if it must not be begun any more. `earlier` is one that may have been sent: the server
    /// is asked for it, and gets it again only if it does not have it.
    async fn send(
        &self,
        session: &Session,
        chat: &ChatId,
        text: &str,
        earlier: Option<Begun>,
        settle_time: Duration,
    ) -> Result<Option<SentMessage>, Error> {
        let message = session.chat(chat)?.send_text(text);
        if let Some(Begun { id, at }) = earlier {
            if self.is_stopped.load(Ordering::SeqCst) {
                return Ok(None);
            }
            self.begun.fetch_add(1, Ordering::SeqCst);
            let message = id.into_iter().fold(message, |message, id| message.id(id));
            return message.once().after(at).settle_time(settle_time).await.map(Some);
        }
        if self.is_stopped.load(Ordering::SeqCst) {
            return Ok(None);
        }
        let id = match self.new_id(session).await {
            Ok(id) => id,
            Err(error) => {
                self.begun.fetch_add(1, Ordering::SeqCst);
                return Err(error);
            }
        };
        if !self.begin(chat, id.as_deref()) {
            return Ok(None);
        }
        let message = id.into_iter().fold(message, |message, id| message.id(id));
        message.once().settle_time(settle_time).await.map(Some)
    }

    /// Notes that a message is about to be sent; `false` if it must not be.
    fn begin(&self, chat: &ChatId, id: Option<&str>) -> bool {
        if self.is_stopped.load(Ordering::SeqCst) {
            return false;
        }
        // What the report does not know is not sent.
        if let Err(failure) = self.report().begin(chat.as_str(), id) {
            self.is_stopped.store(true, Ordering::SeqCst);
            self.broken.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
            return false;
        }
        self.begun.fetch_add(1, Ordering::SeqCst);
        true
    }

    fn stop(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
    }
}

/// Sends the broadcast.
///
/// # Errors
///
/// The list, the text or the report cannot be used; nobody agrees; Ctrl-C; or some messages were not sent.
pub async fn run(context: &Context, args: Broadcast) -> Result<(), Failure> {
    if args.to == "-" && args.text == "-" {
        return Err(Failure::usage("the chats and the text cannot both come from stdin"));
    }
    let chats = chats(context, &args.to)?;
    let text = lines::text(&args.text)?;
    if text.is_empty() {
        return Err(Failure::usage("the text is empty: nothing would be sent"));
    }
    if context.global.dry_run {
        return chats.iter().try_for_each(|chat| {
            let plan = context.plan("chatting_send_text")?.set("chatId", chat.as_str()).set("text", text.clone());
            plan.show(&context.settings, &context.output)
        });
    }
    let path = match (&args.report, args.to.as_str()) {
        (Some(path), _) => path.clone(),
        (None, "-") => {
            return Err(Failure::usage("a list from stdin has no name for its report").hint("add --report FILE"));
        }
        (None, list) => format!("{list}.report.jsonl").into(),
    };
    let report = Report::open(&path, &text)?;
    let mut wanted = Vec::new();
    let (mut sent, mut maybe) = (0, 0);
    for chat in chats {
        match report.outcome(chat.as_str()) {
            None | Some(Outcome::Failed) => wanted.push((chat, None)),
            Some(Outcome::Sent) => sent += 1,
            Some(Outcome::Maybe) => {
                maybe += 1;
                let earlier = report.begun(chat.as_str()).filter(|_| !args.retry_maybe).cloned();
                wanted.push((chat, earlier));
            }
        }
    }
    if sent + maybe > 0 {
        context.output.note(&format!("{sent} were sent before, {maybe} may have been: see {}", path.display()));
    }
    if !wanted.is_empty() {
        agree(&args, wanted.len(), &text)?;
    }
    let shared = Arc::new(Shared {
        report: Mutex::new(report),
        is_stopped: AtomicBool::new(false),
        begun: AtomicUsize::new(0),
        takes_no_ids: AtomicBool::new(false),
        broken: Mutex::new(None),
    });
    let total = wanted.len();
    let mut tally = Tally::default();
    send(context, &args, wanted, text, &shared, &mut tally).await?;
    tally.left = total - tally.done;
    finish(context, &shared, tally, &path)
}

/// How many of each there are.
#[derive(Default)]
struct Tally {
    /// Those whose outcome is known, of this run.
    done: usize,
    sent: usize,
    failed: usize,
    maybe: usize,
    left: usize,
    is_interrupted: bool,
    /// What the first error was, if no further message can be sent.
    fatal: Option<Failure>,
}

/// Reads the chats, each once.
fn chats(context: &Context, path: &str) -> Result<Vec<ChatId>, Failure> {
    let mut chats: Vec<ChatId> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut repeated = 0;
    for (number, line) in lines::list(path)? {
        let chat: ChatId = line
            .parse()
            .map_err(|error: Error| Failure::usage(format!("line {number} of `{path}`: {}", error.message())))
            .map_err(|failure| failure.hint(lines::LIST))?;
        if seen.insert(chat.clone()) { chats.push(chat) } else { repeated += 1 }
    }
    if repeated > 0 {
        context.output.note(&format!("{repeated} chats are in the list more than once; each gets one message"));
    }
    Ok(chats)
}

/// Asks whether to send.
fn agree(args: &Broadcast, count: usize, text: &str) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    let is_asked = io::stdin().is_terminal() && args.to != "-" && args.text != "-";
    if !is_asked {
        return Err(
            Failure::usage(format!("{count} messages would be sent, and nobody can be asked")).hint("add --yes")
        );
    }
    let mut out = io::stderr();
    let begin: String = text::line(text).chars().take(60).collect();
    let _ = write!(out, "Send \"{begin}\" to {count} chats? [y/N] ");
    let _ = out.flush();
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(|error| Failure::file("stdin cannot be read", &error))?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::new(Code::Interrupted, "nothing was sent")),
    }
}

/// Sends to each chat, and writes the report, until all is done, Ctrl-C is pressed or nothing can be sent any more.
async fn send(
    context: &Context,
    args: &Broadcast,
    chats: Vec<(ChatId, Option<Begun>)>,
    text: String,
    shared: &Arc<Shared>,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let session = context.settings.session()?;
    let bar = context.output.bar(Some(chats.len()), "{bar} {pos}/{len} {eta} {wide_msg}");
    let batching = Batching::new(usize::try_from(args.batch).unwrap_or(1), Duration::from_secs_f64(args.every));
    let text: Arc<str> = text.into();
    let (tasks, settle_time) = (shared.clone(), args.lost.settle_time());
    let mut results = session.batch(chats).batching(batching).run(move |session, (chat, earlier)| {
        let (shared, text) = (tasks.clone(), text.clone());
        async move { shared.send(&session, &chat, &text, earlier, settle_time).await }
    });
    let mut interrupt = Box::pin(output::interrupted());
    loop {
        // Results come in the order of the chats, so that what was begun comes before what was not.
        if shared.is_stopped.load(Ordering::SeqCst) && tally.done == shared.begun.load(Ordering::SeqCst) {
            break;
        }
        let next = tokio::select! {
            biased;
            next = results.next_with_item() => next,
            _ = &mut interrupt => {
                interrupt.set(output::interrupted());
                if tally.is_interrupted {
                    bar.finish_and_clear();
                    text::note("ended at once: what was under way may have been sent, as the report says");
                    process::exit(i32::from(Code::Interrupted as u8));
                }
                tally.is_interrupted = true;
                shared.stop();
                bar.suspend(|| text::note("stopping: waiting for what is under way; Ctrl-C again ends at once"));
                continue;
            }
        };
        let Some(((chat, _), result)) = next else { break };
        let Some(result) = result.transpose() else { continue };
        count(shared, tally, &chat, result)?;
        bar.inc(1);
        bar.set_message(format!("{} failed", tally.failed + tally.maybe));
    }
    bar.finish_and_clear();
    Ok(())
}

/// What gives the id for a message.
const NEW_ID: &str = "chatting_get_new_message_id";

/// Writes what became of a message.
fn count(shared: &Shared, tally: &mut Tally, chat: &ChatId, result: Result<SentMessage, Error>) -> Result<(), Failure> {
    tally.done += 1;
    let mut report = shared.report();
    let error = match result {
        Ok(sent) => {
            tally.sent += 1;
            return report.sent(chat.as_str(), sent.id.as_ref().map(waha::MessageId::as_str));
        }
        Err(error) => error,
    };
    // Before the message has an id, nothing is sent.
    let is_begun = error.operation().is_none_or(|operation| operation.id() != NEW_ID);
    let outcome = if is_begun && error.may_have_arrived() { Outcome::Maybe } else { Outcome::Failed };
    match outcome {
        Outcome::Maybe => tally.maybe += 1,
        _ => tally.failed += 1,
    }
    report.failed(chat.as_str(), outcome, &error.to_string())?;
    if fails_for_all(&error) && outcome == Outcome::Failed {
        shared.stop();
        tally.fatal.get_or_insert_with(|| error.into());
    }
    Ok(())
}

fn finish(context: &Context, shared: &Shared, tally: Tally, path: &std::path::Path) -> Result<(), Failure> {
    let Tally { sent, failed, maybe, left, .. } = tally;
    let people = format!("{sent} sent, {failed} failed, {maybe} maybe sent, {left} left; report: {}", path.display());
    let value =
        json!({ "sent": sent, "failed": failed, "maybe": maybe, "left": left, "report": path.display().to_string() });
    context.output.either(&people, &value)?;
    let again = "run it again with the same report to go on";
    if let Some(failure) = shared.broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(failure);
    }
    match (tally.is_interrupted, tally.fatal) {
        (true, _) => Err(Failure::new(Code::Interrupted, format!("stopped: {left} are left")).hint(again)),
        (false, Some(failure)) => Err(failure),
        (false, None) if maybe > 0 => {
            Err(Failure::new(Code::MaybeSent, format!("{maybe} messages may have been sent, and may not"))
                .hint("look at these chats; --retry-maybe sends to them again"))
        }
        (false, None) if failed > 0 => {
            Err(Failure::new(Code::Partial, format!("{failed} messages were not sent")).hint(again))
        }
        (false, None) => Ok(()),
    }
}
