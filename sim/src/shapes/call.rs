//! What a session is told of calls.

use serde_json::{Value, json};

use super::object;
use crate::{
    Engine, ids,
    state::{calls::Ringing, whatsapp::WhatsApp},
    time,
};

/// How far a call has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Received,
    Rejected,
}

impl Stage {
    pub(crate) fn event(self) -> &'static str {
        match self {
            Self::Received => "call.received",
            Self::Rejected => "call.rejected",
        }
    }
}

/// None where the engine does not tell.
pub(crate) fn payload(engine: Engine, of: &Ringing, stage: Stage, now: u64, whatsapp: &WhatsApp) -> Option<Value> {
    let Ringing { id, from, is_video, since } = of;
    let seconds = now / 1000;
    // With fractions, where the engine has them.
    let exact = json!(now as f64 / 1000.0);
    let hidden = whatsapp.lid_of(from).unwrap_or_else(|| from.clone());
    Some(match engine {
        Engine::Gows => json!({
            "id": id,
            "from": hidden,
            "timestamp": exact,
            "isVideo": is_video,
            "isGroup": false,
            "_data": {
                "From": ids::raw(&hidden),
                "Timestamp": time::iso8601(*since),
                "CallCreator": ids::raw(&hidden),
                "CallCreatorAlt": ids::raw(from),
                "CallID": id,
                "GroupJID": "",
                "RemotePlatform": "android",
                "RemoteVersion": "2.26.30.1",
                "Data": {
                    "Tag": "offer",
                    "Attrs": { "call-id": id },
                    "Content": [{ "Tag": "audio", "Attrs": { "enc": "opus", "rate": "16000" }, "Content": null }],
                },
            },
        }),
        Engine::Noweb => object([
            ("id", json!(id)),
            ("from", json!(from)),
            ("timestamp", exact),
            ("isVideo", json!(is_video)),
            (
                "_data",
                json!({
                    "chatId": ids::raw(from),
                    "from": ids::raw(from),
                    "id": id,
                    "date": time::iso8601(now),
                    "offline": false,
                    "status": if stage == Stage::Received { "offer" } else { "reject" },
                    "isVideo": is_video,
                }),
            ),
        ]),
        Engine::Webjs => {
            let data = match stage {
                Stage::Received => json!({
                    "id": id,
                    "from": from,
                    "timestamp": seconds,
                    "isVideo": is_video,
                    "isGroup": false,
                    "fromMe": false,
                    "canHandleLocally": false,
                    "webClientShouldHandle": false,
                    "participants": [],
                }),
                // The server's own.
                Stage::Rejected => json!({ "id": id, "from": from, "status": "reject", "api": true }),
            };
            json!({
                "id": id,
                "from": from,
                "timestamp": seconds,
                "isVideo": *is_video && stage == Stage::Received,
                "isGroup": false,
                "_data": data,
            })
        }
        Engine::Wpp if stage == Stage::Rejected => return None,
        Engine::Wpp => json!({
            "id": id,
            "from": from,
            "timestamp": seconds,
            "isVideo": is_video,
            "isGroup": false,
            "_data": [{
                "id": id,
                "peerJid": from,
                "offerTime": seconds,
                "isVideo": is_video,
                "isGroup": false,
            }],
        }),
    })
}
