//! The commands of the document: `waha <resource> <action>`, one for each operation.

mod commands;
mod pages;
mod values;

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use clap::ArgMatches;
use futures_util::TryStreamExt;
use serde_json::Value;
use waha::Client;

pub use commands::resources;
pub use pages::Pages;
pub use values::{json, set_file};

use crate::{
    Context,
    exit::{Code, Failure},
    output,
    plan::Plan,
    table::{self, Answer, Body, Operation},
    text,
};

/// Runs `waha RESOURCE ACTION`; `matches` are those of the resource.
///
/// # Errors
///
/// As for any call.
pub async fn run(context: &Context, resource: &str, matches: &ArgMatches) -> Result<(), Failure> {
    let found = matches.subcommand().and_then(|(action, matches)| {
        let resource = table::resource(resource)?;
        let operation = resource.operations.iter().find(|operation| operation.action == action)?;
        Some((operation, matches))
    });
    let Some((operation, matches)) = found else {
        return Err(Failure::usage(format!("`waha {resource} --help` shows what there is")));
    };
    let plan = plan(context, operation, matches)?;
    if context.global.dry_run {
        return plan.show(&context.settings, &context.output);
    }
    let client = context.settings.client()?;
    if operation.is_deprecated && !context.global.quiet {
        text::note(&format!("note: {} {} is deprecated: see its --help", resource, operation.action));
    }
    match (operation.answer, operation.paging) {
        (Answer::Bytes, _) => save(&client, &plan, matches.get_one::<PathBuf>("out")).await,
        (_, Some(paging)) => pages::run(context, &client, plan, paging, matches).await,
        (answer, None) => {
            let value = call(&client, &plan).await?;
            finish(context, answer, &value)
        }
    }
}

/// Builds the request of an operation.
fn plan(context: &Context, operation: &'static Operation, matches: &ArgMatches) -> Result<Plan, Failure> {
    let mut plan = Plan::of(operation, &context.settings)?;
    if let Some(given) = matches.try_get_one::<String>("body").ok().flatten() {
        values::merge(&mut plan, values::json(given)?)?;
    }
    for input in operation.inputs {
        values::fill(&mut plan, input, matches)?;
    }
    let missing: Vec<_> = operation.inputs.iter().filter(|input| values::is_missing(&plan, input)).collect();
    if !missing.is_empty() {
        let flags: Vec<_> = missing.iter().map(|input| format!("--{}", input.flag)).collect();
        return Err(Failure::usage(format!("missing: {}", flags.join(", "))));
    }
    if operation.body == Body::Required && plan.body.is_none() {
        plan.body = match operation.inputs.iter().any(|input| input.place == table::Place::Body) {
            true => Some(serde_json::json!({})),
            false => return Err(Failure::usage("missing: --body").hint("--body @file.json, or --body - for stdin")),
        };
    }
    Ok(plan)
}

/// Sends a request, and returns its answer.
///
/// # Errors
///
/// As for any call.
pub async fn call(client: &Client, plan: &Plan) -> Result<Value, Failure> {
    let answer = plan.request(client).await?;
    // A number that is too large for a number of Rust.
    answer.to_value().map_err(|error| Failure::new(Code::ServerFailed, format!("the answer cannot be read: {error}")))
}

/// Writes an answer.
fn finish(context: &Context, answer: Answer, value: &Value) -> Result<(), Failure> {
    if value.is_null() && context.output.is_for_people() {
        context.output.note(if answer == Answer::Nothing { "done" } else { "done: the answer is empty" });
        return Ok(());
    }
    context.output.value(value)
}

/// Writes an answer of bytes to a file, or to stdout if that is no terminal.
async fn save(client: &Client, plan: &Plan, out: Option<&PathBuf>) -> Result<(), Failure> {
    if out.is_none() && io::stdout().is_terminal() {
        return Err(Failure::usage("the answer is no text: a terminal cannot show it")
            .hint("--out FILE saves it, or let another program read it"));
    }
    let mut download = plan.request(client).send_bytes().await?;
    match out {
        Some(path) => {
            let size = download.save(path).await?;
            text::note(&format!("{}: {size} bytes", path.display()));
        }
        None => {
            while let Some(bytes) = download.try_next().await? {
                output::write_bytes(&bytes)?;
            }
        }
    }
    Ok(())
}
