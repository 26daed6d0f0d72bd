use crate::{
    ContactId, Error, ErrorKind, Operation, Session,
    handles::freshness::{Freshness, refreshable},
    handles::{GetPicture, ProfilePicture},
};

/// A request for the profile of the session's account, sent when it is awaited; returned by [`Session::own_profile`].
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let profile = session.own_profile().refresh().await?; // the picture from WhatsApp
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GetOwnProfile {
    session: Session,
    freshness: Freshness,
}

refreshable!(GetOwnProfile => OwnProfile);

impl Session {
    /// Begins to get the profile of the account that the session is logged in to. A refresh concerns only the picture,
    /// and takes a second request.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// let profile = session.own_profile().await?;
    /// println!("{} is {}", profile.id, profile.name.as_deref().unwrap_or("nobody"));
    /// if let Some(picture) = profile.picture.download(session.client()) {
    ///     println!("{} bytes", picture.await?.bytes().await?.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn own_profile(&self) -> GetOwnProfile {
        GetOwnProfile { session: self.clone(), freshness: Freshness::default() }
    }
}

impl GetOwnProfile {
    /// Sends the request, and a second one if the picture may need a refresh; the same as awaiting.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::RateLimited`] if a refresh would exceed [`RefreshLimits`](crate::RefreshLimits) and
    ///   [`AtLimit`](crate::AtLimit) says to fail
    /// - [`ErrorKind::Decode`] if the account's id is not the id of a contact
    /// - otherwise as for any call: see [`Error`]
    pub async fn send(self) -> Result<OwnProfile, Error> {
        let Self { session, freshness } = self;
        let client = session.client().clone();
        let calls = async move {
            let profile = session.profile().get().send().await?.into_inner();
            let id: ContactId =
                profile.id.parse().map_err(|error: Error| Error::new(ErrorKind::Decode, error.message()))?;
            let picture = if freshness.is_any() {
                ProfilePicture { profile_picture_url: profile.picture, contact_id: id.clone(), refreshed: false }
            } else {
                GetPicture::with_freshness(session, id.clone(), freshness).await?
            };
            Ok(OwnProfile { id, name: profile.name, picture })
        };
        freshness.within_timeout(&client, Operation::CONTACTS_GET_PROFILE_PICTURE, calls).await
    }
}

/// The profile of the session's own account, as other people see it.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let profile = session.own_profile().await?;
/// println!("{} is {:?}, with {:?}", profile.id, profile.name, profile.picture.profile_picture_url);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnProfile {
    /// The account's id.
    pub id: ContactId,
    /// The account's name; `None` or empty if the engine does not know it yet.
    pub name: Option<String>,
    /// The account's picture.
    pub picture: ProfilePicture,
}
