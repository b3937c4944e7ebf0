//! Storage of time deals. One partition holds a deal with its unit counts. The units themselves are in
//! buckets, which are items of their own, and orders are in the partitions of their buyers.

mod counts;

pub use counts::DealCounts;

use std::collections::HashSet;
use std::sync::Arc;

use domain::deals::{Deal, Status, Summary};
use domain::ids::DealId;
use domain::products::Category;
use domain::{Error, Result, Timestamp};
use futures::future::try_join_all;

use crate::item::{Range, entity};
use crate::keys::Key;
use crate::list::{List, ListKey, Part, Position};
use crate::schema::{DEALS, Table};
use crate::{Entity, Saved, Store};

/// Maximum age, in milliseconds, of a cached deal that is shown or by which an order is decided.
const FRESH_FOR_MS: i64 = 1000;
/// Sort key of deals.
pub(crate) const DEAL: &str = "DEAL";
const SUMMARY: &str = "SUMMARY";
/// Marker of canceled deals in their list position.
const CANCELED: &str = "canceled";

/// Number of deals whose counts are read concurrently.
const COUNTS_AT_ONCE: usize = 50;
/// Number of current deals that one read of the list returns.
const READ_AT_ONCE: usize = 100;
/// Maximum number of such reads, so at most 10,000 current deals are listed.
const READS_MAX: usize = 100;

/// A deal with the latest counts of its units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealNow {
    /// Deal, as stored without its counts.
    pub deal: Deal,
    /// Counts of its reserved and sold units.
    pub summary: Summary,
}

impl DealNow {
    fn new(deal: Deal, counts: &DealCounts) -> Self {
        let summary = counts.summary(&deal);
        Self { deal, summary }
    }

    /// Returns the number of units that are neither reserved nor sold.
    pub const fn available(&self) -> u32 {
        self.summary.available(&self.deal)
    }
}

/// An ended or canceled deal, as its list position describes it. This is enough for filters and totals,
/// without a read of the deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDeal {
    /// Id of the deal.
    pub id: DealId,
    /// Start of the deal, in UTC.
    pub starts_at: Timestamp,
    /// Final status: ended or canceled.
    pub status: Status,
    /// Category of the deal's product.
    pub category: Category,
}

/// All deals, current and past, as the list of deals shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllDeals {
    /// Scheduled, active and sold-out deals.
    pub current: Vec<DealNow>,
    /// Ended and canceled deals; empty unless they were requested.
    pub past: Vec<PastDeal>,
}

impl PastDeal {
    /// Parses a list position that the `list_key` of [`Deal`] wrote. Returns `None` for any other text.
    fn at(place: &str) -> Option<Self> {
        let mut words = place.split('#');
        let starts_at = Timestamp::from_millis(words.next()?.parse().ok()?);
        let id = DealId::parse(words.next()?)?;
        let status = if words.next()? == CANCELED { Status::Canceled } else { Status::Ended };
        let category = words.next()?;
        let category = Category::ALL.into_iter().find(|known| known.as_str() == category)?;
        Some(Self { id, starts_at, status, category })
    }
}

impl Entity for Deal {
    const TABLE: &'static Table = &DEALS;

    fn key(&self) -> Key {
        deal_key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        let ended = if self.status == Status::Canceled { CANCELED } else { "" };
        let place = format!("{}#{ended}#{}", self.id, self.product.category.as_str());
        Some(deals(self.is_past()).key(self.starts_at, &place))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

fn partition(deal: &DealId) -> String {
    format!("DEAL#{deal}")
}

fn deal_key(deal: &DealId) -> Key {
    Key::new(partition(deal), DEAL)
}

/// Returns the list of past deals (ended or canceled), or that of current ones. Few writes reach either, so
/// one shard suffices.
fn deals(past: bool) -> List {
    List::quiet(if past { "DEALS#past" } else { "DEALS#current" })
}

impl Store {
    /// Reads a deal, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn deal(&self, id: &DealId) -> Result<Deal> {
        self.find_deal(id).await?.ok_or_else(no_deal)
    }

    /// Returns a deal with its unit counts from the cache, at most a second old. An instance reads it at most
    /// once a second.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn recent_deal(&self, id: &DealId, now: Timestamp) -> Result<Arc<DealNow>> {
        let read = || self.read_deal(id);
        self.recent.deals.get_or_read(id, now, FRESH_FOR_MS, read).await?.ok_or_else(no_deal)
    }

    async fn read_deal(&self, id: &DealId) -> Result<Option<DealNow>> {
        let pk = partition(id);
        let (mut deal, mut counts) = (None, DealCounts::default());
        for item in self.query_attributes(&DEALS, &Range::of(&pk, "")).await? {
            match Key::of(&item) {
                Some(key) if key.sk == DEAL => deal = Some(entity(item)?),
                _ => counts.take_in(item)?,
            }
        }
        Ok(deal.map(|deal| DealNow::new(deal, &counts)))
    }

    /// Writes a deal: a new one as version 1, or the next version. Returns `Saved::Other` with the stored one
    /// when another write came first.
    pub async fn save_deal(&self, deal: &Deal) -> Result<Saved<Deal>> {
        let saved = self.save(deal).await;
        self.forget_deal(&deal.id);
        saved
    }

    /// Removes a deal from this instance's caches, after it was written.
    pub(crate) fn forget_deal(&self, id: &DealId) {
        self.recent.deals.forget(id);
        for with_past in [false, true] {
            self.recent.all_deals.forget(&with_past);
        }
    }

    /// Reads a deal, strongly consistent. Returns `None` when it does not exist.
    pub async fn find_deal(&self, id: &DealId) -> Result<Option<Deal>> {
        self.get(&deal_key(id)).await
    }

    /// Lists past or current deals by their stored status, latest start first. The stored status may lag
    /// behind the clock until the schedule updates it.
    pub async fn list_deals(
        &self,
        past: bool,
        part: &Part,
        limit: usize,
    ) -> Result<Vec<(Position, DealNow)>> {
        let found: Vec<(Position, Deal)> = self.list(&deals(past), part, limit).await?;
        let (positions, deals): (Vec<Position>, Vec<Deal>) = found.into_iter().unzip();
        Ok(positions.into_iter().zip(self.with_summaries(deals).await?).collect())
    }

    /// Reads the deals under `ids`, eventually consistent, in no particular order. Missing deals are left
    /// out.
    pub async fn deals(&self, ids: &[DealId]) -> Result<Vec<DealNow>> {
        let keys: Vec<Key> = ids.iter().map(deal_key).collect();
        let items = self.peek_all(&DEALS, &keys).await?;
        self.with_summaries(items.into_iter().map(entity).collect::<Result<_>>()?).await
    }

    async fn with_summaries(&self, deals: Vec<Deal>) -> Result<Vec<DealNow>> {
        let mut all = Vec::with_capacity(deals.len());
        for some in deals.chunks(COUNTS_AT_ONCE) {
            let counts = some.iter().map(|deal| self.recent_counts(&deal.id));
            let counts = try_join_all(counts).await?;
            all.extend(some.iter().zip(counts).map(|(deal, counts)| DealNow::new(deal.clone(), &counts)));
        }
        Ok(all)
    }

    /// Returns up to `limit` current deals by their stored status. When there are more, each `turn` returns
    /// the next section, so that successive turns visit all of them.
    pub async fn present_deals(&self, turn: u64, limit: usize) -> Result<Vec<DealNow>> {
        let places = self.places::<Deal>(&deals(false)).await?;
        let parts = places.len().div_ceil(limit).max(1) as u64;
        let part = usize::try_from(turn % parts).unwrap_or(0);
        let here = places.iter().skip(part * limit).take(limit);
        let ids: Vec<DealId> = here.filter_map(|(place, _)| Some(PastDeal::at(place)?.id)).collect();
        self.deals(&ids).await
    }

    /// Returns all current deals and, `with_past`, the past ones from the cache, at most a second old. Past
    /// deals come from the index alone; an instance reads the lists at most once a second.
    pub async fn all_deals(&self, with_past: bool, now: Timestamp) -> Result<Arc<AllDeals>> {
        let read = || self.read_all_deals(with_past);
        let found = self.recent.all_deals.get_or_read(&with_past, now, FRESH_FOR_MS, read).await?;
        Ok(found.unwrap_or_default())
    }

    async fn read_all_deals(&self, with_past: bool) -> Result<Option<AllDeals>> {
        let mut all = AllDeals::default();
        let mut part = Part::default();
        for _ in 0..READS_MAX {
            let found = self.list_deals(false, &part, READ_AT_ONCE).await?;
            let is_last = found.len() < READ_AT_ONCE;
            part.after = found.last().map(|(position, _)| position.clone());
            all.current.extend(found.into_iter().map(|(_, deal)| deal));
            if is_last {
                break;
            }
        }
        if with_past {
            // Past deals are read last, so that a deal that ends in between is not missed. It may appear
            // twice and is dropped from `past` below.
            let places = self.places::<Deal>(&deals(true)).await?;
            let current: HashSet<&DealId> = all.current.iter().map(|now| &now.deal.id).collect();
            let past = places.iter().filter_map(|(place, _)| PastDeal::at(place));
            all.past = past.filter(|deal| !current.contains(&deal.id)).collect();
        }
        Ok(Some(all))
    }
}

fn no_deal() -> Error {
    Error::not_found("time deal")
}
