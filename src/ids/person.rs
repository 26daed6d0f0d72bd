//! Ids of people: phone numbers, LIDs, and contact ids, which are either.

use std::{borrow::Cow, str::FromStr, sync::Arc};

use super::{MAX_DIGITS, invalid, is_number};
use crate::error::Error;

/// A phone number with its country code, as digits, which is the form that the server takes.
///
/// Parses the usual notations with spaces, parentheses, hyphens and dots, and a contact id that ends in `@c.us`.
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// use waha::{ContactId, PhoneNumber};
///
/// let number: PhoneNumber = "+1 (111) 111-1111".parse()?;
/// assert_eq!(number, "11111111111");
/// assert_eq!(ContactId::from(&number), "11111111111@c.us");
/// assert!("0111 1111111".parse::<PhoneNumber>().is_err()); // no country code
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(Arc<str>);

impl FromStr for PhoneNumber {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why| invalid(text, "phone number", why);
        let (user, server) = split(text);
        match server.to_ascii_lowercase().as_str() {
            "c.us" | "s.whatsapp.net" => {}
            "lid" => return Err(refuse("an id that ends in `@lid` hides it")),
            _ => return Err(refuse("it must be digits, or the id of a contact, which ends in `@c.us`")),
        }
        Ok(Self(phone_number(user).map_err(refuse)?.into()))
    }
}

/// The id that WhatsApp shows in place of a hidden phone number: `<digits>@lid`.
///
/// Bare digits are accepted as well; the server does the same where it expects such an id.
///
/// ```
/// assert_eq!("222222222222222".parse::<waha::Lid>().unwrap(), "222222222222222@lid");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lid(pub(super) Arc<str>);

impl FromStr for Lid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why| invalid(text, "lid", why);
        let id = text.trim();
        let (user, server) = id.split_once('@').unwrap_or((id, "lid"));
        if !server.eq_ignore_ascii_case("lid") {
            return Err(refuse("a lid ends in `@lid`"));
        }
        let user = without_device(user).map_err(refuse)?;
        if !is_number(user) {
            return Err(refuse("the part before the `@` must be digits only, 20 at most"));
        }
        Ok(Self(format!("{user}@lid").into()))
    }
}

/// The id of a contact: `<digits>@c.us`, or `<digits>@lid` where WhatsApp hides the number.
///
/// Also parses what [`PhoneNumber`] parses, by the same rules, and `<digits>@s.whatsapp.net`. A device suffix (`:12` before
/// the `@`) is removed, as the server does.
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
    /// Returns the canonical form of a contact id, or the reason why the text is not one.
    pub(super) fn canonical(text: &str) -> Result<Cow<'_, str>, &'static str> {
        // Servers write it like this, and large lists of them.
        if text.strip_suffix("@c.us").or_else(|| text.strip_suffix("@lid")).is_some_and(is_number) {
            return Ok(text.into());
        }
        let (user, server) = split(text);
        let server = match server.to_ascii_lowercase().as_str() {
            "c.us" | "s.whatsapp.net" => "c.us",
            "lid" => "lid",
            "g.us" => return Err("it is a group's id"),
            "newsletter" => return Err("it is a channel's id"),
            "broadcast" => return Err("it is a broadcast list's id"),
            _ => return Err("a contact id ends in `@c.us` or `@lid`"),
        };
        // An id as the server writes it is kept, also one that no phone number has, such as WhatsApp's own `0@c.us`.
        let is_id = text.contains('@') && is_number(without_device(user)?);
        let digits = if is_id { digits(user)? } else { phone_number(user)? };
        Ok(format!("{digits}@{server}").into())
    }
}

impl FromStr for ContactId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match Self::canonical(text) {
            Ok(id) => Ok(Self((*id).into())),
            Err(why) => Err(invalid(text, "contact id", why)),
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
impl_from_and_try_from! { Lid => ContactId, }
impl_try_from!(PhoneNumber => ContactId);

/// Splits an id at its `@`; a text without one is a phone number, so that its server is `c.us`.
fn split(text: &str) -> (&str, &str) {
    let id = text.trim();
    id.split_once('@').unwrap_or((id, "c.us"))
}

/// Removes the device that engines append to the user: `1:12`, or `1.0:12` with the kind of device.
fn without_device(user: &str) -> Result<&str, &'static str> {
    match user.split_once(':') {
        None => Ok(user),
        Some((user, device)) if is_number(device) => Ok(user.split_once('.').map_or(user, |(user, _kind)| user)),
        Some(_) => Err("the part behind the `:` must be the number of a device"),
    }
}

/// Returns the digits of a phone number with its country code.
fn phone_number(user: &str) -> Result<String, &'static str> {
    let digits = digits(user)?;
    if digits.starts_with('0') {
        return Err("it begins with 0 and not with the code of the country");
    }
    // The shortest numbers with a country code have 7 digits; E.164 allows at most 15.
    if !(7..=15).contains(&digits.len()) {
        return Err("a number with the code of its country has 7 to 15 digits");
    }
    Ok(digits)
}

/// Returns the digits of a phone number in any notation that people, address books or engines use.
fn digits(user: &str) -> Result<String, &'static str> {
    let user = without_device(user)?;
    let mut digits = String::with_capacity(user.len());
    let mut has_plus = false;
    for c in user.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() && !has_plus => has_plus = true,
            ' ' | '(' | ')' | '-' | '.' | '\u{a0}' | '\u{202f}' | '\u{2010}'..='\u{2013}' => {}
            // Text direction marks, which are copied from an address book along with the number.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            _ => return Err("its number must be digits only"),
        }
    }
    if digits.is_empty() {
        return Err("it has no digits");
    }
    if digits.len() > MAX_DIGITS {
        return Err("its number is too long");
    }
    if user.contains("(0)") {
        return Err("leave out the `(0)`, which is dialled only within the country");
    }
    Ok(digits)
}
