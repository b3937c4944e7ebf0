//! Ids: opaque strings with a prefix for their kind (`usr_01J…`, `cmp_01J…`).

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use crate::Timestamp;

/// Maximum length of an id in a request, in bytes.
pub const ID_BYTES_MAX: usize = 80;

/// Largest JSON number that is accepted as an id.
const NUMBER_MAX: u64 = u32::MAX as u64;

/// Returns `true` if `text` is a valid id: 1 to 80 characters of `A-Z a-z 0-9 _ - .`. Such ids need no
/// escaping in keys and paths.
pub fn is_id(text: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// Random number of a write. It distinguishes the write from one of equal content that another request makes in the
/// same millisecond, and the request recognizes its own write by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(pub u64);

impl Nonce {
    /// Number of no request: entities have it that were written without one.
    pub const NONE: Self = Self(0);

    /// Returns `true` if it is the number of no request.
    pub const fn is_none(&self) -> bool {
        self.0 == 0
    }

    /// Creates a nonce from the high half of 128 random bits.
    pub const fn new(entropy: u128) -> Self {
        Self((entropy >> 64) as u64)
    }
}

/// Returns a new id without prefix: 26 characters (a ULID) that sort by `at`. The random part is `entropy`.
pub fn fresh(at: Timestamp, entropy: u128) -> String {
    Ulid::from_parts(u64::try_from(at.as_millis()).unwrap_or(0), entropy).to_string()
}

/// Returns an id without prefix that is derived from `parts`. Equal parts give equal ids, so a repeated
/// request with the same idempotency key names the same resource.
pub fn derived(parts: &[&str]) -> String {
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest(parts)[..16]);
    Ulid::from(u128::from_be_bytes(bytes)).to_string()
}

/// Returns a fingerprint of `parts` in 11 characters (64 bits of SHA-256), to recognize repeated requests.
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
            /// Prefix of ids of this kind that dibs creates.
            pub const PREFIX: &'static str = $prefix;

            /// Creates an id from the text that [`fresh`] or [`derived`] returned.
            pub fn new(text: impl fmt::Display) -> Self {
                Self(format!("{}_{text}", $prefix))
            }

            /// Parses `text`. Returns `None` if it is not a valid id. The prefix is not checked.
            pub fn parse(text: &str) -> Option<Self> {
                is_id(text).then(|| Self(text.to_owned()))
            }

            /// Returns the id as text.
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
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                id_schema(generator)
            }
        }
    )+};
}

ids! {
    /// Id of a user account.
    UserId = "usr",
    /// Id of a campaign, which the API calls an event.
    CampaignId = "cmp",
    /// Id of a reward in the catalog.
    RewardId = "rwd",
    /// Id of a session, the chain of refresh tokens that began with one sign-in.
    SessionId = "ses",
    /// Id of a waiting room, which the API calls a queue.
    QueueId = "que",
    /// Id of a concert.
    ConcertId = "con",
    /// Id of a product.
    ProductId = "prd",
    /// Id of a time deal.
    DealId = "tdl",
    /// Id of a payment provider's report that could not be booked.
    ReportId = "rep",
    /// Id of a webhook.
    WebhookId = "whk",
}

macro_rules! owned_ids {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {$(
        $(#[doc = $doc])+
        ///
        /// Contains the id of its owner, whose partition stores it: `usr_01J…:01J…`.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            owner: UserId,
            name: String,
        }

        impl $name {
            /// Creates the id with this `name`, which is unique among the resources of `owner`.
            pub fn new(owner: UserId, name: impl fmt::Display) -> Self {
                Self { owner, name: name.to_string() }
            }

            /// Parses `text`. Returns `None` if it is not a valid id.
            pub fn parse(text: &str) -> Option<Self> {
                let (owner, name) = text.split_once(':')?;
                Some(Self { owner: UserId::parse(owner)?, name: is_id(name).then(|| name.to_owned())? })
            }

            /// Returns the owner of the resource.
            pub const fn owner(&self) -> &UserId {
                &self.owner
            }

            /// Returns the part of the id that is unique within the owner.
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
    /// Id of a seat reservation.
    ReservationId,
    /// Id of a payment. Its name is the number of the entry in the payer's ledger.
    PaymentId,
    /// Id of an order of a deal.
    OrderId,
}

/// Returns the JSON schema of an id. A number in a request is converted to its decimal text.
pub(crate) fn id_schema(generator: &SchemaGenerator) -> Schema {
    if generator.contract().is_serialize() {
        return json_schema!({"type": "string"});
    }
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
        // JSON does not distinguish integers: 1.0 is the number 1.
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
