//! Stock: units of something limited, kept in buckets so that no item is written by everybody.
//!
//! A bucket holds about twenty units, or a few codes, and the names of those who took one. It is small enough
//! that a write costs one unit, and there are as many as the stock needs. Which bucket someone tries first
//! follows from their name, so a retry comes to the same one. A *hint* beside the buckets says which are
//! empty: a sold-out answer is then a read.

mod parts;

pub use parts::{Counts, Hold, Part, earlier, fewest};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How many units a bucket holds: so many holders with 26-letter names stay within 1 KiB, one write unit.
pub const UNITS_PER_BUCKET: u32 = 20;
/// How many units of a deal a bucket holds: an order's name and what stands behind it are longer, and so many
/// stay within 1 KiB.
pub const DEAL_UNITS_PER_BUCKET: u32 = 12;
/// How many codes a bucket should hold: each with its code of twelve letters and, twice, holder and campaign,
/// so many stay within 1 KiB.
pub const CODES_PER_BUCKET: u32 = 6;
/// How many buckets one page of the hint speaks of: a page stays within 1 KiB.
pub const BUCKETS_PER_PAGE: u32 = 64;
/// The largest stock: 5,000 buckets, or 8,334 of a deal.
pub const UNITS_MAX: u32 = 100_000;

/// A stock and how it is spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// Where it is kept.
    pub home: Home,
    /// Its name in keys.
    pub id: String,
    /// What it holds.
    pub shelf: Shelf,
}

/// Where a stock is kept, which says what its units are given out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Home {
    /// Beside the claims: one unit a line.
    Rewards,
    /// Beside the deals: several units an order.
    Deals,
}

/// What a stock holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Units that are all alike, by the lots in which they were added. A bucket is made by its first taker.
    Units(Vec<u32>),
    /// Codes, each different. A bucket is made by its first code.
    Codes {
        /// Over how many buckets.
        buckets: u32,
    },
}

impl Home {
    /// How many units a full bucket has.
    pub const fn units_per_bucket(self) -> u32 {
        match self {
            Self::Rewards => UNITS_PER_BUCKET,
            Self::Deals => DEAL_UNITS_PER_BUCKET,
        }
    }
}

impl Stock {
    /// What tells it from every other.
    pub fn name(&self) -> (Home, String) {
        (self.home, self.id.clone())
    }

    /// How many buckets it has.
    pub fn buckets(&self) -> u32 {
        match &self.shelf {
            Shelf::Units(lots) => lots.iter().map(|lot| lot.div_ceil(self.home.units_per_bucket())).sum(),
            Shelf::Codes { buckets } => *buckets,
        }
    }

    /// How many units bucket `bucket` had when it was full; 0 for one that does not exist, and for codes,
    /// whose buckets are filled by hand.
    pub fn units_of(&self, bucket: u32) -> u32 {
        let Shelf::Units(lots) = &self.shelf else { return 0 };
        let (mut first, full) = (0, self.home.units_per_bucket());
        for lot in lots {
            let buckets = lot.div_ceil(full);
            if bucket < first + buckets {
                // A lot that is no multiple of a full bucket fills its last one in part.
                return (lot - (bucket - first) * full).min(full);
            }
            first += buckets;
        }
        0
    }

    /// The buckets in the order in which `holder` tries them: all of them, from one that follows from the
    /// name.
    pub fn order_for(&self, holder: &str) -> impl Iterator<Item = u32> + use<> {
        let buckets = self.buckets();
        let first = if buckets == 0 { 0 } else { bucket_of(holder, buckets) };
        (0..buckets).map(move |step| (first + step) % buckets)
    }

    /// How many pages its hint has.
    pub fn pages(&self) -> u32 {
        self.buckets().div_ceil(BUCKETS_PER_PAGE)
    }
}

/// The bucket that follows from `name`, of `buckets` (at least 1), evenly spread.
pub fn bucket_of(name: &str, buckets: u32) -> u32 {
    // FNV-1a, then a finish that mixes the high bits in: ids differ mostly in their last letters.
    let mut hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^= hash >> 32;
    u32::try_from(hash % u64::from(buckets.max(1))).unwrap_or(0)
}

/// How many buckets a pool gets that is expected to have `codes` codes.
pub fn code_buckets_for(codes: u32) -> u32 {
    codes.div_ceil(CODES_PER_BUCKET).clamp(1, UNITS_MAX / UNITS_PER_BUCKET)
}

/// What is known of one bucket: odd, it was empty in epoch `mark / 2`; even, epoch `mark / 2` began and
/// it had something. An epoch begins whenever something comes back or is added, so what is larger is newer.
pub type Mark = u64;

/// The mark of a bucket that was seen empty in `epoch`.
pub const fn emptied_in(epoch: u64) -> Mark {
    epoch * 2 + 1
}

/// The mark of a bucket in which `epoch` begins.
pub const fn begins(epoch: u64) -> Mark {
    epoch * 2
}

/// Which buckets of a stock are empty, as of about a second ago.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    marks: BTreeMap<u32, Mark>,
}

impl Hint {
    /// Takes `mark` of `bucket` in, if it is news.
    pub fn note(&mut self, bucket: u32, mark: Mark) {
        let known = self.marks.entry(bucket).or_insert(mark);
        *known = (*known).max(mark);
    }

    /// Whether `mark` of `bucket` is no news.
    pub fn knows(&self, bucket: u32, mark: Mark) -> bool {
        self.marks.get(&bucket).is_some_and(|known| *known >= mark)
    }

    /// Whether `bucket` was empty.
    pub fn is_empty(&self, bucket: u32) -> bool {
        self.marks.get(&bucket).is_some_and(|mark| mark % 2 == 1)
    }

    /// Whether every bucket that was empty here has been so until `later` was read: something that comes into
    /// one is announced before.
    pub fn is_still_true(&self, later: &Self) -> bool {
        self.marks.iter().all(|(bucket, mark)| mark % 2 == 0 || later.marks.get(bucket) == Some(mark))
    }

    /// Whether there may be something in `bucket` of `stock`. A bucket of units is full until it is known to
    /// be empty; one of codes is empty until it is known that codes came, which is written before they do.
    pub fn may_have(&self, stock: &Stock, bucket: u32) -> bool {
        match &stock.shelf {
            Shelf::Units(_) => !self.is_empty(bucket),
            Shelf::Codes { .. } => self.marks.get(&bucket).is_some_and(|mark| mark % 2 == 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(lots: &[u32]) -> Stock {
        Stock { home: Home::Rewards, id: "s".into(), shelf: Shelf::Units(lots.to_vec()) }
    }

    #[test]
    fn every_unit_is_in_one_bucket() {
        for lots in [&[1][..], &[20], &[21], &[1000], &[7, 45, 20]] {
            let stock = units(lots);
            let sum: u32 = (0..stock.buckets()).map(|bucket| stock.units_of(bucket)).sum();
            assert_eq!(sum, lots.iter().sum::<u32>(), "{lots:?}");
            assert!((0..stock.buckets()).all(|bucket| (1..=20).contains(&stock.units_of(bucket))));
            assert_eq!(stock.units_of(stock.buckets()), 0);
        }
    }

    #[test]
    fn a_bucket_of_a_deal_is_smaller() {
        let stock = Stock { home: Home::Deals, ..units(&[100]) };
        assert_eq!(stock.buckets(), 9);
        let full: Vec<u32> = (0..10).map(|bucket| stock.units_of(bucket)).collect();
        assert_eq!(full, [12, 12, 12, 12, 12, 12, 12, 12, 4, 0]);
    }

    #[test]
    fn a_further_lot_leaves_the_buckets_before_it_as_they_were() {
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
    fn a_late_mark_of_an_older_epoch_changes_nothing() {
        let mut hint = Hint::default();
        hint.note(3, emptied_in(0));
        assert!(hint.is_empty(3));
        hint.note(3, begins(1));
        hint.note(3, emptied_in(0));
        assert!(!hint.is_empty(3));
        hint.note(3, emptied_in(1));
        assert!(hint.is_empty(3));
    }

    #[test]
    fn a_hint_is_still_true_until_something_is_announced_for_an_empty_bucket() {
        let mut hint = Hint::default();
        hint.note(1, emptied_in(0));
        hint.note(2, begins(1));
        let mut later = hint.clone();
        later.note(2, emptied_in(1));
        later.note(3, emptied_in(0));
        assert!(hint.is_still_true(&later));
        later.note(1, begins(1));
        assert!(!hint.is_still_true(&later));
        // That it is empty again says nothing about the time between.
        later.note(1, emptied_in(1));
        assert!(!hint.is_still_true(&later));
    }
}
