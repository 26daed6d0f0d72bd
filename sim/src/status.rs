//! Where a session is on its way to WhatsApp.

use std::fmt;

/// The status of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionStatus {
    /// Not running.
    Stopped,
    /// Running, not connected yet.
    Starting,
    /// Waiting for somebody to scan the QR code.
    ScanQrCode,
    /// Waiting for a passkey.
    PasskeyRequired,
    /// Waiting for somebody to confirm the passkey's code.
    PasskeyConfirmationRequired,
    /// Connected.
    Working,
    /// Running, and given up by WhatsApp or by the engine.
    Failed,
}

impl SessionStatus {
    pub(crate) const ALL: [Self; 7] = [
        Self::Stopped,
        Self::Starting,
        Self::ScanQrCode,
        Self::PasskeyRequired,
        Self::PasskeyConfirmationRequired,
        Self::Working,
        Self::Failed,
    ];

    /// Reads the server's name, in whatever case.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let status = Self::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(name));
        status.ok_or_else(|| {
            let known: Vec<_> = Self::ALL.into_iter().map(Self::as_str).collect();
            format!("`{name}` is no status: use one of {}", known.join(", "))
        })
    }

    /// Returns the server's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "STOPPED",
            Self::Starting => "STARTING",
            Self::ScanQrCode => "SCAN_QR_CODE",
            Self::PasskeyRequired => "PASSKEY_REQUIRED",
            Self::PasskeyConfirmationRequired => "PASSKEY_CONFIRMATION_REQUIRED",
            Self::Working => "WORKING",
            Self::Failed => "FAILED",
        }
    }
}

impl fmt::Display for SessionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
