use std::{fmt, future::Future};

use bytes::Bytes;
use qrcode::{EcLevel, render::unicode::Dense1x2};
use serde::Deserialize;

use crate::{Error, Operation, Session, types::AuthGetQrFormat};

/// The QR code that a phone scans to pair with a session; returned by [`Session::qr_code`].
///
/// `Display` draws the code, two modules to a character, for a terminal with light text on a dark background.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let code = session.qr_code().await?;
/// println!("{code}"); // in a terminal
/// println!("{} characters to draw in another way", code.value().len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct QrCode {
    value: String,
}

impl QrCode {
    /// Returns the text that the code encodes, for drawing it in another way.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The lowest error correction makes the smallest code, and a screen does not damage it.
        match qrcode::QrCode::with_error_correction_level(&self.value, EcLevel::L) {
            // Dark modules are left in the background colour of the terminal, which is dark.
            Ok(code) => {
                let mut picture = code.render::<Dense1x2>();
                f.write_str(&picture.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
            }
            // The text does not fit in a QR code.
            Err(_) => f.write_str(&self.value),
        }
    }
}

/// Omits the value, with which anybody could pair with the account.
impl fmt::Debug for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrCode").finish_non_exhaustive()
    }
}

/// Pairing with a phone.
impl Session {
    /// Gets the code that a phone scans to pair with this session, as text that a terminal can draw.
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
    /// [`ErrorKind::SessionNotReady`](crate::ErrorKind::SessionNotReady) if the session is not in `SCAN_QR_CODE`, for
    /// which the server waits some seconds; otherwise as for any call.
    pub fn qr_code(&self) -> impl Future<Output = Result<QrCode, Error>> + Send + 'static {
        read(self.clone())
    }

    /// Gets the code that a phone scans to pair with this session, as a PNG file.
    ///
    /// # Errors
    ///
    /// As for [`qr_code`](Self::qr_code).
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// let png = session.qr_png().await?;
    /// println!("{} bytes", png.len());
    /// # Ok(())
    /// # }
    /// ```
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
        let redactor = &session.client().redactor().and([], Operation::AUTH_GET_QR.secrets.received);
        Error::from_body(&format!("the answer contains no QR code: {error}"), ".", &body, redactor)
            .with_answer(status, &headers, redactor)
            .with_operation(Operation::AUTH_GET_QR)
    })
}

async fn file(session: Session, format: AuthGetQrFormat) -> Result<Bytes, Error> {
    session.auth().get_qr().format(format).await?.bytes().await
}
