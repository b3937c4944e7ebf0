//! Time deals: one partition a deal, with what was last counted of its units beside it. The units themselves
//! are in buckets of their own, and orders with those who made them.

use std::collections::HashMap;
use std::sync::Arc;

use domain::deals::{Deal, Summary};
use domain::ids::DealId;
use domain::{Error, Result, Timestamp};

use crate::item::{Range, entity};
use crate::keys::Key;
use crate::list::{List, ListKey, Part, Position};
use crate::schema::{DEALS, Table};
use crate::{Entity, Saved, Store};

/// How old a deal may be that is shown and that an order is decided by.
const FRESH_FOR_MS: i64 = 1000;
const SUMMARY: &str = "SUMMARY";

/// A deal, and what was last counted of its units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealNow {
    /// The deal.
    pub deal: Deal,
    /// Its units.
    pub summary: Summary,
}

impl DealNow {
    fn new(deal: Deal, summary: Option<Summary>) -> Self {
        let summary = summary.unwrap_or_else(|| Summary::new(&deal));
        Self { deal, summary }
    }

    /// How many units nobody has.
    pub const fn available(&self) -> u32 {
        self.summary.available(&self.deal)
    }
}

impl Entity for Deal {
    const TABLE: &'static Table = &DEALS;

    fn key(&self) -> Key {
        deal_key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(deals(self.is_past()).key(self.starts_at, self.id.as_str()))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

impl Entity for Summary {
    const TABLE: &'static Table = &DEALS;

    fn key(&self) -> Key {
        summary_key(&self.deal_id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

fn partition(deal: &DealId) -> String {
    format!("DEAL#{deal}")
}

fn deal_key(deal: &DealId) -> Key {
    Key::new(partition(deal), "DEAL")
}

fn summary_key(deal: &DealId) -> Key {
    Key::new(partition(deal), SUMMARY)
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
        self.get(&deal_key(id)).await?.ok_or_else(no_deal)
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
        let (mut deal, mut summary) = (None, None);
        for item in self.query_attributes(&DEALS, &Range::of(&pk, "")).await? {
            match Key::of(&item) {
                Some(key) if key.sk == SUMMARY => summary = Some(entity(item)?),
                _ => deal = Some(entity(item)?),
            }
        }
        Ok(deal.map(|deal| DealNow::new(deal, summary)))
    }

    /// Writes a deal: a new one as version 1, or the next version. `Saved::Other` is what is there instead.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_deal(&self, deal: &Deal) -> Result<Saved<Deal>> {
        let saved = self.save(deal).await;
        self.recent.deals.forget(&deal.id);
        saved
    }

    /// What was last counted of the units of a deal, as it is; `None` when nobody has counted.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn find_summary(&self, deal: &DealId) -> Result<Option<Summary>> {
        self.get(&summary_key(deal)).await
    }

    /// Writes what was counted of the units of a deal: for the first time as version 1, or the next version.
    /// `Saved::Other` is what somebody else has counted.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_summary(&self, summary: &Summary) -> Result<Saved<Summary>> {
        let saved = self.save(summary).await;
        self.recent.deals.forget(&summary.deal_id);
        saved
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
        let keys: Vec<Key> = found.iter().map(|(_, deal)| summary_key(&deal.id)).collect();
        let mut summaries: HashMap<DealId, Summary> = HashMap::new();
        for item in self.peek_all(&DEALS, &keys).await? {
            let summary: Summary = entity(item)?;
            summaries.insert(summary.deal_id.clone(), summary);
        }
        let with_summary = |(position, deal): (Position, Deal)| {
            let summary = summaries.remove(&deal.id);
            (position, DealNow::new(deal, summary))
        };
        Ok(found.into_iter().map(with_summary).collect())
    }
}

fn no_deal() -> Error {
    Error::not_found("time deal")
}
