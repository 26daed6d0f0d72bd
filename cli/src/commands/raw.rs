//! `waha raw`: any path of the server.

use std::path::PathBuf;

use clap::Args;
use futures_util::TryStreamExt;
use serde_json::Value;
use waha::{Client, Method};

use crate::{
    Context,
    exit::Failure,
    generated::{Pages, json},
    output,
    plan::Plan,
    table::Paging,
    text,
};

/// Send a request to any path of the server
///
/// For what this program does not know yet. {session} in the path is the session. The key, the retries and the exit
/// codes are as for any command.
#[derive(Args, Debug)]
pub struct Raw {
    /// GET, POST, PUT, DELETE or another method
    #[arg(value_parser = method)]
    method: Method,
    /// Path, such as /api/{session}/chats?limit=5
    path: String,
    /// Parameter of the query; may be repeated
    #[arg(long, short = 'p', value_name = "NAME=VALUE", value_parser = pair('='))]
    param: Vec<(String, String)>,
    /// Header; may be repeated
    #[arg(long, short = 'H', value_name = "NAME: VALUE", value_parser = pair(':'))]
    header: Vec<(String, String)>,
    /// The body as JSON, as @FILE, or as - for stdin
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    body: Option<String>,
    /// Go through the list by limit and offset
    #[arg(long)]
    paginate: bool,
    /// Save the answer as a file, whatever it is
    #[arg(long, value_name = "FILE", conflicts_with = "paginate")]
    out: Option<PathBuf>,
}

/// How many items are asked for at once.
const PAGE: u64 = 100;

fn method(text: &str) -> Result<Method, String> {
    text.to_uppercase().parse().map_err(|_| "write GET, POST, PUT or DELETE".to_owned())
}

fn pair(sign: char) -> impl Fn(&str) -> Result<(String, String), String> + Clone {
    move |text| {
        let (name, value) = text.split_once(sign).ok_or_else(|| format!("write NAME{sign}VALUE"))?;
        Ok((name.trim().to_owned(), value.trim_start_matches(if sign == ':' { ' ' } else { '\0' }).to_owned()))
    }
}

/// Sends the request.
///
/// # Errors
///
/// As for any call.
pub async fn run(context: &Context, args: Raw) -> Result<(), Failure> {
    let (path, query) = args.path.split_once('?').unwrap_or((&args.path, ""));
    let mut plan = Plan::new(args.method, path);
    plan.query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    plan.query.extend(args.param);
    if path.contains("{session}") {
        plan = plan.param("session", &context.settings.session);
    }
    if let Some(body) = &args.body {
        plan.body = Some(json(body)?);
    }
    if context.global.dry_run {
        return plan.show(&context.settings, &context.output);
    }
    let client = context.settings.client()?;
    if args.paginate {
        return paginate(context, &client, plan).await;
    }
    let is_read = plan.method == Method::GET;
    let mut request = plan.request(&client);
    for (name, value) in &args.header {
        request = request.header(name, value);
    }
    let failed = |error: waha::Error| if is_read { error.into() } else { Failure::of_unknown_call(error) };
    if let Some(path) = &args.out {
        let size = request.send_bytes().await.map_err(failed)?.save(path).await?;
        text::note(&format!("{}: {size} bytes", path.display()));
        return Ok(());
    }
    // What is no JSON is written as it came.
    let mut download = request.header("accept", accept(&args.header)).send_bytes().await.map_err(failed)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = download.try_next().await? {
        bytes.extend_from_slice(&chunk);
    }
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) => context.output.value(&value),
        Err(_) if bytes.is_empty() => context.output.either("", &Value::Null),
        Err(_) => match String::from_utf8(bytes) {
            Ok(text) => context.output.value(&text.into()),
            Err(error) => output::write_bytes(error.as_bytes()),
        },
    }
}

/// JSON is preferred, unless somebody says something else.
fn accept(headers: &[(String, String)]) -> String {
    let given = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("accept"));
    given.map_or_else(|| "application/json, */*;q=0.8".to_owned(), |(_, value)| value.clone())
}

async fn paginate(context: &Context, client: &Client, plan: Plan) -> Result<(), Failure> {
    let mut pages = Pages::new(plan, Paging::Offset, PAGE);
    let mut items = Vec::new();
    while let Some(mut page) = pages.next(client).await? {
        match context.output.is_by_line() {
            true => page.iter().try_for_each(|item| context.output.item(item))?,
            false => items.append(&mut page),
        }
    }
    if context.output.is_by_line() { Ok(()) } else { context.output.value(&items.into()) }
}
