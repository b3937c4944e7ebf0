//! Waiting room: the single item that decides how many positions exist and how many of them are admitted.
//!
//! The worker `run_rooms` handles a waiting room: it orders arrival buckets, ends expired positions and
//! admits users. Each time that it does so is a *run* of the room. A run first writes into the room which
//! buckets it orders and which positions it admits, and then writes the buckets and admission blocks. The
//! next run first completes what the room records. A worker that dies in between therefore loses nothing.

mod progress;
mod rate;
#[cfg(test)]
mod tests;

pub use rate::{Eta, MeasuredRate};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use serde_json::json;

use super::{
    AdmissionBlock, ArrivalBucketKey, CountedEnds, DepartedRange, EntryName, PositionEnd, QueuePosition,
};
use crate::ids::{QueueId, UserId};
use crate::patch::apply;
use crate::time::millis;
use crate::trail::Trail;
use crate::{Code, Error, Patch, Result, Timestamp};

/// Maximum number of joins per second that one group of arrival buckets, which shares a partition key, is
/// planned for. A partition key takes 1,000 write units per second, and a join to a filling bucket costs up
/// to two.
const JOINS_PER_GROUP: u32 = 500;
/// Time until the next run, in milliseconds, up to which a message starts that run. A later run is started by
/// the scheduled worker `sweep_rooms`: SQS delays a message by 15 minutes at most, and Lambda stops a message
/// that is forwarded repeatedly.
const MESSAGE_DELAY_MAX_MS: i64 = 30 * 60 * 1_000;
/// Delay, in seconds, after the time of a run that a message starts, until the scheduled worker `sweep_rooms`
/// checks that the run took place.
const SWEEP_DELAY_SECONDS: i64 = 60;
/// Maximum number of earlier terms of admission that a room stores, so that its item stays small.
const TERMS_MAX: usize = 16;
/// Time in seconds after which the worker `run_rooms` is assumed to have recorded that an expired admission
/// has ended.
const RECORDED_SECONDS: i64 = 10 * 60;
/// Minimum interval between two runs of a room in which users wait, in milliseconds.
const RUN_INTERVAL_MS: i64 = 1_000;

/// Operating status of a waiting room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum WaitingRoomStatus {
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
pub struct WaitingRoomSettings {
    /// Maximum number of users who are admitted at the same time.
    pub capacity: u32,
    /// Admission rate, in users per 1,000 seconds.
    pub rate_milli: u64,
    /// Duration of an admission, in seconds.
    pub token_seconds: u32,
    /// Time that an admitted user has until the first protected request, in seconds.
    pub no_show_seconds: u32,
    /// Expected maximum number of joins per second. Determines the number of arrival buckets in a window;
    /// DynamoDB throttles joins beyond it.
    pub joins_per_second: u32,
}

/// Batch of arrival buckets that were ordered together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalBatch {
    /// Position before the first one of the batch.
    pub base: QueuePosition,
    /// Arrival buckets of the batch.
    #[serde(rename = "pages")]
    pub buckets: Vec<ArrivalBucketKey>,
}

/// Admission step: the positions that were admitted together, after `after` up to the room's `admitted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmissionStep {
    /// Position before the first one of the step.
    pub after: QueuePosition,
    /// Time of the step, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

/// Terms of admission of users who were admitted before an operator changed the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmissionTerms {
    /// Last position that has these terms.
    pub upto: QueuePosition,
    /// Duration of an admission, in seconds.
    pub token_seconds: u32,
    /// Time that an admitted user has until the first protected request, in seconds.
    pub no_show_seconds: u32,
    /// Time by which all admissions with these terms have ended. `None` if an older version of dibs wrote the
    /// terms and the settings have not changed since.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Numbers of counted ended positions, by whether admission has passed them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedPositions {
    /// Number of ended positions up to `WaitingRoom::admitted`, including those whose users left before.
    pub ended: u64,
    /// Number of positions after `WaitingRoom::admitted` whose users have left.
    #[serde(rename = "gone")]
    pub departed: u64,
}

/// Numbers of counted ended positions, by whether their users completed a purchase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndTotals {
    /// Number of users who paid for a purchase.
    pub served: u64,
    /// Number of users who left, sent no protected request in time, or let the admission expire.
    pub gave_up: u64,
}

impl EndTotals {
    fn count(&mut self, end: PositionEnd) {
        match end {
            PositionEnd::Done => self.served += 1,
            PositionEnd::Left | PositionEnd::NoShow | PositionEnd::Expired => self.gave_up += 1,
        }
    }
}

/// Waiting room: its settings, how many positions exist and are admitted, and how many have ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRoom {
    /// Id of the waiting room.
    pub id: QueueId,
    /// Display name of the waiting room.
    pub name: String,
    /// Settings that an operator chose.
    pub settings: WaitingRoomSettings,
    /// Operating status that an operator set.
    pub status: WaitingRoomStatus,
    /// Last assigned position.
    pub joined: QueuePosition,
    /// Number of the first arrival window whose entries have not been given positions.
    #[serde(rename = "looked_before")]
    pub ordered_before: u64,
    /// Latest batch of ordered arrival buckets; `None` before the first one.
    #[serde(default, rename = "round")]
    pub arrival_batch: Option<ArrivalBatch>,
    /// High-water mark of admission: the last admitted position.
    pub admitted: QueuePosition,
    /// Latest admission step of the room; `None` before the first one.
    #[serde(rename = "step", default)]
    pub admission_step: Option<AdmissionStep>,
    /// Low-water mark that an older version of dibs maintained: all positions up to it have ended. Zero in
    /// newer rooms.
    #[serde(rename = "floor")]
    pub low_water_mark: QueuePosition,
    /// Numbers of ended positions, with and without a purchase.
    #[serde(rename = "tally")]
    pub end_totals: EndTotals,
    /// Numbers of ended positions among the admitted and the waiting ones. `None` in a room that an older
    /// version of dibs wrote and no run has updated since.
    #[serde(rename = "inside", default)]
    pub ended_positions: Option<EndedPositions>,
    /// Ranges of counting blocks with the number of waiting users who left in each, in ascending order.
    #[serde(rename = "gone", default, skip_serializing_if = "Vec::is_empty")]
    pub departed: Vec<DepartedRange>,
    /// Ended positions that the latest version of the room counted. The counting blocks are written after the
    /// room.
    #[serde(rename = "counting", default, skip_serializing_if = "CountedEnds::is_empty")]
    pub counted_ends: CountedEnds,
    /// Sort key of the last scheduled check ([`ScheduledCheck`](super::ScheduledCheck)) that a run has
    /// handled.
    #[serde(rename = "handled", default, skip_serializing_if = "Option::is_none")]
    pub handled_check: Option<String>,
    /// Terms of admission of users who were admitted before the settings changed, in order of position.
    #[serde(rename = "terms", default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_terms: Vec<AdmissionTerms>,
    /// Time at which the scheduled worker `sweep_rooms` checks the room, set by this or an earlier version of
    /// the room.
    #[serde(rename = "watched", with = "millis::option", default)]
    pub due_index_at: Option<Timestamp>,
    /// Time up to which the admission rate is used up. The rate times the time since then is the number of
    /// users who may be admitted.
    #[serde(with = "millis")]
    pub credit_since: Timestamp,
    /// Measured admission rate, in users per 1,000 seconds.
    #[serde(rename = "pace")]
    pub measured_rate: MeasuredRate,
    /// Time of the next run of the room. `None` if there is nothing to do until a user joins or leaves.
    #[serde(rename = "wake_at", with = "millis::option", default)]
    pub next_run_at: Option<Timestamp>,
    /// Time of creation, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Operator who created the waiting room.
    pub created_by: UserId,
    /// Request fingerprint of the creation, for idempotency checks; `None` without an `Idempotency-Key`.
    #[serde(default, rename = "mark")]
    pub request_fingerprint: Option<String>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

/// Requested changes of a waiting room. A field that is `Patch(None)` leaves its value unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaitingRoomChanges {
    /// New display name of the room.
    pub name: Patch<String>,
    /// New operating status of the room.
    pub status: Patch<WaitingRoomStatus>,
    /// New value of [`WaitingRoomSettings::capacity`].
    pub capacity: Patch<u32>,
    /// New value of [`WaitingRoomSettings::rate_milli`].
    pub rate_milli: Patch<u64>,
    /// New value of [`WaitingRoomSettings::token_seconds`].
    pub token_seconds: Patch<u32>,
    /// New value of [`WaitingRoomSettings::no_show_seconds`].
    pub no_show_seconds: Patch<u32>,
    /// New value of [`WaitingRoomSettings::joins_per_second`].
    pub joins_per_second: Patch<u32>,
}

impl WaitingRoom {
    /// Creates an open, empty waiting room at version 1.
    pub fn new(
        id: QueueId,
        name: String,
        settings: WaitingRoomSettings,
        by: UserId,
        request_fingerprint: Option<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            trail: Trail::default(),
            id,
            name,
            settings,
            status: WaitingRoomStatus::Open,
            joined: QueuePosition::ZERO,
            ordered_before: 0,
            arrival_batch: None,
            admitted: QueuePosition::ZERO,
            admission_step: None,
            low_water_mark: QueuePosition::ZERO,
            end_totals: EndTotals::default(),
            ended_positions: Some(EndedPositions::default()),
            departed: Vec::new(),
            counted_ends: CountedEnds::default(),
            handled_check: None,
            earlier_terms: Vec::new(),
            due_index_at: None,
            credit_since: now,
            measured_rate: MeasuredRate::default(),
            next_run_at: None,
            created_at: now,
            created_by: by,
            request_fingerprint,
            version: 1,
        }
    }

    /// Returns the number of groups, each with a partition key, over which the arrival buckets of a window
    /// are spread.
    pub fn groups(&self) -> u32 {
        self.settings.joins_per_second.div_ceil(JOINS_PER_GROUP).max(1)
    }

    /// Returns the arrival bucket of window `window` that `user` joins.
    pub fn bucket_for(&self, user: &UserId, window: u64) -> ArrivalBucketKey {
        EntryName::of(&self.id, user).bucket(window, self.groups())
    }

    /// Returns the next version with `changes`, or the same version if nothing changes. The next run of a
    /// changed room is due at once, since the change may allow admissions.
    ///
    /// # Errors
    /// `TOO_MANY_TERMS` if the terms of admission change while users are still admitted under 16 earlier
    /// ones, as many as a room stores.
    pub fn change(&self, changes: &WaitingRoomChanges, now: Timestamp) -> Result<Self> {
        let mut next = self.clone();
        apply!(changes => next; name status);
        apply!(changes => next.settings; capacity rate_milli token_seconds no_show_seconds joins_per_second);
        next.earlier_terms = self.earlier_terms_after(&next.settings, now)?;
        Ok(if next == *self { next } else { next.next_version(Some(now), now) })
    }

    /// Returns the earlier terms to store when `settings` take effect. Admitted users keep the terms that
    /// they were promised, so only terms under which no admission can still last are dropped.
    fn earlier_terms_after(
        &self,
        settings: &WaitingRoomSettings,
        now: Timestamp,
    ) -> Result<Vec<AdmissionTerms>> {
        let WaitingRoomSettings { token_seconds, no_show_seconds, .. } = self.settings;
        let same = (settings.token_seconds, settings.no_show_seconds) == (token_seconds, no_show_seconds);
        if same || self.earlier_terms.last().map_or(QueuePosition::ZERO, |last| last.upto) >= self.admitted {
            return Ok(self.earlier_terms.clone());
        }
        let newest = self.admission_step.map_or(now, |step| step.at.max(now));
        let over = |token_seconds: u32| newest.plus_seconds(i64::from(token_seconds) + RECORDED_SECONDS);
        let latest = AdmissionTerms { upto: self.admitted, token_seconds, no_show_seconds, until: None };
        let mut all: Vec<AdmissionTerms> = self.earlier_terms.iter().copied().chain([latest]).collect();
        for terms in &mut all {
            terms.until = terms.until.or_else(|| Some(over(terms.token_seconds)));
        }
        if all.len() > TERMS_MAX {
            all.retain(|terms| terms.until.is_none_or(|until| until > now));
        }
        if all.len() > TERMS_MAX {
            return Err(too_many_terms(all.iter().filter_map(|terms| terms.until).min()));
        }
        Ok(all)
    }

    /// Returns the longest duration, in seconds, that an admission at `now` can have, under the settings or
    /// under earlier terms that still apply.
    fn longest_token_seconds(&self, now: Timestamp) -> u32 {
        let open = self.earlier_terms.iter().filter(|terms| terms.until.is_none_or(|until| until > now));
        open.map(|terms| terms.token_seconds).fold(self.settings.token_seconds, u32::max)
    }

    /// Returns the room after the next `count` positions were assigned to the entries of the arrival buckets
    /// `buckets`. The entries of all arrival windows before `ordered_before` then have positions.
    #[must_use]
    pub fn assign_positions(
        &self,
        buckets: Vec<ArrivalBucketKey>,
        count: u64,
        ordered_before: u64,
        now: Timestamp,
    ) -> Self {
        // Rate that went unused while nobody waited must not allow a burst of admissions.
        let oldest = now.as_millis() - self.admission_ms(1).max(RUN_INTERVAL_MS);
        let credit_since =
            self.credit_since.as_millis().max(if self.admitted == self.joined { oldest } else { 0 });
        Self {
            joined: self.joined.plus(count),
            credit_since: Timestamp::from_millis(credit_since),
            ordered_before: self.ordered_before.max(ordered_before),
            arrival_batch: Some(ArrivalBatch { base: self.joined, buckets }),
            ..self.clone()
        }
    }
}

/// Builds the error for a change of the terms of admission, which is possible again at `possible_at`.
fn too_many_terms(possible_at: Option<Timestamp>) -> Error {
    let time = possible_at.map_or_else(|| "later".to_owned(), |at| format!("from {at}"));
    let message = format!(
        "Users are still admitted under {TERMS_MAX} earlier values of token_seconds and no_show_seconds; change these \
         two {time}. The other settings can be changed now."
    );
    Error::refused(Code::TooManyTerms, message).with_details(json!({"possible_at": possible_at}))
}

impl AdmissionStep {
    /// Returns the positions of this step, which end with `admitted`, by the number of their admission block.
    pub fn admission_blocks(
        &self,
        admitted: QueuePosition,
    ) -> impl Iterator<Item = (u64, Vec<QueuePosition>)> + use<> {
        let (after, first) = (self.after, AdmissionBlock::of(self.after.next()));
        (first..=AdmissionBlock::of(admitted)).map(move |admission_block| {
            let positions = AdmissionBlock::positions(admission_block)
                .filter(|position| after < *position && *position <= admitted);
            (admission_block, positions.collect())
        })
    }
}
