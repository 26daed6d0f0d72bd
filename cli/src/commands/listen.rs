//! `waha listen`: events as they happen.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::PathBuf,
    pin::pin,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::Args;
use serde_json::{Value, json};
use waha::{
    Event,
    events::{CatchUp, EventStream, Payload, Received},
};

use super::messages::time;
use crate::{
    Context,
    delivery::{Receiver, sample},
    exit::{Code, Failure},
    output, text,
};

/// Show events as they happen, until Ctrl-C
///
/// A line for each event; gaps, in which the connection was lost, are told on stderr, and among the events as
/// {"gap": …} with JSON. The server repeats nothing: --catch-up fetches the messages that came in a gap.
#[derive(Args, Debug)]
pub struct Listen {
    /// Names of the events, such as message,session.status [default: all but state.change and engine.event]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    events: Vec<String>,
    /// Write each event as a line of JSON, as the server sent it
    #[arg(long)]
    json: bool,
    /// Listen to all sessions that the key may read
    #[arg(long)]
    all_sessions: bool,
    /// Fetch the messages that came while the connection was lost
    #[arg(long)]
    catch_up: bool,
    /// Post each event to this address, as a webhook
    #[arg(long, value_name = "URL")]
    forward_to: Option<String>,
    /// Sign what is posted with this key; better kept in the environment, where other users do not see it
    #[arg(long, value_name = "KEY", env = "WAHA_WEBHOOK_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Append each event to this file, a line of JSON each, for `waha replay`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// End after so many events
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

/// What is done with each event.
struct Sink<'a> {
    context: &'a Context,
    is_json: bool,
    record: Option<(PathBuf, File)>,
    forward: Option<Receiver>,
    /// How many could not be forwarded.
    failed: u64,
}

/// Listens.
///
/// # Errors
///
/// The server refuses the key, or the record cannot be written.
pub async fn run(context: &Context, args: Listen) -> Result<(), Failure> {
    context.no_dry_run("waha listen sends nothing to WhatsApp anyway")?;
    for name in &args.events {
        // The server ignores names that it does not know.
        if name != "*" {
            sample(name)?;
        }
    }
    let record = args.record.map(|path| {
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(|error| Failure::file(format!("`{}` cannot be written", path.display()), &error))?;
        Ok::<_, Failure>((path, file))
    });
    let forward = args.forward_to.map(|url| Receiver::new(&url, args.secret)).transpose()?;
    let is_json = args.json || !context.output.is_for_people();
    let mut sink = Sink { context, is_json, record: record.transpose()?, forward, failed: 0 };

    let session = context.settings.session()?;
    let mut listener = if args.all_sessions { session.client().events() } else { session.events() };
    if !args.events.is_empty() {
        listener = listener.only(args.events.iter().map(String::as_str));
    }
    if args.catch_up {
        listener = listener.catch_up(CatchUp::new());
    }
    let mut events = listener.connect().await?;
    context.output.note(&format!("listening to {}; Ctrl-C ends it", context.settings.server));
    let result = follow(&mut events, &mut sink, args.count).await;
    events.close().await;
    result?;
    match sink.failed {
        0 => Ok(()),
        failed => Err(Failure::new(Code::Partial, format!("{failed} events could not be forwarded"))),
    }
}

async fn follow(events: &mut EventStream, sink: &mut Sink<'_>, count: Option<u64>) -> Result<(), Failure> {
    let mut left = count.unwrap_or(u64::MAX);
    let mut interrupt = pin!(output::interrupted());
    while left > 0 {
        let received = tokio::select! {
            received = events.next() => received,
            () = &mut interrupt => return Ok(()),
        };
        match received {
            None => return Ok(()),
            Some(Err(error)) => return Err(error.into()),
            Some(Ok(Received::Event(event) | Received::Missed(event))) => {
                sink.take(&event).await?;
                left -= 1;
            }
            Some(Ok(other)) => sink.tell(&other)?,
        }
    }
    Ok(())
}

impl Sink<'_> {
    async fn take(&mut self, event: &Event) -> Result<(), Failure> {
        let json = match event.received_json() {
            Some(json) => json.to_vec(),
            None => fetched(event).to_string().into_bytes(),
        };
        if self.is_json {
            match serde_json::from_slice::<Value>(&json) {
                Ok(value) => self.context.output.item(&value)?,
                Err(_) => output::print(&text::line(&String::from_utf8_lossy(&json)))?,
            }
        } else {
            output::print(&line(event))?;
        }
        if let Some((path, file)) = &mut self.record {
            let mut json = json.clone();
            json.retain(|byte| !matches!(byte, b'\n' | b'\r'));
            json.push(b'\n');
            file.write_all(&json)
                .map_err(|error| Failure::file(format!("`{}` cannot be written", path.display()), &error))?;
        }
        if let Some(receiver) = &self.forward
            && let Err(failure) = receiver.post(json).await
        {
            self.failed += 1;
            text::note(&format!("{} was not forwarded: {failure}", event.name()));
        }
        Ok(())
    }

    /// Tells what is no event, so that nothing is missed without a word.
    fn tell(&self, received: &Received) -> Result<(), Failure> {
        let (words, value) = match received {
            Received::Gap(gap) => {
                let (since, until) = (seconds(gap.since()), seconds(gap.until()));
                let words =
                    format!("gap: events between {} and {} were missed: {}", time(since), time(until), gap.cause());
                (words, json!({ "gap": { "since": since, "until": until, "cause": gap.cause().to_string() } }))
            }
            Received::CaughtUp(caught) => {
                let words = match (caught.is_complete(), caught.error()) {
                    (true, _) => format!("{} messages of the gap were fetched", caught.missed()),
                    (false, Some(error)) => format!("not all messages of the gap were fetched: {error}"),
                    (false, None) => "there were more messages in the gap than are fetched".to_owned(),
                };
                (words, json!({ "caughtUp": { "missed": caught.missed(), "isComplete": caught.is_complete() } }))
            }
            Received::Dropped(count) => (format!("{count} events were dropped"), json!({ "dropped": count })),
            Received::Unreadable(error) => {
                (format!("what is no event came: {error}"), json!({ "unreadable": error.to_string() }))
            }
            other => (format!("{other:?}"), json!({ "other": format!("{other:?}") })),
        };
        text::note(&words);
        if self.is_json { self.context.output.item(&value) } else { Ok(()) }
    }
}

fn seconds(time: SystemTime) -> Option<i64> {
    time.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok())
}

/// A message that was fetched after a gap, in the form of an event.
fn fetched(event: &Event) -> Value {
    let payload = match &event.payload {
        Payload::Message(message) | Payload::MessageAny(message) => serde_json::to_value(message).unwrap_or_default(),
        _ => Value::Null,
    };
    json!({ "event": event.name(), "session": event.session, "payload": payload })
}

/// An event on one line.
fn line(event: &Event) -> String {
    let at = time(event.timestamp.map(|milliseconds| milliseconds / 1000).or_else(|| seconds(SystemTime::now())));
    let name = event.name();
    let what = match (event.message(), &event.payload) {
        (Some(message), _) => {
            let whence = if message.is_group() { format!("{}  ", message.chat_id()) } else { String::new() };
            format!("{whence}{}", *message)
        }
        (None, Payload::SessionStatus(change)) => change.status.to_string(),
        (None, _) => event.chat_id().map(|chat| chat.to_string()).unwrap_or_default(),
    };
    text::line(&format!("{at}  {}  {name}  {what}", event.session)).trim_end().to_owned()
}
