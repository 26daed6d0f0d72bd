//! The text that is being decoded: open JSON in it becomes a slice of it.

use std::cell::RefCell;

use bytestring::ByteString;
use serde::de::DeserializeOwned;

thread_local! {
    static SOURCE: RefCell<Option<ByteString>> = const { RefCell::new(None) };
}

/// Decodes a text that needs no repair. The [`Json`](crate::Json) in it are slices of it.
///
/// For types of this crate: others could read a `Json` from something that is not part of the text.
///
/// # Errors
///
/// It is not a `T`.
pub(crate) fn decode<T: DeserializeOwned>(text: &ByteString) -> Result<T, serde_json::Error> {
    within(text, || serde_json::from_str(text))
}

/// Runs `read`, which decodes parts of a text that needs no repair.
pub(crate) fn within<T>(text: &ByteString, read: impl FnOnce() -> T) -> T {
    let _within = Within { before: replace(Some(text.clone())) };
    read()
}

/// Returns whether a text is being decoded.
pub(super) fn is_known() -> bool {
    SOURCE.try_with(|source| source.try_borrow().is_ok_and(|source| source.is_some())).unwrap_or_default()
}

/// Returns the slice of the text that is being decoded, if the part belongs to it.
pub(super) fn slice(part: &str) -> Option<ByteString> {
    let slice = |source: &ByteString| {
        let start = part.as_ptr().addr().checked_sub(source.as_ptr().addr())?;
        let is_within = start.checked_add(part.len()).is_some_and(|end| end <= source.len());
        is_within.then(|| source.slice_ref(part))
    };
    SOURCE.try_with(|source| source.try_borrow().ok()?.as_ref().and_then(slice)).ok()?
}

/// The time within which a text is decoded.
struct Within {
    /// The text that was decoded before, and is decoded on afterwards.
    before: Option<ByteString>,
}

impl Drop for Within {
    fn drop(&mut self) {
        replace(self.before.take());
    }
}

fn replace(text: Option<ByteString>) -> Option<ByteString> {
    SOURCE
        .try_with(|source| source.try_borrow_mut().ok().and_then(|mut source| std::mem::replace(&mut *source, text)))
        .ok()?
}
