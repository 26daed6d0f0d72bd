//! WhatsApp ids, and the two ways in which they are written.

/// The id as the API writes it: a bare number is a user, `@s.whatsapp.net` becomes `@c.us`, and
/// the number of a device is dropped.
pub(crate) fn canonical(id: &str) -> String {
    let Some((user, server)) = id.split_once('@') else {
        return format!("{id}@c.us");
    };
    let user = user.split(':').next().unwrap_or(user);
    match server {
        "s.whatsapp.net" => format!("{user}@c.us"),
        server => format!("{user}@{server}"),
    }
}

/// The id as the WhatsApp protocol writes it, and as the engines without a browser store it.
pub(crate) fn raw(id: &str) -> String {
    let id = canonical(id);
    match id.strip_suffix("@c.us") {
        Some(user) => format!("{user}@s.whatsapp.net"),
        None => id,
    }
}

/// The chat of everybody's statuses.
pub(crate) const STATUS: &str = "status@broadcast";

pub(crate) fn is_status(id: &str) -> bool {
    id == STATUS
}

pub(crate) fn is_group(id: &str) -> bool {
    id.ends_with("@g.us")
}

pub(crate) fn is_channel(id: &str) -> bool {
    id.ends_with("@newsletter")
}

/// Whether the id keeps the number to itself.
pub(crate) fn is_hidden(id: &str) -> bool {
    id.ends_with("@lid")
}

/// A hidden id, which may come as bare digits.
pub(crate) fn hidden(id: &str) -> String {
    if id.contains('@') { id.to_owned() } else { format!("{id}@lid") }
}

/// A ULID in lower case: ten digits of time, sixteen of chance.
pub(crate) fn ulid(ms: u64, random: u128) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let number = (u128::from(ms) & ((1 << 48) - 1)) << 80 | (random & ((1 << 80) - 1));
    let digit = |place: u32| char::from(DIGITS[(number >> (5 * place)) as usize % DIGITS.len()]);
    (0..26).rev().map(digit).collect()
}

/// Whether the server knows without asking that there is no picture: nobody, and broadcasts.
pub(crate) fn is_faceless(id: &str) -> bool {
    matches!(id, "0@c.us" | "0@s.whatsapp.net") || id.ends_with("@broadcast")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_user_is_the_same_id() {
        for id in ["1", "1@c.us", "1@s.whatsapp.net", "1:12@s.whatsapp.net"] {
            assert_eq!(canonical(id), "1@c.us");
            assert_eq!(raw(id), "1@s.whatsapp.net");
        }
    }

    #[test]
    fn other_ids_stay_as_they_are() {
        for id in ["1-2@g.us", "3@lid", "status@broadcast", "4@newsletter"] {
            assert_eq!(canonical(id), id);
            assert_eq!(raw(id), id);
        }
    }

    #[test]
    fn a_ulid_begins_with_its_time() {
        let id = ulid(1_795_420_800_000, 0x1234_5678_9abc_def0_1234);
        assert_eq!(id.len(), 26);
        assert!(ulid(1_795_420_800_001, 0) > id);
        assert_eq!(ulid(u64::MAX, u128::MAX), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
    }

    #[test]
    fn nobody_and_broadcasts_have_no_face() {
        assert!(is_faceless("0@c.us") && is_faceless("status@broadcast"));
        assert!(!is_faceless("0") && !is_faceless("10@c.us"));
    }
}
