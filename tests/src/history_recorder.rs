//! History recorder between the SDK and the embedded DynamoDB. It records the units of a stock over time, so
//! that a refusal can be compared with the actual stock. It also loses responses and reorders concurrent
//! calls.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::result::ConnectorError;
use futures::future::BoxFuture;
use local::engine::Dynamo;
use local::engine::connector::{Backend, Call, Reply};
use serde_json::{Value, json};

/// Speed of the recorder's clock relative to real time: a second lasts 25 ms.
const FASTER: i64 = 40;
/// Maximum additional latency of a call, in microseconds.
const LATENCY_US_MAX: u64 = 1500;
/// Rate of lost responses: one of this many calls is executed without a response.
const LOST_ONE_IN: u32 = 40;

/// Time of the recorder's clock in milliseconds, and the number of units of the stock from then on.
type Change = (i64, u32);

/// History recorder of one stock. Cheap to clone; all clones share the history.
#[derive(Clone)]
pub struct HistoryRecorder {
    engine: Dynamo,
    began: Instant,
    stock: Arc<Mutex<Option<Watched>>>,
    history: Arc<Mutex<Vec<Change>>>,
}

/// Recorded stock, with the number of units that each of its buckets has now and when full.
struct Watched {
    table: String,
    pks: Vec<String>,
    full: Vec<u32>,
    left: Vec<u32>,
}

impl Watched {
    /// Reads the number of units in bucket `number` from the engine.
    fn look(&mut self, engine: &Dynamo, number: usize) {
        let key = json!({"pk": {"S": self.pks[number]}, "sk": {"S": "BUCKET"}});
        let ask = json!({"TableName": self.table, "Key": key, "ConsistentRead": true});
        let reply = engine.execute("DynamoDB_20120810.GetItem", ask.to_string().as_bytes());
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let left = answer["Item"]["left"]["N"].as_str().and_then(|left| left.parse().ok());
        self.left[number] = if answer["Item"].is_object() { left.unwrap_or(0) } else { self.full[number] };
    }

    /// Reads the buckets that the call `body` writes, and returns the number of units in all buckets.
    fn after(&mut self, engine: &Dynamo, body: &str) -> u32 {
        for number in 0..self.pks.len() {
            if body.contains(&format!("\"{}\"", self.pks[number])) {
                self.look(engine, number);
            }
        }
        self.left.iter().sum()
    }
}

impl HistoryRecorder {
    /// Creates a recorder in front of `engine`.
    pub fn new(engine: Dynamo) -> Self {
        let (stock, history) = (Arc::default(), Arc::default());
        Self { engine, began: Instant::now(), stock, history }
    }

    /// Starts recording the stock `id` in `table`. `full` contains the number of units with which each bucket
    /// starts.
    pub fn watch(&self, table: String, id: &str, full: Vec<u32>) {
        let pks = (0..full.len()).map(|bucket| format!("STOCK#{id}#{bucket}")).collect();
        let mut watched = Watched { table, pks, left: full.clone(), full };
        (0..watched.left.len()).for_each(|number| watched.look(&self.engine, number));
        lock(&self.history).push((i64::MIN, watched.left.iter().sum()));
        *lock(&self.stock) = Some(watched);
    }

    /// Returns the time of the recorder's clock, in milliseconds.
    pub fn now_ms(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX) * FASTER / 1000
    }

    /// Returns `true` if the stock had exactly `units` units at some time between `from_ms` and now.
    pub fn saw(&self, units: u32, from_ms: i64) -> bool {
        let history = lock(&self.history);
        let ends = history.iter().skip(1).map(|(at, _)| *at).chain([i64::MAX]);
        history.iter().zip(ends).any(|((_, there), end)| *there == units && end >= from_ms)
    }

    /// Returns the current, the lowest and the highest recorded number of units.
    pub fn bounds(&self) -> (u32, u32, u32) {
        let history = lock(&self.history);
        let units = || history.iter().map(|(_, units)| *units);
        (units().next_back().unwrap_or(0), units().min().unwrap_or(0), units().max().unwrap_or(0))
    }

    async fn handle(self, call: Call) -> Result<Reply, ConnectorError> {
        let latency = Duration::from_micros(rand::random::<u64>() % LATENCY_US_MAX);
        tokio::time::sleep(latency).await;
        let is_write =
            ["PutItem", "UpdateItem", "TransactWriteItems"].iter().any(|name| call.target.ends_with(name));
        let reply = if is_write {
            // The lock keeps concurrent calls out between a write and its record in the history.
            let mut history = lock(&self.history);
            let reply = self.engine.execute(&call.target, &call.body);
            if let Some(watched) = lock(&self.stock).as_mut() {
                let total = watched.after(&self.engine, &String::from_utf8_lossy(&call.body));
                if history.last().is_none_or(|(_, units)| *units != total) {
                    history.push((self.now_ms(), total));
                }
            }
            reply
        } else {
            let _undisturbed = lock(&self.history);
            self.engine.execute(&call.target, &call.body)
        };
        if is_write && rand::random::<u32>().is_multiple_of(LOST_ONE_IN) {
            return Err(ConnectorError::io("the answer is lost".into()));
        }
        Ok(reply)
    }
}

impl Backend for HistoryRecorder {
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>> {
        Box::pin(self.clone().handle(call))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
