//! Serialization and deserialization of files.

use base64::{Engine, engine::general_purpose::STANDARD};
use data_url::forgiving_base64;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::{Map, Value};

use super::{
    source::Source,
    upload::{Content, Location, Media, OpenedMedia},
};

/// Serializes the URL of the file, or its bytes as base64. Fails for a path or a reader, which is read only when a
/// request is sent.
impl Serialize for Media {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self, serializer)
    }
}

/// Serializes like [`Media`].
impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

fn serialize<S: Serializer>(media: &Media, serializer: S) -> Result<S::Ok, S::Error> {
    let json = match &media.location {
        Location::Url(url) => media.json_of_url(url),
        Location::Local(Source::Bytes(bytes)) => {
            let mut json = media.json_before_data(bytes);
            STANDARD.encode_string(bytes, &mut json);
            json + OpenedMedia::END
        }
        Location::Attached(marker) => return serializer.serialize_str(marker),
        Location::Local(source) => {
            return Err(ser::Error::custom(format_args!("{source} is read when a request is sent, and not before")));
        }
    };
    serde_json::from_str::<Value>(&json).map_err(ser::Error::custom)?.serialize(serializer)
}

/// Deserializes the JSON form of a file: an object with `url` or `data`, and optionally `mimetype` and `filename`.
///
/// `data` is base64 as [`Media::data_uri`] reads it (white space and missing padding are accepted), or a data URI as a
/// whole. A member that is empty counts as absent.
impl<'de> Deserialize<'de> for Media {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Value::Object(members) = Value::deserialize(deserializer)? else {
            return Err(de::Error::custom("a file has to be an object with `url` or `data`"));
        };
        Self::from_members(members).map_err(de::Error::custom)
    }
}

impl Media {
    fn from_members(mut members: Map<String, Value>) -> Result<Self, String> {
        let mut take = |name: &str| match members.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(_) => Err(format!("`{name}` of the file is not a string")),
        };
        let media = match (take("url")?, take("data")?) {
            (Some(url), None) => Self::url(url),
            (None, Some(data)) => Self::from_data(&data).map_err(|why| format!("`data` of the file {why}"))?,
            (Some(_), Some(_)) => return Err("a file has either `url` or `data`, and this one has both".to_owned()),
            (None, None) => return Err("a file needs a `url` or `data`, and both are empty or missing".to_owned()),
        };
        let mime_type = take("mimetype")?.or(media.mime_type);
        Ok(Self { mime_type, filename: take("filename")?, ..media })
    }

    /// Reads base64, or a data URI.
    fn from_data(data: &str) -> Result<Self, String> {
        let data = data.trim_start();
        // A colon is no character of base64.
        if data.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:")) {
            return Self::data_uri(data).map_err(|error| format!("cannot be read: {}", error.message()));
        }
        let bytes = forgiving_base64::decode_to_vec(data.as_bytes());
        bytes.map(Self::bytes).map_err(|error| format!("is not base64: {error}"))
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Media::deserialize(deserializer).map(Self::from)
    }
}
