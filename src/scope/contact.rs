use std::{
    future::{Future, IntoFuture},
    pin::Pin,
};

use crate::{Chat, ContactId, Error, Session};

/// A contact of a session: what [`Session::contact`] gives.
#[derive(Clone, Debug)]
pub struct Contact {
    session: Session,
    id: ContactId,
}

impl Contact {
    pub(crate) fn new(session: Session, id: ContactId) -> Self {
        Self { session, id }
    }

    /// The contact's id.
    pub fn id(&self) -> &ContactId {
        &self.id
    }

    /// The session that the contact belongs to.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The chat with the contact, for its messages.
    pub fn chat(&self) -> Chat {
        Chat::new(self.session.clone(), (&self.id).into())
    }

    /// Begins to ask for the profile picture.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// let contact = session.contact("11111111111@c.us")?;
    /// let picture = contact.picture().await?; // from the server's cache of 24 hours
    /// let picture = contact.picture().refresh().await?; // from WhatsApp
    /// println!("{:?}", picture.profile_picture_url);
    /// # Ok(())
    /// # }
    /// ```
    pub fn picture(&self) -> GetPicture {
        GetPicture { contact: self.clone(), refresh: false }
    }
}

/// Asks for a contact's profile picture: what [`Contact::picture`] gives. Awaited, it sends the request.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GetPicture {
    contact: Contact,
    refresh: bool,
}

impl GetPicture {
    /// Passes the server's cache of 24 hours by and asks WhatsApp.
    ///
    /// WhatsApp limits how often it may be asked, and answers many refreshes with
    /// [`Kind::RateLimited`](crate::Kind::RateLimited), or with no picture.
    pub fn refresh(mut self) -> Self {
        self.refresh = true;
        self
    }

    /// Sends the request; the same as awaiting.
    ///
    /// # Errors
    ///
    /// As for any call: see [`Error`].
    pub async fn send(self) -> Result<ProfilePicture, Error> {
        let Contact { session, id } = self.contact;
        let request = session.contacts().get_profile_picture().contact_id(id.as_str()).refresh(self.refresh);
        let answer = request.send().await?.into_inner();
        Ok(ProfilePicture { profile_picture_url: answer.profile_picture_url, contact_id: id, refreshed: self.refresh })
    }
}

impl IntoFuture for GetPicture {
    type Output = Result<ProfilePicture, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// A contact's profile picture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfilePicture {
    /// Where the picture is, or `None`: the contact has none, hides it, or WhatsApp could not be asked. The server does
    /// not tell these apart.
    pub profile_picture_url: Option<String>,
    /// The contact.
    pub contact_id: ContactId,
    /// Whether a refresh was asked for. If not, the answer may be up to 24 hours old; where the server has none in its
    /// cache, it asks WhatsApp all the same.
    pub refreshed: bool,
}
