//! A file as JSON: in the body of a request, and wherever else somebody writes or reads one.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::Value;

use super::{
    source::Source,
    upload::{Content, Media, Opened, Place},
};

/// A file that is in memory or has a URL is written as a whole. One that has to be read first is read when a request is
/// sent, and cannot be written anywhere else.
impl Serialize for Media {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self, true, serializer)
    }
}

/// As that of [`Media`].
impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, false, serializer)
    }
}

fn serialize<S: Serializer>(media: &Media, with_names: bool, serializer: S) -> Result<S::Ok, S::Error> {
    let json = match &media.place {
        Place::Url(url) => media.json_of_url(with_names, url),
        Place::Here(Source::Bytes(bytes)) => {
            let mut json = media.json_before_data(with_names, bytes);
            STANDARD.encode_string(bytes, &mut json);
            json + Opened::END
        }
        Place::Attached(marker) => return serializer.serialize_str(marker),
        Place::Here(source) => {
            return Err(ser::Error::custom(format_args!("{source} is read when a request is sent, and not before")));
        }
    };
    serde_json::from_str::<Value>(&json).map_err(ser::Error::custom)?.serialize(serializer)
}

/// A file as it stands in JSON.
#[derive(Deserialize)]
struct Written {
    url: Option<String>,
    data: Option<String>,
    mimetype: Option<String>,
    filename: Option<String>,
}

impl<'de> Deserialize<'de> for Media {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { url, data, mimetype, filename } = Written::deserialize(deserializer)?;
        let media = match (url, data) {
            (Some(url), _) => Self::url(url),
            (None, Some(data)) => Self::bytes(STANDARD.decode(data).map_err(de::Error::custom)?),
            (None, None) => return Err(de::Error::custom("a file has a `url` or `data`")),
        };
        Ok(Self { mime_type: mimetype, filename, ..media })
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Media::deserialize(deserializer).map(Self)
    }
}
