//! Blocks: what is counted of sixty-four gates, so that a look at a room reads as much whether sixteen people
//! are in or fifty thousand; and when the next place of a stretch of the line is over.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{GATE_PLACES, Gate, Mark, Mask, Room};
use crate::Timestamp;

/// How many places a block has: the masks of its sixty-four gates stay within 1 KiB.
pub const BLOCK_PLACES: u64 = 64 * GATE_PLACES;
/// How many stretches of the line a room remembers to have lost people; neighbours are merged beyond that.
const STRETCHES_MAX: usize = 64;

/// Returns the number of the block that `position` is in.
pub const fn block_of(position: u64) -> u64 {
    position.saturating_sub(1) / BLOCK_PLACES
}

/// Returns the last position of block `number`.
const fn last_of(number: u64) -> u64 {
    (number + 1) * BLOCK_PLACES
}

/// What is counted of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Which places of each gate have ended and are counted, by the gate's number.
    pub masks: BTreeMap<u64, Mask>,
    /// Version of the room that it was last written for.
    pub version: u64,
}

/// Gates whose ends were counted with a version of the room, and which of their places have ended by then.
/// Written as text, which is half as long as a list of lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Counting(pub Vec<(u64, Mask)>);

impl From<Counting> for String {
    fn from(counting: Counting) -> Self {
        let gates = counting.0.iter().map(|(gate, mask)| format!("{gate:x}:{mask:x}"));
        gates.collect::<Vec<_>>().join(" ")
    }
}

impl From<String> for Counting {
    fn from(text: String) -> Self {
        let number = |digits: &str| u64::from_str_radix(digits, 16).ok();
        let gates = text.split(' ').filter_map(|gate| {
            let (gate, mask) = gate.split_once(':')?;
            Some((number(gate)?, number(mask).and_then(|mask| Mask::try_from(mask).ok())?))
        });
        Self(gates.collect())
    }
}

impl Counting {
    /// Whether nothing is counted.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns its gates by block.
    pub fn by_block(&self) -> BTreeMap<u64, BTreeMap<u64, Mask>> {
        let mut blocks: BTreeMap<u64, BTreeMap<u64, Mask>> = BTreeMap::new();
        for (gate, mask) in &self.0 {
            blocks.entry(block_of(gate * GATE_PLACES + 1)).or_default().insert(*gate, *mask);
        }
        blocks
    }
}

/// People who have left a stretch of the line while they waited there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u64)", into = "(u64, u64, u64)")]
pub struct Gone {
    /// First block of the stretch.
    pub from: u64,
    /// Last block of the stretch.
    pub to: u64,
    /// How many have left.
    pub count: u64,
}

impl From<(u64, u64, u64)> for Gone {
    fn from((from, to, count): (u64, u64, u64)) -> Self {
        Self { from, to, count }
    }
}

impl From<Gone> for (u64, u64, u64) {
    fn from(gone: Gone) -> Self {
        (gone.from, gone.to, gone.count)
    }
}

/// Who of those who wait have left, as far as it is counted: which blocks were read, and what they said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Departed {
    /// Blocks that were read.
    pub blocks: BTreeSet<u64>,
    /// Which places have ended and are counted, by the number of the gate.
    pub masks: BTreeMap<u64, Mask>,
}

impl Departed {
    /// Whether the end of `position` is counted.
    pub fn has(&self, position: u64) -> bool {
        self.masks.get(&Gate::of(position)).is_some_and(|mask| mask & Gate::bit(position) != 0)
    }
}

/// A stretch of the line in which the next place is over at some time. It lies within a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// When to look at it.
    pub at: Timestamp,
    /// Position before its first.
    pub after: u64,
    /// Its last position.
    pub upto: u64,
}

impl Due {
    /// Returns the numbers of its gates.
    pub const fn gates(&self) -> std::ops::RangeInclusive<u64> {
        Gate::of(self.after + 1)..=Gate::of(self.upto)
    }

    /// Returns its name, which sorts by time.
    pub fn name(&self) -> String {
        format!("{:013}#{:012}", self.at.as_millis().max(0), self.after)
    }

    /// Cuts the places behind `after` up to `upto`, in which the next is over `at`, into stretches.
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

    /// Returns what is left of it for `room` when its gates are `marks`: when the next of its places is over
    /// that have not ended. `None` when all have.
    pub fn next(&self, room: &Room, marks: &BTreeMap<u64, Mark>) -> Option<Self> {
        let open = (self.after + 1..=self.upto).filter_map(|position| {
            let mark = marks.get(&position).copied().unwrap_or_default();
            let deadline = room.deadline(position, mark).filter(|_| mark.end.is_none())?;
            Some((position, deadline.0))
        });
        let open: Vec<(u64, Timestamp)> = open.collect();
        let ((first, _), (last, _)) = (open.first()?, open.last()?);
        let at = open.iter().map(|(_, at)| *at).min()?;
        Some(Self { at, after: first - 1, upto: *last })
    }
}

impl Room {
    /// Notes that so many more have left while they waited in `block`.
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
            Err(index) => self.gone.insert(index, Gone { from: block, to: block, count }),
        }
        if self.gone.len() > STRETCHES_MAX {
            // The two at the end are the ones that matter last.
            if let (Some(last), Some(before)) = (self.gone.pop(), self.gone.last_mut()) {
                *before = Gone { from: before.from, to: last.to, count: before.count + last.count };
            }
        }
    }

    /// Takes one who has left in `block` off, since the line went on over them.
    pub(super) fn pass_gone(&mut self, block: u64) {
        if let Some(gone) = self.gone.iter_mut().find(|gone| (gone.from..=gone.to).contains(&block)) {
            gone.count = gone.count.saturating_sub(1);
        }
        self.gone.retain(|gone| gone.count > 0);
    }

    /// Returns how many have left while they wait in a stretch that `block` is in, and whether that is the
    /// stretch's only block.
    fn gone_around(&self, block: u64) -> (u64, bool) {
        let found = self.gone.iter().find(|gone| (gone.from..=gone.to).contains(&block));
        found.map_or((0, true), |gone| (gone.count, gone.from == gone.to))
    }

    /// Whether it must be read which of the places of `block` were left.
    pub fn has_gone(&self, block: u64) -> bool {
        self.gone_around(block).0 > 0
    }

    /// Returns how many of those who wait before `block` have left: of a stretch that `block` is in the middle
    /// of, its share.
    pub fn gone_before(&self, block: u64) -> u64 {
        let before = self.gone.iter().map(|gone| {
            let blocks = (block.min(gone.to + 1)).saturating_sub(gone.from);
            gone.count * blocks / (gone.to + 1 - gone.from)
        });
        before.sum()
    }

    /// Whether `position`, the next to be let in, was left. `None` when its block would have to be read.
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

    /// Returns the blocks that must be read to let in as many as rate and capacity allow at `now`: none where
    /// nobody has left, or everybody has.
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

    use super::*;

    proptest! {
        #[test]
        fn counting_is_read_as_it_was_written(gates in prop::collection::vec((0..1_000_000_000u64, any::<Mask>()), 0..9)) {
            let counting = Counting(gates);
            let text = String::from(counting.clone());
            prop_assert_eq!(Counting::from(text), counting);
        }

        #[test]
        fn stretches_lie_within_blocks_and_leave_nothing_out(after in 0..5_000u64, count in 0..40_000u64) {
            let at = Timestamp::from_millis(1_000);
            let stretches = Due::stretches(at, after, after + count);
            prop_assert!(stretches.iter().all(|one| block_of(one.after + 1) == block_of(one.upto)));
            let positions: Vec<u64> = stretches.iter().flat_map(|one| one.after + 1..=one.upto).collect();
            prop_assert!(positions.into_iter().eq(after + 1..=after + count));
        }
    }

    #[test]
    fn dues_sort_by_time() {
        let due = |ms, after| Due { at: Timestamp::from_millis(ms), after, upto: after + 1 }.name();
        assert!(due(999, 7) < due(1_000, 0) && due(1_000, 9) < due(1_000, 10));
    }
}
