//! `waha webhook`: where the server delivers the events of a session.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    Context,
    delivery::{Receiver, envelope, sample},
    exit::{Code, Failure},
    generated,
};

/// Set up the webhook of the session, or test those that it has
#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub struct Webhook {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set up the webhook; nothing else of the session changes, which the server restarts if it has to
    Set {
        /// Address to which the server posts events
        url: String,
        /// Names of the events [default: all but state.change and engine.event]
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        events: Vec<String>,
        /// Have deliveries signed with this key; better kept in the environment, where other users do not see it
        #[arg(long, value_name = "KEY", env = "WAHA_WEBHOOK_SECRET", hide_env_values = true)]
        secret: Option<String>,
    },
    /// Show the webhooks of the session, without their keys
    List,
    /// Post a signed sample from this machine to the webhooks of the session
    Test {
        /// Name of the event to post
        #[arg(long, value_name = "NAME", default_value = "session.status")]
        event: String,
    },
}

/// Does it.
///
/// # Errors
///
/// As for any call; and if a webhook gives no success.
pub async fn run(context: &Context, args: Webhook) -> Result<(), Failure> {
    match args.action {
        Action::Set { url, events, secret } => {
            context.no_dry_run("waha sessions update --dry-run shows a request that sets the whole configuration")?;
            for name in events.iter().filter(|name| *name != "*") {
                sample(name)?;
            }
            let session = context.settings.session()?;
            let mut webhook = session.webhook(&url);
            if !events.is_empty() {
                webhook = webhook.events(events.iter().map(String::as_str));
            }
            if let Some(secret) = secret {
                webhook = webhook.hmac(secret);
            }
            webhook.send().await?;
            let people = format!("the session {} delivers to {url}", session.name());
            context.output.either(&people, &json!({ "session": session.name(), "url": url }))
        }
        Action::List => {
            let Some(session) = context.run(&context.plan("sessions_get")?).await? else { return Ok(()) };
            let webhooks = webhooks(&session).iter().map(|webhook| {
                let is_signed = key(webhook).is_some();
                json!({ "url": webhook["url"], "signed": is_signed, "events": names(webhook) })
            });
            context.output.value(&webhooks.collect())
        }
        Action::Test { event } => test(context, &event).await,
    }
}

fn webhooks(session: &Value) -> &[Value] {
    session["config"]["webhooks"].as_array().map_or(&[], Vec::as_slice)
}

fn names(webhook: &Value) -> String {
    let names = webhook["events"].as_array().into_iter().flatten().filter_map(Value::as_str);
    names.collect::<Vec<_>>().join(", ")
}

fn key(webhook: &Value) -> Option<String> {
    webhook["hmac"]["key"].as_str().filter(|key| !key.is_empty()).map(str::to_owned)
}

async fn test(context: &Context, event: &str) -> Result<(), Failure> {
    let sample = sample(event)?;
    let plan = context.plan("sessions_get")?;
    context.no_dry_run("waha trigger EVENT writes the sample")?;
    let session = generated::call(&context.settings.client()?, &plan).await?;
    let webhooks = webhooks(&session);
    if webhooks.is_empty() {
        return Err(Failure::new(Code::NotFound, "the session has no webhook").hint("waha webhook set URL"));
    }
    let mut results = Vec::new();
    let mut failed = 0;
    for webhook in webhooks {
        let url = webhook["url"].as_str().unwrap_or_default();
        let mut payload: Value = serde_json::from_str(sample.payload).unwrap_or_default();
        if sample.name == "session.status" {
            payload["name"] = session["name"].clone();
            payload["status"] = session["status"].clone();
        }
        let body = envelope(sample.name, &context.settings.session, payload).to_string().into_bytes();
        let posted = match Receiver::new(url, key(webhook)) {
            Ok(receiver) => receiver.post(body).await,
            Err(failure) => Err(failure),
        };
        match posted {
            Ok(status) => results.push(json!({ "url": url, "status": status })),
            Err(failure) => {
                failed += 1;
                results.push(json!({ "url": url, "error": failure.to_string() }));
            }
        }
    }
    context.output.value(&results.into())?;
    match failed {
        0 => Ok(()),
        failed => Err(Failure::new(Code::Partial, format!("{failed} webhooks gave no success"))
            .hint("it was posted from this machine: a server elsewhere may see another network")),
    }
}
