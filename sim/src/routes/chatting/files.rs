//! Files: pictures, videos, voice messages, stickers and documents.

use axum::{body::Bytes, http::Uri};
use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use serde_json::Value;

use super::deliver;
use crate::{
    Engine, SessionStatus, assets,
    call::Call,
    error::Error,
    mime,
    routes::Answer,
    state::{
        World,
        message::{Content, Media, MediaKind},
    },
};

pub(super) fn image(call: &Call) -> Answer {
    send(call, MediaKind::Image)
}

pub(super) fn file(call: &Call) -> Answer {
    send(call, MediaKind::Document)
}

pub(super) fn voice(call: &Call) -> Answer {
    send(call, MediaKind::Voice)
}

pub(super) fn sticker(call: &Call) -> Answer {
    send(call, MediaKind::Sticker)
}

pub(super) fn video(call: &Call) -> Answer {
    let is_note = call.flag("asNote") == Some(true);
    send(call, if is_note { MediaKind::Note } else { MediaKind::Video })
}

fn send(call: &Call, kind: MediaKind) -> Answer {
    let mut world = call.world();
    let media = attachment(call, &mut world, kind)?;
    deliver(call, &mut world, Content::Media(media))
}

/// The file of a request, once the session may send it.
pub(in crate::routes) fn attachment(call: &Call, world: &mut World, kind: MediaKind) -> Result<Media, Error> {
    let nothing = Value::Null;
    let file = call.body.get("file").unwrap_or(&nothing);
    // The one engine which looks before it reads.
    if call.engine() == Engine::Noweb && file["url"].is_null() && file["data"].is_null() {
        world.in_status(call.session_name(), SessionStatus::Working)?;
        return Err(Error::unprocessable("The file has neither 'url' nor 'data'"));
    }
    call.working(world)?;
    let member = |name: &str| file[name].as_str().filter(|value| !value.is_empty()).map(str::to_owned);
    let filename = member("filename");
    let by_name = || [filename.as_deref(), file["url"].as_str()].into_iter().flatten().find_map(mime::of_name);
    let default = match kind {
        MediaKind::Image => "image/jpeg",
        MediaKind::Video | MediaKind::Note => "video/mp4",
        MediaKind::Voice => "audio/ogg; codecs=opus",
        MediaKind::Sticker => "image/webp",
        MediaKind::Document => by_name().unwrap_or("application/octet-stream"),
    };
    let mimetype = member("mimetype").unwrap_or_else(|| default.to_owned());
    let bytes = bytes(file, &mimetype)?;
    let caption = call.optional_text("caption").filter(|caption| !caption.is_empty()).map(str::to_owned);
    Ok(Media { kind, mimetype, filename, caption, bytes })
}

/// The picture of a preview.
pub(super) fn image_bytes(image: &Value) -> Result<Bytes, Error> {
    bytes(image, "image/jpeg")
}

/// The bytes of a file. The stand-in does not go out to get one: what an address leads to is made up.
pub(in crate::routes) fn bytes(file: &Value, mimetype: &str) -> Result<Bytes, Error> {
    if let Some(data) = file["data"].as_str() {
        return Ok(decode(data).into());
    }
    let url = file["url"].as_str().unwrap_or_default();
    let uri = url.parse::<Uri>().ok().filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    match uri {
        Some(_) => Ok(Bytes::from_static(assets::of_type(mimetype))),
        None => Err(Error::exception("TypeError", "Invalid URL")),
    }
}

/// Base64 as Node reads it: what does not belong there is passed over.
fn decode(data: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(data).unwrap_or_else(|_| decode_odd(data))
}

fn decode_odd(data: &str) -> Vec<u8> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&STANDARD, config);
    let digits = data.chars().take_while(|c| *c != '=').filter_map(|c| match c {
        '-' => Some('+'),
        '_' => Some('/'),
        c => (c.is_ascii_alphanumeric() || matches!(c, '+' | '/')).then_some(c),
    });
    let mut digits = digits.collect::<String>();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    engine.decode(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_node_reads_it() {
        for data in ["SGk=", "SGk", "S G\nk", "SGk*=", "SGkx", "SGkxA"] {
            assert!(decode(data).starts_with(b"Hi"), "{data}");
        }
        assert_eq!(decode("__-_"), [0xff, 0xff, 0xbf]);
        assert!(decode("").is_empty());
    }
}
