//! Counting blocks and scheduled checks. A `CountingBlock` records which positions of 64 admission blocks
//! have ended and are counted, and a `ScheduledCheck` schedules a check whether admissions of a range of
//! positions have expired. Each time that the worker `run_rooms` handles a room, it therefore reads as many
//! items, however many users are admitted.

use std::collections::BTreeMap;

use super::{
    AdmissionBlock, COUNTING_BLOCK_POSITIONS, Departed, DepartedRange, PositionMask, PositionState,
    QueuePosition, WaitingRoom, counting_block_of,
};
use crate::Timestamp;

/// Maximum number of ranges (`DepartedRange`) of counting blocks that a room stores. When there are more, the
/// last two are merged.
const RANGES_MAX: usize = 64;

/// Returns the last position of counting block `number`.
const fn last_of(number: u64) -> QueuePosition {
    QueuePosition((number + 1) * COUNTING_BLOCK_POSITIONS)
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
    /// Position before the first one of the range.
    pub after: QueuePosition,
    /// Last position of the range.
    pub upto: QueuePosition,
}

impl ScheduledCheck {
    /// Returns the numbers of the admission blocks that the range touches.
    pub const fn admission_blocks(&self) -> std::ops::RangeInclusive<u64> {
        AdmissionBlock::of(self.after.next())..=AdmissionBlock::of(self.upto)
    }

    /// Returns the sort key of the check, by which checks are in order of time.
    pub fn sort_key(&self) -> String {
        format!("{:013}#{:012}", self.at.as_millis().max(0), self.after.0)
    }

    /// Returns checks at `at` for the positions after `after` up to `upto`, one check for each counting block
    /// that contains some of them.
    pub fn for_positions(at: Timestamp, after: QueuePosition, upto: QueuePosition) -> Vec<Self> {
        let mut ranges = Vec::new();
        let mut after = after;
        while after < upto {
            let end = last_of(counting_block_of(after.next())).min(upto);
            ranges.push(Self { at, after, upto: end });
            after = end;
        }
        ranges
    }

    /// Returns the next check of the range, given the position states `states`: it covers the admitted
    /// positions that have not ended, and is due when the first of them expires. `None` if all have ended.
    pub fn following(
        &self,
        room: &WaitingRoom,
        states: &BTreeMap<QueuePosition, PositionState>,
    ) -> Option<Self> {
        let open = self.after.up_to(self.upto).filter_map(|position| {
            let state = states.get(&position).copied().unwrap_or_default();
            let deadline = room.deadline(position, state).filter(|_| state.end.is_none())?;
            Some((position, deadline.0))
        });
        let open: Vec<(QueuePosition, Timestamp)> = open.collect();
        let ((first, _), (last, _)) = (open.first()?, open.last()?);
        let at = open.iter().map(|(_, at)| *at).min()?;
        Some(Self { at, after: first.previous(), upto: *last })
    }
}

impl WaitingRoom {
    /// Records that `count` more waiting users with positions in counting block `block` have left.
    pub(super) fn add_departure(&mut self, block: u64, count: u64) {
        match self.departed.binary_search_by(|range| {
            if range.to < block {
                std::cmp::Ordering::Less
            } else if range.from > block {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        }) {
            Ok(index) => self.departed[index].count += count,
            Err(index) => self.departed.insert(index, DepartedRange { from: block, to: block, count }),
        }
        if self.departed.len() > RANGES_MAX {
            // Merge the last two ranges, since admission reaches them last.
            if let (Some(last), Some(before)) = (self.departed.pop(), self.departed.last_mut()) {
                *before = DepartedRange { from: before.from, to: last.to, count: before.count + last.count };
            }
        }
    }

    /// Subtracts one departed user in counting block `block`, because admission has passed that user's
    /// position.
    pub(super) fn remove_departure(&mut self, block: u64) {
        if let Some(range) = self.departed.iter_mut().find(|range| (range.from..=range.to).contains(&block)) {
            range.count = range.count.saturating_sub(1);
        }
        self.departed.retain(|range| range.count > 0);
    }

    /// Returns the number of waiting users who left in the range that contains counting block `block`, and
    /// whether that range is this block alone.
    fn departures_around(&self, block: u64) -> (u64, bool) {
        let found = self.departed.iter().find(|range| (range.from..=range.to).contains(&block));
        found.map_or((0, true), |range| (range.count, range.from == range.to))
    }

    /// Returns `true` if waiting users in counting block `block`, or in the range around it, have left. The
    /// block must then be read to know who.
    pub fn has_departures(&self, block: u64) -> bool {
        self.departures_around(block).0 > 0
    }

    /// Returns the number of waiting users who left in counting blocks before `block`. In a range of several
    /// blocks they are assumed to be evenly distributed.
    pub fn departed_before(&self, block: u64) -> u64 {
        let before = self.departed.iter().map(|range| {
            let blocks = (block.min(range.to + 1)).saturating_sub(range.from);
            range.count * blocks / (range.to + 1 - range.from)
        });
        before.sum()
    }

    /// Returns whether the user at `position`, the next one to be admitted, has left. `None` if that is
    /// unknown because `departed` lacks the counting block.
    pub(super) fn has_departed(&self, position: QueuePosition, departed: &Departed) -> Option<bool> {
        let block = counting_block_of(position);
        if departed.blocks.contains(&block) {
            return Some(departed.contains(position));
        }
        let (count, is_exact) = self.departures_around(block);
        let rest = last_of(block).min(self.joined).count_after(position.previous());
        match count {
            0 => Some(false),
            _ if is_exact && count == rest => Some(true),
            _ => None,
        }
    }

    /// Returns the numbers of the counting blocks to read, at most 64, before admitting as many users as rate
    /// and capacity allow at `now`. Blocks of which no waiting user or every waiting user has left are not
    /// needed.
    pub fn counting_blocks_ahead(&self, now: Timestamp) -> Vec<u64> {
        let (_, by_rate) = self.credit(now);
        let mut wanted = by_rate.min(u64::from(self.settings.capacity).saturating_sub(self.active()));
        let (mut blocks, mut next) = (Vec::new(), self.admitted.next());
        while wanted > 0 && next <= self.joined && blocks.len() < RANGES_MAX {
            let block = counting_block_of(next);
            let end = last_of(block).min(self.joined);
            let (count, is_exact) = self.departures_around(block);
            let size = end.count_after(next.previous());
            if count > 0 && !(is_exact && count == size) {
                blocks.push(block);
            }
            wanted = wanted.saturating_sub(size - if is_exact { count.min(size) } else { 0 });
            next = end.next();
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
        fn counted_ends_are_read_as_they_were_written(admission_blocks in prop::collection::vec((0..1_000_000_000u64, any::<PositionMask>()), 0..9)) {
            let counted = CountedEnds(admission_blocks);
            let text = String::from(counted.clone());
            prop_assert_eq!(CountedEnds::from(text), counted);
        }

        #[test]
        fn ranges_lie_within_blocks_and_leave_nothing_out(after in 0..5_000u64, count in 0..40_000u64) {
            let at = Timestamp::from_millis(1_000);
            let (after, upto) = (QueuePosition(after), QueuePosition(after + count));
            let ranges = ScheduledCheck::for_positions(at, after, upto);
            prop_assert!(ranges.iter().all(|one| counting_block_of(one.after.next()) == counting_block_of(one.upto)));
            let positions: Vec<QueuePosition> = ranges.iter().flat_map(|one| one.after.up_to(one.upto)).collect();
            prop_assert!(positions.into_iter().eq(after.up_to(upto)));
        }
    }

    #[test]
    fn checks_sort_by_time() {
        let check = |ms, after| {
            ScheduledCheck {
                at: Timestamp::from_millis(ms),
                after: QueuePosition(after),
                upto: QueuePosition(after + 1),
            }
            .sort_key()
        };
        assert!(check(999, 7) < check(1_000, 0) && check(1_000, 9) < check(1_000, 10));
    }
}
