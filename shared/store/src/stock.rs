//! Stock: taking a unit, giving it back. How it is spread is said in `domain::stock`.
//!
//! A bucket is an item with `left`, `epoch` and one attribute for each holder, `h#<user>#<number>` (and
//! `#<campaign>` in a pool of codes), whose value says for which version of the claim the unit was taken.
//! That value fences: who gives a unit back names the value that they saw, and a claim that is about to be
//! written again first puts its new version there.

mod bucket;
mod codes;
mod hint;
mod parts;
mod units;

pub(crate) use bucket::{n, update_failure};
pub use codes::Upload;
pub use parts::Units;
pub use units::UnitHold;

use domain::claims::Held;
use domain::messages::CheckReservation;
use domain::stock::{Hint, Home, Shelf, Stock, begins, emptied_in};
use domain::{Code, Error, Result, Timestamp};

use crate::Store;
use bucket::Found;
pub(crate) use bucket::{HOLD, taken_in};
pub(crate) use parts::units_in;

/// How many buckets are tried on one view of the hint, and how many views there are. Behind a view that is up
/// to date a bucket that is not marked has something; only a race for the last units takes several.
const PROBES_MAX: usize = 8;
const VIEWS_MAX: usize = 4;

/// Who holds a unit, and for which version of which claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// As [`domain::messages::holder_name`] has it: the same for every try of the same line.
    pub name: String,
    /// The claim's version that the unit was taken for; it changes when the claim is decided again.
    pub version: u64,
}

impl Holder {
    /// What stands in the bucket.
    fn value(&self) -> String {
        self.version.to_string()
    }
}

impl Store {
    /// Takes one unit of `stock` for `holder`, or finds the one that an earlier try took, unless its bucket
    /// is known to be empty by now: then that unit is another's until it is found and given back. Whoever
    /// knows where it is has [`Store::take_again`].
    ///
    /// # Errors
    /// `OUT_OF_STOCK` when every bucket was seen empty within the last second; `BUSY` when the race for the
    /// last units was lost too often to tell.
    pub async fn take(&self, stock: &Stock, holder: &Holder, now: Timestamp) -> Result<Held> {
        let mut hint = self.hint(stock, now).await?;
        for view in 0..VIEWS_MAX {
            let candidates: Vec<u32> = stock
                .order_for(&holder.name)
                .filter(|bucket| hint.may_have(stock, *bucket))
                .take(PROBES_MAX)
                .collect();
            if candidates.is_empty() {
                return Err(Error::refused(Code::OutOfStock, "Nothing is left of this reward."));
            }
            let mut found_empty = Vec::new();
            for bucket in candidates {
                match self.take_from(stock, bucket, holder).await? {
                    Found::Taken { code, left, epoch } => {
                        if left == 0 {
                            self.note_empty(stock, bucket, epoch).await;
                        }
                        let (stock, version) = (stock.id.clone(), holder.version);
                        return Ok(Held { stock, bucket, code, version });
                    }
                    Found::Empty { epoch } => {
                        self.remember_empty(stock, bucket, epoch);
                        found_empty.push((bucket, epoch));
                    }
                }
            }
            if view + 1 < VIEWS_MAX {
                hint = self.look_again(stock, &found_empty).await?;
                self.recent.hints.put(stock.name(), now, Some(hint.clone()));
            }
        }
        Err(Error::busy("the race for the last units was lost too often"))
    }

    /// Takes for this version of the claim what `holder` took before, also from a bucket that has nothing
    /// else. None when it was given back meanwhile and the bucket is empty.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn take_again(&self, stock: &Stock, holder: &Holder, held: &Held) -> Result<Option<Held>> {
        Ok(match self.take_from(stock, held.bucket, holder).await? {
            Found::Taken { code, .. } => Some(Held { code, version: holder.version, ..held.clone() }),
            Found::Empty { .. } => None,
        })
    }

    /// The hint as it is, with the buckets that were just found empty. Whoever emptied a bucket writes that
    /// down, so what is missing here is what somebody died over: only that is written now. Were it written by
    /// everybody who finds a bucket empty, a page of the hint would be written by each instance for each
    /// bucket, all in one second.
    async fn look_again(&self, stock: &Stock, found_empty: &[(u32, u64)]) -> Result<Hint> {
        let mut hint = self.read_hint(stock, true).await?;
        for (bucket, epoch) in found_empty {
            let mut epoch = *epoch;
            if hint.knows(*bucket, begins(epoch + 1)) && !hint.is_empty(*bucket) {
                // Something was announced and has not come. Its bringer may be dead, so its epoch begins
                // without it, and then the bucket can be marked; one that is alive announces the epoch after
                // that.
                if !self.begin_empty(stock, *bucket, epoch).await? {
                    continue;
                }
                epoch += 1;
            }
            if !hint.knows(*bucket, emptied_in(epoch)) {
                hint.note(*bucket, emptied_in(epoch));
                self.note_empty(stock, *bucket, epoch).await;
            }
        }
        Ok(hint)
    }

    /// Gives a unit back, if it is still held for that version of the claim. `false` when it is not.
    ///
    /// # Errors
    /// Only those of the store; a repeat finishes what was begun.
    pub async fn give_back(&self, reservation: &CheckReservation) -> Result<bool> {
        let shelf = if reservation.codes { Shelf::Codes { buckets: 0 } } else { Shelf::Units(Vec::new()) };
        let stock = Stock { home: Home::Rewards, id: reservation.stock.clone(), shelf };
        let name = reservation.holder();
        let Some(seen) = self.look_into(&stock, reservation.bucket).await? else { return Ok(false) };
        let Some(value) = seen.holds.get(&name) else { return Ok(false) };
        if reservation.version != 0 && *value != reservation.version.to_string() {
            return Ok(false);
        }
        // First the hint, so that nobody can mark the bucket empty in the old epoch afterwards; then the
        // unit.
        self.mark(&stock, reservation.bucket, begins(seen.epoch + 1)).await?;
        self.put_back(&stock, reservation.bucket, &seen, &name, value).await
    }

    /// Everybody who holds a unit of `bucket`, and its value there.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn holds(&self, stock: &Stock, bucket: u32) -> Result<Vec<(String, String)>> {
        Ok(self
            .look_into(stock, bucket)
            .await?
            .map(|seen| seen.holds.into_iter().collect())
            .unwrap_or_default())
    }

    /// What is known of which buckets are empty, at most a second old.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn hint(&self, stock: &Stock, now: Timestamp) -> Result<Hint> {
        if let Some(Some(hint)) = self.recent.hints.get(&stock.name(), now, hint::FRESH_FOR_MS) {
            return Ok(hint);
        }
        let hint = self.read_hint(stock, false).await?;
        self.recent.hints.put(stock.name(), now, Some(hint.clone()));
        Ok(hint)
    }
}
