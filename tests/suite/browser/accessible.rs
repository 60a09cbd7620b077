//! What every page that a test looks at is held to: the rules of axe-core, narrow and wide, light
//! and dark; no scrolling sideways; and room for text that its reader sets wider.
//!
//! With `FIRSTKEY_AXE=FILE` each look adds a line there: the page, its width, the colour scheme and
//! the rules that hold. `tests/all` sums them up.

use std::io::Write as _;

use firstkey::http::assets::Assets;

use crate::support::browser::Browser;

/// The rules that depend on the colour scheme.
const OF_COLOURS: [&str; 2] = ["color-contrast", "link-in-text-block"];

/// What is cut off, or grows out of its box.
const CLIPPED: &str = "return [...document.body.querySelectorAll('*')].filter((e) => {
    if (!e.checkVisibility() || e.clientWidth <= 1 || e.closest('.sr-only, svg')
        || e.matches('input, select, textarea')) return false;
    const style = getComputedStyle(e), hides = (v) => v === 'hidden' || v === 'clip';
    if (style.display === 'inline') return false;
    const wide = e.scrollWidth > e.clientWidth + 1, high = e.scrollHeight > e.clientHeight + 1;
    return (hides(style.overflowX) && wide) || (hides(style.overflowY) && high)
        || (e.matches('button, .btn, .tag, .state, label, td, dd') && (wide || high));
}).map((e) => e.outerHTML.slice(0, 160));";

/// What WCAG 1.4.12 lets a reader set.
const SPACED: &str = "const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important } p { margin-block-end: 2em !important }`);
    document.adoptedStyleSheets = [sheet];";

/// Whether this page, at this width, breaks no rule.
async fn abides(browser: &Browser, page: &str, width: u32) {
    for (dark, rules) in [(false, None), (true, Some(&OF_COLOURS[..]))] {
        let shade = if dark { "dark" } else { "light" };
        let found = browser.axe(dark, rules).await;
        assert!(
            found.broken.is_empty(),
            "{page} at {width} px, {shade}:\n  {}",
            found.broken.join("\n  ")
        );
        if let Some(path) = std::env::var_os("FIRSTKEY_AXE") {
            let line = format!("{page} {width} {shade} {}\n", found.held.join(" "));
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
            file.and_then(|mut file| file.write_all(line.as_bytes())).expect("a place for it");
        }
    }
}

/// Looks at the page as it is, at three widths.
pub(super) async fn check(browser: &Browser, page: &str) {
    for width in [1280, 768, 320] {
        browser.set_viewport(width, 800, false).await;
        assert!(!browser.overflows().await, "{page} is wider than {width} px");
        if width != 768 {
            abides(browser, page, width).await;
        }
    }
    browser.script(SPACED).await;
    let clipped = browser.script(CLIPPED).await;
    assert!(!browser.overflows().await, "{page} is too wide when its text is spaced");
    assert_eq!(clipped, serde_json::json!([]), "{page} cuts off text that is spaced");
    browser.script("document.adoptedStyleSheets = [];").await;
}

/// The brightness of a colour by WCAG: 0 is black, 1 is white.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour");
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

/// axe-core cannot tell what lies behind text on the warm light at the head of a page.
#[test]
fn text_stands_out_on_every_ground_that_it_may_lie_on() {
    let css = Assets::text("tokens.css").expect("the colours");
    let (light, dark) = css.split_once("@media (prefers-color-scheme: dark)").expect("two schemes");
    let colour = |scheme: &str, name: &str| {
        let found = scheme.lines().find_map(|line| {
            let (found, value) = line.trim().strip_prefix("--")?.split_once(':')?;
            (found == name).then(|| value.trim().trim_end_matches(';').to_owned())
        });
        found.unwrap_or_else(|| panic!("--{name}"))
    };
    let grounds = ["ground", "dawn", "surface", "surface-sunk", "accent-soft"];
    for scheme in [light, dark] {
        for (least, over, under) in [
            (4.5, "text", &grounds[..]),
            (4.5, "text-muted", &grounds[..]),
            (4.5, "accent-text", &grounds[..]),
            (4.5, "on-accent", &["accent", "accent-strong"]),
            (4.5, "bad", &["ground", "surface", "bad-soft"]),
            (3.0, "line-field", &["surface"]),
            (3.0, "focus", &grounds[..]),
        ] {
            for ground in under {
                let [a, b] = [over, ground].map(|name| luminance(&colour(scheme, name)));
                let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(contrast >= least, "--{over} on --{ground}: {contrast:.2}");
            }
        }
    }
}
