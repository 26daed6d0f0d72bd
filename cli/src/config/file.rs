//! The configuration file: profiles, without their keys.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::exit::Failure;

/// What `config.toml` holds.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Config {
    /// The name of the profile that is used if none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    pub profiles: BTreeMap<String, Profile>,
}

/// A server, and how to talk to it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Where the key is kept; none if there is no key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyStore>,
}

/// Where a key is kept.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStore {
    /// In the keyring of the system.
    Keyring,
    /// In a file that only its owner can read.
    File,
}

impl Config {
    /// Returns where it is.
    ///
    /// # Errors
    ///
    /// Nobody knows where the home folder is.
    pub fn path() -> Result<PathBuf, Failure> {
        Ok(folder()?.join("config.toml"))
    }

    /// Reads it; one that does not exist is empty.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn read() -> Result<Self, Failure> {
        read(&Self::path()?)
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn write(&self) -> Result<(), Failure> {
        write(&Self::path()?, self)
    }
}

/// Returns the folder of the configuration.
///
/// # Errors
///
/// Nobody knows where the home folder is.
pub fn folder() -> Result<PathBuf, Failure> {
    let strategy = etcetera::choose_base_strategy().map_err(|error| {
        Failure::usage(format!("there is no folder for the configuration: {error}")).hint("set HOME")
    })?;
    Ok(strategy.config_dir().join("waha"))
}

/// Reads a file; one that does not exist is empty.
///
/// # Errors
///
/// It cannot be read, or does not hold what it should.
pub fn read<T: Default + DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(T::default()),
        Err(error) => return Err(Failure::file(format!("`{}` cannot be read", path.display()), &error)),
    };
    toml::from_str(&text).map_err(|error| {
        // The text of the error repeats a line of the file, which may hold a key.
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        Failure::usage(format!("`{}` is wrong at line {line}: {}", path.display(), error.message()))
    })
}

/// Writes a file that only its owner can read. It appears as a whole, or not at all.
///
/// # Errors
///
/// It cannot be written.
pub fn write<T: Serialize>(path: &Path, content: &T) -> Result<(), Failure> {
    let text = toml::to_string(content)
        .map_err(|error| Failure::usage(format!("`{}` cannot be written: {error}", path.display())))?;
    let unwritable = |error: io::Error| Failure::file(format!("`{}` cannot be written", path.display()), &error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let draft = path.with_extension(format!("toml.{}", std::process::id()));
    let written = private(&draft).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)
    });
    if written.is_err() {
        // What is left of it is of no use, and the first error says why.
        let _ = fs::remove_file(&draft);
    }
    written.map_err(unwritable)
}

/// Creates a file that only its owner can read.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
