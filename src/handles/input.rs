//! Parts of requests in the forms in which people have them.

use std::time::Duration;

use crate::{PhoneNumber, types};

/// A contact card of a name and a phone number, which may be in any notation.
impl<N: Into<String>, P: Into<String>> From<(N, P)> for types::ContactCard {
    fn from((name, phone_number): (N, P)) -> Self {
        let phone_number = phone_number.into();
        // With it, the receiver can write to the contact at once.
        let whatsapp_id = phone_number.parse::<PhoneNumber>().ok().map(String::from);
        Self { full_name: name.into(), organization: None, phone_number, whatsapp_id }
    }
}

/// A contact card of a name and a phone number, which may be in any notation.
impl<N: Into<String>, P: Into<String>> From<(N, P)> for types::InputContact {
    fn from(card: (N, P)) -> Self {
        Self::ContactCard(card.into())
    }
}

/// A poll of a question and its options, of which one may be chosen.
impl<N: Into<String>, O: IntoIterator<Item: Into<String>>> From<(N, O)> for types::Poll {
    fn from((name, options): (N, O)) -> Self {
        Self { multiple_answers: None, name: name.into(), options: options.into_iter().map(Into::into).collect() }
    }
}

/// A time that WhatsApp knows: 1, 7 or 30 days.
impl TryFrom<Duration> for types::PinMessageRequestDuration {
    type Error = types::error::ConversionError;

    fn try_from(duration: Duration) -> Result<Self, Self::Error> {
        i64::try_from(duration.as_secs()).unwrap_or(i64::MAX).try_into()
    }
}
