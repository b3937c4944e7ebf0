//! The room: the one item that decides how many have a place in the line, and how many of these are let in.
//!
//! It writes down a step before it is carried out: the pages that are put in order, the places that are let
//! in. Whoever takes the next step first finishes what the last one left undone, so what follows from a step
//! is there before the step is forgotten, whoever died in between.

mod line;
mod pace;
#[cfg(test)]
mod tests;

pub use pace::{Eta, Pace};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Counting, End, Gate, Gone, Joiner, PageKey};
use crate::Timestamp;
use crate::ids::{QueueId, UserId};
use crate::time::millis;

/// How many joiners a second a group of pages takes: a partition key takes 1,000 write units, and a page that
/// fills costs up to two for each.
const JOINS_PER_GROUP: u32 = 500;
/// For how far ahead a message is sent; what is later waits for the schedule, since Lambda stops a message that
/// is sent on and on.
const MESSAGES_MS: i64 = 30 * 60 * 1_000;
/// How long after a look that should have been the schedule sees to it.
const WATCH_SECONDS: i64 = 60;
/// How many terms are remembered that are no more those of the settings.
const TERMS_MAX: usize = 16;
/// Between two looks at a room in which people wait.
const LOOK_MS: i64 = 1_000;

/// Whether it takes people in, and lets them in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// Both.
    #[default]
    Open,
    /// People may join; nobody is let in.
    Paused,
    /// Nobody may join; who is in line is let in.
    Closed,
}

/// What an operator sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How many may be let in at once.
    pub capacity: u32,
    /// How many are let in within a thousand seconds.
    pub rate_milli: u64,
    /// How long somebody who is let in may stay.
    pub token_seconds: u32,
    /// How long somebody who is let in has until their first guarded call.
    pub no_show_seconds: u32,
    /// How many may join within a second without being slowed down.
    pub joins_per_second: u32,
}

/// Pages that were put in order together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The position before its first.
    pub base: u64,
    /// Its pages.
    pub pages: Vec<PageKey>,
}

/// Places that were let in together: those behind `after`, up to the room's `admitted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The position before its first.
    pub after: u64,
    /// When.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

/// How long those may stay who were let in up to a position, when it has been set otherwise since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Last position that they are for.
    pub upto: u64,
    /// How long somebody who is let in may stay.
    pub token_seconds: u32,
    /// How long somebody who is let in has until their first guarded call.
    pub no_show_seconds: u32,
}

/// How many of the places have ended, as far as it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inside {
    /// Of those that are let in.
    pub ended: u64,
    /// Of those that wait.
    pub gone: u64,
}

/// What became of the places that are over and counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Who got what they waited for.
    pub served: u64,
    /// Who left, did not come, or took too long.
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

/// A waiting room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Its id.
    pub id: QueueId,
    /// For people.
    pub name: String,
    /// What an operator has set.
    pub settings: Settings,
    /// Whether it takes people in, and lets them in.
    pub status: Status,
    /// How many positions are given.
    pub joined: u64,
    /// All slices before this one were looked through.
    pub looked_before: u64,
    /// The last pages that were put in order.
    #[serde(default)]
    pub round: Option<Round>,
    /// The last position that is let in.
    pub admitted: u64,
    /// The last places that were let in.
    #[serde(default)]
    pub step: Option<Step>,
    /// All places up to this one are over: where the version before has come to that counted from here.
    pub floor: u64,
    /// What became of those that are over and counted.
    pub tally: Tally,
    /// How many places have ended; absent in a room of the version before that was not looked at since.
    #[serde(default)]
    pub inside: Option<Inside>,
    /// Where in the line people have left who waited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Gone>,
    /// Ends that were counted last.
    #[serde(default, skip_serializing_if = "Counting::is_empty")]
    pub counting: Counting,
    /// Name of the last stretch of the line that was looked at because a place in it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<String>,
    /// Terms of those who were let in before the settings changed, in the order of their positions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Terms>,
    /// When the schedule looks whether somebody has looked, as noted with this version or before.
    #[serde(with = "millis::option", default)]
    pub watched: Option<Timestamp>,
    /// Since when the rate is not used up.
    #[serde(with = "millis")]
    pub credit_since: Timestamp,
    /// How fast people are let in: so many within a thousand seconds.
    pub pace: Pace,
    /// When there is something to do without anybody doing anything.
    #[serde(with = "millis::option", default)]
    pub wake_at: Option<Timestamp>,
    /// When it was made.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// Stands for the body of the request that made it, when that had an `Idempotency-Key`.
    #[serde(default)]
    pub mark: Option<String>,
    /// One more with every write.
    pub version: u64,
}

/// What is changed of a room; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomChanges {
    /// For people.
    pub name: Option<String>,
    /// Whether it takes people in, and lets them in.
    pub status: Option<Status>,
    /// See [`Settings::capacity`].
    pub capacity: Option<u32>,
    /// See [`Settings::rate_milli`].
    pub rate_milli: Option<u64>,
    /// See [`Settings::token_seconds`].
    pub token_seconds: Option<u32>,
    /// See [`Settings::no_show_seconds`].
    pub no_show_seconds: Option<u32>,
    /// See [`Settings::joins_per_second`].
    pub joins_per_second: Option<u32>,
}

impl Room {
    /// A room that nobody has joined.
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

    /// Into how many groups the pages of a slice are spread.
    pub fn groups(&self) -> u32 {
        self.settings.joins_per_second.div_ceil(JOINS_PER_GROUP).max(1)
    }

    /// The page of `slice` that `user` joins.
    pub fn page_for(&self, user: &UserId, slice: u64) -> PageKey {
        Joiner::of(&self.id, user).page(slice, self.groups())
    }

    /// The next version with `changes`. Somebody may have to be let in at once, so it wakes.
    #[must_use]
    pub fn change(&self, changes: &RoomChanges, now: Timestamp) -> Self {
        let settings = Settings {
            capacity: changes.capacity.unwrap_or(self.settings.capacity),
            rate_milli: changes.rate_milli.unwrap_or(self.settings.rate_milli),
            token_seconds: changes.token_seconds.unwrap_or(self.settings.token_seconds),
            no_show_seconds: changes.no_show_seconds.unwrap_or(self.settings.no_show_seconds),
            joins_per_second: changes.joins_per_second.unwrap_or(self.settings.joins_per_second),
        };
        let name = changes.name.clone().unwrap_or_else(|| self.name.clone());
        let status = changes.status.unwrap_or(self.status);
        let terms = self.terms_after(&settings);
        let next = Self { name, status, settings, terms, ..self.clone() };
        if next == *self { next } else { next.next(Some(now), now) }
    }

    /// The terms of those who are let in already, once these are the settings: they keep what they were told.
    fn terms_after(&self, settings: &Settings) -> Vec<Terms> {
        let Settings { token_seconds, no_show_seconds, .. } = self.settings;
        let mut terms = self.terms.clone();
        let same = (settings.token_seconds, settings.no_show_seconds) == (token_seconds, no_show_seconds);
        if same || terms.last().map_or(0, |last| last.upto) >= self.admitted {
            return terms;
        }
        terms.push(Terms { upto: self.admitted, token_seconds, no_show_seconds });
        if terms.len() > TERMS_MAX {
            // Whoever is meant by the oldest is over, or is given more than they were told, and never less.
            let oldest = terms.remove(0);
            let first = &mut terms[0];
            first.token_seconds = first.token_seconds.max(oldest.token_seconds);
            first.no_show_seconds = first.no_show_seconds.max(oldest.no_show_seconds);
        }
        terms
    }

    /// What the room becomes when those on `pages` get positions, `count` of them, and all slices before
    /// `looked_before` are looked through.
    #[must_use]
    pub fn place(&self, pages: Vec<PageKey>, count: u64, looked_before: u64, now: Timestamp) -> Self {
        // A rate that nobody used while nobody waited is no licence for a crowd.
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

impl Step {
    /// The places of this step of `room`, gate by gate.
    pub fn gates(&self, admitted: u64) -> impl Iterator<Item = (u64, Vec<u64>)> + use<> {
        let (after, first) = (self.after, Gate::of(self.after + 1));
        (first..=Gate::of(admitted)).map(move |gate| {
            let positions =
                Gate::positions(gate).filter(|position| (after + 1..=admitted).contains(position));
            (gate, positions.collect())
        })
    }
}
