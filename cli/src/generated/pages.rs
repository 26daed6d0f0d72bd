//! Lists that the server answers a page at a time.

use std::collections::HashSet;

use clap::ArgMatches;
use serde_json::{Value, json};
use waha::Client;

use super::call;
use crate::{
    Context,
    exit::{Code, Failure},
    plan::Plan,
    table::Paging,
};

/// How many pages in a row may bring nothing new before the list counts as cut short.
const MAX_PAGES_WITHOUT_NEWS: usize = 10;

/// Reads as many pages as are wanted, and writes their items.
///
/// # Errors
///
/// As for any call; and if the server goes on with pages that bring nothing new.
pub async fn run(
    context: &Context,
    client: &Client,
    plan: Plan,
    paging: Paging,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let size = matches.get_one::<u64>("page-size").copied().unwrap_or(100);
    let limit = match (matches.get_flag("all"), matches.get_one::<u64>("limit")) {
        (true, _) => u64::MAX,
        (false, Some(limit)) => *limit,
        // One page, as the server has it.
        (false, None) => {
            let answer = call(client, &one_page(plan, paging, matches, size)).await?;
            return context.output.value(&answer);
        }
    };
    let mut pages = Pages::new(plan, paging, size.min(limit));
    let mut items = Vec::new();
    let mut left = limit;
    while left > 0
        && let Some(mut page) = pages.next(client).await?
    {
        page.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        left -= page.len() as u64;
        match context.output.is_by_line() {
            true => page.iter().try_for_each(|item| context.output.item(item))?,
            false => items.append(&mut page),
        }
    }
    if context.output.is_by_line() { Ok(()) } else { context.output.value(&Value::Array(items)) }
}

/// The size of a page is only set where somebody asks for it, or where the server demands it.
fn one_page(mut plan: Plan, paging: Paging, matches: &ArgMatches, size: u64) -> Plan {
    let is_given =
        matches.value_source("page-size").is_some_and(|source| source == clap::parser::ValueSource::CommandLine);
    match paging {
        Paging::Offset if is_given => plan.requery("limit", size.to_string()),
        Paging::OffsetIn(property) => {
            let pagination = plan.members().entry(property).or_insert_with(|| json!({}));
            if pagination.get("limit").is_none() {
                pagination["limit"] = size.into();
            }
        }
        Paging::Cursor { .. } if is_given => drop(plan.members().insert("limit".to_owned(), size.into())),
        Paging::Offset | Paging::Cursor { .. } => {}
    }
    plan
}

/// The pages of a list, each asked for when it is wanted.
pub struct Pages {
    plan: Plan,
    paging: Paging,
    size: u64,
    /// How many items to skip.
    offset: u64,
    cursor: Option<String>,
    /// What came before, by its `id`, or by all of it.
    seen: HashSet<String>,
    /// How long a page of this server is.
    longest: Option<usize>,
    pages_without_news: usize,
    is_over: bool,
}

impl Pages {
    /// Begins with what the request says.
    pub fn new(plan: Plan, paging: Paging, size: u64) -> Self {
        let given = match paging {
            Paging::Offset => {
                plan.query.iter().find(|(name, _)| name == "offset").and_then(|(_, value)| value.parse().ok())
            }
            Paging::OffsetIn(property) => plan.body.as_ref().and_then(|body| body[property]["offset"].as_u64()),
            Paging::Cursor { .. } => None,
        };
        Self {
            plan,
            paging,
            size,
            offset: given.unwrap_or(0),
            cursor: None,
            seen: HashSet::new(),
            longest: None,
            pages_without_news: 0,
            is_over: false,
        }
    }

    /// Reads the next page; `None` after the last. What came before is not in it.
    ///
    /// # Errors
    ///
    /// As for any call; and if the server goes on with pages that bring nothing new.
    pub async fn next(&mut self, client: &Client) -> Result<Option<Vec<Value>>, Failure> {
        while !self.is_over {
            let answer = call(client, &self.request()).await?;
            let mut items = self.items(answer);
            let count = items.len();
            items.retain(|item| self.seen.insert(identity(item)));
            self.offset += count as u64;
            // The server may have a limit of its own: only a page that is shorter than one before it is the last.
            let is_short = self.longest.map_or(count == 0, |longest| count < longest);
            self.is_over |= !matches!(self.paging, Paging::Cursor { .. }) && is_short;
            self.longest = self.longest.max(Some(count));
            if !items.is_empty() {
                self.pages_without_news = 0;
                return Ok(Some(items));
            }
            // A server that does not know `offset` answers with the same list again.
            let is_whole_list = self.longest.is_some_and(|longest| longest as u64 != self.size);
            self.is_over |= is_whole_list && !matches!(self.paging, Paging::Cursor { .. });
            self.pages_without_news += 1;
            if self.pages_without_news > MAX_PAGES_WITHOUT_NEWS {
                let why = "the list is cut short: the server goes on with pages that bring nothing new";
                return Err(
                    Failure::new(Code::ServerFailed, why).hint("--page-size with a number larger than the list")
                );
            }
        }
        Ok(None)
    }

    fn request(&self) -> Plan {
        let mut plan = self.plan.clone();
        match self.paging {
            Paging::Offset => {
                plan.requery("limit", self.size.to_string());
                plan.requery("offset", self.offset.to_string());
            }
            Paging::OffsetIn(property) => {
                plan.members().insert(property.to_owned(), json!({ "limit": self.size, "offset": self.offset }));
            }
            Paging::Cursor { .. } => {
                plan.members().insert("limit".to_owned(), self.size.into());
                if let Some(cursor) = &self.cursor {
                    plan.members().insert("startCursor".to_owned(), cursor.clone().into());
                }
            }
        }
        plan
    }

    /// Takes the items out of an answer, and notes where the list goes on.
    fn items(&mut self, mut answer: Value) -> Vec<Value> {
        let list = match self.paging {
            Paging::Cursor { items } => {
                let page = &answer["page"];
                let next =
                    page["endCursor"].as_str().filter(|cursor| page["hasNextPage"] == true && !cursor.is_empty());
                let next = next.map(str::to_owned);
                self.is_over = next.is_none() || next == self.cursor;
                self.cursor = next;
                answer[items].take()
            }
            Paging::Offset | Paging::OffsetIn(_) => answer,
        };
        match list {
            Value::Array(items) => items,
            // An engine that answers with a map from ids to what they are.
            Value::Object(members) => members.into_iter().map(|(_, member)| member).collect(),
            Value::Null => Vec::new(),
            other => vec![other],
        }
    }
}

/// Tells an item from the others of a list.
fn identity(item: &Value) -> String {
    match item.get("id") {
        Some(id) if !id.is_null() => id.to_string(),
        _ => item.to_string(),
    }
}
