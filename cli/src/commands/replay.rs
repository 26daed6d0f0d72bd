//! `waha replay`: what `waha listen --record` has written, once more.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::lines;
use crate::{
    Context,
    delivery::{Receiver, now},
    exit::{Code, Failure},
    text,
};

/// Post recorded events to a webhook
///
/// They keep their ids. Their times become those of now, because receivers refuse what is old; --as-recorded changes
/// nothing.
#[derive(Args, Debug)]
pub struct Replay {
    /// File with an event on each line, of `waha listen --record`; - for stdin
    file: String,
    /// Address of the webhook
    #[arg(long, value_name = "URL")]
    to: String,
    /// Sign them with this key; better kept in the environment, where other users do not see it
    #[arg(long, value_name = "KEY", env = "WAHA_WEBHOOK_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Only events of these names
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    events: Vec<String>,
    /// How long to wait between two events, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    delay: u64,
    /// Post them as they were recorded, with their old times
    #[arg(long)]
    as_recorded: bool,
}

/// Posts the events.
///
/// # Errors
///
/// The file has no events, or some could not be posted.
pub async fn run(context: &Context, args: Replay) -> Result<(), Failure> {
    context.no_dry_run("the file has the events")?;
    let receiver = Receiver::new(&args.to, args.secret)?;
    let mut events = Vec::new();
    for (number, line) in lines::list(&args.file)? {
        let event: Value = serde_json::from_str(&line)
            .map_err(|error| Failure::usage(format!("line {number} of `{}` is no event: {error}", args.file)))?;
        let name = event["event"].as_str().unwrap_or_default().to_owned();
        // Gaps are recorded nowhere, and what else is no event is not posted.
        if !name.is_empty() && (args.events.is_empty() || args.events.contains(&name)) {
            events.push((number, name, line, event));
        }
    }
    let (mut posted, mut failed) = (0, 0);
    for (position, (number, name, line, mut event)) in events.into_iter().enumerate() {
        if position > 0 && args.delay > 0 {
            tokio::time::sleep(Duration::from_millis(args.delay)).await;
        }
        let body = match (args.as_recorded, event.get("timestamp").is_some()) {
            (false, true) => {
                event["timestamp"] = now().into();
                event.to_string()
            }
            _ => line,
        };
        match receiver.post(body.into_bytes()).await {
            Ok(status) => {
                posted += 1;
                context.output.note(&format!("{name}: {status}"));
            }
            Err(failure) => {
                failed += 1;
                text::note(&format!("line {number}, {name}: {failure}"));
            }
        }
    }
    context
        .output
        .either(&format!("{posted} posted, {failed} failed"), &json!({ "posted": posted, "failed": failed }))?;
    match failed {
        0 => Ok(()),
        failed => Err(Failure::new(Code::Partial, format!("{failed} events could not be posted"))),
    }
}
