//! Counts of a room by counting block: ends of positions, and users who left while waiting.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{GATE_PLACES, Gate, Mask};

/// Number of positions per counting block. The masks of its 64 admission blocks fit into 1 KiB.
pub const BLOCK_PLACES: u64 = 64 * GATE_PLACES;
/// Returns the number of the counting block that contains `position`.
pub const fn block_of(position: u64) -> u64 {
    position.saturating_sub(1) / BLOCK_PLACES
}

/// Admission blocks whose ends one version of the room counted, each with the mask of all ended positions.
/// Stored as text, which needs half the space of nested lists.
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
    /// Returns `true` if nothing is counted.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the masks grouped by counting block.
    pub fn by_block(&self) -> BTreeMap<u64, BTreeMap<u64, Mask>> {
        let mut blocks: BTreeMap<u64, BTreeMap<u64, Mask>> = BTreeMap::new();
        for (gate, mask) in &self.0 {
            blocks.entry(block_of(gate * GATE_PLACES + 1)).or_default().insert(*gate, *mask);
        }
        blocks
    }
}

/// Users who left while waiting, in a range of counting blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u64)", into = "(u64, u64, u64)")]
pub struct Gone {
    /// First counting block of the range.
    pub from: u64,
    /// Last counting block of the range, inclusive.
    pub to: u64,
    /// Number of users who left.
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

/// Counted departures of waiting users, from the counting blocks that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Departed {
    /// Counting blocks that were read.
    pub blocks: BTreeSet<u64>,
    /// Counted ends, as a mask for each admission block number.
    pub masks: BTreeMap<u64, Mask>,
}

impl Departed {
    /// Returns `true` if the end of `position` is counted.
    pub fn has(&self, position: u64) -> bool {
        self.masks.get(&Gate::of(position)).is_some_and(|mask| mask & Gate::bit(position) != 0)
    }
}
