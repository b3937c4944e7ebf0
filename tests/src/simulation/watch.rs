//! The items that a write has touched, as the database has them afterwards: against what was there moment by
//! moment, answers and steps are held.

use std::collections::HashMap;

use local::engine::Dynamo;
use local::engine::connector::Call;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// An item that was written.
#[derive(Debug)]
pub struct Written {
    /// Its partition.
    pub pk: String,
    /// Its place there.
    pub sk: String,
    /// What it is now; null when it is gone.
    pub item: Value,
}

/// The items that `call` has written, when it is about one of `tables`.
pub fn touched(call: &Call, leader: &Dynamo, tables: &[String]) -> Vec<Written> {
    let text = String::from_utf8_lossy(&call.body);
    if !tables.iter().any(|table| text.contains(table)) {
        return Vec::new();
    }
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let single = std::slice::from_ref(&body);
    let writes = body["TransactItems"].as_array().map_or(single, Vec::as_slice);
    writes.iter().filter_map(|write| written(write, leader)).collect()
}

/// The item that a single write is about.
pub fn written(write: &Value, leader: &Dynamo) -> Option<Written> {
    let kinds = ["Put", "Update", "Delete"];
    let write = kinds.iter().find_map(|kind| write.get(kind)).unwrap_or(write);
    let named = write.get("Key").or_else(|| write.get("Item"))?;
    let of = |name: &str| named[name]["S"].as_str().map(str::to_owned);
    let (pk, sk) = (of("pk")?, of("sk")?);
    let get = json!({
        "TableName": write["TableName"], "ConsistentRead": true,
        "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
    });
    let reply = leader.execute("DynamoDB_20120810.GetItem", get.to_string().as_bytes());
    let mut reply: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    Some(Written { pk, sk, item: reply["Item"].take() })
}

/// An item as what its key says that it is.
pub fn read<T: DeserializeOwned>(item: Value) -> T {
    let item: HashMap<String, serde_dynamo::AttributeValue> = serde_json::from_value(item).expect("an item");
    serde_dynamo::from_item(serde_dynamo::Item::from(item)).expect("an item is what its key says")
}

/// The attributes of an item that are text, with their names.
pub fn texts(item: &Value) -> impl Iterator<Item = (&str, &str)> {
    let fields = item.as_object().into_iter().flatten();
    fields.filter_map(|(name, value)| Some((name.as_str(), value["S"].as_str()?)))
}

/// The attributes of an item that are numbers, with their names.
pub fn numbers(item: &Value) -> impl Iterator<Item = (&str, i64)> {
    let fields = item.as_object().into_iter().flatten();
    fields.filter_map(|(name, value)| Some((name.as_str(), value["N"].as_str()?.parse().ok()?)))
}
