//! Serialization and deserialization of files.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::Value;

use super::{
    source::Source,
    upload::{Content, Location, Media, OpenedMedia},
};

/// Serializes the URL of the file, or its bytes as base64. Fails for a path or a reader, which is read only when a
/// request is sent.
impl Serialize for Media {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self, true, serializer)
    }
}

/// Serializes like [`Media`].
impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, false, serializer)
    }
}

fn serialize<S: Serializer>(media: &Media, with_names: bool, serializer: S) -> Result<S::Ok, S::Error> {
    let json = match &media.location {
        Location::Url(url) => media.json_of_url(with_names, url),
        Location::Local(Source::Bytes(bytes)) => {
            let mut json = media.json_before_data(with_names, bytes);
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

/// The JSON form of a file.
#[derive(Deserialize)]
struct MediaJson {
    url: Option<String>,
    data: Option<String>,
    mimetype: Option<String>,
    filename: Option<String>,
}

impl<'de> Deserialize<'de> for Media {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let MediaJson { url, data, mimetype, filename } = MediaJson::deserialize(deserializer)?;
        let media = match (url, data) {
            (Some(url), _) => Self::url(url),
            (None, Some(data)) => Self::bytes(STANDARD.decode(data).map_err(de::Error::custom)?),
            (None, None) => return Err(de::Error::custom("a file needs a `url` or `data`")),
        };
        Ok(Self { mime_type: mimetype, filename, ..media })
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Media::deserialize(deserializer).map(Self)
    }
}
