//! History of every deal, its units and its orders, write by write, as the database stores it. Invalid steps
//! are recorded as they are written.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::Quantity;
use domain::deals::{self, CountBase, Deal, ShardCount, UnitCounts};
use domain::ids::{DealId, OrderId};
use domain::orders::{BucketAction, Order, OrderEndReason, OrderStatus, replay};
use domain::stock::{BucketHold, OrderPart};

use super::super::{BEGIN_MS, SKEW_MS_MAX};
use super::writes::{Written, numbers, read, texts};

/// Recorder of the history of deals and orders.
#[derive(Default)]
pub struct Sales(Mutex<History>);

/// History of deals and orders.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Each version of every deal, with the time of its write in milliseconds of the run.
    pub deals: BTreeMap<DealId, Vec<(u64, Deal)>>,
    /// Unit counts of each deal, as last written.
    pub summaries: BTreeMap<DealId, UnitCounts>,
    /// Parts of the unit counts: the count base, and the sum of each shard.
    counts: BTreeMap<DealId, (Option<CountBase>, BTreeMap<String, ShardCount>)>,
    /// Each version of every order, with the time of its write in milliseconds of the run.
    pub orders: BTreeMap<OrderId, Vec<(u64, Order)>>,
    /// Holds of each bucket as they are now, by deal and bucket number.
    pub holds: BTreeMap<(DealId, u32), Holds>,
    /// Free units of each deal: the time of a change in milliseconds of the run, and the number from then on.
    pub left: BTreeMap<DealId, Vec<(u64, u32)>>,
    /// Sentences about steps that are never valid.
    pub violations: Vec<String>,
}

/// Holds in one bucket, by order.
pub type Holds = BTreeMap<OrderId, BucketHold>;

impl Sales {
    /// Returns the history so far.
    pub fn history(&self) -> History {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records the write of an item.
    pub fn written(&self, at_ms: u64, Written { pk, sk, item }: &Written) {
        let mut history = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = pk.strip_prefix("STOCK#").and_then(|rest| rest.rsplit_once('#'));
        match (sk.as_str(), bucket) {
            ("DEAL", _) => history.deal(at_ms, read(item.clone())),
            ("SUMMARY", _) => {
                let base: CountBase = read(item.clone());
                history.counts.entry(base.deal_id.clone()).or_default().0 = Some(base.clone());
                history.sum_up(&base.deal_id);
            }
            (sk, _) if sk.starts_with("SUMMARY#") => {
                let count: ShardCount = read(item.clone());
                let id = count.deal_id.clone();
                history.counts.entry(id.clone()).or_default().1.insert(count.shard.clone(), count);
                history.sum_up(&id);
            }
            ("BUCKET", Some((deal, number))) => {
                if let Some(key) = DealId::parse(deal).zip(number.parse().ok()) {
                    let left = numbers(item).find(|(name, _)| *name == "left").map_or(0, |(_, left)| left);
                    let holds = texts(item).filter_map(|(name, text)| {
                        Some((OrderId::parse(name.strip_prefix("h#")?)?, BucketHold::parse(text)?))
                    });
                    history.bucket(at_ms, key, left, holds.collect());
                }
            }
            (sk, _) if sk.starts_with("ORDER#") => history.order(at_ms, read(item.clone())),
            _ => {}
        }
    }
}

impl History {
    fn sum_up(&mut self, id: &DealId) {
        let Some((base, shards)) = self.counts.get(id) else { return };
        let base =
            base.clone().unwrap_or_else(|| CountBase::new(id.clone(), domain::Timestamp::from_millis(0)));
        let shards: Vec<ShardCount> = shards.values().cloned().collect();
        self.summaries.insert(id.clone(), UnitCounts::of(&base, &shards));
    }

    /// Returns the last version of a deal.
    pub fn deal_now(&self, id: &DealId) -> Option<&Deal> {
        self.deals.get(id)?.last().map(|(_, deal)| deal)
    }

    /// Returns the last version of an order.
    pub fn order_now(&self, id: &OrderId) -> Option<&Order> {
        self.orders.get(id)?.last().map(|(_, order)| order)
    }

    /// Returns the last version of every order.
    pub fn orders_now(&self) -> impl Iterator<Item = &Order> {
        self.orders.values().filter_map(|versions| Some(&versions.last()?.1))
    }

    /// Returns `true` if a deal had exactly `units` free units at some time between `from_ms` and `to_ms`.
    pub fn had_between(&self, deal: &DealId, units: u32, from_ms: u64, to_ms: u64) -> bool {
        let Some(left) = self.left.get(deal) else { return false };
        let before = left.iter().rposition(|(at_ms, _)| *at_ms <= from_ms).unwrap_or(0);
        left[before..].iter().any(|(at_ms, left)| *at_ms <= to_ms && *left == units)
    }

    fn deal(&mut self, at_ms: u64, deal: Deal) {
        if self.deal_now(&deal.id) == Some(&deal) {
            // A repeat of a transaction changes nothing.
            return;
        }
        let versions = self.deals.entry(deal.id.clone()).or_default();
        if let Some((_, before)) = versions.last() {
            // A transaction that only checks a condition on the deal touches it too.
            if *before == deal {
                return;
            }
            let is_fixed = deal.stock_quantity == before.stock_quantity && deal.version == before.version + 1;
            if !is_fixed || before.status == deals::DealStatus::Canceled {
                self.violations.push(format!("a deal went on from {before:?} to {deal:?}"));
            }
        } else {
            self.left.insert(deal.id.clone(), vec![(at_ms, deal.stock_quantity.0)]);
        }
        versions.push((at_ms, deal));
    }

    /// Checks that each unit of a bucket is free or belongs to one order, and that each hold changed as its
    /// order allows.
    fn bucket(&mut self, at_ms: u64, key: (DealId, u32), left: i64, holds: Holds) {
        let Some(deal) = self.deal_now(&key.0) else {
            return self.violations.push(format!("bucket {key:?} is of no deal"));
        };
        let full = i64::from(deal.stock().units_of(key.1));
        let before = self.holds.insert(key.clone(), holds.clone()).unwrap_or_default();
        let sum = |holds: &Holds| holds.values().map(|hold| i64::from(hold.quantity())).sum::<i64>();
        let taken = sum(&holds);
        if left < 0 || left + taken != full {
            self.violations.push(format!("bucket {key:?} of {full} has {left} left besides {holds:?}"));
        }
        for order in before.keys().chain(holds.keys().filter(|order| !before.contains_key(order))) {
            let (was, is) = (before.get(order), holds.get(order));
            if was != is && !self.follows(order, key.1, was, is) {
                let now = self.order_now(order);
                let wrong = format!("bucket {key:?}: {order} went from {was:?} to {is:?}, and is {now:?}");
                self.violations.push(wrong);
            }
        }
        let moments = self.left.entry(key.0).or_default();
        let all = i64::from(moments.last().map_or(0, |(_, left)| *left));
        moments.push((at_ms, u32::try_from(all + sum(&before) - taken).unwrap_or(0)));
    }

    /// Returns `true` if the hold of an order in a bucket may change from `was` to `is`.
    fn follows(&self, id: &OrderId, bucket: u32, was: Option<&BucketHold>, is: Option<&BucketHold>) -> bool {
        let due = self.order_now(id).map(|order| order.due(bucket));
        match (was, is) {
            (None, Some(BucketHold::Held { quantity, .. })) => quantity.0 > 0,
            (Some(BucketHold::Held { .. }), None) => due == Some(BucketAction::GiveBack),
            (Some(BucketHold::Held { quantity: held, .. }), Some(BucketHold::Sold { quantity })) => {
                due == Some(BucketAction::Settle) && held == quantity
            }
            _ => false,
        }
    }

    fn order(&mut self, at_ms: u64, order: Order) {
        let before = self.order_now(&order.id);
        if before == Some(&order) {
            // A repeat of a transaction changes nothing.
            return;
        }
        let is_right = match before {
            None => self.begins_well(&order),
            Some(before) => goes_on_well(at_ms, before, &order),
        };
        if !is_right || replay(&order.log) != order.status {
            self.violations.push(format!("an order went on from {before:?} to {order:?}"));
        }
        self.orders.entry(order.id.clone()).or_default().push((at_ms, order));
    }

    /// Returns `true` if the first version of an order is valid: its units are held for it, or it is a
    /// tombstone.
    fn begins_well(&self, order: &Order) -> bool {
        let is_held = |part: &OrderPart| {
            let holds = self.holds.get(&(order.deal_id.clone(), part.bucket));
            let hold = holds.and_then(|holds| holds.get(&order.id));
            hold == Some(&BucketHold::Held { quantity: part.quantity, until: order.expires_at })
        };
        let all: Quantity = order.parts.iter().map(|part| part.quantity).sum();
        order.version == 1
            && match order.status {
                OrderStatus::Reserved => all == order.quantity && order.parts.iter().all(is_held),
                OrderStatus::Failed => order.parts.is_empty(),
                _ => false,
            }
    }
}

/// Returns `true` if an order may change from `before` to `after`: its event log only grows, its contents
/// stay, and a final status never changes. A payment must be in time, and an expiry must not be early.
fn goes_on_well(at_ms: u64, before: &Order, after: &Order) -> bool {
    let fixed = |one: &Order| {
        (one.quantity, one.unit_price, one.parts.clone(), one.expires_at, one.queue_position.clone())
    };
    let now = BEGIN_MS + (at_ms + SKEW_MS_MAX) as i64;
    let steps = match (before.status, after.status) {
        (same, now) if same == now => true,
        (OrderStatus::Reserved, OrderStatus::Confirmed) => {
            after.log.last().is_some_and(|last| last.at < after.expires_at)
        }
        (OrderStatus::Reserved, OrderStatus::Canceled) => {
            after.reason != Some(OrderEndReason::Expired) || after.expires_at.as_millis() <= now
        }
        _ => false,
    };
    steps
        && fixed(before) == fixed(after)
        && after.version == before.version + 1
        && after.log.len() > before.log.len()
        && after.log.starts_with(&before.log)
}
