//! Counts of reserved and sold units of a deal, for display. Orders never read them; the stock buckets
//! decide.
//!
//! The DynamoDB stream delivers each change of a bucket at least once, in order within a shard. Each shard
//! therefore has its own count item with the sequence number of the last counted record, so that repeated
//! records are recognized. The displayed figures are the sum over the shard counts and one further item, the
//! base (`CountBase`), through which a recount corrects the sum.

use serde::{Deserialize, Serialize};

use super::Deal;
use crate::ids::DealId;
use crate::stock::{BucketHold, StockCounts};
use crate::time::millis;
use crate::{Error, Quantity, Result, Timestamp};

/// Length of a padded sequence number. DynamoDB sequence numbers have at most 40 digits.
const SEQUENCE_DIGITS: usize = 40;

/// Sequence number of a stream record. Numbers ascend within a shard and are not comparable between shards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(String);

impl Sequence {
    /// Pads `number` so that texts sort in numeric order. Returns `None` if it is not a decimal number.
    pub fn parse(number: &str) -> Option<Self> {
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && number.len() <= SEQUENCE_DIGITS).then(|| Self(format!("{number:0>SEQUENCE_DIGITS$}")))
    }

    /// Returns the number with leading zeros.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Change of the numbers of reserved and sold units of a deal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitsMoved {
    /// Difference of the number of units held for orders. Negative if it fell.
    pub reserved: i64,
    /// Difference of the number of sold units. Negative if it fell.
    pub sold: i64,
}

impl UnitsMoved {
    /// Returns the change from the holds of a bucket `before` to those `after`.
    pub fn between(before: &[BucketHold], after: &[BucketHold]) -> Self {
        let (was, is) = (Self::of(before), Self::of(after));
        Self { reserved: is.reserved - was.reserved, sold: is.sold - was.sold }
    }

    fn of(holds: &[BucketHold]) -> Self {
        holds.iter().fold(Self::default(), |sum, hold| match hold {
            BucketHold::Held { quantity, .. } => {
                Self { reserved: sum.reserved + i64::from(*quantity), ..sum }
            }
            BucketHold::Sold { quantity } => Self { sold: sum.sold + i64::from(*quantity), ..sum },
        })
    }
}

impl std::iter::Sum for UnitsMoved {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            reserved: sum.reserved + one.reserved,
            sold: sum.sold + one.sold,
        })
    }
}

/// Net change of a deal's reserved and sold units over the records of one stream shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardCount {
    /// Deal that the units belong to.
    pub deal_id: DealId,
    /// Id of the stream shard.
    pub shard: String,
    /// Net change of the number of units held for orders. May be negative.
    pub reserved: i64,
    /// Net change of the number of sold units. May be negative.
    pub sold: i64,
    /// Sequence number of the last counted record.
    pub upto: Sequence,
    /// Time at which the last record was counted, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

/// Part of a deal's unit counts that belongs to no open stream shard: corrections by recounts, and the counts
/// of shards that have ended. The sum of this base and all shard counts is displayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountBase {
    /// Deal that the units belong to.
    pub deal_id: DealId,
    /// Number that the base adds to the units held for orders which the stream shards count; negative where a
    /// recount found fewer.
    pub reserved: i64,
    /// Number that the base adds to the sold units which the stream shards count; negative where a recount
    /// found fewer.
    pub sold: i64,
    /// Time of the last write, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Time of the last recount that confirmed or corrected the counts. `None` if there was none, or if an
    /// older version of dibs wrote the base.
    #[serde(with = "millis::option", default)]
    pub verified_at: Option<Timestamp>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
}

impl CountBase {
    /// Returns an empty base, for a deal that was never recounted. It has version 0, which is never stored.
    pub const fn new(deal_id: DealId, at: Timestamp) -> Self {
        Self { deal_id, reserved: 0, sold: 0, at, verified_at: None, version: 0 }
    }

    /// Returns the next version of the base, with values such that the sum of base and `shards` equals the
    /// recount `counted`.
    #[must_use]
    pub fn corrected_to(&self, shards: &[ShardCount], counted: StockCounts, now: Timestamp) -> Self {
        let moved: UnitsMoved = shards.iter().map(ShardCount::moved).sum();
        Self {
            reserved: i64::from(counted.reserved) - moved.reserved,
            sold: i64::from(counted.sold) - moved.sold,
            at: now,
            verified_at: Some(now),
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// Returns the next version of the base, to which the counts of `shard`, which has ended, are added.
    #[must_use]
    pub fn merged_with(&self, shard: &ShardCount, now: Timestamp) -> Self {
        Self {
            reserved: self.reserved + shard.reserved,
            sold: self.sold + shard.sold,
            at: now,
            version: self.version + 1,
            ..self.clone()
        }
    }
}

impl ShardCount {
    const fn moved(&self) -> UnitsMoved {
        UnitsMoved { reserved: self.reserved, sold: self.sold }
    }
}

/// Numbers of reserved and sold units of a deal, as displayed: about one second old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitCounts {
    /// Deal that the units belong to.
    pub deal_id: DealId,
    /// Number of units held for unpaid orders.
    pub reserved: Quantity,
    /// Number of sold units.
    pub sold: Quantity,
    /// Time of the last counted change, in UTC.
    pub at: Timestamp,
}

impl UnitCounts {
    /// Returns the unit counts of a deal that was never ordered: 0 reserved and 0 sold.
    pub fn new(deal: &Deal) -> Self {
        Self { deal_id: deal.id.clone(), reserved: Quantity::ZERO, sold: Quantity::ZERO, at: deal.created_at }
    }

    /// Returns the sum of `base` and all `shards`. When one shard counts a unit as sold before another counts
    /// it as reserved, a sum can be negative for a moment; 0 is returned then.
    pub fn of(base: &CountBase, shards: &[ShardCount]) -> Self {
        let moved: UnitsMoved = shards.iter().map(ShardCount::moved).sum();
        let units = |units: i64| Quantity(u32::try_from(units.max(0)).unwrap_or(u32::MAX));
        Self {
            deal_id: base.deal_id.clone(),
            reserved: units(base.reserved + moved.reserved),
            sold: units(base.sold + moved.sold),
            at: shards.iter().map(|shard| shard.at).fold(base.at, Timestamp::max),
        }
    }

    /// Returns the number of units of `deal` that are neither reserved nor sold.
    pub const fn available(&self, deal: &Deal) -> Quantity {
        deal.stock_quantity.saturating_sub(self.reserved).saturating_sub(self.sold)
    }

    /// Returns `true` if the reserved and sold units equal those of the recount `counted`.
    pub fn equals_recount(&self, counted: StockCounts) -> bool {
        self.reserved == counted.reserved && self.sold == counted.sold
    }
}

impl StockCounts {
    /// Checks that the units left, reserved and sold add up to `all` units, the size of the stock or bucket.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if they do not.
    pub fn check(&self, all: Quantity) -> Result<()> {
        let sum = [self.left, self.reserved, self.sold].into_iter().map(u64::from).sum::<u64>();
        if sum == u64::from(all) {
            return Ok(());
        }
        Err(Error::broken(format!("{self:?} are not the {all} units of the stock")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn shard(shard: &str, reserved: i64, sold: i64) -> ShardCount {
        let upto = Sequence::parse("7").unwrap();
        ShardCount { deal_id: DealId::new("d"), shard: shard.into(), reserved, sold, upto, at: at(5) }
    }

    fn counts(left: u32, reserved: u32, sold: u32) -> StockCounts {
        StockCounts { left: Quantity(left), reserved: Quantity(reserved), sold: Quantity(sold) }
    }

    #[test]
    fn sequence_numbers_sort_as_numbers() {
        let [nine, ten] = ["9", "10"].map(|number| Sequence::parse(number).unwrap());
        assert!(nine < ten);
        for wrong in ["", "x", "-1", "1.5", &"1".repeat(41)] {
            assert_eq!(Sequence::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn moved_units_are_the_difference_of_two_images() {
        let held = |quantity| BucketHold::Held { quantity: Quantity(quantity), until: at(9) };
        let sold = |quantity| BucketHold::Sold { quantity: Quantity(quantity) };
        let moved = |before: &[BucketHold], after: &[BucketHold]| {
            let UnitsMoved { reserved, sold } = UnitsMoved::between(before, after);
            (reserved, sold)
        };
        assert_eq!(moved(&[], &[held(3)]), (3, 0));
        assert_eq!(moved(&[held(3), held(2)], &[sold(3), held(2)]), (-3, 3));
        assert_eq!(moved(&[held(3), held(2)], &[held(2)]), (-3, 0));
        assert_eq!(moved(&[held(3)], &[held(3)]), (0, 0));
    }

    #[test]
    fn summary_is_the_sum_over_shards_and_a_recount_corrects_the_base() {
        let base = CountBase::new(DealId::new("d"), at(1));
        let shards = [shard("a", 5, 0), shard("b", -2, 2)];
        let summary = UnitCounts::of(&base, &shards);
        assert_each_eq!((summary.reserved.0, 3), (summary.sold.0, 2), (summary.at, at(5)));
        let counted = counts(0, 4, 2);
        assert!(!summary.equals_recount(counted));
        let corrected = base.corrected_to(&shards, counted, at(9));
        assert!(UnitCounts::of(&corrected, &shards).equals_recount(counted), "{corrected:?}");
        let absorbed = corrected.merged_with(&shards[0], at(10));
        assert_each_eq!((absorbed.version, 2), (absorbed.verified_at, Some(at(9))));
        assert!(UnitCounts::of(&absorbed, &shards[1..]).equals_recount(counted));
    }

    #[test]
    fn base_of_the_version_before_is_read() {
        let stored = serde_json::json!({
            "deal_id": DealId::new("d"), "reserved": 3, "sold": 1, "at": 1_000, "version": 4,
        });
        let base: CountBase = serde_json::from_value(stored).unwrap();
        let summary = UnitCounts::of(&base, &[]);
        assert_each_eq!((summary.reserved.0, 3), (summary.sold.0, 1), (base.verified_at, None));
    }

    #[test]
    fn counts_that_are_not_all_units_are_an_internal_error() {
        let counts = counts(3, 4, 5);
        assert!(counts.check(Quantity(12)).is_ok());
        let broken = counts.check(Quantity(13)).unwrap_err();
        assert!(broken.is_broken() && broken.code == crate::Code::InternalError);
    }
}
