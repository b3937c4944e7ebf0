//! Storage of time deals. One partition holds a deal with its unit counts. The units themselves are in
//! buckets, which are items of their own, and orders are in the partitions of their buyers.

mod counts;

pub use counts::DealCounts;

use std::collections::HashSet;
use std::sync::Arc;

use domain::deals::{Deal, DealStatus, UnitCounts};
use domain::ids::DealId;
use domain::products::Category;
use domain::{Error, Quantity, Result, Timestamp};
use futures::future::try_join_all;

use crate::author::SealedEntity;
use crate::item::{PartitionRange, entity};
use crate::keys::Key;
use crate::keys::ListKey;
use crate::list::{List, ListPosition, ListRange};
use crate::schema::{DEALS, Table};
use crate::{Entity, Saved, Store};

/// Maximum age, in milliseconds, of a cached deal that is shown to clients or decides whether an order is
/// accepted.
const FRESH_FOR_MS: i64 = 1000;
/// Sort key of deals.
pub(crate) const DEAL: &str = "DEAL";
/// Sort key of the base of the unit counts of a deal.
pub(crate) const SUMMARY: &str = "SUMMARY";
/// Words in the list position of a deal that stored_status it as canceled or sold out.
const CANCELED: &str = "canceled";
const SOLDOUT: &str = "soldout";

/// Number of deals whose counts are read concurrently.
const COUNTS_AT_ONCE: usize = 50;
/// Number of current deals that one read of the list returns.
const READ_AT_ONCE: usize = 100;
/// Maximum number of reads of the list of current deals, so at most 10,000 are listed.
const READS_MAX: usize = 100;

/// A deal with the latest counts of its units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealNow {
    /// Deal, as stored without its counts.
    pub deal: Deal,
    /// Counts of its reserved and sold units.
    pub summary: UnitCounts,
}

impl DealNow {
    fn new(deal: Deal, counts: &DealCounts) -> Self {
        let summary = counts.summary(&deal);
        Self { deal, summary }
    }

    /// Returns the number of units that are neither reserved nor sold.
    pub const fn available(&self) -> Quantity {
        self.summary.available(&self.deal)
    }
}

/// A deal as its list position describes it. This is enough for filters, order and totals, without a read of
/// the deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDeal {
    /// Id of the deal.
    pub id: DealId,
    /// Start of the deal, in UTC.
    pub starts_at: Timestamp,
    /// End of the deal, in UTC.
    pub ends_at: Timestamp,
    /// Category of the deal's product.
    pub category: Category,
    /// Final status of a past deal, or `Soldout` of a current one. `None` if the status follows from the
    /// clock alone.
    stored_status: Option<DealStatus>,
}

impl ListedDeal {
    /// Parses a position in the list of past or current deals that the `list_key` of [`Deal`] wrote. Returns
    /// `None` for any other text, and for the position of a current deal that an older version of dibs wrote.
    fn at(place: &str, past: bool) -> Option<Self> {
        let mut words = place.split('#');
        let starts_at = Timestamp::from_millis(words.next()?.parse().ok()?);
        let id = DealId::parse(words.next()?)?;
        let is_canceled = words.next()? == CANCELED;
        let category = words.next()?.parse().ok()?;
        let ends_at = words.next().and_then(|word| word.parse().ok()).map(Timestamp::from_millis);
        let stored_status = match (past, is_canceled) {
            (true, true) => Some(DealStatus::Canceled),
            (true, false) => Some(DealStatus::Ended),
            (false, _) => (words.next() == Some(SOLDOUT)).then_some(DealStatus::Soldout),
        };
        let ends_at = if past { ends_at.unwrap_or(starts_at) } else { ends_at? };
        Some(Self { id, starts_at, ends_at, category, stored_status })
    }

    fn of(found: &DealNow) -> Self {
        let DealNow { deal, .. } = found;
        let (id, category) = (deal.id.clone(), deal.product.category);
        let stored_status = match deal.status {
            DealStatus::Canceled | DealStatus::Ended => Some(deal.status),
            _ => (found.available() == Quantity::ZERO).then_some(DealStatus::Soldout),
        };
        Self { id, starts_at: deal.starts_at, ends_at: deal.ends_at, category, stored_status }
    }

    /// Returns the status at `now`. A deal without remaining units is `Soldout` here only after the scheduled
    /// worker has stored that status, up to a minute later.
    pub fn status_at(&self, now: Timestamp) -> DealStatus {
        match self.stored_status {
            Some(past @ (DealStatus::Canceled | DealStatus::Ended)) => past,
            _ if now < self.starts_at => DealStatus::Scheduled,
            _ if now >= self.ends_at => DealStatus::Ended,
            Some(DealStatus::Soldout) => DealStatus::Soldout,
            _ => DealStatus::Active,
        }
    }
}

fn id_at(place: &str) -> Option<DealId> {
    DealId::parse(place.split('#').nth(1)?)
}

impl Entity for Deal {
    const TABLE: &'static Table = &DEALS;

    fn key(&self) -> Key {
        deal_key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        let ended = if self.status == DealStatus::Canceled { CANCELED } else { "" };
        let sold = if self.status == DealStatus::Soldout { SOLDOUT } else { "" };
        let (category, ends_at) = (self.product.category.as_ref(), self.ends_at.as_millis());
        let place = format!("{}#{ended}#{category}#{ends_at}#{sold}", self.id);
        Some(deals(self.is_past()).key(self.starts_at, &place))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

fn partition(deal: &DealId) -> String {
    format!("DEAL#{deal}")
}

pub(crate) fn deal_key(deal: &DealId) -> Key {
    Key::new(partition(deal), DEAL)
}

/// Returns the list of past deals (ended or canceled), or that of current ones. Few writes reach either, so
/// one shard suffices.
fn deals(past: bool) -> List {
    List::single_shard(if past { "DEALS#past" } else { "DEALS#current" })
}

impl Store {
    /// Reads a deal, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_deal(&self, id: &DealId) -> Result<Deal> {
        self.get_deal_if_exists(id).await?.ok_or_else(no_deal)
    }

    /// Returns a deal with its unit counts from the cache, at most a second old. An instance reads it about
    /// once a second.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_deal_cached(&self, id: &DealId, now: Timestamp) -> Result<Arc<DealNow>> {
        let read = || self.read_deal(id, false);
        self.cache.deals.get_or_read(id, now, FRESH_FOR_MS, read).await?.ok_or_else(no_deal)
    }

    /// Reads a deal with its unit counts, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_deal_with_counts(&self, id: &DealId) -> Result<DealNow> {
        self.read_deal(id, true).await?.ok_or_else(no_deal)
    }

    async fn read_deal(&self, id: &DealId, consistent: bool) -> Result<Option<DealNow>> {
        let pk = partition(id);
        let (mut deal, mut counts) = (None, DealCounts::default());
        let range = PartitionRange { consistent, ..PartitionRange::of(&pk, "") };
        for item in self.query_attributes(&DEALS, &range).await? {
            match Key::of(&item) {
                Some(key) if key.sk == DEAL => deal = Some(entity(item)?),
                _ => counts.add_item(item)?,
            }
        }
        Ok(deal.map(|deal| DealNow::new(deal, &counts)))
    }

    /// Writes a deal: a new one as version 1, or the next version. Returns `Saved::Conflict` with the stored
    /// one when another write came first.
    pub async fn save_deal(&self, deal: &Deal) -> Result<Saved<Deal>> {
        let saved = self.save(deal).await;
        self.forget_deal(&deal.id);
        saved
    }

    /// Removes a deal from this instance's caches, after it was written.
    pub(crate) fn forget_deal(&self, id: &DealId) {
        self.cache.deals.forget(id);
        for with_past in [false, true] {
            self.cache.all_deals.forget(&with_past);
        }
    }

    /// Reads a deal, strongly consistent. Returns `None` when it does not exist.
    pub async fn get_deal_if_exists(&self, id: &DealId) -> Result<Option<Deal>> {
        self.get(&deal_key(id)).await
    }

    /// Lists past or current deals, latest start first. The stored status decides which deals are past; it
    /// lags behind the clock until the scheduled worker updates it.
    pub async fn list_deals(
        &self,
        past: bool,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(ListPosition, DealNow)>> {
        let found: Vec<(ListPosition, Deal)> = self.list(&deals(past), part, limit).await?;
        let (positions, deals): (Vec<ListPosition>, Vec<Deal>) = found.into_iter().unzip();
        Ok(positions.into_iter().zip(self.with_unit_counts(deals).await?).collect())
    }

    /// Reads the deals under `ids` with their unit counts, eventually consistent, in no particular order.
    /// Missing deals are left out.
    pub async fn deals(&self, ids: &[DealId]) -> Result<Vec<DealNow>> {
        let keys: Vec<Key> = ids.iter().map(deal_key).collect();
        let items = self.get_all_eventual(&DEALS, &keys).await?;
        self.with_unit_counts(items.into_iter().map(entity).collect::<Result<_>>()?).await
    }

    async fn with_unit_counts(&self, deals: Vec<Deal>) -> Result<Vec<DealNow>> {
        let mut all = Vec::with_capacity(deals.len());
        for some in deals.chunks(COUNTS_AT_ONCE) {
            let counts = some.iter().map(|deal| self.get_counts_eventual(&deal.id));
            let counts = try_join_all(counts).await?;
            all.extend(some.iter().zip(counts).map(|(deal, counts)| DealNow::new(deal.clone(), &counts)));
        }
        Ok(all)
    }

    /// Returns up to `limit` deals that are current by their stored status, eventually consistent. If there
    /// are more, they are divided into sections of `limit`, and the number `turn` selects one: successive
    /// numbers visit all deals in turn.
    pub async fn list_present_deals_eventual(&self, turn: u64, limit: usize) -> Result<Vec<DealNow>> {
        let index_entries = self.index_entries::<Deal>(&deals(false)).await?;
        let parts = index_entries.len().div_ceil(limit).max(1) as u64;
        let part = usize::try_from(turn % parts).unwrap_or(0);
        let here = index_entries.iter().skip(part * limit).take(limit);
        let ids: Vec<DealId> = here.filter_map(|(place, _)| id_at(place)).collect();
        self.deals(&ids).await
    }

    /// Returns all current deals and, if `with_past`, the past ones as their list positions describe them,
    /// from the cache, at most a second old. Reads only the index, about once a second for each instance.
    pub async fn list_deals_cached(&self, with_past: bool, now: Timestamp) -> Result<Arc<Vec<ListedDeal>>> {
        let read = || self.read_deal_list(with_past, now);
        let found = self.cache.all_deals.get_or_read(&with_past, now, FRESH_FOR_MS, read).await?;
        Ok(found.unwrap_or_default())
    }

    async fn read_deal_list(&self, with_past: bool, now: Timestamp) -> Result<Option<Vec<ListedDeal>>> {
        let index_entries = self.index_entries::<Deal>(&deals(false)).await?;
        let (mut listed, mut unknown) = (Vec::with_capacity(index_entries.len()), Vec::new());
        for (place, _) in &index_entries {
            match ListedDeal::at(place, false) {
                Some(deal) => listed.push(deal),
                None => unknown.extend(id_at(place)),
            }
        }
        // Positions that an older version of dibs wrote lack the end of the deal, until the next write of the
        // deal.
        let unknown: Vec<Arc<DealNow>> = self.get_deals_cached(&unknown, now).await?;
        listed.extend(unknown.iter().map(|found| ListedDeal::of(found)));
        if with_past {
            // Past deals are read last, so that a deal that ends between the two reads is not missed. If it
            // is in both lists, its entry among the past ones is dropped.
            let index_entries = self.index_entries::<Deal>(&deals(true)).await?;
            let current: HashSet<DealId> = listed.iter().map(|deal| deal.id.clone()).collect();
            let past = index_entries.iter().filter_map(|(place, _)| ListedDeal::at(place, true));
            listed.extend(past.filter(|deal| !current.contains(&deal.id)));
        }
        Ok(Some(listed))
    }

    /// Returns the deals under `ids` with their unit counts, each at most a second old, in the order of
    /// `ids`. Missing deals are left out.
    pub async fn get_deals_cached(&self, ids: &[DealId], now: Timestamp) -> Result<Vec<Arc<DealNow>>> {
        let mut all = Vec::with_capacity(ids.len());
        for some in ids.chunks(COUNTS_AT_ONCE) {
            let reads = some.iter().map(async |id| {
                self.cache.deals.get_or_read(id, now, FRESH_FOR_MS, || self.read_deal(id, false)).await
            });
            all.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        Ok(all)
    }

    /// Reads all current deals, eventually consistent, at most 10,000.
    pub(crate) async fn list_current_deals_eventual(&self) -> Result<Vec<DealNow>> {
        let (mut all, mut part) = (Vec::new(), ListRange::default());
        for _ in 0..READS_MAX {
            let found = self.list_deals(false, &part, READ_AT_ONCE).await?;
            let is_last = found.len() < READ_AT_ONCE;
            part.after = found.last().map(|(position, _)| position.clone());
            all.extend(found.into_iter().map(|(_, deal)| deal));
            if is_last {
                break;
            }
        }
        Ok(all)
    }
}

fn no_deal() -> Error {
    Error::not_found("time deal")
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    #[test]
    fn position_says_what_the_clock_decides_and_one_of_before_is_read_from_the_deal() {
        let (start, end) = (Timestamp::from_millis(10), Timestamp::from_millis(90));
        let listed = ListedDeal::at("0000000000010#tdl_x##living#90#", false).unwrap();
        let times = [9, 10, 89, 90].map(|ms| listed.status_at(Timestamp::from_millis(ms)));
        assert_eq!(times, [DealStatus::Scheduled, DealStatus::Active, DealStatus::Active, DealStatus::Ended]);
        assert_each_eq!((listed.starts_at, start), (listed.ends_at, end), (listed.id, DealId::new("x")));
        let sold_out = ListedDeal::at("0000000000010#tdl_x##toy#90#soldout", false).unwrap();
        assert_eq!(sold_out.status_at(start), DealStatus::Soldout);
        assert_eq!(ListedDeal::at("0000000000010#tdl_x##living", false), None, "no end is in it");
        assert_eq!(id_at("0000000000010#tdl_x##living"), Some(DealId::new("x")));
        let past = |place| ListedDeal::at(place, true).map(|deal| deal.status_at(start));
        assert_eq!(past("0000000000010#tdl_x##living"), Some(DealStatus::Ended));
        assert_eq!(past("0000000000010#tdl_x#canceled#living#90#"), Some(DealStatus::Canceled));
    }
}
