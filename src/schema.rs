//! JSON Schema of what is no generated struct: ids, open enums, open JSON.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The derive macro for generated types.
pub(crate) use schemars::JsonSchema as DeriveSchema;

use crate::{
    ChannelId, ChatId, ContactId, GroupId, Json, Lid, Media, MessageId, PhoneNumber, SessionName, media::Content,
};

/// The schema of a type that is a text.
///
/// `$canonical` is how it is written. It is read more leniently, so that only a schema of what is written can demand it.
macro_rules! texts {
    ($($name:ident: $description:literal, $example:literal, $canonical:literal,)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_id() -> Cow<'static, str> {
                concat!("waha::", stringify!($name)).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let mut schema = json_schema!({
                    "type": "string",
                    "description": $description,
                    "examples": [$example],
                });
                if generator.contract().is_serialize() {
                    schema.insert("pattern".to_owned(), $canonical.into());
                }
                schema
            }
        }
    )*};
}

texts! {
    ChatId:
        "The id of a chat of any kind: `<digits>@c.us`, `<digits>@lid`, `<digits>@g.us`, `<digits>@newsletter`, \
         `status@broadcast` or of another kind. A phone number is understood as a contact's.",
        "11111111111@c.us", "^[^@\\s]+@[^@\\s]+$",
    ContactId:
        "The id of a contact: `<digits>@c.us`, or `<digits>@lid` where WhatsApp hides the number. A phone number is \
         understood as well.",
        "11111111111@c.us", "^[0-9]{1,20}@(c\\.us|lid)$",
    GroupId:
        "The id of a group: `<digits>@g.us`, or an old one's `<phone number>-<time>@g.us`.",
        "111111111111111111@g.us", "^[0-9]{1,20}(-[0-9]{1,20})?@g\\.us$",
    ChannelId:
        "The id of a channel: `<digits>@newsletter`.",
        "111111111111111111@newsletter", "^[0-9]{1,20}@newsletter$",
    Lid:
        "The id behind which WhatsApp hides a phone number: `<digits>@lid`. Bare digits are understood as well.",
        "222222222222222@lid", "^[0-9]{1,20}@lid$",
    PhoneNumber:
        "A phone number with the country's code, as digits. It is understood as people write it, such as \
         `+1 (111) 111-1111`, and as a contact's id.",
        "11111111111", "^[1-9][0-9]{6,14}$",
    MessageId:
        "The id of a message: `{fromMe}_{chat}_{id}`, in groups with `_{participant}` behind it, or the bare id.",
        "true_11111111111@c.us_AAAAAAAAAAAAAAAAAAAA", "^\\S+$",
}

impl JsonSchema for SessionName {
    fn schema_name() -> Cow<'static, str> {
        "SessionName".into()
    }

    fn schema_id() -> Cow<'static, str> {
        "waha::SessionName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "The name of a session: letters, digits, `_` and `-`.",
            "examples": [Self::DEFAULT],
            "pattern": "^[A-Za-z0-9_-]+$",
            "minLength": 1,
            "maxLength": Self::MAX_LEN,
        })
    }
}

impl JsonSchema for Json {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Json".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }
}

/// A file as it is sent: its URL, or its bytes.
fn file(names: bool) -> Schema {
    let mut properties = serde_json::json!({
        "url": { "type": "string", "description": "Address of the file, which the server downloads." },
        "data": { "type": "string", "contentEncoding": "base64", "description": "The bytes of the file." },
    });
    if names {
        properties["mimetype"] = serde_json::json!({ "type": "string", "description": "Media type." });
        properties["filename"] = serde_json::json!({ "type": "string", "description": "Name that the receiver sees." });
    }
    json_schema!({
        "type": "object",
        "description": "A file to send: either its `url` or its bytes as `data`.",
        "properties": properties,
        "oneOf": [{ "required": ["url"] }, { "required": ["data"] }],
    })
}

macro_rules! files {
    ($($name:ident: $names:literal,)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_id() -> Cow<'static, str> {
                concat!("waha::", stringify!($name)).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                file($names)
            }
        }
    )*};
}

files! {
    Media: true,
    Content: false,
}
