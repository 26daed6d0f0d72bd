use super::{Event, Payload};
use crate::{ChatId, MessageId};

impl Event {
    /// Returns the chat in which it happened: that of a message, a reaction or a vote, the group that changed, the contact
    /// who calls or is typing. `None` where the event is about no chat, or the server does not tell.
    ///
    /// ```
    /// # fn main() -> Result<(), waha::Error> {
    /// let event = waha::Event::from_slice(br#"{"event": "presence.update", "session": "default",
    ///     "payload": {"id": "11111111111@c.us", "presences": []}}"#)?;
    /// assert_eq!(event.chat_id().unwrap(), "11111111111@c.us");
    /// # Ok(())
    /// # }
    /// ```
    pub fn chat_id(&self) -> Option<ChatId> {
        if let Some(message) = self.message() {
            return message.chat_id();
        }
        match &self.payload {
            Payload::MessageAck(ack) | Payload::MessageAckGroup(ack) => of_message(&ack.id).or_else(|| chat(&ack.from)),
            Payload::MessageReaction(reaction) => {
                of_message(&reaction.reaction.message_id).or_else(|| of_message(&reaction.id))
            }
            Payload::MessageRevoked(revoked) => {
                let messages = [&revoked.before, &revoked.after];
                messages.into_iter().flatten().find_map(|message| {
                    let message = message.to_value().ok()?;
                    let text = |name: &str| message.get(name)?.as_str();
                    // One engine has the key of a message in its place.
                    text("id").and_then(of_message).or_else(|| chat(text("remoteJid")?))
                })
            }
            Payload::PollVote(vote) | Payload::PollVoteFailed(vote) => {
                of_message(&vote.poll.id).or_else(|| of_message(&vote.vote.id))
            }
            Payload::EventResponse(response) | Payload::EventResponseFailed(response) => {
                of_message(&response.event_creation_key.id).or_else(|| of_message(&response.id))
            }
            Payload::PresenceUpdate(presences) => chat(&presences.id),
            Payload::ChatArchive(event) => chat(&event.id),
            Payload::LabelChatAdded(label) | Payload::LabelChatDeleted(label) => chat(&label.chat_id),
            Payload::CallReceived(call) | Payload::CallAccepted(call) | Payload::CallRejected(call) => {
                chat(call.from.as_deref()?)
            }
            other => chat(other.group_id()?),
        }
    }
}

fn chat(id: &str) -> Option<ChatId> {
    id.parse().ok()
}

/// The chat in a full id of a message.
fn of_message(id: &str) -> Option<ChatId> {
    id.parse::<MessageId>().ok()?.chat_id()
}
