//! Whether a message in a chat is the one that was sent, where only its content can tell.

use serde_json::Value;

use crate::views::Message;

/// What can be recognised of a message.
pub(super) enum Content {
    Text(String),
    /// Latitude and longitude, in degrees.
    Place(f64, f64),
    /// For each card, its vCard, or the name and the digits of the number that are in it.
    Contacts(Vec<Card>),
    Poll {
        question: String,
        options: Vec<String>,
    },
}

pub(super) enum Card {
    Whole(String),
    Parts { name: String, digits: String },
}

impl Content {
    /// Reads the content of a request's body; `None` where it cannot be recognised.
    pub(super) fn of(body: &Value) -> Option<Self> {
        if let Some(text) = body["text"].as_str() {
            return Some(Self::Text(text.trim().to_owned()));
        }
        if let (Some(latitude), Some(longitude)) = (body["latitude"].as_f64(), body["longitude"].as_f64()) {
            return Some(Self::Place(latitude, longitude));
        }
        if let Some(contacts) = body["contacts"].as_array() {
            // A status has a list of readers by this name.
            return contacts.iter().map(Card::of).collect::<Option<_>>().map(Self::Contacts);
        }
        let poll = &body["poll"];
        let options = poll["options"].as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
        Some(Self::Poll { question: poll["name"].as_str()?.to_owned(), options: options.collect() })
    }
}

impl Card {
    fn of(contact: &Value) -> Option<Self> {
        if let Some(vcard) = contact["vcard"].as_str() {
            return Some(Self::Whole(vcard.to_owned()));
        }
        let name = contact["fullName"].as_str()?.to_owned();
        Some(Self::Parts { name, digits: digits(contact["phoneNumber"].as_str()?) })
    }

    fn is(&self, vcard: &str) -> bool {
        match self {
            Self::Whole(whole) => words(whole) == words(vcard),
            Self::Parts { name, digits: number } => {
                let has_name = vcard.lines().any(|line| line.trim().strip_prefix("FN:") == Some(name.as_str()));
                has_name && digits(vcard).contains(number)
            }
        }
    }
}

/// Whether a message has this content.
pub(super) fn is_in(content: &Content, message: &Message) -> bool {
    /// About a metre.
    const DEGREES: f64 = 0.000_01;
    match content {
        Content::Text(text) => !message.has_media() && message.text().map(str::trim) == Some(text.as_str()),
        Content::Place(latitude, longitude) => place(message)
            .is_some_and(|(north, east)| (north - latitude).abs() < DEGREES && (east - longitude).abs() < DEGREES),
        Content::Contacts(cards) => {
            let vcards = vcards(message);
            vcards.len() == cards.len() && cards.iter().zip(&vcards).all(|(card, vcard)| card.is(vcard))
        }
        Content::Poll { question, options } => {
            poll(message).is_some_and(|(name, listed)| name == *question && listed == *options)
        }
    }
}

/// Latitude and longitude, which WPP tells only as its library has them.
fn place(message: &Message) -> Option<(f64, f64)> {
    let of_library = || {
        let raw = message.raw.to_value().ok()?;
        Some((raw["_data"]["lat"].as_f64()?, raw["_data"]["lng"].as_f64()?))
    };
    message.coordinates().or_else(of_library)
}

/// The cards of a message. A single one is the body on WPP.
fn vcards(message: &Message) -> Vec<String> {
    if !message.vcards().is_empty() {
        return message.vcards().to_vec();
    }
    let raw = message.raw.to_value().unwrap_or_default();
    let bodies = [&raw["body"], &raw["_data"]["body"]].into_iter().filter_map(Value::as_str);
    bodies.filter(|body| body.trim_start().starts_with("BEGIN:VCARD")).take(1).map(str::to_owned).collect()
}

/// The question and the options of a poll, as the engines in a browser have them.
fn poll(message: &Message) -> Option<(String, Vec<String>)> {
    let raw = message.raw.to_value().ok()?;
    let data = if raw["pollName"].is_string() { &raw } else { &raw["_data"] };
    let options = data["pollOptions"].as_array()?.iter().filter_map(|option| option["name"].as_str());
    Some((data["pollName"].as_str()?.to_owned(), options.map(str::to_owned).collect()))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A text without what tells line ends apart.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}
