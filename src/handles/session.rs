use http::Method;

use crate::{
    Channel, ChannelId, Chat, ChatId, Client, Contact, ContactId, Error, Group, GroupId, Request, RequestOptions,
    SessionName,
};

/// A session of the server: what [`Client::session`](crate::Client::session) gives.
///
/// It holds a client and a name, and is cheap to clone. [`chat`](Self::chat), [`contact`](Self::contact),
/// [`group`](Self::group) and [`channel`](Self::channel) give handles for what is done all day. All operations are
/// methods of its resources ([`chats`](Self::chats), [`groups`](Self::groups), [`chatting`](Self::chatting), ...), with
/// the session already filled in. A call is sent when it is awaited, which gives the value; `send` gives the status and
/// the headers beside it, and the answer as the engine made it.
///
/// ```no_run
/// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
/// let session = client.session("default")?;
/// let sent = session.chat("11111111111@c.us")?.send_text("hi").await?;
/// let chats = session.chats().list().limit(20).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    client: Client,
    name: SessionName,
}

impl Client {
    /// The handle of a session. Nothing is sent: whether there is such a session shows with the first call.
    ///
    /// # Errors
    ///
    /// No session can have that name ([`ErrorKind::InvalidRequest`]).
    pub fn session<N>(&self, name: N) -> Result<Session, Error>
    where
        N: TryInto<SessionName>,
        Error: From<N::Error>,
    {
        Ok(Session::new(self.clone(), name.try_into()?))
    }

    /// The handle of the session that the client was built with: `default` where none was named.
    pub fn default_session(&self) -> Session {
        Session::new(self.clone(), self.session_name().clone())
    }
}

impl Session {
    /// Begins a request to any path of the server: see [`Request`]. `{session}` in it stands for this session.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request {
        let request = self.client().request(method, path);
        let has_session = request.names().any(|name| name == "session");
        if has_session { request.param("session", self.name()) } else { request }
    }

    pub(crate) fn new(client: Client, name: SessionName) -> Self {
        Self { client, name }
    }

    /// The session's name.
    pub fn name(&self) -> &SessionName {
        &self.name
    }

    /// The client that the session belongs to.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The same session with other options: see [`Client::with`].
    pub fn with(&self, change: impl FnOnce(RequestOptions) -> RequestOptions) -> Self {
        Self { client: self.client.with(change), name: self.name.clone() }
    }

    /// The handle of a chat with a person, a group or a channel. Nothing is sent.
    ///
    /// # Errors
    ///
    /// No chat can have that id ([`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest)).
    pub fn chat<I>(&self, id: I) -> Result<Chat, Error>
    where
        I: TryInto<ChatId>,
        Error: From<I::Error>,
    {
        Ok(Chat::new(self.clone(), id.try_into()?))
    }

    /// The handle of a contact. Nothing is sent.
    ///
    /// # Errors
    ///
    /// No contact can have that id ([`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest)).
    pub fn contact<I>(&self, id: I) -> Result<Contact, Error>
    where
        I: TryInto<ContactId>,
        Error: From<I::Error>,
    {
        Ok(Contact::new(self.clone(), id.try_into()?))
    }

    /// The handle of a group. Nothing is sent.
    ///
    /// # Errors
    ///
    /// No group can have that id ([`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest)).
    pub fn group<I>(&self, id: I) -> Result<Group, Error>
    where
        I: TryInto<GroupId>,
        Error: From<I::Error>,
    {
        Ok(Group::new(self.clone(), id.try_into()?))
    }

    /// The handle of a channel. Nothing is sent.
    ///
    /// # Errors
    ///
    /// No channel can have that id ([`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest)).
    pub fn channel<I>(&self, id: I) -> Result<Channel, Error>
    where
        I: TryInto<ChannelId>,
        Error: From<I::Error>,
    {
        Ok(Channel::new(self.clone(), id.try_into()?))
    }
}
