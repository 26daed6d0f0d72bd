use std::{fmt, future::Future};

use bytes::Bytes;
use qrcode::{EcLevel, render::unicode::Dense1x2};
use serde::Deserialize;

use crate::{Error, Operation, Session, types::AuthGetQrFormat};

/// What a phone has to scan to pair with a session: what [`Session::qr_code`] gives.
///
/// It displays as the code itself, two modules to a character, for a terminal with light text on a dark background.
#[derive(Clone, PartialEq, Eq)]
pub struct QrCode {
    value: String,
}

impl QrCode {
    /// The text in the code, for drawing it in another way.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The least redundancy makes the smallest picture, and a screen damages none of it.
        match qrcode::QrCode::with_error_correction_level(&self.value, EcLevel::L) {
            // Dark modules are what the terminal leaves dark.
            Ok(code) => {
                let mut picture = code.render::<Dense1x2>();
                f.write_str(&picture.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
            }
            // The text is longer than a QR code can be.
            Err(_) => f.write_str(&self.value),
        }
    }
}

/// Without the value: it lets anybody pair with the account.
impl fmt::Debug for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrCode").finish_non_exhaustive()
    }
}

/// Pairing with a phone.
impl Session {
    /// Asks for the code that a phone has to scan to pair with this session, as text and for a terminal.
    ///
    /// The first code is valid for 60 s, each further one for 20 s:
    /// [`wait_until_working().on_qr_code(..)`](crate::handles::WaitUntilWorking::on_qr_code) shows each of them.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// println!("{}", session.qr_code().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The session is not in `SCAN_QR_CODE` ([`ErrorKind::SessionNotReady`](crate::ErrorKind::SessionNotReady)), for which the
    /// server waits some seconds; else as for any call.
    pub fn qr_code(&self) -> impl Future<Output = Result<QrCode, Error>> + Send + 'static {
        read(self.clone())
    }

    /// Asks for the code that a phone has to scan to pair with this session, as a PNG file.
    ///
    /// # Errors
    ///
    /// As for [`qr_code`](Self::qr_code).
    pub fn qr_png(&self) -> impl Future<Output = Result<Bytes, Error>> + Send + 'static {
        file(self.clone(), AuthGetQrFormat::Image)
    }
}

async fn read(session: Session) -> Result<QrCode, Error> {
    #[derive(Deserialize)]
    struct Raw {
        value: String,
    }
    let download = session.auth().get_qr().format(AuthGetQrFormat::Raw).await?;
    let (status, headers) = (download.status(), download.headers().clone());
    let body = download.bytes().await?;
    serde_json::from_slice(&body).map(|Raw { value }| QrCode { value }).map_err(|error| {
        let redactor = session.client().redactor();
        Error::from_body(&format!("the answer holds no QR code: {error}"), ".", &body, redactor)
            .with_answer(status, &headers, redactor)
            .with_operation(Operation::AUTH_GET_QR)
    })
}

async fn file(session: Session, format: AuthGetQrFormat) -> Result<Bytes, Error> {
    session.auth().get_qr().format(format).await?.bytes().await
}
