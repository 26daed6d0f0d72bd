use std::{
    fmt::Display,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use futures_util::future::{Either, select};

use crate::{ChatId, MessageId, OneOrMany, Retry, Session, builder, handles::GetChatPicture, types};

/// A chat of a session, with a person, a group or a channel; returned by [`Session::chat`].
///
/// Each method begins a call, which is sent when it is awaited; optional parameters are set before that.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// let chat = session.chat("11111111111@c.us")?;
/// let sent = chat.send_text("Lunch?").await?;
/// chat.send_image("menu.jpg").caption("Today").await?; // a file on this computer
/// chat.send_document("https://example.org/menu.pdf").await?; // one that the server downloads
/// chat.send_contact(("Bob", "+1 111 111 1111")).await?;
/// chat.send_poll(("Where?", ["Here", "There"])).await?;
/// chat.send_location(52.5163, 13.3777, "Brandenburg Gate").await?;
/// if let Some(id) = &sent.id {
///     chat.reply(id, "At noon").link_preview(false).await?;
///     chat.react(id, "👍").await?;
///     chat.edit(id, "Lunch!").await?;
///     chat.pin(id, Duration::from_secs(86_400)).await?;
///     chat.delete_message(id).await?;
/// }
/// chat.mark_read().await?;
/// # Ok(())
/// # }
/// ```
///
/// Less often:
///
/// ```no_run
/// # async fn run(chat: waha::Chat, message: waha::MessageId) -> Result<(), waha::Error> {
/// chat.send_link("https://example.org/").await?;
/// chat.star(&message).await?;
/// chat.unstar(&message).await?;
/// chat.set_reaction(&message, "👍").await?;
/// chat.unreact(&message).await?;
/// chat.recording().await?;
/// chat.set_presence("paused").await?;
/// chat.subscribe_presence().await?;
/// println!("{:?}", chat.get_presence().await?.presences);
/// let labels = chat.list_labels().await?;
/// chat.set_labels(labels.iter().map(|label| label.id.as_str())).await?;
/// println!("{:?}", chat.picture().await?.picture_url);
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

    /// Begins to get the chat's picture. Awaited: `ChatPicture`.
    ///
    /// `GET /api/{session}/chats/{chatId}/picture`
    pub fn picture(&self) -> GetChatPicture {
        GetChatPicture::of_chat(self.session.clone(), self.id.clone())
    }

    /// Begins to send a text that quotes a message. Awaited: `SentMessage`.
    ///
    /// `POST /api/sendText`
    pub fn reply(
        &self,
        message_id: impl TryInto<MessageId, Error: Display>,
        text: impl TryInto<String, Error: Display>,
    ) -> builder::ChattingSendText {
        self.send_text(text).reply_to(message_id)
    }

    /// Begins to send a text that quotes a message; the same as [`reply`](Self::reply). Awaited: `SentMessage`.
    ///
    /// `POST /api/sendText`
    pub fn quote(
        &self,
        message_id: impl TryInto<MessageId, Error: Display>,
        text: impl TryInto<String, Error: Display>,
    ) -> builder::ChattingSendText {
        self.reply(message_id, text)
    }

    /// Begins to send a text with a preview of the first link in it. Awaited: `SentMessage`.
    ///
    /// `POST /api/sendText`
    pub fn send_link(&self, text: impl TryInto<String, Error: Display>) -> builder::ChattingSendText {
        self.send_text(text).link_preview(true)
    }

    /// Begins to send a contact card: from a name and a phone number, from a [`ContactCard`](types::ContactCard) or its
    /// builder, or from a [`VcardContact`](types::VcardContact). Awaited: `SentMessage`.
    ///
    /// ```no_run
    /// # async fn run(chat: waha::Chat) -> Result<(), waha::Error> {
    /// use waha::types::ContactCard;
    ///
    /// chat.send_contact(("Bob", "+1 111 111 1111")).await?;
    /// let bob = ContactCard::builder().full_name("Bob").phone_number("+1 111 111 1111").organization("Example");
    /// chat.send_contact(bob).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// `POST /api/sendContactVcard`
    pub fn send_contact(
        &self,
        card: impl TryInto<types::InputContact, Error: Display>,
    ) -> builder::ChattingSendContactVcard {
        self.send_contact_vcard([card])
    }

    /// Begins to send a contact card; the same as [`send_contact`](Self::send_contact). Awaited: `SentMessage`.
    ///
    /// `POST /api/sendContactVcard`
    pub fn share_contact(
        &self,
        card: impl TryInto<types::InputContact, Error: Display>,
    ) -> builder::ChattingSendContactVcard {
        self.send_contact(card)
    }

    /// Begins to react to a message of this or another chat. Awaited: `SentMessage`.
    ///
    /// `PUT /api/reaction`
    pub fn react(
        &self,
        message_id: impl TryInto<MessageId, Error: Display>,
        reaction: impl TryInto<String, Error: Display>,
    ) -> builder::ChattingSetReaction {
        self.set_reaction(message_id, reaction)
    }

    /// Begins to remove the account's reaction to a message. Awaited: `SentMessage`.
    ///
    /// `PUT /api/reaction`
    pub fn unreact(&self, message_id: impl TryInto<MessageId, Error: Display>) -> builder::ChattingSetReaction {
        self.set_reaction(message_id, "")
    }

    /// Begins to mark a message with a star. Awaited: nothing.
    ///
    /// `PUT /api/star`
    pub fn star(&self, message_id: impl TryInto<MessageId, Error: Display>) -> builder::ChattingSetStar {
        self.set_star(message_id, true)
    }

    /// Begins to remove the star of a message. Awaited: nothing.
    ///
    /// `PUT /api/star`
    pub fn unstar(&self, message_id: impl TryInto<MessageId, Error: Display>) -> builder::ChattingSetStar {
        self.set_star(message_id, false)
    }

    /// Begins to show in this chat that the account is recording a voice message. Awaited: nothing.
    ///
    /// `POST /api/{session}/presence`
    pub fn recording(&self) -> builder::PresenceSet {
        self.set_presence("recording")
    }

    /// Begins to get who in the chat is online or typing; the same as [`get_presence`](Self::get_presence). Awaited:
    /// `ChatPresences`.
    ///
    /// `GET /api/{session}/presence/{chatId}`
    pub fn presence(&self) -> builder::PresenceGet {
        self.get_presence()
    }

    /// Begins to list the labels of the chat; the same as [`list_labels`](Self::list_labels). Awaited: `Vec<Label>`.
    ///
    /// `GET /api/{session}/labels/chats/{chatId}`
    pub fn labels(&self) -> builder::LabelsListChatLabels {
        self.list_labels()
    }

    /// Begins to get the chat's picture; the same as [`picture`](Self::picture). Awaited: `ChatPicture`.
    pub fn photo(&self) -> GetChatPicture {
        self.picture()
    }

    /// Begins to get the chat's picture; the same as [`picture`](Self::picture). Awaited: `ChatPicture`.
    pub fn avatar(&self) -> GetChatPicture {
        self.picture()
    }

    /// Begins to react to a message of this or another chat. An empty text removes the reaction. Awaited: `SentMessage`.
    ///
    /// `PUT /api/reaction`
    pub fn set_reaction(
        &self,
        message_id: impl TryInto<MessageId, Error: Display>,
        reaction: impl TryInto<String, Error: Display>,
    ) -> builder::ChattingSetReaction {
        self.session.chatting().set_reaction().message_id(message_id).reaction(reaction)
    }

    /// Begins to get who in the chat is online or typing. Awaited: `ChatPresences`.
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

    /// Begins to list the labels of the chat. Awaited: `Vec<Label>`.
    ///
    /// `GET /api/{session}/labels/chats/{chatId}`
    pub fn list_labels(&self) -> builder::LabelsListChatLabels {
        self.session.labels().list_chat_labels().chat_id(&self.id)
    }

    /// Begins to replace the labels of the chat by those with these ids. An empty list removes all labels.
    ///
    /// `PUT /api/{session}/labels/chats/{chatId}`
    pub fn set_labels<K>(&self, labels: impl OneOrMany<types::LabelId, K>) -> builder::LabelsSetChatLabels {
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
