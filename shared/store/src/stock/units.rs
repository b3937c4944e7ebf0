//! Units of a deal, several at a time, and the refusal that there are fewer. How they are spread is said in
//! `domain::stock`.
//!
//! Mostly one update takes them: the bucket that follows from the order has so many. Near the end no bucket
//! may, although all together do: then one transaction takes them out of several. Nobody holds a part while
//! they look for the rest, so two orders never wait for each other. Nothing is refused before the sum of one
//! moment is known.

use domain::deals::Deal;
use domain::ids::OrderId;
use domain::stock::{Counts, Hint, Hold, Stock, fewest};
use domain::{Error, Result, Timestamp};

use super::bucket::{Bucket, key, table_of};
use super::hint::FRESH_FOR_MS;
use super::parts::{Units, Wanted, of_items};
use crate::Store;

/// How many buckets are tried besides the order's own, before all are looked at.
const PROBES_MAX: usize = 8;
/// How often all are looked at: each time in vain, somebody else was faster.
const ROUNDS_MAX: usize = 12;
/// How many buckets are read at a time to find units: each has something, mostly.
const PORTION: usize = 25;
/// What one call reads at one moment.
const MOMENT_MAX: usize = 100;

/// What stands in a bucket for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitHold {
    /// Which bucket.
    pub bucket: u32,
    /// Which order.
    pub order_id: OrderId,
    /// Whether its units are held or sold, and how many.
    pub hold: Hold,
}

impl Store {
    /// Takes `quantity` units of `stock` for `order`, all or none, or finds those that an earlier try took,
    /// unless their bucket is known to be empty by now: then those are another's until they are found and
    /// given back.
    ///
    /// # Errors
    /// `INSUFFICIENT_STOCK` when within the last second there was a moment with fewer units; `BUSY` when
    /// others were faster too often to tell.
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
        let hint = self.hint(stock, now).await?;
        for bucket in self.probes(&wanted, &hint) {
            if let Some(units) = self.take_of_one(&wanted, bucket).await? {
                return Ok(units);
            }
        }
        self.take_around(&wanted).await
    }

    /// That there were not fewer units within the last second, as far as it is known.
    fn check_total(&self, wanted: &Wanted<'_>) -> Result<()> {
        match self.recent.totals.get(&wanted.stock.name(), wanted.now, FRESH_FOR_MS) {
            Some(Some(total)) if total < wanted.quantity => Err(Deal::too_few(total, wanted.quantity)),
            _ => Ok(()),
        }
    }

    /// The buckets to try: the order's own, and others that may have so many, as far as it is known.
    fn probes(&self, wanted: &Wanted<'_>, hint: &Hint) -> Vec<u32> {
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

    /// Takes what is `wanted` where it is, by a look at the buckets as they are.
    async fn take_around(&self, wanted: &Wanted<'_>) -> Result<Units> {
        let stock = wanted.stock;
        for _ in 0..ROUNDS_MAX {
            // Somebody else may have found out meanwhile.
            self.check_total(wanted)?;
            let hint = self.read_hint(stock, true).await?;
            self.recent.hints.put(stock.name(), wanted.now, Some(hint.clone()));
            let seen = self.look_around(wanted, &hint).await?;
            if let Some(units) = wanted.earlier(&seen) {
                return Ok(units);
            }
            if let Some(parts) = fewest(&usable(wanted.order, &seen), wanted.quantity) {
                let taken = match &parts[..] {
                    [part] => self.take_of_one(wanted, part.bucket).await?,
                    _ => self.take_of_several(wanted, parts).await?,
                };
                match taken {
                    Some(units) => return Ok(units),
                    None => continue,
                }
            }
            let empty = seen.iter().filter(|(_, bucket)| bucket.left == 0);
            let empty: Vec<(u32, u64)> = empty.map(|(number, bucket)| (*number, bucket.epoch)).collect();
            if !empty.is_empty() {
                // They are marked now, or something comes into them.
                self.look_again(stock, &empty).await?;
                continue;
            }
            let open: Vec<u32> = seen.iter().map(|(number, _)| *number).collect();
            if let Some(total) = self.total(stock, &hint, &open).await?
                && total < wanted.quantity
            {
                self.recent.totals.put(stock.name(), wanted.now, Some(total));
                return Err(Deal::too_few(total, wanted.quantity));
            }
        }
        Err(Error::busy("others were faster at the last units too often"))
    }

    /// The buckets that `hint` does not call empty, as they are: so many that what is wanted is among them,
    /// or all.
    async fn look_around(&self, wanted: &Wanted<'_>, hint: &Hint) -> Result<Vec<(u32, Bucket)>> {
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

    /// How many units `stock` has at one moment, when all buckets but the `open` ones were empty by `hint`.
    /// `None` when something has come into one of these meanwhile.
    async fn total(&self, stock: &Stock, hint: &Hint, open: &[u32]) -> Result<Option<u32>> {
        if open.is_empty() && stock.pages() <= 1 {
            // One page of the hint is one item: a moment of its own.
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

    /// What buckets hold for orders, or have sold to them.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn unit_holds(&self, stock: &Stock, buckets: &[u32]) -> Result<Vec<UnitHold>> {
        Ok(holds_of(&self.buckets(stock, buckets).await?))
    }

    /// How many units of `stock` are left, reserved and sold, counted over all buckets.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when a bucket has not all of its units; those of the store.
    pub async fn count_units(&self, stock: &Stock) -> Result<Counts> {
        let numbers: Vec<u32> = (0..stock.buckets()).collect();
        Ok(self.look_at_units(stock, &numbers).await?.0)
    }

    /// Returns how many units the buckets called `numbers` have, and what stands there for orders, by one read
    /// of them.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when a bucket has not all of its units; those of the store.
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

/// What stands in `buckets` for orders.
fn holds_of(buckets: &[(u32, Bucket)]) -> Vec<UnitHold> {
    let holds = buckets.iter().flat_map(|(bucket, seen)| seen.holds.iter().map(move |hold| (*bucket, hold)));
    let parsed = holds.filter_map(|(bucket, (name, text))| {
        Some(UnitHold { bucket, order_id: OrderId::parse(name)?, hold: Hold::parse(text)? })
    });
    parsed.collect()
}

/// How many units `order` can take of each bucket: of one in which something stands for it, none more.
fn usable(order: &OrderId, buckets: &[(u32, Bucket)]) -> Vec<(u32, u32)> {
    let free = buckets.iter().filter(|(_, bucket)| bucket.hold_of(order).is_none());
    free.map(|(number, bucket)| (*number, bucket.units_left())).collect()
}
