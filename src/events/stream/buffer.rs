//! The bounded buffer between the connection and the consumer of a stream.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use tokio::sync::Notify;

use super::received::Gap;
use crate::Error;

/// What comes out of the buffer, in the order in which it happened.
pub(super) enum Item {
    Frame(Bytes),
    Gap(Gap),
    Dropped(u64),
    /// The stream ends with this error.
    End(Error),
}

/// What a stream has done so far: see [`EventStream::stats`](super::EventStream::stats).
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let events = session.events().connect().await?;
/// let stats = events.stats();
/// println!("{} received, {} wait, {} times opened again", stats.received, stats.buffered, stats.reconnects);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamStats {
    /// How many events have been received from the server.
    pub received: u64,
    /// How many events were dropped because the buffer was full.
    pub dropped: u64,
    /// How often the connection was opened again.
    pub reconnects: u64,
    /// How many events are in the buffer.
    pub buffered: usize,
    /// How large the events in the buffer are, in bytes.
    pub buffered_bytes: usize,
    /// Whether the connection is open.
    pub is_connected: bool,
}

/// A buffer that is bounded by the number of its frames and by their size. A single frame always has room, whatever its
/// size is.
pub(super) struct Buffer {
    max_frames: usize,
    max_bytes: usize,
    state: Mutex<State>,
    room: Notify,
}

struct State {
    /// What comes before the first frame: what became of the frames that were dropped.
    first_gap: Option<Gap>,
    dropped: u64,
    frames: VecDeque<Slot>,
    /// The gap behind the last frame.
    last_gap: Option<Gap>,
    is_ended: bool,
    error: Option<Error>,
    consumer: Option<Waker>,
    is_producer_waiting: bool,
    stats: StreamStats,
}

struct Slot {
    /// The gap before the frame.
    gap: Option<Gap>,
    frame: Bytes,
}

impl Buffer {
    pub(super) fn new(max_frames: usize, max_bytes: usize) -> Self {
        let state = State {
            first_gap: None,
            dropped: 0,
            frames: VecDeque::new(),
            last_gap: None,
            is_ended: false,
            error: None,
            consumer: None,
            is_producer_waiting: false,
            stats: StreamStats { is_connected: true, ..StreamStats::default() },
        };
        Self { max_frames: max_frames.max(1), max_bytes, state: Mutex::new(state), room: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stats(&self) -> StreamStats {
        let state = self.state();
        StreamStats { buffered: state.frames.len(), ..state.stats }
    }

    /// Appends a frame; returns it if there is no room.
    pub(super) fn push(&self, frame: Bytes) -> Result<(), Bytes> {
        let mut state = self.state();
        if self.is_full(&state, frame.len()) {
            return Err(frame);
        }
        state.append(frame);
        wake(state);
        Ok(())
    }

    /// Appends a frame, for which the oldest ones are dropped until there is room.
    pub(super) fn push_over_oldest(&self, frame: Bytes) {
        let mut state = self.state();
        while self.is_full(&state, frame.len()) {
            state.drop_oldest();
        }
        state.append(frame);
        wake(state);
    }

    /// Waits until the buffer is half empty. Only the producer waits.
    pub(super) async fn room(&self) {
        loop {
            {
                let mut state = self.state();
                if self.is_half_empty(&state) {
                    return;
                }
                state.is_producer_waiting = true;
            }
            // It stores a permit if it was notified in the meantime.
            self.room.notified().await;
        }
    }

    pub(super) fn disconnected(&self) {
        self.state().stats.is_connected = false;
    }

    /// Appends a gap, which ends now.
    pub(super) fn reconnected(&self, gap: Gap) {
        let mut state = self.state();
        state.stats.is_connected = true;
        state.stats.reconnects += 1;
        state.last_gap = Some(merged(state.last_gap.take(), gap));
        wake(state);
    }

    /// Ends the stream behind what is in the buffer, with an error or without. What comes later is ignored.
    pub(super) fn end(&self, error: Option<Error>) {
        let mut state = self.state();
        if !state.is_ended {
            state.is_ended = true;
            state.error = error;
            state.stats.is_connected = false;
        }
        wake(state);
    }

    /// Takes the next item; `None` after the end.
    pub(super) fn poll_pop(&self, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let mut state = self.state();
        let Some(item) = state.pop() else {
            if state.is_ended {
                return Poll::Ready(None);
            }
            if !state.consumer.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
                state.consumer = Some(context.waker().clone());
            }
            return Poll::Pending;
        };
        let has_room = state.is_producer_waiting && self.is_half_empty(&state);
        if has_room {
            state.is_producer_waiting = false;
            drop(state);
            self.room.notify_one();
        }
        Poll::Ready(Some(item))
    }

    fn is_full(&self, state: &State, more: usize) -> bool {
        let has_bytes = state.stats.buffered_bytes.saturating_add(more) <= self.max_bytes;
        state.frames.len() >= self.max_frames || !has_bytes && !state.frames.is_empty()
    }

    /// The producer is woken once for many frames, and not for each.
    fn is_half_empty(&self, state: &State) -> bool {
        state.frames.len() <= self.max_frames / 2 && state.stats.buffered_bytes <= self.max_bytes / 2
    }
}

impl State {
    fn append(&mut self, frame: Bytes) {
        self.stats.received += 1;
        self.stats.buffered_bytes += frame.len();
        self.frames.push_back(Slot { gap: self.last_gap.take(), frame });
    }

    fn drop_oldest(&mut self) {
        let Some(Slot { gap, frame }) = self.frames.pop_front() else { return };
        self.stats.buffered_bytes -= frame.len();
        self.stats.dropped += 1;
        self.dropped += 1;
        if let Some(gap) = gap {
            self.first_gap = Some(merged(self.first_gap.take(), gap));
        }
    }

    fn pop(&mut self) -> Option<Item> {
        if let Some(gap) = self.first_gap.take() {
            return Some(Item::Gap(gap));
        }
        if self.dropped > 0 {
            return Some(Item::Dropped(std::mem::take(&mut self.dropped)));
        }
        let Some(first) = self.frames.front_mut() else {
            return self.last_gap.take().map(Item::Gap).or_else(|| self.error.take().map(Item::End));
        };
        if let Some(gap) = first.gap.take() {
            return Some(Item::Gap(gap));
        }
        let frame = self.frames.pop_front()?.frame;
        self.stats.buffered_bytes -= frame.len();
        Some(Item::Frame(frame))
    }
}

fn merged(earlier: Option<Gap>, later: Gap) -> Gap {
    match earlier {
        Some(earlier) => earlier.extended_by(later),
        None => later,
    }
}

/// Wakes the consumer, after the lock was released.
fn wake(mut state: MutexGuard<'_, State>) {
    let consumer = state.consumer.take();
    drop(state);
    if let Some(consumer) = consumer {
        consumer.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        task::Waker,
        time::{Duration, SystemTime},
    };

    use super::*;
    use crate::ErrorKind;

    fn frame(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    fn gap(since: u64, until: u64) -> Gap {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        Gap::new(at(since), at(until), 1, Error::new(ErrorKind::Connection, "lost"))
    }

    /// What is in the buffer, as text.
    fn drain(buffer: &Buffer) -> Vec<String> {
        let mut context = Context::from_waker(Waker::noop());
        let mut all = Vec::new();
        while let Poll::Ready(Some(item)) = buffer.poll_pop(&mut context) {
            all.push(match item {
                Item::Frame(frame) => String::from_utf8_lossy(&frame).into_owned(),
                Item::Gap(gap) => {
                    let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
                    format!("{}-{}", seconds(gap.since()), seconds(gap.until()))
                }
                Item::Dropped(count) => format!("{count} dropped"),
                Item::End(error) => error.to_string(),
            });
        }
        all
    }

    #[test]
    fn gaps_keep_their_place_among_frames() {
        let buffer = Buffer::new(10, 1000);
        buffer.push(frame("a")).unwrap();
        buffer.reconnected(gap(1, 2));
        buffer.push(frame("b")).unwrap();
        buffer.reconnected(gap(3, 4));
        buffer.reconnected(gap(5, 6));
        buffer.end(Some(Error::new(ErrorKind::Other, "over")));
        buffer.end(None);
        assert_eq!(drain(&buffer), ["a", "1-2", "b", "3-6", "over"]);
        assert!(matches!(buffer.poll_pop(&mut Context::from_waker(Waker::noop())), Poll::Ready(None)));
    }

    #[test]
    fn dropped_frames_are_counted_where_they_were_and_no_gap_is_lost() {
        let buffer = Buffer::new(2, 1000);
        for text in ["a", "b", "c"] {
            buffer.push_over_oldest(frame(text));
        }
        buffer.reconnected(gap(1, 2));
        buffer.push_over_oldest(frame("d"));
        assert_eq!(buffer.stats().dropped, 2);
        assert_eq!(drain(&buffer), ["2 dropped", "c", "1-2", "d"]);
        for text in ["a", "b", "c", "d"] {
            buffer.reconnected(gap(1, 2));
            buffer.push_over_oldest(frame(text));
        }
        assert_eq!(drain(&buffer), ["1-2", "2 dropped", "1-2", "c", "1-2", "d"]);
        assert_eq!(buffer.stats().buffered_bytes, 0);
    }

    #[test]
    fn it_is_bounded_by_bytes_and_takes_one_frame_of_any_size() {
        let buffer = Buffer::new(100, 4);
        buffer.push(frame("longer")).unwrap();
        assert!(buffer.push(frame("a")).is_err());
        assert_eq!(drain(&buffer), ["longer"]);
        buffer.push(frame("abc")).unwrap();
        assert!(buffer.push(frame("de")).is_err());
        buffer.push_over_oldest(frame("de"));
        assert_eq!(drain(&buffer), ["1 dropped", "de"]);
    }
}
