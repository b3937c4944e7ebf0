//! Meter between the SDK and the embedded DynamoDB. It records the billing, the written items and the
//! duration of each call; the measured code does not know of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;
use dynoxide::types::{AttributeValue, item_size};
use futures::future::BoxFuture;
use local::engine::Dynamo;
use local::engine::connector::{Backend, Call, Reply};
use serde_json::{Value, json};
use tokio::time::Instant;

const KIBIBYTE: usize = 1024;

/// Call to DynamoDB, with what DynamoDB would bill for it.
#[derive(Clone, Debug)]
pub struct Billed {
    /// Name of the operation, such as `PutItem`.
    pub operation: String,
    /// Items that the call writes, or would have written, as `pk/sk`.
    pub writes: Vec<String>,
    /// Write units (WRU), indexes included.
    pub wru: f64,
    /// Read units (RRU), indexes included.
    pub rru: f64,
    /// `true` if a condition of the call failed, or its transaction was canceled.
    pub refused: bool,
    began: Instant,
    ended: Instant,
}

/// Cost of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Write units of the operation.
    pub wru: f64,
    /// Read units of the operation.
    pub rru: f64,
    /// Number of sequential round trips. Calls that overlap in time count once.
    pub trips: usize,
}

impl Cost {
    /// Returns the total cost of these calls.
    pub fn of(calls: &[Billed]) -> Self {
        Self {
            // The sum of no numbers is -0.0, which would be printed with the sign.
            wru: calls.iter().map(|call| call.wru).sum::<f64>() + 0.0,
            rru: calls.iter().map(|call| call.rru).sum::<f64>() + 0.0,
            trips: trips(calls),
        }
    }
}

/// Returns the largest number of calls of which each begins after the previous one ended.
fn trips(calls: &[Billed]) -> usize {
    let mut spans: Vec<(Instant, Instant)> = calls.iter().map(|call| (call.began, call.ended)).collect();
    spans.sort_by_key(|(_, ended)| *ended);
    let (mut chain, mut free): (usize, Option<Instant>) = (0, None);
    for (began, ended) in spans {
        if free.is_none_or(|free| began >= free) {
            (chain, free) = (chain + 1, Some(ended));
        }
    }
    chain
}

/// Fault that the meter injects into the calls that match it.
enum Fault {
    /// Write whose response is lost: a text in its body, and what other writers do between the write and its
    /// repeat.
    Overtaken(&'static str, Box<dyn FnOnce(&Dynamo) + Send>),
    /// Writes that are lost on their way: a text in the body of each.
    Lost(&'static str),
    /// Earlier state of an item, which the next eventually consistent read of the item returns.
    Stale(Value),
}

/// Meter in front of an engine. Cheap to clone.
#[derive(Clone)]
pub struct Meter {
    engine: Dynamo,
    latency: Duration,
    calls: Arc<Mutex<Vec<Billed>>>,
    fault: Arc<Mutex<Option<Fault>>>,
}

impl Meter {
    /// Creates a meter in front of `engine`. Each call takes `latency`, so that concurrent calls overlap.
    pub fn new(engine: Dynamo, latency: Duration) -> Self {
        Self { engine, latency, calls: Arc::default(), fault: Arc::default() }
    }

    /// Loses the response to the next write whose body contains `part`. The write is executed, then `others`
    /// runs, and then the SDK repeats the write.
    pub fn overtake(&self, part: &'static str, others: impl FnOnce(&Dynamo) + Send + 'static) {
        *self.fault() = Some(Fault::Overtaken(part, Box::new(others)));
    }

    /// Loses each write whose body contains `part`, repeats included, until [`Meter::recover`] is called. None
    /// of them is executed.
    pub fn lose(&self, part: &'static str) {
        *self.fault() = Some(Fault::Lost(part));
    }

    /// Ends the fault that [`Meter::lose`] began.
    pub fn recover(&self) {
        *self.fault() = None;
    }

    /// Answers the next eventually consistent `GetItem` of an item with `item`, an earlier state of it, as a
    /// replica that lags behind does.
    pub fn lag(&self, item: Value) {
        *self.fault() = Some(Fault::Stale(item));
    }

    /// Returns `true` while the call that [`Meter::overtake`] or [`Meter::lag`] waits for has not been sent.
    pub fn waits(&self) -> bool {
        self.fault().is_some()
    }

    fn fault(&self) -> MutexGuard<'_, Option<Fault>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the outcome of a call that does not reach the engine because of the fault; `None` for any other
    /// call.
    fn intercept(&self, call: &Call) -> Option<Result<Reply, ConnectorError>> {
        let mut fault = self.fault();
        match fault.as_ref()? {
            Fault::Lost(part) if is_write_with(call, part) => {
                Some(Err(ConnectorError::io("the request is lost".into())))
            }
            Fault::Stale(item) if is_eventual_read(call, item) => {
                let body = json!({"Item": item}).to_string().into();
                *fault = None;
                Some(Ok(Reply { status: 200, body }))
            }
            Fault::Overtaken(..) | Fault::Lost(_) | Fault::Stale(_) => None,
        }
    }

    fn is_overtaken(&self, call: &Call) -> bool {
        let is_it =
            |fault: &mut Fault| matches!(fault, Fault::Overtaken(part, _) if is_write_with(call, part));
        let Some(Fault::Overtaken(_, others)) = self.fault().take_if(is_it) else { return false };
        others(&self.engine);
        true
    }

    /// Returns every metered call since the previous call of this function.
    pub fn take(&self) -> Vec<Billed> {
        std::mem::take(&mut *self.calls())
    }

    fn calls(&self) -> MutexGuard<'_, Vec<Billed>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(self, call: Call) -> Reply {
        let began = Instant::now();
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        let operation = call.target.rsplit('.').next().unwrap_or_default().to_owned();
        let mut body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        if !is_item_call(&operation) {
            return self.engine.execute(&call.target, &call.body);
        }
        body["ReturnConsumedCapacity"] = json!("INDEXES");
        let reply = self.engine.execute(&call.target, body.to_string().as_bytes());
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let writes = written(&operation, &body);
        let refused = reply.status == 400 && is_condition_failure(&answer);
        let units = if refused { self.units_of_refusal(&operation, &body) } else { units(&answer) };
        let (wru, rru) = if is_read(&operation) { (0.0, units) } else { (units, 0.0) };
        let keys = writes.into_iter().map(|(_, pk, sk)| format!("{pk}/{sk}")).collect();
        let ended = Instant::now();
        self.calls().push(Billed { operation, writes: keys, wru, rru, refused, began, ended });
        reply
    }

    /// Returns the write units of a write whose condition failed. AWS bills the size of the stored item, at
    /// least one unit, and twice that in a transaction. The engine reports no capacity for it, so the item is
    /// read and measured.
    fn units_of_refusal(&self, operation: &str, body: &Value) -> f64 {
        let each = if operation == "TransactWriteItems" { 2.0 } else { 1.0 };
        let units = |(table, pk, sk): (String, String, String)| {
            let size = self.item(&table, &pk, &sk).map_or(0, |item| size_of(&item));
            size.div_ceil(KIBIBYTE).max(1) as f64
        };
        written(operation, body).into_iter().map(units).sum::<f64>() * each
    }

    /// Reads an item with strong consistency, without metering the call.
    pub fn item(&self, table: &str, pk: &str, sk: &str) -> Option<Value> {
        let body = json!({
            "TableName": table, "ConsistentRead": true, "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
        });
        let reply = self.engine.execute("DynamoDB_20120810.GetItem", body.to_string().as_bytes());
        let mut answer: Value = serde_json::from_slice(&reply.body).ok()?;
        answer.get_mut("Item").map(Value::take)
    }
}

impl Backend for Meter {
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>> {
        let this = self.clone();
        Box::pin(async move {
            if let Some(outcome) = this.intercept(&call) {
                return outcome;
            }
            let reply = Self::answer(this.clone(), call.clone()).await;
            if this.is_overtaken(&call) {
                Err(ConnectorError::io("the answer is lost".into()))
            } else {
                Ok(reply)
            }
        })
    }
}

/// Returns the size of an item in bytes, as DynamoDB counts it.
pub fn size_of(item: &Value) -> usize {
    let item: std::collections::HashMap<String, AttributeValue> =
        serde_json::from_value(item.clone()).unwrap_or_default();
    item_size(&item)
}

/// Returns the number of writes per item, refused ones included: DynamoDB bills and limits them equally.
pub fn writes_by_item(calls: &[Billed]) -> BTreeMap<&str, usize> {
    let mut writes = BTreeMap::new();
    for item in calls.iter().flat_map(|call| &call.writes) {
        *writes.entry(item.as_str()).or_default() += 1;
    }
    writes
}

/// Returns `true` for a write whose body contains `part`.
fn is_write_with(call: &Call, part: &str) -> bool {
    let is_write = !is_read(call.target.rsplit('.').next().unwrap_or_default());
    is_write && String::from_utf8_lossy(&call.body).contains(part)
}

/// Returns `true` for an eventually consistent `GetItem` with the key of `item`.
fn is_eventual_read(call: &Call, item: &Value) -> bool {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let is_of_item = ["pk", "sk"].iter().all(|name| body["Key"][name] == item[name]);
    call.target.ends_with(".GetItem") && body["ConsistentRead"] != true && is_of_item
}

fn is_read(operation: &str) -> bool {
    matches!(operation, "GetItem" | "BatchGetItem" | "Query" | "Scan" | "TransactGetItems")
}

fn is_item_call(operation: &str) -> bool {
    is_read(operation)
        || matches!(
            operation,
            "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems"
        )
}

fn is_condition_failure(answer: &Value) -> bool {
    let kind = answer["__type"].as_str().unwrap_or_default();
    kind.ends_with("ConditionalCheckFailedException") || kind.ends_with("TransactionCanceledException")
}

/// Returns the capacity units in a response, summed over all tables that it lists.
fn units(answer: &Value) -> f64 {
    let of = |one: &Value| one["CapacityUnits"].as_f64().unwrap_or_default();
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().map(of).sum(),
        one => of(one),
    }
}

/// Returns table, partition key and sort key of each item that a call writes.
fn written(operation: &str, body: &Value) -> Vec<(String, String, String)> {
    let place = |write: &Value| {
        let key = if write.get("Item").is_some() { &write["Item"] } else { &write["Key"] };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&write["TableName"]), text(&key["pk"]["S"]), text(&key["sk"]["S"]))
    };
    match operation {
        "PutItem" | "UpdateItem" | "DeleteItem" => vec![place(body)],
        "TransactWriteItems" => {
            let writes = body["TransactItems"].as_array().into_iter().flatten();
            writes.filter_map(|write| write.as_object()?.values().next()).map(place).collect()
        }
        _ => Vec::new(),
    }
}
