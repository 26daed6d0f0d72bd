//! `waha status`.

use clap::Args;
use serde_json::{Value, json};

use crate::{Context, exit::Failure, generated};

/// Show how the session is, or all of them
#[derive(Args, Debug)]
pub struct Status {
    /// All sessions, also those that are stopped
    #[arg(long)]
    all: bool,
}

/// Shows the status.
///
/// # Errors
///
/// As for any call.
pub async fn run(context: &Context, args: &Status) -> Result<(), Failure> {
    let plan = match args.all {
        true => context.plan("sessions_list")?.query("all", "true"),
        false => context.plan("sessions_get")?,
    };
    if context.global.dry_run {
        return plan.show(&context.settings, &context.output);
    }
    let answer = generated::call(&context.settings.client()?, &plan).await?;
    let sessions = match &answer {
        Value::Array(sessions) => sessions.iter().map(brief).collect(),
        session => brief(session),
    };
    context.output.value(&sessions)
}

/// What people want to know of a session.
fn brief(session: &Value) -> Value {
    json!({
        "session": session["name"],
        "status": session["status"],
        "account": session["me"]["id"],
        "name": session["me"]["pushName"],
        "engine": session["engine"]["engine"],
    })
}
