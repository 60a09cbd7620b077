//! A QR code in a terminal.

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

/// The code for an address, two modules in each character; none where it is too long for one. Dark
/// modules are drawn as gaps, for terminals are dark, and readers take either.
pub(super) fn drawn(address: &str) -> Option<String> {
    let code = QrCode::new(address.as_bytes()).ok()?;
    let mut image = code.render::<Dense1x2>();
    let image = image.dark_color(Dense1x2::Dark).light_color(Dense1x2::Light);
    Some(image.quiet_zone(true).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_rectangle_with_a_margin() {
        let code = drawn("https://login.example.com/device?user_code=WDJB-MJHT").unwrap();
        let lines: Vec<&str> = code.lines().collect();
        let width = lines[0].chars().count();
        assert!(lines.iter().all(|line| line.chars().count() == width), "{code}");
        assert!(width > 30 && lines.len() > 15 && width < 80, "{width}");
        assert_eq!(drawn(&"x".repeat(10_000)), None);
    }
}
