//! A DynamoDB whose partition keys take no more than on AWS, and that knows how many units of a deal there
//! were at each moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;
use domain::stock::Hold;
use futures::future::BoxFuture;
use local::engine::Dynamo;
use local::engine::connector::{Backend, Call, Reply};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::cost::meter::{Billed, Meter};
use crate::simulation::dice::Dice;

/// What a partition key takes in a second.
const UNITS_MAX: f64 = 1_000.0;

/// How busy each partition key has been within the last second.
#[derive(Default)]
pub struct Heat {
    recent: HashMap<String, Vec<(Instant, f64)>>,
    /// The most units that a key had within a second, and which.
    pub peak: (f64, String),
    pub ops: std::collections::BTreeMap<String, usize>,
    /// Calls that were refused because a key was too busy.
    pub throttled: usize,
}

impl Heat {
    /// The units of `key` within the last second.
    fn of(&mut self, key: &str) -> f64 {
        let Some(recent) = self.recent.get_mut(key) else { return 0.0 };
        recent.retain(|(at, _)| at.elapsed() < Duration::from_secs(1));
        recent.iter().map(|(_, units)| units).sum()
    }

    fn add(&mut self, key: &str, units: f64) {
        self.recent.entry(key.to_owned()).or_default().push((Instant::now(), units));
        let now = self.of(key);
        if now > self.peak.0 {
            self.peak = (now, key.to_owned());
        }
    }
}

/// How many units of a deal's stock somebody had, from each moment on.
#[derive(Default)]
pub struct Tally {
    by_bucket: HashMap<String, u32>,
    /// In their order.
    pub taken: Vec<(Instant, u32)>,
}

impl Tally {
    fn note(&mut self, pk: &str, bucket: &Value) {
        let fields = bucket.as_object().into_iter().flatten();
        let holds = fields.filter(|(name, _)| name.starts_with("h#"));
        let holds = holds.filter_map(|(_, hold)| Hold::parse(hold["S"].as_str()?));
        let now = holds.map(|hold| hold.quantity()).sum();
        let before = self.by_bucket.insert(pk.to_owned(), now).unwrap_or(0);
        let all = self.taken.last().map_or(0, |(_, taken)| *taken);
        self.taken.push((Instant::now(), all + now - before));
    }
}

/// A DynamoDB whose partition keys, those of indexes included, take no more than on AWS. Cheap to clone.
#[derive(Clone)]
pub struct Limited {
    /// In front of the engine.
    pub meter: Meter,
    dice: Arc<Dice>,
    heat: Arc<Mutex<Heat>>,
    tally: Arc<Mutex<Tally>>,
    /// The write units of those who call this one.
    units: Arc<Mutex<f64>>,
}

impl Limited {
    /// `engine` with these limits, and calls that take 2 to 8 milliseconds by `seed`.
    pub fn new(engine: Dynamo, seed: u64) -> Self {
        Self {
            meter: Meter::new(engine, Duration::ZERO),
            dice: Arc::new(Dice::new(seed)),
            heat: Arc::default(),
            tally: Arc::default(),
            units: Arc::default(),
        }
    }

    /// The same, with a count of units of its own.
    pub fn counted_apart(&self) -> Self {
        Self { units: Arc::default(), ..self.clone() }
    }

    /// The write units of those who call this one.
    pub fn units(&self) -> f64 {
        *locked(&self.units)
    }

    /// How busy the keys are.
    pub fn heat(&self) -> MutexGuard<'_, Heat> {
        locked(&self.heat)
    }

    /// How many units were taken.
    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        locked(&self.tally)
    }

    async fn answer(self, call: Call) -> Result<Reply, ConnectorError> {
        sleep(self.dice.millis(1, 4)).await;
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let writes = written(&body);
        let is_busy = writes.iter().flatten().any(|key| self.heat().of(key) >= UNITS_MAX);
        let reply = if is_busy {
            self.heat().throttled += 1;
            let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
            Reply::error(400, kind, "too fast")
        } else {
            let reply = self.meter.answer(call).await?;
            self.count(&writes, &self.meter.take());
            reply
        };
        sleep(self.dice.millis(1, 4)).await;
        Ok(reply)
    }

    fn count(&self, writes: &[Vec<&str>], calls: &[Billed]) {
        for call in calls {
            *self.heat().ops.entry(format!("{} {}", call.operation, call.refused)).or_default() += 1;
        }
        let units: f64 = calls.iter().map(|call| call.wru).sum();
        *locked(&self.units) += units;
        for key in writes.iter().flatten() {
            self.heat().add(key, units / writes.len() as f64);
        }
        for item in calls.iter().filter(|call| !call.refused).flat_map(|call| &call.writes) {
            let Some(pk) = item.strip_suffix("/BUCKET") else { continue };
            let bucket = self.meter.item("dibs-deals", pk, "BUCKET").unwrap_or_default();
            self.tally().note(pk, &bucket);
        }
    }
}

impl Backend for Limited {
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>> {
        Box::pin(Self::answer(self.clone(), call))
    }
}

/// The partition keys, of the table and its index, of each item that a call writes. Each is charged with all
/// that the item costs.
fn written(body: &Value) -> Vec<Vec<&str>> {
    let single = std::slice::from_ref(body);
    let writes = body["TransactItems"].as_array().map_or(single, Vec::as_slice);
    let kinds = ["Put", "Update", "Delete"];
    let write = |write| kinds.iter().find_map(|kind| Value::get(write, kind)).unwrap_or(write);
    writes.iter().map(write).filter_map(keys).collect()
}

fn keys(write: &Value) -> Option<Vec<&str>> {
    let is_write = write["Item"].is_object() || write["UpdateExpression"].is_string();
    let item = if write["Item"].is_object() { &write["Item"] } else { &write["Key"] };
    let keys = [&item["pk"]["S"], &item["list_pk"]["S"]];
    is_write.then(|| keys.into_iter().filter_map(Value::as_str).collect())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
