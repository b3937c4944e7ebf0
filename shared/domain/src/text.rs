//! Texts that people read: names, reasons and descriptions. They must contain visible characters and must not
//! change how surrounding text is displayed.
//!
//! The types validate request data. Stored data remains plain text, so that data from before these rules can
//! still be read.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use icu_normalizer::ComposingNormalizerBorrowed;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// Control characters, the two separators that end lines in JavaScript, and the characters that embed,
/// override or isolate a text direction (Unicode UAX #9). The latter make a text look different from its
/// content. Plain direction marks are allowed, since Arabic and Hebrew names need them.
macro_rules! control {
    () => {
        "\u{0}-\u{9}\u{b}\u{c}\u{e}-\u{1f}\u{7f}-\u{9f}\u{2028}-\u{202e}\u{2066}-\u{2069}"
    };
}

/// Invisible characters: white space and Unicode's `Default_Ignorable_Code_Point`. They are allowed within a
/// name (emoji are joined by them), but not alone.
macro_rules! blank {
    () => {
        " \u{a0}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{1680}\u{17b4}\u{17b5}\u{180b}-\u{180f}\u{2000}-\u{200f}\
         \u{202f}\u{205f}-\u{206f}\u{2800}\u{3000}\u{3164}\u{fe00}-\u{fe0f}\u{feff}\u{ffa0}\u{fff0}-\u{fff8}\
         \u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}"
    };
}

/// Pattern in the JSON schema of a [`LineText`].
pub const LINE_PATTERN: &str = concat!(
    "^[\\n\\r]*[^\\n\\r",
    control!(),
    "]*[^\\n\\r",
    control!(),
    blank!(),
    "][^\\n\\r",
    control!(),
    "]*[\\n\\r]*$"
);
/// Pattern in the JSON schema of a [`Prose`].
pub const PROSE_PATTERN: &str = concat!("^[^", control!(), "]*$");

/// Error message for text that does not match [`LINE_PATTERN`].
pub const LINE_PROBLEM: &str = "must be visible text in one line: no control characters or line ends, no characters that turn the \
                                direction of text, and not only blanks";
/// Error message for text that does not match [`PROSE_PATTERN`].
pub const PROSE_PROBLEM: &str =
    "must have no control characters but line feeds, and no characters that turn the direction of text";

/// Visible text in one line, of `MIN` to `MAX` characters after NFC normalization and trimming.
#[derive(Clone, PartialEq, Eq)]
pub struct LineText<const MIN: usize, const MAX: usize>(String);

/// Name of a resource, or reason for a decision: 1 to 200 characters.
pub type Title = LineText<1, 200>;

/// Text of at most `MAX` characters after NFC normalization and trimming. It may be empty and may contain
/// line feeds; other line ends become line feeds.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Prose<const MAX: usize>(String);

/// Description of a resource: up to 2,000 characters.
pub type Description = Prose<2000>;

/// Normalizes `text` to its stored form: NFC, trimmed, with line feeds as the only line ends.
pub fn normalized(text: &str) -> String {
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let is_around = |letter: char| letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{feff}');
    ComposingNormalizerBorrowed::new_nfc().normalize(&text).trim_matches(is_around).to_owned()
}

/// Returns the number of characters that counts for the bounds of a [`LineText`] or a [`Prose`].
pub fn length(text: &str) -> usize {
    normalized(text).chars().count()
}

fn is_control(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\r')
        || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

const fn is_blank(letter: char) -> bool {
    matches!(
        letter,
        ' ' | '\u{a0}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{1680}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2000}'..='\u{200f}'
            | '\u{202f}'
            | '\u{205f}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3000}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

impl<const MIN: usize, const MAX: usize> LineText<MIN, MAX> {
    /// Validates and normalizes `text`.
    ///
    /// # Errors
    /// A message that names the violated rule.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Surrounding line ends are trimmed like blanks.
        let is_line_end = |letter| matches!(letter, '\n' | '\r');
        let line = text.trim_matches(is_line_end);
        if line.contains(|letter| is_control(letter) || is_line_end(letter)) || line.chars().all(is_blank) {
            return Err(LINE_PROBLEM.to_owned());
        }
        bounded(text, MIN, MAX).map(Self)
    }

    /// Returns the text unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Prose<MAX> {
    /// Validates and normalizes `text`.
    ///
    /// # Errors
    /// A message that names the violated rule.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains(is_control) {
            return Err(PROSE_PROBLEM.to_owned());
        }
        bounded(text, 0, MAX).map(Self)
    }
}

fn bounded(text: &str, min: usize, max: usize) -> Result<String, String> {
    let text = normalized(text);
    let count = text.chars().count();
    if count < min {
        return Err(format!("must have at least {min} characters"));
    }
    if count > max { Err(format!("must have at most {max} characters")) } else { Ok(text) }
}

macro_rules! texts {
    ($([$($bounds:tt)*] $name:ty, $schema:tt;)+) => {$(
        impl<$($bounds)*> Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl<$($bounds)*> From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        /// Hides the text, since personal names must stay out of logs.
        impl<$($bounds)*> fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
        }

        impl<'de, $($bounds)*> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(de::Error::custom)
            }
        }

        impl<$($bounds)*> JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                "Text".into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )+};
}

texts! {
    [const MIN: usize, const MAX: usize] LineText<MIN, MAX>, {
        "type": "string", "minLength": MIN, "maxLength": MAX, "pattern": LINE_PATTERN
    };
    [const MAX: usize] Prose<MAX>, {"type": "string", "maxLength": MAX, "pattern": PROSE_PATTERN};
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn line(text: &str) -> Option<String> {
        LineText::<1, 5>::parse(text).ok().map(Into::into)
    }

    #[test]
    fn text_that_shows_nothing_is_no_line() {
        for text in [
            "",
            " ",
            "\u{200b}\u{200b}",
            "\u{3164}",
            "\u{2800}\u{a0}",
            "\u{feff}",
            "\u{e0041}",
            "\u{200d}\u{fe0f}",
        ] {
            assert_eq!(line(text), None, "{text:?}");
        }
    }

    #[test]
    fn controls_and_turns_of_direction_are_refused_anywhere() {
        for odd in [
            "\0", "\t", "\n", "\r", "\u{1b}", "\u{7f}", "\u{85}", "\u{2028}", "\u{2029}", "\u{202a}",
            "\u{202e}", "\u{2066}", "\u{2069}",
        ] {
            for text in [format!("a{odd}"), format!("{odd}a"), format!("a{odd}b")] {
                // Line ends around a line are trimmed like blanks.
                let is_around = matches!(odd, "\n" | "\r") && !text.ends_with('b');
                assert_eq!(line(&text), is_around.then(|| "a".to_owned()), "{text:?}");
                assert_eq!(Prose::<9>::parse(&text).is_ok(), matches!(odd, "\n" | "\r"), "{text:?}");
            }
        }
    }

    #[test]
    fn what_people_write_is_a_line() {
        for text in ["김민", "👨‍👩‍👧", "❤️", "ש\u{200f}ל", "می\u{200c}خ", "a b", "=1+1"]
        {
            assert_eq!(line(text).as_deref(), Some(text), "{text:?}");
        }
    }

    #[test]
    fn length_is_counted_after_composing_and_trimming() {
        let apart = "\u{1112}\u{1161}\u{11ab}".repeat(5);
        assert_eq!(line(&apart).as_deref(), Some("한한한한한"), "15 letters that are 5 syllables");
        assert_eq!(line("  abcde\u{3000}\u{200b}").as_deref(), Some("abcde"));
        assert_eq!(line("abcdef"), None, "longer than 5");
        assert!(LineText::<2, 5>::parse(" a ").is_err(), "shorter than 2");
        assert_eq!(length(" e\u{301} "), 1);
    }

    #[test]
    fn prose_may_be_empty_and_has_line_feeds() {
        let prose = |text: &str| Prose::<5>::parse(text).map(String::from);
        assert_eq!(prose("a\r\nb\rc"), Ok("a\nb\nc".to_owned()));
        assert_eq!(prose(" \n"), Ok(String::new()));
        assert!(prose("abcdef").is_err());
    }

    #[test]
    fn nothing_is_printed() {
        assert!(!format!("{:?}", Title::parse("Kim Minji")).contains("Kim"));
    }

    proptest! {
        #[test]
        fn pattern_says_what_the_type_does(text in "[ a가\\n\\r\\t\\u{0}\\u{200b}\\u{202e}\\u{3164}\\u{2028}\\u{fe0f}\\u{e0041}\\u{85}]{0,4}|\\PC{0,4}|.{0,3}") {
            let fits = |pattern: &str| {
                let schema = json!({"type": "string", "pattern": pattern});
                jsonschema::is_valid(&schema, &json!(text))
            };
            prop_assert_eq!(fits(LINE_PATTERN), LineText::<0, 99>::parse(&text).is_ok());
            prop_assert_eq!(fits(PROSE_PATTERN), Prose::<99>::parse(&text).is_ok());
        }

        #[test]
        fn kept_text_is_kept_as_it_is(text in ".{0,20}") {
            let once = normalized(&text);
            prop_assert_eq!(normalized(&once), once);
        }
    }
}
