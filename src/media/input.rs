//! Files in the forms in which people have them.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{Content, Media};
use crate::error::Error;

impl Media {
    /// Takes what a text names: a file that the server downloads if it begins with `http://` or `https://`, the bytes of a
    /// data URI if it begins with `data:`, and otherwise a path on this computer. Every setter of a file takes such a text.
    ///
    /// ```
    /// # fn main() -> Result<(), waha::Error> {
    /// use waha::Media;
    ///
    /// let on_this_computer = Media::from_text("cat.jpg")?;
    /// let downloaded_by_the_server = Media::from_text("https://example.org/cat.jpg")?;
    /// let in_memory = Media::from_text("data:image/png;base64,iVBORw0KGgo=")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) for a data URI that is not valid.
    pub fn from_text(text: impl AsRef<str>) -> Result<Self, Error> {
        let text = text.as_ref();
        let begins = |prefix: &str| text.get(..prefix.len()).is_some_and(|it| it.eq_ignore_ascii_case(prefix));
        if begins("data:") {
            Self::data_uri(text)
        } else if text.contains("://") {
            Ok(Self::url(text))
        } else {
            Ok(Self::path(text))
        }
    }
}

/// Implements the conversions into a type from what people have.
macro_rules! conversions {
    ($name:ident, $from:expr, fallible: $($fallible:ty),*; paths: $($path:ty),*; bytes: $($bytes:ty),*) => {
        $(
            /// See [`Media::from_text`].
            impl TryFrom<$fallible> for $name {
                type Error = Error;

                fn try_from(text: $fallible) -> Result<Self, Error> {
                    Media::from_text(text).map($from)
                }
            }
        )*
        $(
            /// See [`Media::path`].
            impl From<$path> for $name {
                fn from(path: $path) -> Self {
                    $from(Media::path(path))
                }
            }
        )*
        $(
            /// See [`Media::bytes`].
            impl From<$bytes> for $name {
                fn from(bytes: $bytes) -> Self {
                    $from(Media::bytes(bytes))
                }
            }
        )*
    };
}

conversions! {
    Media, std::convert::identity,
    fallible: &str, String, &String;
    paths: PathBuf, &PathBuf, &Path;
    bytes: Bytes, Vec<u8>, &'static [u8]
}

conversions! {
    Content, Content::from,
    fallible: &str, String, &String;
    paths: PathBuf, &PathBuf, &Path;
    bytes: Bytes, Vec<u8>, &'static [u8]
}
