//! Lists that the server answers a page at a time.

use std::{
    borrow::Cow,
    collections::HashSet,
    fmt,
    future::Future,
    hash::{DefaultHasher, Hash, Hasher},
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt, TryStreamExt, future::BoxFuture, stream};
use serde::{
    Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    Json,
    error::{Error, ErrorKind},
};

/// The pages of a list: what `pages` of a call gives that has `limit` and `offset`, or a cursor.
///
/// A [`Stream`] of pages, each asked for when it is wanted: dropping it asks for no more. It ends with the list, or with an
/// error after which nothing follows.
///
/// - **The end of a list** by `limit` and `offset` is an empty page, or one that is shorter than the pages before it. Where
///   the first page is not as long as was asked for, the next one is asked for as well: the server may have limits of its
///   own. A list by cursor ends where the server says that there is no further page.
/// - **A list that is cut short** ends with an error of [`ErrorKind::Other`], after the items that could be had: where the
///   server answers every `offset` with the same full page (old releases do for some lists), promises a further page and
///   gives no new cursor, or goes on with pages that bring nothing new.
/// - **Nothing comes twice**, by the `id` of an item, or by all of it where it has none. What moves while the list is read,
///   as old messages do when new ones arrive, may be missed or not, as with any such list.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let mut pages = session.chats().list().limit(50).pages();
/// while let Some(chats) = pages.next().await {
///     println!("{} more", chats?.len());
/// }
///
/// let contacts = session.contacts().list().pages().all().await?;
/// # Ok(())
/// # }
/// ```
///
/// One by one:
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use futures_util::TryStreamExt;
///
/// let mut contacts = session.contacts().list().pages().items();
/// while let Some(contact) = contacts.try_next().await? {
///     println!("{contact}");
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "no page is asked for before it is wanted"]
pub struct Pages<T>(Pin<Box<dyn Stream<Item = Result<Vec<T>, Error>> + Send>>);

impl<T: Send + 'static> Pages<T> {
    /// A list that cannot be asked for.
    fn refused(why: String) -> Self {
        Self(Box::pin(stream::once(async { Err(Error::new(ErrorKind::InvalidRequest, why)) })))
    }

    /// Items of a page where the call does not set `limit`.
    pub const DEFAULT_LIMIT: i64 = 100;

    /// The next page, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, Error>> {
        self.0.next().await
    }

    /// The items, one by one: a page is asked for when the one before is used up.
    pub fn items(self) -> impl Stream<Item = Result<T, Error>> + Send + Unpin + 'static {
        self.0.map_ok(|page| stream::iter(page.into_iter().map(Ok))).try_flatten()
    }

    /// All items, in memory.
    ///
    /// # Errors
    ///
    /// The first one, of a page that fails or of a list that is cut short: what came before is lost. Use
    /// [`next`](Self::next) to keep it.
    pub async fn all(self) -> Result<Vec<T>, Error> {
        self.0.try_concat().await
    }
}

impl<T> Stream for Pages<T> {
    type Item = Result<Vec<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

/// The pages of a list by `limit` and `offset`, as they were set at the call.
pub(crate) fn by_offset<T: Send + 'static>(
    limit: Result<Option<i64>, String>,
    offset: Result<Option<i64>, String>,
    page: impl Fn(i64, i64) -> BoxFuture<'static, Result<Vec<T>, Error>> + Send + 'static,
    identity: fn(&T) -> u64,
) -> Pages<T> {
    let limit = match limit.map(|limit| limit.unwrap_or(Pages::<T>::DEFAULT_LIMIT)) {
        Ok(limit @ 1..) => limit,
        Ok(limit) => return Pages::refused(format!("`limit` must be at least 1, and it is {limit}")),
        Err(why) => return Pages::refused(why),
    };
    let offset = match offset {
        Ok(offset) => offset.unwrap_or(0),
        Err(why) => return Pages::refused(why),
    };
    let state = Some((page, offset, Seen::new(identity), None));
    Pages(Box::pin(stream::try_unfold(state, move |state| async move {
        let Some((page, mut offset, mut seen, size)) = state else { return Ok(None) };
        loop {
            let mut items = page(limit, offset).await?;
            let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let is_repeated = seen.keep_new(&mut items);
            offset = offset.saturating_add(count);
            // How long a page of this server is: not always as long as was asked for.
            let is_last = match size {
                None => count == 0,
                Some(size) => count < size,
            };
            match (items.is_empty(), is_last) {
                (true, true) => return Ok(None),
                (false, true) => return Ok(Some((items, None))),
                (false, false) => return Ok(Some((items, Some((page, offset, seen, size.max(Some(count))))))),
                // A server that knows neither `limit` nor `offset` answers with the whole list, whatever is asked.
                (true, false) if is_repeated && size != Some(limit) && seen.pages == 2 => return Ok(None),
                (true, false) if is_repeated => {
                    let why = "the server answers another `offset` with the same items: it seems not to know `offset`. Set \
                               a `limit` that is larger than the list";
                    return Err(cut_short(why));
                }
                // The list has moved by a page.
                (true, false) => seen.check_progress()?,
            }
        }
    })))
}

/// The pages of a list by cursor. A page comes with the cursor of the next one, or `None` where the list ends; a cursor
/// that the server owes is empty.
pub(crate) fn by_cursor<T, F>(page: impl Fn(Option<String>) -> F + Send + 'static, identity: fn(&T) -> u64) -> Pages<T>
where
    T: Send + 'static,
    F: Future<Output = Result<(Vec<T>, Option<String>), Error>> + Send + 'static,
{
    let state = Some((page, None::<String>, HashSet::new(), Seen::new(identity)));
    Pages(Box::pin(stream::try_unfold(state, move |state| async move {
        let Some((page, mut cursor, mut cursors, mut seen)) = state else { return Ok(None) };
        loop {
            if let Some(cursor) = &cursor {
                if cursor.is_empty() {
                    return Err(cut_short("the server says that there are more items, and gives no cursor for them"));
                }
                if !cursors.insert(hash(cursor)) {
                    return Err(cut_short("the server gives a cursor for the second time, which leads in a circle"));
                }
            }
            let (mut items, next) = page(cursor).await?;
            seen.keep_new(&mut items);
            match (items.is_empty(), next) {
                (true, None) => return Ok(None),
                (false, None) => return Ok(Some((items, None))),
                (false, next) => return Ok(Some((items, Some((page, next, cursors, seen))))),
                (true, next) => {
                    seen.check_progress()?;
                    cursor = next;
                }
            }
        }
    })))
}

fn cut_short(why: &str) -> Error {
    Error::new(ErrorKind::Other, format!("the list is cut short: {why}"))
}

/// The items that have come already.
struct Seen<T> {
    identity: fn(&T) -> u64,
    ids: HashSet<u64>,
    last_page: Vec<u64>,
    pages: usize,
    pages_without_news: usize,
}

impl<T> Seen<T> {
    /// How many pages in a row may bring nothing new before the list counts as cut short.
    const MAX_PAGES_WITHOUT_NEWS: usize = 10;

    fn new(identity: fn(&T) -> u64) -> Self {
        Self { identity, ids: HashSet::new(), last_page: Vec::new(), pages: 0, pages_without_news: 0 }
    }

    /// Drops what was on a page before, and returns whether the page has the same items as the one before it.
    fn keep_new(&mut self, items: &mut Vec<T>) -> bool {
        let mut ids: Vec<u64> = items.iter().map(self.identity).collect();
        let mut is_new = ids.iter().map(|id| !self.ids.contains(id));
        items.retain(|_| is_new.next() == Some(true));
        // Not every server keeps an order.
        ids.sort_unstable();
        let is_repeated = self.pages > 0 && ids == self.last_page;
        self.ids.extend(&ids);
        self.last_page = ids;
        self.pages += 1;
        self.pages_without_news = if items.is_empty() { self.pages_without_news + 1 } else { 0 };
        is_repeated
    }

    fn check_progress(&self) -> Result<(), Error> {
        match self.pages_without_news {
            Self::MAX_PAGES_WITHOUT_NEWS.. => Err(cut_short("the server goes on with pages that bring nothing new")),
            _ => Ok(()),
        }
    }
}

/// Tells an item of open JSON from the others of a list: by its id, or by all of it. It reads no further than the id.
pub(crate) fn identity_of_json(item: &Json) -> u64 {
    let mut id = None;
    // An error says that the object goes on behind the id, which is what it should do.
    let _ = serde_json::Deserializer::from_str(item.as_str()).deserialize_map(FindId(&mut id));
    hash(id.filter(|id| *id != "null").unwrap_or_else(|| item.as_str()))
}

/// Reads an object up to its member `id`.
struct FindId<'a, 'de>(&'a mut Option<&'de str>);

impl<'de> Visitor<'de> for FindId<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            if name == "id" {
                *self.0 = Some(members.next_value::<&RawValue>()?.get());
                return Ok(());
            }
            members.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Like [`identity_of_json`], for an item of another type.
pub(crate) fn identity(item: &impl Serialize) -> u64 {
    Json::new(item).map_or_else(|_| hash(""), |json| identity_of_json(&json))
}

/// Tells an item from the others of a list by its id.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_known_by_its_id_and_without_one_by_all_of_it() {
        let identity = |text: &str| identity_of_json(&text.parse().expect("JSON"));
        assert_eq!(identity(r#"{"id": "a", "n": 1}"#), identity(r#"{"n": 2, "id": "a"}"#));
        for text in [r#"{"id": "b"}"#, r#"{"id": null}"#, r#"{"id": null, "n": 1}"#, r#"{"n": 1}"#, r#"{"n": 2}"#, "1"]
        {
            assert_ne!(identity(r#"{"id": "a"}"#), identity(text));
            let others = [r#"{"id": null, "n": 2}"#, r#"{"n": 3}"#, "2", "null"];
            assert!(others.iter().all(|other| identity(text) != identity(other)), "{text}");
        }
        assert_eq!(super::identity(&serde_json::json!({"id": "a", "n": 1})), identity(r#"{"id":"a"}"#));
    }
}
