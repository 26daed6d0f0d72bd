use http::Method;

use crate::{
    Channel, ChannelId, Chat, ChatId, Client, Contact, ContactId, Error, Group, GroupId, Request, RequestOptions,
    SessionName,
};

/// A session of the server; returned by [`Client::session`](crate::Client::session).
///
/// It holds a client and a name, and is cheap to clone. For everyday tasks, [`chat`](Self::chat),
/// [`contact`](Self::contact), [`group`](Self::group) and [`channel`](Self::channel) return handles. All operations are
/// methods of its resources ([`chats`](Self::chats), [`groups`](Self::groups), [`chatting`](Self::chatting), ...), with
/// the session already filled in. A call is sent when it is awaited, which returns the value alone; `send` also returns
/// the status and the headers, and returns the value as the engine formed it.
///
/// ```no_run
/// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
/// let session = client.session("default")?;
/// let sent = session.chat("11111111111@c.us")?.send_text("hi").await?;
/// let chats = session.chats().list().limit(20).await?;
/// # Ok(())
/// # }
/// ```
///
/// Other options, and what this release does not know:
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// use waha::Method;
///
/// let quick = session.with(|options| options.timeout(Duration::from_secs(5)));
/// let news = quick.channel("111111111111111111@newsletter")?;
/// let answer = session.request(Method::GET, "/api/{session}/something/new").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    client: Client,
    name: SessionName,
}

impl Client {
    /// Returns a handle of a session. Nothing is sent; if the session does not exist, the first call fails.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if `name` is not a valid session name.
    pub fn session<N>(&self, name: N) -> Result<Session, Error>
    where
        N: TryInto<SessionName>,
        Error: From<N::Error>,
    {
        Ok(Session::new(self.clone(), name.try_into()?))
    }

    /// Returns a handle of the session that was set when the client was built. Default: `default`.
    pub fn default_session(&self) -> Session {
        Session::new(self.clone(), self.session_name().clone())
    }
}

impl Session {
    /// Begins a request to any path of the server: see [`Request`]. A parameter `{session}` in the path is set to the
    /// name of this session.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request {
        let request = self.client().request(method, path);
        let has_session = request.names().any(|name| name == "session");
        if has_session { request.param("session", self.name()) } else { request }
    }

    pub(crate) fn new(client: Client, name: SessionName) -> Self {
        Self { client, name }
    }

    /// Returns the session's name.
    pub fn name(&self) -> &SessionName {
        &self.name
    }

    /// Returns the client that the session belongs to.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the same session with changed options: see [`Client::with`].
    pub fn with(&self, change: impl FnOnce(RequestOptions) -> RequestOptions) -> Self {
        Self { client: self.client.with(change), name: self.name.clone() }
    }

    /// Returns a handle of the chat with a person, a group or a channel. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if `id` is not a valid chat id.
    pub fn chat<I>(&self, id: I) -> Result<Chat, Error>
    where
        I: TryInto<ChatId>,
        Error: From<I::Error>,
    {
        Ok(Chat::new(self.clone(), id.try_into()?))
    }

    /// Returns a handle of a contact. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if `id` is not a valid contact id.
    pub fn contact<I>(&self, id: I) -> Result<Contact, Error>
    where
        I: TryInto<ContactId>,
        Error: From<I::Error>,
    {
        Ok(Contact::new(self.clone(), id.try_into()?))
    }

    /// Returns a handle of a group. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if `id` is not a valid group id.
    pub fn group<I>(&self, id: I) -> Result<Group, Error>
    where
        I: TryInto<GroupId>,
        Error: From<I::Error>,
    {
        Ok(Group::new(self.clone(), id.try_into()?))
    }

    /// Returns a handle of a channel. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if `id` is not a valid channel id.
    pub fn channel<I>(&self, id: I) -> Result<Channel, Error>
    where
        I: TryInto<ChannelId>,
        Error: From<I::Error>,
    {
        Ok(Channel::new(self.clone(), id.try_into()?))
    }
}
