//! People: by number, by hidden number, or either.

use std::{str::FromStr, sync::Arc};

use super::{MAX_DIGITS, is_number, refused};
use crate::error::Error;

/// A phone number with the country's code, as digits: that is how the server takes it, and how it prints.
///
/// It is understood as people write it, and as a contact's id.
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// use waha::{ContactId, PhoneNumber};
///
/// let number: PhoneNumber = "+1 (111) 111-1111".parse()?;
/// assert_eq!(number, "11111111111");
/// assert_eq!(ContactId::from(&number), "11111111111@c.us");
/// assert!("0111 1111111".parse::<PhoneNumber>().is_err()); // which country?
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(Arc<str>);

impl FromStr for PhoneNumber {
    type Err = Error;

    fn from_str(written: &str) -> Result<Self, Error> {
        let refuse = |why| refused(written, "phone number", why);
        let (user, server) = split(written);
        match server.to_ascii_lowercase().as_str() {
            "c.us" | "s.whatsapp.net" => {}
            "lid" => return Err(refuse("an id that ends in `@lid` hides it")),
            _ => return Err(refuse("it takes digits, or the id of a contact, which ends in `@c.us`")),
        }
        let digits = digits(user).map_err(refuse)?;
        if digits.starts_with('0') {
            return Err(refuse("it begins with 0, where the code of the country should be"));
        }
        // The shortest with a country's code, and the longest that E.164 allows.
        if !(7..=15).contains(&digits.len()) {
            return Err(refuse("with the code of its country it has 7 to 15 digits"));
        }
        Ok(Self(digits.into()))
    }
}

/// The id behind which WhatsApp hides a phone number: `<digits>@lid`.
///
/// Bare digits are understood as well, as the server does where it expects such an id.
///
/// ```
/// assert_eq!("222222222222222".parse::<waha::Lid>().unwrap(), "222222222222222@lid");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lid(pub(super) Arc<str>);

impl FromStr for Lid {
    type Err = Error;

    fn from_str(written: &str) -> Result<Self, Error> {
        let refuse = |why| refused(written, "lid", why);
        let id = written.trim();
        let (user, server) = id.split_once('@').unwrap_or((id, "lid"));
        if !server.eq_ignore_ascii_case("lid") {
            return Err(refuse("it ends in `@lid`"));
        }
        let user = without_device(user).map_err(refuse)?;
        if !is_number(user) {
            return Err(refuse("before the `@` it takes digits only, and 20 at most"));
        }
        Ok(Self(format!("{user}@lid").into()))
    }
}

/// The id of a contact: `<digits>@c.us`, or `<digits>@lid` where WhatsApp hides the number.
///
/// Bare digits, a number as people write it (`+49 151 11111111`) and `<digits>@s.whatsapp.net` are understood as well.
/// A device suffix (`:12` before the `@`) is cut off, as the server does.
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// let id: waha::ContactId = "+1 (111) 111-1111".parse()?;
/// assert_eq!(id.as_str(), "11111111111@c.us");
/// assert!("123@g.us".parse::<waha::ContactId>().is_err()); // a group
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContactId(pub(super) Arc<str>);

impl ContactId {
    /// The canonical form of what is written, or why there is none.
    pub(super) fn canonical(written: &str) -> Result<String, &'static str> {
        let (user, server) = split(written);
        let server = match server.to_ascii_lowercase().as_str() {
            "c.us" | "s.whatsapp.net" => "c.us",
            "lid" => "lid",
            "g.us" => return Err("it is a group's"),
            "newsletter" => return Err("it is a channel's"),
            "broadcast" => return Err("it is a broadcast list's"),
            _ => return Err("a contact ends in `@c.us` or `@lid`"),
        };
        Ok(format!("{}@{server}", digits(user)?))
    }
}

impl FromStr for ContactId {
    type Err = Error;

    fn from_str(written: &str) -> Result<Self, Error> {
        match Self::canonical(written) {
            Ok(id) => Ok(Self(id.into())),
            Err(why) => Err(refused(written, "contact id", why)),
        }
    }
}

impl From<&PhoneNumber> for ContactId {
    fn from(number: &PhoneNumber) -> Self {
        Self(format!("{number}@c.us").into())
    }
}

impl From<PhoneNumber> for ContactId {
    fn from(number: PhoneNumber) -> Self {
        Self::from(&number)
    }
}

id_impls!(PhoneNumber Lid ContactId);
is_always! { Lid => ContactId, }
may_be!(PhoneNumber => ContactId);

/// What stands before and behind the `@`; what has none is a number.
fn split(written: &str) -> (&str, &str) {
    let id = written.trim();
    id.split_once('@').unwrap_or((id, "c.us"))
}

/// The user without the device that engines add to it: `1:12`, or `1.0:12` with the device's kind.
fn without_device(user: &str) -> Result<&str, &'static str> {
    match user.split_once(':') {
        None => Ok(user),
        Some((user, device)) if is_number(device) => Ok(user.split_once('.').map_or(user, |(user, _kind)| user)),
        Some(_) => Err("behind the `:` it takes the number of a device"),
    }
}

/// The digits of a number as people, address books and engines write it.
fn digits(user: &str) -> Result<String, &'static str> {
    let user = without_device(user)?;
    let mut digits = String::with_capacity(user.len());
    let mut has_plus = false;
    for c in user.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() && !has_plus => has_plus = true,
            ' ' | '(' | ')' | '-' | '.' | '\u{a0}' | '\u{202f}' | '\u{2010}'..='\u{2013}' => {}
            // The marks of direction that come along when a number is copied from an address book.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            _ => return Err("its number takes digits only"),
        }
    }
    if digits.is_empty() {
        return Err("it has no digits");
    }
    if digits.len() > MAX_DIGITS {
        return Err("its number is too long");
    }
    if user.contains("(0)") {
        return Err("its `(0)` is for calls within the country, and has to be left out");
    }
    Ok(digits)
}
