//! A language that nobody speaks, made of English, in builds for developers: longer, with accents
//! on every letter, and from right to left. What on a page has no accents is not from the catalogue,
//! and what would break in a longer language, or in Arabic, breaks in it. Nobody is offered it; who
//! asks for it by its tag gets it.

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::{parser, serializer};

/// Its tag: English with the private region of pseudo-locales that run from right to left.
pub(super) const TAG: &str = "en-XB";

/// A mark that has the direction of Arabic and no width.
const RIGHT_TO_LEFT: &str = "\u{200f}";

/// An English file in that language.
pub(super) fn of_english(source: &str) -> String {
    // Where the file itself is wrong, it is complained of elsewhere.
    let parsed = parser::parse(source.to_owned());
    let mut file = parsed.unwrap_or_else(|(readable, _)| readable);
    for entry in &mut file.body {
        let Entry::Message(message) = entry else { continue };
        let Some(pattern) = &mut message.value else { continue };
        match message.id.name.as_str() {
            "language-name" => plain(pattern, "Pseudo"),
            "language-direction" => plain(pattern, "rtl"),
            _ => {
                pretend(pattern);
                let mark = || PatternElement::TextElement { value: RIGHT_TO_LEFT.to_owned() };
                pattern.elements.insert(0, mark());
                pattern.elements.push(mark());
            }
        }
    }
    serializer::serialize(&file)
}

fn plain(pattern: &mut Pattern<String>, text: &str) {
    pattern.elements = vec![PatternElement::TextElement { value: text.to_owned() }];
}

fn pretend(pattern: &mut Pattern<String>) {
    for element in &mut pattern.elements {
        match element {
            PatternElement::TextElement { value } => *value = accented(value),
            PatternElement::Placeable { expression } => pretend_in(expression),
        }
    }
}

fn pretend_in(expression: &mut Expression<String>) {
    match expression {
        Expression::Select { variants, .. } => {
            for variant in variants {
                pretend(&mut variant.value);
            }
        }
        Expression::Inline(InlineExpression::Placeable { expression }) => pretend_in(expression),
        Expression::Inline(_) => {}
    }
}

/// Every letter with an accent, every vowel twice; markup stays as it is.
fn accented(text: &str) -> String {
    let mut made = String::with_capacity(text.len() * 3);
    let mut end = None;
    for letter in text.chars() {
        match (letter, end) {
            ('<', None) => end = Some('>'),
            ('&', None) => end = Some(';'),
            (_, Some(last)) if letter == last => {
                end = None;
                made.push(letter);
                continue;
            }
            _ => {}
        }
        if end.is_some() {
            made.push(letter);
            continue;
        }
        let other = other(letter);
        made.push(other);
        if matches!(letter.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u') {
            made.push(other.to_lowercase().next().unwrap_or(other));
        }
    }
    made
}

fn other(letter: char) -> char {
    const PLAIN: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const ACCENTED: &str = "ÅƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž";
    let at = PLAIN.chars().position(|plain| plain == letter);
    at.and_then(|at| ACCENTED.chars().nth(at)).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_change_and_markup_stays() {
        assert_eq!(
            accented("Sign in to <strong class=\"x\">it</strong> &amp; go"),
            "Šîîĝñ îîñ ţöö <strong class=\"x\">îîţ</strong> &amp; ĝöö"
        );
        let file =
            of_english("a = Add { $n ->\n    [one] one key\n   *[other] { $n } keys\n } now\n");
        assert!(file.contains("ööñéé ķééý") && file.contains("ķééýš") && file.contains("{ $n }"));
        assert!(!file.contains("Add") && file.contains(RIGHT_TO_LEFT));
    }
}
