//! What the changes do to our public API: both documents are generated from, and what differs is laid to their account.

use std::{
    panic,
    sync::Once,
    thread::{self, Scope, ScopedJoinHandle},
};

use serde_json::Value;

use super::{
    Context,
    model::{Change, Direction, Rust},
    rules::{self, Other},
    symbols::{self, Refused, SymbolChange, Symbols},
};

/// Gives each change its symbols and its verdict, and adds what no change explains. Gives the operations of HEAD that no
/// overlay describes as well.
pub fn judge(changes: Vec<Change>, documents: [&Value; 2], context: &Context) -> (Vec<Change>, Vec<String>) {
    silence_panics();
    if documents[0] == documents[1] && changes.is_empty() {
        let head = thread::scope(|scope| join(spawn(scope, documents[1], context)));
        return (changes, head.map_or_else(|_| Vec::new(), |symbols| symbols.uncurated));
    }
    let (base, head) = thread::scope(|scope| {
        let [base, head] = documents.map(|document| spawn(scope, document, context));
        (join(base), join(head))
    });
    settle(changes, base.as_ref(), head.as_ref())
}

/// What `judge` does when both sides are generated, or could not be.
pub fn settle(
    mut changes: Vec<Change>,
    base: Result<&Symbols, &Refused>,
    head: Result<&Symbols, &Refused>,
) -> (Vec<Change>, Vec<String>) {
    let uncurated = head.map_or_else(|_| Vec::new(), |symbols| symbols.uncurated.clone());
    match (base, head) {
        (Ok(base), Ok(head)) => {
            let differ = symbols::diff(base, head);
            let attribution = symbols::attribute(&changes, &differ, base, head);
            for (change, of) in changes.iter_mut().zip(attribution.of) {
                change.rust = of.iter().map(|symbol| differ[*symbol].verdict).max().unwrap_or_default();
                change.symbols = of.iter().map(|symbol| differ[*symbol].path.clone()).collect();
            }
            changes.extend(attribution.unexplained.into_iter().map(|symbol| unexplained(&differ[symbol])));
        }
        (base, head) => {
            changes.extend(base.err().map(|refused| not_generated(refused, "BASE")));
            changes.extend(head.err().map(|refused| not_generated(refused, "HEAD")));
        }
    }
    (changes, uncurated)
}

fn change(rule: Other, key: String, message: String) -> Change {
    Change::of(rules::other(rule), Direction::Structure, key, message)
}

fn unexplained(symbol: &SymbolChange) -> Change {
    let value = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
    let message = match (&symbol.before, &symbol.after) {
        (None, _) => format!("there is `{}`", symbol.path),
        (_, None) => format!("`{}` is gone", symbol.path),
        _ => format!("`{}` is another", symbol.path),
    };
    Change {
        rust: symbol.verdict,
        symbols: vec![symbol.path.clone()],
        before: value(&symbol.before),
        after: value(&symbol.after),
        ..change(Other::ApiChanged, format!("/symbols/{}", symbol.path), message)
    }
}

fn not_generated(Refused(reason): &Refused, side: &str) -> Change {
    let rust = if side == "HEAD" { Rust::Breaking } else { Rust::None };
    Change { rust, ..change(Other::NotGenerated, format!("/generated/{side}"), format!("{side}: {reason}")) }
}

/// The thread that generates from one document.
const THREAD: &str = "spec-diff";
/// What a deep document may need.
const STACK: usize = 64 << 20;

type Side<'scope> = std::io::Result<ScopedJoinHandle<'scope, Result<Symbols, Refused>>>;

/// Generates from a document, beside whatever else is done.
fn spawn<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    document: &'env Value,
    context: &'env Context,
) -> Side<'scope> {
    let thread = thread::Builder::new().name(THREAD.to_owned()).stack_size(STACK);
    thread.spawn_scoped(scope, move || symbols::of_document(document, context))
}

/// What was generated. A panic is a refusal.
fn join(side: Side<'_>) -> Result<Symbols, Refused> {
    let side = side.map_err(|error| Refused(format!("there is no thread to generate in: {error}")))?;
    side.join().unwrap_or_else(|panic| {
        let words =
            panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Refused(format!("the generator fails: {}", words.unwrap_or("it does not say why"))))
    })
}

/// Panics of the generator are reported where its thread is joined, and nowhere else.
fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().name() != Some(THREAD) {
                hook(panic);
            }
        }));
    });
}
