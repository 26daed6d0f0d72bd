use std::{
    fmt::Display,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use futures_util::future::{Either, select};

use crate::{ChatId, MessageId, Retry, Session, builder, handles::GetChatPicture, types};

/// A chat of a session, with a person, a group or a channel; returned by [`Session::chat`].
///
/// Each method begins a call, which is sent when it is awaited; optional parameters are set before that.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::{Media, types};
///
/// let chat = session.chat("11111111111@c.us")?;
/// let sent = chat.send_text("Lunch?").await?;
/// chat.send_image(Media::path("menu.jpg")).caption("Today").await?;
/// chat.send_voice(Media::path("hello.ogg")).await?;
/// chat.send_poll(types::Poll::builder().name("Where?").options(["Here", "There"])).await?;
/// chat.send_location(52.5163, 13.3777, "Brandenburg Gate").await?;
/// if let Some(id) = &sent.id {
///     chat.reply(id, "At noon").link_preview(false).await?;
///     chat.set_reaction(id, "👍").await?;
///     chat.edit_message(id, "Lunch!").await?;
///     chat.pin_message(id, 86_400).await?;
///     chat.delete_message(id).await?;
/// }
/// chat.send_seen().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Chat {
    session: Session,
    id: ChatId,
}

impl Chat {
    /// How often the typing indicator is renewed. WhatsApp removes it after about this time.
    const TYPING_INTERVAL: Duration = Duration::from_secs(15);

    /// The timeout of a request that shows or hides the typing indicator.
    const TYPING_TIMEOUT: Duration = Duration::from_secs(3);

    pub(crate) fn new(session: Session, id: ChatId) -> Self {
        Self { session, id }
    }

    /// Returns the chat's id.
    pub fn id(&self) -> &ChatId {
        &self.id
    }

    /// Returns the session that the chat belongs to.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Begins to get the chat's picture.
    ///
    /// `GET /api/{session}/chats/{chatId}/picture`
    pub fn picture(&self) -> GetChatPicture {
        GetChatPicture::of_chat(self.session.clone(), self.id.clone())
    }

    /// Begins to send a text that quotes a message.
    ///
    /// `POST /api/sendText`
    pub fn reply(
        &self,
        message_id: impl TryInto<MessageId, Error: Display>,
        text: impl TryInto<String, Error: Display>,
    ) -> builder::ChattingSendText {
        self.send_text(text).reply_to(message_id)
    }

    /// Begins to send a contact card, which the server makes from a name and a phone number.
    ///
    /// `POST /api/sendContactVcard`
    pub fn send_contact(&self, card: impl Into<types::ContactCard>) -> builder::ChattingSendContactVcard {
        self.send_contact_vcard([card.into()])
    }

    /// Begins to react to a message of this or another chat. An empty text removes the reaction.
    ///
    /// `PUT /api/reaction`
    pub fn set_reaction(
        &self,
        message_id: impl TryInto<MessageId, Error: Display>,
        reaction: impl TryInto<String, Error: Display>,
    ) -> builder::ChattingSetReaction {
        self.session.chatting().set_reaction().message_id(message_id).reaction(reaction)
    }

    /// Begins to get who in the chat is online or typing.
    ///
    /// `GET /api/{session}/presence/{chatId}`
    pub fn get_presence(&self) -> builder::PresenceGet {
        self.session.presence().get().chat_id(&self.id)
    }

    /// Begins to subscribe to events about who in the chat is online or typing.
    ///
    /// `POST /api/{session}/presence/{chatId}/subscribe`
    pub fn subscribe_presence(&self) -> builder::PresenceSubscribe {
        self.session.presence().subscribe().chat_id(&self.id)
    }

    /// Begins to show in this chat that the account is typing or recording, or has stopped.
    ///
    /// `POST /api/{session}/presence`
    pub fn set_presence(
        &self,
        presence: impl TryInto<types::SetPresenceRequestPresence, Error: Display>,
    ) -> builder::PresenceSet {
        self.session.presence().set().chat_id(&self.id).presence(presence)
    }

    /// Begins to list the labels of the chat.
    ///
    /// `GET /api/{session}/labels/chats/{chatId}`
    pub fn list_labels(&self) -> builder::LabelsListChatLabels {
        self.session.labels().list_chat_labels().chat_id(&self.id)
    }

    /// Begins to replace the labels of the chat by those with these ids. An empty list removes all labels.
    ///
    /// `PUT /api/{session}/labels/chats/{chatId}`
    pub fn set_labels(
        &self,
        labels: impl IntoIterator<Item: TryInto<types::LabelId, Error: Display>>,
    ) -> builder::LabelsSetChatLabels {
        self.session.labels().set_chat_labels().chat_id(&self.id).labels(labels)
    }

    /// Shows in the chat that the account is typing while `work` runs, and returns the output of `work`.
    ///
    /// Errors in showing or hiding the typing indicator are ignored. If the server does not respond, this future
    /// completes at most 6 s after `work`. Dropping it drops `work`; WhatsApp then removes the indicator after about 15
    /// s.
    ///
    /// ```no_run
    /// # async fn answer() -> String { String::new() }
    /// # async fn run(chat: waha::Chat) -> Result<(), waha::Error> {
    /// let text = chat.typing_while(answer()).await;
    /// chat.send_text(text).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn typing_while<F: Future>(&self, work: F) -> impl Future<Output = F::Output> {
        let session = self.session.with(|options| options.timeout(Self::TYPING_TIMEOUT).retry(Retry::never()));
        let chat = Self { session, id: self.id.clone() };
        async move {
            let mut work = pin!(work);
            // Show no indicator for work that is ready at once.
            if let Poll::Ready(output) = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
                return output;
            }
            let output = loop {
                match select(work, pin!(chat.start_typing().send())).await {
                    Either::Left((output, started)) => {
                        // `stop_typing` must not overtake `start_typing`.
                        let _ = started.await;
                        break output;
                    }
                    Either::Right((_, unfinished)) => work = unfinished,
                }
                if let Ok(output) = tokio::time::timeout(Self::TYPING_INTERVAL, work.as_mut()).await {
                    break output;
                }
            };
            let _ = chat.stop_typing().send().await;
            output
        }
    }
}
