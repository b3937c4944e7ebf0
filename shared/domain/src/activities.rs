//! Activities: what users did.
//!
//! They are kept as sets, one for each user, type and month in UTC, so that what comes late or twice changes
//! nothing. What was recorded under an id stays: another activity under the same id is not recorded.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::ids::{self, UserId};
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// How many activities of one type dibs counts for a user in a month. With the longest ids, so many stay
/// under the 400 KB that an item may have.
pub const ENTRIES_MAX: usize = 2_000;
/// How far ahead of ours the clock of whoever reports an activity may be.
pub const SKEW_SECONDS: i64 = 60;
/// The longest [`OutsideId`], in characters.
pub const OUTSIDE_ID_CHARS_MAX: usize = 64;
/// The longest [`ActivityType`], in characters.
pub const TYPE_CHARS_MAX: usize = 32;

/// Repeated sign-ins within one slot are one activity. Every offset from UTC in use is a whole number of
/// slots, so a slot lies within one calendar day everywhere.
const LOGIN_SLOT_SECONDS: i64 = 15 * 60;

/// Returns when the slot began in which a sign-in at `at` counts as one activity with others.
pub fn login_slot(at: Timestamp) -> Timestamp {
    let slot = at.as_seconds().div_euclid(LOGIN_SLOT_SECONDS);
    Timestamp::from_millis(slot.saturating_mul(LOGIN_SLOT_SECONDS).saturating_mul(1000))
}

/// What kind of thing a user did: 1 to 32 of `a-z 0-9 _`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ActivityType(Cow<'static, str>);

impl ActivityType {
    /// Signed in; dibs records it.
    pub const LOGIN: Self = Self(Cow::Borrowed("login"));
    /// Somebody registered with this user's invite code; dibs records it, and `ref` stands for their e-mail address.
    pub const INVITE: Self = Self(Cow::Borrowed("invite"));
    /// Cleared the quest that `ref` names.
    pub const QUEST_CLEAR: Self = Self(Cow::Borrowed("quest_clear"));

    /// The type that `text` names, or `None` when no type looks like that.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        ((1..=TYPE_CHARS_MAX).contains(&text.len()) && text.bytes().all(fits))
            .then(|| Self(Cow::Owned(text.to_owned())))
    }

    /// The type as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ActivityType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ActivityType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("must be 1 to 32 of a-z, 0-9 and _"))
    }
}

impl JsonSchema for ActivityType {
    fn schema_name() -> Cow<'static, str> {
        "ActivityType".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "minLength": 1, "maxLength": TYPE_CHARS_MAX, "pattern": "^[a-z0-9_]+$",
        })
    }
}

/// An id that somebody else gave: of a quest, an activity, a check. 1 to 64 of `A-Z a-z 0-9 _ - .`; a number
/// is understood as its decimal text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct OutsideId(String);

impl OutsideId {
    /// The id that `text` is, or `None` when no id looks like that.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= OUTSIDE_ID_CHARS_MAX && ids::is_id(text)).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `text`, which dibs has made, as an id.
    pub(crate) fn of_text(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|| Self(ids::fingerprint(&[text])))
    }

    /// Returns a user as somebody else's reference. Ids that dibs makes stay as they are; one from elsewhere that is
    /// too long is stood for by its fingerprint.
    pub fn of_user(user: &UserId) -> Self {
        Self::parse(user.as_str()).unwrap_or_else(|| Self(ids::fingerprint(&[user.as_str()])))
    }
}

impl fmt::Display for OutsideId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for OutsideId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OutsideIdText)
    }
}

impl JsonSchema for OutsideId {
    fn schema_name() -> Cow<'static, str> {
        "OutsideId".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "minLength": 1,
            "maxLength": OUTSIDE_ID_CHARS_MAX,
            "pattern": "^[A-Za-z0-9_.-]+$",
            "minimum": 0,
            "maximum": u32::MAX,
        })
    }
}

struct OutsideIdText;

impl de::Visitor<'_> for OutsideIdText {
    type Value = OutsideId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("1 to 64 of A-Z, a-z, 0-9, _, - and .")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<OutsideId, E> {
        OutsideId::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<OutsideId, E> {
        let number =
            u32::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))?;
        Ok(OutsideId(number.to_string()))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<OutsideId, E> {
        let whole = whole(number).ok_or_else(|| E::invalid_value(de::Unexpected::Float(number), &self))?;
        Ok(OutsideId(whole.to_string()))
    }
}

/// The whole number that `number` is: JSON Schema takes `3.0` for an integer, and so do we.
pub(crate) fn whole(number: f64) -> Option<u32> {
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it fits, as just asked")]
    fits.then_some(number as u32)
}

/// Something that a user did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// Who did it.
    pub user_id: UserId,
    /// What kind of thing it was: 1 to 32 of `a-z 0-9 _`.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What it was done to: the friend invited, the quest cleared.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<OutsideId>,
    /// Names this one activity of the user and type: the same one counts once.
    pub activity_id: OutsideId,
}

impl Activity {
    /// That `user` signed in, or refreshed a session. Sign-ins in the same quarter of an hour (in UTC) are one activity.
    pub fn login(user: UserId, at: Timestamp) -> Self {
        let slot = at.as_seconds().div_euclid(LOGIN_SLOT_SECONDS);
        Self {
            user_id: user,
            kind: ActivityType::LOGIN,
            occurred_at: at,
            reference: None,
            activity_id: OutsideId(slot.to_string()),
        }
    }

    /// Returns that `invitee` registered with the invite code of `user`; somebody can be invited once.
    pub fn invite(user: UserId, invitee: OutsideId, at: Timestamp) -> Self {
        Self {
            user_id: user,
            kind: ActivityType::INVITE,
            occurred_at: at,
            reference: Some(invitee.clone()),
            activity_id: invitee,
        }
    }

    /// The month in UTC under which it is kept.
    pub fn month(&self) -> String {
        self.occurred_at.month()
    }

    /// What is kept of it under its id.
    pub fn entry(&self) -> Entry {
        Entry { at: self.occurred_at, reference: self.reference.clone() }
    }
}

/// What is kept of an activity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// When it happened; milliseconds in the store.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// What it was done to.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<OutsideId>,
}

/// What recording an activity did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It was not known, and now is.
    New,
    /// It was known; nothing changed.
    Known,
    /// It was known with another time and the same reference; nothing changed.
    OtherTime,
    /// Something with another reference was known under its id; nothing changed.
    OtherReference,
}

impl Recorded {
    /// Returns what a further `entry` comes to where `known` stands under its id.
    pub fn beside(known: &Entry, entry: &Entry) -> Self {
        if known == entry {
            Self::Known
        } else if known.reference == entry.reference {
            Self::OtherTime
        } else {
            Self::OtherReference
        }
    }
}

/// The activities of one user and type in one month in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityMonth {
    /// Their type.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// The month, as `2026-11`.
    pub month: String,
    /// Each under its id.
    pub entries: BTreeMap<OutsideId, Entry>,
}

impl ActivityMonth {
    /// A month in which nothing happened yet.
    pub fn new(kind: ActivityType, month: impl Into<String>) -> Self {
        Self { kind, month: month.into(), entries: BTreeMap::new() }
    }

    /// Enters one activity, unless one stands under its id.
    ///
    /// # Errors
    /// `ACTIVITY_LIMIT` when it is a new one and the month is full.
    pub fn record(&mut self, id: OutsideId, entry: Entry) -> Result<Recorded> {
        let full = self.entries.len() >= ENTRIES_MAX;
        match self.entries.entry(id) {
            btree_map::Entry::Occupied(known) => Ok(Recorded::beside(known.get(), &entry)),
            btree_map::Entry::Vacant(_) if full => Err(limit()),
            btree_map::Entry::Vacant(place) => {
                place.insert(entry);
                Ok(Recorded::New)
            }
        }
    }

    /// Everything that either of the two knows: in any order and however often, the same result.
    pub fn merge(&mut self, other: Self) {
        for (id, entry) in other.entries {
            keep_earliest(&mut self.entries, id, entry);
        }
    }
}

/// The refusal of one activity more than [`ENTRIES_MAX`].
pub fn limit() -> Error {
    Error::refused(Code::ActivityLimit, "This user has too many activities of this type in this month.")
        .with_details(serde_json::json!({"limit": ENTRIES_MAX}))
}

/// Enters `entry` under `id` unless an earlier one is there.
pub(crate) fn keep_earliest<I: Ord, E: Ord>(entries: &mut BTreeMap<I, E>, id: I, entry: E) {
    match entries.entry(id) {
        btree_map::Entry::Vacant(place) => {
            place.insert(entry);
        }
        btree_map::Entry::Occupied(mut known) if entry < *known.get() => {
            known.insert(entry);
        }
        btree_map::Entry::Occupied(_) => {}
    }
}

#[cfg(test)]
mod tests;
