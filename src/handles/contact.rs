use super::send::send_methods;
use crate::{Chat, ContactId, Session, builder, handles::GetPicture};

/// A contact of a session; returned by [`Session::contact`].
///
/// Each method begins a call, which is sent when it is awaited.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let contact = session.contact("+1 111 111 1111")?;
/// if contact.check_exists().await?.number_exists {
///     println!("{:?}", contact.get_about().await?.about);
/// }
/// if let Some(picture) = contact.picture().await?.download(session.client()) {
///     picture.await?.save("ada.jpg").await?;
/// }
/// contact.block().await?;
/// contact.unblock().await?;
/// let known = session.contacts().list().await?;
/// # Ok(())
/// # }
/// ```
///
/// Its messages:
///
/// ```no_run
/// # async fn run(contact: waha::Contact) -> Result<(), waha::Error> {
/// println!("{}", contact.id());
/// for message in contact.chat().messages().limit(10).await? {
///     println!("{message}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Contact {
    session: Session,
    id: ContactId,
}

impl Contact {
    pub(crate) fn new(session: Session, id: ContactId) -> Self {
        Self { session, id }
    }

    /// Returns the contact's id.
    pub fn id(&self) -> &ContactId {
        &self.id
    }

    /// Returns the session that the contact belongs to.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Begins to check whether the contact's phone number is on WhatsApp. Awaited: `NumberExists`.
    ///
    /// The call fails with [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest), and nothing is sent, if the
    /// id ends in `@lid`, which hides the phone number.
    ///
    /// `GET /api/contacts/check-exists`
    pub fn check_exists(&self) -> builder::ContactsCheckExists {
        self.session.contacts().check_exists().phone(&self.id)
    }

    /// Begins to check whether the contact's phone number is on WhatsApp; the same as [`check_exists`](Self::check_exists).
    /// Awaited: `NumberExists`.
    pub fn exists(&self) -> builder::ContactsCheckExists {
        self.check_exists()
    }

    /// Begins to check whether the contact's phone number is on WhatsApp; the same as [`check_exists`](Self::check_exists).
    /// Awaited: `NumberExists`.
    pub fn is_registered(&self) -> builder::ContactsCheckExists {
        self.check_exists()
    }

    /// Begins to check whether the contact's phone number is on WhatsApp; the same as [`check_exists`](Self::check_exists).
    /// Awaited: `NumberExists`.
    pub fn is_on_whatsapp(&self) -> builder::ContactsCheckExists {
        self.check_exists()
    }

    /// Begins to get the profile picture; the same as [`picture`](Self::picture). Awaited: `ProfilePicture`.
    pub fn profile_picture(&self) -> GetPicture {
        self.picture()
    }

    /// Begins to get the profile picture; the same as [`picture`](Self::picture). Awaited: `ProfilePicture`.
    pub fn photo(&self) -> GetPicture {
        self.picture()
    }

    /// Begins to get the profile picture; the same as [`picture`](Self::picture). Awaited: `ProfilePicture`.
    pub fn avatar(&self) -> GetPicture {
        self.picture()
    }

    /// Returns the chat with the contact, for its messages.
    pub fn chat(&self) -> Chat {
        Chat::new(self.session.clone(), (&self.id).into())
    }

    /// Begins to get the profile picture. Awaited: `ProfilePicture`.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// use std::time::Duration;
    ///
    /// let contact = session.contact("11111111111@c.us")?;
    /// let picture = contact.picture().await?; // from the server's cache, up to 24 hours old
    /// let picture = contact.picture().refresh().await?; // from WhatsApp, within the budget of `RefreshLimits`
    /// let picture = contact.picture().max_age(Duration::from_secs(3600)).await?; // refreshed at most hourly
    /// println!("{:?}, refreshed: {}", picture.profile_picture_url, picture.refreshed);
    /// # Ok(())
    /// # }
    /// ```
    pub fn picture(&self) -> GetPicture {
        GetPicture::new(self.session.clone(), self.id.clone())
    }
}

send_methods!(Contact);
