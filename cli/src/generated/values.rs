//! From what the command line says to the values of a request.

use std::{ffi::OsStr, fs, path::Path};

use clap::ArgMatches;
use serde_json::{Value, json};
use waha::{Media, media::Content};

use crate::{
    exit::Failure,
    plan::Plan,
    table::{Input, Kind, Place},
    text,
};

/// Reads JSON: itself, `@FILE`, or `-` for stdin.
///
/// # Errors
///
/// The file cannot be read, or it is no JSON.
pub fn json(given: &str) -> Result<Value, Failure> {
    let (text, whence) = match (given, given.strip_prefix('@')) {
        ("-", _) | (_, Some("-")) => (text::of_stdin()?, "stdin".to_owned()),
        (_, Some(path)) => (text::of_file(path)?, format!("`{path}`")),
        (text, None) => (text.to_owned(), "the value".to_owned()),
    };
    serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!("{whence} is no JSON: {error}")).hint("@FILE reads a file, and - reads stdin")
    })
}

/// Takes a whole body, in which the session is set unless it is there already.
pub fn merge(plan: &mut Plan, given: Value) -> Result<(), Failure> {
    match (plan.body.take(), given) {
        (Some(Value::Object(mut known)), Value::Object(given)) => {
            known.extend(given);
            plan.body = Some(Value::Object(known));
            Ok(())
        }
        (None, given) => {
            plan.body = Some(given);
            Ok(())
        }
        (Some(_), other) => Err(Failure::usage(format!("the body has to be an object, and not {other}"))),
    }
}

/// Puts the values of a flag in their place.
///
/// # Errors
///
/// A file cannot be read, or a value is no JSON.
pub fn fill(plan: &mut Plan, input: &Input, matches: &ArgMatches) -> Result<(), Failure> {
    let Some(values) = matches.get_many::<String>(input.flag) else { return Ok(()) };
    let values: Vec<&String> = values.collect();
    match input.place {
        Place::Path => {
            for value in values {
                plan.params.push((input.name.to_owned(), value.clone()));
            }
        }
        Place::Query => {
            for value in values {
                plan.query.push((input.name.to_owned(), value.clone()));
            }
        }
        Place::Body | Place::WholeBody => {
            let place = if input.place == Place::WholeBody { String::new() } else { format!("/{}", input.name) };
            let read = values.into_iter().map(|text| value(plan, &place, input.kind, text));
            let read: Vec<Value> = read.collect::<Result<_, _>>()?;
            let read = match (input.is_list, read) {
                // A list may also be given as JSON.
                (true, mut items) if items.len() == 1 && items[0].is_array() => items.remove(0),
                (true, items) => Value::Array(items),
                (false, mut items) => items.pop().unwrap_or_default(),
            };
            if input.place == Place::WholeBody {
                plan.body = Some(read);
            } else {
                plan.members().insert(input.name.to_owned(), read);
            }
        }
    }
    Ok(())
}

/// Whether a value that the server demands is not there.
pub fn is_missing(plan: &Plan, input: &Input) -> bool {
    if !input.is_required {
        return false;
    }
    match (input.place, &plan.body) {
        (Place::Body, Some(Value::Object(members))) => !members.contains_key(input.name),
        (Place::Body | Place::WholeBody, None) => true,
        _ => false,
    }
}

fn value(plan: &mut Plan, place: &str, kind: Kind, text: &str) -> Result<Value, Failure> {
    match kind {
        Kind::Text => Ok(text.into()),
        // They have been checked when the command line was read.
        Kind::Integer | Kind::Number | Kind::Boolean => Ok(text.parse().unwrap_or_else(|_| text.into())),
        Kind::Reference => Ok(json!({ "id": text })),
        Kind::File { is_named } => set_file(plan, place, OsStr::new(text), is_named),
        Kind::Json => json(text),
    }
}

/// Sets a file at a place of the body: by its address, or to be read while it is sent. `is_named` sends its media type
/// and name as well, which the server does not take of a file that it is to convert.
///
/// # Errors
///
/// It cannot be read.
pub fn set_file(plan: &mut Plan, place: &str, file: &OsStr, is_named: bool) -> Result<Value, Failure> {
    if let Some(given) = file.to_str().map(given).transpose()?.flatten() {
        return Ok(given);
    }
    let path = Path::new(file);
    let metadata = fs::metadata(path)
        .map_err(|error| Failure::usage(format!("the file `{}` cannot be read: {error}", path.display())))?;
    if metadata.is_dir() {
        return Err(Failure::usage(format!("`{}` is a folder", path.display())));
    }
    let media = Media::path(path);
    let data = format!("… ({} bytes of {} in Base64)", metadata.len(), path.display());
    let (media, shown) = match is_named {
        true => {
            let mimetype = mime_guess::from_path(path).first_or_octet_stream();
            let filename = path.file_name().map(|name| name.to_string_lossy());
            (media, json!({ "mimetype": mimetype.essence_str(), "filename": filename, "data": data }))
        }
        false => (Content::from(media).into(), json!({ "data": data })),
    };
    plan.file = Some((place.to_owned(), media));
    Ok(shown)
}

/// A file that is given as its address, or as JSON.
fn given(text: &str) -> Result<Option<Value>, Failure> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(Some(json!({ "url": text })));
    }
    if text.starts_with('{') { json(text).map(Some) } else { Ok(None) }
}
