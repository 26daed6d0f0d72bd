//! `waha trigger`: a sample of any event, posted as the server would.

use clap::Args;
use serde_json::Value;

use crate::{
    Context,
    delivery::{Receiver, envelope, sample},
    exit::Failure,
    generated::json,
    table::EVENTS,
};

/// Post a signed sample of an event to a webhook, as the server would
#[derive(Args, Debug)]
pub struct Trigger {
    /// Name of the event, such as message or session.status; without it the events are listed
    event: Option<String>,
    /// Address of the webhook; without it the event is only written
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Sign it with this key; better kept in the environment, where other users do not see it
    #[arg(long, value_name = "KEY", env = "WAHA_WEBHOOK_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Members of the payload to set, as JSON, as @FILE, or as - for stdin
    #[arg(long, value_name = "JSON")]
    payload: Option<String>,
    /// Text of the message
    #[arg(long, allow_hyphen_values = true)]
    text: Option<String>,
    /// Who sent it, such as 11111111111@c.us
    #[arg(long, value_name = "ID")]
    from: Option<waha::ChatId>,
}

/// Posts the sample.
///
/// # Errors
///
/// There is no such event, or the webhook gives no success.
pub async fn run(context: &Context, args: Trigger) -> Result<(), Failure> {
    let Some(event) = args.event else {
        let events = EVENTS.iter().map(|sample| serde_json::json!({ "event": sample.name, "about": sample.about }));
        return context.output.value(&events.collect());
    };
    let sample = sample(&event)?;
    let mut payload: Value = serde_json::from_str(sample.payload).unwrap_or_default();
    if let Some(text) = args.text {
        payload["body"] = text.into();
    }
    if let Some(from) = args.from {
        payload["from"] = from.as_str().into();
    }
    if let Some(given) = args.payload {
        match (json(&given)?, &mut payload) {
            (Value::Object(given), Value::Object(payload)) => payload.extend(given),
            (given, payload) => *payload = given,
        }
    }
    let event = envelope(sample.name, &context.settings.session, payload);
    let Some(url) = args.to.filter(|_| !context.global.dry_run) else {
        return context.output.value(&event);
    };
    let status = Receiver::new(&url, args.secret)?.post(event.to_string().into_bytes()).await?;
    context
        .output
        .either(&format!("{}: {status}", sample.name), &serde_json::json!({ "event": event, "status": status }))
}
