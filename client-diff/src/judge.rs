//! Judges what changes do to clients: code is generated from both documents, and each difference of it is attributed to the
//! changes that cause it.

use std::{borrow::Cow, collections::BTreeMap, panic, sync::Once, thread};

use serde_json::Value;

use crate::{
    client_of,
    compare::{answers, compare},
    document::{Operation, operations, path_shape},
    literal::same,
    model::{Change, Direction, Rust},
    profile::{Client, Finished, Profile, Refused},
    rules::{self, Other},
    server,
    shape::Document,
    symbols::{self, Outline, SymbolChange, Symbols},
    wire,
};

/// One of the two sides of a comparison.
pub struct Side<'a> {
    /// The document, as it is declared.
    pub document: Cow<'a, Value>,
    /// How it becomes a client.
    pub profile: &'a dyn Profile,
}

/// Judges each change, and adds what none of them explains. Returns the operations of HEAD that nobody has described as
/// well.
pub fn judge(mut changes: Vec<Change>, sides: [Side<'_>; 2]) -> (Vec<Change>, Vec<String>) {
    silence_panics();
    let finished = sides.each_ref().map(|side| guarded("import", || finish(side)));
    let [base, head] = &sides;
    let are_corrections_same = base.profile.corrections_id() == head.profile.corrections_id();
    if changes.is_empty() && same(&base.document, &head.document) && are_corrections_same {
        let uncurated = finished.into_iter().next_back().and_then(Result::ok).map(|finished| finished.uncurated);
        return (changes, uncurated.unwrap_or_default());
    }
    if let Ok(client) = &finished[0] {
        wire(&mut changes, &sides, client, finished[1].as_ref().ok(), are_corrections_same);
    }
    if let ([Ok(before), Ok(after)], false) = (&finished, are_corrections_same) {
        let differ = compare(&before.document, &after.document, base.profile.client());
        wire::add_corrections(&mut changes, differ, &names(base));
    }
    let [before, after] = finished;
    let [before, after] =
        [(base, before), (head, after)].map(|(side, finished)| guarded("generator", || outline(side, finished?)));
    let [base, head] = sides;
    let [before, after] = thread::scope(|scope| {
        let base = scope.spawn(|| generate(base, before));
        let after = generate(head, after);
        [base.join().unwrap_or_else(|panic| panic::resume_unwind(panic)), after]
    });
    settle(changes, before.as_ref(), after.as_ref())
}

/// Makes a finished document of a side.
fn finish<'d>(side: &'d Side<'_>) -> Result<Finished<'d>, Refused> {
    if side.profile.is_finished(&side.document) {
        return Ok(Finished { document: Cow::Borrowed(&side.document), uncurated: Vec::new(), is_released: true });
    }
    side.profile.finish(&side.document)
}

/// Makes a document of what a side declares, without any correction.
fn uncorrected<'d>(side: &'d Side<'_>, profile: &dyn Profile) -> Result<Cow<'d, Value>, Refused> {
    if profile.is_finished(&side.document) {
        return Ok(Cow::Borrowed(&side.document));
    }
    guarded("import", || profile.finish_uncorrected(&side.document))
}

/// Judges what the changes do on the wire to the client that was generated from `client`, and to the one that is generated
/// from `regenerated`.
fn wire(
    changes: &mut Vec<Change>,
    sides: &[Side<'_>; 2],
    client: &Finished<'_>,
    regenerated: Option<&Finished<'_>>,
    are_corrections_same: bool,
) {
    let [base, head] = sides;
    let traits = base.profile.client();
    let server = match regenerated {
        // What nobody corrects is what is declared.
        Some(regenerated) if are_corrections_same && !base.profile.has_corrections() => {
            server::believed(&client.document, &client.document, Cow::Borrowed(&regenerated.document), traits)
        }
        _ => {
            // A document that cannot be imported is judged as it is declared.
            let [Ok(declared), Ok(new)] = sides.each_ref().map(|side| uncorrected(side, base.profile)) else { return };
            server::believed(&client.document, &declared, new, traits)
        }
    };
    let names = names(base);
    let reads_nothing = |change: &Change| reads_nothing(&client.document, change, traits);
    let is_declared = same(&client.document, &base.document) && same(&server, &head.document);
    let happens = match is_declared && traits == client_of(&base.document, base.profile) {
        true => changes.clone(),
        false => compare(&client.document, &server, traits),
    };
    wire::judge(changes, happens, &names, reads_nothing);
    let Some(regenerated) = regenerated else { return };
    let still = compare(&regenerated.document, &server, head.profile.client());
    wire::judge_after(changes, &still, &names, |pointers| head.profile.corrections(&head.document, pointers));
}

/// Returns whether the client reads an answer without a body to the operations that a change reaches.
fn reads_nothing(client: &Value, change: &Change, traits: Client) -> bool {
    let document = Document { root: client, client: traits };
    change.operations.iter().all(|label| {
        let (method, path) = label.split_once(' ').unwrap_or_default();
        let shape = path_shape(path);
        let is_it = |operation: &Operation<'_>| {
            operation.method.eq_ignore_ascii_case(method) && path_shape(operation.path) == shape
        };
        let operation = operations(client).find(is_it);
        operation.is_none_or(|operation| answers::reads_nothing(&document, &operation))
    })
}

fn names(side: &Side<'_>) -> BTreeMap<String, String> {
    if side.profile.is_finished(&side.document) { BTreeMap::new() } else { side.profile.schema_names(&side.document) }
}

/// What is left of a side when its documents have been compared: all that the code needs that is generated from it.
struct Generatable {
    outline: Outline,
    /// The finished document, unless it is the declared one.
    document: Option<Value>,
}

fn outline(side: &Side<'_>, finished: Finished<'_>) -> Result<Generatable, Refused> {
    let outline = Outline::of(&side.document, &finished, side.profile);
    let document = match finished.document {
        Cow::Owned(document) => Some(document),
        Cow::Borrowed(_) => None,
    };
    Ok(Generatable { outline, document })
}

/// Generates code from one side.
fn generate(side: Side<'_>, of: Result<Generatable, Refused>) -> Result<Symbols, Refused> {
    let Generatable { outline, document } = of?;
    let document = document.map_or(side.document, Cow::Owned);
    let table = guarded("generator", || side.profile.generate(document))?;
    Ok(outline.with(table))
}

/// Gives each change its symbols and its verdict on the code, and adds what no change explains.
fn settle(
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
            for change in changes.iter_mut().filter(|change| !change.doc) {
                change.rust = Rust::Unknown;
            }
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
        (None, _) => format!("`{}` was added", symbol.path),
        (_, None) => format!("`{}` was removed", symbol.path),
        _ => format!("`{}` changed", symbol.path),
    };
    Change {
        rust: symbol.verdict,
        symbols: vec![symbol.path.clone()],
        before: value(&symbol.before),
        after_value: value(&symbol.after),
        ..change(Other::ApiChanged, format!("/symbols/{}", symbol.path), message)
    }
}

fn not_generated(Refused(reason): &Refused, side: &str) -> Change {
    let change = change(Other::NotGenerated, format!("/generated/{side}"), format!("{side}: {reason}"));
    Change { rust: Rust::Unknown, after: None, ..change }
}

/// Name of the threads in which documents are imported and generated from.
const THREAD: &str = "client-diff";
/// Stack size of those threads, in bytes: what a deep document may need.
const STACK: usize = 64 << 20;

/// Runs a part of the comparison that may panic or need a deep stack. A panic is a refusal.
fn guarded<T: Send>(part: &str, what: impl FnOnce() -> Result<T, Refused> + Send) -> Result<T, Refused> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name(THREAD.to_owned()).stack_size(STACK);
        let thread = thread.spawn_scoped(scope, what);
        let thread = thread.map_err(|error| Refused(format!("cannot start a thread for the {part}: {error}")))?;
        thread.join().unwrap_or_else(|panic| {
            let words =
                panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
            Err(Refused(format!("the {part} panicked: {}", words.unwrap_or("no message"))))
        })
    })
}

/// Keeps panics of the generator from being printed: they are reported where its thread is joined.
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
