//! Reads the content of a message as WhatsApp's protocol has it, in the spelling of whatsmeow or of Baileys.

use super::read::{Boxed, Lenient, Text, Wid, lenient_object, text};

lenient_object! {
    /// The content of a message: one member, named after the type.
    pub(super) struct Content {
        conversation: Lenient<Text> = "conversation",
        extended_text_message: Lenient<Boxed<Part>> = "extendedTextMessage",
        image_message: Lenient<Boxed<Part>> = "imageMessage",
        video_message: Lenient<Boxed<Part>> = "videoMessage",
        ptv_message: Lenient<Boxed<Part>> = "ptvMessage",
        document_message: Lenient<Boxed<Part>> = "documentMessage",
        audio_message: Lenient<Boxed<Part>> = "audioMessage",
        sticker_message: Lenient<Boxed<Part>> = "stickerMessage",
        // What stands around another content.
        ephemeral_message: Lenient<Boxed<Wrapper>> = "ephemeralMessage",
        view_once_message: Lenient<Boxed<Wrapper>> = "viewOnceMessage",
        view_once_message_v2: Lenient<Boxed<Wrapper>> = "viewOnceMessageV2",
        document_with_caption_message: Lenient<Boxed<Wrapper>> = "documentWithCaptionMessage",
    }
}

lenient_object! {
    /// The content of one type.
    struct Part {
        text: Lenient<Text> = "text",
        caption: Lenient<Text> = "caption",
        context_info: Lenient<Boxed<Context>> = "contextInfo",
    }
}

lenient_object! {
    struct Wrapper {
        message: Lenient<Boxed<Content>> = "message",
    }
}

lenient_object! {
    struct Context {
        mentioned: Lenient<Vec<Lenient<Wid>>> = "mentionedJid",
        gows_mentioned: Lenient<Vec<Lenient<Wid>>> = "mentionedJID",
    }
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
        if let Some(content) = wrappers.into_iter().find_map(|wrapper| wrapper.0?.0.message.0) {
            return content.0.said();
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
        let Part { text: written, caption, context_info } =
            *self.extended_text_message.0.or(file).unwrap_or_default().0;
        Said {
            text: text([self.conversation, written, caption]),
            has_file,
            mentions: context_info
                .0
                .and_then(|Boxed(context)| context.mentioned.0.or(context.gows_mentioned.0))
                .unwrap_or_default(),
        }
    }
}
