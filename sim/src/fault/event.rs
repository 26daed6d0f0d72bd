//! Events as a fault lets them arrive.

use super::{Connection, Fault, Payload};
use crate::{state::events::Frame, wire::Step};

/// The types of WebSocket frames, as RFC 6455 numbers them.
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;

impl Frame {
    /// A text message. What is not UTF-8 is sent all the same, as a frame of our own making.
    pub(crate) fn text(body: Vec<u8>) -> Self {
        match String::from_utf8(body) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Raw { steps: vec![Step::Write(frame(TEXT, true, error.as_bytes()))], is_last: false },
        }
    }
}

impl Fault {
    /// The body of an event after all changes.
    pub(crate) fn edit_event(&self, body: Vec<u8>) -> Vec<u8> {
        let mut payload = Payload::new(body);
        self.edit_payload(&mut payload, None);
        let padding = usize::try_from(payload.padding).unwrap_or(usize::MAX);
        let mut body = payload.into_bytes();
        body.resize(body.len().saturating_add(padding), b' ');
        body
    }

    /// How a WebSocket is told of an event.
    pub(crate) fn frame(&self, body: Vec<u8>) -> Frame {
        let first = if self.delivery.is_binary { BINARY } else { TEXT };
        let is_plain = !self.delivery.is_binary && self.delivery.fragment.is_none();
        let bytes = || match self.delivery.fragment {
            None => frame(first, true, &body),
            Some(size) => {
                let pieces = body.chunks(size).count().max(1);
                let numbered = body.chunks(size).enumerate();
                let frames = numbered.map(|(index, piece)| {
                    let kind = if index == 0 { first } else { CONTINUATION };
                    frame(kind, index + 1 == pieces, piece)
                });
                frames.collect::<Vec<_>>().concat()
            }
        };
        let first_bytes = |count: usize| {
            let mut bytes = bytes();
            // The head of a frame is no part of its body.
            let head = bytes.len().saturating_sub(body.len());
            bytes.truncate(head.saturating_add(count));
            Step::Write(bytes)
        };
        match &self.connection {
            Some(Connection::ResetBefore) => Frame::Raw { steps: vec![Step::Reset], is_last: true },
            Some(Connection::ResetWithin(after)) => {
                Frame::Raw { steps: vec![first_bytes(*after), Step::Reset], is_last: true }
            }
            Some(Connection::ResetAfter) => {
                Frame::Raw { steps: vec![Step::Write(bytes()), Step::Reset], is_last: true }
            }
            Some(Connection::CutShort(after)) => {
                Frame::Raw { steps: vec![first_bytes(*after), Step::Close], is_last: true }
            }
            Some(Connection::Drip { bytes: size, every }) => {
                let bytes = bytes();
                let drops = bytes.chunks((*size).max(1));
                let steps = drops.flat_map(|drop| [Step::Write(drop.to_owned()), Step::Pause(*every)]).collect();
                Frame::Raw { steps, is_last: false }
            }
            _ if is_plain => Frame::text(body),
            _ => Frame::Raw { steps: vec![Step::Write(bytes())], is_last: false },
        }
    }
}

/// A frame as a server writes it: without a mask.
fn frame(kind: u8, is_last: bool, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind | if is_last { 0x80 } else { 0 }];
    match (u8::try_from(body.len()), u16::try_from(body.len())) {
        (Ok(length @ ..126), _) => frame.push(length),
        (_, Ok(length)) => {
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((body.len() as u64).to_be_bytes());
        }
    }
    frame.extend(body);
    frame
}
