//! Where API keys are kept: in the keyring of the system, or in a file that only its owner can read.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::file::{self, KeyStore, Profile};
use crate::exit::{Code, Failure};

/// What `keys.toml` holds.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Keys {
    /// By the name of the profile.
    keys: BTreeMap<String, String>,
}

/// Loads the key of a profile.
///
/// # Errors
///
/// The keyring or the file cannot be read, or the key is not there any more.
pub fn load(profile: &str, of: &Profile) -> Result<Option<String>, Failure> {
    let key = match of.key {
        None => return Ok(None),
        Some(KeyStore::Keyring) => keyring::load(profile)?,
        Some(KeyStore::File) => file::read::<Keys>(&path()?)?.keys.remove(profile),
    };
    match key {
        Some(key) => Ok(Some(key)),
        None => Err(Failure::new(Code::NotAllowed, format!("the key of the profile `{profile}` is gone"))
            .hint("save it again: waha login --key-stdin")),
    }
}

/// Saves a key, in the keyring if there is one, and returns where.
///
/// # Errors
///
/// The file cannot be written.
pub fn save(profile: &str, key: &str) -> Result<KeyStore, Failure> {
    if keyring::save(profile, key) {
        return Ok(KeyStore::Keyring);
    }
    let path = path()?;
    let mut keys: Keys = file::read(&path)?;
    keys.keys.insert(profile.to_owned(), key.to_owned());
    file::write(&path, &keys)?;
    Ok(KeyStore::File)
}

/// Forgets the key of a profile.
///
/// # Errors
///
/// The keyring or the file cannot be written.
pub fn forget(profile: &str, of: &Profile) -> Result<(), Failure> {
    match of.key {
        None => Ok(()),
        Some(KeyStore::Keyring) => keyring::forget(profile),
        Some(KeyStore::File) => {
            let path = path()?;
            let mut keys: Keys = file::read(&path)?;
            keys.keys.remove(profile);
            file::write(&path, &keys)
        }
    }
}

fn path() -> Result<PathBuf, Failure> {
    Ok(file::folder()?.join("keys.toml"))
}

#[cfg(feature = "keyring")]
mod keyring {
    use ::keyring::v1::{Entry, Error};

    use crate::exit::{Code, Failure};

    const SERVICE: &str = "waha";

    fn failure(error: &Error) -> Failure {
        Failure::new(Code::Other, format!("the keyring of the system cannot be used: {error}"))
            .hint("set WAHA_API_KEY, or save the key again: waha login --key-stdin")
    }

    pub fn load(profile: &str) -> Result<Option<String>, Failure> {
        match Entry::new(SERVICE, profile).and_then(|entry| entry.get_password()) {
            Ok(key) => Ok(Some(key)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(failure(&error)),
        }
    }

    /// Returns whether it is saved: most servers have no keyring.
    pub fn save(profile: &str, key: &str) -> bool {
        Entry::new(SERVICE, profile).and_then(|entry| entry.set_password(key)).is_ok()
    }

    pub fn forget(profile: &str) -> Result<(), Failure> {
        match Entry::new(SERVICE, profile).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(failure(&error)),
        }
    }
}

#[cfg(not(feature = "keyring"))]
mod keyring {
    use crate::exit::Failure;

    pub fn load(_profile: &str) -> Result<Option<String>, Failure> {
        Err(Failure::usage("the key is in the keyring of the system, which this program was built without")
            .hint("set WAHA_API_KEY, or save the key again: waha login --key-stdin"))
    }

    pub fn save(_profile: &str, _key: &str) -> bool {
        false
    }

    pub fn forget(_profile: &str) -> Result<(), Failure> {
        Ok(())
    }
}
