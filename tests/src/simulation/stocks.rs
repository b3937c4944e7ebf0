//! How many units of each stock were free, moment by moment, as the database knew it: against this an answer
//! "sold out" is held.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use local::engine::Dynamo;
use local::engine::connector::Call;
use serde_json::{Value, json};

/// The history of every stock.
#[derive(Default)]
pub struct Stocks(Mutex<BTreeMap<String, History>>);

/// The history of a stock.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Units in all; for codes, those that were brought so far.
    pub total: u64,
    held: BTreeMap<String, u64>,
    /// Codes that nobody has, by bucket.
    codes: BTreeMap<String, u64>,
    free: Vec<(u64, u64)>,
}

impl History {
    /// Units that somebody holds now.
    pub fn held(&self) -> u64 {
        self.held.values().sum()
    }

    /// Whether there was a moment between two in which nothing was free.
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
    /// The stocks and their histories.
    pub fn all(&self) -> BTreeMap<String, History> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A write was carried out: of an offer, which sets how many units there are, or of a bucket.
    pub fn written(&self, at_ms: u64, call: &Call, leader: &Dynamo) {
        let touches = |part: &[u8]| call.body.windows(part.len()).any(|window| window == part);
        if touches(b"\"OFFER#") && call.target.ends_with(".PutItem") {
            self.offer(at_ms, &parsed(&call.body)["Item"]);
        } else if touches(b"\"BUCKET\"") {
            let body = parsed(&call.body);
            let get = json!({"TableName": body["TableName"], "Key": body["Key"], "ConsistentRead": true});
            let reply = leader.execute("DynamoDB_20120810.GetItem", get.to_string().as_bytes());
            self.bucket(
                at_ms,
                body["Key"]["pk"]["S"].as_str().unwrap_or_default(),
                &parsed(&reply.body)["Item"],
            );
        }
    }

    fn offer(&self, at_ms: u64, item: &Value) {
        let name = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        let lots = item["lots"]["L"].as_array().into_iter().flatten();
        let total: u64 = lots.filter_map(|lot| lot["N"].as_str()?.parse::<u64>().ok()).sum();
        if total > 0 {
            let mut stocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let stock = stocks.entry(format!("{}.{}", name("campaign_id"), name("reward_id"))).or_default();
            stock.total = total;
            stock.note(at_ms);
        }
    }

    fn bucket(&self, at_ms: u64, pk: &str, item: &Value) {
        let Some((id, bucket)) = pk.strip_prefix("STOCK#").and_then(|rest| rest.rsplit_once('#')) else {
            return;
        };
        let fields = item.as_object().into_iter().flatten();
        let held = fields.filter(|(name, _)| name.starts_with("h#")).count() as u64;
        let codes = item["codes"]["L"].as_array().map(|codes| codes.len() as u64);
        let mut stocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stock = stocks.entry(id.to_owned()).or_default();
        stock.held.insert(bucket.to_owned(), held);
        if let Some(free) = codes {
            stock.codes.insert(bucket.to_owned(), free);
            stock.total = stock.codes.values().sum::<u64>() + stock.held();
        }
        stock.note(at_ms);
    }
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}
