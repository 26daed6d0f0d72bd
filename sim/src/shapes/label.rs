//! Labels, and what events tell of them.

use serde_json::{Value, json};

use crate::{Engine, state::labels::Label};

pub(crate) fn shape(id: u32, label: &Label) -> Value {
    json!({ "id": id.to_string(), "name": label.name, "color": label.color, "colorHex": label.hex() })
}

/// What is told of a label that is gone, by the engines that tell it.
pub(crate) fn deleted(engine: Engine, id: u32) -> Option<Value> {
    let id = id.to_string();
    match engine {
        Engine::Gows => Some(json!({ "id": id, "colorHex": "#000000" })),
        Engine::Noweb => Some(json!({ "id": id, "name": "", "color": 0, "colorHex": "#ff9485" })),
        Engine::Webjs | Engine::Wpp => None,
    }
}

/// What is told when a chat gets a label or loses it, by the engines that tell it.
pub(crate) fn carried(engine: Engine, id: u32, label: &Label, chat: &str) -> Option<Value> {
    let told = match engine {
        Engine::Gows => Value::Null,
        Engine::Noweb => shape(id, label),
        Engine::Wpp => json!({
            "id": id.to_string(),
            "name": label.name,
            "hexColor": label.hex(),
            "colorIndex": label.color,
            "count": 1,
            "isActive": true,
        }),
        Engine::Webjs => return None,
    };
    Some(json!({ "labelId": id.to_string(), "chatId": chat, "label": told }))
}
