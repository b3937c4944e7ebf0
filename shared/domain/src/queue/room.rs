//! Waiting room: the single item that decides how many positions exist and how many of them are admitted.
//!
//! The room records each step before it is carried out: the arrival buckets that are ordered, the positions
//! that are admitted. The next run first completes the step of the previous one. A worker that dies in
//! between therefore loses nothing.

mod line;
mod pace;
#[cfg(test)]
mod tests;

pub use pace::{Eta, Pace};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use serde_json::json;

use super::{Counting, End, Gate, Gone, Joiner, PageKey};
use crate::ids::{QueueId, UserId};
use crate::patch::apply;
use crate::time::millis;
use crate::{Code, Error, Patch, Result, Timestamp};

/// Maximum number of joins per second and group of arrival buckets. A partition key takes 1,000 write units
/// per second, and a join to a filling bucket costs up to two.
const JOINS_PER_GROUP: u32 = 500;
/// Maximum delay of a message that schedules a run, in milliseconds. Later runs wait for the schedule, since
/// Lambda stops a message that is forwarded repeatedly.
const MESSAGES_MS: i64 = 30 * 60 * 1_000;
/// Delay after a scheduled run at which the watchdog schedule checks that it happened, in seconds.
const WATCH_SECONDS: i64 = 60;
/// Maximum number of earlier terms that a room stores, so that its item stays small.
const TERMS_MAX: usize = 16;
/// Time after the end of an admission by which a run has recorded the end, in seconds.
const RECORDED_SECONDS: i64 = 10 * 60;
/// Minimum interval between two runs of a room in which users wait, in milliseconds.
const LOOK_MS: i64 = 1_000;

/// Operating status of a waiting room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// Accepts joins and admits users.
    #[default]
    Open,
    /// Accepts joins, but admits nobody.
    Paused,
    /// Accepts no joins, but admits waiting users.
    Closed,
}

/// Settings of a waiting room that an operator chooses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Maximum number of users who are admitted at the same time.
    pub capacity: u32,
    /// Admission rate, in users per 1,000 seconds.
    pub rate_milli: u64,
    /// Duration of an admission, in seconds.
    pub token_seconds: u32,
    /// Time that an admitted user has until the first protected request, in seconds.
    pub no_show_seconds: u32,
    /// Expected number of joins per second. Determines the number of arrival buckets; more joins are
    /// throttled.
    pub joins_per_second: u32,
}

/// Batch of arrival buckets that were ordered together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Position before the first one of the batch.
    pub base: u64,
    /// Arrival buckets of the batch.
    pub pages: Vec<PageKey>,
}

/// Admission step: the positions that were admitted together, from `after + 1` to the room's `admitted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Position before the first one of the step.
    pub after: u64,
    /// Time of the step, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

/// Terms of users who were admitted before a change of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Last position that has these terms.
    pub upto: u64,
    /// Duration of an admission, in seconds.
    pub token_seconds: u32,
    /// Time that an admitted user has until the first protected request, in seconds.
    pub no_show_seconds: u32,
    /// Time at which all admissions with these terms have ended. `None` if an older version wrote the terms
    /// and no change has updated them.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Numbers of ended positions, as far as they are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inside {
    /// Ended positions among the admitted ones.
    pub ended: u64,
    /// Ended positions among the waiting ones.
    pub gone: u64,
}

/// Totals of ended positions, as far as they are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Users who completed their purchase.
    pub served: u64,
    /// Users who left, did not show up or ran out of time.
    pub gave_up: u64,
}

impl Tally {
    fn count(&mut self, end: End) {
        match end {
            End::Done => self.served += 1,
            End::Left | End::NoShow | End::Expired => self.gave_up += 1,
        }
    }
}

/// Waiting room with its settings, marks and counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Id of the waiting room.
    pub id: QueueId,
    /// Display name of the waiting room.
    pub name: String,
    /// Settings that an operator chose.
    pub settings: Settings,
    /// Operating status that an operator set.
    pub status: Status,
    /// Number of assigned positions.
    pub joined: u64,
    /// First arrival window that is not yet ordered.
    pub looked_before: u64,
    /// Latest batch of ordered arrival buckets.
    #[serde(default)]
    pub round: Option<Round>,
    /// High-water mark of admission: the last admitted position.
    pub admitted: u64,
    /// Latest admission step of the room.
    #[serde(default)]
    pub step: Option<Step>,
    /// Low-water mark that an older version maintained: all positions up to it have ended.
    pub floor: u64,
    /// Totals of counted ended positions.
    pub tally: Tally,
    /// Numbers of counted ended positions. `None` in a room that an older version wrote and that no run has
    /// updated.
    #[serde(default)]
    pub inside: Option<Inside>,
    /// Ranges of the waiting positions in which users have left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Gone>,
    /// Ends that the latest version counted.
    #[serde(default, skip_serializing_if = "Counting::is_empty")]
    pub counting: Counting,
    /// Sort key of the last handled [`Due`](super::Due) check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<String>,
    /// Terms of users who were admitted before the settings changed, by position.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Terms>,
    /// Time at which the watchdog schedule checks the room, set by this or an earlier version.
    #[serde(with = "millis::option", default)]
    pub watched: Option<Timestamp>,
    /// Time since which the admission rate is unused.
    #[serde(with = "millis")]
    pub credit_since: Timestamp,
    /// Measured admission rate, in users per 1,000 seconds.
    pub pace: Pace,
    /// Time of the next run. `None` if only a user can cause one.
    #[serde(with = "millis::option", default)]
    pub wake_at: Option<Timestamp>,
    /// Time of creation, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Operator who created the waiting room.
    pub created_by: UserId,
    /// Request fingerprint of the creation, for idempotency checks; `None` without an `Idempotency-Key`.
    #[serde(default)]
    pub mark: Option<String>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
}

/// Changes of a waiting room. An empty field leaves the value unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomChanges {
    /// New display name of the room.
    pub name: Patch<String>,
    /// New operating status of the room.
    pub status: Patch<Status>,
    /// New value of [`Settings::capacity`].
    pub capacity: Patch<u32>,
    /// New value of [`Settings::rate_milli`].
    pub rate_milli: Patch<u64>,
    /// New value of [`Settings::token_seconds`].
    pub token_seconds: Patch<u32>,
    /// New value of [`Settings::no_show_seconds`].
    pub no_show_seconds: Patch<u32>,
    /// New value of [`Settings::joins_per_second`].
    pub joins_per_second: Patch<u32>,
}

impl Room {
    /// Creates an open, empty waiting room at version 1.
    pub fn new(
        id: QueueId,
        name: String,
        settings: Settings,
        by: UserId,
        mark: Option<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            name,
            settings,
            status: Status::Open,
            joined: 0,
            looked_before: 0,
            round: None,
            admitted: 0,
            step: None,
            floor: 0,
            tally: Tally::default(),
            inside: Some(Inside::default()),
            gone: Vec::new(),
            counting: Counting::default(),
            handled: None,
            terms: Vec::new(),
            watched: None,
            credit_since: now,
            pace: Pace::default(),
            wake_at: None,
            created_at: now,
            created_by: by,
            mark,
            version: 1,
        }
    }

    /// Returns the number of groups that the arrival buckets of a window are spread over.
    pub fn groups(&self) -> u32 {
        self.settings.joins_per_second.div_ceil(JOINS_PER_GROUP).max(1)
    }

    /// Returns the arrival bucket of window `slice` that `user` joins.
    pub fn page_for(&self, user: &UserId, slice: u64) -> PageKey {
        Joiner::of(&self.id, user).page(slice, self.groups())
    }

    /// Returns the next version with `changes`, or the same version if nothing changes. A change schedules a
    /// run at once, since it may allow admissions.
    ///
    /// # Errors
    /// `TOO_MANY_TERMS` if users are still admitted under as many earlier terms as a room stores.
    pub fn change(&self, changes: &RoomChanges, now: Timestamp) -> Result<Self> {
        let mut next = self.clone();
        apply!(changes => next; name status);
        apply!(changes => next.settings; capacity rate_milli token_seconds no_show_seconds joins_per_second);
        next.terms = self.terms_after(&next.settings, now)?;
        Ok(if next == *self { next } else { next.next(Some(now), now) })
    }

    /// Returns the stored terms after `settings` take effect. Admitted users keep the terms that they were
    /// promised, so only terms under which nobody is admitted any more are dropped.
    fn terms_after(&self, settings: &Settings, now: Timestamp) -> Result<Vec<Terms>> {
        let Settings { token_seconds, no_show_seconds, .. } = self.settings;
        let same = (settings.token_seconds, settings.no_show_seconds) == (token_seconds, no_show_seconds);
        if same || self.terms.last().map_or(0, |last| last.upto) >= self.admitted {
            return Ok(self.terms.clone());
        }
        let newest = self.step.map_or(now, |step| step.at.max(now));
        let over = |token_seconds: u32| newest.plus_seconds(i64::from(token_seconds) + RECORDED_SECONDS);
        let latest = Terms { upto: self.admitted, token_seconds, no_show_seconds, until: None };
        let mut terms: Vec<Terms> = self.terms.iter().copied().chain([latest]).collect();
        for terms in &mut terms {
            terms.until = terms.until.or_else(|| Some(over(terms.token_seconds)));
        }
        if terms.len() > TERMS_MAX {
            terms.retain(|terms| terms.until.is_none_or(|until| until > now));
        }
        if terms.len() > TERMS_MAX {
            return Err(too_many_terms(terms.iter().filter_map(|terms| terms.until).min()));
        }
        Ok(terms)
    }

    /// Returns the longest duration of an admission that is not over at `now`, in seconds.
    fn longest_token_seconds(&self, now: Timestamp) -> u32 {
        let open = self.terms.iter().filter(|terms| terms.until.is_none_or(|until| until > now));
        open.map(|terms| terms.token_seconds).fold(self.settings.token_seconds, u32::max)
    }

    /// Returns the room after `count` users in the arrival buckets `pages` received positions. All arrival
    /// windows before `looked_before` are then ordered.
    #[must_use]
    pub fn place(&self, pages: Vec<PageKey>, count: u64, looked_before: u64, now: Timestamp) -> Self {
        // Rate that was unused while nobody waited must not admit a burst.
        let oldest = now.as_millis() - self.cost_ms(1).max(LOOK_MS);
        let credit_since =
            self.credit_since.as_millis().max(if self.admitted == self.joined { oldest } else { 0 });
        Self {
            joined: self.joined + count,
            credit_since: Timestamp::from_millis(credit_since),
            looked_before: self.looked_before.max(looked_before),
            round: Some(Round { base: self.joined, pages }),
            ..self.clone()
        }
    }
}

/// Builds the error for a change of the terms that is possible again at `possible_at`.
fn too_many_terms(possible_at: Option<Timestamp>) -> Error {
    let time = possible_at.map_or_else(|| "later".to_owned(), |at| format!("from {at}"));
    let message = format!(
        "Users are still admitted under {TERMS_MAX} earlier values of token_seconds and no_show_seconds; change these \
         two {time}. The other settings can be changed now."
    );
    Error::refused(Code::TooManyTerms, message).with_details(json!({"possible_at": possible_at}))
}

impl Step {
    /// Returns the positions of this step by admission block, up to `admitted`.
    pub fn gates(&self, admitted: u64) -> impl Iterator<Item = (u64, Vec<u64>)> + use<> {
        let (after, first) = (self.after, Gate::of(self.after + 1));
        (first..=Gate::of(admitted)).map(move |gate| {
            let positions =
                Gate::positions(gate).filter(|position| (after + 1..=admitted).contains(position));
            (gate, positions.collect())
        })
    }
}
