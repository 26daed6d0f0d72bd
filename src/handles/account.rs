//! Everyday words for what concerns the session and its account as a whole.

use std::{fmt::Display, future::Future};

use crate::{
    ContactId, Error, PhoneNumber, Session, builder,
    handles::{QrCode, WaitUntilWorking},
    types::SessionStatus,
};

/// The account, in everyday words. Each method that returns a builder begins a call, which is sent when it is awaited.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// if let Some(me) = session.me().await? {
///     println!("{} is {:?}", me.id, session.status().await?);
/// }
/// println!("{}", session.pairing_code("+1 111 111 1111").await?.code);
/// if session.check_number("+1 222 222 2222").await?.number_exists {
///     session.unblock("+1 222 222 2222").await?;
///     session.block("+1 222 222 2222").await?;
/// }
/// session.go_online().await?;
/// session.set_name("Ada").await?;
/// session.set_about("At lunch").await?;
/// session.post_status("Sunny!").await?;
/// session.go_offline().await?;
/// let channel = session.create_channel("News").await?;
/// println!("{} chats", session.list_chats().limit(100).await?.len());
/// println!("{} groups", session.list_groups().await?.len());
/// println!("{} contacts", session.list_contacts().await?.len());
/// # Ok(())
/// # }
/// ```
impl Session {
    /// Gets the session's status.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// if session.status().await? != waha::types::SessionStatus::Working {
    ///     session.pair(|qr| println!("{qr}")).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the session does not exist; otherwise as for any call.
    pub fn status(&self) -> impl Future<Output = Result<SessionStatus, Error>> + Send + 'static {
        let request = self.get();
        async move { Ok(request.await?.status) }
    }

    /// Begins to get the session's status, configuration and account; the same as [`get`](Self::get). Awaited:
    /// `SessionInfo`.
    pub fn info(&self) -> builder::SessionsGet {
        self.get()
    }

    /// Begins to get the session's own account. Awaited: `Option<MeInfo>`.
    ///
    /// `GET /api/sessions/{session}/me`
    pub fn me(&self) -> builder::SessionsGetMe {
        self.sessions().get_me()
    }

    /// Begins to wait until the session is `WORKING`; the same as [`wait_until_working`](Self::wait_until_working).
    pub fn wait(&self) -> WaitUntilWorking {
        self.wait_until_working()
    }

    /// Gets the code that a phone scans; the same as [`qr_code`](Self::qr_code). [`pair`](Self::pair) shows each new one.
    ///
    /// # Errors
    ///
    /// As for [`qr_code`](Self::qr_code).
    pub fn qr(&self) -> impl Future<Output = Result<QrCode, Error>> + Send + 'static {
        self.qr_code()
    }

    /// Begins to request a code that is typed into the phone with this number; the same as
    /// [`request_pairing_code`](Self::request_pairing_code). Awaited: `PairingCode`.
    pub fn pairing_code(&self, phone_number: impl TryInto<PhoneNumber, Error: Display>) -> builder::AuthRequestCode {
        self.request_pairing_code(phone_number)
    }

    /// Begins to check whether a phone number is on WhatsApp. Awaited: `NumberExists`.
    ///
    /// `GET /api/contacts/check-exists`
    pub fn check_number(&self, phone: impl TryInto<PhoneNumber, Error: Display>) -> builder::ContactsCheckExists {
        self.contacts().check_exists().phone(phone)
    }

    /// Begins to check whether a phone number is on WhatsApp; the same as [`check_number`](Self::check_number). Awaited:
    /// `NumberExists`.
    pub fn is_registered(&self, phone: impl TryInto<PhoneNumber, Error: Display>) -> builder::ContactsCheckExists {
        self.check_number(phone)
    }

    /// Begins to block a contact. Awaited: nothing.
    ///
    /// `POST /api/contacts/block`
    pub fn block(&self, contact: impl TryInto<ContactId, Error: Display>) -> builder::ContactsBlock {
        self.contacts().block().contact_id(contact)
    }

    /// Begins to unblock a contact. Awaited: nothing.
    ///
    /// `POST /api/contacts/unblock`
    pub fn unblock(&self, contact: impl TryInto<ContactId, Error: Display>) -> builder::ContactsUnblock {
        self.contacts().unblock().contact_id(contact)
    }

    /// Begins to show others that the account is online. Awaited: nothing.
    ///
    /// `POST /api/{session}/presence`
    pub fn go_online(&self) -> builder::PresenceSet {
        self.presence().set().presence("online")
    }

    /// Begins to show others that the account is offline. Awaited: nothing.
    ///
    /// `POST /api/{session}/presence`
    pub fn go_offline(&self) -> builder::PresenceSet {
        self.presence().set().presence("offline")
    }

    /// Begins to set the name of the account. Awaited: nothing.
    ///
    /// `PUT /api/{session}/profile/name`
    pub fn set_name(&self, name: impl TryInto<String, Error: Display>) -> builder::ProfileSetName {
        self.profile().set_name().name(name)
    }

    /// Begins to set the text below the account's name, which the API calls the status of the profile. Awaited: nothing.
    ///
    /// `PUT /api/{session}/profile/status`
    pub fn set_about(&self, about: impl TryInto<String, Error: Display>) -> builder::ProfileSetStatus {
        self.profile().set_status().status(about)
    }

    /// Begins to post a text as a status update, which is also called a story. Awaited: `SentMessage`.
    ///
    /// `POST /api/{session}/status/text`
    pub fn post_status(&self, text: impl TryInto<String, Error: Display>) -> builder::StatusUpdatesSendText {
        self.status_updates().send_text().text(text)
    }

    /// Begins to post a text as a status update; the same as [`post_status`](Self::post_status). Awaited: `SentMessage`.
    ///
    /// `POST /api/{session}/status/text`
    pub fn post_story(&self, text: impl TryInto<String, Error: Display>) -> builder::StatusUpdatesSendText {
        self.post_status(text)
    }

    /// Begins to create a channel. Awaited: `Channel`.
    ///
    /// `POST /api/{session}/channels`
    pub fn create_channel(&self, name: impl TryInto<String, Error: Display>) -> builder::ChannelsCreate {
        self.channels().create().name(name)
    }

    /// Begins to list the chats, the one with the latest message first on most engines. Awaited: `Vec<ChatEntry>`.
    ///
    /// `GET /api/{session}/chats`
    pub fn list_chats(&self) -> builder::ChatsList {
        self.chats().list()
    }

    /// Begins to list the groups. Awaited: `Vec<GroupSummary>`.
    ///
    /// `GET /api/{session}/groups`
    pub fn list_groups(&self) -> builder::GroupsList {
        self.groups().list()
    }

    /// Begins to list the contacts. Awaited: `Vec<ContactSummary>`.
    ///
    /// `GET /api/contacts/all`
    pub fn list_contacts(&self) -> builder::ContactsList {
        self.contacts().list()
    }
}
