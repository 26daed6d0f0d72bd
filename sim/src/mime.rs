//! Media types and the endings of file names.

/// A type, and the ending which the server gives to its files.
const TYPES: [(&str, &str); 20] = [
    ("application/json", "json"),
    ("application/msword", "doc"),
    ("application/pdf", "pdf"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/zip", "zip"),
    ("audio/mp4", "m4a"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "oga"),
    ("audio/wav", "wav"),
    ("image/gif", "gif"),
    ("image/jpeg", "jpeg"),
    ("image/png", "png"),
    ("image/webp", "webp"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("text/plain", "txt"),
    ("video/3gpp", "3gp"),
    ("video/mp4", "mp4"),
    ("video/webm", "webm"),
];

/// The ending of files of a type, which may have parameters.
pub(crate) fn extension(mimetype: &str) -> &'static str {
    let essence = mimetype.split(';').next().unwrap_or_default().trim();
    TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(essence)).map_or("bin", |(_, extension)| extension)
}

/// The type of a file by its name, or by its address.
pub(crate) fn of_name(name: &str) -> Option<&'static str> {
    let (_, extension) = name.split(['?', '#']).next()?.rsplit_once('.')?;
    let extension = match extension.to_ascii_lowercase().as_str() {
        "jpg" => "jpeg".to_owned(),
        "ogg" | "opus" => "oga".to_owned(),
        extension => extension.to_owned(),
    };
    TYPES.iter().find(|(_, known)| *known == extension).map(|(mimetype, _)| *mimetype)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_endings_and_names_have_types() {
        assert_eq!(extension("audio/ogg; codecs=opus"), "oga");
        assert_eq!(extension("x/y"), "bin");
        assert_eq!(of_name("https://example.org/cat.JPG?size=1"), Some("image/jpeg"));
        assert_eq!(of_name("README"), None);
    }
}
