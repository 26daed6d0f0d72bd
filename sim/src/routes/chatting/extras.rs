//! Places, contacts, and messages with something to choose from.

use serde_json::Value;

use super::deliver;
use crate::{
    Engine,
    call::Call,
    error::Error,
    ids,
    routes::Answer,
    state::message::{Card, Content, Location},
};

pub(super) fn location(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    let number = |name| call.body.get(name).and_then(Value::as_f64).unwrap_or_default();
    let (latitude, longitude) = (number("latitude"), number("longitude"));
    let name = call.optional_text("title").map(str::to_owned);
    deliver(call, &mut world, Content::Location(Location { latitude, longitude, name }))
}

pub(super) fn contacts(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    let contacts = call.body.get("contacts").and_then(Value::as_array);
    let cards = contacts.into_iter().flatten().map(card).collect();
    deliver(call, &mut world, Content::Contacts(cards))
}

/// A contact that comes as a card, or in its parts.
fn card(contact: &Value) -> Card {
    let part = |name: &str| contact[name].as_str();
    if let Some(vcard) = part("vcard") {
        let name = vcard.lines().find_map(|line| line.strip_prefix("FN:")).unwrap_or_default();
        return Card { name: name.trim().to_owned(), vcard: vcard.to_owned() };
    }
    let name = part("fullName").unwrap_or_default();
    let number = part("phoneNumber").unwrap_or_default();
    let organization = part("organization").map(|name| format!("ORG:{name};\n")).unwrap_or_default();
    let id = part("whatsappId").map(|id| format!("waid={id}:")).unwrap_or_else(|| ":".to_owned());
    let separator = if id == ":" { "" } else { ";" };
    let vcard = format!(
        "BEGIN:VCARD\nVERSION:3.0\nFN:{name}\n{organization}TEL;type=CELL;type=VOICE{separator}{id}{number}\nEND:VCARD"
    );
    Card { name: name.to_owned(), vcard }
}

/// Lists go to persons only.
pub(super) fn list(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    call.only(&[Engine::Gows, Engine::Noweb])?;
    let chat = ids::canonical(call.text("chatId"));
    if ids::is_group(&chat) || chat.ends_with("@newsletter") {
        return Err(Error::unprocessable("A list can be sent to one person only"));
    }
    let list = call.body.get("message").cloned().unwrap_or_default();
    deliver(call, &mut world, Content::List(list))
}

pub(super) fn buttons(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    call.only(&[Engine::Noweb])?;
    deliver(call, &mut world, Content::Buttons(call.body.clone().into()))
}

pub(super) fn buttons_reply(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    call.only(&[Engine::Webjs])?;
    let (id, text) = (call.text("selectedButtonID").to_owned(), call.text("selectedDisplayText").to_owned());
    deliver(call, &mut world, Content::ButtonReply { id, text })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_card_is_made_from_the_parts_of_a_contact() {
        let parts = json!({ "fullName": "Ada", "phoneNumber": "+1", "organization": "Bank", "whatsappId": "1" });
        let lines =
            ["BEGIN:VCARD", "VERSION:3.0", "FN:Ada", "ORG:Bank;", "TEL;type=CELL;type=VOICE;waid=1:+1", "END:VCARD"];
        assert_eq!(card(&parts).vcard.lines().collect::<Vec<_>>(), lines);
        let plain = card(&json!({ "fullName": "Ada", "phoneNumber": "+1" }));
        assert!(plain.vcard.contains("\nTEL;type=CELL;type=VOICE:+1\n"));
        assert_eq!(card(&json!({ "vcard": plain.vcard })).name, "Ada");
    }
}
