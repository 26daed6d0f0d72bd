//! Lists that the server gives a page at a time.

use std::{
    collections::HashSet,
    fmt,
    future::Future,
    hash::{DefaultHasher, Hash, Hasher},
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt, TryStreamExt, future::BoxFuture, stream};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};

/// The pages of a list: what `pages` of a call gives that has `limit` and `offset`, or a cursor.
///
/// A [`Stream`] of pages, each asked for when it is wanted: dropping it asks for no more. It ends with the list, and
/// after an error. A list is at its end where a page is shorter than asked for, where there is no further cursor, and
/// where a page brings nothing that was not there before: a server that does not know `offset` answers with the first
/// page for ever. Nothing comes twice, and what moves while it is read, as new messages do to old ones, may be missed or
/// not, as with any such list.
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
#[must_use = "no page is asked for before it is wanted"]
pub struct Pages<T>(Pin<Box<dyn Stream<Item = Result<Vec<T>, Error>> + Send>>);

impl<T: Send + 'static> Pages<T> {
    /// No page at all: the call cannot be sent.
    fn refused(why: String) -> Self {
        Self(Box::pin(stream::once(async { Err(Error::new(ErrorKind::InvalidRequest, why)) })))
    }

    /// Items of a page, where the call does not say how many.
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
    /// That of the first page that fails: what came before is lost. Use [`next`](Self::next) to keep it.
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

/// Pages by `limit` and `offset`, as the call was given them.
pub(crate) fn by_offset<T: Send + 'static>(
    limit: Result<Option<i64>, String>,
    offset: Result<Option<i64>, String>,
    page: impl Fn(i64, i64) -> BoxFuture<'static, Result<Vec<T>, Error>> + Send + 'static,
    identity: fn(&T) -> u64,
) -> Pages<T> {
    let limit = match limit.map(|limit| limit.unwrap_or(Pages::<T>::DEFAULT_LIMIT)) {
        Ok(limit @ 1..) => limit,
        Ok(limit) => return Pages::refused(format!("limit cannot be sent: a page of {limit} items leads nowhere")),
        Err(why) => return Pages::refused(why),
    };
    let offset = match offset {
        Ok(offset) => offset.unwrap_or(0),
        Err(why) => return Pages::refused(why),
    };
    let seen = HashSet::new();
    Pages(Box::pin(stream::try_unfold((page, Some(offset), seen), move |(page, offset, mut seen)| async move {
        let Some(offset) = offset else { return Ok(None) };
        let mut items = page(limit, offset).await?;
        let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
        keep_new(&mut items, &mut seen, identity);
        if items.is_empty() {
            return Ok(None);
        }
        // A longer page is that of a server that does not know `limit`, and all there is.
        let next = (count == limit).then(|| offset.saturating_add(count));
        Ok(Some((items, (page, next, seen))))
    })))
}

/// Pages by a cursor: each comes with the cursor of the next one.
pub(crate) fn by_cursor<T, F>(page: impl Fn(Option<String>) -> F + Send + 'static, identity: fn(&T) -> u64) -> Pages<T>
where
    T: Send + 'static,
    F: Future<Output = Result<(Vec<T>, Option<String>), Error>> + Send + 'static,
{
    let seen = HashSet::new();
    Pages(Box::pin(stream::try_unfold((page, Some(None), seen), move |(page, cursor, mut seen)| async move {
        let Some(cursor) = cursor else { return Ok(None) };
        let (mut items, next) = page(cursor).await?;
        keep_new(&mut items, &mut seen, identity);
        // Cursors may lead in a circle.
        if items.is_empty() {
            return Ok(None);
        }
        let next = next.filter(|cursor| !cursor.is_empty()).map(Some);
        Ok(Some((items, (page, next, seen))))
    })))
}

/// Drops what was on a page before.
fn keep_new<T>(items: &mut Vec<T>, seen: &mut HashSet<u64>, identity: fn(&T) -> u64) {
    let ids: Vec<u64> = items.iter().map(identity).collect();
    let mut is_new = ids.iter().map(|id| !seen.contains(id));
    items.retain(|_| is_new.next() == Some(true));
    seen.extend(ids);
}

/// What tells an item from the others of a list: its id, or all of it where it has none.
pub(crate) fn identity(item: &impl Serialize) -> u64 {
    #[derive(Deserialize)]
    struct Identified<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
    }
    let mut hasher = DefaultHasher::new();
    let text = serde_json::to_string(item).unwrap_or_default();
    match serde_json::from_str::<Identified<'_>>(&text) {
        Ok(identified) => identified.id.get().hash(&mut hasher),
        Err(_) => text.hash(&mut hasher),
    }
    hasher.finish()
}
