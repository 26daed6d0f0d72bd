//! Channels and what is posted in them.

use serde_json::{Map, Value, json};

use super::object;
use crate::{
    Engine,
    state::{
        channel::{Channel, Post},
        directory::{self, Page},
        session::ME,
    },
    time,
};

/// A channel in the list of those that the account has to do with.
pub(crate) fn listed(engine: Engine, channel: &Channel) -> Value {
    let mut shape = details(engine, channel);
    match engine {
        Engine::Webjs => {
            shape["preview"] = shape["picture"].clone();
            shape["subscribersCount"] = Value::Null;
        }
        Engine::Wpp => {
            shape["description"] = Value::Null;
            shape["invite"] = json!("");
        }
        Engine::Noweb | Engine::Gows => {}
    }
    shape
}

/// A channel by itself.
pub(crate) fn details(engine: Engine, channel: &Channel) -> Value {
    let text = |text: Option<&str>| match engine {
        // A message of gRPC has no null.
        Engine::Gows => json!(text.unwrap_or_default()),
        _ => json!(text),
    };
    json!({
        "id": channel.id,
        "name": channel.name,
        "description": text(channel.description.as_deref()),
        "invite": channel.link(),
        "picture": text(channel.picture.as_deref()),
        "preview": text(channel.picture.as_deref()),
        "verified": channel.is_verified,
        "role": channel.role.map_or("GUEST", |role| role.as_str()),
        "subscribersCount": channel.subscribers,
    })
}

/// A page of a search.
pub(crate) fn page(engine: Engine, page: &Page<'_>) -> Value {
    let start = match engine {
        Engine::Webjs | Engine::Wpp if page.start == 0 => None,
        _ => Some(directory::cursor(page.start)),
    };
    json!({
        "page": {
            "startCursor": start,
            "endCursor": page.next.map(directory::cursor),
            "hasNextPage": page.next.is_some(),
            "hasPreviousPage": page.start > 0,
        },
        "channels": page.channels.iter().map(|channel| public(engine, channel)).collect::<Vec<_>>(),
    })
}

/// A channel as the directory shows it to everybody.
fn public(engine: Engine, channel: &Channel) -> Value {
    let mut shape = details(engine, channel);
    if let Some(shape) = shape.as_object_mut() {
        if engine != Engine::Noweb {
            shape.remove("role");
        }
        match engine {
            Engine::Webjs => drop(shape.remove("preview")),
            Engine::Wpp => drop(shape.insert("preview".into(), Value::Null)),
            Engine::Noweb | Engine::Gows => {}
        }
    }
    shape
}

/// A post as people see it who do not follow the channel.
pub(crate) fn preview(engine: Engine, channel: &Channel, post: &Post) -> Value {
    // The engines in a browser do not have what was deleted at all.
    let message = post.text.as_deref().map(|text| message(engine, channel, post, text));
    let (reactions, views) = match engine {
        Engine::Wpp => (Map::new(), 0),
        _ => (post.reactions.iter().map(|(emoji, count)| (emoji.clone(), json!(count))).collect(), post.views),
    };
    // NOWEB does not always know the number of views.
    let views = (engine != Engine::Noweb || views > 0).then_some(views);
    let mut shape =
        Map::from_iter([("message".to_owned(), json!(message)), ("reactions".to_owned(), reactions.into())]);
    shape.extend(views.map(|views| ("viewCount".to_owned(), json!(views))));
    shape.into()
}

fn message(engine: Engine, channel: &Channel, post: &Post, text: &str) -> Value {
    let chat = &channel.id;
    let id = format!("false_{chat}_{}", post.id);
    let browser = matches!(engine, Engine::Webjs | Engine::Wpp);
    let mut shape = json!({
        "id": id,
        "timestamp": post.at,
        "from": chat,
        "fromMe": false,
        "source": "app",
        "body": text,
        "to": browser.then_some(ME),
        "hasMedia": false,
        "media": null,
        "ack": browser.then_some(1),
        "ackName": if browser { "SERVER" } else { "UNKNOWN" },
        "location": null,
        "vCards": null,
        "_data": data(engine, channel, post, text),
    });
    match engine {
        Engine::Gows | Engine::Noweb => {
            shape["participant"] = Value::Null;
            shape["replyTo"] = Value::Null;
        }
        Engine::Webjs => shape["vCards"] = json!([]),
        Engine::Wpp => {
            for name in ["participant", "mediaUrl", "replyTo"] {
                shape[name] = Value::Null;
            }
        }
    }
    shape
}

/// What the engine has of it.
fn data(engine: Engine, channel: &Channel, post: &Post, text: &str) -> Value {
    let (chat, id, at) = (&channel.id, &post.id, post.at);
    let serialized = format!("false_{chat}_{id}");
    match engine {
        Engine::Gows => json!({
            "Info": {
                "Chat": chat,
                "Sender": chat,
                "IsFromMe": false,
                "IsGroup": false,
                "ID": id,
                "ServerID": 0,
                "Type": "text",
                "PushName": channel.name,
                "Timestamp": time::rfc3339(at),
                "Category": "",
            },
            "Message": { "conversation": text },
        }),
        Engine::Noweb => json!({
            "key": { "remoteJid": chat, "fromMe": false, "id": id },
            "messageTimestamp": at,
            "broadcast": false,
            "message": { "conversation": text },
            "pushName": channel.name,
        }),
        Engine::Webjs => json!({
            "id": { "fromMe": false, "remote": chat, "id": id, "_serialized": serialized },
            "body": text,
            "type": "chat",
            "t": at,
            "notifyName": channel.name,
        }),
        Engine::Wpp => object([
            ("id", json!(serialized)),
            ("viewed", json!(false)),
            ("body", json!(text)),
            ("type", json!("chat")),
            ("t", json!(at)),
            ("timestamp", json!(at)),
            ("from", json!(chat)),
            ("to", json!(ME)),
            ("ack", json!(1)),
            ("isNewMsg", json!(true)),
            ("fromMe", json!(false)),
            ("chatId", super::wid(chat)),
            ("isGroupMsg", json!(false)),
        ]),
    }
}
