//! Counting blocks and scheduled checks. A `CountingBlock` records which positions of 64 admission blocks
//! have ended and are counted, and a `ScheduledCheck` schedules a check whether admissions of a range of
//! positions have expired. Each time that the worker `run_rooms` handles a room, it therefore reads as many
//! items, however many users are admitted.

use std::collections::BTreeMap;

use super::{
    AdmissionBlock, COUNTING_BLOCK_POSITIONS, Departed, DepartedRange, PositionMask, PositionState,
    WaitingRoom, block_of,
};
use crate::Timestamp;

/// Maximum number of ranges (`DepartedRange`) of counting blocks that a room stores. When there are more, the
/// last two are merged.
const STRETCHES_MAX: usize = 64;

/// Returns the last position of counting block `number`.
const fn last_of(number: u64) -> u64 {
    (number + 1) * COUNTING_BLOCK_POSITIONS
}

/// Counting block: the positions of 64 admission blocks whose end the room has counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountingBlock {
    /// Positions whose end is counted, as a mask for each admission block number.
    pub masks: BTreeMap<u64, PositionMask>,
    /// Version of the waiting room that last wrote the block.
    pub version: u64,
}

/// Scheduled check whether admissions of a range of positions, within one counting block, have expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledCheck {
    /// Time of the check: the earliest time at which an admission of the range expires or becomes a no-show.
    pub at: Timestamp,
    /// Number before the first position of the range.
    pub after: u64,
    /// Last position of the range.
    pub upto: u64,
}

impl ScheduledCheck {
    /// Returns the numbers of the admission blocks that the range touches.
    pub const fn gates(&self) -> std::ops::RangeInclusive<u64> {
        AdmissionBlock::of(self.after + 1)..=AdmissionBlock::of(self.upto)
    }

    /// Returns the sort key of the check, by which checks are in order of time.
    pub fn name(&self) -> String {
        format!("{:013}#{:012}", self.at.as_millis().max(0), self.after)
    }

    /// Returns checks at `at` for the positions `after + 1..=upto`, one check for each counting block that
    /// contains some of them.
    pub fn stretches(at: Timestamp, after: u64, upto: u64) -> Vec<Self> {
        let mut stretches = Vec::new();
        let mut after = after;
        while after < upto {
            let end = last_of(block_of(after + 1)).min(upto);
            stretches.push(Self { at, after, upto: end });
            after = end;
        }
        stretches
    }

    /// Returns the next check of the range, given the position states `states`: it covers the admitted
    /// positions that have not ended, and is due when the first of them expires. `None` if all have ended.
    pub fn next(&self, room: &WaitingRoom, states: &BTreeMap<u64, PositionState>) -> Option<Self> {
        let open = (self.after + 1..=self.upto).filter_map(|position| {
            let state = states.get(&position).copied().unwrap_or_default();
            let deadline = room.deadline(position, state).filter(|_| state.end.is_none())?;
            Some((position, deadline.0))
        });
        let open: Vec<(u64, Timestamp)> = open.collect();
        let ((first, _), (last, _)) = (open.first()?, open.last()?);
        let at = open.iter().map(|(_, at)| *at).min()?;
        Some(Self { at, after: first - 1, upto: *last })
    }
}

impl WaitingRoom {
    /// Records that `count` more waiting users with positions in counting block `block` have left.
    pub(super) fn note_gone(&mut self, block: u64, count: u64) {
        match self.gone.binary_search_by(|gone| {
            if gone.to < block {
                std::cmp::Ordering::Less
            } else if gone.from > block {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        }) {
            Ok(index) => self.gone[index].count += count,
            Err(index) => self.gone.insert(index, DepartedRange { from: block, to: block, count }),
        }
        if self.gone.len() > STRETCHES_MAX {
            // Merge the last two ranges, since admission reaches them last.
            if let (Some(last), Some(before)) = (self.gone.pop(), self.gone.last_mut()) {
                *before = DepartedRange { from: before.from, to: last.to, count: before.count + last.count };
            }
        }
    }

    /// Subtracts one departed user in counting block `block`, because admission has passed that user's
    /// position.
    pub(super) fn pass_gone(&mut self, block: u64) {
        if let Some(gone) = self.gone.iter_mut().find(|gone| (gone.from..=gone.to).contains(&block)) {
            gone.count = gone.count.saturating_sub(1);
        }
        self.gone.retain(|gone| gone.count > 0);
    }

    /// Returns the number of waiting users who left in the range that contains counting block `block`, and
    /// whether that range is this block alone.
    fn gone_around(&self, block: u64) -> (u64, bool) {
        let found = self.gone.iter().find(|gone| (gone.from..=gone.to).contains(&block));
        found.map_or((0, true), |gone| (gone.count, gone.from == gone.to))
    }

    /// Returns `true` if waiting users in counting block `block`, or in the range around it, have left. The
    /// block must then be read to know who.
    pub fn has_gone(&self, block: u64) -> bool {
        self.gone_around(block).0 > 0
    }

    /// Returns the number of waiting users who left in counting blocks before `block`. In a range of several
    /// blocks they are assumed to be evenly distributed.
    pub fn gone_before(&self, block: u64) -> u64 {
        let before = self.gone.iter().map(|gone| {
            let blocks = (block.min(gone.to + 1)).saturating_sub(gone.from);
            gone.count * blocks / (gone.to + 1 - gone.from)
        });
        before.sum()
    }

    /// Returns whether the user at `position`, the next one to be admitted, has left. `None` if that is
    /// unknown because `departed` lacks the counting block.
    pub(super) fn is_gone(&self, position: u64, departed: &Departed) -> Option<bool> {
        let block = block_of(position);
        if departed.blocks.contains(&block) {
            return Some(departed.has(position));
        }
        let (count, is_exact) = self.gone_around(block);
        let rest = last_of(block).min(self.joined) + 1 - position;
        match count {
            0 => Some(false),
            _ if is_exact && count == rest => Some(true),
            _ => None,
        }
    }

    /// Returns the numbers of the counting blocks to read, at most 64, before admitting as many users as rate
    /// and capacity allow at `now`. Blocks of which no waiting user or every waiting user has left are not
    /// needed.
    pub fn blocks_ahead(&self, now: Timestamp) -> Vec<u64> {
        let (_, by_rate) = self.credit(now);
        let mut wanted = by_rate.min(u64::from(self.settings.capacity).saturating_sub(self.active()));
        let (mut blocks, mut next) = (Vec::new(), self.admitted + 1);
        while wanted > 0 && next <= self.joined && blocks.len() < STRETCHES_MAX {
            let block = block_of(next);
            let end = last_of(block).min(self.joined);
            let (count, is_exact) = self.gone_around(block);
            let size = end + 1 - next;
            if count > 0 && !(is_exact && count == size) {
                blocks.push(block);
            }
            wanted = wanted.saturating_sub(size - if is_exact { count.min(size) } else { 0 });
            next = end + 1;
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::CountedEnds;
    use super::*;

    proptest! {
        #[test]
        fn counting_is_read_as_it_was_written(gates in prop::collection::vec((0..1_000_000_000u64, any::<PositionMask>()), 0..9)) {
            let counting = CountedEnds(gates);
            let text = String::from(counting.clone());
            prop_assert_eq!(CountedEnds::from(text), counting);
        }

        #[test]
        fn stretches_lie_within_blocks_and_leave_nothing_out(after in 0..5_000u64, count in 0..40_000u64) {
            let at = Timestamp::from_millis(1_000);
            let stretches = ScheduledCheck::stretches(at, after, after + count);
            prop_assert!(stretches.iter().all(|one| block_of(one.after + 1) == block_of(one.upto)));
            let positions: Vec<u64> = stretches.iter().flat_map(|one| one.after + 1..=one.upto).collect();
            prop_assert!(positions.into_iter().eq(after + 1..=after + count));
        }
    }

    #[test]
    fn dues_sort_by_time() {
        let due =
            |ms, after| ScheduledCheck { at: Timestamp::from_millis(ms), after, upto: after + 1 }.name();
        assert!(due(999, 7) < due(1_000, 0) && due(1_000, 9) < due(1_000, 10));
    }
}
