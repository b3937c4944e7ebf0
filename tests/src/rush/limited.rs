//! DynamoDB with the throughput limit of AWS per partition key. It records how many units of a deal were
//! taken at each moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;
use futures::future::BoxFuture;
use local::engine::connector::{Backend, Call, Reply};
use local::engine::{Billed, Dynamo};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::simulation::world::Prng;
use crate::simulation::world::is_write;

/// Maximum write units per second for a partition key.
const UNITS_MAX: f64 = 1_000.0;

/// Write load of each partition key in the last second.
#[derive(Default)]
pub struct Heat {
    recent: HashMap<String, Vec<(Instant, f64)>>,
    /// Highest load of a partition key within a second so far: write units, and the key.
    pub peak: (f64, String),
    /// Number of calls that were throttled.
    pub throttled: usize,
}

impl Heat {
    /// Returns the load of `key` in the last second, in write units.
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

/// DynamoDB with the throughput limit of AWS per partition key, index keys included. Cheap to clone.
#[derive(Clone)]
pub struct Limited {
    /// Embedded DynamoDB without limits.
    pub engine: Dynamo,
    prng: Arc<Prng>,
    heat: Arc<Mutex<Heat>>,
    taken: Arc<Mutex<Vec<(Instant, u32)>>>,
    /// Write units consumed through this value and its clones.
    units: Arc<Mutex<f64>>,
}

impl Limited {
    /// Creates a limited view of `engine`, with calls that take 2 to 8 ms, drawn from `seed`.
    pub fn new(engine: Dynamo, seed: u64) -> Self {
        let prng = Arc::new(Prng::new(seed));
        Self { engine, prng, heat: Arc::default(), taken: Arc::default(), units: Arc::default() }
    }

    /// Returns a clone with a separate counter of write units.
    pub fn counted_apart(&self) -> Self {
        Self { units: Arc::default(), ..self.clone() }
    }

    /// Returns the write units consumed through this value and its clones.
    pub fn units(&self) -> f64 {
        *locked(&self.units)
    }

    /// Returns the write load of the partition keys, which all clones share.
    pub fn heat(&self) -> MutexGuard<'_, Heat> {
        locked(&self.heat)
    }

    /// Returns each time at which units of deals were taken, with the total number of units taken by then.
    pub fn taken(&self) -> Vec<(Instant, u32)> {
        locked(&self.taken).clone()
    }

    async fn answer(self, call: Call) -> Result<Reply, ConnectorError> {
        sleep(self.prng.millis(1, 4)).await;
        let is_write = is_write(&call.target);
        let reply = if is_write { self.write(&call) } else { self.engine.execute(&call.target, &call.body) };
        sleep(self.prng.millis(1, 4)).await;
        Ok(reply)
    }

    fn write(&self, call: &Call) -> Reply {
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let writes = written(&body);
        if writes.iter().flat_map(|write| &write.keys).any(|key| self.heat().of(key) >= UNITS_MAX) {
            self.heat().throttled += 1;
            let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
            return Reply::error(400, kind, "too fast");
        }
        let (reply, billed) = Billed::execute(&self.engine, call);
        let units = billed.map_or(0.0, |billed| billed.units.write);
        *locked(&self.units) += units;
        for key in writes.iter().flat_map(|write| &write.keys) {
            self.heat().add(key, units / writes.len() as f64);
        }
        let units: u32 = writes.iter().map(|write| write.units).sum();
        if reply.status == 200 && units > 0 {
            let mut taken = locked(&self.taken);
            let before = taken.last().map_or(0, |(_, taken)| *taken);
            taken.push((Instant::now(), before + units));
        }
        reply
    }
}

impl Backend for Limited {
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>> {
        Box::pin(Self::answer(self.clone(), call))
    }
}

/// Write of one item in a call.
struct Write<'a> {
    /// Partition keys of the item in the table and in its list index. Each of them is charged an equal share
    /// of the call's write units: the units divided by the number of written items.
    keys: Vec<&'a str>,
    /// Number of units of a deal that the write takes.
    units: u32,
}

/// Returns the write of each item in a call.
fn written(body: &Value) -> Vec<Write<'_>> {
    let single = std::slice::from_ref(body);
    let writes = body["TransactItems"].as_array().map_or(single, Vec::as_slice);
    let kinds = ["Put", "Update", "Delete"];
    let write = |write| kinds.iter().find_map(|kind| Value::get(write, kind)).unwrap_or(write);
    writes.iter().map(write).map(Write::of).collect()
}

impl<'a> Write<'a> {
    fn of(write: &'a Value) -> Self {
        let item = if write["Item"].is_object() { &write["Item"] } else { &write["Key"] };
        let keys = [&item["pk"]["S"], &item["list_pk"]["S"]];
        let values = &write["ExpressionAttributeValues"];
        let takes = item["sk"]["S"] == "BUCKET" && values[":hold"].is_object();
        let units = values[":quantity"]["N"].as_str().filter(|_| takes).and_then(|units| units.parse().ok());
        Self { keys: keys.into_iter().filter_map(Value::as_str).collect(), units: units.unwrap_or(0) }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
