//! Activities: records of what users did, such as signing in or clearing a quest.
//!
//! Activities are stored as sets, one for each user, type and UTC month. Late and repeated reports are
//! therefore harmless. The first activity that is recorded under an id is final; a different one under the
//! same id is rejected.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::ids::{self, UserId};
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// Maximum number of activities per user, type and month. A set of this size with ids of maximum length stays
/// below the 400 KB limit of a DynamoDB item.
pub const ENTRIES_MAX: usize = 2_000;
/// Maximum time in seconds by which an activity may be later than the clock of dibs and still count.
pub const SKEW_SECONDS: i64 = 60;
/// Maximum length of an [`OutsideId`], in characters.
pub const OUTSIDE_ID_CHARS_MAX: usize = 64;
/// Maximum length of an [`ActivityType`], in characters.
pub const TYPE_CHARS_MAX: usize = 32;

/// Length of a sign-in slot, in seconds. Sign-ins within one slot count as one activity. All UTC offsets in
/// use are multiples of a slot, so a slot never crosses midnight in any time zone.
const LOGIN_SLOT_SECONDS: i64 = 15 * 60;

/// Returns the start of the sign-in slot that contains `at`.
pub fn login_slot(at: Timestamp) -> Timestamp {
    let slot = at.as_seconds().div_euclid(LOGIN_SLOT_SECONDS);
    Timestamp::from_millis(slot.saturating_mul(LOGIN_SLOT_SECONDS).saturating_mul(1000))
}

/// Type of an activity: 1 to 32 characters of `a-z`, `0-9` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ActivityType(Cow<'static, str>);

impl ActivityType {
    /// Sign-in or session refresh; recorded by dibs.
    pub const LOGIN: Self = Self(Cow::Borrowed("login"));
    /// Registration of another user with this user's invite code; recorded by dibs. Its `ref` is a keyed hash
    /// of the new user's e-mail address.
    pub const INVITE: Self = Self(Cow::Borrowed("invite"));
    /// Clearing of the quest in `ref`.
    pub const QUEST_CLEAR: Self = Self(Cow::Borrowed("quest_clear"));

    /// Parses `text`. Returns `None` if it is not 1 to 32 characters of `a-z`, `0-9` and `_`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        ((1..=TYPE_CHARS_MAX).contains(&text.len()) && text.bytes().all(fits))
            .then(|| Self(Cow::Owned(text.to_owned())))
    }

    /// Returns the type as text.
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

/// Id from outside dibs, for example of a quest, an activity or a check: 1 to 64 characters of `A-Z a-z 0-9 _
/// - .`. An integer is converted to its decimal text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct OutsideId(String);

impl OutsideId {
    /// Parses `text`. Returns `None` if it is not a valid id.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= OUTSIDE_ID_CHARS_MAX && ids::is_id(text)).then(|| Self(text.to_owned()))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Converts text that dibs generated into an id. Text that is not a valid id is replaced by its
    /// fingerprint.
    pub(crate) fn of_text(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|| Self(ids::fingerprint(&[text])))
    }

    /// Converts a user id into a reference. A user id that is too long or has other characters is replaced by
    /// its fingerprint.
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

/// Returns `number` as an integer, or `None` if it has a fraction, is negative or is above `u32::MAX`.
/// JSON Schema accepts `3.0` as an integer, so the parser must too.
pub(crate) fn whole(number: f64) -> Option<u32> {
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it fits, as just asked")]
    fits.then_some(number as u32)
}

/// Activity of one user, such as a sign-in or a cleared quest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// User who performed the activity.
    pub user_id: UserId,
    /// Type of the activity: 1 to 32 characters of `a-z 0-9 _`.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// Time of the activity, in UTC.
    pub occurred_at: Timestamp,
    /// Object of the activity, such as the invited friend or the cleared quest.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<OutsideId>,
    /// Id of the activity, unique within user and type. An activity that is reported twice counts once.
    pub activity_id: OutsideId,
}

impl Activity {
    /// Creates the activity of a sign-in or a session refresh. All of the same quarter of an hour (UTC) share
    /// one id and count once.
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

    /// Creates the activity that `invitee` registered with the invite code of `user`. The id is `invitee`, so
    /// an invitee counts once.
    pub fn invite(user: UserId, invitee: OutsideId, at: Timestamp) -> Self {
        Self {
            user_id: user,
            kind: ActivityType::INVITE,
            occurred_at: at,
            reference: Some(invitee.clone()),
            activity_id: invitee,
        }
    }

    /// Returns the UTC month under which the activity is stored, as `2026-11`.
    pub fn month(&self) -> String {
        self.occurred_at.month()
    }

    /// Returns the part of the activity that is stored under its id: time and reference.
    pub fn entry(&self) -> StoredActivity {
        StoredActivity { at: self.occurred_at, reference: self.reference.clone() }
    }
}

/// Time and reference of an activity, stored in its month under the id of the activity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StoredActivity {
    /// Time of the activity, stored in milliseconds since 1970.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Object of the activity, if it has one.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<OutsideId>,
}

/// Result of recording an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// Activity was new and is now recorded.
    New,
    /// Same activity was already recorded; nothing changed.
    Known,
    /// Activity with the same id and reference but another time was already recorded; nothing changed.
    OtherTime,
    /// Activity with the same id but another reference was already recorded; nothing changed.
    OtherReference,
}

impl Recorded {
    /// Returns the result of recording `entry` under an id that already has the entry `known`.
    pub fn beside(known: &StoredActivity, entry: &StoredActivity) -> Self {
        if known == entry {
            Self::Known
        } else if known.reference == entry.reference {
            Self::OtherTime
        } else {
            Self::OtherReference
        }
    }
}

/// Activities of one user and type in one UTC month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityMonth {
    /// Type of all activities in the set.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// Month in UTC, as `2026-11`.
    pub month: String,
    /// Recorded activities by their id.
    pub entries: BTreeMap<OutsideId, StoredActivity>,
}

impl ActivityMonth {
    /// Creates an empty set.
    pub fn new(kind: ActivityType, month: impl Into<String>) -> Self {
        Self { kind, month: month.into(), entries: BTreeMap::new() }
    }

    /// Records an activity under `id` unless the id is already in use. Idempotent.
    ///
    /// # Errors
    /// `ACTIVITY_LIMIT` if the activity is new and the set already has [`ENTRIES_MAX`] entries.
    pub fn record(&mut self, id: OutsideId, entry: StoredActivity) -> Result<Recorded> {
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

    /// Merges `other` into the set. The operation is commutative and idempotent: of two different entries
    /// under one id, the one with the earlier time is kept.
    pub fn merge(&mut self, other: Self) {
        for (id, entry) in other.entries {
            keep_earliest(&mut self.entries, id, entry);
        }
    }
}

/// Builds the error `ACTIVITY_LIMIT`, for more than [`ENTRIES_MAX`] activities of a user and type in a
/// month.
pub fn limit() -> Error {
    Error::refused(Code::ActivityLimit, "This user has the maximum number of activities of this type in this month, details.limit; record no more until the next month.")
        .with_details(serde_json::json!({"limit": ENTRIES_MAX}))
}

/// Inserts `entry` under `id` unless an entry is there that is less or equal, as entries with earlier
/// times are.
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
