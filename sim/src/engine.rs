//! The engines of the server, which differ in what they can do and in what they answer.

use std::{fmt, str::FromStr};

/// The engine through which the server speaks to WhatsApp, the same for all of its sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Engine {
    /// whatsapp-web.js, in a browser.
    Webjs,
    /// WPPConnect, in a browser.
    Wpp,
    /// Baileys, over a WebSocket.
    Noweb,
    /// whatsmeow, over a WebSocket.
    #[default]
    Gows,
}

impl Engine {
    /// Returns the server's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webjs => "WEBJS",
            Self::Wpp => "WPP",
            Self::Noweb => "NOWEB",
            Self::Gows => "GOWS",
        }
    }

    /// Whether it drives a browser, and so has a screen to show.
    pub(crate) fn has_browser(self) -> bool {
        matches!(self, Self::Webjs | Self::Wpp)
    }
}

/// Reads the server's name of an engine, in any case.
impl FromStr for Engine {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Self::Webjs, Self::Wpp, Self::Noweb, Self::Gows];
        let found = all.into_iter().find(|engine| engine.as_str().eq_ignore_ascii_case(name.trim()));
        found.ok_or_else(|| format!("{name:?} is not an engine: there are WEBJS, WPP, NOWEB and GOWS"))
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
