//! Reservation of several units of a deal for one order, and the refusal when there are too few.
//! `domain::stock` defines how they are spread.
//!
//! One update mostly suffices: the bucket that the order's id selects has enough units. Near the end, no
//! single bucket may have enough although all together do. Then one transaction takes them from several
//! buckets. No order holds some units while it looks for others, so two orders never wait for each other. An
//! order is refused only when the sum of all buckets at one moment is known.

use domain::deals::Deal;
use domain::ids::OrderId;
use domain::stock::{Counts, Hold, SoldOutIndex, Stock, fewest};
use domain::{BusyReason, Result, Timestamp};

use super::bucket::{Bucket, key, table_of};
use super::parts::{Units, Wanted, of_items};
use super::sold_out_index::FRESH_FOR_MS;
use crate::{Store, Try, retry_up_to};

/// Maximum number of buckets to try besides the order's own, before all are read.
const PROBES_MAX: usize = 8;
/// Maximum number of full scans of the buckets before answering `BUSY`. Each repeat means that a concurrent
/// order won.
const ROUNDS_MAX: usize = 12;
/// Number of buckets to read at a time in search of units. Mostly each has some.
const PORTION: usize = 25;
/// Maximum number of items of one transactional read.
const MOMENT_MAX: usize = 100;

/// Hold of an order in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitHold {
    /// Number of the bucket.
    pub bucket: u32,
    /// Order that owns the units.
    pub order_id: OrderId,
    /// State of the units, held or sold, and their number.
    pub hold: Hold,
}

impl Store {
    /// Takes `quantity` units of `stock` for `order` until `until`, all or none. Returns the units that an
    /// earlier try took instead, if their bucket is not known to be empty. Units in an empty bucket are not
    /// found: others are taken, and the check of orders returns the first ones.
    ///
    /// # Errors
    /// `INSUFFICIENT_STOCK` when fewer units were left at a moment within the last second; `BUSY` when
    /// concurrent orders won each try.
    pub async fn take_units(
        &self,
        stock: &Stock,
        order: &OrderId,
        quantity: u32,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Units> {
        let wanted = Wanted { stock, order, quantity, until, now };
        self.check_total(&wanted)?;
        let hint = self.get_sold_out_index(stock, now).await?;
        for bucket in self.probes(&wanted, &hint) {
            if let Some(units) = self.take_of_one(&wanted, bucket).await? {
                return Ok(units);
            }
        }
        self.take_around(&wanted).await
    }

    /// Rejects an order with `INSUFFICIENT_STOCK` if a total cached within the last second is too small.
    fn check_total(&self, wanted: &Wanted<'_>) -> Result<()> {
        match self.recent.totals.get(&wanted.stock.name(), wanted.now, FRESH_FOR_MS) {
            Some(Some(total)) if total < wanted.quantity => Err(Deal::too_few(total, wanted.quantity)),
            _ => Ok(()),
        }
    }

    /// Selects the buckets to try: the order's own, then others that may have enough units by the cached
    /// counts.
    fn probes(&self, wanted: &Wanted<'_>, hint: &SoldOutIndex) -> Vec<u32> {
        let stock = wanted.stock;
        let may_serve = |(place, bucket): &(usize, u32)| {
            let known = || self.recent.units_left.get(&(stock.id.clone(), *bucket), wanted.now, FRESH_FOR_MS);
            hint.may_have(stock, *bucket)
                && stock.units_of(*bucket) >= wanted.quantity
                && (*place == 0 || known().flatten().is_none_or(|left| left >= wanted.quantity))
        };
        let order = stock.order_for(&wanted.order.to_string()).enumerate().filter(may_serve);
        order.map(|(_, bucket)| bucket).take(PROBES_MAX + 1).collect()
    }

    /// Takes the requested units after a consistent read of the buckets.
    async fn take_around(&self, wanted: &Wanted<'_>) -> Result<Units> {
        let stock = wanted.stock;
        let attempt = async |()| {
            // Another order in this instance may have found the total meanwhile.
            self.check_total(wanted)?;
            let hint = self.read_hint(stock, true).await?;
            self.recent.hints.put(stock.name(), wanted.now, Some(hint.clone()));
            let seen = self.look_around(wanted, &hint).await?;
            if let Some(units) = wanted.earlier(&seen) {
                return Ok(Try::Done(units));
            }
            if let Some(parts) = fewest(&usable(wanted.order, &seen), wanted.quantity) {
                let taken = match &parts[..] {
                    [part] => self.take_of_one(wanted, part.bucket).await?,
                    _ => self.take_of_several(wanted, parts).await?,
                };
                return Ok(taken.map_or(Try::Lost(()), Try::Done));
            }
            let empty = seen.iter().filter(|(_, bucket)| bucket.left == 0);
            let empty: Vec<(u32, u64)> = empty.map(|(number, bucket)| (*number, bucket.epoch)).collect();
            if !empty.is_empty() {
                // These buckets are marked now, or units are about to return to them.
                self.look_again(stock, &empty).await?;
                return Ok(Try::Lost(()));
            }
            let open: Vec<u32> = seen.iter().map(|(number, _)| *number).collect();
            if let Some(total) = self.total(stock, &hint, &open).await?
                && total < wanted.quantity
            {
                self.recent.totals.put(stock.name(), wanted.now, Some(total));
                return Err(Deal::too_few(total, wanted.quantity));
            }
            Ok(Try::Lost(()))
        };
        retry_up_to(ROUNDS_MAX, BusyReason::Stock, (), attempt).await
    }

    /// Reads the buckets that `hint` does not mark as empty, strongly consistent, until they have enough
    /// units together or all are read.
    async fn look_around(&self, wanted: &Wanted<'_>, hint: &SoldOutIndex) -> Result<Vec<(u32, Bucket)>> {
        let stock = wanted.stock;
        let order = stock.order_for(&wanted.order.to_string());
        let open: Vec<u32> = order.filter(|bucket| hint.may_have(stock, *bucket)).collect();
        let mut seen = Vec::new();
        for portion in open.chunks(PORTION) {
            seen.extend(self.buckets(stock, portion).await?);
            if usable(wanted.order, &seen).iter().map(|(_, left)| left).sum::<u32>() >= wanted.quantity {
                break;
            }
        }
        for (number, bucket) in &seen {
            self.remember_left(stock, *number, bucket, wanted.now);
        }
        Ok(seen)
    }

    /// Sums the units of `stock` at one moment, assuming that all buckets except the `open` ones are empty by
    /// `hint`. Returns `None` when units have returned to one of those meanwhile, or when there are too many
    /// open buckets to read in one transaction.
    async fn total(&self, stock: &Stock, hint: &SoldOutIndex, open: &[u32]) -> Result<Option<u32>> {
        if open.is_empty() && stock.pages() <= 1 {
            // An index of one item is itself a snapshot of one moment.
            return Ok(Some(0));
        }
        if open.len() > MOMENT_MAX {
            return Ok(None);
        }
        let keys: Vec<_> = open.iter().map(|number| key(stock, *number)).collect();
        let items = self.get_together(table_of(stock), &keys).await?;
        let total = of_items(stock, open, &items).iter().map(|(_, bucket)| bucket.units_left()).sum();
        let later = self.read_hint(stock, true).await?;
        Ok(hint.is_still_true(&later).then_some(total))
    }

    /// Lists the holds of orders in `buckets`, strongly consistent.
    pub async fn unit_holds(&self, stock: &Stock, buckets: &[u32]) -> Result<Vec<UnitHold>> {
        Ok(holds_of(&self.buckets(stock, buckets).await?))
    }

    /// Counts the units of `stock` that are left, reserved and sold over all buckets.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the units of a bucket do not sum up to its size.
    pub async fn count_units(&self, stock: &Stock) -> Result<Counts> {
        let numbers: Vec<u32> = (0..stock.buckets()).collect();
        Ok(self.look_at_units(stock, &numbers).await?.0)
    }

    /// Counts the units of the buckets `numbers` and lists their holds, with one strongly consistent read.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the units of a bucket do not sum up to its size.
    pub async fn look_at_units(&self, stock: &Stock, numbers: &[u32]) -> Result<(Counts, Vec<UnitHold>)> {
        let seen = self.buckets(stock, numbers).await?;
        let mut sum = Counts::default();
        for (number, bucket) in &seen {
            let counts = bucket.counts();
            counts.check(stock.units_of(*number))?;
            sum.left += counts.left;
            sum.reserved += counts.reserved;
            sum.sold += counts.sold;
        }
        Ok((sum, holds_of(&seen)))
    }
}

/// Lists the holds of orders in `buckets`.
fn holds_of(buckets: &[(u32, Bucket)]) -> Vec<UnitHold> {
    let holds = buckets.iter().flat_map(|(bucket, seen)| seen.holds.iter().map(move |hold| (*bucket, hold)));
    let parsed = holds.filter_map(|(bucket, (name, text))| {
        Some(UnitHold { bucket, order_id: OrderId::parse(name)?, hold: Hold::parse(text)? })
    });
    parsed.collect()
}

/// Returns how many units `order` can take from each bucket. Buckets that already hold units for it are left
/// out.
fn usable(order: &OrderId, buckets: &[(u32, Bucket)]) -> Vec<(u32, u32)> {
    let free = buckets.iter().filter(|(_, bucket)| bucket.hold_of(order).is_none());
    free.map(|(number, bucket)| (*number, bucket.units_left())).collect()
}
