use crate::{
    Error, ErrorKind, MessageId, Session,
    handles::once::{Look, keeps_messages, look},
    views::SentMessage,
};

/// What has become of a message; returned by [`Session::outcome_of`].
///
/// ```
/// # fn show(outcome: waha::handles::Outcome) {
/// use waha::handles::Outcome;
///
/// match outcome {
///     Outcome::Sent(sent) => println!("sent: {sent}"),
///     Outcome::Failed(_) => println!("WhatsApp has refused it"),
///     Outcome::NotFound => println!("not sent so far"),
///     _ => println!("something that a newer release knows"),
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server has sent it.
    Sent(SentMessage),
    /// The server has it, and says that it could not be sent (`ack` is -1).
    Failed(SentMessage),
    /// The server does not have it now, and would keep it. A server that is still working on the request may send it later.
    NotFound,
}

impl Session {
    /// Asks the server what has become of a message that the session's account sent, such as that of
    /// [`Error::message_id`]. The id is a full one (`true_11111111111@c.us_AAAA`); [`MessageId::from_parts`] makes it
    /// of an id that was chosen and its chat.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session, error: waha::Error) -> Result<(), waha::Error> {
    /// use waha::handles::Outcome;
    ///
    /// if let Some(id) = error.message_id() {
    ///     match session.outcome_of(id).await? {
    ///         Outcome::Sent(sent) => println!("sent at {:?}", sent.timestamp),
    ///         outcome => println!("not sent so far: {outcome:?}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidRequest`] if the id is not a full one of an own message
    /// - [`ErrorKind::NotSupported`] if the session is configured to keep no messages (GOWS); NOWEB without its store
    ///   answers with [`ErrorKind::InvalidRequest`]
    /// - otherwise as for any call: then the outcome is still unknown
    pub async fn outcome_of<I>(&self, id: I) -> Result<Outcome, Error>
    where
        I: TryInto<MessageId>,
        Error: From<I::Error>,
    {
        let id = id.try_into()?;
        let (Some(true), Some(chat)) = (id.from_me(), id.chat_id()) else {
            let why = "it has to be the full id of an own message, such as `true_11111111111@c.us_AAAA`, which \
                       `MessageId::from_parts` makes of its parts";
            return Err(Error::new(ErrorKind::InvalidRequest, why));
        };
        match look(self, &chat, &id).await {
            Look::Found(sent) => Ok(Outcome::Sent(sent)),
            Look::Failed(sent) => Ok(Outcome::Failed(sent)),
            Look::NotFound => keeps_messages(self).await.map(|()| Outcome::NotFound),
            Look::Unknown(error) => Err(error),
        }
    }
}
