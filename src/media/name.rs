//! Names of files that are made of what somebody else wrote.

/// The longest name in bytes, which leaves room for what file systems and programs append.
const MAX_NAME: usize = 150;

/// Returns a name for the file of a message that no system takes for anything but a name: the id of the message, and behind
/// it the name that the sender gave, or the ending of the media type.
pub(crate) fn file_name(id: &str, given: Option<&str>, media_type: Option<&str>) -> String {
    let id = clip(&safe(id), MAX_NAME / 3).to_owned();
    let id = if id.is_empty() { "message".to_owned() } else { id };
    // What stands before a slash or a backslash is a folder of the sender's.
    let given = given.and_then(|name| name.rsplit(['/', '\\']).next()).map(safe).filter(|name| !name.is_empty());
    match given {
        Some(name) => {
            let room = MAX_NAME - id.len() - 1;
            let (stem, ending) = match name.rsplit_once('.') {
                Some((stem, ending)) if ending.len() <= 16 => (stem, format!(".{ending}")),
                _ => (name.as_str(), String::new()),
            };
            format!("{id}-{}{ending}", clip(stem, room.saturating_sub(ending.len())))
        }
        None => {
            let media_type = media_type.and_then(|it| it.split(';').next()).unwrap_or_default().trim();
            format!("{id}.{}", ending(media_type))
        }
    }
}

/// The usual ending of a media type, without the dot.
fn ending(media_type: &str) -> &'static str {
    match media_type.to_ascii_lowercase().as_str() {
        "image/jpeg" => "jpg",
        "audio/ogg" => "ogg",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "video/mp4" => "mp4",
        "text/plain" => "txt",
        other => mime_guess::get_mime_extensions_str(other).and_then(|all| all.first().copied()).unwrap_or("bin"),
    }
}

/// Replaces what means something to a file system or a terminal, and cuts off white space and dots at both ends.
fn safe(text: &str) -> String {
    let is_special = |c: char| matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let visible = crate::text::line(text);
    let replaced: String = visible.chars().map(|c| if is_special(c) || c.is_control() { '_' } else { c }).collect();
    replaced.trim_matches(|c: char| c == '.' || c.is_whitespace()).to_owned()
}

/// The beginning of a text, of this many bytes at most.
fn clip(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text[..end].trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leaves_no_folder_and_means_nothing_to_a_system() {
        let pdf = Some("application/pdf");
        for (given, media_type, expected) in [
            (Some("invoice.pdf"), pdf, "AAAA-invoice.pdf"),
            (Some("../../etc/passwd"), None, "AAAA-passwd"),
            (Some("C:\\Windows\\win.ini"), None, "AAAA-win.ini"),
            (Some(".."), pdf, "AAAA.pdf"),
            (Some("  . "), Some("audio/ogg; codecs=opus"), "AAAA.ogg"),
            (Some("a\u{202e}fdp.exe"), None, "AAAA-a fdp.exe"),
            (Some("a\nb:c?.txt"), None, "AAAA-a b_c_.txt"),
            (Some("NUL"), None, "AAAA-NUL"),
            (None, Some("image/jpeg"), "AAAA.jpg"),
            (None, Some("nonsense"), "AAAA.bin"),
            (None, None, "AAAA.bin"),
        ] {
            assert_eq!(file_name("AAAA", given, media_type), expected, "{given:?}");
        }
        assert_eq!(file_name("../x", None, None), "_x.bin");
        assert_eq!(file_name("..", None, None), "message.bin");
        let long = file_name(&"i".repeat(300), Some(&format!("{}.pdf", "é".repeat(300))), None);
        assert!(long.len() <= MAX_NAME && long.ends_with(".pdf"), "{long}");
    }
}
