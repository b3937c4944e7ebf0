//! Text types of an account: e-mail, phone, password, invite code and name. Each validates when it is parsed,
//! and its JSON schema accepts the same texts as the parser.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::text::LineText;

macro_rules! texts {
    ($($(#[$meta:meta])+ $name:ident: $check:ident, $problem:literal, $schema:tt;)+) => {$(
        $(#[$meta])+
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Parses `text`. Returns `None` if it is invalid.
            pub fn parse(text: &str) -> Option<Self> {
                $check(text).map(Self)
            }

            /// Returns the text unchanged.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Prints only the type name, so that personal data and secrets stay out of logs.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| de::Error::custom($problem))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
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
    /// E-mail address of up to 255 ASCII characters. Surrounding spaces are removed. An international host
    /// name must be in its `xn--` form.
    #[derive(Serialize)]
    #[serde(transparent)]
    Email: email, "is not an e-mail address", {
        "type": "string",
        "maxLength": 255,
        "pattern": concat!(
            "^ *[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*",
            "@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+ *$"
        ),
        "examples": ["kim@example.com"],
    };
    /// Korean mobile number, with or without hyphens.
    #[derive(Serialize)]
    #[serde(transparent)]
    Phone: phone, "is not a mobile number", {
        "type": "string",
        "pattern": "^01[0-9]-?[0-9]{3,4}-?[0-9]{4}$",
        "examples": ["010-1234-5678"],
    };
    /// New password in plain text, 8 to 100 characters. It is hashed and dropped; it can be neither
    /// serialized nor printed.
    Password: password, "must have 8 to 100 characters", {
        "type": "string",
        "format": "password",
        "minLength": 8,
        "maxLength": 100,
        "examples": ["correct horse battery"],
    };
    /// Invite code: eight Crockford base-32 characters. Parsing is case-insensitive and maps I and L to 1 and
    /// O to 0.
    #[derive(Serialize)]
    #[serde(transparent)]
    InviteCode: invite_code, "is not an invite code", {
        "type": "string",
        "pattern": "^[0-9A-TV-Za-tv-z]{8}$",
        "examples": ["7K9M2PQX"],
    };
}

/// Name of a person in a request: visible text of 2 to 100 characters.
pub type NewName = LineText<2, 100>;

/// Name of a person as stored. Accounts that predate [`NewName`] may have any text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Name(String);

impl Name {
    /// Parses `text`. Returns `None` if it is not a valid [`NewName`].
    pub fn parse(text: &str) -> Option<Self> {
        NewName::parse(text).ok().map(Self::from)
    }

    /// Returns the text unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<NewName> for Name {
    fn from(name: NewName) -> Self {
        Self(name.into())
    }
}

/// Prints only the type name, since a name is personal data.
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name")
    }
}

impl Email {
    /// Returns the uniqueness key: the address in lower case, since mail servers ignore case in practice.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const INVITE_CODE_LENGTH: usize = 8;

impl InviteCode {
    /// Creates a code from the low 40 bits of `entropy`, a random number.
    pub fn new(entropy: u128) -> Self {
        let digit = |place: usize| char::from(CROCKFORD[(entropy >> (5 * place)) as usize % CROCKFORD.len()]);
        Self((0..INVITE_CODE_LENGTH).map(digit).collect())
    }
}

/// Password hash in PHC string format, which includes algorithm and parameters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a PHC string so that it cannot be printed.
    pub fn new(phc: impl Into<String>) -> Self {
        Self(phc.into())
    }

    /// Returns the PHC string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

fn email(text: &str) -> Option<String> {
    let address = text.trim_matches(' ');
    let (mailbox, host) = address.rsplit_once('@')?;
    let is_atom = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte))
    };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let fits = text.len() <= 255
        && mailbox.split('.').all(is_atom)
        && host.contains('.')
        && host.split('.').all(is_label);
    fits.then(|| address.to_owned())
}

fn password(text: &str) -> Option<String> {
    (8..=100).contains(&text.chars().count()).then(|| text.to_owned())
}

fn phone(text: &str) -> Option<String> {
    let digits_of = |part: &str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let rest = text.strip_prefix("01")?;
    let (network, rest) = rest.split_at_checked(1)?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let fits = digits_of(network, &[1])
        && match rest.split_once('-') {
            Some((middle, last)) => digits_of(middle, &[3, 4]) && digits_of(last, &[4]),
            None => digits_of(rest, &[7, 8]),
        };
    fits.then(|| text.to_owned())
}

fn invite_code(text: &str) -> Option<String> {
    let digit = |letter: char| match letter.to_ascii_uppercase() {
        'I' | 'L' => Some('1'),
        'O' => Some('0'),
        other => u8::try_from(other).is_ok_and(|byte| CROCKFORD.contains(&byte)).then_some(other),
    };
    if text.len() == INVITE_CODE_LENGTH { text.chars().map(digit).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use assertions::assert_each_eq;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Returns the verdict of `T`'s JSON schema and that of its parser, which must be equal.
    fn accepts<T: JsonSchema + serde::de::DeserializeOwned>(text: &str) -> (bool, bool) {
        let schema = T::json_schema(&mut SchemaGenerator::default()).to_value();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let value = Value::String(text.to_owned());
        (validator.is_valid(&value), serde_json::from_value::<T>(value).is_ok())
    }

    fn check<T: JsonSchema + serde::de::DeserializeOwned>(good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(accepts::<T>(text), (true, true), "{text:?}");
        }
        for text in bad {
            assert_eq!(accepts::<T>(text), (false, false), "{text:?}");
        }
    }

    #[test]
    fn e_mail_addresses() {
        let (long, longer) = (format!("{}@b.co", "a".repeat(250)), format!("{}@b.co", "a".repeat(251)));
        let label = "b".repeat(64);
        check::<Email>(
            &["a@b.co", " Kim.Lee+x@sub.Example.COM ", "o'neil@x-y.org", "a#b@c.d", &long],
            &[
                "",
                "a",
                "a@b",
                "@b.co",
                "a@",
                "a@b..co",
                "a..b@c.de",
                ".a@b.co",
                "a.@b.co",
                "a b@c.de",
                "a@b@c.de",
                "a@-b.co",
                "a@b-.co",
                "a@b.co\n",
                "\ta@b.co",
                "김@b.co",
                "a@b.한국",
                "a@[127.0.0.1]",
                &longer,
                &format!("a@{label}.co"),
            ],
        );
        assert_eq!(Email::parse(" Kim@Example.COM").unwrap().as_str(), "Kim@Example.COM");
        assert_eq!(Email::parse(" Kim@Example.COM").unwrap().key(), "kim@example.com");
    }

    #[test]
    fn phones_names_passwords_and_codes() {
        check::<Phone>(
            &["01012345678", "0101234567", "010-1234-5678", "011-123-4567", "010-12345678", "0101234-5678"],
            &[
                "",
                "010",
                "02-123-4567",
                "010-12-5678",
                "010--1234-5678",
                "010-1234-56789",
                "+821012345678",
                "01०-1234-5678",
            ],
        );
        check::<NewName>(
            &["ab", "김민", &"x".repeat(100), &"김".repeat(100)],
            &["", "a", "김", &"김".repeat(101), "\u{200b}\u{200b}", "a\nb", "abc\u{202e}def"],
        );
        check::<Password>(&["12345678", &"비".repeat(100)], &["1234567", &"x".repeat(101)]);
        check::<InviteCode>(
            &["7K9M2PQX", "7k9m2pqx", "ILOilo00"],
            &["", "7K9M2PQ", "7K9M2PQXX", "UUUUUUUU", "7K9M2PQ-"],
        );
        assert_eq!(InviteCode::parse("oiLm2pqx").unwrap().as_str(), "011M2PQX");
    }

    #[test]
    fn name_from_before_the_rule_is_still_read() {
        let kept: Name = serde_json::from_str(r#""\u200b\u200b""#).unwrap();
        assert_each_eq!((kept.as_str(), "\u{200b}\u{200b}"), (Name::parse(kept.as_str()), None));
    }

    #[test]
    fn nothing_personal_is_printed() {
        let shown = format!("{:?} {:?}", Password::parse("hunter2hunter2"), PasswordHash::new("$argon2id$x"));
        assert!(!shown.contains("hunter2") && !shown.contains("argon2"), "{shown}");
    }

    proptest! {
        #[test]
        fn a_schema_accepts_what_its_type_does(text in "[ a-cA-C0-9.@#_김-]{0,12}", address in " ?[a.+-]{0,4}@[a.-]{0,6}") {
            for (schema, parsed) in [
                accepts::<Email>(&text), accepts::<Email>(&address), accepts::<InviteCode>(&text),
                accepts::<Password>(&text),
            ] {
                prop_assert_eq!(schema, parsed);
            }
        }

        #[test]
        fn a_schema_accepts_the_phones_that_its_type_does(text in "01[0-9]-{0,2}[0-9]{2,5}-{0,2}[0-9]{3,5}") {
            let (schema, parsed) = accepts::<Phone>(&text);
            prop_assert_eq!(schema, parsed);
        }

        #[test]
        fn a_made_code_is_read_as_itself(entropy: u128) {
            let code = InviteCode::new(entropy);
            prop_assert_eq!(InviteCode::parse(&code.as_str().to_lowercase()), Some(code));
        }
    }
}
