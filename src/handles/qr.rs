use std::{fmt, future::Future};

use bytes::Bytes;
use qrcode::{EcLevel, render::unicode::Dense1x2};
use serde::Deserialize;

use crate::{Error, Operation, Session, types::AuthGetQrFormat};

/// What a phone has to scan to pair with a session: what [`Session::qr_code`] gives.
///
/// It prints as the code itself, in characters of half a line, for a terminal of light text on a dark ground.
#[derive(Clone, PartialEq, Eq)]
pub struct QrCode {
    value: String,
}

impl QrCode {
    /// What the code says, for drawing it in another way.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The least redundancy makes the smallest picture, and a screen is never torn.
        match qrcode::QrCode::with_error_correction_level(&self.value, EcLevel::L) {
            // What a phone takes for dark is what the terminal leaves dark.
            Ok(code) => {
                let mut picture = code.render::<Dense1x2>();
                f.write_str(&picture.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
            }
            // Longer than a code can be: then the text is all there is.
            Err(_) => f.write_str(&self.value),
        }
    }
}

/// Whoever reads the value can pair with the account.
impl fmt::Debug for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrCode").finish_non_exhaustive()
    }
}

/// Pairing with a phone.
impl Session {
    /// The code that a phone has to scan to pair with this session, as text and for a terminal.
    ///
    /// It is valid for some seconds, then the server has another: ask again while the session
    /// [waits](Self::wait_until_working).
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
    /// The session is not in `SCAN_QR_CODE` ([`ErrorKind::SessionNotReady`](crate::ErrorKind::SessionNotReady)), which the server
    /// waits for some seconds for; else as for any call.
    pub fn qr_code(&self) -> impl Future<Output = Result<QrCode, Error>> + Send + 'static {
        read(self.clone())
    }

    /// The code that a phone has to scan to pair with this session, as a PNG file.
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
