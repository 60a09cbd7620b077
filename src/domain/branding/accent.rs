//! An organisation's colour on our pages: whatever is chosen, what is written in it and on it can be
//! read (WCAG 2.2: 4.5:1 for text, 3:1 for the shapes of controls), on light and on dark.

use std::fmt::Write as _;

use super::Colour;

/// Text needs this much contrast (WCAG 2.2, 1.4.3).
pub const TEXT: f64 = 4.5;
/// The shape of a control needs this much (WCAG 2.2, 1.4.11).
pub const SHAPE: f64 = 3.0;

/// What an accent lies beside: the colours of `static/tokens.css`.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// What can lie under something that is written in the accent.
    pub backgrounds: [Colour; 4],
    /// What a card is.
    pub surface: Colour,
    /// What is written on the soft accent.
    pub texts: [Colour; 2],
    dark: bool,
}

/// By day.
pub const LIGHT: Ground = Ground {
    backgrounds: [
        Colour(0xff, 0xff, 0xff),
        Colour(0xf4, 0xf5, 0xf1),
        Colour(0xf7, 0xf8, 0xf5),
        Colour(0xff, 0xe1, 0xbd),
    ],
    surface: Colour(0xff, 0xff, 0xff),
    texts: [Colour(0x18, 0x20, 0x1d), Colour(0x56, 0x61, 0x5c)],
    dark: false,
};

/// By night.
pub const DARK: Ground = Ground {
    backgrounds: [
        Colour(0x18, 0x1e, 0x1c),
        Colour(0x0f, 0x14, 0x13),
        Colour(0x1e, 0x25, 0x23),
        Colour(0x3d, 0x2c, 0x18),
    ],
    surface: Colour(0x18, 0x1e, 0x1c),
    texts: [Colour(0xea, 0xef, 0xec), Colour(0xa5, 0xb0, 0xab)],
    dark: true,
};

/// How far one step of looking for contrast goes.
const STEP: f64 = 0.01;

/// The accent and its companions on one ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accents {
    /// Buttons, marks, outlines.
    pub accent: Colour,
    /// A button under the pointer.
    pub strong: Colour,
    /// What lies behind something that is chosen.
    pub soft: Colour,
    /// Links.
    pub text: Colour,
    /// What is written on `accent` and `strong`.
    pub on: Colour,
}

impl Accents {
    fn on(chosen: Colour, ground: &Ground) -> Self {
        let stands_out = |colour: Colour, ratio: f64| {
            ground.backgrounds.iter().all(|it| colour.contrast(*it) >= ratio)
        };
        let away = if ground.dark { STEP } else { -STEP };
        // What has to be lightened for dark pages is made light enough for dark letters, as ours is.
        let enough = |it| if ground.dark && it != chosen { TEXT } else { SHAPE };
        let accent = nearest(chosen, away, |it| stands_out(it, enough(it)));
        // One of them fits: at worst 4.58:1.
        let on = [Colour::WHITE, Colour(0x10, 0x14, 0x12), Colour::BLACK]
            .into_iter()
            .find(|it| it.contrast(accent) >= TEXT)
            .unwrap_or(Colour::BLACK);
        let deeper = if on == Colour::WHITE { -1.0 } else { 1.0 };
        let strong = [0.07, 0.05, -0.05, -0.1, 0.03, -0.03]
            .into_iter()
            .map(|by| accent.lighter(by * deeper))
            .find(|it| *it != accent && it.contrast(on) >= TEXT && stands_out(*it, SHAPE))
            .unwrap_or(accent);
        let soft = (1..=if ground.dark { 16 } else { 12 })
            .rev()
            .map(|percent| ground.surface.under(accent, f64::from(percent) / 100.0))
            .find(|soft| ground.texts.iter().all(|it| it.contrast(*soft) >= TEXT))
            .unwrap_or(ground.surface);
        let text = nearest(accent, away, |it| stands_out(it, TEXT) && it.contrast(soft) >= TEXT);
        Self { accent, strong, soft, text, on }
    }

    /// As declarations of the pages' style sheets.
    fn declare(&self, into: &mut String) {
        let Self { accent, strong, soft, text, on } = self;
        let _ = write!(
            into,
            "--accent:{accent};--accent-strong:{strong};--accent-soft:{soft};\
             --accent-text:{text};--on-accent:{on};--focus:{text}"
        );
    }
}

/// The nearest colour in this direction that will do; at its end is black or white.
fn nearest(from: Colour, step: f64, will_do: impl Fn(Colour) -> bool) -> Colour {
    // Rounding must not change what needs no change.
    let lighter = (1..=100).map(|steps| from.lighter(step * f64::from(steps)));
    let mut colour = from;
    for next in lighter {
        if will_do(colour) {
            break;
        }
        colour = next;
    }
    colour
}

/// The whole of what is made of a chosen colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// What was chosen.
    pub chosen: Colour,
    /// By day.
    pub light: Accents,
    /// By night.
    pub dark: Accents,
}

impl Palette {
    /// Made of this colour.
    pub fn of(chosen: Colour) -> Self {
        Self { chosen, light: Accents::on(chosen, &LIGHT), dark: Accents::on(chosen, &DARK) }
    }

    /// What whoever chose the colour should know.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.light.accent != self.chosen {
            notes.push(format!(
                "On light pages the colour is darkened to {}, since {} is hard to see there.",
                self.light.accent, self.chosen
            ));
        }
        if self.dark.accent != self.chosen {
            notes.push(format!(
                "On dark pages the colour is lightened to {}, since {} is hard to see there.",
                self.dark.accent, self.chosen
            ));
        }
        notes
    }

    /// The style sheet that puts it in place of ours.
    pub fn style_sheet(&self) -> String {
        let mut sheet = String::from(":root{");
        self.light.declare(&mut sheet);
        sheet.push_str("}@media (prefers-color-scheme: dark){:root{");
        self.dark.declare(&mut sheet);
        sheet.push_str("}}\n");
        sheet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a custom property: of light pages, or of dark ones.
    fn token(name: &str, dark: bool) -> Colour {
        let tokens = include_str!("../../../static/tokens.css");
        let (light, night) = tokens.split_once("prefers-color-scheme: dark").unwrap();
        let half = if dark { night } else { light };
        let (_, rest) = half.split_once(&format!("--{name}: ")).unwrap();
        rest.split_once(';').unwrap().0.parse().unwrap()
    }

    #[test]
    fn the_grounds_are_those_of_the_style_sheet() {
        for ground in [LIGHT, DARK] {
            let names = ["surface", "ground", "surface-sunk", "dawn"];
            assert_eq!(ground.backgrounds, names.map(|name| token(name, ground.dark)));
            assert_eq!(ground.texts, ["text", "text-muted"].map(|it| token(it, ground.dark)));
            assert_eq!(ground.surface, token("surface", ground.dark));
        }
    }

    #[test]
    fn whatever_is_chosen_can_be_read() {
        let shades = [0, 1, 17, 34, 51, 85, 102, 118, 119, 127, 136, 153, 187, 204, 238, 254, 255];
        for r in shades {
            for g in shades {
                for b in shades {
                    let palette = Palette::of(Colour(r, g, b));
                    for (of, ground) in [(palette.light, LIGHT), (palette.dark, DARK)] {
                        let told = format!("{} {of:?}", palette.chosen);
                        assert!(of.on.contrast(of.accent) >= TEXT, "on a button: {told}");
                        assert!(of.on.contrast(of.strong) >= TEXT, "under the pointer: {told}");
                        assert!(of.text.contrast(of.soft) >= TEXT, "on what is chosen: {told}");
                        for below in ground.backgrounds {
                            assert!(of.text.contrast(below) >= TEXT, "a link: {told}");
                            assert!(of.accent.contrast(below) >= SHAPE, "a button: {told}");
                        }
                        for text in ground.texts {
                            assert!(text.contrast(of.soft) >= TEXT, "text: {told}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_colour_that_fits_is_left_alone_and_a_change_is_told() {
        let blue = Palette::of("#1f4fd8".parse().unwrap());
        assert_eq!(blue.light.accent, blue.chosen);
        assert_eq!(blue.light.on, Colour::WHITE);
        let yellow = Palette::of("#ffe100".parse().unwrap());
        assert_eq!(yellow.dark.accent, yellow.chosen);
        assert_ne!(yellow.light.accent, yellow.chosen);
        let notes = yellow.notes();
        assert!(notes[0].starts_with("On light pages the colour is darkened to #"), "{notes:?}");
        assert_eq!(notes.len(), 1);
        let night = Palette::of(Colour::BLACK).notes();
        assert!(night[0].starts_with("On dark pages the colour is lightened to #"), "{night:?}");
    }

    #[test]
    fn a_sheet_holds_colours_and_nothing_else() {
        let sheet = Palette::of(Colour(1, 2, 3)).style_sheet();
        assert!(sheet.contains("--on-accent:#ffffff") && sheet.contains("dark){:root{--accent:#"));
        assert_eq!(sheet.matches('#').count(), 12);
    }
}
