use crate::{
    ChatId, Client, ContactId, DownloadFile, Error, GroupId, Operation, Session,
    handles::freshness::{Freshness, refreshable},
    policy::RefreshKey,
};

/// A request for a contact's profile picture, sent when it is awaited; returned by
/// [`Contact::picture`](crate::Contact::picture).
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// use waha::AtLimit;
///
/// let contact = session.contact("11111111111@c.us")?;
/// let cached = contact.picture().await?;
/// let fresh = contact.picture().refresh().at_limit(AtLimit::Wait).await?;
/// let recent = contact.picture().max_age(Duration::from_secs(3600)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GetPicture {
    session: Session,
    contact: ContactId,
    freshness: Freshness,
}

refreshable!(GetPicture => ProfilePicture);

impl GetPicture {
    pub(crate) fn new(session: Session, contact: ContactId) -> Self {
        Self::with_freshness(session, contact, Freshness::default())
    }

    pub(super) fn with_freshness(session: Session, contact: ContactId, freshness: Freshness) -> Self {
        Self { session, contact, freshness }
    }

    /// Sends the request; the same as awaiting.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) if a refresh would exceed
    /// [`RefreshLimits`](crate::RefreshLimits) and [`AtLimit`](crate::AtLimit) says to fail; otherwise as for any call:
    /// see [`Error`].
    pub async fn send(self) -> Result<ProfilePicture, Error> {
        let Self { session, contact, freshness } = self;
        let request = session.contacts().get_profile_picture().contact_id(&contact);
        let call = |refresh| if refresh { request.refresh(true) } else { request }.send();
        let key = || RefreshKey::picture(session.name(), &contact);
        let operation = Operation::CONTACTS_GET_PROFILE_PICTURE;
        let (answer, refreshed) = freshness.ask(session.client(), operation, key, call).await?;
        let profile_picture_url = answer.into_inner().profile_picture_url;
        Ok(ProfilePicture { profile_picture_url, contact_id: contact, refreshed })
    }
}

/// A contact's profile picture.
///
/// ```no_run
/// # async fn run(contact: waha::Contact) -> Result<(), waha::Error> {
/// let picture = contact.picture().await?;
/// if let Some(download) = picture.download(contact.session().client()) {
///     download.await?.save("ada.jpg").await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfilePicture {
    /// The picture's URL at WhatsApp, which expires: download it soon. `None` if the contact has no picture or hides
    /// it, or if WhatsApp could not be asked; the server does not distinguish these cases, and caches each of them.
    pub profile_picture_url: Option<String>,
    /// The contact.
    pub contact_id: ContactId,
    /// Whether this call made the server ask WhatsApp. If `false`, the answer may be up to 24 hours old; the server
    /// still asks WhatsApp if its cache has no entry.
    pub refreshed: bool,
}

impl ProfilePicture {
    /// Begins to download the picture, if there is one. Neither the API key nor any configured header is sent to
    /// WhatsApp.
    pub fn download(&self, client: &Client) -> Option<DownloadFile> {
        self.profile_picture_url.as_ref().map(|url| client.download(url))
    }
}

/// A request for the picture of a chat or a group, sent when it is awaited; returned by
/// [`Chat::picture`](crate::Chat::picture) and [`Group::picture`](crate::Group::picture).
///
/// ```no_run
/// # async fn run(group: waha::Group) -> Result<(), waha::Error> {
/// let cached = group.picture().await?;
/// let fresh = group.picture().refresh().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GetChatPicture {
    session: Session,
    owner: Owner,
    freshness: Freshness,
}

/// Whose picture it is. Chats and groups have separate operations, and share one cache in the server.
#[derive(Clone, Debug)]
enum Owner {
    Chat(ChatId),
    Group(GroupId),
}

refreshable!(GetChatPicture => ChatPicture);

impl GetChatPicture {
    pub(crate) fn of_chat(session: Session, chat: ChatId) -> Self {
        Self { session, owner: Owner::Chat(chat), freshness: Freshness::default() }
    }

    pub(crate) fn of_group(session: Session, group: GroupId) -> Self {
        Self { session, owner: Owner::Group(group), freshness: Freshness::default() }
    }

    /// Sends the request; the same as awaiting.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) if a refresh would exceed
    /// [`RefreshLimits`](crate::RefreshLimits) and [`AtLimit`](crate::AtLimit) says to fail; otherwise as for any call:
    /// see [`Error`].
    pub async fn send(self) -> Result<ChatPicture, Error> {
        let Self { session, owner, freshness } = self;
        let client = session.client();
        let (chat_id, answer) = match owner {
            Owner::Chat(chat) => {
                let request = session.chats().get_picture().chat_id(&chat);
                let call = |refresh| if refresh { request.refresh(true) } else { request }.send();
                let key = || RefreshKey::picture(session.name(), &chat);
                let answer = freshness.ask(client, Operation::CHATS_GET_PICTURE, key, call).await?;
                (chat, answer)
            }
            Owner::Group(group) => {
                let request = session.groups().get_picture().id(&group);
                let call = |refresh| if refresh { request.refresh(true) } else { request }.send();
                let key = || RefreshKey::picture(session.name(), &group);
                let answer = freshness.ask(client, Operation::GROUPS_GET_PICTURE, key, call).await?;
                (group.into(), answer)
            }
        };
        let (answer, refreshed) = answer;
        Ok(ChatPicture { picture_url: answer.into_inner().url, chat_id, refreshed })
    }
}

/// The picture of a chat: a contact's, a group's or a channel's.
///
/// ```no_run
/// # async fn run(group: waha::Group) -> Result<(), waha::Error> {
/// let picture = group.picture().await?;
/// if let Some(download) = picture.download(group.session().client()) {
///     download.await?.save("hikers.jpg").await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChatPicture {
    /// The picture's URL at WhatsApp, which expires: download it soon. `None` if the chat has no picture or hides it,
    /// or if WhatsApp could not be asked; the server does not distinguish these cases, and caches each of them.
    pub picture_url: Option<String>,
    /// The id of the chat; for a group, its id.
    pub chat_id: ChatId,
    /// Whether this call made the server ask WhatsApp. If `false`, the answer may be up to 24 hours old; the server
    /// still asks WhatsApp if its cache has no entry.
    pub refreshed: bool,
}

impl ChatPicture {
    /// Begins to download the picture, if there is one. Neither the API key nor any configured header is sent to
    /// WhatsApp.
    pub fn download(&self, client: &Client) -> Option<DownloadFile> {
        self.picture_url.as_ref().map(|url| client.download(url))
    }
}
