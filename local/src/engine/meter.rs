//! Metering of calls to an embedded DynamoDB, in the units that AWS bills.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::result::ConnectorError;
use dynoxide::types::{AttributeValue, item_size};
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::Dynamo;
use super::connector::{Backend, Call, Reply};

const KIBIBYTE: usize = 1024;

/// Request units as DynamoDB bills them, indexes included.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    /// Write request units (WRU).
    pub write: f64,
    /// Read request units (RRU).
    pub read: f64,
}

/// Counter of consumed request units. Cheap to clone; all clones are one counter.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Units>>);

impl Meter {
    /// Returns the request units consumed since the previous call of this function, and resets the counter.
    pub fn take(&self) -> Units {
        std::mem::take(&mut *self.units())
    }

    fn add(&self, units: Units) {
        let mut sum = self.units();
        sum.write += units.write;
        sum.read += units.read;
    }

    fn units(&self) -> MutexGuard<'_, Units> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Billing of one call, as in DynamoDB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Billed {
    /// Units that the call consumes.
    pub units: Units,
    /// `true` if a condition of the call failed, or its transaction was canceled.
    pub refused: bool,
}

impl Billed {
    /// Executes `call` on `engine` and returns the response with its billing. The billing is `None` for calls
    /// that do not access items.
    pub fn execute(engine: &Dynamo, call: &Call) -> (Reply, Option<Self>) {
        let operation = call.target.rsplit('.').next().unwrap_or_default();
        let (Some(way), Ok(mut body)) = (Way::of(operation), serde_json::from_slice::<Value>(&call.body))
        else {
            return (engine.execute(&call.target, &call.body), None);
        };
        body["ReturnConsumedCapacity"] = json!("INDEXES");
        let reply = engine.execute(&call.target, body.to_string().as_bytes());
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let refused = is_condition_failure(&answer);
        let units = if refused { units_of_refusal(engine, operation, &body) } else { consumed(&answer) };
        let units = match way {
            Way::Read => Units { read: units, write: 0.0 },
            Way::Write => Units { write: units, read: 0.0 },
        };
        (reply, Some(Self { units, refused }))
    }
}

/// Engine whose calls are counted.
pub(super) struct Metered {
    pub(super) engine: Dynamo,
    pub(super) meter: Meter,
}

impl Backend for Metered {
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>> {
        let (reply, billed) = Billed::execute(&self.engine, &call);
        if let Some(billed) = billed {
            self.meter.add(billed.units);
        }
        Box::pin(std::future::ready(Ok(reply)))
    }
}

/// Returns the write units of a write whose condition failed. AWS bills the size of the stored item, at least
/// one unit, and twice that in a transaction. The engine reports no capacity for it, so the item is read and
/// measured.
fn units_of_refusal(engine: &Dynamo, operation: &str, body: &Value) -> f64 {
    if operation != "TransactWriteItems" {
        return units_there(engine, body);
    }
    let writes = body["TransactItems"].as_array().into_iter().flatten();
    let writes = writes.filter_map(|write| write.as_object()?.values().next());
    writes.map(|write| units_there(engine, write)).sum::<f64>() * 2.0
}

/// Returns the write units for the size of the stored item that `write` addresses, at least 1.
fn units_there(engine: &Dynamo, write: &Value) -> f64 {
    let key = if write["Item"].is_object() { &write["Item"] } else { &write["Key"] };
    let body = json!({
        "TableName": write["TableName"], "ConsistentRead": true, "Key": {"pk": key["pk"], "sk": key["sk"]},
    });
    let reply = engine.execute("DynamoDB_20120810.GetItem", body.to_string().as_bytes());
    let mut answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let item: HashMap<String, AttributeValue> =
        answer.get_mut("Item").and_then(|item| serde_json::from_value(item.take()).ok()).unwrap_or_default();
    item_size(&item).div_ceil(KIBIBYTE).max(1) as f64
}

/// Kind of units that a call consumes.
#[derive(Clone, Copy)]
enum Way {
    Read,
    Write,
}

impl Way {
    /// Returns the kind of units for `operation`, or `None` if the operation does not access items.
    fn of(operation: &str) -> Option<Self> {
        match operation {
            "GetItem" | "BatchGetItem" | "Query" | "Scan" | "TransactGetItems" => Some(Self::Read),
            "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems" => {
                Some(Self::Write)
            }
            _ => None,
        }
    }
}

fn is_condition_failure(answer: &Value) -> bool {
    let kind = answer["__type"].as_str().unwrap_or_default();
    kind.ends_with("ConditionalCheckFailedException") || kind.ends_with("TransactionCanceledException")
}

/// Returns the capacity units in a response, summed over all tables that it lists.
fn consumed(answer: &Value) -> f64 {
    let of = |one: &Value| one["CapacityUnits"].as_f64().unwrap_or_default();
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().map(of).sum(),
        one => of(one),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Engines, Sqs};
    use super::*;
    use aws_sdk_dynamodb::types::AttributeValue;
    use store::schema::{QUEUES, REWARDS};

    #[tokio::test]
    async fn what_is_refused_is_billed_by_what_is_there() {
        let engines = Engines::embedded(Dynamo::memory().unwrap(), Sqs::memory());
        let table = engines.create("t", &[&REWARDS], &QUEUES[..0]).await.unwrap().name(REWARDS.name);
        let (client, meter) = (engines.dynamo_client.clone(), Meter::default());
        let metered = engines.metered(meter.clone()).dynamo_client;
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let put = |client: &aws_sdk_dynamodb::Client, bytes| {
            let call = client.put_item().table_name(&table).item("pk", text("p")).item("sk", text("s"));
            call.item("text", text(&"x".repeat(bytes)))
        };
        put(&client, 1).send().await.unwrap();
        assert_eq!(meter.take(), Units::default(), "only the metered client counts");
        put(&metered, 1500).send().await.unwrap();
        assert_eq!(meter.take(), Units { write: 2.0, read: 0.0 });
        let refused = put(&metered, 1).condition_expression("attribute_not_exists(pk)").send().await;
        assert!(refused.is_err());
        assert_eq!(meter.take(), Units { write: 2.0, read: 0.0 });
        let get = metered.get_item().table_name(&table).key("pk", text("p")).key("sk", text("s"));
        get.send().await.unwrap();
        assert_eq!(meter.take(), Units { write: 0.0, read: 0.5 });
    }
}
