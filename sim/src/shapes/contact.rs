//! People.

use serde_json::{Value, json};

use super::{object, user, wid};
use crate::{
    Engine, ids,
    state::{contact::Contact, session::ME, whatsapp::WhatsApp},
};

/// A person whom the account knows, or of whom only the id is known.
pub(crate) fn contact(engine: Engine, id: &str, whatsapp: &WhatsApp) -> Value {
    let nobody = Contact::default();
    let contact = whatsapp.contact(id).unwrap_or(&nobody);
    let Contact { push_name, is_business, .. } = contact;
    let name = whatsapp.name_of(id);
    let first_name = name.and_then(|name| name.split(' ').next());
    match engine {
        Engine::Gows => json!({
            "id": id,
            "name": name.unwrap_or_default(),
            "pushname": push_name.as_deref().unwrap_or_default(),
        }),
        Engine::Noweb => object([
            ("id", json!(id)),
            ("name", json!(name)),
            ("lid", json!(contact.lid)),
            ("pushname", json!(push_name)),
        ]),
        Engine::Webjs => object([
            ("id", json!(id)),
            ("number", json!(user(id))),
            ("isBusiness", json!(is_business)),
            ("isEnterprise", json!(false)),
            ("labels", json!(is_business.then_some([(); 0]))),
            ("name", json!(name)),
            ("pushname", json!(push_name)),
            ("shortName", json!(first_name)),
            ("statusMute", json!(is_business.then_some(false))),
            ("type", json!("in")),
            ("verifiedLevel", json!(is_business.then_some(0))),
            ("verifiedName", json!(push_name.as_ref().filter(|_| *is_business))),
            ("isMe", json!(id == ME)),
            ("isUser", json!(true)),
            ("isGroup", json!(ids::is_group(id))),
            ("isWAContact", json!(true)),
            ("isMyContact", json!(name.is_some())),
            ("isBlocked", json!(whatsapp.account.blocked.contains(id))),
        ]),
        Engine::Wpp => {
            let number = format!("+{}", user(id));
            let picture = contact.picture.as_ref();
            let mut shape = object([
                ("id", json!(id)),
                ("name", json!(name)),
                ("shortName", json!(first_name)),
                ("pushname", json!(push_name)),
                ("type", json!("in")),
                ("isBusiness", json!(is_business)),
                ("isEnterprise", json!(false)),
                ("isContactSyncCompleted", json!(1)),
                ("formattedName", json!(name.unwrap_or(&number))),
                ("isMe", json!(id == ME)),
                ("isMyContact", json!(name.is_some())),
                ("isPSA", json!(false)),
                ("isUser", json!(true)),
                ("isWAContact", json!(true)),
                (
                    "profilePicThumbObj",
                    json!(picture.map(|url| json!({ "eurl": url, "id": wid(id), "tag": "1700000000" }))),
                ),
            ]);
            shape["msgs"] = Value::Null;
            shape
        }
    }
}
