//! Which language to speak: what somebody asks for, in the order of their liking, against what there
//! is.

/// The longest list of languages that is looked at, in bytes.
const LIST_MAX: usize = 1024;
/// How many languages somebody may name.
const COUNT_MAX: usize = 16;

/// Whether this has the form of a language tag (BCP 47): subtags of one to eight letters and digits.
fn is_tag(text: &str) -> bool {
    let subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    text.split('-').all(subtag) && text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
}

/// The `ui_locales` parameter (OIDC Core §3.1.2.1): tags by spaces, the best first. What is no tag
/// is ignored.
pub fn ui_locales(text: &str) -> Vec<String> {
    if text.len() > LIST_MAX {
        return Vec::new();
    }
    text.split(' ').filter(|tag| is_tag(tag)).take(COUNT_MAX).map(str::to_owned).collect()
}

/// `Accept-Language` (RFC 9110 §12.5.4): tags by their weight, those of the same weight in the order
/// in which they came. Whoever takes any language is given the default one.
pub fn accept_language(header: &str) -> Vec<String> {
    if header.len() > LIST_MAX {
        return Vec::new();
    }
    let mut weighted: Vec<(&str, u32)> = header
        .split(',')
        .filter_map(|part| {
            let mut fields = part.split(';').map(str::trim);
            let tag = fields.next().filter(|tag| is_tag(tag))?;
            let weight =
                fields.find_map(|field| field.strip_prefix("q=")).map_or(Some(1000), weight)?;
            (weight > 0).then_some((tag, weight))
        })
        .take(COUNT_MAX)
        .collect();
    weighted.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    weighted.into_iter().map(|(tag, _)| tag.to_owned()).collect()
}

/// A weight in thousandths (RFC 9110 §12.4.2).
fn weight(text: &str) -> Option<u32> {
    let weight: f32 = text.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 1000")]
    (0.0..=1.0).contains(&weight).then(|| (weight * 1000.0).round() as u32)
}

/// The first language that is asked for and available, as its place in `available`: by the whole
/// tag, or by as much of its beginning as it takes (RFC 4647 §3.4, lookup).
pub fn lookup<S: AsRef<str>>(asked: &[S], available: &[&str]) -> Option<usize> {
    asked.iter().find_map(|tag| {
        let mut range = tag.as_ref();
        loop {
            if let Some(found) = available.iter().position(|it| it.eq_ignore_ascii_case(range)) {
                return Some(found);
            }
            range = range.rsplit_once('-')?.0;
            // A single letter only introduces what followed it.
            if let Some((rest, single)) = range.rsplit_once('-')
                && single.len() == 1
            {
                range = rest;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_language_is_read_by_weight() {
        let table: [(&str, &[&str]); 12] = [
            ("de", &["de"]),
            ("de-AT, de;q=0.9, en;q=0.8", &["de-AT", "de", "en"]),
            ("en;q=0.1, de;q=0.9", &["de", "en"]),
            ("fr;q=0.5,de;q=0.5", &["fr", "de"]),
            ("de;q=0, en", &["en"]),
            ("de;q=0.000, en;q=0.001", &["en"]),
            ("*", &[]),
            ("", &[]),
            ("de;q=NaN, en;q=inf, fr;q=-1, it;q=2, es;q=x", &[]),
            ("<script>, de\u{7}, de_DE, en", &["en"]),
            (" de ; q=0.3 , en ; q=0.4 ", &["en", "de"]),
            ("123, -, --, de--AT, verylongsubtag", &[]),
        ];
        for (header, tags) in table {
            assert_eq!(accept_language(header), tags, "{header}");
        }
        assert!(accept_language(&"de,".repeat(4000)).is_empty(), "12 kB");
        assert_eq!(accept_language(&"de,".repeat(300)).len(), COUNT_MAX);
    }

    #[test]
    fn ui_locales_are_read_in_their_order() {
        assert_eq!(ui_locales("fr-CA fr en"), ["fr-CA", "fr", "en"]);
        assert_eq!(ui_locales(" \u{202e} <b> de\n en"), ["en"]);
        assert!(ui_locales("").is_empty());
        assert!(ui_locales(&"x".repeat(10_000)).is_empty());
    }

    #[test]
    fn a_language_is_found_by_as_much_of_its_tag_as_it_takes() {
        let available = ["en", "de", "pt-BR", "zh-Hant"];
        let table: [(&[&str], Option<usize>); 10] = [
            (&["de"], Some(1)),
            (&["DE-at"], Some(1)),
            (&["de-CH-1996"], Some(1)),
            (&["fr", "de", "en"], Some(1)),
            (&["pt-BR"], Some(2)),
            (&["pt"], None),
            (&["pt-PT", "en-GB"], Some(0)),
            (&["zh-Hant-TW"], Some(3)),
            (&["en-a-myext-b-another"], Some(0)),
            (&["fr"], None),
        ];
        for (asked, found) in table {
            assert_eq!(lookup(asked, &available), found, "{asked:?}");
        }
    }
}
