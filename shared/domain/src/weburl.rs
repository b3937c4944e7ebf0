//! Web addresses that clients embed into pages.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use url::Url;

/// Maximum length of a [`WebUrl`], in characters.
const LENGTH_MAX: usize = 500;

/// Pattern that every valid address matches. It is necessary, not sufficient; [`WebUrl::parse`] decides.
const PATTERN: &str = "^https?://[A-Za-z0-9._-]+(:[0-9]{1,5})?([/?#][!#-&(-;=?-Z_a-z~]*)?$";

/// Format name in the JSON schema of a [`WebUrl`].
pub const FORMAT: &str = "web-url";

/// Error message for text that is not a [`WebUrl`].
pub const PROBLEM: &str = "must be an http or https address (better https) without user name, password, quotes, angle brackets \
                           and spaces; write what is not ASCII percent-encoded, and hosts in their xn-- form";

/// Web address: `http` or `https`, without credentials, and without characters that end an HTML attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebUrl(String);

impl WebUrl {
    /// Parses `text`. Returns `None` if it is not a valid address.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |letter: char| letter.is_ascii_graphic() && !"\"'<>`{}\\^|[]".contains(letter);
        let (_, rest) = text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
        let is_host = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
        let is_port = (1..=5).contains(&port.len()) && port.bytes().all(|digit| digit.is_ascii_digit());
        let is_authority = !host.is_empty() && host.chars().all(is_host) && is_port;
        let fits = text.len() <= LENGTH_MAX && text.chars().all(is_plain) && is_authority;
        let url = if fits { Url::parse(text).ok()? } else { return None };
        url.has_host().then(|| Self(text.to_owned()))
    }
}

impl From<WebUrl> for String {
    fn from(url: WebUrl) -> Self {
        url.0
    }
}

impl<'de> Deserialize<'de> for WebUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(PROBLEM))
    }
}

impl JsonSchema for WebUrl {
    fn schema_name() -> Cow<'static, str> {
        "WebUrl".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "maxLength": LENGTH_MAX, "pattern": PATTERN, "format": FORMAT,
            "examples": ["https://example.com/1.png"],
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn matches_pattern(text: &str) -> bool {
        jsonschema::is_valid(
            &json!({"type": "string", "maxLength": LENGTH_MAX, "pattern": PATTERN}),
            &json!(text),
        )
    }

    #[test]
    fn addresses_of_pictures_are_accepted() {
        for text in [
            "https://example.com/1.png",
            "http://example.com",
            "https://cdn.example.com:8443/a/b%20c.png?w=1&h=2#x",
            "https://xn--bj0bj06e.kr/a~b_(1).png",
            "http://192.0.2.1:0/",
            "https://example.com:65535?size=2#top",
            "https://example.com/users/a@b.png",
        ] {
            assert!(WebUrl::parse(text).is_some() && matches_pattern(text), "{text}");
        }
    }

    #[test]
    fn what_could_break_out_or_mislead_is_refused() {
        for text in [
            "",
            "example.com/1.png",
            "javascript:alert(1)",
            "data:image/png;base64,AA",
            "ftp://example.com/1.png",
            "HTTPS://example.com",
            "https://",
            "https:///1.png",
            "https://user:password@example.com/1.png",
            "https://user@example.com",
            "https://example.com@evil.test",
            "https://example.com\\@evil.test/",
            "https://example.com/\"onerror=\"alert(1)",
            "https://example.com/<b>",
            "https://example.com/'onerror='alert(1)",
            "https://example.com/a b",
            "https://example.com/\n",
            "https://example.com/그림.png",
        ] {
            assert!(WebUrl::parse(text).is_none() && !matches_pattern(text), "{text}");
        }
        assert!(WebUrl::parse("https://example.com:99999/").is_none(), "a port that is none");
        assert!(WebUrl::parse(&format!("https://example.com/{}", "a".repeat(500))).is_none());
    }

    /// Browsers drop tabs and line ends within an address, so that `java\tscript:` is a script.
    #[test]
    fn control_and_invisible_characters_are_refused_everywhere() {
        let unseen = [
            '\0', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{a0}', '\u{200b}', '\u{202e}',
            '\u{feff}',
        ];
        for character in unseen {
            for (before, after) in [
                ("", "https://example.com/"),
                ("ht", "tps://example.com/"),
                ("https:/", "/example.com/"),
                ("https://exam", "ple.com/"),
                ("https://example.com/a", "b.png"),
                ("https://example.com/a?b=", ""),
            ] {
                let text = format!("{before}{character}{after}");
                assert!(WebUrl::parse(&text).is_none() && !matches_pattern(&text), "{text:?}");
            }
        }
    }

    #[test]
    fn hosts_are_names_in_ascii_or_ipv4_addresses() {
        for text in [
            "https://그림.kr/",
            "https://exämple.com/",
            "https://example。com/",
            "https://[::1]/",
            "https://[2001:db8::1]:8443/1.png",
            "https://::1/",
            "https://%65xample.com/",
            "https://example.com:/",
            "https://example.com:port/",
            "https://example.com:-1/",
            "https://example.com:80:80/",
            "https://example.com:123456/",
            "https://:443/",
        ] {
            assert!(WebUrl::parse(text).is_none() && !matches_pattern(text), "{text}");
        }
        // The pattern counts digits only, and knows nothing of labels.
        for text in ["https://example.com:65536/", "https://256.1.1.1/", "https://xn--a/"] {
            assert!(WebUrl::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_address_has_the_form_of_the_schema(text in "https?://[a-z0-9.:@-]{0,8}[/?#]?[ -~]{0,8}|.{0,12}") {
            prop_assert!(WebUrl::parse(&text).is_none() || matches_pattern(&text));
        }
    }
}
