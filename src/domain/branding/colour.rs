//! Colours: how bright they are to the eye, and how well one can be read on another.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// White.
    pub const WHITE: Self = Self(255, 255, 255);
    /// Black.
    pub const BLACK: Self = Self(0, 0, 0);

    /// Its relative luminance, from 0 to 1 (WCAG 2.2).
    pub fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Its contrast ratio to another, from 1 to 21 (WCAG 2.2).
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// As it looks where this share of another lies over it.
    #[must_use]
    pub fn under(self, other: Self, share: f64) -> Self {
        let mix = |below: u8, above: u8| {
            to_byte((f64::from(below) * (1.0 - share) + f64::from(above) * share) / 255.0)
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    fn linear(self) -> [f64; 3] {
        [self.0, self.1, self.2].map(|byte| {
            let part = f64::from(byte) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// The same hue, darker or lighter: lightness changed by this much in the Oklab space, where 1
    /// is from black to white and steps look alike.
    #[must_use]
    #[expect(clippy::many_single_char_names, reason = "so are the axes of these spaces called")]
    pub fn lighter(self, by: f64) -> Self {
        let [r, g, b] = self.linear();
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        let lightness = 0.210_454_255_3 * l + 0.793_617_785 * m - 0.004_072_046_8 * s;
        let a = 1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s;
        let b = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s;
        let wanted = (lightness + by).clamp(0.0, 1.0);
        // Less colour near the ends, where there is less room for it.
        let room = |l: f64| (l * (1.0 - l)).max(1e-6);
        let kept = (room(wanted) / room(lightness)).min(1.0);
        from_oklab(wanted, a * kept, b * kept)
    }
}

fn from_oklab(lightness: f64, to_red: f64, to_yellow: f64) -> Colour {
    let l = (lightness + 0.396_337_777_4 * to_red + 0.215_803_757_3 * to_yellow).powi(3);
    let m = (lightness - 0.105_561_345_8 * to_red - 0.063_854_172_8 * to_yellow).powi(3);
    let s = (lightness - 0.089_484_177_5 * to_red - 1.291_485_548 * to_yellow).powi(3);
    let encoded = |part: f64| {
        let part = part.clamp(0.0, 1.0);
        to_byte(if part <= 0.003_130_8 {
            part * 12.92
        } else {
            1.055 * part.powf(1.0 / 2.4) - 0.055
        })
    };
    Colour(
        encoded(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
        encoded(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
        encoded(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s),
    )
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 255")]
fn to_byte(part: f64) -> u8 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u8
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl FromStr for Colour {
    type Err = &'static str;

    /// Six hexadecimal digits after a `#`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a colour such as #0e6652 is needed";
        let digits = text.strip_prefix('#').ok_or(wrong)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong);
        }
        let all = u32::from_str_radix(digits, 16).map_err(|_| wrong)?;
        let [_, r, g, b] = all.to_be_bytes();
        Ok(Self(r, g, b))
    }
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        let near = |one: f64, two: f64| (one - two).abs() < 0.005;
        assert!(near(Colour::WHITE.contrast(Colour::BLACK), 21.0));
        assert!(near(Colour(0x76, 0x76, 0x76).contrast(Colour::WHITE), 4.54));
        assert!(near(Colour(0, 0, 255).contrast(Colour::WHITE), 8.59));
        assert!(near(Colour(255, 255, 0).contrast(Colour::WHITE), 1.07));
    }

    #[test]
    fn a_colour_is_six_digits_and_nothing_else() {
        assert_eq!("#0E6652".parse(), Ok(Colour(0x0e, 0x66, 0x52)));
        assert_eq!(Colour(0x0e, 0x66, 0x52).to_string(), "#0e6652");
        for bad in ["", "#", "0e6652", "#0e665", "#0e66522", "#+e6652", "#ggg000", "red", "#é1234"]
        {
            assert!(bad.parse::<Colour>().is_err(), "{bad}");
        }
    }

    #[test]
    fn lightness_moves_and_hue_stays() {
        for colour in [Colour(0x0e, 0x66, 0x52), Colour(200, 40, 40), Colour(20, 30, 200)] {
            assert_eq!(colour.lighter(0.0), colour, "there and back");
            assert!(colour.lighter(0.1).luminance() > colour.luminance());
            assert!(colour.lighter(-0.1).luminance() < colour.luminance());
        }
        assert_eq!(Colour(200, 40, 40).lighter(1.0), Colour::WHITE);
        assert_eq!(Colour(200, 40, 40).lighter(-1.0), Colour::BLACK);
        let red = Colour(200, 40, 40).lighter(-0.2);
        assert!(red.0 > red.1 && red.0 > red.2);
    }
}
