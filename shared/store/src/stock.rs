//! Storage of stock in buckets: taking and returning units. `domain::stock` defines how stock is spread.
//!
//! A bucket is an item with `left`, `epoch` (its generation) and one attribute for each holder,
//! `h#<user>#<number>` (and `#<event>` in a pool of codes). The attribute's value is the version of the claim
//! for which the unit was taken. The value acts as a fencing token: a unit is returned only if its value is
//! still the one that was read, and before a later version of the claim is written, that version replaces the
//! value.

mod bucket;
mod codes;
mod parts;
mod sold_out_index;
mod units;

pub use codes::CodeUpload;
pub use parts::HeldUnits;
pub use units::UnitHold;

use domain::claims::HeldUnit;
use domain::messages::CheckReservation;
use domain::stock::{SoldOutIndex, Stock, StockKind, StockLayout, begins, emptied_in};
use domain::{BusyReason, Code, Error, Quantity, Result, Timestamp};

use crate::Store;
use bucket::TakeOutcome;
pub(crate) use bucket::{HOLD, taken_in};
pub(crate) use parts::units_in;

/// Maximum number of buckets that [`Store::take`] tries after one read of the sold-out index (`PROBES_MAX`),
/// and maximum number of reads of the index (`VIEWS_MAX`). A bucket that a current index does not mark as
/// empty has units, so only a race for the last units takes several tries.
const PROBES_MAX: usize = 8;
const VIEWS_MAX: usize = 4;

/// Holder of a unit: a line item, in one version of its claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Holder name by [`domain::messages::holder_name`], equal for each try of the same line item.
    pub name: String,
    /// Version of the claim for which the unit is taken. A later version replaces it in the bucket.
    pub version: u64,
}

impl Holder {
    /// Returns the attribute value stored in the bucket.
    fn value(&self) -> String {
        self.version.to_string()
    }
}

impl Store {
    /// Takes one unit of `stock` for `holder`. Returns the unit that an earlier try took instead, if the
    /// sold-out index does not state its bucket as empty. A unit in a bucket that is marked is not found: a
    /// second unit is taken, and the settlement of the first one returns it to the stock. A caller that knows
    /// the bucket of the earlier unit uses [`Store::retake`].
    ///
    /// # Errors
    /// `OUT_OF_STOCK` when the sold-out index, at most a second old, marks every bucket as empty; `BUSY` when
    /// up to 32 buckets that it did not state were empty, because concurrent claims took the last units.
    pub async fn take(&self, stock: &Stock, holder: &Holder, now: Timestamp) -> Result<HeldUnit> {
        let mut index = self.get_sold_out_index(stock, now).await?;
        for view in 0..VIEWS_MAX {
            let candidates: Vec<u32> = stock
                .order_for(&holder.name)
                .filter(|bucket| index.may_have_units(stock, *bucket))
                .take(PROBES_MAX)
                .collect();
            if candidates.is_empty() {
                return Err(Error::refused(
                    Code::OutOfStock,
                    "No units of this reward are left; request another reward of the event.",
                ));
            }
            let mut found_empty = Vec::new();
            for bucket in candidates {
                match self.take_from(stock, bucket, holder).await? {
                    TakeOutcome::Taken { code, left, generation } => {
                        if left == Quantity::ZERO {
                            self.note_empty(stock, bucket, generation).await;
                        }
                        let (stock, version) = (stock.id.clone(), holder.version);
                        return Ok(HeldUnit { stock, bucket, code, version });
                    }
                    TakeOutcome::Empty { generation } => {
                        self.remember_empty(stock, bucket, generation);
                        found_empty.push((bucket, generation));
                    }
                }
            }
            if view + 1 < VIEWS_MAX {
                index = self.mark_empty_buckets(stock, &found_empty).await?;
                self.cache.sold_out_indexes.put(stock.name(), now, Some(index.clone()));
            }
        }
        Err(Error::busy(BusyReason::Stock))
    }

    /// Takes over the unit `held`, which an earlier version of the claim took, for the version of `holder`.
    /// The bucket needs no other unit for this. If the unit was returned in between, takes another one from
    /// the same bucket; returns `None` when the bucket is empty.
    pub async fn retake(&self, stock: &Stock, holder: &Holder, held: &HeldUnit) -> Result<Option<HeldUnit>> {
        Ok(match self.take_from(stock, held.bucket, holder).await? {
            TakeOutcome::Taken { code, .. } => {
                Some(HeldUnit { code, version: holder.version, ..held.clone() })
            }
            TakeOutcome::Empty { .. } => None,
        })
    }

    /// Reads the sold-out index and marks the buckets `found_empty`, each with its generation, where the
    /// index lacks the state. The taker of a bucket's last unit writes the state, so a missing one means that
    /// this taker crashed before. If every reader of an empty bucket wrote the state, all instances would
    /// write the same index item within one second.
    async fn mark_empty_buckets(&self, stock: &Stock, found_empty: &[(u32, u64)]) -> Result<SoldOutIndex> {
        let mut index = self.read_sold_out_index(stock, true).await?;
        for (bucket, generation) in found_empty {
            let mut generation = *generation;
            if index.has_recorded(*bucket, begins(generation + 1)) && !index.is_empty(*bucket) {
                // A return was announced and has not arrived. Its worker may have crashed, so the announced
                // generation starts without the unit, and the bucket can be marked empty. A worker that is
                // alive announces the generation after it.
                if !self.start_generation(stock, *bucket, generation).await? {
                    continue;
                }
                generation += 1;
            }
            if !index.has_recorded(*bucket, emptied_in(generation)) {
                index.note(*bucket, emptied_in(generation));
                self.note_empty(stock, *bucket, generation).await;
            }
        }
        Ok(index)
    }

    /// Returns a unit to its bucket if it is still held for `reservation.version` of the claim, or for any
    /// version if that is 0. Returns `false` when it is not.
    ///
    /// # Errors
    /// `BUSY` when a concurrent write began another generation of the bucket. The unit is then still held,
    /// and a repeat returns it.
    pub async fn give_back(&self, reservation: &CheckReservation) -> Result<bool> {
        let layout = if reservation.codes {
            StockLayout::Codes { buckets: 0 }
        } else {
            StockLayout::Units(Vec::new())
        };
        let stock = Stock { kind: StockKind::Rewards, id: reservation.stock.clone(), layout };
        let name = reservation.holder();
        let Some(seen) = self.get_bucket(&stock, reservation.bucket).await? else { return Ok(false) };
        let Some(value) = seen.holds.get(&name) else { return Ok(false) };
        if reservation.version != 0 && *value != reservation.version.to_string() {
            return Ok(false);
        }
        // The next generation is announced in the sold-out index before the unit returns, so that a late
        // "empty" of the old generation changes nothing.
        self.note_state(&stock, reservation.bucket, begins(seen.generation + 1)).await?;
        self.put_back(&stock, reservation.bucket, &seen, &name, value).await
    }

    /// Lists the holders of units of `bucket` with their fencing values.
    pub async fn holds(&self, stock: &Stock, bucket: u32) -> Result<Vec<(String, String)>> {
        Ok(self
            .get_bucket(stock, bucket)
            .await?
            .map(|seen| seen.holds.into_iter().collect())
            .unwrap_or_default())
    }

    /// Returns the sold-out index of `stock` from the cache, at most a second old.
    pub async fn get_sold_out_index(&self, stock: &Stock, now: Timestamp) -> Result<SoldOutIndex> {
        if let Some(Some(index)) =
            self.cache.sold_out_indexes.get(&stock.name(), now, sold_out_index::FRESH_FOR_MS)
        {
            return Ok(index);
        }
        let index = self.read_sold_out_index(stock, false).await?;
        self.cache.sold_out_indexes.put(stock.name(), now, Some(index.clone()));
        Ok(index)
    }
}
