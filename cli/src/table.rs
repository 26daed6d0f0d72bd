//! The operations of the document and the events of the server, as the build script wrote them.

include!(concat!(env!("OUT_DIR"), "/table.rs"));
include!(concat!(env!("OUT_DIR"), "/samples.rs"));

/// A group of operations: `chats`.
pub struct Resource {
    /// Its name on the command line.
    pub name: &'static str,
    pub about: &'static str,
    pub operations: &'static [Operation],
}

/// One operation of the server.
pub struct Operation {
    /// `operationId`.
    pub id: &'static str,
    /// Its name on the command line, within its resource.
    pub action: &'static str,
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    pub summary: &'static str,
    pub description: &'static str,
    /// The release of the server that brought it, where that is known.
    pub since: Option<&'static str>,
    pub is_deprecated: bool,
    /// Whether sending it twice does no more than sending it once.
    pub is_repeatable: bool,
    pub answer: Answer,
    pub paging: Option<Paging>,
    pub session: Session,
    pub body: Body,
    /// Where the body has secrets: the names on the way, in which `*` stands for any member or item.
    pub secrets: &'static [&'static [&'static str]],
    pub inputs: &'static [Input],
}

/// What a success carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Nothing,
    Json,
    Text,
    Bytes,
}

/// How an operation answers with a part of a list.
#[derive(Clone, Copy)]
pub enum Paging {
    /// By the parameters `limit` and `offset`.
    Offset,
    /// By the members `limit` and `offset` of this property of the body.
    OffsetIn(&'static str),
    /// By `startCursor` in the body; this property of the answer is the list.
    Cursor { items: &'static str },
}

/// Where the name of the session stands.
#[derive(Clone, Copy)]
pub enum Session {
    None,
    Path,
    Query,
    /// In this property of the body.
    Body(&'static str),
    /// In the body's property `session`, only if it is asked for.
    IfGiven,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Body {
    None,
    Optional,
    Required,
}

/// A value that a request carries.
pub struct Input {
    /// Its name in the document.
    pub name: &'static str,
    /// Its name on the command line.
    pub flag: &'static str,
    pub place: Place,
    pub kind: Kind,
    pub is_list: bool,
    pub help: &'static str,
    pub is_required: bool,
    /// What checks the id that it is.
    pub id: Option<Id>,
    /// The values that it takes, where these are few.
    pub choices: &'static [&'static str],
    pub is_secret: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    /// A property of the body.
    Body,
    /// The body itself.
    WholeBody,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    /// A file, by its address or with its bytes.
    File {
        /// Whether it has a name and a media type.
        is_named: bool,
    },
    /// An object that is nothing but an id.
    Reference,
    /// Anything else.
    Json,
}

/// The types of the library that check ids.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Id {
    Channel,
    Chat,
    ChatOrAll,
    Contact,
    Group,
    Lid,
    Mention,
    Message,
    PhoneNumber,
}

impl Id {
    /// Returns the id in its canonical form.
    ///
    /// # Errors
    ///
    /// The text is no such id; the message says what one looks like.
    pub fn check(self, text: &str) -> Result<String, String> {
        let checked = match self {
            Self::Channel => text.parse::<waha::ChannelId>().map(String::from),
            Self::Chat => text.parse::<waha::ChatId>().map(String::from),
            Self::ChatOrAll => text.parse::<waha::ChatIdOrAll>().map(String::from),
            Self::Contact => text.parse::<waha::ContactId>().map(String::from),
            Self::Group => text.parse::<waha::GroupId>().map(String::from),
            Self::Lid => text.parse::<waha::Lid>().map(String::from),
            Self::Mention => text.parse::<waha::Mention>().map(String::from),
            Self::Message => text.parse::<waha::MessageId>().map(String::from),
            Self::PhoneNumber => text.parse::<waha::PhoneNumber>().map(String::from),
        };
        checked.map_err(|error| error.message().to_owned())
    }
}

/// An event of the server.
pub struct Sample {
    pub name: &'static str,
    pub about: &'static str,
    /// A payload as JSON.
    pub payload: &'static str,
}

/// Returns the resource of this name.
pub fn resource(name: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.name == name)
}

/// Returns the operation of this id.
pub fn operation(id: &str) -> Option<&'static Operation> {
    RESOURCES.iter().flat_map(|resource| resource.operations).find(|operation| operation.id == id)
}
