//! JSON Schemas of the types that are not generated structs: ids, open enums, [`Json`] and files.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The derive macro for generated types.
pub(crate) use schemars::JsonSchema as DeriveSchema;

use crate::{
    ChannelId, ChatId, ContactId, GroupId, Json, Lid, Media, MessageId, PhoneNumber, SessionName, media::Content,
};

/// Implements the schema of a type that is a string in JSON.
///
/// `$canonical` is the pattern of the serialized form. Deserialization accepts more forms, so that only the schema for
/// serialization has the pattern.
macro_rules! string_schemas {
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

string_schemas! {
    ChatId:
        "The id of a chat of any kind: `<digits>@c.us`, `<digits>@lid`, `<digits>@g.us`, `<digits>@newsletter`, \
         `status@broadcast` or of another kind. A phone number is accepted as a contact.",
        "11111111111@c.us", "^[^@\\s]+@[^@\\s]+$",
    ContactId:
        "The id of a contact: `<digits>@c.us`, or `<digits>@lid` where WhatsApp hides the number. A phone number is \
         accepted as well.",
        "11111111111@c.us", "^[0-9]{1,20}@(c\\.us|lid)$",
    GroupId:
        "The id of a group: `<digits>@g.us`, or `<phone number>-<time>@g.us` for an old group.",
        "111111111111111111@g.us", "^[0-9]{1,20}(-[0-9]{1,20})?@g\\.us$",
    ChannelId:
        "The id of a channel: `<digits>@newsletter`.",
        "111111111111111111@newsletter", "^[0-9]{1,20}@newsletter$",
    Lid:
        "The id that WhatsApp shows in place of a hidden phone number: `<digits>@lid`. Bare digits are accepted as \
         well.",
        "222222222222222@lid", "^[0-9]{1,20}@lid$",
    PhoneNumber:
        "A phone number with its country code, as digits. Other notations, such as `+1 (111) 111-1111`, and the id of \
         a contact are accepted as well.",
        "11111111111", "^[1-9][0-9]{6,14}$",
    MessageId:
        "The id of a message: `{fromMe}_{chat}_{id}`, with `_{participant}` appended in groups, or the bare id.",
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

/// Returns the schema of a file: its URL or its bytes, and with `names` its media type and file name.
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

macro_rules! file_schemas {
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

file_schemas! {
    Media: true,
    Content: false,
}
