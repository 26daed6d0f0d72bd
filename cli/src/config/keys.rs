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
    #[cfg(not(test))]
    use ::keyring::v1::Entry;
    use ::keyring::v1::Error;
    // Tests have a keyring in memory, whatever the system has.
    #[cfg(test)]
    use ::keyring_core::Entry;

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

#[cfg(all(test, feature = "keyring"))]
mod tests {
    use keyring_core::{Entry, Error, mock};

    use super::*;

    #[test]
    fn a_key_is_kept_in_the_keyring_where_there_is_one() {
        // Without a store there is none, as on most servers: the file takes its place.
        assert!(!keyring::save("shop", "a-key"));
        let profile = Profile { key: Some(KeyStore::Keyring), ..Profile::default() };
        assert!(load("shop", &profile).is_err_and(|failure| failure.to_string().contains("keyring")));

        keyring_core::set_default_store(mock::Store::new().expect("a store in memory"));
        assert_eq!(save("shop", "a-key").expect("it is saved"), KeyStore::Keyring);
        assert_eq!(save("bar", "another").expect("it is saved"), KeyStore::Keyring);
        assert_eq!(load("shop", &profile).expect("it is there").as_deref(), Some("a-key"));
        assert_eq!(load("bar", &profile).expect("it is there").as_deref(), Some("another"));
        save("shop", "a-new-key").expect("it is replaced");
        assert_eq!(load("shop", &profile).expect("it is there").as_deref(), Some("a-new-key"));

        forget("shop", &profile).expect("it is forgotten");
        forget("shop", &profile).expect("once more");
        let gone = load("shop", &profile).expect_err("it is gone");
        assert!(gone.code == Code::NotAllowed && gone.to_string().contains("`shop` is gone"), "{gone}");
        assert_eq!(load("none", &Profile::default()).expect("a profile without a key"), None);

        // A keyring that is locked is told, and the key is not taken for one that is gone.
        let entry = Entry::new("waha", "bar").expect("an entry");
        let cred: &mock::Cred = entry.as_any().downcast_ref().expect("one of the store");
        cred.set_error(Error::NoStorageAccess("locked".into()));
        let locked = load("bar", &profile).expect_err("it is locked");
        assert!(locked.to_string().contains("cannot be used"), "{locked}");
        assert_eq!(load("bar", &profile).expect("it is unlocked").as_deref(), Some("another"));
        keyring_core::unset_default_store();
    }
}
