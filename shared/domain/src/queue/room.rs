//! The room: the one item that decides how many have a place in the line, and how many of these are let in.
//!
//! It writes down a step before it is carried out: the pages that are put in order, the places that are let
//! in. Whoever takes the next step first finishes what the last one left undone, so what follows from a step
//! is there before the step is forgotten, whoever died in between.

mod pace;
#[cfg(test)]
mod tests;

pub use pace::{Eta, Pace};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{End, GATE_PLACES, Gate, Joiner, Mark, PageKey};
use crate::Timestamp;
use crate::ids::{QueueId, UserId};
use crate::time::millis;

/// How many joiners a second a group of pages takes: a partition key takes 1,000 write units, and a page that
/// fills costs up to two for each.
const JOINS_PER_GROUP: u32 = 500;
/// The most places that one step lets in.
const STEP_MAX: u64 = 400;
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

/// What became of the places that are over, up to the room's `floor`.
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
    /// All places up to this one are over.
    pub floor: u64,
    /// What became of them.
    pub tally: Tally,
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
        let next = Self { name, status, settings, ..self.clone() };
        if next == *self { next } else { Self { wake_at: Some(now), version: self.version + 1, ..next } }
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

    /// What is known of `position` by this room and its gate's `mark` of it.
    pub fn admitted_at(&self, position: u64, mark: Mark) -> Option<Timestamp> {
        let by_step = || self.step.filter(|step| step.after < position).map(|step| step.at);
        if position > self.admitted { None } else { mark.admitted_at.or_else(by_step) }
    }

    /// The places whose time is over at `now`, and how each ends.
    pub fn overdue(&self, marks: &BTreeMap<u64, Mark>, now: Timestamp) -> Vec<(u64, End)> {
        let open = (self.floor + 1..=self.admitted).map(|position| (position, mark_of(marks, position)));
        open.filter(|(_, mark)| mark.end.is_none())
            .filter_map(|(position, mark)| {
                let (deadline, end) = self.deadline(position, mark)?;
                (deadline <= now).then_some((position, end))
            })
            .collect()
    }

    /// Until when the one at `position` may go on as they are, and how the place ends then.
    pub fn deadline(&self, position: u64, mark: Mark) -> Option<(Timestamp, End)> {
        let since = self.admitted_at(position, mark)?;
        let until = since.plus_seconds(self.settings.token_seconds.into());
        let take_up_before = since.plus_seconds(self.settings.no_show_seconds.into());
        Some(if mark.taken_at.is_none() && take_up_before < until {
            (take_up_before, End::NoShow)
        } else {
            (until, End::Expired)
        })
    }

    /// How many are let in and not over.
    pub fn active(&self, marks: &BTreeMap<u64, Mark>) -> u64 {
        let open =
            (self.floor + 1..=self.admitted).filter(|position| mark_of(marks, *position).end.is_none());
        open.count() as u64
    }

    /// What became of all places so far, those included that are not below the floor.
    pub fn tally(&self, marks: &BTreeMap<u64, Mark>) -> Tally {
        let mut tally = self.tally;
        marks.range(self.floor + 1..).filter_map(|(_, mark)| mark.end).for_each(|end| tally.count(end));
        tally
    }

    /// What the room becomes at `now`: as many are let in as capacity and rate allow, and what is over is
    /// counted. `marks` are those of the places above the floor, up to `known`, that something happened to.
    #[must_use]
    pub fn admit(&self, marks: &BTreeMap<u64, Mark>, known: u64, now: Timestamp) -> Self {
        let mut next = self.clone();
        while next.floor < next.admitted
            && let Some(end) = mark_of(marks, next.floor + 1).end
        {
            next.floor += 1;
            next.tally.count(end);
        }
        let (first_credit, by_rate) = self.credit(now);
        let room = u64::from(self.settings.capacity).saturating_sub(self.active(marks));
        let mut left = if self.status == Status::Paused { 0 } else { by_rate.min(room).min(STEP_MAX) };
        let mut let_in = 0;
        while next.admitted < next.joined.min(known) {
            // Whoever has left takes neither room nor rate.
            let gone = mark_of(marks, next.admitted + 1).end.is_some();
            if !gone && left == 0 {
                break;
            }
            next.admitted += 1;
            left -= u64::from(!gone);
            let_in += u64::from(!gone);
        }
        if next.admitted > self.admitted {
            next.step = Some(Step { after: self.admitted, at: now });
            next.credit_since = Timestamp::from_millis(first_credit + self.cost_ms(let_in));
            next.pace = self.pace_after(let_in, now);
        }
        next
    }

    /// What it became, as its next version, with the time of the next look.
    #[must_use]
    pub fn next(self, marks: &BTreeMap<u64, Mark>, now: Timestamp) -> Self {
        Self { wake_at: self.next_look(marks, now), version: self.version + 1, ..self }
    }

    /// Up to which position it is worth to know what happened, to decide who is let in at `now`: as far as
    /// the rate allows, and somewhat further, since some may have left.
    pub fn reach(&self, now: Timestamp) -> u64 {
        let (_, by_rate) = self.credit(now);
        let further = if by_rate == 0 { 0 } else { by_rate.min(STEP_MAX) + GATE_PLACES };
        (self.admitted + further).min(self.joined)
    }

    /// When somebody has to look again though nobody does anything: only while people wait.
    pub fn next_look(&self, marks: &BTreeMap<u64, Mark>, now: Timestamp) -> Option<Timestamp> {
        if self.admitted >= self.joined || self.status == Status::Paused {
            return None;
        }
        let soon = now.as_millis() + LOOK_MS;
        let (first_credit, _) = self.credit(now);
        let at = if self.active(marks) < u64::from(self.settings.capacity) {
            first_credit + self.cost_ms(1)
        } else {
            let open = (self.floor + 1..=self.admitted).map(|position| (position, mark_of(marks, position)));
            let open = open.filter(|(_, mark)| mark.end.is_none());
            let deadlines = open.filter_map(|(position, mark)| self.deadline(position, mark));
            deadlines.map(|(at, _)| at.as_millis()).min().unwrap_or(soon)
        };
        Some(Timestamp::from_millis(at.max(soon)))
    }
}

fn mark_of(marks: &BTreeMap<u64, Mark>, position: u64) -> Mark {
    marks.get(&position).copied().unwrap_or_default()
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
