//! History of the free units of each stock of rewards, as the database stores it, to check "sold out"
//! refusals. Marks of the sold-out index that were replaced by older ones are recorded too.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use local::engine::Dynamo;
use local::engine::connector::Call;
use serde_json::Value;
use store::schema::REWARDS;

use super::super::tables::deployed;
use super::writes::{self, Written, numbers};

/// Histories of all stocks.
#[derive(Default)]
pub struct Stocks {
    stocks: Mutex<BTreeMap<String, History>>,
    hints: Mutex<Hints>,
}

/// Marks of the sold-out index, by page and bucket, and a description of each that replaced a newer one.
#[derive(Default)]
struct Hints {
    marks: BTreeMap<(String, String), i64>,
    went_back: Vec<String>,
}

impl Hints {
    fn note(&mut self, page: &Written) {
        for (name, mark) in numbers(&page.item) {
            let before = self.marks.insert((format!("{} {}", page.pk, page.sk), name.to_owned()), mark);
            if before.is_some_and(|before| mark < before) {
                self.went_back.push(format!("{} {} {name} from {before:?} to {mark}", page.pk, page.sk));
            }
        }
    }
}

/// History of a stock.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Number of units that the stock has in total. Of a code pool, the number of codes added so far.
    pub total: u64,
    held: BTreeMap<String, u64>,
    /// Number of free codes, by bucket.
    codes: BTreeMap<String, u64>,
    free: Vec<(u64, u64)>,
}

impl History {
    /// Returns the number of units that are held now.
    pub fn held(&self) -> u64 {
        self.held.values().sum()
    }

    /// Returns `true` if no unit was free at some time between `from_ms` and `to_ms`, in milliseconds of the
    /// run.
    pub fn was_empty_between(&self, from_ms: u64, to_ms: u64) -> bool {
        let before = self.free.iter().rposition(|(at_ms, _)| *at_ms <= from_ms).unwrap_or(0);
        self.free[before..].iter().any(|(at_ms, free)| *at_ms <= to_ms && *free == 0)
    }

    fn note(&mut self, at_ms: u64) {
        let free = self.total.saturating_sub(self.held());
        if self.free.last().is_none_or(|(_, last)| *last != free) {
            self.free.push((at_ms, free));
        }
    }
}

impl Stocks {
    /// Returns the history of each stock, by stock id.
    pub fn all(&self) -> BTreeMap<String, History> {
        locked(&self.stocks).clone()
    }

    /// Returns a description of each mark of the sold-out index that replaced a newer one.
    pub fn hints_that_went_back(&self) -> Vec<String> {
        locked(&self.hints).went_back.clone()
    }

    /// Records a write of an offer with its number of units, of a bucket, or of a page of the sold-out index.
    pub fn written(&self, at_ms: u64, call: &Call, leader: &Dynamo) {
        let touches = |part: &[u8]| call.body.windows(part.len()).any(|window| window == part);
        if touches(b"\"OFFER#") {
            // The offer is written alone, or in a transaction with its campaign.
            let items = writes::touched(call, leader, &[deployed(&REWARDS)]);
            let offers = items.iter().filter(|written| written.sk.starts_with("OFFER#"));
            offers.for_each(|offer| self.offer(at_ms, &offer.item));
        } else if touches(b"\"BUCKET\"") && touches(deployed(&REWARDS).as_bytes()) {
            writes::written(&parsed(&call.body), leader).iter().for_each(|bucket| self.bucket(at_ms, bucket));
        } else if touches(b"\"HINT#") {
            writes::written(&parsed(&call.body), leader)
                .iter()
                .for_each(|page| locked(&self.hints).note(page));
        }
    }

    fn offer(&self, at_ms: u64, item: &Value) {
        let name = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        let lots = item["lots"]["L"].as_array().into_iter().flatten();
        let total: u64 = lots.filter_map(|lot| lot["N"].as_str()?.parse::<u64>().ok()).sum();
        if total > 0 {
            let mut stocks = locked(&self.stocks);
            let stock = stocks.entry(format!("{}.{}", name("campaign_id"), name("reward_id"))).or_default();
            stock.total = total;
            stock.note(at_ms);
        }
    }

    fn bucket(&self, at_ms: u64, Written { pk, item, .. }: &Written) {
        let Some((id, bucket)) = pk.strip_prefix("STOCK#").and_then(|rest| rest.rsplit_once('#')) else {
            return;
        };
        let fields = item.as_object().into_iter().flatten();
        let held = fields.filter(|(name, _)| name.starts_with("h#")).count() as u64;
        let codes = item["codes"]["L"].as_array().map(|codes| codes.len() as u64);
        let mut stocks = locked(&self.stocks);
        let stock = stocks.entry(id.to_owned()).or_default();
        stock.held.insert(bucket.to_owned(), held);
        if let Some(free) = codes {
            stock.codes.insert(bucket.to_owned(), free);
            stock.total = stock.codes.values().sum::<u64>() + stock.held();
        }
        stock.note(at_ms);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}
