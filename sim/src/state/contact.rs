//! People, as far as a test has made them up.

use crate::ids;

/// Describes a person who is on WhatsApp and in the address book of every session.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Contact {
    pub(crate) name: Option<String>,
    pub(crate) push_name: Option<String>,
    pub(crate) lid: Option<String>,
    pub(crate) about: Option<String>,
    pub(crate) picture: Option<String>,
    pub(crate) is_business: bool,
    pub(crate) refuses_groups: bool,
}

impl Contact {
    /// Sets the name in the address book.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the name that the person has chosen.
    pub fn push_name(mut self, name: impl Into<String>) -> Self {
        self.push_name = Some(name.into());
        self
    }

    /// Sets the hidden id, such as `222222222222222@lid`, which the session knows to belong to the number; none by
    /// default.
    pub fn lid(mut self, id: impl AsRef<str>) -> Self {
        self.lid = Some(ids::hidden(id.as_ref()));
        self
    }

    /// Sets the text that the person shows about themselves; none by default.
    pub fn about(mut self, text: impl Into<String>) -> Self {
        self.about = Some(text.into());
        self
    }

    /// Sets the URL of the profile picture; none by default.
    pub fn picture(mut self, url: impl Into<String>) -> Self {
        self.picture = Some(url.into());
        self
    }

    /// Makes the account that of a business.
    pub fn business(mut self) -> Self {
        self.is_business = true;
        self
    }

    /// Makes privacy settings forbid that others add the person to groups.
    pub fn refuses_groups(mut self) -> Self {
        self.refuses_groups = true;
        self
    }
}
