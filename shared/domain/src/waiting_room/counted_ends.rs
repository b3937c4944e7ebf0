//! Counts of a waiting room by counting block: ended positions, and users who left while they waited.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{ADMISSION_BLOCK_POSITIONS, AdmissionBlock, PositionMask, QueuePosition};

/// Number of positions per counting block: 64 admission blocks, whose masks fit into 1 KiB, one write unit.
pub const COUNTING_BLOCK_POSITIONS: u64 = 64 * ADMISSION_BLOCK_POSITIONS;

/// Returns the number of the counting block that contains `position`.
pub const fn counting_block_of(position: QueuePosition) -> u64 {
    position.previous().0 / COUNTING_BLOCK_POSITIONS
}

/// Returns the number of the counting block that contains admission block `number`.
pub const fn counting_block_of_admission_block(number: u64) -> u64 {
    number * ADMISSION_BLOCK_POSITIONS / COUNTING_BLOCK_POSITIONS
}

/// Admission blocks with ended positions that one version of the room counted, each as its number and the
/// mask of all its counted positions. Stored as text, which needs half the space of nested lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct CountedEnds(pub Vec<(u64, PositionMask)>);

impl From<CountedEnds> for String {
    fn from(counted: CountedEnds) -> Self {
        let admission_blocks =
            counted.0.iter().map(|(admission_block, mask)| format!("{admission_block:x}:{mask:x}"));
        admission_blocks.collect::<Vec<_>>().join(" ")
    }
}

impl From<String> for CountedEnds {
    fn from(text: String) -> Self {
        let number = |digits: &str| u64::from_str_radix(digits, 16).ok();
        let admission_blocks = text.split(' ').filter_map(|admission_block| {
            let (admission_block, mask) = admission_block.split_once(':')?;
            Some((number(admission_block)?, number(mask).and_then(|mask| PositionMask::try_from(mask).ok())?))
        });
        Self(admission_blocks.collect())
    }
}

impl CountedEnds {
    /// Returns `true` if that version counted no ended position.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the masks by the number of the counting block, then by the number of the admission block.
    pub fn by_block(&self) -> BTreeMap<u64, BTreeMap<u64, PositionMask>> {
        let mut blocks: BTreeMap<u64, BTreeMap<u64, PositionMask>> = BTreeMap::new();
        for (admission_block, mask) in &self.0 {
            blocks
                .entry(counting_block_of_admission_block(*admission_block))
                .or_default()
                .insert(*admission_block, *mask);
        }
        blocks
    }
}

/// Number of users who left while they waited, in a range of counting blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u64)", into = "(u64, u64, u64)")]
pub struct DepartedRange {
    /// First counting block of the range.
    pub from: u64,
    /// Last counting block of the range, inclusive.
    pub to: u64,
    /// Number of users with positions in the range who left.
    pub count: u64,
}

impl From<(u64, u64, u64)> for DepartedRange {
    fn from((from, to, count): (u64, u64, u64)) -> Self {
        Self { from, to, count }
    }
}

impl From<DepartedRange> for (u64, u64, u64) {
    fn from(range: DepartedRange) -> Self {
        (range.from, range.to, range.count)
    }
}

/// Ended positions according to some counting blocks. Of waiting positions these are the ones whose users
/// have left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Departed {
    /// Numbers of the counting blocks that were read.
    pub blocks: BTreeSet<u64>,
    /// Ended positions, as a mask for each admission block number.
    pub masks: BTreeMap<u64, PositionMask>,
}

impl Departed {
    /// Returns `true` if `position` has ended according to the blocks that were read.
    pub fn contains(&self, position: QueuePosition) -> bool {
        self.masks
            .get(&AdmissionBlock::of(position))
            .is_some_and(|mask| mask & AdmissionBlock::bit(position) != 0)
    }
}
