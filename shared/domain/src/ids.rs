//! Identities: opaque strings with a prefix that says what they name (`usr_01J…`, `cmp_01J…`).

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use crate::Timestamp;

/// The longest id that is accepted from outside, in bytes.
pub const ID_BYTES_MAX: usize = 80;

/// The largest number that is understood as an id.
const NUMBER_MAX: u64 = u32::MAX as u64;

/// `true` when `text` can be an id: 1 to 80 of `A-Z a-z 0-9 _ - .`, so that it never needs escaping in a key
/// or a path.
pub fn is_id(text: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// The text behind a prefix of a new id: 26 characters that sort by `at`, or that follow from an
/// idempotency key alone, so that a repeated request names the same thing.
pub fn fresh(at: Timestamp, chance: u128) -> String {
    Ulid::from_parts(u64::try_from(at.as_millis()).unwrap_or(0), chance).to_string()
}

/// The text behind a prefix of an id that follows from `parts` alone: the same parts, the same id.
pub fn derived(parts: &[&str]) -> String {
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest(parts)[..16]);
    Ulid::from(u128::from_be_bytes(bytes)).to_string()
}

/// Eleven characters that stand for `parts`, to recognise a repeat (64 bits of SHA-256).
pub fn fingerprint(parts: &[&str]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&digest(parts)[..8])
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident = $prefix:literal,)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What ids of this kind begin with when dibs makes them.
            pub const PREFIX: &'static str = $prefix;

            /// A new id around [`fresh`] or [`derived`] text.
            pub fn new(text: impl fmt::Display) -> Self {
                Self(format!("{}_{text}", $prefix))
            }

            /// The id that `text` names, or `None` when no id looks like that.
            pub fn parse(text: &str) -> Option<Self> {
                is_id(text).then(|| Self(text.to_owned()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = deserializer.deserialize_any(IdText)?;
                Self::parse(&text).ok_or_else(|| de::Error::custom("is not an id"))
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
                id_schema()
            }
        }
    )+};
}

ids! {
    /// Someone with an account.
    UserId = "usr",
    /// A campaign: what the API calls an event.
    CampaignId = "cmp",
    /// A reward in the catalogue.
    RewardId = "rwd",
    /// A chain of refresh tokens that began with one sign-in.
    SessionId = "ses",
    /// A waiting room.
    QueueId = "que",
    /// A concert.
    ConcertId = "con",
    /// A product of the shop.
    ProductId = "prd",
    /// A time deal.
    DealId = "tdl",
    /// A report of the payment provider that could not be booked.
    ReportId = "rep",
}

macro_rules! owned_ids {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {$(
        $(#[doc = $doc])+
        ///
        /// It says whose it is, so that it is found in its owner's partition: `usr_01J…:01J…`.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            owner: UserId,
            name: String,
        }

        impl $name {
            /// The id of what is called `name` among the things of `owner`.
            pub fn new(owner: UserId, name: impl fmt::Display) -> Self {
                Self { owner, name: name.to_string() }
            }

            /// The id that `text` names, or `None` when no id looks like that.
            pub fn parse(text: &str) -> Option<Self> {
                let (owner, name) = text.split_once(':')?;
                Some(Self { owner: UserId::parse(owner)?, name: is_id(name).then(|| name.to_owned())? })
            }

            /// Whose it is.
            pub const fn owner(&self) -> &UserId {
                &self.owner
            }

            /// What it is called among the things of its owner.
            pub fn name(&self) -> &str {
                &self.name
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:{}", self.owner, self.name)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| de::Error::custom("is not an id"))
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
                json_schema!({
                    "type": "string",
                    "minLength": 3,
                    "maxLength": 2 * ID_BYTES_MAX + 1,
                    "pattern": format!("^[A-Za-z0-9_.-]{{1,{ID_BYTES_MAX}}}:[A-Za-z0-9_.-]{{1,{ID_BYTES_MAX}}}$"),
                })
            }
        }
    )+};
}

owned_ids! {
    /// Seats that are held for somebody, or theirs.
    ReservationId,
    /// A payment: its name is the number of its entry in the payer's ledger.
    PaymentId,
    /// An order of a deal.
    OrderId,
}

/// What an id may look like on the wire. A number is understood as its decimal text.
pub(crate) fn id_schema() -> Schema {
    json_schema!({
        "type": ["string", "integer"],
        "minLength": 1,
        "maxLength": ID_BYTES_MAX,
        "pattern": "^[A-Za-z0-9_.-]+$",
        "minimum": 0,
        "maximum": NUMBER_MAX,
    })
}

pub(crate) struct IdText;

impl de::Visitor<'_> for IdText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id")
    }
    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
        if number > NUMBER_MAX { Err(E::custom("is not an id")) } else { Ok(number.to_string()) }
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<String, E> {
        // JSON knows no integers: 1.0 is the number 1.
        if number.fract() == 0.0 && (0.0..=NUMBER_MAX as f64).contains(&number) {
            return Ok(format!("{number:.0}"));
        }
        Err(E::custom("is not an id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_understood_as_an_id() {
        assert_eq!(serde_json::from_str::<UserId>("1").unwrap().as_str(), "1");
        assert_eq!(serde_json::from_str::<UserId>("\"1\"").unwrap().as_str(), "1");
        assert!(serde_json::from_str::<UserId>("\"a#b\"").is_err());
        assert!(serde_json::from_str::<UserId>("-1").is_err());
    }

    #[test]
    fn derived_ids_keep_their_parts_apart() {
        assert_eq!(derived(&["a", "b"]), derived(&["a", "b"]));
        assert_ne!(derived(&["a", "b"]), derived(&["ab", ""]));
    }
}
