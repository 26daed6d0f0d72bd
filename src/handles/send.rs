//! The everyday ways of sending a message, on the handles that have a chat, and on the session.

use std::fmt::Display;

use crate::{ChatId, Media, Session, builder, types};

/// Implements the methods that send to the handle's own chat.
macro_rules! send_methods {
    ($handle:ident) => {
        /// Sending to the chat; [`Chat`] has all methods.
        impl $handle {
            /// Begins to send a text. Awaited: `SentMessage`.
            ///
            /// `POST /api/sendText`
            pub fn send_text(
                &self,
                text: impl TryInto<String, Error: ::std::fmt::Display>,
            ) -> $crate::builder::ChattingSendText {
                self.chat().send_text(text)
            }

            /// Begins to send a text; the same as [`send_text`](Self::send_text). Awaited: `SentMessage`.
            ///
            /// `POST /api/sendText`
            pub fn send(
                &self,
                text: impl TryInto<String, Error: ::std::fmt::Display>,
            ) -> $crate::builder::ChattingSendText {
                self.send_text(text)
            }

            /// Begins to send an image. Awaited: `SentMessage`.
            ///
            /// `POST /api/sendImage`
            pub fn send_image(
                &self,
                file: impl TryInto<$crate::Media, Error: ::std::fmt::Display>,
            ) -> $crate::builder::ChattingSendImage {
                self.chat().send_image(file)
            }

            /// Begins to send a video. Awaited: `SentMessage`.
            ///
            /// `POST /api/sendVideo`
            pub fn send_video(
                &self,
                file: impl TryInto<$crate::Media, Error: ::std::fmt::Display>,
            ) -> $crate::builder::ChattingSendVideo {
                self.chat().send_video(file)
            }

            /// Begins to send a voice message. Awaited: `SentMessage`.
            ///
            /// `POST /api/sendVoice`
            pub fn send_voice(
                &self,
                file: impl TryInto<$crate::Media, Error: ::std::fmt::Display>,
            ) -> $crate::builder::ChattingSendVoice {
                self.chat().send_voice(file)
            }

            /// Begins to send a file as a document. Awaited: `SentMessage`.
            ///
            /// `POST /api/sendFile`
            pub fn send_file(
                &self,
                file: impl TryInto<$crate::Media, Error: ::std::fmt::Display>,
            ) -> $crate::builder::ChattingSendFile {
                self.chat().send_file(file)
            }

            /// Begins to send a file as a document; the same as [`send_file`](Self::send_file). Awaited: `SentMessage`.
            ///
            /// `POST /api/sendFile`
            pub fn send_document(
                &self,
                file: impl TryInto<$crate::Media, Error: ::std::fmt::Display>,
            ) -> $crate::builder::ChattingSendFile {
                self.send_file(file)
            }

            /// Begins to send a poll. Awaited: `SentMessage`.
            ///
            /// `POST /api/sendPoll`
            pub fn send_poll(
                &self,
                poll: impl TryInto<$crate::types::Poll, Error: ::std::fmt::Display>,
            ) -> $crate::builder::ChattingSendPoll {
                self.chat().send_poll(poll)
            }
        }
    };
}

pub(super) use send_methods;

/// Sending to a chat by its id, without a handle. An invalid id is an error of the call.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// session.send_text("+1 111 111 1111", "hi").await?;
/// session.send_image("11111111111@c.us", "cat.jpg").caption("A cat").await?;
/// session.send_video("11111111111@c.us", "cat.mp4").await?;
/// session.send_voice("11111111111@c.us", "hello.mp3").convert(true).await?;
/// session.send_file("11111111111@c.us", "menu.pdf").await?;
/// session.send_poll("11111111111@c.us", ("Where?", ["Here", "There"])).await?;
/// # Ok(())
/// # }
/// ```
impl Session {
    /// Begins to send a text. Awaited: `SentMessage`.
    ///
    /// `POST /api/sendText`
    pub fn send_text(
        &self,
        chat: impl TryInto<ChatId, Error: Display>,
        text: impl TryInto<String, Error: Display>,
    ) -> builder::ChattingSendText {
        self.chatting().send_text().chat_id(chat).text(text)
    }

    /// Begins to send a text; the same as [`send_text`](Self::send_text). Awaited: `SentMessage`.
    ///
    /// `POST /api/sendText`
    pub fn send_message(
        &self,
        chat: impl TryInto<ChatId, Error: Display>,
        text: impl TryInto<String, Error: Display>,
    ) -> builder::ChattingSendText {
        self.send_text(chat, text)
    }

    /// Begins to send an image. Awaited: `SentMessage`.
    ///
    /// `POST /api/sendImage`
    pub fn send_image(
        &self,
        chat: impl TryInto<ChatId, Error: Display>,
        file: impl TryInto<Media, Error: Display>,
    ) -> builder::ChattingSendImage {
        self.chatting().send_image().chat_id(chat).file(file)
    }

    /// Begins to send a video. Awaited: `SentMessage`.
    ///
    /// `POST /api/sendVideo`
    pub fn send_video(
        &self,
        chat: impl TryInto<ChatId, Error: Display>,
        file: impl TryInto<Media, Error: Display>,
    ) -> builder::ChattingSendVideo {
        self.chatting().send_video().chat_id(chat).file(file)
    }

    /// Begins to send a voice message. Awaited: `SentMessage`.
    ///
    /// `POST /api/sendVoice`
    pub fn send_voice(
        &self,
        chat: impl TryInto<ChatId, Error: Display>,
        file: impl TryInto<Media, Error: Display>,
    ) -> builder::ChattingSendVoice {
        self.chatting().send_voice().chat_id(chat).file(file)
    }

    /// Begins to send a file as a document. Awaited: `SentMessage`.
    ///
    /// `POST /api/sendFile`
    pub fn send_file(
        &self,
        chat: impl TryInto<ChatId, Error: Display>,
        file: impl TryInto<Media, Error: Display>,
    ) -> builder::ChattingSendFile {
        self.chatting().send_file().chat_id(chat).file(file)
    }

    /// Begins to send a file as a document; the same as [`send_file`](Self::send_file). Awaited: `SentMessage`.
    ///
    /// `POST /api/sendFile`
    pub fn send_document(
        &self,
        chat: impl TryInto<ChatId, Error: Display>,
        file: impl TryInto<Media, Error: Display>,
    ) -> builder::ChattingSendFile {
        self.send_file(chat, file)
    }

    /// Begins to send a poll. Awaited: `SentMessage`.
    ///
    /// `POST /api/sendPoll`
    pub fn send_poll(
        &self,
        chat: impl TryInto<ChatId, Error: Display>,
        poll: impl TryInto<types::Poll, Error: Display>,
    ) -> builder::ChattingSendPoll {
        self.chatting().send_poll().chat_id(chat).poll(poll)
    }
}
