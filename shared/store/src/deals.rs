//! Time deals: one partition a deal, with what was last counted of its units beside it. The units themselves
//! are in buckets of their own, and orders with those who made them.

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

/// How old a deal may be that is shown and that an order is decided by.
const FRESH_FOR_MS: i64 = 1000;
/// The sort key of deals.
pub(crate) const DEAL: &str = "DEAL";
const SUMMARY: &str = "SUMMARY";
/// What the place of a deal that was cancelled says.
const CANCELED: &str = "canceled";

/// How many deals' figures are read side by side.
const COUNTS_AT_ONCE: usize = 50;
/// How many of the present deals one read brings.
const READ_AT_ONCE: usize = 100;
/// How many such reads there are.
const READS_MAX: usize = 100;

/// A deal, and what was last counted of its units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealNow {
    /// The deal.
    pub deal: Deal,
    /// Its units.
    pub summary: Summary,
}

impl DealNow {
    fn new(deal: Deal, counts: &DealCounts) -> Self {
        let summary = counts.summary(&deal);
        Self { deal, summary }
    }

    /// How many units nobody has.
    pub const fn available(&self) -> u32 {
        self.summary.available(&self.deal)
    }
}

/// A deal that is over or was cancelled, as its place in the list tells of it: enough to filter and to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDeal {
    /// Which deal.
    pub id: DealId,
    /// When it began.
    pub starts_at: Timestamp,
    /// How it ended.
    pub status: Status,
    /// What kind of product it is of.
    pub category: Category,
}

/// Deals as they are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllDeals {
    /// Those that are not past.
    pub current: Vec<DealNow>,
    /// Those that are.
    pub past: Vec<PastDeal>,
}

impl PastDeal {
    /// What `place` tells; [`Deal::list_key`] writes it.
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

/// Deals that are over or were cancelled, or those that are not. Few write to either.
fn deals(past: bool) -> List {
    List::quiet(if past { "DEALS#past" } else { "DEALS#current" })
}

impl Store {
    /// A deal as it is.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none.
    pub async fn deal(&self, id: &DealId) -> Result<Deal> {
        self.find_deal(id).await?.ok_or_else(no_deal)
    }

    /// A deal and what was last counted of its units, at most a second old: one read a second for each
    /// function instance.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none.
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

    /// Writes a deal: a new one as version 1, or the next version. `Saved::Other` is what is there instead.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_deal(&self, deal: &Deal) -> Result<Saved<Deal>> {
        let saved = self.save(deal).await;
        self.forget_deal(&deal.id);
        saved
    }

    /// Forgets what this instance knows of a deal that it has just written.
    pub(crate) fn forget_deal(&self, id: &DealId) {
        self.recent.deals.forget(id);
        for with_past in [false, true] {
            self.recent.all_deals.forget(&with_past);
        }
    }

    /// A deal as it is, if there is one.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn find_deal(&self, id: &DealId) -> Result<Option<Deal>> {
        self.get(&deal_key(id)).await
    }

    /// Deals, those that begin last first: the `past` ones, which are over or were cancelled, or the others,
    /// as far as their stored status says.
    ///
    /// # Errors
    /// Only those of the store.
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

    /// The deals under `ids` that exist, as they were within the last second or so, in no order.
    ///
    /// # Errors
    /// Only those of the store.
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

    /// Returns up to `limit` of the deals that are not past, as far as their stored status says. When there are
    /// more, it is another part of them in each `turn`, so that all are looked at one after the other.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn present_deals(&self, turn: u64, limit: usize) -> Result<Vec<DealNow>> {
        let places = self.places::<Deal>(&deals(false)).await?;
        let parts = places.len().div_ceil(limit).max(1) as u64;
        let part = usize::try_from(turn % parts).unwrap_or(0);
        let here = places.iter().skip(part * limit).take(limit);
        let ids: Vec<DealId> = here.filter_map(|(place, _)| Some(PastDeal::at(place)?.id)).collect();
        self.deals(&ids).await
    }

    /// Every deal that is not past, and `with_past` those that are, at most a second old: one such read a
    /// second for each function instance. Of the past ones only the index is read.
    ///
    /// # Errors
    /// Only those of the store.
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
            // Read afterwards, so that none is missing that goes over in between; one of them is then here twice.
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
