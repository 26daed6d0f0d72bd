//! Files that stand for any file of their types.

const PNG: &[u8] = include_bytes!("../assets/qr.png");
const JPEG: &[u8] = include_bytes!("../assets/screenshot.jpg");
/// The header of a video without any track.
const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41\0\0\0\x08mdat";
/// The first page of a stream, which says that there will be Opus in it.
const OGG: &[u8] = b"OggS\0\x02\0\0\0\0\0\0\0\0sim1\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x018\x01\x80\xbb\0\0\0\0\0";
/// A picture of one pixel, in which nothing is drawn.
const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";
const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n\
    trailer<</Root 1 0 R>>\n%%EOF\n";
const OTHER: &[u8] = b"A file of the stand-in.\n";

/// Some bytes of a media type.
pub(crate) fn of_type(mimetype: &str) -> &'static [u8] {
    match mimetype.split(';').next().unwrap_or_default().trim() {
        "image/png" => PNG,
        "image/jpeg" => JPEG,
        "image/webp" => WEBP,
        "video/mp4" => MP4,
        "audio/ogg" => OGG,
        "application/pdf" => PDF,
        _ => OTHER,
    }
}

/// Whether bytes begin like a video or a voice message.
pub(crate) fn is_playable(bytes: &[u8], mimetype: &str) -> bool {
    match mimetype.split(';').next() {
        Some("video/mp4") => bytes.get(4..8) == Some(b"ftyp"),
        Some("audio/ogg") => bytes.starts_with(b"OggS"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_look_like_their_types() {
        assert!(is_playable(of_type("video/mp4"), "video/mp4"));
        assert!(is_playable(of_type("audio/ogg; codecs=opus"), "audio/ogg; codecs=opus"));
        assert!(!is_playable(of_type("audio/ogg"), "video/mp4"));
        for (mimetype, start) in [("image/png", &b"\x89PNG"[..]), ("image/jpeg", b"\xff\xd8\xff"), ("x/y", b"A file")] {
            assert!(of_type(mimetype).starts_with(start), "{mimetype}");
        }
    }
}
