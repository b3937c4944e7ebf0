//! Stock: limited units, divided into buckets so that no item is written by all users.
//!
//! A bucket contains about twenty units or a few codes, and the names of their holders. It is small enough
//! that a write costs one write unit, and the number of buckets grows with the stock. The first bucket that
//! is tried for a holder is derived from the holder's name, so a retry tries the same one first. The sold-out
//! index (`SoldOutIndex`) records which buckets are empty, so a sold-out answer needs only a read.

mod parts;

pub use parts::{BucketHold, OrderPart, StockCounts, earlier, fewest};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Quantity;

/// Number of units per bucket. An item with 20 holders whose names have 26 characters stays within 1 KiB, one
/// write unit.
pub const UNITS_PER_BUCKET: u32 = 20;
/// Number of deal units per bucket. Lower than [`UNITS_PER_BUCKET`], since order names and holds are longer
/// and must also fit into 1 KiB.
pub const DEAL_UNITS_PER_BUCKET: u32 = 12;
/// Target number of codes per bucket. An item with six codes of 12 characters, each with holder and campaign
/// stored twice, stays within 1 KiB.
pub const CODES_PER_BUCKET: u32 = 6;
/// Number of buckets per page of the sold-out index. A page is one item and stays within 1 KiB, one write
/// unit.
pub const BUCKETS_PER_PAGE: u32 = 64;
/// Maximum number of units per stock: 5,000 buckets, or 8,334 buckets of a deal.
pub const UNITS_MAX: u32 = 100_000;

/// Stock and its division into buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// Table and purpose of the stock.
    pub kind: StockKind,
    /// Name of the stock in the keys of its buckets.
    pub id: String,
    /// Layout of the stock: unit batches or a code pool.
    pub layout: StockLayout,
}

/// Kind of a stock, which determines its table and what its units are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StockKind {
    /// Stored with the claims; a line item takes one unit.
    Rewards,
    /// Stored with the deals; an order takes one or more units.
    Deals,
}

/// Layout of a stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StockLayout {
    /// Identical units, as the sizes of the batches in which they were added. The item of a bucket is created
    /// when its first unit is taken.
    Units(Vec<Quantity>),
    /// Unique codes. The item of a bucket is created when its first code is added.
    Codes {
        /// Number of buckets of the code pool.
        buckets: u32,
    },
}

impl StockKind {
    /// Returns the number of units in a full bucket.
    pub const fn units_per_bucket(self) -> u32 {
        match self {
            Self::Rewards => UNITS_PER_BUCKET,
            Self::Deals => DEAL_UNITS_PER_BUCKET,
        }
    }
}

impl Stock {
    /// Returns the kind and the id of the stock, which together no other stock has.
    pub fn name(&self) -> (StockKind, String) {
        (self.kind, self.id.clone())
    }

    /// Returns the number of buckets.
    pub fn buckets(&self) -> u32 {
        match &self.layout {
            StockLayout::Units(batches) => {
                batches.iter().map(|batch| batch.0.div_ceil(self.kind.units_per_bucket())).sum()
            }
            StockLayout::Codes { buckets } => *buckets,
        }
    }

    /// Returns the initial number of units in `bucket`: 0 if it does not exist, and 0 in a code pool, whose
    /// codes are added later.
    pub fn units_of(&self, bucket: u32) -> Quantity {
        let StockLayout::Units(batches) = &self.layout else { return Quantity::ZERO };
        let (mut first, full) = (0, self.kind.units_per_bucket());
        for Quantity(batch) in batches {
            let buckets = batch.div_ceil(full);
            if bucket < first + buckets {
                // The last bucket of a batch is partly filled if the batch is no multiple of a full bucket.
                return Quantity((batch - (bucket - first) * full).min(full));
            }
            first += buckets;
        }
        Quantity::ZERO
    }

    /// Returns the numbers of all buckets in the order in which they are tried for `holder`. The first one is
    /// derived from this name.
    pub fn order_for(&self, holder: &str) -> impl Iterator<Item = u32> + use<> {
        let buckets = self.buckets();
        let first = if buckets == 0 { 0 } else { bucket_of(holder, buckets) };
        (0..buckets).map(move |step| (first + step) % buckets)
    }

    /// Returns the number of pages, each an item, of the stock's sold-out index.
    pub fn pages(&self) -> u32 {
        self.buckets().div_ceil(BUCKETS_PER_PAGE)
    }
}

/// Derives a bucket from `name`, evenly distributed over `buckets`, which must be at least 1.
pub fn bucket_of(name: &str, buckets: u32) -> u32 {
    // FNV-1a with a finalizer that mixes the high bits in, since ids differ mostly in their last characters.
    let mut hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^= hash >> 32;
    u32::try_from(hash % u64::from(buckets.max(1))).unwrap_or(0)
}

/// Returns the number of buckets for a pool of about `codes` codes, from 1 to 5,000.
pub fn code_buckets_for(codes: u32) -> u32 {
    codes.div_ceil(CODES_PER_BUCKET).clamp(1, UNITS_MAX / UNITS_PER_BUCKET)
}

/// State of one bucket in the sold-out index. An odd value says that the bucket was found empty in generation
/// `state / 2`, an even one that generation `state / 2` was announced, which begins when units enter the
/// bucket. Units that enter an empty bucket always begin a new generation, so a larger value is newer.
pub type BucketState = u64;

/// Returns the state of a bucket that was found empty in generation `generation`.
pub const fn emptied_in(generation: u64) -> BucketState {
    generation * 2 + 1
}

/// Returns the state of a bucket for which generation `generation` is announced: units are about to enter it.
pub const fn begins(generation: u64) -> BucketState {
    generation * 2
}

/// Sold-out index of a stock, as it was read: the latest known state of its buckets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldOutIndex {
    states: BTreeMap<u32, BucketState>,
}

impl SoldOutIndex {
    /// Records `state` as the state of `bucket`, unless a newer state is known.
    pub fn note(&mut self, bucket: u32, state: BucketState) {
        let known = self.states.entry(bucket).or_insert(state);
        *known = (*known).max(state);
    }

    /// Returns `true` if `state` for `bucket`, or a newer state, is already known.
    pub fn has_recorded(&self, bucket: u32, state: BucketState) -> bool {
        self.states.get(&bucket).is_some_and(|known| *known >= state)
    }

    /// Returns `true` if the latest known state of `bucket` is empty.
    pub fn is_empty(&self, bucket: u32) -> bool {
        self.states.get(&bucket).is_some_and(|state| state % 2 == 1)
    }

    /// Returns `true` if all buckets that are empty here stayed empty until `later` was read. This can be
    /// concluded because the new generation of a bucket is written to the index before units enter the
    /// bucket.
    pub fn was_empty_until(&self, later: &Self) -> bool {
        self.states.iter().all(|(bucket, state)| state % 2 == 0 || later.states.get(bucket) == Some(state))
    }

    /// Returns `true` if `bucket` may have a unit. A bucket of identical units may have some until it is
    /// recorded as empty. A bucket of a code pool has none until a generation with codes is recorded, which
    /// happens before the codes are added.
    pub fn may_have_units(&self, stock: &Stock, bucket: u32) -> bool {
        match &stock.layout {
            StockLayout::Units(_) => !self.is_empty(bucket),
            StockLayout::Codes { .. } => self.states.get(&bucket).is_some_and(|state| state % 2 == 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(batches: &[u32]) -> Stock {
        Stock {
            kind: StockKind::Rewards,
            id: "s".into(),
            layout: StockLayout::Units(batches.iter().copied().map(Quantity).collect()),
        }
    }

    #[test]
    fn every_unit_is_in_one_bucket() {
        for batches in [&[1][..], &[20], &[21], &[1000], &[7, 45, 20]] {
            let stock = units(batches);
            let sum: u32 = (0..stock.buckets()).map(|bucket| stock.units_of(bucket).0).sum();
            assert_eq!(sum, batches.iter().sum::<u32>(), "{batches:?}");
            assert!((0..stock.buckets()).all(|bucket| (1..=20).contains(&stock.units_of(bucket).0)));
            assert_eq!(stock.units_of(stock.buckets()), 0);
        }
    }

    #[test]
    fn a_bucket_of_a_deal_is_smaller() {
        let stock = Stock { kind: StockKind::Deals, ..units(&[100]) };
        assert_eq!(stock.buckets(), 9);
        let full: Vec<Quantity> = (0..10).map(|bucket| stock.units_of(bucket)).collect();
        assert_eq!(full, [12, 12, 12, 12, 12, 12, 12, 12, 4, 0]);
    }

    #[test]
    fn a_further_batch_leaves_the_buckets_before_it_as_they_were() {
        let (before, after) = (units(&[45]), units(&[45, 30]));
        assert!((0..before.buckets()).all(|bucket| before.units_of(bucket) == after.units_of(bucket)));
    }

    #[test]
    fn everybody_tries_every_bucket_once_and_the_first_choice_is_spread() {
        let stock = units(&[1000]);
        let mut firsts = BTreeMap::new();
        for user in 0..10_000 {
            let holder = format!("usr_01J0000000000000000000{user:04}#1");
            let order: Vec<u32> = stock.order_for(&holder).collect();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..50).collect::<Vec<_>>());
            *firsts.entry(order[0]).or_insert(0) += 1;
        }
        assert!(firsts.len() == 50 && firsts.values().all(|count| (120..=280).contains(count)), "{firsts:?}");
    }

    #[test]
    fn a_late_state_of_an_older_generation_changes_nothing() {
        let mut index = SoldOutIndex::default();
        index.note(3, emptied_in(0));
        assert!(index.is_empty(3));
        index.note(3, begins(1));
        index.note(3, emptied_in(0));
        assert!(!index.is_empty(3));
        index.note(3, emptied_in(1));
        assert!(index.is_empty(3));
    }

    #[test]
    fn a_hint_is_still_true_until_something_is_announced_for_an_empty_bucket() {
        let mut index = SoldOutIndex::default();
        index.note(1, emptied_in(0));
        index.note(2, begins(1));
        let mut later = index.clone();
        later.note(2, emptied_in(1));
        later.note(3, emptied_in(0));
        assert!(index.was_empty_until(&later));
        later.note(1, begins(1));
        assert!(!index.was_empty_until(&later));
        // Being empty again does not prove that the bucket was empty in between.
        later.note(1, emptied_in(1));
        assert!(!index.was_empty_until(&later));
    }
}
