//! QR codes that a phone can scan, and find out that they come from the stand-in.

use png::{BitDepth, ColorType, Encoder};
use qrcode::{Color, QrCode};

/// Pixels of a module of the code, and modules of the white border.
const SCALE: usize = 8;
const BORDER: usize = 4;

/// What a QR code of a session says.
pub(crate) fn text(number: u64) -> String {
    format!("2@stand-in,not,a,real,code,{number}")
}

/// A picture of a QR code; empty for a text that is too long for one.
pub(crate) fn png(text: &str) -> Vec<u8> {
    let Ok(code) = QrCode::new(text) else { return Vec::new() };
    let modules = code.width() + 2 * BORDER;
    let side = modules * SCALE;
    let is_dark = |x: usize, y: usize| {
        let within = |at: usize| (at / SCALE).checked_sub(BORDER).filter(|at| *at < code.width());
        within(x).zip(within(y)).is_some_and(|at| code[at] == Color::Dark)
    };
    let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
    let pixels: Vec<u8> = pixels.map(|(x, y)| if is_dark(x, y) { 0 } else { 255 }).collect();
    let mut bytes = Vec::new();
    // A code has some hundred pixels a side, and writing to memory cannot fail.
    let side = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = Encoder::new(&mut bytes, side, side);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::Eight);
    if let Ok(mut writer) = encoder.write_header() {
        let _ = writer.write_image_data(&pixels);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_a_picture_of_its_own() {
        let (first, second) = (png(&text(1)), png(&text(2)));
        assert!(first.starts_with(b"\x89PNG\r\n\x1a\n") && first.ends_with(b"IEND\xaeB`\x82"));
        assert_ne!(first, second);
    }
}
