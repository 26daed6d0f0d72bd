//! Guesses the media type of a file by its name and its first bytes.

/// Returns the media type; `None` if it cannot be guessed.
pub(super) fn mime_type(filename: Option<&str>, head: &[u8]) -> Option<String> {
    if is_opus_in_ogg(head) {
        return Some("audio/ogg; codecs=opus".to_owned());
    }
    let by_name = filename.and_then(|name| mime_guess::from_path(name).first_raw());
    by_name.or_else(|| infer::get(head).map(|kind| kind.mime_type())).map(str::to_owned)
}

/// Returns whether the file is Opus in Ogg: the only format that WhatsApp plays as a voice message, and only if the
/// media type names the codec.
fn is_opus_in_ogg(head: &[u8]) -> bool {
    // RFC 3533: a page begins with `OggS`; RFC 7845: the first one holds `OpusHead`, after a header of 28 bytes.
    head.starts_with(b"OggS") && head.get(28..36) == Some(b"OpusHead")
}
