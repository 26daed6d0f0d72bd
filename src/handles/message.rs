use std::fmt::Display;

use crate::{Chat, Error, Session, builder, views::Message};

/// What is done with a message of [`Chat::messages`], or of any other list: each method begins a call of the session that
/// the message was asked of.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// for message in session.chat("11111111111@c.us")?.messages().limit(5).await? {
///     if !message.is_from_me() {
///         message.react(&session, "👍")?.await?;
///         message.reply(&session, "I have read it")?.await?;
///     }
/// }
/// # Ok(())
/// # }
/// ```
impl Message {
    /// Returns a handle of the chat that the message is in.
    ///
    /// # Errors
    ///
    /// As for [`Session::chat`].
    pub fn chat(&self, session: &Session) -> Result<Chat, Error> {
        session.chat(self.chat_id())
    }

    /// Begins to send a text to the chat that quotes this message. Awaited: `SentMessage`.
    ///
    /// `POST /api/sendText`
    ///
    /// # Errors
    ///
    /// As for [`chat`](Self::chat).
    pub fn reply(
        &self,
        session: &Session,
        text: impl TryInto<String, Error: Display>,
    ) -> Result<builder::ChattingSendText, Error> {
        Ok(self.chat(session)?.reply(self.id(), text))
    }

    /// Begins to react to this message. An empty text removes the reaction. Awaited: `SentMessage`.
    ///
    /// `PUT /api/reaction`
    ///
    /// # Errors
    ///
    /// As for [`chat`](Self::chat).
    pub fn react(
        &self,
        session: &Session,
        reaction: impl TryInto<String, Error: Display>,
    ) -> Result<builder::ChattingSetReaction, Error> {
        Ok(self.chat(session)?.react(self.id(), reaction))
    }
}
