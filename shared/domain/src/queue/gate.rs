//! Gates: what became of the places in the line, sixteen in an item.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Place;
use crate::Timestamp;

/// How many places a gate has: with all that can happen to each it stays within 1 KiB.
pub const GATE_PLACES: u64 = 16;

/// Places of a gate, a bit for each.
pub type Mask = u16;

/// How a place in the line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// What was waited for is paid.
    Done,
    /// Its owner has left the line.
    Left,
    /// Its owner did not come in time after they were let in.
    NoShow,
    /// Its owner was let in for as long as the queue allows.
    Expired,
}

impl End {
    /// As it is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Left => "left",
            Self::NoShow => "no_show",
            Self::Expired => "expired",
        }
    }

    /// What [`End::as_str`] has written.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Done, Self::Left, Self::NoShow, Self::Expired].into_iter().find(|end| end.as_str() == text)
    }
}

/// What happened to one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// When its owner was let in.
    pub admitted_at: Option<Timestamp>,
    /// When they made their first guarded call.
    pub taken_at: Option<Timestamp>,
    /// How it ended.
    pub end: Option<End>,
}

/// Sixteen places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// What happened to those to whom something happened, by position.
    pub marks: BTreeMap<u64, Mark>,
}

impl Gate {
    /// The number of the gate that `position` is in.
    pub const fn of(position: u64) -> u64 {
        position.saturating_sub(1) / GATE_PLACES
    }

    /// The positions of gate `number`.
    pub const fn positions(number: u64) -> std::ops::RangeInclusive<u64> {
        number * GATE_PLACES + 1..=(number + 1) * GATE_PLACES
    }

    /// Returns which of the places of gate `number` have ended: a bit for each, the lowest for the first.
    pub fn ended(&self, number: u64) -> Mask {
        let ended = self.marks.iter().filter(|(_, mark)| mark.end.is_some());
        ended
            .filter(|(position, _)| Self::of(**position) == number)
            .fold(0, |mask, (position, _)| mask | Self::bit(*position))
    }

    /// Returns the bit that stands for `position` in the mask of its gate.
    pub const fn bit(position: u64) -> Mask {
        1 << (position.saturating_sub(1) % GATE_PLACES)
    }

    /// What happened at `position`.
    pub fn mark(&self, position: u64) -> Mark {
        self.marks.get(&position).copied().unwrap_or_default()
    }
}

impl Place {
    /// The number of its gate.
    pub const fn gate(&self) -> u64 {
        Gate::of(self.number)
    }
}
