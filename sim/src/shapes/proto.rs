//! The content of a message as WhatsApp's protocol has it, in the spellings of the two libraries that hand it through.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::object;
use crate::{
    ids,
    state::message::{Card, Content, Key, Location, Media, MediaKind, Message, Poll, Preview, Quoted, Source, Text},
};

/// How a library writes the members of the protocol's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// whatsmeow, in Go: abbreviations are upper case, bytes are base64, numbers are numbers.
    Go,
    /// Baileys, in JavaScript: bytes are buffers of Node, long numbers are strings, enums are names.
    Node,
}

impl Dialect {
    fn pick<T>(self, go: T, node: T) -> T {
        match self {
            Self::Go => go,
            Self::Node => node,
        }
    }

    fn bytes(self, bytes: impl AsRef<[u8]>) -> Value {
        let data = BASE64_STANDARD.encode(bytes);
        self.pick(json!(data), json!({ "type": "Buffer", "data": data }))
    }

    fn long(self, number: u64) -> Value {
        self.pick(json!(number), json!(number.to_string()))
    }

    /// How messages refer to another one.
    pub(crate) fn key(self, key: &Key) -> Value {
        let Key { from_me, chat, id, participant } = key;
        object([
            (self.pick("remoteJID", "remoteJid"), json!(ids::raw(chat))),
            ("fromMe", json!(from_me)),
            (self.pick("ID", "id"), json!(id)),
            ("participant", json!(participant.as_deref().map(ids::raw))),
        ])
    }

    /// The content of a message, under the name of its type.
    pub(crate) fn content(self, message: &Message) -> Value {
        let context = self.context(message);
        match &message.content {
            // A phone sends a bare text where the server makes an extended one.
            Content::Text(text) if is_plain(text) && message.source == Source::App && context.is_null() => {
                json!({ "conversation": text.text })
            }
            Content::Text(text) => json!({ "extendedTextMessage": self.text(text, context) }),
            Content::Media(media) => {
                json!({ media_type(media.kind): self.media(message, media, context) })
            }
            Content::Location(place) => json!({ "locationMessage": location(place, context) }),
            Content::Contacts(cards) => contacts(cards),
            Content::Poll(poll) => self.poll(message, poll),
            Content::List(list) => json!({ "listMessage": self.list(list) }),
            Content::Buttons(buttons) => buttons_message(buttons),
            Content::ButtonReply { id, text } => json!({
                "buttonsResponseMessage": {
                    self.pick("selectedButtonID", "selectedButtonId"): id,
                    "selectedDisplayText": text,
                    "type": self.pick(json!(1), json!("DISPLAY_TEXT")),
                },
            }),
            Content::Event(event) => json!({ "eventMessage": event }),
            Content::Revoked => json!({}),
            Content::Reaction { to, text } => json!({
                "reactionMessage": {
                    "key": self.key(to),
                    "text": text,
                    self.pick("senderTimestampMS", "senderTimestampMs"): self.long(millis(message)),
                },
            }),
            Content::Revoke { of } => json!({
                "protocolMessage": { "key": self.key(of), "type": self.pick(json!(0), json!("REVOKE")) },
            }),
            Content::Edit { of, text } => self.edit(message, of, text),
            Content::Vote { on, options } => json!({
                "pollUpdateMessage": {
                    self.pick("pollCreationMessageKey", "pollCreationMessageKey"): self.key(on),
                    "vote": {
                        "encPayload": self.bytes(digest(&[&message.key.id, &options.join("\n")])),
                        self.pick("encIV", "encIv"): self.bytes(&digest(&[&message.key.id])[..12]),
                    },
                    self.pick("senderTimestampMS", "senderTimestampMs"): self.long(millis(message)),
                },
            }),
        }
    }

    /// What a message answers, whom it mentions, and whether it was forwarded.
    fn context(self, message: &Message) -> Value {
        let Message { quoted, mentions, forwarded, .. } = message;
        if quoted.is_none() && mentions.is_empty() && !forwarded {
            return Value::Null;
        }
        let quoted = quoted.as_ref();
        let mentioned: Vec<_> = mentions.iter().map(|id| ids::raw(id)).collect();
        object([
            (self.pick("stanzaID", "stanzaId"), json!(quoted.map(|quoted| &quoted.id))),
            ("participant", json!(quoted.map(|quoted| ids::raw(&quoted.participant)))),
            ("quotedMessage", quoted.map_or(Value::Null, |quoted| self.quoted(message, quoted))),
            (self.pick("mentionedJID", "mentionedJid"), json!((!mentioned.is_empty()).then_some(mentioned))),
            ("forwardingScore", json!(forwarded.then_some(1))),
            ("isForwarded", json!(forwarded.then_some(true))),
        ])
    }

    /// The content of a quoted message.
    pub(crate) fn quoted(self, message: &Message, quoted: &Quoted) -> Value {
        let Some(content) = &quoted.content else {
            return json!({});
        };
        let key = Key { from_me: false, id: quoted.id.clone(), ..message.key.clone() };
        let (content, source, mentions) = (content.clone(), Source::App, Vec::new());
        self.content(&Message { key, content, source, mentions, quoted: None, forwarded: false, ..message.clone() })
    }

    fn text(self, text: &Text, context: Value) -> Value {
        let Text { text, preview, background, font } = text;
        let Preview { url, title, description, image } = match preview {
            Some(preview) => preview.clone(),
            None => Preview::default(),
        };
        let some = |text: String| json!(preview.is_some().then_some(text));
        object([
            ("text", json!(text)),
            ("matchedText", some(url)),
            ("title", some(title)),
            ("description", some(description)),
            (self.pick("JPEGThumbnail", "jpegThumbnail"), image.map_or(Value::Null, |image| self.bytes(image))),
            (self.pick("backgroundARGB", "backgroundArgb"), json!(background)),
            ("font", json!(font)),
            ("contextInfo", context),
        ])
    }

    fn media(self, message: &Message, media: &Media, context: Value) -> Value {
        let Media { kind, mimetype, filename, caption, bytes } = media;
        let Message { key: Key { id, .. }, timestamp, .. } = message;
        let path = format!("/v/t62/{id}.enc");
        let is_voice = *kind == MediaKind::Voice;
        let is_document = *kind == MediaKind::Document;
        let (seconds, size) = measures(*kind);
        let thumbnail = if *kind == MediaKind::Image { self.bytes(digest(&["thumbnail", id])) } else { Value::Null };
        let file = object([
            (self.pick("URL", "url"), json!(format!("https://mmg.example.com{path}"))),
            ("mimetype", json!(mimetype)),
            (self.pick("fileSHA256", "fileSha256"), self.bytes(Sha256::digest(bytes))),
            ("fileLength", self.long(bytes.len() as u64)),
            ("mediaKey", self.bytes(media_key(message))),
            (self.pick("fileEncSHA256", "fileEncSha256"), self.bytes(digest(&["encrypted", id]))),
            ("directPath", json!(path)),
            ("mediaKeyTimestamp", self.long(*timestamp)),
            ("caption", json!(caption)),
            ("title", json!(filename.as_ref().filter(|_| self == Self::Go && is_document))),
            ("fileName", json!(filename.as_ref().filter(|_| is_document))),
            ("seconds", json!(seconds)),
            (self.pick("PTT", "ptt"), json!(is_voice.then_some(true))),
            ("height", json!(size.map(|(height, _)| height))),
            ("width", json!(size.map(|(_, width)| width))),
            (self.pick("JPEGThumbnail", "jpegThumbnail"), thumbnail),
            ("isAnimated", json!((*kind == MediaKind::Sticker).then_some(false))),
            ("contextInfo", context),
        ]);
        match (file, self, is_voice) {
            (Value::Object(mut file), Self::Node, true) => {
                file.insert("waveform".into(), self.bytes(digest(&["waveform", id])));
                file.into()
            }
            (file, ..) => file,
        }
    }

    fn poll(self, message: &Message, poll: &Poll) -> Value {
        let Poll { name, options, multiple } = poll;
        let options: Vec<_> = options.iter().map(|option| json!({ "optionName": option })).collect();
        json!({
            "pollCreationMessageV3": {
                "name": name,
                "options": options,
                // Zero is no limit.
                "selectableOptionsCount": u8::from(!multiple),
            },
            "messageContextInfo": { "messageSecret": self.bytes(secret(message)) },
        })
    }

    fn list(self, list: &Value) -> Value {
        let row = |row: &Value| {
            object([
                ("title", row["title"].clone()),
                (self.pick("rowID", "rowId"), row["rowId"].clone()),
                ("description", row["description"].clone()),
            ])
        };
        let section = |section: &Value| {
            let rows: Vec<_> = section["rows"].as_array().into_iter().flatten().map(row).collect();
            json!({ "title": section["title"], "rows": rows })
        };
        object([
            ("title", list["title"].clone()),
            ("description", list["description"].clone()),
            ("buttonText", list["button"].clone()),
            ("listType", json!(1)),
            ("sections", list["sections"].as_array().into_iter().flatten().map(section).collect()),
            ("footerText", list["footer"].clone()),
        ])
    }

    fn edit(self, message: &Message, of: &Key, text: &str) -> Value {
        // What comes from a phone is as the protocol has it, what the library made itself has names.
        let is_received = self == Self::Go || message.source == Source::App;
        let (kind, edited) = match is_received {
            true => (json!(14), json!({ "conversation": text })),
            false => (json!("MESSAGE_EDIT"), json!({ "extendedTextMessage": { "text": text } })),
        };
        let protocol = json!({
            "protocolMessage": {
                "key": self.key(of),
                "type": kind,
                "editedMessage": edited,
                self.pick("timestampMS", "timestampMs"): self.long(millis(message)),
            },
        });
        match self {
            Self::Go => json!({ "editedMessage": { "message": protocol } }),
            Self::Node => protocol,
        }
    }
}

fn is_plain(text: &Text) -> bool {
    text.preview.is_none() && text.background.is_none() && text.font.is_none()
}

fn media_type(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "imageMessage",
        MediaKind::Video => "videoMessage",
        MediaKind::Note => "ptvMessage",
        MediaKind::Voice => "audioMessage",
        MediaKind::Document => "documentMessage",
        MediaKind::Sticker => "stickerMessage",
    }
}

/// Seconds, and height and width, which nobody has measured.
fn measures(kind: MediaKind) -> (Option<u32>, Option<(u32, u32)>) {
    match kind {
        MediaKind::Image => (None, Some((768, 1024))),
        MediaKind::Video | MediaKind::Note => (Some(9), Some((480, 848))),
        MediaKind::Voice => (Some(4), None),
        MediaKind::Document => (None, None),
        MediaKind::Sticker => (None, Some((512, 512))),
    }
}

/// How long a voice message or a video is.
pub(crate) fn seconds(kind: MediaKind) -> Option<u32> {
    measures(kind).0
}

fn location(place: &Location, context: Value) -> Value {
    let Location { latitude, longitude, name } = place;
    object([
        ("degreesLatitude", json!(latitude)),
        ("degreesLongitude", json!(longitude)),
        ("name", json!(name)),
        ("contextInfo", context),
    ])
}

fn contacts(cards: &[Card]) -> Value {
    let contact = |Card { name, vcard }: &Card| json!({ "displayName": name, "vcard": vcard });
    match cards {
        [card] => json!({ "contactMessage": contact(card) }),
        cards => {
            let contacts: Vec<_> = cards.iter().map(contact).collect();
            let name = format!("{} contacts", contacts.len());
            json!({ "contactsArrayMessage": { "displayName": name, "contacts": contacts } })
        }
    }
}

/// Buttons, which only one of the two libraries can send.
fn buttons_message(request: &Value) -> Value {
    let button = |button: &Value| {
        let text = &button["text"];
        let (name, params) = match button["type"].as_str() {
            Some("url") => ("cta_url", json!({ "display_text": text, "url": button["url"] })),
            Some("call") => ("cta_call", json!({ "display_text": text, "phone_number": button["phoneNumber"] })),
            Some("copy") => ("cta_copy", json!({ "display_text": text, "copy_code": button["copyCode"] })),
            _ => ("quick_reply", object([("display_text", text.clone()), ("id", button["id"].clone())])),
        };
        json!({ "name": name, "buttonParamsJson": params.to_string() })
    };
    let buttons: Vec<_> = request["buttons"].as_array().into_iter().flatten().map(button).collect();
    let part = |name: &str, key: &str| match &request[name] {
        Value::String(text) => json!({ key: text }),
        _ => Value::Null,
    };
    let interactive = object([
        ("header", part("header", "title")),
        ("body", part("body", "text")),
        ("footer", part("footer", "text")),
        ("nativeFlowMessage", json!({ "buttons": buttons })),
    ]);
    json!({ "viewOnceMessage": { "message": { "interactiveMessage": interactive } } })
}

/// The key of a file, made up from the id of its message.
pub(crate) fn media_key(message: &Message) -> [u8; 32] {
    digest(&["key", &message.key.id])
}

/// The key for the votes of a poll, made up likewise.
pub(crate) fn secret(message: &Message) -> [u8; 32] {
    digest(&["secret", &message.key.id])
}

fn digest(parts: &[&str]) -> [u8; 32] {
    Sha256::digest(parts.join(":")).into()
}

fn millis(message: &Message) -> u64 {
    message.timestamp.saturating_mul(1000)
}
