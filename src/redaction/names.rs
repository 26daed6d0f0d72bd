//! Which names say that a value is a secret.
//!
//! `cargo xtask check` compiles this file as well: it looks for such names among the properties of the document.

/// What says it wherever it stands in a name, in lower case and without separators.
const PARTS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "credential",
    "apikey",
    "accesskey",
    "privatekey",
    "hmac",
    "authorization",
    "bearer",
    "cookie",
];

/// What says it as the last word of a name.
const LAST_WORDS: [&str; 7] = ["key", "keys", "pass", "pwd", "auth", "signature", "jwt"];

/// Returns whether a name says that its value is a secret: `WAHA_API_KEY`, `accountToken`, `proxy-password`.
pub(crate) fn says_secret(name: &str) -> bool {
    holds_secrets(name) || LAST_WORDS.contains(&last_word(name).as_str())
}

/// Returns whether a name says that all below it is secret, as `credentials` does. A `key` may also be an object that
/// identifies something.
pub(crate) fn holds_secrets(name: &str) -> bool {
    let name = squeezed(name);
    PARTS.iter().any(|part| name.contains(part))
}

/// The name in lower case, without separators.
pub(crate) fn squeezed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The last word of a name in lower case: `key` of `API_KEY`, `apiKey` and `api-key-2`.
fn last_word(name: &str) -> String {
    let name = name.trim_end_matches(|c: char| !c.is_alphabetic());
    let word = name.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let borders = word.char_indices().zip(word.chars().skip(1));
    let border = borders.filter(|((_, c), next)| c.is_lowercase() && next.is_uppercase()).last();
    let start = border.map_or(0, |((at, c), _)| at + c.len_utf8());
    word[start..].to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_others() {
        for name in [
            "key",
            "Key",
            "apiKey",
            "WAHA_API_KEY",
            "WAHA_API_KEY_PLAIN",
            "x-api-key",
            "API_KEY2",
            "apikey",
            "mediaKey",
            "accountToken",
            "proxy-password",
            "SMTP_PASS",
            "client_secret",
            "messageSecret",
            "hmac",
            "Authorization",
            "Set-Cookie",
            "signature",
        ] {
            assert!(says_secret(name), "{name}");
        }
        for name in
            ["", "id", "keyIndex", "monkey", "passenger", "compass", "author", "username", "Schlüssel", "keyboard"]
        {
            assert!(!says_secret(name), "{name}");
        }
    }
}
