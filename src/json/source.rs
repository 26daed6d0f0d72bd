//! The text that is being decoded: open JSON in it becomes a slice of it.

use std::cell::RefCell;

use bytestring::ByteString;
use serde::de::{DeserializeOwned, Error};

use super::CheckedAny;

thread_local! {
    static SOURCE: RefCell<Option<Source>> = const { RefCell::new(None) };
}

struct Source {
    text: ByteString,
    /// Whether it may need repair.
    is_raw: bool,
}

/// Decodes a text that needs no repair. The [`Json`](crate::Json) in it are slices of it.
///
/// For types of this crate: others could read a `Json` from something that is not part of the text.
///
/// # Errors
///
/// It is not a `T`.
pub(crate) fn decode<T: DeserializeOwned>(text: &ByteString) -> Result<T, serde_json::Error> {
    let _within = Within::new(Source { text: text.clone(), is_raw: false });
    serde_json::from_str(text)
}

/// Decodes a text that may need repair.
///
/// # Errors
///
/// It is not a `T`, or a [`Json`](crate::Json) in it needs repair.
pub(crate) fn decode_raw<T: DeserializeOwned>(text: &ByteString) -> Result<T, serde_json::Error> {
    within_raw(text, || serde_json::from_str(text))
}

/// Runs `read`, which decodes parts of a text. Where a [`Json`](crate::Json) in it would need repair, that is an error.
pub(crate) fn within_raw<T>(text: &ByteString, read: impl FnOnce() -> T) -> T {
    let _within = Within::new(Source { text: text.clone(), is_raw: true });
    read()
}

/// Returns whether a text is being decoded.
pub(super) fn is_known() -> bool {
    SOURCE.try_with(|source| source.try_borrow().is_ok_and(|source| source.is_some())).unwrap_or_default()
}

/// Returns the slice of the text that is being decoded, if the part belongs to it.
///
/// # Errors
///
/// The part needs repair.
pub(super) fn slice<E: Error>(part: &str) -> Result<Option<ByteString>, E> {
    let slice = |source: &Source| {
        let start = part.as_ptr().addr().checked_sub(source.text.as_ptr().addr())?;
        let is_within = start.checked_add(part.len()).is_some_and(|end| end <= source.text.len());
        is_within.then(|| (source.text.slice_ref(part), source.is_raw))
    };
    match SOURCE.try_with(|source| source.try_borrow().ok()?.as_ref().and_then(slice)).ok().flatten() {
        Some((slice, true)) => serde_json::from_str::<CheckedAny>(part).map(|_| Some(slice)).map_err(E::custom),
        Some((slice, false)) => Ok(Some(slice)),
        None => Ok(None),
    }
}

/// The time within which a text is decoded.
struct Within {
    /// The text that was decoded before, and is decoded on afterwards.
    before: Option<Source>,
}

impl Within {
    fn new(source: Source) -> Self {
        Self { before: replace(Some(source)) }
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        replace(self.before.take());
    }
}

fn replace(source: Option<Source>) -> Option<Source> {
    SOURCE
        .try_with(|known| known.try_borrow_mut().ok().and_then(|mut known| std::mem::replace(&mut *known, source)))
        .ok()?
}
