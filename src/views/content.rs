//! Reads the content of a message as WhatsApp's protocol has it, in the spelling of whatsmeow or of Baileys.

use serde::Deserialize;

use super::read::{Lenient, Text, Wid, lenient_objects, text};

/// The content of a message: one member, named after the type.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Content {
    conversation: Lenient<Text>,
    extended_text_message: Lenient<Part>,
    image_message: Lenient<Part>,
    video_message: Lenient<Part>,
    ptv_message: Lenient<Part>,
    document_message: Lenient<Part>,
    audio_message: Lenient<Part>,
    sticker_message: Lenient<Part>,
    // What stands around another content.
    ephemeral_message: Lenient<Wrapper>,
    view_once_message: Lenient<Wrapper>,
    view_once_message_v2: Lenient<Wrapper>,
    document_with_caption_message: Lenient<Wrapper>,
}

/// The content of one type.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Part {
    text: Lenient<Text>,
    caption: Lenient<Text>,
    context_info: Lenient<Context>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Wrapper {
    message: Box<Lenient<Content>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Context {
    #[serde(rename = "mentionedJid")]
    mentioned: Lenient<Vec<Lenient<Wid>>>,
    #[serde(rename = "mentionedJID")]
    gows_mentioned: Lenient<Vec<Lenient<Wid>>>,
}

/// What a content says.
#[derive(Default)]
pub(super) struct Said {
    pub(super) text: Option<String>,
    pub(super) has_file: bool,
    pub(super) mentions: Vec<Lenient<Wid>>,
}

impl Content {
    pub(super) fn said(self) -> Said {
        let wrappers = [
            self.ephemeral_message,
            self.view_once_message,
            self.view_once_message_v2,
            self.document_with_caption_message,
        ];
        if let Some(content) = wrappers.into_iter().find_map(|wrapper| wrapper.0?.message.0) {
            return content.said();
        }
        let files = [
            self.image_message,
            self.video_message,
            self.ptv_message,
            self.document_message,
            self.audio_message,
            self.sticker_message,
        ];
        let file = files.into_iter().find_map(|file| file.0);
        let has_file = file.is_some();
        let Part { text: written, caption, context_info } = self.extended_text_message.0.or(file).unwrap_or_default();
        Said {
            text: text([self.conversation, written, caption]),
            has_file,
            mentions: context_info
                .0
                .and_then(|context| context.mentioned.0.or(context.gows_mentioned.0))
                .unwrap_or_default(),
        }
    }
}

lenient_objects!(Content Part Wrapper Context);
