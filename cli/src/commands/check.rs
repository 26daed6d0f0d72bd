//! `waha check`: which phone numbers are on WhatsApp.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use waha::{Batching, Error, PhoneNumber};

use super::{fails_for_all, lines};
use crate::{
    Context,
    exit::{Code, Failure},
    output,
};

/// Check which phone numbers are on WhatsApp
#[derive(Args, Debug)]
pub struct Check {
    /// Phone numbers, or a file with one on each line, or - for stdin
    #[arg(required = true, value_name = "FILE|NUMBER")]
    numbers: Vec<String>,
    /// How many to check in a batch
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    batch: u64,
    /// How long to wait before the next batch, in seconds; WhatsApp blocks who asks too fast
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = crate::args::seconds)]
    every: f64,
}

/// Checks them, each once.
///
/// # Errors
///
/// A number is none; or some could not be checked, which are written as such.
pub async fn run(context: &Context, args: Check) -> Result<(), Failure> {
    let mut numbers = Vec::new();
    for given in &args.numbers {
        match given.parse::<PhoneNumber>() {
            Ok(number) => numbers.push(number),
            Err(error) if given != "-" && !std::path::Path::new(given).is_file() => {
                let is_number = given.starts_with(|first: char| first == '+' || first.is_ascii_digit());
                let why = if is_number { error.message().to_owned() } else { format!("there is no file `{given}`") };
                return Err(Failure::usage(why).hint("a number looks like +1 111 111 1111"));
            }
            Err(_) => {
                for (number, line) in lines::list(given)? {
                    let parsed = line.parse::<PhoneNumber>();
                    numbers.push(parsed.map_err(|error| {
                        Failure::usage(format!("line {number} of `{given}`: {}", error.message())).hint(lines::LIST)
                    })?);
                }
            }
        }
    }
    let plan = context.plan("contacts_check_exists")?;
    if context.global.dry_run {
        let shown = numbers.iter().map(|number| plan.clone().query("phone", number.as_str()));
        return shown.into_iter().try_for_each(|plan| plan.show(&context.settings, &context.output));
    }
    let session = context.settings.session()?;
    let batching =
        Batching::new(usize::try_from(args.batch).unwrap_or(usize::MAX), Duration::from_secs_f64(args.every));
    let mut results = session.batch(numbers).batching(batching).run(|session, number| {
        let plan = plan.clone().query("phone", number.as_str());
        async move { plan.request(session.client()).await?.to_value().or(Ok::<_, Error>(Value::Null)) }
    });
    let (mut rows, mut failed, mut last, mut fatal) = (Vec::new(), 0, None, None);
    while let Some((number, result)) = results.next_with_item().await {
        let row = match result {
            Ok(answer) => {
                let chat = answer["chatId"].as_str();
                json!({ "number": number, "exists": answer["numberExists"], "chatId": chat })
            }
            Err(error) if fails_for_all(&error) => {
                // Nobody needs to be told for each number.
                fatal = Some(error);
                break;
            }
            Err(error) => {
                failed += 1;
                let row = json!({ "number": number, "error": error.to_string() });
                last = Some(error);
                row
            }
        };
        match (context.output.is_for_people(), context.output.is_by_line()) {
            (true, _) => output::print(&people(&row))?,
            (false, true) => context.output.item(&row)?,
            (false, false) => {}
        }
        rows.push(row);
    }
    if !context.output.is_for_people() && !context.output.is_by_line() && (fatal.is_none() || !rows.is_empty()) {
        context.output.value(&Value::Array(rows.clone()))?;
    }
    if let Some(error) = fatal {
        return Err(error.into());
    }
    match last {
        None => Ok(()),
        Some(error) if failed == rows.len() => Err(error.into()),
        Some(_) => Err(Failure::new(Code::Partial, format!("{failed} of {} numbers could not be checked", rows.len()))),
    }
}

fn people(row: &Value) -> String {
    let number = row["number"].as_str().unwrap_or_default();
    let chat = row["chatId"].as_str().unwrap_or_default();
    match (row["error"].as_str(), row["exists"] == true) {
        (Some(error), _) => format!("{number}  ?    {error}"),
        (None, true) => format!("{number}  yes  {chat}").trim_end().to_owned(),
        (None, false) => format!("{number}  no"),
    }
}
