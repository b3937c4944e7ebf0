//! Storage of the units of an order, of which one bucket can hold several: taking them, returning them and
//! marking them as sold. The bucket records a [`BucketHold`] for the order, by which each write recognizes
//! its own earlier success.

use domain::ids::{DealId, OrderId};
use domain::messages::CloseOrders;
use domain::stock::{BucketHold, OrderPart, Stock, StockCounts, begins};
use domain::{BusyReason, Error, Quantity, Result, Timestamp};

use super::bucket::{Bucket, HOLD, SAME_GENERATION, key, table_of};
use crate::item::Updated;
use crate::keys::Attributes;
use crate::keys::n;
use crate::transaction::{Committed, WriteVerdict};
use crate::update::ConditionalUpdate;
use crate::{Store, TryResult, retry};
use aws_sdk_dynamodb::types::AttributeValue;

/// Units that an order holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldUnits {
    /// Buckets from which the units come, with the number of units from each.
    pub parts: Vec<OrderPart>,
    /// Time until which the units are held, as the try that took them set it.
    pub until: Timestamp,
}

/// Request for units of a stock on behalf of an order.
pub struct RequestedUnits<'a> {
    pub stock: &'a Stock,
    pub order: &'a OrderId,
    pub quantity: Quantity,
    pub until: Timestamp,
    pub now: Timestamp,
}

impl RequestedUnits<'_> {
    /// Builds the update that holds the units `part` for the order, on condition that the bucket has enough
    /// units left and no hold of the order.
    fn take(&self, part: OrderPart) -> ConditionalUpdate {
        let hold = BucketHold::Held { quantity: part.quantity, until: self.until };
        of_order(
            self.order,
            "SET #h = :hold, #left = if_not_exists(#left, :units) - :quantity",
            "attribute_not_exists(#h) AND (attribute_not_exists(#left) OR #left >= :quantity)",
        )
        .name("#left", "left")
        .value(":hold", s(hold))
        .value(":units", n(self.stock.units_of(part.bucket)))
        .value(":quantity", n(part.quantity))
    }

    fn units(&self, parts: Vec<OrderPart>, until: Option<Timestamp>) -> HeldUnits {
        HeldUnits { parts, until: until.unwrap_or(self.until) }
    }

    /// Returns the units that an earlier try of the order took, if the holds in `buckets` contain all units
    /// of that try.
    pub fn earlier(&self, buckets: &[(u32, Bucket)]) -> Option<HeldUnits> {
        let mine = |(number, bucket): &(u32, Bucket)| Some((*number, bucket.hold_of(self.order)?));
        let holds: Vec<(u32, BucketHold)> = buckets.iter().filter_map(mine).collect();
        domain::stock::earlier(&holds, self.quantity).map(|(parts, until)| self.units(parts, until))
    }
}

impl Bucket {
    /// Parses bucket `number` of `stock` from `item`. A bucket without an item is full, since the first order
    /// that takes units from it creates the item.
    pub fn of_units(stock: &Stock, number: u32, item: Option<&Attributes>) -> Self {
        item.map_or_else(|| Self { left: stock.units_of(number), ..Self::default() }, Self::of)
    }

    /// Returns the hold of `order` in this bucket, or `None` if it has none.
    pub fn hold_of(&self, order: &OrderId) -> Option<BucketHold> {
        self.holds.get(&order.to_string()).and_then(|text| BucketHold::parse(text))
    }

    /// Counts the bucket's units that are left, reserved and sold.
    pub fn counts(&self) -> StockCounts {
        let none = StockCounts { left: self.left, ..StockCounts::default() };
        self.holds.values().filter_map(|text| BucketHold::parse(text)).fold(none, |counts, hold| match hold {
            BucketHold::Held { quantity, .. } => {
                StockCounts { reserved: counts.reserved.saturating_add(quantity), ..counts }
            }
            BucketHold::Sold { quantity } => {
                StockCounts { sold: counts.sold.saturating_add(quantity), ..counts }
            }
        })
    }
}

fn s(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

/// Builds an update of a bucket in which `#h` is the attribute of `order`.
fn of_order(order: &OrderId, expression: &str, condition: &str) -> ConditionalUpdate {
    ConditionalUpdate::new(expression, condition).name("#h", format!("{HOLD}{order}"))
}

impl Store {
    /// Takes all requested units from `bucket`, or returns those that an earlier try took there. Returns
    /// `None`, with nothing taken, when the bucket has too few units.
    pub(super) async fn take_of_one(
        &self,
        wanted: &RequestedUnits<'_>,
        bucket: u32,
    ) -> Result<Option<HeldUnits>> {
        let (stock, part) = (wanted.stock, OrderPart { bucket, quantity: wanted.quantity });
        let updated = self.update(table_of(stock), &key(stock, bucket), wanted.take(part)).await?;
        let is_done = matches!(updated, Updated::Done(_));
        let seen = Bucket::of(&updated.item());
        if is_done {
            seen.counts().check(stock.units_of(bucket))?;
        }
        self.cache_units_left(stock, bucket, &seen, wanted.now);
        let taken = if is_done {
            Some(wanted.units(vec![part], None))
        } else {
            let hold = seen.hold_of(wanted.order).filter(|hold| hold.quantity() == part.quantity);
            hold.map(|hold| wanted.units(vec![part], hold.until()))
        };
        match (&taken, seen.left) {
            (Some(_), Quantity::ZERO) => self.note_empty(stock, bucket, seen.generation).await,
            (None, Quantity::ZERO) => self.remember_empty(stock, bucket, seen.generation),
            _ => {}
        }
        Ok(taken)
    }

    /// Takes the requested units from several buckets in one transaction, or returns those that an earlier
    /// try took there. Returns `None`, with nothing taken, when one of the buckets has too few units by now.
    pub(super) async fn take_of_several(
        &self,
        wanted: &RequestedUnits<'_>,
        parts: Vec<OrderPart>,
    ) -> Result<Option<HeldUnits>> {
        let stock = wanted.stock;
        let mut transaction = self.transaction();
        for part in &parts {
            transaction =
                transaction.update(table_of(stock), &key(stock, part.bucket), wanted.take(*part))?;
        }
        let Committed::Refused(verdicts) = transaction.commit().await? else {
            self.mark_emptied_buckets(stock, &parts).await;
            return Ok(Some(wanted.units(parts, None)));
        };
        let found = parts.iter().zip(verdicts).filter_map(|(part, verdict)| match verdict {
            WriteVerdict::Failed(Some(item)) => Some((part.bucket, Bucket::of(&item))),
            _ => None,
        });
        Ok(wanted.earlier(&found.collect::<Vec<_>>()))
    }

    /// Marks the buckets of `parts` that are now empty in the sold-out index. A transaction does not return
    /// the items, so they are read again.
    async fn mark_emptied_buckets(&self, stock: &Stock, parts: &[OrderPart]) {
        let numbers: Vec<u32> = parts.iter().map(|part| part.bucket).collect();
        match self.buckets(stock, &numbers).await {
            Ok(buckets) => {
                for (number, bucket) in buckets.iter().filter(|(_, bucket)| bucket.left == Quantity::ZERO) {
                    self.note_empty(stock, *number, bucket.generation).await;
                }
            }
            // A later request that finds the buckets empty marks them.
            Err(error) => tracing::debug!(stock = stock.id, %error, "emptied buckets were not looked at"),
        }
    }

    /// Returns the units that `order` holds to the buckets of `parts`. Parts that the order no longer holds
    /// are skipped.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the units are sold, or when the units of a bucket do not sum up to its size;
    /// `BUSY` when concurrent writes changed a bucket in each of eight tries. Some parts may be returned
    /// already; a repeat returns the rest.
    pub async fn give_back_units(&self, stock: &Stock, order: &OrderId, parts: &[OrderPart]) -> Result<()> {
        for part in parts {
            self.give_back_part(stock, order, *part).await?;
        }
        self.cache.totals.forget(&stock.name());
        Ok(())
    }

    async fn give_back_part(&self, stock: &Stock, order: &OrderId, part: OrderPart) -> Result<()> {
        let (number, key) = (part.bucket, key(stock, part.bucket));
        // An eventually consistent read suffices to choose the update, since its condition is checked against
        // the present item.
        let seen =
            self.get_all_eventual(table_of(stock), std::slice::from_ref(&key)).await?.first().map(Bucket::of);
        let attempt = async |seen: Option<Bucket>| {
            if let Some(seen) = &seen {
                seen.counts().check(stock.units_of(number))?;
            }
            let back = match &seen {
                // The bucket was empty, so its next generation is announced in the index first, as in
                // `Store::give_back`.
                Some(Bucket { left: Quantity::ZERO, generation, .. }) => {
                    self.note_state(stock, number, begins(generation + 1)).await?;
                    of_order(
                        order,
                        "SET #left = #left + :quantity, epoch = :next REMOVE #h",
                        &format!("begins_with(#h, :held) AND {SAME_GENERATION}"),
                    )
                    .value(":epoch", n(generation))
                    .value(":next", n(generation + 1))
                }
                _ => of_order(
                    order,
                    "SET #left = #left + :quantity REMOVE #h",
                    "begins_with(#h, :held) AND #left > :zero",
                )
                .value(":zero", n(0)),
            };
            let back = back.name("#left", "left").value(":quantity", n(part.quantity));
            let back = back.value(":held", s(BucketHold::held_prefix(part.quantity)));
            let there = match self.update(table_of(stock), &key, back).await? {
                Updated::Done(item) => {
                    let bucket = Bucket::of(&item);
                    self.cache_returned_units(stock, number, &bucket);
                    return bucket.counts().check(stock.units_of(number)).map(TryResult::Done);
                }
                Updated::ConditionFailed(item) => Bucket::of(&item.unwrap_or_default()),
            };
            match there.hold_of(order) {
                Some(BucketHold::Held { quantity, .. }) if quantity == part.quantity => {
                    Ok(TryResult::Conflict(Some(there)))
                }
                Some(BucketHold::Sold { .. }) => {
                    Err(Error::internal(format!("the units of {order} are sold")))
                }
                _ => Ok(TryResult::Done(())),
            }
        };
        retry(BusyReason::Stock, seen, attempt).await
    }

    /// Marks the units that `order` holds in `parts` as sold.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the units are not held for the order. A repeat changes only parts that are not
    /// marked yet.
    pub async fn settle_units(&self, stock: &Stock, order: &OrderId, parts: &[OrderPart]) -> Result<()> {
        for part in parts {
            let sold = BucketHold::Sold { quantity: part.quantity };
            let settle = of_order(order, "SET #h = :sold", "begins_with(#h, :held)")
                .value(":sold", s(sold))
                .value(":held", s(BucketHold::held_prefix(part.quantity)));
            let there = self.update(table_of(stock), &key(stock, part.bucket), settle).await?.item();
            let there = Bucket::of(&there);
            if there.hold_of(order) != Some(sold) {
                return Err(Error::internal(format!("the units of {order} in {} are not held", part.bucket)));
            }
            there.counts().check(stock.units_of(part.bucket))?;
        }
        Ok(())
    }

    fn cache_returned_units(&self, stock: &Stock, number: u32, bucket: &Bucket) {
        self.cache.units_left.forget(&(stock.id.clone(), number));
        self.cache
            .sold_out_indexes
            .change(&stock.name(), |index| index.note(number, begins(bucket.generation)));
    }

    /// Caches the number of units that are left in bucket `number`, as read at `now`.
    pub(super) fn cache_units_left(&self, stock: &Stock, number: u32, bucket: &Bucket, now: Timestamp) {
        self.cache.units_left.put((stock.id.clone(), number), now, Some(bucket.left));
    }

    /// Reads buckets, strongly consistent, in the order of `numbers`.
    pub(super) async fn buckets(&self, stock: &Stock, numbers: &[u32]) -> Result<Vec<(u32, Bucket)>> {
        let keys: Vec<_> = numbers.iter().map(|number| key(stock, *number)).collect();
        let items = self.get_all(table_of(stock), &keys).await?;
        Ok(of_items(stock, numbers, &items))
    }
}

/// Parses the buckets `numbers` from `items`. Buckets without an item are full.
pub fn of_items(stock: &Stock, numbers: &[u32], items: &[Attributes]) -> Vec<(u32, Bucket)> {
    let by_pk: std::collections::HashMap<&str, &Attributes> =
        items.iter().filter_map(|item| Some((item.get("pk")?.as_s().ok()?.as_str(), item))).collect();
    let bucket =
        |number: u32| Bucket::of_units(stock, number, by_pk.get(key(stock, number).pk.as_str()).copied());
    numbers.iter().map(|number| (*number, bucket(*number))).collect()
}

/// Returns the deal that owns the bucket under partition key `pk`, with a message that checks the order for
/// each hold that a change of the bucket added: one that is in `after` but not in `before` and is not a sale.
/// Returns `None` for buckets of rewards.
pub fn units_in(
    pk: &str,
    before: &[(String, String)],
    after: &[(String, String)],
) -> Option<(DealId, Vec<CloseOrders>)> {
    let (deal, bucket) = pk.strip_prefix("STOCK#")?.rsplit_once('#')?;
    let (deal_id, bucket) = (DealId::parse(deal)?, bucket.parse().ok()?);
    let news = after.iter().filter(|hold| !before.contains(hold));
    let taken = news.filter_map(|(name, text)| {
        let hold = BucketHold::parse(text)?;
        Some(CloseOrders::Overdue {
            deal_id: deal_id.clone(),
            order_id: OrderId::parse(name)?,
            part: OrderPart { bucket, quantity: hold.quantity() },
            due_at: hold.until()?,
        })
    });
    let taken = taken.collect();
    Some((deal_id, taken))
}
