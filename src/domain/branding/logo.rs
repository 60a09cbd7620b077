//! Logos: small images of the kinds that hold pixels and nothing else. What a file is, its first
//! bytes say, not its name; an SVG is a document that can hold scripts, and is not taken.

use imagesize::ImageType;

use crate::domain::language::{Text, say};

/// The largest file that is taken, in bytes.
pub const BYTES_MAX: usize = 100 * 1024;
/// The most pixels on a side.
const SIDE_MAX: usize = 2048;
/// The fewest.
const SIDE_MIN: usize = 16;
/// How many times longer one side may be than the other.
const STRETCH_MAX: usize = 12;

/// What kind of image a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// `WebP`.
    Webp,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Png, Self::Jpeg, Self::Webp];

    /// The end of its name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    /// The kind of an image with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, end) = name.rsplit_once('.')?;
        Self::ALL.into_iter().find(|kind| kind.extension() == end)
    }

    /// Whether a file ends where its format says, with nothing behind.
    fn is_whole(self, file: &[u8]) -> bool {
        match self {
            Self::Png => file.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"),
            Self::Jpeg => file.ends_with(b"\xff\xd9"),
            Self::Webp => {
                let said = file.get(4..8).and_then(|bytes| bytes.try_into().ok());
                let said = said.map(u32::from_le_bytes).and_then(|size| usize::try_from(size).ok());
                said.and_then(|size| size.checked_add(8)) == Some(file.len())
            }
        }
    }
}

/// Looks at a file that is to be a logo: its kind, or a sentence that says what would be taken.
pub fn inspect(file: &[u8]) -> Result<Kind, Text> {
    if file.len() > BYTES_MAX {
        let size = file.len().div_ceil(1024);
        return Err(say("invalid-logo-size").with("max", BYTES_MAX / 1024).with("size", size));
    }
    let kind = match imagesize::image_type(file) {
        Ok(ImageType::Png) => Kind::Png,
        Ok(ImageType::Jpeg) => Kind::Jpeg,
        Ok(ImageType::Webp) => Kind::Webp,
        _ => return Err(say("invalid-logo-kind")),
    };
    let size = imagesize::blob_size(file).ok().filter(|_| kind.is_whole(file));
    let Some(size) = size else {
        return Err(say("invalid-logo-damaged"));
    };
    let (long, short) = (size.width.max(size.height), size.width.min(size.height));
    if long > SIDE_MAX || short < SIDE_MIN {
        return Err(say("invalid-logo-sides")
            .with("min", SIDE_MIN)
            .with("max", SIDE_MAX)
            .with("width", size.width)
            .with("height", size.height));
    }
    if long > short * STRETCH_MAX {
        return Err(say("invalid-logo-stretch").with("n", STRETCH_MAX));
    }
    Ok(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head and the end of a PNG of this size.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        file.extend(width.to_be_bytes());
        file.extend(height.to_be_bytes());
        file.extend(b"\x08\x06\0\0\0crc.\0\0\0\0IEND\xae\x42\x60\x82");
        file
    }

    /// The head and the end of a JPEG of this size.
    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut file = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
        file.extend(b"\xff\xc0\0\x11\x08");
        file.extend(height.to_be_bytes());
        file.extend(width.to_be_bytes());
        file.extend(b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9");
        file
    }

    #[test]
    fn an_image_is_what_its_bytes_say() {
        assert_eq!(inspect(&png(240, 64)), Ok(Kind::Png));
        assert_eq!(inspect(&jpeg(240, 64)), Ok(Kind::Jpeg));
        let mut webp = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
        webp.extend([239, 0, 0, 63, 0, 0]);
        assert_eq!(inspect(&webp), Ok(Kind::Webp));
        assert_eq!(Kind::of_name("abc.png"), Some(Kind::Png));
        assert_eq!(Kind::of_name("abc.svg"), None);
    }

    #[test]
    fn everything_else_is_refused_in_words() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        for bad in [&b""[..], b"hello", svg, b"GIF89a\x40\0\x40\0", b"\x89PNG", b"<!doctype html>"]
        {
            let why = inspect(bad).unwrap_err();
            assert!(
                why.english().contains("PNG, JPEG or WebP") || why.english().contains("damaged"),
                "{why:?}"
            );
        }
        let behind = |mut file: Vec<u8>| {
            file.extend(b"<script>alert(1)</script>");
            inspect(&file).unwrap_err()
        };
        assert!(behind(png(64, 64)).english().contains("damaged"));
        assert!(behind(jpeg(64, 64)).english().contains("damaged"));
        assert!(inspect(&png(64, 64)[..40]).unwrap_err().english().contains("damaged"));
        assert!(
            inspect(&vec![0; BYTES_MAX + 1]).unwrap_err().english().contains("at most 100 KiB")
        );
        for (width, height) in [(4096, 64), (64, 4096), (8, 64), (0, 0)] {
            assert!(
                inspect(&png(width, height)).unwrap_err().english().contains("pixels on a side")
            );
        }
        assert!(inspect(&png(2000, 100)).unwrap_err().english().contains("times as long"));
    }
}
