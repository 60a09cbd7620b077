//! Pictures are taken by the script, shown by a page, and there are no others.

use std::collections::BTreeSet;
use std::fs;

use super::page::{files, pages, root};
use crate::browser::screenshots::PICTURES;

/// How large a PNG picture is, and that it is one.
pub(crate) fn size(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "no PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn every_picture_is_taken_by_the_script_and_shown_by_a_page() {
    let there: BTreeSet<String> = files("docs/images", "").into_iter().collect();
    let taken: BTreeSet<String> =
        PICTURES.iter().map(|(name, ..)| format!("docs/images/{name}")).collect();
    assert_eq!(there, taken);
    let pages = pages();
    for (name, width, height) in PICTURES {
        let png = fs::read(root().join("docs/images").join(name)).unwrap();
        assert_eq!(size(&png), (width, height), "{name}");
        assert!(png.len() < 150 * 1024, "{name} is too large: {} bytes", png.len());
        let shown = pages.iter().any(|page| page.text.contains(&format!("images/{name})")));
        assert!(shown, "no page shows {name}");
    }
}

#[test]
fn every_picture_is_described_for_whoever_does_not_see_it() {
    for page in pages() {
        for rest in page.prose().split("![").skip(1) {
            let described = rest.split("](").next().unwrap_or_default();
            assert!(described.len() > 30, "{}: {described}", page.path);
        }
    }
}
