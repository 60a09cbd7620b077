//! QR codes, as pages show them.

use qrcode::{Color, QrCode};

use crate::service::Failure;

/// A QR code as one path.
#[derive(Clone, Debug)]
pub(crate) struct Qr {
    pub(crate) size: usize,
    pub(crate) path: String,
}

impl Qr {
    /// The code for a short text, with the quiet zone of four modules that readers need.
    pub(crate) fn of(text: &str) -> Result<Self, Failure> {
        let code = QrCode::new(text).map_err(|error| Failure::Internal(error.to_string()))?;
        let width = code.width();
        let dark = |(_, color): &(usize, Color)| *color == Color::Dark;
        let path = code
            .to_colors()
            .into_iter()
            .enumerate()
            .filter(dark)
            .map(|(index, _)| format!("M{} {}h1v1h-1z", index % width + 4, index / width + 4));
        Ok(Self { size: width + 8, path: path.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_has_a_quiet_zone() {
        let qr = Qr::of("https://login.example.com").unwrap();
        assert_eq!(qr.size, 25 + 8);
        assert!(qr.path.starts_with("M4 4h1v1h-1z"), "a corner of the first finder");
    }
}
