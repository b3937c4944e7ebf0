//! Reservation of several units of a deal for one order, and the refusal when there are too few.
//! `domain::stock` defines how they are spread.
//!
//! One update mostly suffices: the bucket that the order's id selects has enough units. When few units are
//! left, no single bucket may have enough although all of them together do. Then one transaction takes them
//! from several buckets. No order holds some units while it looks for others, so two orders never wait for
//! each other. An order is refused only when the sum of all buckets at one moment is known.

use domain::deals::Deal;
use domain::ids::OrderId;
use domain::stock::{BucketHold, SoldOutIndex, Stock, StockCounts, fewest};
use domain::{BusyReason, Quantity, Result, Timestamp};

use super::bucket::{Bucket, key, table_of};
use super::parts::{HeldUnits, RequestedUnits, of_items};
use super::sold_out_index::FRESH_FOR_MS;
use crate::{Store, TryResult, retry_up_to};

/// Maximum number of buckets to try, besides the one that the order's id selects, before all are read.
const PROBES_MAX: usize = 8;
/// Maximum number of tries, each with a read of the buckets, before `BUSY` is returned. Another try follows
/// when concurrent orders changed the buckets after the read.
const ROUNDS_MAX: usize = 12;
/// Number of buckets to read at a time in search of units. Mostly the first ones have enough.
const PORTION: usize = 25;
/// Maximum number of items of one transactional read.
const MOMENT_MAX: usize = 100;

/// Hold of an order on units of one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitHold {
    /// Number of the bucket.
    pub bucket: u32,
    /// Order that owns the units.
    pub order_id: OrderId,
    /// Number of the units, and whether they are held or sold.
    pub hold: BucketHold,
}

impl Store {
    /// Takes `quantity` units of `stock` for `order`, all or none, held until `until`. Returns the units that
    /// an earlier try took instead, if the sold-out index does not state their bucket as empty. Units in a
    /// bucket that is marked are not found: others are taken, and the settlement of the first ones returns
    /// them to the stock.
    ///
    /// # Errors
    /// `INSUFFICIENT_STOCK` when fewer units than `quantity` were left at some moment within the last second;
    /// `BUSY` when concurrent orders took the units first in each of 12 tries.
    pub async fn take_units(
        &self,
        stock: &Stock,
        order: &OrderId,
        quantity: Quantity,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<HeldUnits> {
        let wanted = RequestedUnits { stock, order, quantity, until, now };
        self.check_total(&wanted)?;
        let index = self.get_sold_out_index(stock, now).await?;
        for bucket in self.probes(&wanted, &index) {
            if let Some(units) = self.take_of_one(&wanted, bucket).await? {
                return Ok(units);
            }
        }
        self.take_from_any_bucket(&wanted).await
    }

    /// Returns the error `INSUFFICIENT_STOCK` if the number of units left, cached within the last second, is
    /// too small.
    fn check_total(&self, wanted: &RequestedUnits<'_>) -> Result<()> {
        match self.cache.totals.get(&wanted.stock.name(), wanted.now, FRESH_FOR_MS) {
            Some(Some(total)) if total < wanted.quantity => Err(Deal::too_few(total, wanted.quantity)),
            _ => Ok(()),
        }
    }

    /// Selects up to nine buckets to try: first the one that the order's id selects, unless it is too small
    /// or known to be empty, then others that have enough units according to the cached counts.
    fn probes(&self, wanted: &RequestedUnits<'_>, index: &SoldOutIndex) -> Vec<u32> {
        let stock = wanted.stock;
        let may_serve = |(place, bucket): &(usize, u32)| {
            let known = || self.cache.units_left.get(&(stock.id.clone(), *bucket), wanted.now, FRESH_FOR_MS);
            index.may_have_units(stock, *bucket)
                && stock.units_of(*bucket) >= wanted.quantity
                && (*place == 0 || known().flatten().is_none_or(|left| left >= wanted.quantity))
        };
        let order = stock.order_for(&wanted.order.to_string()).enumerate().filter(may_serve);
        order.map(|(_, bucket)| bucket).take(PROBES_MAX + 1).collect()
    }

    /// Takes the requested units from buckets that a strongly consistent read has found to have enough.
    ///
    /// # Errors
    /// `INSUFFICIENT_STOCK` when all buckets together have too few; `BUSY` when concurrent orders came first
    /// in each of 12 tries.
    async fn take_from_any_bucket(&self, wanted: &RequestedUnits<'_>) -> Result<HeldUnits> {
        let stock = wanted.stock;
        let attempt = async |()| {
            // Another order in this instance may have cached the total since.
            self.check_total(wanted)?;
            let index = self.read_sold_out_index(stock, true).await?;
            self.cache.sold_out_indexes.put(stock.name(), wanted.now, Some(index.clone()));
            let seen = self.find_buckets_with_units(wanted, &index).await?;
            if let Some(units) = wanted.earlier(&seen) {
                return Ok(TryResult::Done(units));
            }
            if let Some(parts) = fewest(&usable(wanted.order, &seen), wanted.quantity) {
                let taken = match &parts[..] {
                    [part] => self.take_of_one(wanted, part.bucket).await?,
                    _ => self.take_of_several(wanted, parts).await?,
                };
                return Ok(taken.map_or(TryResult::Conflict(()), TryResult::Done));
            }
            let empty = seen.iter().filter(|(_, bucket)| bucket.left == Quantity::ZERO);
            let empty: Vec<(u32, u64)> = empty.map(|(number, bucket)| (*number, bucket.generation)).collect();
            if !empty.is_empty() {
                // The sold-out index now marks these buckets, unless units are about to return to them.
                self.mark_empty_buckets(stock, &empty).await?;
                return Ok(TryResult::Conflict(()));
            }
            let open: Vec<u32> = seen.iter().map(|(number, _)| *number).collect();
            if let Some(total) = self.total(stock, &index, &open).await?
                && total < wanted.quantity
            {
                self.cache.totals.put(stock.name(), wanted.now, Some(total));
                return Err(Deal::too_few(total, wanted.quantity));
            }
            Ok(TryResult::Conflict(()))
        };
        retry_up_to(ROUNDS_MAX, BusyReason::Stock, (), attempt).await
    }

    /// Reads the buckets that `index` does not mark as empty, strongly consistent, 25 at a time, until those
    /// read have enough units together or none is left to read.
    async fn find_buckets_with_units(
        &self,
        wanted: &RequestedUnits<'_>,
        index: &SoldOutIndex,
    ) -> Result<Vec<(u32, Bucket)>> {
        let stock = wanted.stock;
        let order = stock.order_for(&wanted.order.to_string());
        let open: Vec<u32> = order.filter(|bucket| index.may_have_units(stock, *bucket)).collect();
        let mut seen = Vec::new();
        for portion in open.chunks(PORTION) {
            seen.extend(self.buckets(stock, portion).await?);
            if usable(wanted.order, &seen).iter().map(|(_, left)| *left).sum::<Quantity>() >= wanted.quantity
            {
                break;
            }
        }
        for (number, bucket) in &seen {
            self.cache_units_left(stock, *number, bucket, wanted.now);
        }
        Ok(seen)
    }

    /// Returns the number of units of `stock` that were left at one moment: the sum over the buckets `open`,
    /// since `index` marks all others as empty. Returns `None` when the index shows that units have returned
    /// to a marked bucket since `index` was read, or when `open` has more than the 100 buckets that one
    /// transaction can read.
    async fn total(&self, stock: &Stock, index: &SoldOutIndex, open: &[u32]) -> Result<Option<Quantity>> {
        if open.is_empty() && stock.pages() <= 1 {
            // An index of one item is itself a snapshot of one moment.
            return Ok(Some(Quantity::ZERO));
        }
        if open.len() > MOMENT_MAX {
            return Ok(None);
        }
        let keys: Vec<_> = open.iter().map(|number| key(stock, *number)).collect();
        let items = self.get_together(table_of(stock), &keys).await?;
        let total = of_items(stock, open, &items).iter().map(|(_, bucket)| bucket.left).sum();
        let later = self.read_sold_out_index(stock, true).await?;
        Ok(index.was_empty_until(&later).then_some(total))
    }

    /// Lists the holds of orders in `buckets`, strongly consistent.
    pub async fn list_unit_holds(&self, stock: &Stock, buckets: &[u32]) -> Result<Vec<UnitHold>> {
        Ok(holds_of(&self.buckets(stock, buckets).await?))
    }

    /// Counts the units of `stock` that are left, reserved and sold over all buckets.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the units of a bucket do not sum up to its size.
    pub async fn count_units(&self, stock: &Stock) -> Result<StockCounts> {
        let numbers: Vec<u32> = (0..stock.buckets()).collect();
        Ok(self.get_units_and_holds(stock, &numbers).await?.0)
    }

    /// Counts the units of the buckets `numbers` and lists the holds of orders in them, both from the same
    /// strongly consistent read.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the units of a bucket do not sum up to its size.
    pub async fn get_units_and_holds(
        &self,
        stock: &Stock,
        numbers: &[u32],
    ) -> Result<(StockCounts, Vec<UnitHold>)> {
        let seen = self.buckets(stock, numbers).await?;
        let mut sum = StockCounts::default();
        for (number, bucket) in &seen {
            let counts = bucket.counts();
            counts.check(stock.units_of(*number))?;
            sum = sum.plus(counts);
        }
        Ok((sum, holds_of(&seen)))
    }
}

/// Lists the holds of orders in `buckets`.
fn holds_of(buckets: &[(u32, Bucket)]) -> Vec<UnitHold> {
    let holds = buckets.iter().flat_map(|(bucket, seen)| seen.holds.iter().map(move |hold| (*bucket, hold)));
    let parsed = holds.filter_map(|(bucket, (name, text))| {
        Some(UnitHold { bucket, order_id: OrderId::parse(name)?, hold: BucketHold::parse(text)? })
    });
    parsed.collect()
}

/// Returns the number of each bucket with the number of units that `order` can take from it. Buckets that
/// already hold units for the order are left out.
fn usable(order: &OrderId, buckets: &[(u32, Bucket)]) -> Vec<(u32, Quantity)> {
    let free = buckets.iter().filter(|(_, bucket)| bucket.hold_of(order).is_none());
    free.map(|(number, bucket)| (*number, bucket.left)).collect()
}
