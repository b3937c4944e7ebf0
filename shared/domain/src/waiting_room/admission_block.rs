//! Admission blocks: items that record what happened to sixteen positions each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString};

use super::{PositionKey, QueuePosition};
use crate::Timestamp;

/// Number of positions per admission block. An item with all three attributes of each position stays within 1
/// KiB, one write unit.
pub const ADMISSION_BLOCK_POSITIONS: u64 = 16;

/// Set of positions of an admission block, one bit each.
pub type PositionMask = u16;

/// Reason for the end of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PositionEnd {
    /// The user paid for a purchase that the waiting room protects.
    Done,
    /// The user left the waiting room, before or after the admission.
    Left,
    /// The user sent no protected request in time after admission.
    NoShow,
    /// The duration of the admission is over.
    Expired,
}

/// State of one position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PositionState {
    /// Time of admission. `None` if the position is not admitted, or if its admission is not recorded here
    /// yet.
    pub admitted_at: Option<Timestamp>,
    /// Time of the first protected request after admission; `None` if there was none.
    pub first_use_at: Option<Timestamp>,
    /// Reason for the end of the position; `None` if it has not ended.
    pub end: Option<PositionEnd>,
    /// Class of the time from the join to the admission ([`wait_class`](crate::analytics::wait_class)),
    /// recorded with the first protected request. `None` without one, and if an older version of dibs
    /// recorded it.
    pub wait_class: Option<u32>,
    /// Time at which the user left, if the position ended so. `None` if an older version of dibs recorded
    /// the end.
    pub left_at: Option<Timestamp>,
}

/// Admission block: the states of sixteen positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdmissionBlock {
    /// Recorded states by position. Positions without a recorded time or end are absent.
    pub states: BTreeMap<QueuePosition, PositionState>,
}

impl AdmissionBlock {
    /// Returns the number of the admission block that contains `position`.
    pub const fn of(position: QueuePosition) -> u64 {
        position.previous().0 / ADMISSION_BLOCK_POSITIONS
    }

    /// Returns the positions of admission block `number`.
    pub fn positions(number: u64) -> impl Iterator<Item = QueuePosition> {
        let before = QueuePosition(number * ADMISSION_BLOCK_POSITIONS);
        before.up_to(before.plus(ADMISSION_BLOCK_POSITIONS))
    }

    /// Returns the ended positions of admission block `number` as a mask. The lowest bit is the first
    /// position.
    pub fn ended(&self, number: u64) -> PositionMask {
        let ended = self.states.iter().filter(|(_, state)| state.end.is_some());
        ended
            .filter(|(position, _)| Self::of(**position) == number)
            .fold(0, |mask, (position, _)| mask | Self::bit(*position))
    }

    /// Returns the bit of `position` in the mask of its admission block.
    pub const fn bit(position: QueuePosition) -> PositionMask {
        1 << (position.previous().0 % ADMISSION_BLOCK_POSITIONS)
    }

    /// Returns the state of `position`; all its fields are `None` if nothing is recorded.
    pub fn state(&self, position: QueuePosition) -> PositionState {
        self.states.get(&position).copied().unwrap_or_default()
    }
}

impl PositionKey {
    /// Returns the number of the position's admission block.
    pub const fn admission_block(&self) -> u64 {
        AdmissionBlock::of(self.position)
    }
}
